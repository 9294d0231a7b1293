//! The queue of work behind intake: at most one job of a kind for a subject, done in the transaction that deletes it.

use uuid::Uuid;

use crate::domain::time::Time;
use crate::error::Result;
use crate::store::dialect::{CLAIM_JOBS, DUE_JOB, DUE_JOBS, FINISH_JOBS, RELEASE_JOBS};
use crate::store::rows::Rows;
use crate::store::sql::{Row, Tx, args};

/// The kind of job that assigns credit to the conversion that is its subject.
pub const ATTRIBUTE: &str = "attribute";

/// When a job is due that only stands for a claim: never.
const CLAIMED: i64 = i64::MAX;

/// A job that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// What it is about.
    pub subject: Uuid,
    /// How often it failed.
    pub attempts: i64,
}

fn job(row: Row) -> Result<Job> {
    Ok(Job { subject: row.get("subject")?, attempts: row.get("attempts")? })
}

/// How much work is queued.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Queue {
    /// Jobs that wait, at most [`COUNTED_MAX`].
    pub waiting: i64,
    /// Those of them that failed at least once and are tried again.
    pub failing: i64,
    /// What the one that failed most often last failed with.
    pub last_error: Option<String>,
}

/// Jobs that are counted; of more nobody needs the number.
pub const COUNTED_MAX: i64 = 100_000;

impl Tx {
    /// How much work is queued.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn queued_work(&mut self) -> Result<Queue> {
        const COUNT: &str =
            "select count(*) as waiting, cast(coalesce(sum(case when attempts > 0 then 1 else 0 end), 0) as bigint)
            as failing from (select attempts from jobs order by kind, subject limit $1) as queued";
        const WORST: &str =
            "select last_error from jobs where last_error is not null order by attempts desc, kind, subject limit 1";
        let row = self.one(COUNT, args![COUNTED_MAX]).await?;
        let (waiting, failing) = (row.get("waiting")?, row.get("failing")?);
        let worst = if failing > 0 { self.optional(WORST, args![]).await? } else { None };
        let last_error = worst.map(|row| row.get("last_error")).transpose()?.flatten();
        Ok(Queue { waiting, failing, last_error })
    }

    /// At most `limit` jobs that are due, the longest due first. They are this transaction's until it
    /// ends, and done when it deletes them; it must be one that may write.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn due_jobs(&mut self, kind: &'static str, now: Time, limit: i64) -> Result<Vec<Job>> {
        self.all(&DUE_JOBS, args![kind, now, limit]).await?.into_iter().map(job).collect()
    }

    /// One job, if it is still due and nobody else works on it.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn due_job(&mut self, kind: &'static str, now: Time, subject: Uuid) -> Result<Option<Job>> {
        self.optional(&DUE_JOB, args![kind, now, subject]).await?.map(job).transpose()
    }

    /// Whether a job is due, whoever works on it.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn has_due_job(&mut self, kind: &'static str, now: Time) -> Result<bool> {
        const SQL: &str = "select exists (select 1 from jobs where due_at <= $2 and kind = $1) as due";
        self.one(SQL, args![kind, now]).await?.get("due")
    }

    /// Whether there is a job for a subject that is not done, due or not.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn is_queued(&mut self, kind: &'static str, subject: Uuid) -> Result<bool> {
        const SQL: &str = "select exists (select 1 from jobs where kind = $1 and subject = $2) as queued";
        self.one(SQL, args![kind, subject]).await?.get("queued")
    }

    /// Deletes jobs that are done.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn finish_jobs(&mut self, kind: &'static str, subjects: impl IntoIterator<Item = Uuid>) -> Result<()> {
        let subjects = Rows::of_ids(self.database(), subjects);
        self.execute(&FINISH_JOBS, args![kind, subjects]).await?;
        Ok(())
    }

    /// Makes jobs this transaction's, those that are queued and those that are not: nobody else works on their subjects, and news
    /// of them waits, until it ends. It must finish or release each.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn claim_jobs(&mut self, kind: &'static str, subjects: impl IntoIterator<Item = Uuid>) -> Result<()> {
        let subjects = Rows::of_ids(self.database(), subjects);
        self.execute(&CLAIM_JOBS, args![kind, CLAIMED, subjects]).await?;
        Ok(())
    }

    /// Gives up claims: what was queued stays so.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn release_jobs(&mut self, kind: &'static str, subjects: impl IntoIterator<Item = Uuid>) -> Result<()> {
        let subjects = Rows::of_ids(self.database(), subjects);
        self.execute(&RELEASE_JOBS, args![kind, CLAIMED, subjects]).await?;
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
