//! The thread that drains the journal into the store.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};

use crate::cli::node::is_opened;
use crate::cli::runtime;
use crate::http::app::Shared;
use crate::intake::agent::Agents;
use crate::intake::pump::{self, Pump};
use crate::journal::Drain;

/// Intake at work. Its runtime lives as long as this does: connections that were made on it are in the pool of all, and fail
/// whoever has one when it ends, such as the attribution of what was drained last.
pub struct Draining {
    done: watch::Receiver<bool>,
    _hold: watch::Sender<()>,
}

impl Draining {
    /// Drains as soon as the database is open.
    ///
    /// # Errors
    /// A runtime or a thread that cannot be made.
    pub fn begin(app: &Shared, drain: Drain, stop: &watch::Receiver<bool>, wake: &Arc<Notify>) -> io::Result<Draining> {
        let runtime = runtime()?;
        let pump = Pump {
            store: app.store.clone(),
            agent: |user_agent| Agents::shared().read(user_agent),
            clock: app.clock.clone(),
            progress: app.progress.clone(),
            wake_jobs: wake.clone(),
            recorded: {
                let app = app.clone();
                Box::new(move |recorded| app.metrics.count(recorded))
            },
            stopping: stop.clone(),
        };
        let (opened, stop) = (app.opened.clone(), stop.clone());
        let (ended, done) = watch::channel(false);
        let (hold, mut held) = watch::channel(());
        std::thread::Builder::new().name("intake".into()).spawn(move || {
            runtime.block_on(async {
                if is_opened(opened, stop).await {
                    pump::run(drain, pump).await;
                } else {
                    drop((drain, pump));
                }
                ended.send_replace(true);
                // Until the other end is dropped.
                while held.changed().await.is_ok() {}
            });
        })?;
        Ok(Draining { done, _hold: hold })
    }

    /// Waits until the journal has ended and is drained; false when that takes longer than `patience`.
    pub async fn is_done(&mut self, patience: Duration) -> bool {
        // A thread that panicked is over too: it said so.
        tokio::time::timeout(patience, self.done.wait_for(|done| *done)).await.is_ok()
    }
}
