//! How far it is: a bar on a terminal, a line now and then elsewhere. On stderr, as stdout is for the result.

use std::sync::atomic::{AtomicU64, Ordering};

use indicatif::{ProgressBar, ProgressStyle};

use crate::cli::tell;

/// Lines that are written where there is no terminal.
const LINES: u64 = 4;

/// Counts requests.
pub(super) struct Progress {
    bar: ProgressBar,
    done: AtomicU64,
    total: u64,
}

impl Progress {
    pub fn new(total: u64) -> Self {
        let style = ProgressStyle::with_template("{bar:40} {human_pos} of {human_len} requests, {eta} to go");
        let bar = ProgressBar::new(total).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Progress { bar, done: AtomicU64::new(0), total }
    }

    /// One more.
    pub fn step(&self) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        if !self.bar.is_hidden() {
            self.bar.inc(1);
        } else if done.is_multiple_of(self.total.div_ceil(LINES)) || done == self.total {
            tell(format_args!("kudos: {done} of {} requests sent", self.total));
        }
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
