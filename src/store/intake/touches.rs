//! Clicks and views of a batch: duplicates found, rows written, hours counted.

use std::collections::{BTreeMap, HashMap, HashSet};

use uuid::Uuid;

use super::rows::Rows;
use super::{Careful, statements};
use crate::domain::id::{CampaignId, LinkId, PartnerId, VisitorId};
use crate::domain::interpret::Followup;
use crate::domain::time::Time;
use crate::domain::touchpoint::{CLICK, VIEW};
use crate::domain::verdict::Verdict;
use crate::error::Result;
use crate::store::sql::{Tx, args};

/// A click or view this long after one that counts, of the same visitor and link, or sooner, is a duplicate: 30 minutes, the
/// length of a session in web analytics. Measured from the one that counts, so that it does not slide.
pub const DUPLICATE_WINDOW_MS: i64 = 30 * 60 * 1_000;

/// Bytes of a touchpoint in a batch, roughly: six ids as hex and a referrer.
const ROW_BYTES: usize = 512;

/// What became of the clicks and views.
pub(super) enum Touches {
    /// These were written; the flag says duplicate.
    Written(Vec<Uuid>, u64),
    /// Some are stored already, so nothing may be derived from this attempt.
    Replayed,
}

impl Tx {
    /// Writes clicks and views and counts them. Careful: looks first which are stored, and leaves those alone.
    pub(super) async fn record_touches(&mut self, touches: &[&Followup], careful: Careful) -> Result<Touches> {
        let fresh = match careful {
            Careful::No => touches.to_vec(),
            Careful::Yes => self.not_stored(touches).await?,
        };
        if fresh.is_empty() {
            return Ok(Touches::Written(Vec::new(), 0));
        }
        let verdicts = self.verdicts(&fresh).await?;
        let rows = touch_rows(&fresh, &verdicts);
        let expected = rows.count();
        if self.execute(statements::TOUCHPOINTS, args![rows.finish()]).await? != expected {
            return Ok(Touches::Replayed);
        }
        if let Some(rows) = rollup_rows(&fresh, &verdicts) {
            self.execute(statements::ROLLUPS, args![rows.finish()]).await?;
        }
        let duplicates = verdicts.iter().filter(|&&verdict| verdict == Verdict::Duplicate).count() as u64;
        Ok(Touches::Written(fresh.iter().map(|touch| touch.touchpoint.id.uuid()).collect(), duplicates))
    }

    /// Those that are not stored, each once.
    async fn not_stored<'a>(&mut self, touches: &[&'a Followup]) -> Result<Vec<&'a Followup>> {
        let ids = Rows::of_ids(touches.iter().map(|touch| touch.touchpoint.id.uuid()));
        let stored = self.places(statements::TOUCHPOINTS_STORED, args![ids.finish()]).await?;
        let mut seen = HashSet::new();
        let fresh = |(place, touch): (usize, &&'a Followup)| {
            (!stored.contains(&place) && seen.insert(touch.touchpoint.id)).then_some(*touch)
        };
        Ok(touches.iter().enumerate().filter_map(fresh).collect())
    }

    /// The verdict of each, in order, with the duplicates found: within the batch from memory, and in the store for
    /// browsers that can have been here before.
    async fn verdicts(&mut self, touches: &[&Followup]) -> Result<Vec<Verdict>> {
        let mut asked = Rows::with_capacity(touches.len() / 8, 100);
        let mut places = Vec::new();
        for (place, touch) in touches.iter().enumerate() {
            let touchpoint = &touch.touchpoint;
            if let (Verdict::Valid, Some(visitor), Some(link)) = (touchpoint.verdict, touchpoint.visitor_id, touchpoint.link_id)
                && !fresh(visitor, touchpoint.occurred_at)
            {
                let (kind, at) = (touchpoint.kind.as_str(), touchpoint.occurred_at.as_millis());
                asked.begin().id(Some(visitor.uuid())).id(Some(link.uuid())).text(kind).int(at);
                places.push(place);
            }
        }
        let mut stored = HashSet::new();
        if !places.is_empty() {
            let found = self.places(statements::DUPLICATES, args![asked.finish(), DUPLICATE_WINDOW_MS]).await?;
            stored.extend(found.into_iter().filter_map(|place| places.get(place).copied()));
        }

        let mut counting: HashMap<(VisitorId, LinkId, bool), Vec<Time>, foldhash::fast::RandomState> = HashMap::default();
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
        Ok(touches.iter().enumerate().map(judge).collect())
    }

    /// The column `place` of every row.
    pub(super) async fn places(
        &mut self, sql: &'static str, args: Vec<crate::store::sql::Value>,
    ) -> Result<HashSet<usize, foldhash::fast::RandomState>> {
        let rows = self.all(sql, args).await?;
        rows.into_iter().map(|row| Ok(usize::try_from(row.get::<i64>("place")?).unwrap_or(usize::MAX))).collect()
    }
}

/// A visitor id carries the time it was minted: a browser that was new with this very hit has no earlier ones.
fn fresh(visitor: VisitorId, at: Time) -> bool {
    i64::try_from(visitor.uuid().as_u128() >> 80).is_ok_and(|minted| minted == at.as_millis())
}

fn touch_rows(touches: &[&Followup], verdicts: &[Verdict]) -> Rows {
    let mut rows = Rows::with_capacity(touches.len(), ROW_BYTES);
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

/// What to add to the hours; none when nothing counts.
fn rollup_rows(touches: &[&Followup], verdicts: &[Verdict]) -> Option<Rows> {
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
    if hours.is_empty() {
        return None;
    }
    let mut rows = Rows::with_capacity(hours.len(), 180);
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
    Some(rows)
}
