//! Lets deal registrations expire that nobody decided in time.

use std::time::Duration;

use tokio::sync::watch;

use crate::clock::Clock;
use crate::domain::time::Time;
use crate::error::Result;
use crate::jobs::Job;
use crate::store::Store;

/// How often to look. A registration that is due is in nobody's way before that, either.
const EVERY: Duration = Duration::from_secs(60);

/// Runs ticks until the process stops.
pub async fn run(store: Store, clock: Clock, stopping: watch::Receiver<bool>) {
    let job = Job { waits: "deal registrations wait for the store", every: EVERY };
    job.run(store, clock, stopping, |store, now| async move {
        tick(&store, now).await?;
        Ok(false)
    })
    .await;
}

/// Lets expire what is due at `now`; how many that were.
///
/// # Errors
/// The database does not answer.
pub async fn tick(store: &Store, now: Time) -> Result<usize> {
    let mut expired = 0;
    // A look without the writer first: mostly there is nothing to do.
    while store.read().await?.has_expiring_registration(now).await? {
        let mut tx = store.write().await?;
        expired += tx.expire_registrations(now).await?;
        tx.commit().await?;
    }
    Ok(expired)
}
