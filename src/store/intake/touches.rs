//! Clicks and views of a batch: duplicates found, rows written, hours counted.

use std::collections::{BTreeMap, HashMap, HashSet};

use uuid::Uuid;

use super::{Careful, statements};
use crate::domain::id::{CampaignId, LinkId, PartnerId, VisitorId};
use crate::domain::interpret::Followup;
use crate::domain::time::Time;
use crate::domain::touchpoint::{CLICK, VIEW};
use crate::domain::verdict::Verdict;
use crate::error::Result;
use crate::store::dialect::PerDatabase;
use crate::store::rows::Rows;
use crate::store::sql::{Tx, Value, args};

/// A click or view this long after one that counts, of the same visitor and link, or sooner, is a duplicate: 30 minutes, the
/// length of a session in web analytics. Measured from the one that counts, so that it does not slide.
pub const DUPLICATE_WINDOW_MS: i64 = 30 * 60 * 1_000;

/// Bytes of a touchpoint in a batch, roughly: six ids as hex and a referrer.
const ROW_BYTES: usize = 512;

/// What became of the clicks and views.
pub(super) enum Touches {
    /// These were written, and so many of them are duplicates.
    Written(Vec<Uuid>, u64),
    /// Some are stored already, so nothing may be derived from this attempt.
    Replayed,
}

/// The clicks and views of a batch that are to be written.
pub(super) struct Touching<'a> {
    /// By browsers that cannot have been here before.
    new: Vec<&'a Followup>,
    /// By others, or by nobody who could be told apart.
    known: Vec<&'a Followup>,
}

/// When those that count came, by browser, link and kind.
type Counting = HashMap<(VisitorId, LinkId, bool), Vec<Time>, foldhash::fast::RandomState>;

impl Tx {
    /// Sorts clicks and views, and writes those of new browsers: most, and those that need no look at what others wrote. None
    /// when some are stored already, so that nothing may be derived from this attempt. Careful: looks first which are stored, and
    /// leaves those alone.
    pub(super) async fn begin_touches<'a>(
        &mut self, touches: &[&'a Followup], careful: Careful,
    ) -> Result<Option<Touching<'a>>> {
        let fresh = match careful {
            Careful::No => touches.to_vec(),
            Careful::Yes => self.not_stored(touches).await?,
        };
        let new = |touch: &&Followup| {
            let touchpoint = &touch.touchpoint;
            touchpoint.visitor_id.is_none_or(|visitor| minted_at(visitor, touchpoint.occurred_at))
        };
        let (new, known): (Vec<_>, Vec<_>) = fresh.into_iter().partition(new);
        let verdicts = judge(&new, &HashSet::default(), &mut Counting::default());
        let written = self.insert_touches(&new, &verdicts).await?;
        Ok(written.then_some(Touching { new, known }))
    }

    /// Writes the rest, and counts all. To be called in turn: which of the rest are duplicates depends on what is stored.
    pub(super) async fn finish_touches(&mut self, Touching { new, known }: Touching<'_>) -> Result<Touches> {
        let mut counting = Counting::default();
        let mut verdicts = judge(&new, &HashSet::default(), &mut counting);
        let stored = self.duplicates(&known).await?;
        let more = judge(&known, &stored, &mut counting);
        if !self.insert_touches(&known, &more).await? {
            return Ok(Touches::Replayed);
        }
        verdicts.extend(more);
        let all: Vec<_> = new.into_iter().chain(known).collect();
        let hours = rollup_rows(Rows::new(self.database(), 64, 180), &all, &verdicts);
        self.execute(&statements::ROLLUPS, args![hours]).await?;
        let duplicates = verdicts.iter().filter(|&&verdict| verdict == Verdict::Duplicate).count() as u64;
        Ok(Touches::Written(all.iter().map(|touch| touch.touchpoint.id.uuid()).collect(), duplicates))
    }

    /// False when one of them was stored already.
    async fn insert_touches(&mut self, touches: &[&Followup], verdicts: &[Verdict]) -> Result<bool> {
        let rows = touch_rows(Rows::new(self.database(), touches.len(), ROW_BYTES), touches, verdicts);
        self.insert_all(&statements::TOUCHPOINTS, rows).await
    }

    /// Those that are not stored, each once.
    async fn not_stored<'a>(&mut self, touches: &[&'a Followup]) -> Result<Vec<&'a Followup>> {
        let ids = Rows::of_ids(self.database(), touches.iter().map(|touch| touch.touchpoint.id.uuid()));
        let stored = self.places(&statements::TOUCHPOINTS_STORED, args![ids]).await?;
        let mut seen = HashSet::new();
        let fresh = |(place, touch): (usize, &&'a Followup)| {
            (!stored.contains(&place) && seen.insert(touch.touchpoint.id)).then_some(*touch)
        };
        Ok(touches.iter().enumerate().filter_map(fresh).collect())
    }

    /// The places of those that follow one that is stored and counts.
    async fn duplicates(&mut self, touches: &[&Followup]) -> Result<Places> {
        let mut asked = Rows::new(self.database(), touches.len(), 100);
        let mut places = Vec::new();
        for (place, touch) in touches.iter().enumerate() {
            let touchpoint = &touch.touchpoint;
            if let (Verdict::Valid, Some(visitor), Some(link)) = (touchpoint.verdict, touchpoint.visitor_id, touchpoint.link_id)
            {
                let (kind, at) = (touchpoint.kind.as_str(), touchpoint.occurred_at.as_millis());
                asked.begin().id(Some(visitor.uuid())).id(Some(link.uuid())).text(kind).int(at);
                places.push(place);
            }
        }
        let found = self.places(&statements::DUPLICATES, args![DUPLICATE_WINDOW_MS, asked]).await?;
        Ok(found.into_iter().filter_map(|place| places.get(place).copied()).collect())
    }

    /// The column `place` of every row.
    async fn places(&mut self, sql: &'static PerDatabase, args: Vec<Value>) -> Result<Places> {
        let rows = self.all(sql, args).await?;
        rows.into_iter().map(|row| Ok(usize::try_from(row.get::<i64>("place")?).unwrap_or(usize::MAX))).collect()
    }
}

type Places = HashSet<usize, foldhash::fast::RandomState>;

/// The verdict of each, in order; `stored` are those that follow one that is stored. Those before it in the batch are found here.
fn judge(touches: &[&Followup], stored: &Places, counting: &mut Counting) -> Vec<Verdict> {
    let judge = |(place, touch): (usize, &&Followup)| {
        let touchpoint = &touch.touchpoint;
        let (Verdict::Valid, Some(visitor), Some(link)) = (touchpoint.verdict, touchpoint.visitor_id, touchpoint.link_id)
        else {
            return touchpoint.verdict;
        };
        let earlier = counting.entry((visitor, link, touchpoint.kind == VIEW)).or_default();
        let at = touchpoint.occurred_at;
        let follows = |counted: &Time| (0..=DUPLICATE_WINDOW_MS).contains(&(at - *counted));
        if stored.contains(&place) || earlier.iter().any(follows) {
            return Verdict::Duplicate;
        }
        earlier.push(at);
        Verdict::Valid
    };
    touches.iter().enumerate().map(judge).collect()
}

/// A visitor id carries the time it was minted: a browser that was new with this very hit has no earlier ones.
fn minted_at(visitor: VisitorId, at: Time) -> bool {
    i64::try_from(visitor.uuid().as_u128() >> 80).is_ok_and(|minted| minted == at.as_millis())
}

fn touch_rows(mut rows: Rows, touches: &[&Followup], verdicts: &[Verdict]) -> Rows {
    for (touch, verdict) in touches.iter().zip(verdicts) {
        let touchpoint = &touch.touchpoint;
        rows.begin()
            .id(Some(touchpoint.id.uuid()))
            .text(touchpoint.kind.as_str())
            .text(touchpoint.team.as_str())
            .int(touchpoint.occurred_at.as_millis())
            .text(verdict.as_str())
            .id(touchpoint.partner_id.map(PartnerId::uuid))
            .id(touchpoint.link_id.map(LinkId::uuid))
            .id(touchpoint.campaign_id.map(CampaignId::uuid))
            .id(touchpoint.visitor_id.map(VisitorId::uuid))
            .text(touchpoint.country.as_deref())
            .text(touchpoint.device.browser.as_deref())
            .text(touchpoint.device.os.as_deref())
            .text(touchpoint.device.device.as_deref())
            .text(touchpoint.referrer.as_deref());
        if touchpoint.params.is_empty() {
            rows.text("{}");
        } else {
            rows.text(serde_json::to_string(&touchpoint.params).unwrap_or_default().as_str());
        }
        rows.bytes(touch.client.as_ref().map(<[u8; 16]>::as_slice));
    }
    rows
}

#[derive(Default)]
struct Counts {
    partner: Option<PartnerId>,
    clicks: i64,
    clicks_all: i64,
    views: i64,
}

/// What to add to the hours.
fn rollup_rows(mut rows: Rows, touches: &[&Followup], verdicts: &[Verdict]) -> Rows {
    // Ordered, so that the rows are written in the order of their key.
    let mut hours: BTreeMap<(Time, LinkId, Option<CampaignId>, &str, &str), Counts> = BTreeMap::new();
    for (touch, &verdict) in touches.iter().zip(verdicts) {
        let touchpoint = &touch.touchpoint;
        let (click, valid) = (touchpoint.kind == CLICK, verdict == Verdict::Valid);
        let (Some(link), true) = (touchpoint.link_id, click || valid) else { continue };
        let country = touchpoint.country.as_deref().unwrap_or_default();
        let device = touchpoint.device.device.as_deref().unwrap_or_default();
        let key = (touchpoint.occurred_at.hour(), link, touchpoint.campaign_id, country, device);
        let counts = hours.entry(key).or_default();
        counts.partner = touchpoint.partner_id;
        counts.clicks += i64::from(click && valid);
        counts.clicks_all += i64::from(click);
        counts.views += i64::from(!click && valid);
    }
    for ((hour, link, campaign, country, device), counts) in hours {
        rows.begin()
            .int(hour.as_millis())
            .id(Some(link.uuid()))
            .id(Some(campaign.map_or(Uuid::nil(), CampaignId::uuid)))
            .text(country)
            .text(device)
            .id(Some(counts.partner.map_or(Uuid::nil(), PartnerId::uuid)))
            .int(counts.clicks)
            .int(counts.clicks_all)
            .int(counts.views);
    }
    rows
}
