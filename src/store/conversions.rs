//! Conversions as they stand, each with its current credits. Intake writes them; here they are only read.

use std::collections::HashMap;

use crate::domain::conversion::{Conversion, Credit, Weight};
use crate::domain::heard::HeardMatch;
use crate::domain::id::{ConversionId, PartnerId, VisitorId};
use crate::domain::time::Time;
use crate::error::Result;
use crate::store::dialect::{PerDatabase, SHOWN_CREDITS};
use crate::store::kin::kin;
use crate::store::reports::{Period, earned};
use crate::store::rows::{Rows, batched};
use crate::store::sql::{Json, Row, Slice, Tx, args};
use crate::store::touchpoints::Narrow;

/// Which conversions.
#[derive(Clone, Debug, Default)]
pub struct ConversionFilter {
    /// Of this order.
    pub order_id: Option<String>,
    /// Of this customer and its kin.
    pub customer_id: Option<String>,
    /// Of this event.
    pub event: Option<String>,
}

macro_rules! select {
    ($($tail:expr),+) => {
        concat!(
            "select id, event, order_id, amount, currency, customer_id, click_id, visitor_id, code, heard_from, heard_match,
                heard_partner_id, source, occurred_at, recorded_at, items, params, attributed_at, policy_id, summary,
                (select cast(coalesce(sum(r.amount), 0) as bigint) from refunds r where r.conversion_id = conversions.id)
                    as refunded
            from conversions ",
            $($tail),+
        )
    };
}

/// A part of the list; `$lead` is the condition for which there is an index.
macro_rules! list {
    ($lead:literal) => {
        concat!(
            "with ",
            kin!("select cast($2 as text), cast(0 as bigint) where $2 is not null"),
            " ",
            select!(
                "where ",
                $lead,
                " and ($1 is null or order_id = $1) and ($2 is null or customer_id in (select k.id from kin k))
                    and ($3 is null or event = $3) and id < $4 order by id desc limit $5"
            )
        )
    };
}

const OF_VISITORS: PerDatabase = batched!(
    2,
    [visitor id],
    "select v.visitor_id as visitor_id, c.id as id, c.occurred_at as occurred_at from batch
        cross join conversion_visitors v cross join conversions c
        where v.visitor_id = batch.visitor and c.id = v.conversion_id and ($1 is null or exists (select 1 from credits k
            where k.conversion_id = c.id and k.superseded_at is null and k.partner_id = $1))
        order by c.occurred_at, c.id limit 5000"
);

/// The conversions of a period, narrowed down; `$lead` is the condition for which there is an index.
macro_rules! list_in {
    ($lead:literal) => {
        select!(
            "where ",
            $lead,
            " and occurred_at < $2 and (($3 is null and $4 is null and $5 is null and $6 is null and $7 is null
                and $11 is null) or exists (
                    select 1 from credits k where k.conversion_id = conversions.id and k.superseded_at is null and ",
            earned!("k"),
            " and ($11 is null or exists (select 1 from touchpoints t where t.id = k.touchpoint_id and t.code_id = $11))))
                and ($8 is null or (',' || $8 || ',') like ('%,' || event || ',%')) and ($9 is null or code = $9)
                and ($12 is null or heard_match = $12) and ($13 is null or heard_partner_id = $13)
                and ($14 is null or heard_key = $14) and ($15 is null or heard_match is not null and exists (
                    select 1 from credits k left join touchpoints t on t.id = k.touchpoint_id
                    where k.conversion_id = conversions.id and k.partner_id = $15 and k.superseded_at is null
                        and coalesce(t.kind, '') not in ('self_reported', 'manual')))
                and ($16 is null or occurred_at < $2 - 1 or id < $16)
            order by occurred_at desc, id desc limit $10"
        )
    };
}

/// Those in the list, latest first.
const OF_LIST: PerDatabase =
    batched!(1, [id id], select!("where id in (select id from batch) order by occurred_at desc, id desc"));

fn conversion(row: Row) -> Result<Conversion> {
    Ok(Conversion {
        id: row.get("id")?,
        event: row.get("event")?,
        order_id: row.get("order_id")?,
        amount: row.get("amount")?,
        currency: row.get("currency")?,
        customer_id: row.get("customer_id")?,
        click_id: row.get("click_id")?,
        visitor_id: row.get("visitor_id")?,
        code: row.get("code")?,
        heard_from: row.get("heard_from")?,
        heard_match: row.get::<Option<HeardMatch>>("heard_match")?,
        heard_partner_id: row.get("heard_partner_id")?,
        source: row.get("source")?,
        occurred_at: row.get("occurred_at")?,
        recorded_at: row.get("recorded_at")?,
        items: row.get::<Json<_>>("items")?.0,
        params: row.get::<Json<_>>("params")?.0,
        attributed_at: row.get("attributed_at")?,
        policy_id: row.get("policy_id")?,
        summary: row.get("summary")?,
        refunded: row.get("refunded")?,
        credits: Vec::new(),
    })
}

fn credit(row: Row) -> Result<(ConversionId, Credit)> {
    let credit = Credit {
        id: row.get("id")?,
        partner_id: row.get("partner_id")?,
        touchpoint_id: row.get("touchpoint_id")?,
        link_id: row.get("link_id")?,
        weight: Weight(u64::try_from(row.get::<i64>("share")?).unwrap_or(0)),
        amount: row.get("amount")?,
        policy_id: row.get("policy_id")?,
        reason: row.get("reason")?,
    };
    Ok((row.get("conversion_id")?, credit))
}

impl Tx {
    /// One conversion with its credits; for the id of a repeated report, the conversion that it repeats.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn conversion(&mut self, id: ConversionId) -> Result<Option<Conversion>> {
        const REPEATED: &str = select!("where id = (select conversion_id from conversion_repeats where id = $1)");
        let row = match self.optional(select!("where id = $1"), args![id]).await? {
            Some(row) => Some(row),
            None => self.optional(REPEATED, args![id]).await?,
        };
        let mut found: Vec<Conversion> = row.map(conversion).transpose()?.into_iter().collect();
        self.load_credits(&mut found).await?;
        Ok(found.pop())
    }

    /// A part of the list of conversions, each with its credits.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn conversions(&mut self, filter: &ConversionFilter, slice: Slice) -> Result<Vec<Conversion>> {
        let sql = match filter {
            ConversionFilter { order_id: Some(_), .. } => list!("order_id = $1"),
            ConversionFilter { customer_id: Some(_), .. } => list!("customer_id in (select k.id from kin k)"),
            _ => list!("id < $4"),
        };
        let ConversionFilter { order_id, customer_id, event } = filter;
        let args = args![order_id.as_deref(), customer_id.as_deref(), event.as_deref(), slice.before, slice.limit];
        let rows = self.all(sql, args).await?;
        let mut found = rows.into_iter().map(conversion).collect::<Result<Vec<_>>>()?;
        self.load_credits(&mut found).await?;
        Ok(found)
    }

    /// The conversions of a period, latest first, each with its credits; narrowed down by those that earned a part.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn conversions_in(&mut self, period: Period, narrow: &Narrow, limit: i64) -> Result<Vec<Conversion>> {
        self.conversions_before(period, None, narrow, limit).await
    }

    /// The conversions of a period that come after the last one that was read, latest first.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn conversions_before(
        &mut self, period: Period, last: Option<(Time, ConversionId)>, narrow: &Narrow, limit: i64,
    ) -> Result<Vec<Conversion>> {
        const ANY: &str = list_in!("occurred_at >= $1");
        const OF_CODE: &str = list_in!("code = $9 and occurred_at >= $1");
        // A conversion may have several credits of one partner.
        const OF_PARTNER: &str = list_in!(
            "id in (select k.conversion_id from credits k where k.partner_id = $3 and k.superseded_at is null
                and k.occurred_at >= $1 and k.occurred_at < $2) and occurred_at >= $1"
        );
        let sql = match narrow {
            Narrow { code: Some(_), .. } => OF_CODE,
            Narrow { partner_id: Some(_), .. } => OF_PARTNER,
            _ => ANY,
        };
        let Narrow { partner_id, link_id, campaign_id, country, device, kind, code, code_id, heard, .. } = narrow;
        let (country, device, kind, code) = (country.as_deref(), device.as_deref(), kind.as_deref(), code.as_deref());
        // Up to the moment of the last one; of that very moment, those with smaller ids.
        let (from, to) = (period.from, last.map_or(period.to, |(at, _)| at + 1));
        let mut args = args![from, to, *partner_id, *link_id, *campaign_id, country, device, kind, code, limit, *code_id];
        args.extend(args![*heard, narrow.heard_partner_id, narrow.heard_key.as_deref(), narrow.tracked_partner_id]);
        args.extend(args![last.map(|(_, id)| id)]);
        let rows = self.all(sql, args).await?;
        let mut found = rows.into_iter().map(conversion).collect::<Result<Vec<_>>>()?;
        self.load_credits(&mut found).await?;
        Ok(found)
    }

    /// What the latest `limit` conversions of a period were, each event once.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn latest_events(&mut self, period: Period, limit: i64) -> Result<Vec<String>> {
        const SQL: &str =
            "select distinct event from (select event from conversions where occurred_at >= $1 and occurred_at < $2
            order by occurred_at desc limit $3) as latest order by event";
        let rows = self.all(SQL, args![period.from, period.to, limit]).await?;
        rows.into_iter().map(|row| row.get("event")).collect()
    }

    /// The conversions with these ids, latest first, each with its credits.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn conversions_with(&mut self, ids: &[ConversionId]) -> Result<Vec<Conversion>> {
        let ids = Rows::of_ids(self.database(), ids.iter().map(|id| id.uuid()));
        let rows = self.all(&OF_LIST, args![ids]).await?;
        let mut found = rows.into_iter().map(conversion).collect::<Result<Vec<_>>>()?;
        self.load_credits(&mut found).await?;
        Ok(found)
    }

    /// The conversions of browsers, in the order of time: browser, conversion and when; 5,000 at most. With a partner,
    /// only those of which it has credit.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn conversions_of_visitors(
        &mut self, visitors: impl IntoIterator<Item = VisitorId>, partner: Option<PartnerId>,
    ) -> Result<Vec<(VisitorId, ConversionId, Time)>> {
        let visitors = Rows::of_ids(self.database(), visitors.into_iter().map(VisitorId::uuid));
        let rows = self.all(&OF_VISITORS, args![partner, visitors]).await?;
        rows.iter().map(|row| Ok((row.get("visitor_id")?, row.get("id")?, row.get("occurred_at")?))).collect()
    }

    async fn load_credits(&mut self, conversions: &mut [Conversion]) -> Result<()> {
        let mut credits: HashMap<ConversionId, Vec<Credit>> = HashMap::new();
        let ids = Rows::of_ids(self.database(), conversions.iter().map(|c| c.id.uuid()));
        for row in self.all(&SHOWN_CREDITS, args![ids]).await? {
            let (conversion, credit) = credit(row)?;
            credits.entry(conversion).or_default().push(credit);
        }
        for conversion in conversions {
            conversion.credits = credits.remove(&conversion.id).unwrap_or_default();
        }
        Ok(())
    }
}
