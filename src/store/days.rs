//! Closed days: their sums are made once, so that a report of a year reads thousands of rows and not millions.
//!
//! A day is closed some time after its end ([`Tx::close_day`]), and with the last of 2, 4, 8 .. 128 days the block of them. Until
//! then it is summed up hour after hour, as a block of 0 days ([`Tx::sum_so_far`]), and only what came since is read by the hour.
//! Whoever changes hours that may be summed up leaves a note in the same transaction ([`Tx::note_late`]); a day with a note is read
//! hour by hour again, and its blocks not at all, until it is summed up anew. So figures are exact at every moment, and what intake
//! does for it is nothing at all on hours like any other.

mod sums;

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use crate::domain::id::mint;
use crate::domain::time::{DAY_MS, HOUR_MS, Time};
use crate::error::Result;
use crate::store::dialect::{PerDatabase, Turn};
use crate::store::reports::Period;
use crate::store::rows::{Rows, batched};
use crate::store::sql::{Database, Tx, args};
use sums::{NOT_CLICKED, OF_ALL, OF_BLOCKS, OF_CAMPAIGNS, OF_EACH};

/// Runs of open days in a period that are read by themselves; with more of them, what lies between is read by the hour too.
const OPEN_RUNS_MAX: usize = 4;

/// Days that are summed up together, each block twice the next smaller one: blocks begin at multiples of their length.
pub const BLOCKS: [i64; 7] = [2, 4, 8, 16, 32, 64, 128];

static FORGET_NOTES: PerDatabase = batched!(1, [id id], "delete from late_days where id in (select id from batch)");

/// Whole days from a moment on whose sums hold, as one block; 0 of them for a day so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Block {
    pub day: Time,
    pub days: i64,
}

/// A period in two: blocks of days, and the rest.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Spans {
    pub closed: Vec<Block>,
    pub open: Vec<(Time, Time)>,
}

impl Spans {
    /// The blocks as a batch.
    pub fn blocks(&self, database: Database) -> Rows {
        let mut rows = Rows::new(database, self.closed.len(), 24);
        for block in &self.closed {
            rows.begin().int(block.days).int(block.day.as_millis());
        }
        rows
    }

    /// Each block with each of these ids, as a batch.
    pub fn blocks_of(&self, database: Database, ids: &[Uuid]) -> Rows {
        let mut rows = Rows::new(database, self.closed.len() * ids.len(), 64);
        for block in &self.closed {
            for id in ids {
                rows.begin().int(block.days).int(block.day.as_millis()).id(Some(*id));
            }
        }
        rows
    }
}

/// The block of so many days that a day lies in.
fn block_of(day: Time, days: i64) -> Time {
    Time::from_millis(day.as_millis() - day.as_millis().rem_euclid(days * DAY_MS))
}

/// Closed days in as few blocks as there are, of at most `most` days.
fn blocks(from: Time, to: Time, most: i64) -> Vec<Block> {
    let (mut blocks, mut day) = (Vec::new(), from);
    while day < to {
        let fits = |days: &i64| *days <= most && block_of(day, *days) == day && day + *days * DAY_MS <= to;
        let days = BLOCKS.into_iter().rev().find(fits).unwrap_or(1);
        blocks.push(Block { day, days });
        day = day + days * DAY_MS;
    }
    blocks
}

/// `begun` are days that are summed up so far, with the moment up to which they are.
fn spans(from: Time, to: Time, closed: &BTreeSet<Time>, begun: &BTreeMap<Time, Time>, most: i64) -> Spans {
    let mut runs: Vec<(bool, Time, Time)> = Vec::new();
    let mut at = from;
    while at < to {
        let next = (at.day() + DAY_MS).min(to);
        let is_closed = at == at.day() && next == at + DAY_MS && closed.contains(&at);
        match runs.last_mut() {
            Some((same, _, end)) if *same == is_closed => *end = next,
            _ => runs.push((is_closed, at, next)),
        }
        at = next;
    }
    let open: Vec<usize> = (0..runs.len()).filter(|place| !runs[*place].0).collect();
    if let (true, Some(first), Some(last)) = (open.len() > OPEN_RUNS_MAX, open.first(), open.last()) {
        let merged = (false, runs[*first].1, runs[*last].2);
        runs.splice(*first..=*last, [merged]);
    }
    let part = |wanted| runs.iter().filter(move |(closed, ..)| *closed == wanted).map(|(_, from, to)| (*from, *to));
    let mut spans =
        Spans { closed: part(true).flat_map(|(from, to)| blocks(from, to, most)).collect(), open: part(false).collect() };
    for (&day, &until) in begun {
        // Only where it begins a run: a day in the midst of others would make two of one.
        if let Some(open) = spans.open.iter_mut().find(|(from, to)| *from == day && until <= *to) {
            open.0 = until;
            spans.closed.push(Block { day, days: 0 });
        }
    }
    spans.open.retain(|(from, to)| from < to);
    spans
}

impl Tx {
    /// Which days of a period are closed and hold, in blocks of at most `most` days.
    pub(super) async fn spans(&mut self, period: Period, most: i64) -> Result<Spans> {
        const BEGUN: &str = "select day, until from begun_days where day >= $1 and day < $2
            and not exists (select 1 from late_days l where l.day = begun_days.day)";
        let begun = self.all(BEGUN, args![period.from, period.to]).await?;
        let begun = begun.iter().map(|row| Ok((row.get("day")?, row.get("until")?))).collect::<Result<BTreeMap<_, _>>>()?;
        Ok(spans(period.from, period.to, &self.closed_days(period).await?, &begun, most))
    }

    /// The closed days of a period that hold. Mostly they follow each other, and then three numbers tell them all.
    async fn closed_days(&mut self, period: Period) -> Result<BTreeSet<Time>> {
        const RUN: &str = "select count(*) as days, min(day) as first, max(day) as last from closed_days
            where day >= $1 and day < $2 and not exists (select 1 from late_days l where l.day = closed_days.day)";
        const EACH: &str = "select day from closed_days where day >= $1 and day < $2
            and not exists (select 1 from late_days l where l.day = closed_days.day)";
        let run = self.one(RUN, args![period.from, period.to]).await?;
        let (Some(first), Some(last)) = (run.get::<Option<Time>>("first")?, run.get::<Option<Time>>("last")?) else {
            return Ok(BTreeSet::new());
        };
        if run.get::<i64>("days")? == (last - first) / DAY_MS + 1 {
            return Ok(std::iter::successors(Some(first), |day| Some(*day + DAY_MS).filter(|day| *day <= last)).collect());
        }
        let each = self.all(EACH, args![period.from, period.to]).await?;
        each.iter().map(|row| row.get("day")).collect()
    }

    /// Notes that something of these moments was changed, where their hours may be summed up already: those before the last hour that
    /// is over. To be called in the transaction that changes it.
    pub(super) async fn note_late(&mut self, moments: impl Iterator<Item = Time>, now: Time) -> Result<()> {
        const SQL: &str = "insert into late_days (id, day) values ($1, $2)";
        let unsummed = now.hour() - HOUR_MS;
        let days: BTreeSet<Time> = moments.filter(|moment| *moment < unsummed).map(Time::day).collect();
        for day in days {
            self.execute(SQL, args![mint(now), day]).await?;
        }
        Ok(())
    }

    /// Days that are to be closed: those before `before` that never were, the latest first, and those that were changed since.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn days_to_close(&mut self, before: Time, limit: usize) -> Result<Vec<Time>> {
        const FIRST: &str = "select min(first) as first from (select min(hour) as first from rollups
            union all select min(occurred_at) as first from conversions) as counted";
        const CLOSED: &str = "select day from closed_days";
        const LATE: &str = "select distinct day from late_days where day < $1";
        let Some(first) = self.one(FIRST, args![]).await?.get::<Option<Time>>("first")? else { return Ok(Vec::new()) };
        let days =
            |rows: Vec<crate::store::sql::Row>| rows.iter().map(|row| row.get("day")).collect::<Result<BTreeSet<Time>>>();
        let closed = days(self.all(CLOSED, args![]).await?)?;
        let late = days(self.all(LATE, args![before]).await?)?;
        let (mut wanted, mut day) = (Vec::new(), before.day() - DAY_MS);
        while day >= first.day() && wanted.len() < limit {
            if !closed.contains(&day) || late.contains(&day) {
                wanted.push(day);
            }
            day = day - DAY_MS;
        }
        Ok(wanted)
    }

    /// Makes the sums of a day, in the place of those before; the notes of changes that they take in. They hold once the day is
    /// closed ([`Tx::close_day`]), after its blocks ([`Tx::sum_block`]): each may be a transaction of its own, so that others have
    /// their turn.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn sum_day(&mut self, day: Time) -> Result<Vec<Uuid>> {
        self.hold(Turn::Sum).await?;
        self.sum_hours(day, day + DAY_MS, 1).await
    }

    /// Whether a day is summed up to an hour, or closed.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn is_summed(&mut self, day: Time, until: Time) -> Result<bool> {
        const SQL: &str = "select day from closed_days where day = $1 union all
            select day from begun_days where day = $1 and until = $2
                and not exists (select 1 from late_days l where l.day = begun_days.day)";
        Ok(self.optional(SQL, args![day, until]).await?.is_some())
    }

    /// Sums up a day that is not closed yet, up to a full hour, unless it is.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn sum_so_far(&mut self, day: Time, until: Time) -> Result<()> {
        const BEGIN: &str =
            "insert into begun_days (day, until) values ($1, $2) on conflict (day) do update set until = excluded.until";
        self.hold(Turn::Sum).await?;
        if self.is_summed(day, until).await? {
            return Ok(());
        }
        let notes = self.sum_hours(day, until, 0).await?;
        self.execute(BEGIN, args![day, until]).await?;
        self.forget_notes(notes).await
    }

    async fn sum_hours(&mut self, day: Time, until: Time, days: i64) -> Result<Vec<Uuid>> {
        const NOTES: &str = "select id from late_days where day = $1";
        let notes = self.all(NOTES, args![day]).await?;
        let notes = notes.iter().map(|row| row.get::<Uuid>("id")).collect::<Result<Vec<_>>>()?;
        self.clear_block(day, days).await?;
        for sql in OF_ALL {
            self.execute(*sql, args![day, until, Uuid::nil(), Some(Uuid::nil()), days]).await?;
        }
        for sql in OF_EACH {
            self.execute(*sql, args![day, until, Uuid::nil(), None::<Uuid>, days]).await?;
        }
        for sql in OF_CAMPAIGNS {
            self.execute(*sql, args![day, until, Uuid::nil(), days]).await?;
        }
        self.execute(NOT_CLICKED, args![day, days]).await?;
        Ok(notes)
    }

    /// Makes the sums of the block of so many days that a day lies in, out of those of its halves; false when another of its days
    /// was never closed.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn sum_block(&mut self, day: Time, days: i64) -> Result<bool> {
        const CLOSED: &str = "select count(*) as closed from closed_days where day >= $1 and day < $2 and day <> $3";
        self.hold(Turn::Sum).await?;
        let first = block_of(day, days);
        let end = first + days * DAY_MS;
        if self.one(CLOSED, args![first, end, day]).await?.get::<i64>("closed")? < days - 1 {
            return Ok(false);
        }
        self.clear_block(first, days).await?;
        for sql in OF_BLOCKS {
            self.execute(sql, args![first, end, days / 2, days]).await?;
        }
        Ok(true)
    }

    /// From now on the sums of a day hold. Only the notes that they took in are forgotten: of a change that was not visible yet,
    /// the note stays, and the day is made anew.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn close_day(&mut self, day: Time, notes: Vec<Uuid>) -> Result<()> {
        const CLOSED: &str = "insert into closed_days (day) values ($1) on conflict (day) do nothing";
        const NO_LONGER_BEGUN: &str = "delete from begun_days where day = $1";
        self.execute(CLOSED, args![day]).await?;
        self.execute(NO_LONGER_BEGUN, args![day]).await?;
        self.clear_block(day, 0).await?;
        self.forget_notes(notes).await
    }

    async fn forget_notes(&mut self, notes: Vec<Uuid>) -> Result<()> {
        let notes = Rows::of_ids(self.database(), notes);
        self.execute(&FORGET_NOTES, args![notes]).await?;
        Ok(())
    }

    async fn clear_block(&mut self, day: Time, days: i64) -> Result<()> {
        const CLEAR: [&str; 2] =
            ["delete from touch_days where days = $2 and day = $1", "delete from money_days where days = $2 and day = $1"];
        for sql in CLEAR {
            self.execute(sql, args![day, days]).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(number: i64) -> Time {
        Time::from_millis(number * DAY_MS)
    }

    #[test]
    fn a_period_falls_into_closed_days_and_the_rest() {
        let closed: BTreeSet<Time> = [1, 2, 3, 5].map(day).into();
        for (from, to, expected, open) in [
            (day(0), day(7), vec![(1, 1), (2, 2), (5, 1)], vec![(0, 1), (4, 5), (6, 7)]),
            (day(1), day(4), vec![(1, 1), (2, 2)], vec![]),
            (day(7), day(9), vec![], vec![(7, 9)]),
        ] {
            let expected = expected.into_iter().map(|(number, days)| Block { day: day(number), days }).collect();
            let open = open.into_iter().map(|(from, to)| (day(from), day(to))).collect();
            assert_eq!(spans(from, to, &closed, &BTreeMap::new(), 128), Spans { closed: expected, open });
        }
        // A part of a closed day is read by the hour.
        assert_eq!(spans(day(1) + 1, day(3), &closed, &BTreeMap::new(), 128).open, [(day(1) + 1, day(2))]);
        let every_other: BTreeSet<Time> = (0..40).step_by(2).map(day).collect();
        let many = spans(day(0), day(40), &every_other, &BTreeMap::new(), 128);
        assert_eq!((many.closed, many.open), (vec![Block { day: day(0), days: 1 }], vec![(day(1), day(40))]));
    }

    #[test]
    fn of_a_day_so_far_what_came_since_is_open() {
        let closed: BTreeSet<Time> = [1, 2].map(day).into();
        let noon = day(3) + DAY_MS / 2;
        let begun = |days: &[(Time, Time)]| days.iter().copied().collect::<BTreeMap<_, _>>();
        let read = |from, to, days: &[(Time, Time)]| {
            let Spans { closed: blocks, open } = spans(from, to, &closed, &begun(days), 1);
            let so_far = blocks.iter().filter(|block| block.days == 0).map(|block| block.day).collect::<Vec<_>>();
            (so_far, open)
        };
        assert_eq!(read(day(1), day(4), &[(day(3), noon)]), (vec![day(3)], vec![(noon, day(4))]));
        // Of a period that ends before, its sums tell too much.
        assert_eq!(read(day(1), noon - 1, &[(day(3), noon)]), (vec![], vec![(day(3), noon - 1)]));
        // Yesterday whole, but not closed yet.
        let two = [(day(3), day(4)), (day(4), day(4) + 1)];
        assert_eq!(read(day(2), day(5), &two), (vec![day(3), day(4)], vec![(day(4) + 1, day(5))]));
        assert_eq!(read(day(3), day(4), &two), (vec![day(3)], vec![]));
        assert_eq!(read(day(4), day(5), &two), (vec![day(4)], vec![(day(4) + 1, day(5))]));
    }

    #[test]
    fn closed_days_are_read_in_few_blocks() {
        let lengths = |from, to, most| blocks(day(from), day(to), most).into_iter().map(|block| block.days).collect::<Vec<_>>();
        assert_eq!(lengths(3, 37, 128), [1, 4, 8, 16, 4, 1]);
        assert_eq!(lengths(64, 192, 128), [64, 64]);
        assert_eq!(lengths(0, 9, 1), [1; 9]);
        for from in 0..70 {
            for to in from..400 {
                let found = blocks(day(from), day(to), 128);
                assert!(found.len() <= 15, "{from} to {to}");
                let end = found.iter().fold(day(from), |at, block| {
                    assert_eq!(block.day, at);
                    at + block.days * DAY_MS
                });
                assert_eq!(end, day(to));
            }
        }
    }
}
