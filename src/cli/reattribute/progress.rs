//! How far it is: a bar on a terminal, a line now and then elsewhere. On stderr, as stdout is for the result.

use std::cell::Cell;

use indicatif::{ProgressBar, ProgressStyle};

use crate::cli::tell;

/// Lines that are written where there is no terminal.
const LINES: i64 = 10;

/// Counts conversions.
pub(super) struct Progress {
    bar: ProgressBar,
    done: Cell<i64>,
    total: i64,
}

impl Progress {
    pub fn new(total: i64) -> Self {
        let style = ProgressStyle::with_template("{bar:40} {human_pos} of {human_len} conversions, {per_sec}, {eta} to go");
        let bar = ProgressBar::new(total.unsigned_abs()).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Progress { bar, done: Cell::new(0), total }
    }

    /// So many more.
    pub fn step(&self, conversions: i64) {
        let (before, done) = (self.done.get(), self.done.get() + conversions);
        self.done.set(done);
        if !self.bar.is_hidden() {
            self.bar.inc(conversions.unsigned_abs());
            return;
        }
        let share = |done: i64| done * LINES / self.total.max(1);
        if share(before) != share(done) {
            tell(format_args!("kudos: {done} of {} conversions", self.total));
        }
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
