//! Forgets what has served its time, and renews the salt under which client addresses are hashed.

use std::time::Duration;

use tokio::sync::watch;

use crate::clock::Clock;
use crate::domain::time::{DAY_MS, Time};
use crate::error::Result;
use crate::jobs::Job;
use crate::store::Store;

/// How long a salt is in use: hashes of different days cannot be compared.
const SALT_MS: i64 = DAY_MS;
/// How long a salt is kept at all; two days, so that hits of the last hours of a day still find theirs.
const SALT_KEPT_MS: i64 = 2 * DAY_MS;
/// How long answers to idempotency keys, and notes to the nodes, are kept: longer than any client retries or node is away.
const TRAIL_KEPT_MS: i64 = 7 * DAY_MS;
/// How long a conversion waits for a click it names: longer than a node is down with clicks in its journal.
const AWAITED_KEPT_MS: i64 = 30 * DAY_MS;
/// How often to look.
const EVERY: Duration = Duration::from_secs(600);

/// Runs ticks until the process stops.
pub async fn run(store: Store, clock: Clock, stopping: watch::Receiver<bool>) {
    let job = Job { waits: "retention waits for the store", every: EVERY };
    job.run(store, clock, stopping, |store, now| async move {
        tick(&store, now).await?;
        Ok(false)
    })
    .await;
}

/// Does what is due at `now`; safe to repeat.
///
/// # Errors
/// The database does not answer.
pub async fn tick(store: &Store, now: Time) -> Result<()> {
    let mut tx = store.write().await?;
    if now - tx.current_salt(now).await?.created_at >= SALT_MS {
        tx.new_salt(now).await?;
    }
    tx.forget_salts(now - SALT_KEPT_MS).await?;
    tx.forget_trail(now - TRAIL_KEPT_MS).await?;
    tx.forget_awaited_clicks(now - AWAITED_KEPT_MS).await?;
    tx.commit().await
}
