//! What waits for somebody's decision, counted as far as one looks at a glance.

use crate::domain::id::floor;
use crate::domain::report::Decisions;
use crate::domain::time::{DAY_MS, Time};
use crate::error::Result;
use crate::store::sql::{Tx, args};

/// Days of rejected hits and discrepancies.
const DAYS: i64 = 7;

impl Tx {
    /// What waits, each counted up to [`Decisions::MOST`].
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn decisions(&mut self, now: Time) -> Result<Decisions> {
        const REGISTRATIONS: &str = "select count(*) as count from (select 1 as one from deal_registrations
            where status = 'pending' and expires_at > $1 limit $2) as counted";
        const REJECTED: &str =
            "select count(*) as count from (select 1 as one from rejected where id >= $1 limit $2) as counted";
        const UNCREDITED: &str = "select count(*) as count from (select 1 as one from conversions x
            where x.occurred_at >= $1 and x.attributed_at is not null and not exists (
                select 1 from credits k where k.conversion_id = x.id and k.superseded_at is null) limit $2) as counted";
        const DISABLED: &str = "select count(*) as count from (select 1 as one from credits x
            where x.occurred_at >= $1 and x.superseded_at is null
            and x.partner_id in (select p.id from partners p where p.status = 'disabled') limit $2) as counted";
        const AMOUNTS: &str = "select count(*) as count from (select 1 as one from conversion_repeats x
            join conversions c on c.id = x.conversion_id where x.id >= $1 and x.amount is not null
            and (x.amount <> coalesce(c.amount, -1) or coalesce(x.currency, '') <> coalesce(c.currency, '')) limit $2) as counted";
        let (since, most) = (now - DAYS * DAY_MS, Decisions::MOST);
        let mut counted = Vec::new();
        for (sql, bounds) in [
            (REGISTRATIONS, args![now, most]),
            (REJECTED, args![floor(since), most]),
            (UNCREDITED, args![since, most]),
            (DISABLED, args![since, most]),
            (AMOUNTS, args![floor(since), most]),
        ] {
            counted.push(self.one(sql, bounds).await?.get::<i64>("count")?);
        }
        let discrepancies = counted[2..].iter().sum::<i64>().min(most);
        Ok(Decisions { registrations: counted[0], rejected: counted[1], discrepancies })
    }
}
