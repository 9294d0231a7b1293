//! The performance report: clicks and views from the rollups, conversions and money from the conversions and their credits.

mod figures;
mod kept;
mod leading;

pub(in crate::store) use figures::earned;

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::domain::id::{CampaignId, LinkId, PartnerId, floor};
use crate::domain::money::{Currency, Money};
use crate::domain::report::{GroupBy, Performance, add_up};
use crate::domain::time::{DAY_MS, HOUR_MS, Time};
use crate::error::Result;
use crate::store::dialect::Named;
use crate::store::sql::{Row, Tx, Value, Words, args};

/// The most rows of a report, those with the most clicks: what a table can show and a program can read at once.
const ROWS_MAX: usize = 10_000;

/// From when to when a report reaches; rollups reach from the start of the first hour to the end of the last.
#[derive(Clone, Copy, Debug)]
pub struct Period {
    /// The first moment.
    pub from: Time,
    /// The first moment after it.
    pub to: Time,
}

impl Period {
    /// From the beginning of the first hour to the end of the last, as clicks are counted.
    pub fn in_whole_hours(self) -> Period {
        Period { from: self.from.hour(), to: (self.to + (HOUR_MS - 1)).hour() }
    }
}

/// What tells the rows of a report apart, as the statements return it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Whole,
    Id(Option<Uuid>),
    Text(String),
    Day(i64),
}

impl Key {
    fn read(group_by: GroupBy, row: &Row) -> Result<Key> {
        Ok(match group_by {
            GroupBy::None => Key::Whole,
            // In the rollups, where it is part of the key, a missing campaign is 16 zero bytes.
            GroupBy::Partner | GroupBy::Link | GroupBy::Campaign => {
                Key::Id(row.get::<Option<Uuid>>("key")?.filter(|id| !id.is_nil()))
            }
            GroupBy::Country | GroupBy::Device => Key::Text(row.get("key")?),
            GroupBy::Day => Key::Day(row.get("key")?),
        })
    }

    /// What the caller sees.
    fn text(&self, group_by: GroupBy) -> Option<String> {
        match (self, group_by) {
            (Key::Id(id), GroupBy::Partner) => id.map(|id| PartnerId::from(id).to_string()),
            (Key::Id(id), GroupBy::Link) => id.map(|id| LinkId::from(id).to_string()),
            (Key::Id(id), _) => id.map(|id| CampaignId::from(id).to_string()),
            (Key::Text(text), _) => Some(text.clone()).filter(|text| !text.is_empty()),
            (Key::Day(day), _) => Some(Time::from_millis(day * DAY_MS).date()),
            (Key::Whole, _) => None,
        }
    }
}

/// The statements of one grouping; `$1` and `$2` are the bounds of the period, in hours, ids or moments.
struct Statements {
    clicks: &'static str,
    visitors: &'static str,
    conversions: &'static str,
    credited: &'static str,
}

macro_rules! grouped {
    ($rollup:literal, $touch:literal, $credit:expr, $conversions:expr) => {
        Statements {
            clicks: concat!(
                "select ",
                $rollup,
                " as key, cast(sum(clicks) as bigint) as clicks,
                    cast(sum(clicks_all) as bigint) as clicks_all, cast(sum(views) as bigint) as views
                from rollups where hour >= $1 and hour < $2 group by key"
            ),
            visitors: concat!(
                "select ",
                $touch,
                " as key, count(distinct visitor_id) as visitors from touchpoints
                where id >= $1 and id < $2 and kind = 'click' and verdict = 'valid' group by key"
            ),
            conversions: $conversions,
            credited: concat!(
                "select ",
                $credit,
                " as key, cr.currency as currency, cast(sum(cr.amount) as bigint) as amount
                from credits cr
                where cr.superseded_at is null and cr.occurred_at >= $1 and cr.occurred_at < $2 group by key, cr.currency"
            ),
        }
    };
}

/// Every conversion counts, credited or not.
macro_rules! whole {
    ($key:literal) => {
        concat!(
            "select ",
            $key,
            " as key, currency, count(*) as conversions, cast(sum(coalesce(amount, 0)) as bigint) as amount
            from conversions where occurred_at >= $1 and occurred_at < $2 group by key, currency"
        )
    };
}

/// A conversion counts in every row that earned a part of it, once.
macro_rules! parts {
    ($key:expr) => {
        concat!(
            "select key, currency, count(*) as conversions, cast(sum(coalesce(amount, 0)) as bigint) as amount from (
                select distinct ",
            $key,
            " as key, cv.id as id, cv.currency as currency, cv.amount as amount
                from credits cr join conversions cv on cv.id = cr.conversion_id
                where cr.superseded_at is null and cr.occurred_at >= $1 and cr.occurred_at < $2
            ) as parts group by key, currency"
        )
    };
}

/// A column of the touchpoint that earned a credit.
macro_rules! of_touchpoint {
    ($column:literal) => {
        concat!("coalesce((select tp.", $column, " from touchpoints tp where tp.id = cr.touchpoint_id), '')")
    };
}

fn statements(group_by: GroupBy) -> Statements {
    match group_by {
        GroupBy::None => grouped!("cast(0 as bigint)", "cast(0 as bigint)", "cast(0 as bigint)", whole!("cast(0 as bigint)")),
        GroupBy::Day => {
            grouped!("hour / 86400000", "occurred_at / 86400000", "cr.occurred_at / 86400000", whole!("occurred_at / 86400000"))
        }
        GroupBy::Partner => grouped!("partner_id", "partner_id", "cr.partner_id", parts!("cr.partner_id")),
        GroupBy::Link => grouped!("link_id", "link_id", "cr.link_id", parts!("cr.link_id")),
        GroupBy::Campaign => grouped!("campaign_id", "campaign_id", "cr.campaign_id", parts!("cr.campaign_id")),
        GroupBy::Country => {
            grouped!("country", "coalesce(country, '')", of_touchpoint!("country"), parts!(of_touchpoint!("country")))
        }
        GroupBy::Device => {
            grouped!("device", "coalesce(device, '')", of_touchpoint!("device"), parts!(of_touchpoint!("device")))
        }
    }
}

/// Rows as they grow, statement by statement.
#[derive(Default)]
struct Rows(BTreeMap<Key, Performance>);

impl Tx {
    /// What came of the program in a period: the rows with the most clicks first, days in their order.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn performance(&mut self, group_by: GroupBy, period: Period) -> Result<Vec<Performance>> {
        let Statements { clicks, visitors, conversions, credited } = statements(group_by);
        let Period { from, to } = period;
        let moments = || args![from, to];
        let mut rows = Rows::default();
        if group_by == GroupBy::None {
            rows.0.insert(Key::Whole, Performance::default());
        }
        self.add_up(&mut rows, group_by, clicks, args![from.hour(), to], |row, performance| {
            performance.clicks += row.get::<i64>("clicks")?;
            performance.clicks_all += row.get::<i64>("clicks_all")?;
            performance.views += row.get::<i64>("views")?;
            Ok(())
        })
        .await?;
        self.add_up(&mut rows, group_by, visitors, args![floor(from), floor(to)], |row, performance| {
            performance.unique_visitors += row.get::<i64>("visitors")?;
            Ok(())
        })
        .await?;
        self.add_up(&mut rows, group_by, conversions, moments(), |row, performance| {
            performance.count(row.get("conversions")?, row.get("currency")?);
            add_money(&mut performance.revenue, row)
        })
        .await?;
        self.add_up(&mut rows, group_by, credited, moments(), |row, performance| add_money(&mut performance.credited, row))
            .await?;
        self.finish(rows, group_by).await
    }

    async fn add_up(
        &mut self, rows: &mut Rows, group_by: GroupBy, sql: impl Words, bounds: Vec<Value>,
        add: impl Fn(&Row, &mut Performance) -> Result<()>,
    ) -> Result<()> {
        for row in self.all(sql, bounds).await? {
            let key = Key::read(group_by, &row)?;
            add(&row, rows.0.entry(key).or_default())?;
        }
        Ok(())
    }

    /// Orders the rows and gives them their keys and labels.
    async fn finish(&mut self, rows: Rows, group_by: GroupBy) -> Result<Vec<Performance>> {
        let mut rows: Vec<(Key, Performance)> = rows.0.into_iter().collect();
        if group_by != GroupBy::Day {
            // Stable: rows with as many clicks stay in the order of their keys.
            rows.sort_by_key(|(_, row)| std::cmp::Reverse(row.clicks));
        }
        rows.truncate(ROWS_MAX);
        let ids: Vec<Uuid> = rows.iter().filter_map(|(key, _)| if let Key::Id(id) = key { *id } else { None }).collect();
        let names = match group_by {
            GroupBy::Partner => self.names(Named::Partner, ids).await?,
            GroupBy::Link => self.names(Named::Link, ids).await?,
            GroupBy::Campaign => self.names(Named::Campaign, ids).await?,
            _ => Default::default(),
        };
        let finish = |(key, row): (Key, Performance)| {
            let label = if let Key::Id(Some(id)) = key { names.get(&id).cloned() } else { None };
            Performance { key: key.text(group_by), label, ..row }
        };
        Ok(rows.into_iter().map(finish).collect())
    }
}

/// Adds the row's sum, if it is in a currency.
pub(in crate::store) fn add_money(sums: &mut Vec<Money>, row: &Row) -> Result<()> {
    let (amount, currency) = (row.get::<i64>("amount")?, row.get::<Option<Currency>>("currency")?);
    if let Some(currency) = currency {
        add_up(sums, Money { amount, currency });
    }
    Ok(())
}
