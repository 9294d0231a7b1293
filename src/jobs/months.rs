//! The months in which touchpoints lie: made ahead of time, and let go when they have served theirs.

use std::time::Duration;

use tokio::sync::watch;

use crate::clock::Clock;
use crate::domain::time::{DAY_MS, Month, Time};
use crate::error::Result;
use crate::jobs::Job;
use crate::store::Store;

/// Months made before the present one: for hits that waited in a journal, and for the demo's ninety days.
const BEHIND: usize = 3;
/// Months made after the present one: a job that fails has two months to be noticed.
const AHEAD: usize = 2;
/// Touchpoints deleted in one transaction, where there are no months to drop: a tenth of a second of the one writer.
const STEP: i64 = 5_000;
/// How often to look.
const EVERY: Duration = Duration::from_secs(3_600);

/// Runs ticks until the process stops. `keep_days` is how long touchpoints are kept; for ever when none is given.
pub async fn run(store: Store, clock: Clock, keep_days: Option<u32>, stopping: watch::Receiver<bool>) {
    let job = Job { waits: "the months of touchpoints wait for the store", every: EVERY };
    job.run(store, clock, stopping, |store, now| async move {
        tick(&store, now, keep_days).await?;
        study(&store).await?;
        Ok(false)
    })
    .await;
}

/// Does what is due at `now`; safe to repeat, and on several nodes at once.
///
/// # Errors
/// The database does not answer.
pub async fn tick(store: &Store, now: Time, keep_days: Option<u32>) -> Result<()> {
    make(store, now).await?;
    match keep_days {
        Some(days) => forget(store, now, (now - i64::from(days) * DAY_MS).day()).await,
        None => Ok(()),
    }
}

/// Makes the months around `now` that are not there yet.
async fn make(store: &Store, now: Time) -> Result<()> {
    if matches!(store, Store::Sqlite { .. }) {
        return Ok(());
    }
    let first = (0..BEHIND).fold(Month::of(now), |month, _| month.previous());
    let wanted = std::iter::successors(Some(first), |month| Some(month.next())).take(BEHIND + 1 + AHEAD);
    let there = store.read().await?.months().await?;
    for month in wanted.filter(|month| !there.contains(month)) {
        let mut tx = store.write().await?;
        // Another node may have made it while this one waited for its turn.
        if !tx.months().await?.contains(&month) {
            tx.make_month(month).await?;
            tx.commit().await?;
        }
    }
    Ok(())
}

/// Has the database look at what touchpoints are like. Not a part of the tick: a start need not wait for it.
async fn study(store: &Store) -> Result<()> {
    let mut tx = store.write_beside().await?;
    tx.study_touchpoints().await?;
    tx.commit().await
}

/// Lets go of touchpoints from before `before`: of whole months at once, of others step by step.
async fn forget(store: &Store, now: Time, before: Time) -> Result<()> {
    let mut tx = store.write().await?;
    let needed = tx.rule_book().await?.looks_back_to(now, None)?;
    tx.keep_touchpoints_from(before).await?;
    let months = tx.months().await?;
    tx.commit().await?;
    if needed < before {
        let days = (now.as_millis() - needed.as_millis()) / DAY_MS;
        tracing::warn!(days, "touchpoints are let go of (keep_touchpoints_days) that a policy in force still looks back to");
    }
    for month in months.into_iter().filter(|month| month.next().start() <= before) {
        let mut tx = store.write().await?;
        tx.drop_month(month).await?;
        tx.commit().await?;
        tracing::info!(%month, "the touchpoints of a month are let go of");
    }
    loop {
        let mut tx = store.write().await?;
        let gone = tx.forget_touchpoints(before, STEP).await?;
        tx.commit().await?;
        if gone == 0 {
            break;
        }
    }
    let mut tx = store.write_beside().await?;
    tx.forget_standings_before(before).await?;
    tx.commit().await
}
