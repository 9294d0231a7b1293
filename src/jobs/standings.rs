//! Keeps what partners have done for deals, where something changed since it was kept last.

use std::time::Duration;

use tokio::sync::watch;

use crate::clock::Clock;
use crate::domain::time::Time;
use crate::error::Result;
use crate::jobs::Job;
use crate::store::Store;

/// Deals of one transaction, so that intake does not wait longer than some hundredths of a second for its turn.
const AT_ONCE: i64 = 100;
/// How often to look.
const EVERY: Duration = Duration::from_secs(10);

/// Runs ticks until the process stops.
pub async fn run(store: Store, clock: Clock, stopping: watch::Receiver<bool>) {
    let job = Job { waits: "what partners have done for deals waits for the store", every: EVERY };
    job.run(store, clock, stopping, |store, now| async move { tick(&store, now).await }).await;
}

/// Looks at some deals of which nothing is kept that holds at `now`; whether there were any. Safe to repeat, and on several
/// nodes at once.
///
/// # Errors
/// The database does not answer, or the rules of a policy cannot be read.
pub async fn tick(store: &Store, now: Time) -> Result<bool> {
    // A look without the writer first: mostly there is nothing to do.
    if store.read().await?.deals_to_look_at(now, 1).await?.is_empty() {
        return Ok(false);
    }
    let mut tx = store.write_beside().await?;
    let kept = tx.keep_standings(now, AT_ONCE).await?;
    tx.commit().await?;
    Ok(kept > 0)
}
