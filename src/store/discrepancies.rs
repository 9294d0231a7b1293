//! Discrepancies: what is sound but odd. Each kind is one condition, counted and listed.

use uuid::Uuid;

use crate::domain::discrepancy::{Discrepancy, DiscrepancyCount, DiscrepancyKind};
use crate::domain::id::{ConversionId, CreditId, DealId, TouchpointId, floor};
use crate::domain::money::{Currency, Money};
use crate::error::Result;
use crate::store::kin::{alone, kin};
use crate::store::reports::Period;
use crate::store::sql::{Row, Slice, Tx, args};

/// The statements of one kind: how many, up to a number, and a part of the list.
struct Statements {
    count: &'static str,
    list: &'static str,
}

/// `$columns` of the rows of `$from`, which are those of the discrepancy; `x.id` is what it is about, and lies from `$1` on and
/// before `$2`; `$3` of them at most.
macro_rules! found {
    ($columns:expr, $from:expr) => {
        Statements {
            count: concat!(
                "select count(*) as count from (select 1 as one from ",
                $from,
                " and x.id >= $1 and x.id < $2 limit $3) as counted"
            ),
            list: concat!(
                "select x.id as id, ",
                $columns,
                " from ",
                $from,
                " and x.id >= $1 and x.id < $2 order by x.id desc limit $3"
            ),
        }
    };
}

fn statements(kind: DiscrepancyKind) -> Statements {
    match kind {
        DiscrepancyKind::ConversionWithoutJourney => found!(
            "x.occurred_at as at, x.summary as detail",
            "conversions x where x.attributed_at is not null
            and not exists (select 1 from credits k where k.conversion_id = x.id and k.superseded_at is null)"
        ),
        DiscrepancyKind::CreditToDisabledPartner => found!(
            "x.occurred_at as at, p.name as detail, x.conversion_id as conversion_id, x.partner_id as partner_id",
            "credits x join partners p on p.id = x.partner_id where x.superseded_at is null and p.status = 'disabled'"
        ),
        DiscrepancyKind::TouchpointAfterConversion => found!(
            concat!(
                "x.occurred_at as at, x.kind as detail, x.partner_id as partner_id, coalesce(
                (select c.id from conversions c where c.click_id = x.id and c.occurred_at < x.occurred_at
                    order by c.occurred_at desc, c.id desc limit 1), case when ",
                alone!("x.customer_id"),
                " then (select c.id from conversions c where c.customer_id = x.customer_id and c.occurred_at < x.occurred_at
                    order by c.occurred_at desc, c.id desc limit 1) else (with ",
                kin!("select x.customer_id, cast(0 as bigint) where x.customer_id is not null"),
                " select c.id from kin k cross join conversions c where c.customer_id = k.id and c.occurred_at < x.occurred_at
                    order by c.occurred_at desc, c.id desc limit 1) end) as conversion_id"
            ),
            concat!(
                // Both begin with the few that it can be, not with all the touchpoints of the time. Clicks and views have no customer.
                // What the customer itself bought later is asked first, as that is quick.
                // Ids begin with their moment, so a click whose id is smaller came before what was recorded as it happened.
                "(select distinct c.click_id as id from conversions c join touchpoints t on t.id = c.click_id
                    where c.click_id >= $1 and c.click_id < $2 and (c.click_id > c.id or c.occurred_at < c.recorded_at)
                    and t.occurred_at > c.occurred_at
                union all select o.id from touchpoint_kinds n cross join touchpoints o where o.kind = n.name
                    and o.kind not in ('click', 'view', 'code') and o.id >= $1 and o.id < $2
                    and o.customer_id is not null and o.deal_id is null and o.verdict = 'valid'
                    and not exists (select 1 from conversions l
                        where l.customer_id = o.customer_id and l.occurred_at >= o.occurred_at)
                    and o.occurred_at > case when ",
                alone!("o.customer_id"),
                " then (select max(c.occurred_at) from conversions c where c.customer_id = o.customer_id) else (with ",
                kin!("select o.customer_id, cast(0 as bigint)"),
                " select max(c.occurred_at) from kin k cross join conversions c where c.customer_id = k.id) end) late
                cross join touchpoints x where x.id = late.id"
            )
        ),
        DiscrepancyKind::DealWithoutTouchpoints => found!(
            "x.opened_at as at, x.name as detail",
            concat!(
                "deals x where not exists (select 1 from touchpoints t where t.deal_id = x.id)
                and not exists (with ",
                kin!("select x.customer_id, cast(0 as bigint) where x.customer_id is not null"),
                " select 1 from kin k cross join touchpoints t where t.customer_id = k.id and t.deal_id is null
                union all select 1 from kin k cross join customer_visitors v cross join touchpoints t
                    where v.customer_id = k.id and t.visitor_id = v.visitor_id)"
            )
        ),
        DiscrepancyKind::OrderWithDifferentAmounts => found!(
            "x.recorded_at as at, coalesce(c.order_id, '') as detail, c.id as conversion_id, x.amount as amount,
            x.currency as currency, c.amount as first_amount, c.currency as first_currency",
            "conversion_repeats x join conversions c on c.id = x.conversion_id where x.amount is not null
            and (x.amount <> coalesce(c.amount, -1) or coalesce(x.currency, '') <> coalesce(c.currency, ''))"
        ),
    }
}

fn discrepancy(kind: DiscrepancyKind, row: &Row) -> Result<Discrepancy> {
    let place = row.get("id")?;
    let word = || row.get::<Option<String>>("detail").map(Option::unwrap_or_default);
    let (mut conversion_id, mut partner_id) = (None, None);
    let (id, detail) = match kind {
        DiscrepancyKind::ConversionWithoutJourney => {
            conversion_id = Some(ConversionId::from(place));
            (ConversionId::from(place).to_string(), word()?)
        }
        DiscrepancyKind::CreditToDisabledPartner => {
            (conversion_id, partner_id) = (row.get("conversion_id")?, row.get("partner_id")?);
            (CreditId::from(place).to_string(), format!("the partner {} is disabled", word()?))
        }
        DiscrepancyKind::TouchpointAfterConversion => {
            (conversion_id, partner_id) = (row.get("conversion_id")?, row.get("partner_id")?);
            (TouchpointId::from(place).to_string(), format!("the {} came after the conversion", word()?))
        }
        DiscrepancyKind::DealWithoutTouchpoints => {
            (DealId::from(place).to_string(), format!("the deal {:?} has no touchpoint", word()?))
        }
        DiscrepancyKind::OrderWithDifferentAmounts => {
            let money = |amount: Option<i64>, currency: Option<Currency>| {
                amount.zip(currency).map_or("no amount".to_owned(), |(amount, currency)| Money { amount, currency }.to_string())
            };
            let again = money(row.get("amount")?, row.get("currency")?);
            let first = money(row.get("first_amount")?, row.get("first_currency")?);
            let conversion: ConversionId = row.get("conversion_id")?;
            conversion_id = Some(conversion);
            let detail = format!("order {:?} was recorded with {first}, then reported with {again}", word()?);
            // A repeated report has the id of the conversion it would have been.
            (ConversionId::from(place).to_string(), detail)
        }
    };
    Ok(Discrepancy { kind, id, place, at: row.get("at")?, conversion_id, partner_id, detail })
}

impl Tx {
    /// How many discrepancies of each kind there are.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn discrepancy_counts(&mut self) -> Result<Vec<DiscrepancyCount>> {
        let mut counts = Vec::new();
        for &kind in DiscrepancyKind::ALL {
            let count = self.one(statements(kind).count, args![Uuid::nil(), Uuid::max(), i64::MAX]).await?.get("count")?;
            counts.push(DiscrepancyCount { kind, description: kind.explain().to_owned(), count });
        }
        Ok(counts)
    }

    /// How many discrepancies of all kinds are about what was recorded in a period, up to `most`.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn count_discrepancies(&mut self, period: Period, most: i64) -> Result<i64> {
        let mut count = 0;
        for &kind in DiscrepancyKind::ALL {
            let bounds = args![floor(period.from), floor(period.to), most - count];
            count += self.one(statements(kind).count, bounds).await?.get::<i64>("count")?;
        }
        Ok(count)
    }

    /// A part of the list of discrepancies of one kind.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn discrepancies(&mut self, kind: DiscrepancyKind, slice: Slice) -> Result<Vec<Discrepancy>> {
        let rows = self.all(statements(kind).list, args![Uuid::nil(), slice.before, slice.limit]).await?;
        rows.iter().map(|row| discrepancy(kind, row)).collect()
    }

    /// The newest discrepancies of one kind about what was recorded in a period.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn discrepancies_in(&mut self, kind: DiscrepancyKind, period: Period, limit: i64) -> Result<Vec<Discrepancy>> {
        let rows = self.all(statements(kind).list, args![floor(period.from), floor(period.to), limit]).await?;
        rows.iter().map(|row| discrepancy(kind, row)).collect()
    }
}
