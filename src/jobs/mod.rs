//! The work behind intake. Each job is a `tick(now)` that a test can call, and a loop that calls it.

pub mod assign;
pub mod attribute;
pub mod by_hand;
pub mod days;
pub mod learn;
pub mod months;
pub mod period;
pub mod reattribute;
pub mod registrations;
mod renewals;
pub mod retention;
pub mod standings;
pub mod whatif;

use std::time::Duration;

use tokio::sync::watch;

use crate::clock::Clock;
use crate::domain::time::Time;
use crate::error::Result;
use crate::store::Store;

/// Returns once the process stops.
async fn stopped(stopping: &mut watch::Receiver<bool>) {
    if stopping.wait_for(|stop| *stop).await.is_err() {
        std::future::pending::<()>().await; // a sender that is gone never says stop
    }
}

/// How long others are let through between two ticks of a job that has more to do.
const PAUSE: Duration = Duration::from_millis(20);

/// A job: what the log says when a tick failed, and how often to look where there is nothing more to do.
struct Job {
    waits: &'static str,
    every: Duration,
}

impl Job {
    /// Ticks until the process stops: soon again while a tick says that there is more to do.
    async fn run<F: Future<Output = Result<bool>>>(
        self, store: Store, clock: Clock, mut stopping: watch::Receiver<bool>, tick: impl Fn(Store, Time) -> F,
    ) {
        while !*stopping.borrow() {
            let pause = match tick(store.clone(), clock.now()).await {
                Ok(true) => PAUSE,
                Ok(false) => self.every,
                Err(error) => {
                    tracing::error!(%error, "{}", self.waits);
                    self.every
                }
            };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = stopped(&mut stopping) => {}
            }
        }
    }
}
