//! Closes days, so that reports read their sums: a day some hours after its end, and anew when something of it was changed.

use std::time::{Duration, Instant};

use tokio::sync::watch;

use crate::clock::Clock;
use crate::domain::time::{DAY_MS, HOUR_MS, Time};
use crate::error::Result;
use crate::jobs::Job;
use crate::store::{BLOCKS, Store};

/// How long after its end a day is closed: what nodes still hold in their journals by then is rare.
const AFTER_MS: i64 = DAY_MS / 12;
/// The same of an hour: no sooner than [`Tx::note_late`](crate::store::Tx) takes note of what comes late, with time for a slow
/// transaction to end.
const HOUR_AFTER_MS: i64 = HOUR_MS + HOUR_MS / 4;
/// Days looked up at once.
const AT_ONCE: usize = 50;
/// The longest pause between two transactions, however long a busy machine takes for one.
const PAUSE_MAX: Duration = Duration::from_secs(1);
/// How often to look.
const EVERY: Duration = Duration::from_secs(60);

/// Runs ticks until the process stops.
pub async fn run(store: Store, clock: Clock, stopping: watch::Receiver<bool>) {
    let job = Job { waits: "the sums of days wait for the store", every: EVERY };
    job.run(store, clock, stopping, |store, now| async move { tick(&store, now).await }).await;
}

/// Closes what is to be closed at `now`; whether there is more. Safe to repeat, and on several nodes at once.
///
/// # Errors
/// The database does not answer.
pub async fn tick(store: &Store, now: Time) -> Result<bool> {
    let days = store.read().await?.days_to_close((now - AFTER_MS).day(), AT_ONCE).await?;
    for day in &days {
        close(store, *day).await?;
        tokio::time::sleep(super::PAUSE).await;
    }
    sum_so_far(store, now).await?;
    Ok(days.len() == AT_ONCE)
}

/// Sums up the day of the last hour that is surely over, unless that is done, or the day is closed.
///
/// # Errors
/// The database does not answer.
pub async fn sum_so_far(store: &Store, now: Time) -> Result<()> {
    let until = (now - HOUR_AFTER_MS).hour();
    let day = (until - 1).day();
    let mut tx = store.read().await?;
    if tx.is_summed(day, until).await? {
        return Ok(());
    }
    drop(tx);
    let mut tx = store.write().await?;
    tx.sum_so_far(day, until).await?;
    tx.commit().await
}

/// Closes a day, in transactions that leave others at least as much time as they take. Until the last of them the day is read by
/// the hour, as before.
///
/// # Errors
/// The database does not answer.
pub async fn close(store: &Store, day: Time) -> Result<()> {
    let mut tx = store.write().await?;
    let mut begun = Instant::now();
    let notes = tx.sum_day(day).await?;
    for days in BLOCKS {
        tx.commit().await?;
        tokio::time::sleep(begun.elapsed().min(PAUSE_MAX)).await;
        tx = store.write().await?;
        begun = Instant::now();
        if !tx.sum_block(day, days).await? {
            break;
        }
    }
    tx.close_day(day, notes).await?;
    tx.commit().await
}
