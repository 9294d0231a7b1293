//! The queue of work behind intake: at most one job of a kind for a subject, done in the transaction that deletes it.

use uuid::Uuid;

use crate::domain::time::Time;
use crate::error::Result;
use crate::store::intake::Rows;
use crate::store::sql::{Row, Tx, args};

/// The kind of job that assigns credit to the conversion that is its subject.
pub const ATTRIBUTE: &str = "attribute";

/// A job that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// What it is about.
    pub subject: Uuid,
    /// How often it failed.
    pub attempts: i64,
}

impl Tx {
    /// At most `limit` jobs that are due, the longest due first. They are done when this transaction deletes them.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn due_jobs(&mut self, kind: &'static str, now: Time, limit: i64) -> Result<Vec<Job>> {
        const SQL: &str =
            "select subject, attempts from jobs where due_at <= $2 and kind = $1 order by due_at, subject limit $3";
        let rows = self.all(SQL, args![kind, now, limit]).await?;
        rows.into_iter().map(|row: Row| Ok(Job { subject: row.get("subject")?, attempts: row.get("attempts")? })).collect()
    }

    /// Deletes jobs that are done.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn finish_jobs(&mut self, kind: &'static str, subjects: impl IntoIterator<Item = Uuid>) -> Result<()> {
        let list = Rows::of_ids(subjects).finish();
        self.execute(crate::store::dialect::FINISH_JOBS, args![list, kind]).await?;
        Ok(())
    }

    /// Notes that a job failed, and when to try again.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn postpone_job(&mut self, kind: &'static str, subject: Uuid, due_at: Time, error: &str) -> Result<()> {
        const SQL: &str =
            "update jobs set attempts = attempts + 1, due_at = $3, last_error = $4 where kind = $1 and subject = $2";
        self.execute(SQL, args![kind, subject, due_at, error]).await?;
        Ok(())
    }
}
