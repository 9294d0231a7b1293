//! What waits for somebody's decision, counted as far as one looks at a glance.

use crate::domain::id::floor;
use crate::domain::report::Decisions;
use crate::domain::time::Time;
use crate::error::Result;
use crate::store::reports::Period;
use crate::store::sql::{Tx, args};

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
        let (since, most) = (Decisions::since(now), Decisions::MOST);
        let mut count = async |sql, bounds| self.one(sql, bounds).await?.get::<i64>("count");
        let registrations = count(REGISTRATIONS, args![now, most]).await?;
        let rejected = count(REJECTED, args![floor(since), most]).await?;
        let discrepancies = self.count_discrepancies(Period { from: since, to: now }, most).await?;
        Ok(Decisions { registrations, rejected, discrepancies })
    }
}
