//! Where what buyers say they heard of us, and what was tracked, agree or not.

use std::collections::HashMap;

use crate::domain::heard::{Disagreement, HeardMatch, PartnerHeard, SelfReport, UnknownName};
use crate::domain::id::{ConversionId, PartnerId};
use crate::error::Result;
use crate::store::dialect::PerDatabase;
use crate::store::reports::Period;
use crate::store::rows::{Rows, batched};
use crate::store::sql::{Row, Slice, Tx, args};

/// The most rows of each list in the report: what a table can show.
const ROWS_MAX: i64 = 1_000;
/// The most names that mean nobody.
const UNKNOWN_MAX: i64 = 20;

/// `told`, the conversions from $1 to $2 whose buyers said something, and `tracked`, the partners with credit for them that
/// rests on more than what was said or given by hand.
macro_rules! told {
    ($($tail:expr),+) => {
        concat!(
            "with told (id, heard_match, partner_id) as materialized (
                select id, heard_match, heard_partner_id from conversions
                where occurred_at >= $1 and occurred_at < $2 and heard_match is not null),
            tracked (id, partner_id) as materialized (
                select distinct k.conversion_id, k.partner_id from told c cross join credits k
                left join touchpoints t on t.id = k.touchpoint_id
                where k.conversion_id = c.id and k.superseded_at is null
                    and coalesce(t.kind, '') not in ('self_reported', 'manual')) ",
            $($tail),+
        )
    };
}

impl Tx {
    /// The report over the conversions of a period whose buyers said where they heard of us.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn self_reported(&mut self, period: Period) -> Result<SelfReport> {
        const PARTNERS: &str = told!(
            "select x.partner_id as partner_id, p.name as name, cast(sum(x.said) as bigint) as said,
                cast(sum(x.tracked) as bigint) as tracked, cast(sum(x.agreed) as bigint) as agreed
            from (select partner_id, 1 as said, 0 as tracked, 0 as agreed from told where partner_id is not null
                union all select partner_id, 0, 1, 0 from tracked
                union all select t.partner_id, 0, 0, 1 from tracked t cross join told c
                    where c.id = t.id and c.partner_id = t.partner_id) as x
            left join partners p on p.id = x.partner_id
            group by x.partner_id, p.name order by 3 desc, 4 desc, 1 limit $3"
        );
        const MATCHES: &str = "select heard_match, count(*) as conversions from conversions
            where occurred_at >= $1 and occurred_at < $2 and heard_match is not null group by heard_match";
        const UNKNOWN: &str = "select min(heard_from) as heard_from, count(*) as conversions from conversions
            where occurred_at >= $1 and occurred_at < $2 and heard_match = 'unknown'
            group by heard_key order by 2 desc, 1 limit $3";
        let mut report = SelfReport::default();
        for row in self.all(MATCHES, args![period.from, period.to]).await? {
            let conversions: i64 = row.get("conversions")?;
            match row.get::<Option<HeardMatch>>("heard_match")? {
                Some(HeardMatch::Partner) => report.matched = conversions,
                Some(HeardMatch::Ambiguous) => report.ambiguous = conversions,
                _ => report.unknown = conversions,
            }
        }
        for row in self.all(PARTNERS, args![period.from, period.to, ROWS_MAX]).await? {
            report.data.push(PartnerHeard {
                partner_id: row.get("partner_id")?,
                name: row.get("name")?,
                said: row.get("said")?,
                tracked: row.get("tracked")?,
                both: row.get("agreed")?,
            });
        }
        for row in self.all(UNKNOWN, args![period.from, period.to, UNKNOWN_MAX]).await? {
            let (heard_from, conversions) = (row.get("heard_from")?, row.get("conversions")?);
            report.unknown_names.push(UnknownName { heard_from, conversions });
        }
        Ok(report)
    }

    /// A part of the list of conversions whose buyers named a partner for whom nothing was tracked, the newest first.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn disagreements(&mut self, period: Period, slice: Slice) -> Result<Vec<Disagreement>> {
        const SQL: &str = told!(
            "select c.id as id, c.order_id as order_id, c.occurred_at as occurred_at, c.heard_from as heard_from,
                c.heard_partner_id as partner_id
            from told w cross join conversions c where c.id = w.id and w.partner_id is not null and c.id < $3
                and not exists (select 1 from tracked t where t.id = w.id and t.partner_id = w.partner_id)
            order by c.id desc limit $4"
        );
        let disagreement = |row: &Row| {
            Ok(Disagreement {
                conversion_id: row.get("id")?,
                order_id: row.get("order_id")?,
                occurred_at: row.get("occurred_at")?,
                heard_from: row.get("heard_from")?,
                said_partner_id: row.get("partner_id")?,
                tracked_partner_ids: Vec::new(),
            })
        };
        let rows = self.all(SQL, args![period.from, period.to, slice.before, slice.limit]).await?;
        let mut found = rows.iter().map(disagreement).collect::<Result<Vec<_>>>()?;
        let mut tracked = self.tracked(found.iter().map(|one| one.conversion_id)).await?;
        for one in &mut found {
            one.tracked_partner_ids = tracked.remove(&one.conversion_id).unwrap_or_default();
        }
        Ok(found)
    }

    async fn tracked(
        &mut self, conversions: impl IntoIterator<Item = ConversionId>,
    ) -> Result<HashMap<ConversionId, Vec<PartnerId>>> {
        const SQL: PerDatabase = batched!(
            1,
            [id id],
            "select distinct k.conversion_id as id, k.partner_id as partner_id from batch b cross join credits k
            left join touchpoints t on t.id = k.touchpoint_id
            where k.conversion_id = b.id and k.superseded_at is null
                and coalesce(t.kind, '') not in ('self_reported', 'manual') order by 1, 2"
        );
        let ids = Rows::of_ids(self.database(), conversions.into_iter().map(ConversionId::uuid));
        let mut tracked: HashMap<ConversionId, Vec<PartnerId>> = HashMap::new();
        for row in self.all(&SQL, args![ids]).await? {
            tracked.entry(row.get("id")?).or_default().push(row.get("partner_id")?);
        }
        Ok(tracked)
    }
}
