//! The figures of the pages: the performance report without what is counted row by row, of the whole program or one partner.

use crate::domain::id::PartnerId;
use crate::domain::report::{Funnel, GroupBy, Performance};
use crate::error::Result;
use crate::store::reports::{Key, Period, Rows, add_money};
use crate::store::sql::{Tx, args};

/// The statements of one grouping; `$1` and `$2` are the bounds of the period, `$3` the partner.
struct Figures {
    clicks: &'static str,
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
            from rollups where hour >= $1 and hour < $2 and ($3 is null or partner_id = $3) group by key"
        )
    };
}

macro_rules! credited {
    ($key:literal) => {
        concat!(
            "select ",
            $key,
            " as key, cr.currency as currency, cast(sum(cr.amount) as bigint) as amount from credits cr
            where cr.superseded_at is null and cr.occurred_at >= $1 and cr.occurred_at < $2
                and ($3 is null or cr.partner_id = $3) group by key, cr.currency"
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
            where occurred_at >= $1 and occurred_at < $2 and ($3 is null or exists (select 1 from credits k
                where k.conversion_id = conversions.id and k.superseded_at is null and k.partner_id = $3))
            group by key, currency"
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
                where cr.superseded_at is null and cr.occurred_at >= $1 and cr.occurred_at < $2
                    and ($3 is null or cr.partner_id = $3)
            ) as parts group by key, currency"
        )
    };
}

fn figures(group_by: GroupBy) -> Figures {
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

impl Tx {
    /// What came of the program in a period, or of one partner's part in it: as [`Tx::performance`], without the browsers,
    /// which are counted touchpoint by touchpoint, and by country and device without conversions.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn figures(&mut self, group_by: GroupBy, period: Period, partner: Option<PartnerId>) -> Result<Vec<Performance>> {
        let Figures { clicks, money } = figures(group_by);
        let mut rows = Rows::default();
        if group_by == GroupBy::None {
            rows.0.insert(Key::Whole, Performance::default());
        }
        self.add_up(&mut rows, group_by, clicks, args![period.from.hour(), period.to, partner], |row, performance| {
            performance.clicks += row.get::<i64>("clicks")?;
            performance.clicks_all += row.get::<i64>("clicks_all")?;
            performance.views += row.get::<i64>("views")?;
            Ok(())
        })
        .await?;
        if let Some((conversions, credited)) = money {
            let bounds = || args![period.from, period.to, partner];
            self.add_up(&mut rows, group_by, conversions, bounds(), |row, performance| {
                performance.conversions += row.get::<i64>("conversions")?;
                add_money(&mut performance.revenue, row)
            })
            .await?;
            let add = |row: &_, performance: &mut Performance| add_money(&mut performance.credited, row);
            self.add_up(&mut rows, group_by, credited, bounds(), add).await?;
        }
        self.finish(rows, group_by).await
    }

    /// How many came how far in a period; of a partner, the conversions in which it has a part.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn funnel(&mut self, clicks: i64, period: Period, partner: Option<PartnerId>) -> Result<Funnel> {
        const SQL: &str = "select event, count(*) as conversions from conversions
            where occurred_at >= $1 and occurred_at < $2 and ($3 is null or exists (select 1 from credits k
                where k.conversion_id = conversions.id and k.superseded_at is null and k.partner_id = $3))
            group by event";
        let mut funnel = Funnel { clicks, ..Funnel::default() };
        for row in self.all(SQL, args![period.from, period.to, partner]).await? {
            let count: i64 = row.get("conversions")?;
            match row.get::<String>("event")?.as_str() {
                "lead" | "signup" => funnel.leads += count,
                "sale" => funnel.sales += count,
                _ => {}
            }
        }
        Ok(funnel)
    }
}
