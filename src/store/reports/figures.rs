//! The figures of the pages: the performance report without what is counted row by row, of the whole program or a part of it.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::domain::id::PartnerId;
use crate::domain::money::Money;
use crate::domain::report::{Funnel, GroupBy, Performance, add_up};
use crate::domain::time::Time;
use crate::error::Result;
use crate::store::days::Spans;
use crate::store::dialect::PerDatabase;
use crate::store::reports::kept::{Part, Summed, narrowed, summed};
use crate::store::reports::{Key, Period, Rows, add_money};
use crate::store::rows::batched;
use crate::store::sql::{Row, Tx, Value, args};
use crate::store::touchpoints::Narrow;

/// Whether a credit is one of those that are looked at: of the partner `$3`, the link `$4`, the campaign `$5`, the country `$6`
/// and the device `$7` of its touchpoint.
macro_rules! earned {
    ($credit:literal) => {
        concat!(
            "($3 is null or ",
            $credit,
            ".partner_id = $3) and ($4 is null or ",
            $credit,
            ".link_id = $4)
                and ($5 is null or ",
            $credit,
            ".campaign_id = $5) and ($6 is null and $7 is null or exists (
                    select 1 from touchpoints tp where tp.id = ",
            $credit,
            ".touchpoint_id
                    and ($6 is null or tp.country = $6) and ($7 is null or tp.device = $7)))"
        )
    };
}
pub(in crate::store) use earned;

/// Whether a conversion is one of those that are looked at: where nothing is named, every one, else those with such a credit.
macro_rules! with_part {
    () => {
        concat!(
            "(($3 is null and $4 is null and $5 is null and $6 is null and $7 is null) or exists (select 1 from credits k
                where k.conversion_id = conversions.id and k.superseded_at is null and ",
            earned!("k"),
            "))"
        )
    };
}

/// The statements of one grouping; `$1` and `$2` are the bounds of the period, `$3` to `$7` what it is narrowed down to.
pub(super) struct Figures {
    pub(super) clicks: &'static str,
    /// Conversions and credits; none where they are not known by what rows stand for.
    money: Option<(&'static str, &'static str)>,
}

macro_rules! clicks {
    ($key:literal) => {
        concat!(
            "select ",
            $key,
            " as key, cast(sum(clicks) as bigint) as clicks, cast(sum(clicks_all) as bigint) as clicks_all,
                cast(sum(views) as bigint) as views
            from rollups where hour >= $1 and hour < $2 and ($3 is null or partner_id = $3) and ($4 is null or link_id = $4)
                and ($5 is null or campaign_id = $5) and ($6 is null or country = $6) and ($7 is null or device = $7)
            group by key"
        )
    };
}

macro_rules! credited {
    ($key:literal) => {
        concat!(
            "select ",
            $key,
            " as key, cr.currency as currency, cast(sum(cr.amount) as bigint) as amount from credits cr
            where cr.superseded_at is null and cr.occurred_at >= $1 and cr.occurred_at < $2 and ",
            earned!("cr"),
            " group by key, cr.currency"
        )
    };
}

/// Every conversion; of a partner, those in which it has a part.
macro_rules! whole {
    ($key:literal) => {
        concat!(
            "select ",
            $key,
            " as key, currency, count(*) as conversions, cast(sum(coalesce(amount, 0)) as bigint) as amount from conversions
            where occurred_at >= $1 and occurred_at < $2 and ",
            with_part!(),
            " group by key, currency"
        )
    };
}

/// A conversion counts in every row that earned a part of it, once.
macro_rules! parts {
    ($key:literal) => {
        concat!(
            "select key, currency, count(*) as conversions, cast(sum(coalesce(amount, 0)) as bigint) as amount from (
                select distinct ",
            $key,
            " as key, cv.id as id, cv.currency as currency, cv.amount as amount
                from credits cr join conversions cv on cv.id = cr.conversion_id
                where cr.superseded_at is null and cr.occurred_at >= $1 and cr.occurred_at < $2 and ",
            earned!("cr"),
            "
            ) as parts group by key, currency"
        )
    };
}

pub(super) fn figures(group_by: GroupBy) -> Figures {
    match group_by {
        GroupBy::None => {
            let money = Some((whole!("cast(0 as bigint)"), credited!("cast(0 as bigint)")));
            Figures { clicks: clicks!("cast(0 as bigint)"), money }
        }
        GroupBy::Day => {
            let money = Some((whole!("occurred_at / 86400000"), credited!("cr.occurred_at / 86400000")));
            Figures { clicks: clicks!("hour / 86400000"), money }
        }
        GroupBy::Partner => {
            Figures { clicks: clicks!("partner_id"), money: Some((parts!("cr.partner_id"), credited!("cr.partner_id"))) }
        }
        GroupBy::Link => Figures { clicks: clicks!("link_id"), money: Some((parts!("cr.link_id"), credited!("cr.link_id"))) },
        GroupBy::Campaign => {
            Figures { clicks: clicks!("campaign_id"), money: Some((parts!("cr.campaign_id"), credited!("cr.campaign_id"))) }
        }
        GroupBy::Country => Figures { clicks: clicks!("country"), money: None },
        GroupBy::Device => Figures { clicks: clicks!("device"), money: None },
    }
}

pub(super) fn add_touches(row: &Row, performance: &mut Performance) -> Result<()> {
    performance.clicks += row.get::<i64>("clicks")?;
    performance.clicks_all += row.get::<i64>("clicks_all")?;
    performance.views += row.get::<i64>("views")?;
    Ok(())
}

pub(super) fn add_sums(row: &Row, performance: &mut Performance) -> Result<()> {
    // Without a currency it is an empty text.
    let currency = row.get::<String>("currency")?.parse().ok();
    performance.count(row.get("conversions")?, currency);
    for (sums, name) in [(&mut performance.revenue, "revenue"), (&mut performance.credited, "credited")] {
        let amount: i64 = row.get(name)?;
        if let (true, Some(currency)) = (amount != 0, currency) {
            add_up(sums, Money { amount, currency });
        }
    }
    Ok(())
}

pub(super) fn bounds(from: Time, to: Time, narrow: &Narrow) -> Vec<Value> {
    let Narrow { partner_id, link_id, campaign_id, country, device, .. } = narrow;
    args![from, to, *partner_id, *link_id, *campaign_id, country.as_deref(), device.as_deref()]
}

impl Tx {
    /// What came of the program in a period, or of the part that it is narrowed down to: as [`Tx::performance`], without the browsers,
    /// which are counted touchpoint by touchpoint, and by country and device without conversions.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn figures(&mut self, group_by: GroupBy, period: Period, narrow: &Narrow) -> Result<Vec<Performance>> {
        let mut rows = Rows::default();
        if group_by == GroupBy::None {
            rows.0.insert(Key::Whole, Performance::default());
        }
        let summed = summed(group_by, narrow);
        let most = if group_by == GroupBy::Day { 1 } else { i64::MAX };
        let spans = self.spans_of(period, summed.is_some(), most).await?;
        for &(from, to) in &spans.open {
            let clicks = figures(group_by).clicks;
            self.add_up(&mut rows, group_by, clicks, bounds(from.hour(), to, narrow), add_touches).await?;
            self.add_open_money(&mut rows, group_by, from, to, narrow).await?;
        }
        if let Some(Summed { name, owner, part_id, statements: [touches, money] }) = summed {
            let bounds = |blocks| match part_id {
                Some(part_id) => args![name, owner, part_id, blocks],
                None => args![name, owner, blocks],
            };
            let database = self.database();
            self.add_up(&mut rows, group_by, touches, bounds(spans.blocks(database)), add_touches).await?;
            self.add_up(&mut rows, group_by, money, bounds(spans.blocks(database)), add_sums).await?;
        }
        self.finish(rows, group_by).await
    }

    /// Adds the conversions and money of a time that is not summed up, where they are known by what rows stand for.
    pub(super) async fn add_open_money(
        &mut self, rows: &mut Rows, group_by: GroupBy, from: Time, to: Time, narrow: &Narrow,
    ) -> Result<()> {
        let Some((conversions, credited)) = figures(group_by).money else { return Ok(()) };
        self.add_up(rows, group_by, conversions, bounds(from, to, narrow), |row, performance| {
            performance.count(row.get("conversions")?, row.get("currency")?);
            add_money(&mut performance.revenue, row)
        })
        .await?;
        let add = |row: &_, performance: &mut Performance| add_money(&mut performance.credited, row);
        self.add_up(rows, group_by, credited, bounds(from, to, narrow), add).await
    }

    /// The closed days of a period, in blocks of at most `most`, where their sums tell what is asked for.
    pub(super) async fn spans_of(&mut self, period: Period, is_summed: bool, most: i64) -> Result<Spans> {
        match is_summed {
            true => self.spans(period, most).await,
            false => Ok(Spans { closed: Vec::new(), open: vec![(period.from, period.to)] }),
        }
    }

    /// How many came how far in a period; of a part, the conversions in which it earned something.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn funnel(&mut self, clicks: i64, period: Period, narrow: &Narrow) -> Result<Funnel> {
        let mut funnel = Funnel { clicks, ..Funnel::default() };
        for (event, count) in self.events(period, narrow).await? {
            match event.as_str() {
                "lead" | "signup" => funnel.leads += count,
                "sale" => funnel.sales += count,
                _ => {}
            }
        }
        Ok(funnel)
    }

    /// How many conversions of each event there were in a period; of a part, those in which it earned something.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn events(&mut self, period: Period, narrow: &Narrow) -> Result<BTreeMap<String, i64>> {
        const SQL: &str = concat!(
            "select event, count(*) as conversions from conversions where occurred_at >= $1 and occurred_at < $2 and ",
            with_part!(),
            " group by event"
        );
        const SUMMED: &PerDatabase = &batched!(
            3,
            [days int, day int],
            "select t.part as event, cast(sum(t.conversions) as bigint) as conversions from batch b cross join money_days t
            where t.grouped_by = $1 and t.partner_id = $2 and t.days = b.days and t.day = b.day group by t.part"
        );
        // A link's own credits are few beside all conversions; an index finds those of its partner.
        const OF_LINK: &str = "select c.event as event, count(distinct c.id) as conversions
            from credits k join conversions c on c.id = k.conversion_id
            where k.superseded_at is null and k.link_id = $3 and k.partner_id = (select l.partner_id from links l where l.id = $3)
                and k.occurred_at >= $1 and k.occurred_at < $2 group by c.event";
        let (owner, name) = match (narrow.partner_id, narrow.campaign_id) {
            (None, Some(campaign)) => (campaign.uuid(), "event_in"),
            (partner, _) => (partner.map_or(Uuid::nil(), PartnerId::uuid), "event"),
        };
        let is_summed = matches!(narrowed(narrow)[..], [] | [Part::Partner(_) | Part::Campaign(_)]);
        let spans = self.spans_of(period, is_summed, i64::MAX).await?;
        let mut rows = self.all(SUMMED, args![name, owner, spans.blocks(self.database())]).await?;
        for (from, to) in spans.open {
            rows.extend(match narrowed(narrow)[..] {
                [Part::Link(link)] => self.all(OF_LINK, args![from, to, link]).await?,
                _ => self.all(SQL, bounds(from, to, narrow)).await?,
            });
        }
        let mut events = BTreeMap::new();
        for row in rows {
            *events.entry(row.get("event")?).or_default() += row.get::<i64>("conversions")?;
        }
        Ok(events)
    }
}
