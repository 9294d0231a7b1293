//! Hits that could not be used, for an admin to see what a website does wrong. Intake writes them.

use crate::domain::interpret::Rejected;
use crate::error::Result;
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
