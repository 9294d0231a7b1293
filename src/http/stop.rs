//! The stop of the server, as each connection waits for it.

use std::future::Future;
use std::pin::Pin;
use std::task::Context;

use tokio::sync::watch;

/// Waits for the stop beside something else. It is waited for once, and looked at again only when it has come: to wait anew at
/// every turn of a connection would cost a lock each time. So it is to be polled by one task only.
pub struct Stop {
    wait: Pin<Box<dyn Future<Output = ()> + Send>>,
    glance: watch::Receiver<bool>,
    waiting: bool,
    stopped: bool,
}

impl Stop {
    /// `signal` turns true when the server is to stop.
    pub fn new(signal: watch::Receiver<bool>) -> Self {
        let mut stopping = signal.clone();
        let wait = async move {
            // A sender that is gone stops too.
            let _ = stopping.wait_for(|stop| *stop).await;
        };
        Stop { wait: Box::pin(wait), glance: signal, waiting: false, stopped: false }
    }

    /// Whether the server is to stop; if not, the task is woken when it is.
    pub fn poll(&mut self, context: &mut Context<'_>) -> bool {
        if !self.stopped && (!self.waiting || self.glance.has_changed().unwrap_or(true)) {
            self.waiting = true;
            self.stopped = self.wait.as_mut().poll(context).is_ready();
        }
        self.stopped
    }
}
