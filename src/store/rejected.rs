//! Hits that could not be used, for an admin to see what a website does wrong. Intake writes them.

use crate::domain::conversion::Source;
use crate::domain::id::floor;
use crate::domain::interpret::Rejected;
use crate::error::Result;
use crate::store::reports::Period;
use crate::store::sql::{Json, Row, Slice, Tx, args};

fn rejected(row: Row) -> Result<Rejected> {
    Ok(Rejected {
        id: row.get("id")?,
        source: row.get("source")?,
        at: row.get("occurred_at")?,
        query: row.get("query")?,
        referrer: row.get("referrer")?,
        user_agent: row.get("user_agent")?,
        reasons: row.get::<Json<_>>("reasons")?.0,
    })
}

impl Tx {
    /// The newest rejected hits of a period, of one source or of all.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn rejected_in(&mut self, period: Period, source: Option<Source>, limit: i64) -> Result<Vec<Rejected>> {
        const SQL: &str = "select id, source, occurred_at, query, referrer, user_agent, reasons from rejected
            where id >= $1 and id < $2 and ($3 is null or source = $3) order by id desc limit $4";
        let args = args![floor(period.from), floor(period.to), source.map(Source::as_str), limit];
        self.all(SQL, args).await?.into_iter().map(rejected).collect()
    }

    /// A part of the list of rejected hits.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn rejected(&mut self, slice: Slice) -> Result<Vec<Rejected>> {
        const SQL: &str = "select id, source, occurred_at, query, referrer, user_agent, reasons from rejected
            where id < $1 order by id desc limit $2";
        self.all(SQL, args![slice.before, slice.limit]).await?.into_iter().map(rejected).collect()
    }
}
