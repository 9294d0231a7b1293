//! Closes days, so that reports read their sums: a day some hours after its end, and anew when something of it was changed.

use std::time::Duration;

use tokio::sync::watch;

use crate::clock::Clock;
use crate::domain::time::{DAY_MS, Time};
use crate::error::Result;
use crate::store::Store;

/// How long after its end a day is closed: what nodes still hold in their journals by then is rare.
const AFTER_MS: i64 = DAY_MS / 12;
/// Days looked up at once; each is closed in a transaction of its own, a fraction of a second of the one writer.
const AT_ONCE: usize = 50;
/// How often to look, and how long others are let through between two days.
const EVERY: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(20);

/// Runs ticks until the process stops.
pub async fn run(store: Store, clock: Clock, mut stopping: watch::Receiver<bool>) {
    while !*stopping.borrow() {
        let pause = match tick(&store, clock.now()).await {
            Ok(true) => PAUSE,
            Ok(false) => EVERY,
            Err(error) => {
                tracing::error!(%error, "the sums of days wait for the store");
                EVERY
            }
        };
        super::rest(pause, &mut stopping).await;
    }
}

/// Closes what is to be closed at `now`; whether there is more. Safe to repeat, and on several nodes at once.
///
/// # Errors
/// The database does not answer.
pub async fn tick(store: &Store, now: Time) -> Result<bool> {
    let days = store.read().await?.days_to_close((now - AFTER_MS).day(), AT_ONCE).await?;
    for day in &days {
        let mut tx = store.write().await?;
        tx.close_day(*day).await?;
        tx.commit().await?;
        tokio::time::sleep(PAUSE).await;
    }
    Ok(days.len() == AT_ONCE)
}
