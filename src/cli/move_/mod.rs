//! `kudos move`: a whole program from one database into another, page after page; begun again it goes on where it was.

mod progress;
mod ready;

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Instant;

use clap::ArgMatches;

use crate::cli::{Outcome, runtime, tell};
use crate::config::{Config, DatabaseUrl};
use crate::error::{Code, Error, Result};
use crate::store::{Broken, Schema, Store, Table, Tally, Tx, tables};
use progress::Progress;

/// Where from and where to.
struct Way {
    from: DatabaseUrl,
    to: DatabaseUrl,
}

impl Way {
    /// One of the two may be left out: it is then the database of the settings.
    fn of(config: &Config, matches: &ArgMatches) -> std::result::Result<Way, String> {
        let given = |name: &str| match matches.get_one::<String>(name) {
            Some(url) => url.parse().map(Some).map_err(|why: String| format!("--{name}: {why}")),
            None => Ok(None),
        };
        match (given("from")?, given("to")?) {
            (None, None) => Err("--from or --to is needed, or both".into()),
            (from, to) => Ok(Way {
                from: from.unwrap_or_else(|| config.database.clone()),
                to: to.unwrap_or_else(|| config.database.clone()),
            }),
        }
    }
}

/// Copies, compares, and only then lets the target be used; exit code 1 when it is not the same.
pub fn run(config: &Config, matches: &ArgMatches) -> Outcome {
    let way = match Way::of(config, matches) {
        Ok(way) => way,
        Err(mistake) => {
            tell(format_args!("kudos: a mistake in the settings\n  {mistake}"));
            return Ok(ExitCode::from(2));
        }
    };
    // Held to the end: no server starts meanwhile where one would write into either.
    let _locks = ready::lock(config, &way)?;
    runtime()?.block_on(async {
        let (source, target) = ready::open(config, &way).await?;
        let outcome = copy_and_compare(&way, &source, &target).await;
        source.close().await;
        target.close().await;
        Ok(if outcome? { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    })
}

/// Whether the target is the same as the source at the end.
async fn copy_and_compare(way: &Way, source: &Store, target: &Store) -> Result<bool> {
    let begun = Instant::now();
    // One view of the source from here to the end.
    let mut view = source.read().await?;
    view.be_patient().await?;
    let mut expected = Vec::new();
    for table in tables() {
        expected.push(view.tally(table).await?);
    }
    begin(way, target, &expected).await?;
    make_months(&mut view, target).await?;
    let rows = copy(&mut view, target, &expected).await?;
    view.rollback().await?;
    let rate = rows as f64 / begun.elapsed().as_secs_f64();
    tell(format_args!("kudos: {rows} rows copied, {rate:.0} a second; comparing"));
    let mut tx = target.write_beside().await?;
    tx.study_everything().await?;
    tx.commit().await?;
    is_unchanged(way, source, &expected).await?;
    compare(way, target, &expected).await
}

/// Sees that nobody has used the source since it was looked at: what a server recorded there meanwhile is not in the target.
async fn is_unchanged(way: &Way, source: &Store, expected: &[Tally]) -> Result<()> {
    ready::alone(source, &way.from).await?;
    let mut tx = source.read().await?;
    tx.be_patient().await?;
    for (table, earlier) in tables().iter().zip(expected) {
        let now = tx.tally(table).await?;
        if now != *earlier {
            return Err(Error::new(
                Code::Conflict,
                format!(
                    "{} was changed while it was moved ({}: then {earlier}, now {now}): begin anew with an empty database, and keep every server from starting",
                    way.from, table.name
                ),
            ));
        }
    }
    Ok(())
}

/// Begins the move, or sees that it is this one that goes on.
async fn begin(way: &Way, target: &Store, expected: &[Tally]) -> Result<()> {
    let conflict = |sentence: String| Err(Error::new(Code::Conflict, sentence));
    let mut tx = target.write_beside().await?;
    let moved = tx.moved().await?;
    if moved.is_empty() {
        tx.begin_move(&way.from.to_string(), expected).await?;
        return tx.commit().await;
    }
    for (table, tally) in tables().iter().zip(expected) {
        let Some(earlier) = moved.get(table.name) else {
            return conflict(format!("the move into {} was begun by another version of Kudos; begin anew", way.to));
        };
        if earlier.source != way.from.to_string() {
            return conflict(format!("{} holds a part of what is being moved from {}", way.to, earlier.source));
        }
        if earlier.expected != tally.to_string() {
            return conflict(format!(
                "{} is not as it was when this move began ({}: then {}, now {tally}): begin anew with an empty database",
                way.from, table.name, earlier.expected
            ));
        }
    }
    tell(format_args!("kudos: a move that was interrupted goes on"));
    Ok(())
}

/// Touchpoints of old months get tables of their own, as they would have had.
async fn make_months(view: &mut Tx, target: &Store) -> Result<()> {
    if matches!(target, Store::Sqlite { .. }) {
        return Ok(());
    }
    let wanted = view.touchpoint_months().await?;
    let mut tx = target.write_beside().await?;
    let there = tx.months().await?;
    for month in wanted.into_iter().filter(|month| !there.contains(month)) {
        tx.make_month(month).await?;
    }
    tx.commit().await
}

/// Copies what is not there yet; how many rows that was.
async fn copy(view: &mut Tx, target: &Store, expected: &[Tally]) -> Result<i64> {
    let mut moved = target.read().await?.moved().await?;
    let progress = Progress::new(expected.iter().map(|tally| tally.rows).sum(), moved.values().map(|moved| moved.copied).sum());
    let mut rows = 0;
    for table in tables() {
        let earlier = moved.remove(table.name).unwrap_or_default();
        rows += copy_table(view, target, table, earlier.after, earlier.copied, &progress).await?;
    }
    progress.finish();
    Ok(rows)
}

async fn copy_table(
    view: &mut Tx, target: &Store, table: &'static Table, after: Option<String>, earlier: i64, progress: &Progress,
) -> Result<i64> {
    let mut copied = earlier;
    let mut page = view.page(table, after.as_deref(), target.database()).await?;
    while let Some(last) = page.last().map(str::to_owned) {
        let count = page.count();
        // The next page is read while this one is written.
        let write = async {
            let mut tx = target.write_beside().await?;
            tx.put(table, page, copied + count).await?;
            tx.commit().await
        };
        let (written, next) = tokio::join!(write, view.page(table, Some(&last), target.database()));
        written.map_err(|why| Error::internal(format!("{} could not be written", table.name), why))?;
        copied += count;
        progress.step(table.name, count);
        page = next?;
    }
    Ok(copied - earlier)
}

/// Compares and checks in the transaction that ends the move, so that no other state than the compared one is ever used.
async fn compare(way: &Way, target: &Store, expected: &[Tally]) -> Result<bool> {
    let told = |why| Error::internal("the outcome cannot be printed", why);
    let mut tx = target.write().await?;
    let mut same = true;
    for (table, there) in tables().iter().zip(expected) {
        let here = tx.tally(table).await?;
        same &= here == *there;
        line(table, there, &here).map_err(told)?;
    }
    let broken = tx.check().await?;
    for Broken { invariant, detail, count } in &broken {
        writeln!(io::stdout(), "broken: {invariant} ({count} times, first: {detail})").map_err(told)?;
    }
    if !same || !broken.is_empty() {
        let why =
            if same { "an invariant is broken, perhaps in the source too (kudos check)" } else { "not all of it arrived" };
        writeln!(io::stdout(), "{} cannot be used: {why}", way.to).map_err(told)?;
        return Ok(false);
    }
    tx.end_move().await?;
    tx.commit().await?;
    writeln!(
        io::stdout(),
        "moved {} to {}: equal, and every invariant holds. Start the server on it with --database, with the data directory \
         it had; {} stays as it was",
        way.from,
        way.to,
        way.from
    )
    .map_err(told)?;
    Ok(true)
}

/// A table's line: what both hold, or what differs.
fn line(table: &Table, there: &Tally, here: &Tally) -> io::Result<()> {
    let mut out = io::stdout();
    if here != there {
        return writeln!(out, "differs  {:20} source: {there}; target: {here}", table.name);
    }
    let sums: Vec<String> = there.sums.iter().map(|(name, sum)| format!("{name} {sum}")).collect();
    writeln!(out, "equal    {:20} {:>12}  {}", table.name, there.rows, sums.join(", "))
}

/// What keeps a database from being the source of a move.
fn unfit(schema: Schema, url: &DatabaseUrl) -> Option<String> {
    match schema {
        Schema::Current => None,
        Schema::Foreign => Some(format!("{url} is no database of Kudos")),
        Schema::Older => {
            Some(format!("{url} is of an older Kudos: bring it up to date with kudos migrate --database .. first"))
        }
        Schema::Newer => Some(format!("{url} is of a newer Kudos: move it with that one")),
    }
}
