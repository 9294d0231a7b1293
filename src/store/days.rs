//! Closed days: their sums are made once, so that a report of a year reads thousands of rows and not millions.
//!
//! A day is closed some time after its end ([`Tx::close_day`]). Whoever changes a day that may be closed leaves a note in the
//! same transaction ([`Tx::note_late`]); a day with a note is read hour by hour again, until it is closed anew. So figures are
//! exact at every moment, and what intake does for it is nothing at all on days like any other.

use std::collections::BTreeSet;

use uuid::Uuid;

use crate::domain::id::mint;
use crate::domain::time::{DAY_MS, Time};
use crate::error::Result;
use crate::store::dialect::PerDatabase;
use crate::store::reports::Period;
use crate::store::rows::{Rows, batched};
use crate::store::sql::{Tx, args};

/// Runs of open days in a period that are read by themselves; with more of them, what lies between is read by the hour too.
const OPEN_RUNS_MAX: usize = 4;

/// `$1` and `$2` bound the day, `$3` is nobody's id (16 zero bytes), `$4` the same where everybody is summed up, else nothing.
macro_rules! touches {
    ($grouped_by:literal, $part_id:literal, $part:literal) => {
        concat!(
            "insert into touch_days (grouped_by, partner_id, day, part_id, part, clicks, clicks_all, views)
            select '",
            $grouped_by,
            "', coalesce($4, partner_id), hour - hour % 86400000, ",
            $part_id,
            ", ",
            $part,
            ",
                cast(sum(clicks) as bigint), cast(sum(clicks_all) as bigint), cast(sum(views) as bigint)
            from rollups where hour >= $1 and hour < $2 and coalesce($3, partner_id) is not null group by 2, 3, 4, 5"
        )
    };
}

/// Conversions in which a partner, link .. has a part, each once.
macro_rules! parts {
    ($grouped_by:literal, $part_id:literal, $part:literal) => {
        concat!(
            "insert into money_days (grouped_by, partner_id, day, part_id, part, currency, conversions, revenue, credited)
            select '", $grouped_by, "', owner, day, part_id, part, currency, count(*), cast(sum(amount) as bigint), 0 from (
                select distinct coalesce($4, cr.partner_id) as owner, cr.occurred_at - cr.occurred_at % 86400000 as day,
                    ", $part_id, " as part_id, ", $part, " as part, coalesce(cv.currency, '') as currency, cv.id as id,
                    coalesce(cv.amount, 0) as amount
                from credits cr join conversions cv on cv.id = cr.conversion_id
                where cr.superseded_at is null and cr.occurred_at >= $1 and cr.occurred_at < $2 and coalesce($3, cr.partner_id) is not null
            ) as parts group by 2, 3, 4, 5, 6"
        )
    };
}

/// Conversions in which a campaign has a part, each once a partner or event.
macro_rules! in_campaign {
    ($grouped_by:literal, $part_id:literal, $part:literal) => {
        concat!(
            "insert into money_days (grouped_by, partner_id, day, part_id, part, currency, conversions, revenue, credited)
            select '",
            $grouped_by,
            "', owner, day, part_id, part, currency, count(*), cast(sum(amount) as bigint), 0 from (
                select distinct cr.campaign_id as owner, cr.occurred_at - cr.occurred_at % 86400000 as day,
                    ",
            $part_id,
            " as part_id, ",
            $part,
            " as part, coalesce(cv.currency, '') as currency, cv.id as id,
                    coalesce(cv.amount, 0) as amount
                from credits cr join conversions cv on cv.id = cr.conversion_id
                where cr.superseded_at is null and cr.occurred_at >= $1 and cr.occurred_at < $2 and cr.campaign_id <> $3
            ) as parts group by 2, 3, 4, 5, 6"
        )
    };
}

/// The credited part of the same.
macro_rules! credited {
    ($grouped_by:literal, $part_id:literal) => {
        concat!(
            "insert into money_days (grouped_by, partner_id, day, part_id, part, currency, conversions, revenue, credited)
            select '", $grouped_by, "', coalesce($4, cr.partner_id), cr.occurred_at - cr.occurred_at % 86400000, ", $part_id, ",
                '', coalesce(cr.currency, ''), 0, 0, cast(sum(cr.amount) as bigint)
            from credits cr
            where cr.superseded_at is null and cr.occurred_at >= $1 and cr.occurred_at < $2 and coalesce($3, cr.partner_id) is not null
            group by 2, 3, 4, 5, 6
            on conflict (grouped_by, partner_id, day, part_id, part, currency) do update set credited = excluded.credited"
        )
    };
}

/// Every conversion, credited or not.
macro_rules! whole {
    ($grouped_by:literal, $part:literal) => {
        concat!(
            "insert into money_days (grouped_by, partner_id, day, part_id, part, currency, conversions, revenue, credited)
            select '",
            $grouped_by,
            "', coalesce($4, id), occurred_at - occurred_at % 86400000, coalesce($3, id), ",
            $part,
            ",
                coalesce(currency, ''), count(*), cast(sum(coalesce(amount, 0)) as bigint), 0
            from conversions where occurred_at >= $1 and occurred_at < $2 group by 2, 3, 4, 5, 6"
        )
    };
}

/// For everybody together.
const OF_ALL: &[&str] = &[
    touches!("all", "coalesce($3, link_id)", "''"),
    touches!("partner", "partner_id", "''"),
    touches!("link", "link_id", "''"),
    touches!("campaign", "campaign_id", "''"),
    touches!("country", "coalesce($3, link_id)", "country"),
    touches!("device", "coalesce($3, link_id)", "device"),
    whole!("all", "''"),
    whole!("event", "event"),
    parts!("partner", "cr.partner_id", "''"),
    parts!("link", "coalesce(cr.link_id, $3)", "''"),
    parts!("campaign", "coalesce(cr.campaign_id, $3)", "''"),
    credited!("all", "coalesce($3, cr.partner_id)"),
    credited!("partner", "cr.partner_id"),
    credited!("link", "coalesce(cr.link_id, $3)"),
    credited!("campaign", "coalesce(cr.campaign_id, $3)"),
];

/// For each partner.
const OF_EACH: &[&str] = &[
    touches!("all", "coalesce($3, link_id)", "''"),
    touches!("link", "link_id", "''"),
    touches!("campaign", "campaign_id", "''"),
    touches!("country", "coalesce($3, link_id)", "country"),
    touches!("device", "coalesce($3, link_id)", "device"),
    parts!("all", "coalesce($3, cr.partner_id)", "''"),
    parts!("event", "coalesce($3, cr.partner_id)", "cv.event"),
    parts!("link", "coalesce(cr.link_id, $3)", "''"),
    parts!("campaign", "coalesce(cr.campaign_id, $3)", "''"),
    credited!("all", "coalesce($3, cr.partner_id)"),
    credited!("link", "coalesce(cr.link_id, $3)"),
    credited!("campaign", "coalesce(cr.campaign_id, $3)"),
];

/// For each campaign, whose id stands in the place of a partner's.
const OF_CAMPAIGNS: &[&str] = &[
    "insert into touch_days (grouped_by, partner_id, day, part_id, part, clicks, clicks_all, views)
    select 'in_campaign', campaign_id, hour - hour % 86400000, partner_id, '', cast(sum(clicks) as bigint),
        cast(sum(clicks_all) as bigint), cast(sum(views) as bigint)
    from rollups where hour >= $1 and hour < $2 and campaign_id <> $3 group by 2, 3, 4",
    in_campaign!("in_campaign", "cr.partner_id", "''"),
    in_campaign!("event_in", "coalesce($3, cr.partner_id)", "cv.event"),
    "insert into money_days (grouped_by, partner_id, day, part_id, part, currency, conversions, revenue, credited)
    select 'in_campaign', cr.campaign_id, cr.occurred_at - cr.occurred_at % 86400000, cr.partner_id, '',
        coalesce(cr.currency, ''), 0, 0, cast(sum(cr.amount) as bigint)
    from credits cr
    where cr.superseded_at is null and cr.occurred_at >= $1 and cr.occurred_at < $2 and cr.campaign_id <> $3
    group by 2, 3, 4, 6
    on conflict (grouped_by, partner_id, day, part_id, part, currency) do update set credited = excluded.credited",
];

static FORGET_NOTES: PerDatabase = batched!(1, [id id], "delete from late_days where id in (select id from batch)");

/// A period in two: whole days whose sums hold, and the rest.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Spans {
    pub closed: Vec<(Time, Time)>,
    pub open: Vec<(Time, Time)>,
}

fn spans(from: Time, to: Time, closed: &BTreeSet<Time>) -> Spans {
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
    let part = |wanted| runs.iter().filter(move |(closed, ..)| *closed == wanted).map(|(_, from, to)| (*from, *to)).collect();
    Spans { closed: part(true), open: part(false) }
}

impl Tx {
    /// Which days of a period are closed and hold.
    pub(super) async fn spans(&mut self, period: Period) -> Result<Spans> {
        const SQL: &str = "select day from closed_days where day >= $1 and day < $2
            and not exists (select 1 from late_days l where l.day = closed_days.day)";
        let rows = self.all(SQL, args![period.from, period.to]).await?;
        let closed = rows.iter().map(|row| row.get("day")).collect::<Result<BTreeSet<Time>>>()?;
        Ok(spans(period.from, period.to, &closed))
    }

    /// Notes that something of these moments was changed: of days before today, as those may be closed. To be called in the
    /// transaction that changes it.
    pub(super) async fn note_late(&mut self, moments: impl Iterator<Item = Time>, now: Time) -> Result<()> {
        const SQL: &str = "insert into late_days (id, day) values ($1, $2)";
        let days: BTreeSet<Time> = moments.map(Time::day).filter(|day| *day < now.day()).collect();
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

    /// Makes the sums of a day, in the place of those before.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn close_day(&mut self, day: Time) -> Result<()> {
        const NOTES: &str = "select id from late_days where day = $1";
        const CLEAR: [&str; 2] = ["delete from touch_days where day = $1", "delete from money_days where day = $1"];
        const CLOSED: &str = "insert into closed_days (day) values ($1) on conflict (day) do nothing";
        // Only these: of a change that is not visible yet, the note stays, and the day is made anew.
        let notes = self.all(NOTES, args![day]).await?;
        let notes = notes.iter().map(|row| row.get::<Uuid>("id")).collect::<Result<Vec<_>>>()?;
        for sql in CLEAR {
            self.execute(sql, args![day]).await?;
        }
        let next = day + DAY_MS;
        for sql in OF_ALL {
            self.execute(*sql, args![day, next, Uuid::nil(), Some(Uuid::nil())]).await?;
        }
        for sql in OF_EACH {
            self.execute(*sql, args![day, next, Uuid::nil(), None::<Uuid>]).await?;
        }
        for sql in OF_CAMPAIGNS {
            self.execute(*sql, args![day, next, Uuid::nil()]).await?;
        }
        self.execute(CLOSED, args![day]).await?;
        let notes = Rows::of_ids(self.database(), notes);
        self.execute(&FORGET_NOTES, args![notes]).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_falls_into_closed_days_and_the_rest() {
        let day = |number: i64| Time::from_millis(number * DAY_MS);
        let closed: BTreeSet<Time> = [1, 2, 3, 5].map(day).into();
        for (from, to, expected, open) in [
            (day(0), day(7), vec![(1, 4), (5, 6)], vec![(0, 1), (4, 5), (6, 7)]),
            (day(1), day(4), vec![(1, 4)], vec![]),
            (day(7), day(9), vec![], vec![(7, 9)]),
        ] {
            let days = |runs: Vec<(i64, i64)>| runs.into_iter().map(|(from, to)| (day(from), day(to))).collect::<Vec<_>>();
            assert_eq!(spans(from, to, &closed), Spans { closed: days(expected), open: days(open) });
        }
        // A part of a closed day is read by the hour.
        assert_eq!(spans(day(1) + 1, day(3), &closed).open, [(day(1) + 1, day(2))]);
        let every_other: BTreeSet<Time> = (0..40).step_by(2).map(day).collect();
        let many = spans(day(0), day(40), &every_other);
        assert_eq!((many.closed, many.open), (vec![(day(0), day(1))], vec![(day(1), day(40))]));
    }
}
