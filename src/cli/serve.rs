//! `kudos serve`: the main job.

use std::process::ExitCode;

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::cli::node::{Node, Parts};
use crate::cli::{Outcome, runtime, say, tell};
use crate::config::Config;

/// Serves until SIGTERM or SIGINT, then drains what was accepted.
pub fn run(config: Config) -> Outcome {
    runtime()?.block_on(async {
        let node = Node::start(config, Parts::default()).await?;
        // Before anybody is told that it serves: from then on it is stopped with care.
        let signals = Signals::heard()?;
        announce(&node);
        until_stopped(node, signals).await
    })
}

/// Prints where the server answers and, at the very first start, its admin key.
pub fn announce(node: &Node) {
    say(format_args!("kudos listening on http://{}", node.address));
    if let Some(key) = &node.first_key {
        if !say(format_args!("admin key (shown once): {key}")) {
            tracing::warn!("nobody reads the first admin key; make another with: kudos key create");
        }
        say(format_args!("API: http://{}/api/v1, described at /api/v1/openapi.json", node.address));
    }
    if let Some(url) = &node.first_link
        && !say(format_args!("dashboard: set up the first admin, once, at {url}"))
    {
        tracing::warn!("nobody reads the first login link; make another with: kudos login-link");
    }
}

/// SIGTERM and SIGINT, which no longer end the process by themselves once they are heard.
pub struct Signals(Signal, Signal);

impl Signals {
    /// Hears them from now on.
    ///
    /// # Errors
    /// The system refuses.
    pub fn heard() -> std::io::Result<Signals> {
        Ok(Signals(signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?))
    }

    /// Returns with the next one.
    pub async fn next(&mut self) {
        tokio::select! {
            _ = self.0.recv() => {}
            _ = self.1.recv() => {}
        }
    }
}

/// Serves until a signal asks to stop, or the journal's disk fails.
pub async fn until_stopped(node: Node, mut signals: Signals) -> Outcome {
    tokio::select! {
        () = signals.next() => {}
        why = node.failed() => {
            // What was written but not synced is in doubt: only reading it back from the disk tells. So no clean stop.
            tell(format_args!("kudos: the journal's disk failed: {why}; stopping so that a restart can recover"));
            std::process::exit(1);
        }
    }
    tracing::info!("stopping");
    node.stop().await;
    Ok(ExitCode::SUCCESS)
}
