//! How far a move is: a bar on a terminal, a line now and then elsewhere. On stderr, as stdout is for the result.

use std::cell::Cell;

use indicatif::{ProgressBar, ProgressStyle};

use crate::cli::tell;

/// Lines that are written where there is no terminal.
const LINES: i64 = 10;

/// Counts rows.
pub(super) struct Progress {
    bar: ProgressBar,
    done: Cell<i64>,
    total: i64,
}

impl Progress {
    /// Of `total` rows, `done` are there already.
    pub fn new(total: i64, done: i64) -> Self {
        let template = "{bar:40} {human_pos} of {human_len} rows, {per_sec}, {eta} to go: {msg}";
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = ProgressBar::new(total.unsigned_abs()).with_style(style).with_position(done.unsigned_abs());
        Progress { bar, done: Cell::new(done), total }
    }

    /// `rows` more, of this table.
    pub fn step(&self, table: &'static str, rows: i64) {
        let (before, done) = (self.done.get(), self.done.get() + rows);
        self.done.set(done);
        if !self.bar.is_hidden() {
            self.bar.set_message(table);
            self.bar.inc(rows.unsigned_abs());
            return;
        }
        let share = |rows: i64| rows * LINES / self.total.max(1);
        if share(before) != share(done) {
            tell(format_args!("kudos: {done} of {} rows, {table}", self.total));
        }
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
