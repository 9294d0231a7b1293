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

/// Returns once the process stops.
async fn stopped(stopping: &mut watch::Receiver<bool>) {
    if stopping.wait_for(|stop| *stop).await.is_err() {
        std::future::pending::<()>().await; // a sender that is gone never says stop
    }
}

/// Between two ticks: for so long, or until the process stops.
async fn rest(pause: Duration, stopping: &mut watch::Receiver<bool>) {
    tokio::select! {
        () = tokio::time::sleep(pause) => {}
        () = stopped(stopping) => {}
    }
}
