//! Assigns credit: for every conversion that is due, the journey and the policy in force make the credits.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};
use uuid::Uuid;

use crate::clock::Clock;
use crate::domain::time::Time;
use crate::error::{Code, Error, Result};
use crate::jobs::assign::{assign, journeys, version};
use crate::jobs::{by_hand, renewals};
use crate::store::{ATTRIBUTE, Job, Store, Tx};

/// Conversions of one transaction: about a tenth of a second, so that intake does not wait longer for the one writer.
pub const TICK_LIMIT: i64 = 500;
/// The longest a due job waits when nobody wakes the loop: jobs that failed, and those other nodes queued.
const IDLE: Duration = Duration::from_millis(250);
/// The pause after a failure, doubled with each further one up to an hour: a defect is retried, but keeps nobody busy.
const RETRY_MS: (i64, i64) = (1_000, 3_600_000);

/// Runs ticks until the process stops: at once when woken, else every 250 ms. `done` is told after each that did something.
pub async fn run(store: Store, clock: Clock, wake: Arc<Notify>, done: impl Fn(), mut stopping: watch::Receiver<bool>) {
    let mut failing = false;
    while !*stopping.borrow() {
        match tick(&store, clock.now(), TICK_LIMIT).await {
            Ok(0) => failing = false,
            Ok(_) => {
                failing = false;
                done();
                continue;
            }
            Err(error) => {
                if !std::mem::replace(&mut failing, true) {
                    tracing::error!(%error, "attribution waits for the store");
                }
            }
        }
        tokio::select! {
            () = wake.notified() => {}
            () = tokio::time::sleep(IDLE) => {}
            () = super::stopped(&mut stopping) => {}
        }
    }
}

/// Assigns credit to at most `limit` conversions that are due at `now`; how many jobs were done or put off. A job that fails is
/// tried again later and keeps none of the others from being done.
///
/// # Errors
/// The database does not answer.
pub async fn tick(store: &Store, now: Time, limit: i64) -> Result<usize> {
    // A look without the writer first: mostly there is nothing to do.
    if !store.read().await?.has_due_job(ATTRIBUTE, now).await? {
        return Ok(0);
    }
    let mut tx = store.write_beside().await?;
    let jobs = tx.due_jobs(ATTRIBUTE, now, limit).await?;
    if jobs.is_empty() {
        // Another node has them.
        return Ok(0);
    }
    match work(&mut tx, &jobs, now).await {
        Ok(()) => return tx.commit().await.map(|()| jobs.len()),
        Err(error) if error.code == Code::Unavailable => return Err(error),
        Err(_) => tx.rollback().await?,
    }
    // Something in there is refused: each alone, so that only that one waits.
    for job in &jobs {
        let mut tx = store.write_beside().await?;
        // Another node may have taken it in between.
        let Some(job) = tx.due_job(ATTRIBUTE, now, job.subject).await? else { continue };
        match work(&mut tx, std::slice::from_ref(&job), now).await {
            Ok(()) => tx.commit().await?,
            Err(error) if error.code == Code::Unavailable => return Err(error),
            Err(error) => {
                tx.rollback().await?;
                postpone(store, &job, now, &error).await?;
            }
        }
    }
    Ok(jobs.len())
}

async fn postpone(store: &Store, job: &Job, now: Time, error: &Error) -> Result<()> {
    let cause = std::error::Error::source(error).map_or(String::new(), |cause| format!(": {cause}"));
    tracing::error!(conversion = %job.subject, attempts = job.attempts + 1, %error, cause, "attribution failed; it is tried again later");
    let (first, longest) = RETRY_MS;
    let wait = first.saturating_mul(1 << job.attempts.clamp(0, 20)).min(longest);
    let mut tx = store.write_beside().await?;
    tx.postpone_job(ATTRIBUTE, job.subject, now + wait, &format!("{error}{cause}")).await?;
    tx.commit().await
}

async fn work(tx: &mut Tx, jobs: &[Job], now: Time) -> Result<()> {
    let subjects: Vec<Uuid> = jobs.iter().map(|job| job.subject).collect();
    let (book, from) = (tx.rule_book().await?, tx.touchpoints_from().await?);
    let given = tx.given_by_hand(subjects.iter().copied()).await?;
    let dues = tx.due_conversions(subjects.iter().copied()).await?;
    let (followers, dues) = renewals::split(tx, dues, |due| renewals::version(&book, due)).await?;
    let (mut whole, mut attributed) = (Vec::with_capacity(jobs.len()), Vec::with_capacity(jobs.len()));
    let mut kept = Vec::new();
    for due in dues {
        // Of an old journey touchpoints may be gone. What was found of it when it was whole is nearer the truth.
        let is_old = due.policy_id.is_some() && book.looks_back_to(due.occurred_at, due.pinned)? < from;
        if is_old && !given.contains_key(&due.id) {
            kept.push(due.id.uuid());
        } else if is_old && let Some(found) = by_hand::as_it_was(tx, &due, &given).await? {
            attributed.push(found);
        } else {
            whole.push(due);
        }
    }
    for (due, touches) in journeys(tx, whole, book.asks_milestones()).await? {
        let version = version(&book, &due, &touches)?;
        attributed.push(assign(&book, version, due, touches)?);
    }
    by_hand::lay_over(&mut attributed, &given);
    tx.write_credits(&attributed, now).await?;
    // After the sales of the same tick: it is their credits that renewals take over.
    let credits = tx.standing_credits(renewals::sales(&followers)).await?;
    let mut followed = renewals::follow(followers, &credits);
    by_hand::lay_over(&mut followed, &given);
    tx.write_credits(&followed, now).await?;
    tx.keep_credits(kept, now).await?;
    tx.finish_jobs(ATTRIBUTE, subjects).await?;
    renewals::enqueue(tx, &book, &attributed, &followed, now).await
}
