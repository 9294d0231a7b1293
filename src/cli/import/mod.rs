//! `kudos import`: deals, offline touchpoints and conversions from the CSV exports of other systems, beside a running server.
//!
//! Rows are read and written a few hundred at a time, each such batch in a transaction of its own, so that a server beside it is
//! not held up and a file of any size fits into memory; one that was cut off is begun anew, and what went in is found there. A
//! row that does not fit is left out and told; the others go in. Before the first row is read the whole file is looked through
//! once, for how its amounts and dates are written.

mod conversions;
mod deals;
mod errors;
mod file;
mod flags;
mod touchpoints;

use std::collections::HashSet;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use clap::ArgMatches;
use csv::StringRecord;
use indicatif::{ProgressBar, ProgressStyle};
use uuid::Uuid;

use crate::cli::backup::file as named_file;
use crate::cli::{Outcome, make_data_dir, runtime, tell};
use crate::clock::Clock;
use crate::config::Config;
use crate::domain::audit::{Actor, By};
use crate::domain::id::PartnerId;
use crate::domain::import::{Cells, Mapping, Plan, SavedMapping, Survey, What};
use crate::domain::partner::check_text;
use crate::error::{Error, Problems};
use crate::store::{Store, Tx};
use errors::Errors;
use file::{Next, Rows};
pub use flags::command;

/// `Result` with whatever went wrong.
type Fallible<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// What rows of this file have told of: 8 bytes of the id of each.
type Told = HashSet<u64>;

/// The last bytes of an id, which are random or a hash.
#[expect(clippy::cast_possible_truncation, reason = "what is cut off tells the time only")]
fn low(id: Uuid) -> u64 {
    id.as_u128() as u64
}

/// Rows of one transaction: a fraction of a second, in which others wait.
const ROWS_AT_ONCE: usize = 250;

/// What became of the rows.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    created: u64,
    updated: u64,
    unchanged: u64,
    /// Rows of those that tell only of what was before the last stage of their deal.
    past: u64,
}

/// A row that was read.
struct Line {
    number: u64,
    record: StringRecord,
}

/// What the writers of rows need.
struct Import<'a> {
    plan: &'a Plan,
    /// What the file itself told of how it is to be read.
    learned: Vec<String>,
    by: By,
    dry_run: bool,
}

impl Import<'_> {
    fn cells<'a>(&'a self, line: &'a Line) -> Cells<'a> {
        Cells { plan: self.plan, cells: line.record.iter().collect() }
    }
}

/// Reads the file; exit code 1 when rows were left out.
pub fn run(config: &Config, matches: &ArgMatches, what: &str) -> Outcome {
    let what: What = what.parse()?;
    let told = match flags::mapping(matches) {
        Ok(told) => told,
        Err(mistake) => {
            tell(format_args!("kudos: {mistake}"));
            return Ok(ExitCode::from(2));
        }
    };
    let path = named_file(matches);
    let (name, dry_run) = (matches.get_one::<String>("mapping"), matches.get_flag("dry-run"));
    runtime()?.block_on(async {
        let store = open(config).await?;
        let by = By { actor: Actor::Operator, at: Clock::System.now() };
        let mapping = mapping(&store, what, name, &told).await?;
        let rows = Rows::open(&path, mapping.encoding.as_deref())?;
        let headers: Vec<&str> = rows.headers.iter().collect();
        let mut plan = Plan::new(what, &headers, mapping).map_err(listed)?;
        if let Some(name) = name.filter(|_| told != Mapping::default() && !dry_run) {
            save(&store, by, name, &SavedMapping { what, mapping: plan.mapping.clone() }).await?;
        }
        let learned = survey(&path, &mut plan)?;
        let outcome = read(&store, &path, rows, what, &Import { plan: &plan, learned, by, dry_run }).await;
        store.close().await;
        outcome
    })
}

async fn open(config: &Config) -> Fallible<Store> {
    make_data_dir(&config.data_dir)?;
    let store = Store::open(&config.database, config.pool).await?;
    store.migrate().await?;
    store.refuse_half_moved().await?;
    Ok(store)
}

/// Looks through the file for how its amounts and dates are written; what it told, in sentences.
fn survey(path: &Path, plan: &mut Plan) -> Fallible<Vec<String>> {
    if plan.decimal.is_some() && plan.dates.is_some() {
        return Ok(Vec::new());
    }
    let (mut rows, mut survey) = (Rows::open(path, plan.mapping.encoding.as_deref())?, Survey::default());
    loop {
        match rows.next()? {
            Next::Row(record) => survey.look(&Cells { plan, cells: record.iter().collect() }, rows.number),
            Next::Remark | Next::Broken(..) => {}
            Next::End => break,
        }
    }
    let decimal = survey.decimal().filter(|_| plan.decimal.is_none());
    let dates = survey.dates().filter(|_| plan.dates.is_none());
    plan.learn(&survey);
    let amounts = decimal.map(|(mark, row)| format!("amounts are written as {}, as row {row} shows", mark.example()));
    let dates = dates.map(|(order, row)| format!("dates are written {order}, as row {row} shows"));
    Ok(amounts.into_iter().chain(dates).chain(survey.contradictions()).collect())
}

/// Every problem in one sentence.
fn listed(problems: Problems) -> String {
    let fields = problems.into_fields();
    fields.iter().map(|field| format!("{}: {}", field.field, field.message)).collect::<Vec<_>>().join("; ")
}

/// The mapping of that name, with what the flags say on top.
async fn mapping(store: &Store, what: What, name: Option<&String>, told: &Mapping) -> Fallible<Mapping> {
    let Some(name) = name else { return Ok(told.clone()) };
    let mut problems = Problems::default();
    check_text(&mut problems, "mapping", name);
    problems.finish().map_err(Error::from)?;
    match store.read().await?.mapping(name).await? {
        Some(saved) if saved.what != what => Err(format!("the mapping {name:?} is for {}", saved.what).into()),
        Some(saved) => Ok(saved.mapping.with(told.clone())),
        None if *told == Mapping::default() => {
            Err(format!("there is no mapping {name:?}; see kudos import mappings, or say with --map what it is").into())
        }
        None => Ok(told.clone()),
    }
}

async fn save(store: &Store, by: By, name: &str, mapping: &SavedMapping) -> Fallible<()> {
    let mut tx = store.write().await?;
    tx.save_mapping(by, name, mapping).await?;
    Ok(tx.commit().await?)
}

/// Reads every row and writes those that fit.
async fn read(store: &Store, path: &Path, mut rows: Rows, what: What, import: &Import<'_>) -> Outcome {
    let mut errors = Errors::beside(path, &rows.headers)?;
    let progress = Progress::new(std::fs::metadata(path)?.len());
    let (mut tally, mut remarks, mut total) = (Tally::default(), 0_u64, 0_u64);
    let mut told = Told::new();
    let mut ended = false;
    while !ended {
        let mut lines = Vec::with_capacity(ROWS_AT_ONCE);
        while lines.len() < ROWS_AT_ONCE {
            match rows.next()? {
                Next::Row(record) => lines.push(Line { number: rows.number, record }),
                Next::Remark => remarks += 1,
                Next::Broken(record, why) => {
                    total += 1;
                    errors.add(rows.number, &record, Problems::one("row", why))?;
                }
                Next::End => {
                    ended = true;
                    break;
                }
            }
        }
        total += lines.len() as u64;
        match what {
            What::Deals => deals::write(store, import, &lines, &mut told, (&mut tally, &mut errors)).await?,
            What::Touchpoints => touchpoints::write(store, import, &lines, &mut told, (&mut tally, &mut errors)).await?,
            What::Conversions => conversions::write(store, import, &lines, &mut tally, &mut errors).await?,
        }
        progress.at(rows.position(), total);
    }
    progress.finish();
    errors.finish()?;
    summarise(import, what, total, remarks, &tally, &errors)?;
    Ok(if errors.count == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn summarise(import: &Import<'_>, what: What, total: u64, remarks: u64, tally: &Tally, errors: &Errors) -> io::Result<()> {
    let Tally { created, updated, unchanged, past } = tally;
    let mut out = io::stdout();
    let again = if what == What::Conversions { "repeated" } else { "updated" };
    let would = if import.dry_run { "dry run, nothing was written: " } else { "" };
    let left_out = errors.count;
    writeln!(
        out,
        "{would}{total} rows of {what}: {created} new, {updated} {again}, {unchanged} unchanged, {left_out} left out"
    )?;
    for sentence in &import.learned {
        writeln!(out, "{sentence}")?;
    }
    if *past > 0 {
        writeln!(
            out,
            "{past} rows tell of a time before the last stage of their deal: only their stage, and what was empty, went in"
        )?;
    }
    if remarks > 0 {
        writeln!(out, "{remarks} lines are no rows")?;
    }
    let unused = import.plan.unused();
    if !unused.is_empty() {
        writeln!(out, "columns not used: {}", unused.join(", "))?;
    }
    if left_out > 0 {
        writeln!(out, "rows that were left out, and why: {}", errors.path.display())?;
    }
    Ok(())
}

/// `kudos import mappings`: lists them, or removes one.
pub fn mappings(config: &Config, matches: &ArgMatches) -> Outcome {
    runtime()?.block_on(async {
        let store = open(config).await?;
        let outcome = list_or_remove(&store, matches.get_one::<String>("remove")).await;
        store.close().await;
        outcome
    })
}

async fn list_or_remove(store: &Store, remove: Option<&String>) -> Outcome {
    if let Some(name) = remove {
        let mut tx = store.write().await?;
        let by = By { actor: Actor::Operator, at: Clock::System.now() };
        if !tx.remove_mapping(by, name).await? {
            return Err(format!("there is no mapping {name:?}; see kudos import mappings").into());
        }
        tx.commit().await?;
        writeln!(io::stdout(), "removed the mapping {name}")?;
        return Ok(ExitCode::SUCCESS);
    }
    let saved = store.read().await?.mappings().await?;
    for (name, SavedMapping { what, mapping }) in &saved {
        writeln!(io::stdout(), "{name} ({what})")?;
        for (flag, pairs) in [("map", &mapping.columns), ("set", &mapping.set), ("stage", &mapping.stages)] {
            for (left, right) in pairs {
                writeln!(io::stdout(), "  --{flag} '{left}={right}'")?;
            }
        }
        let (dates, decimal) = (mapping.dates.map(|dates| dates.as_str()), mapping.decimal.map(|mark| mark.as_str()));
        let (zone, encoding) = (mapping.zone.as_deref(), mapping.encoding.as_deref());
        for (flag, value) in [("dates", dates), ("decimal", decimal), ("zone", zone), ("encoding", encoding)] {
            if let Some(value) = value {
                writeln!(io::stdout(), "  --{flag} '{value}'")?;
            }
        }
    }
    if saved.is_empty() {
        writeln!(io::stdout(), "no mapping is saved; kudos import deals FILE --map COLUMN=FIELD --mapping NAME saves one")?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The partner that a row names, by id, external id or name.
async fn partner(tx: &mut Tx, plan: &Plan, wanted: &str, problems: &mut Problems) -> crate::error::Result<Option<PartnerId>> {
    let found = match wanted.parse::<PartnerId>() {
        Ok(id) => tx.partner(id).await?.into_iter().map(|partner| partner.id).collect(),
        Err(_) => tx.partners_called(wanted).await?,
    };
    match found[..] {
        [one] => return Ok(Some(one)),
        [] => problems.add(plan.column("partner"), format!("there is no partner with the id, external id or name {wanted:?}")),
        _ => problems.add(plan.column("partner"), format!("several partners are called {wanted:?}; use an id")),
    }
    Ok(None)
}

/// How far it is: a bar on a terminal, a line now and then elsewhere.
struct Progress {
    bar: ProgressBar,
    bytes: u64,
    told: std::cell::Cell<u64>,
}

/// Lines that are written where there is no terminal.
const LINES: u64 = 10;

impl Progress {
    fn new(bytes: u64) -> Self {
        let style = ProgressStyle::with_template("{bar:40} {bytes} of {total_bytes}, {eta} to go");
        let bar = ProgressBar::new(bytes).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Progress { bar, bytes: bytes.max(1), told: std::cell::Cell::new(0) }
    }

    fn at(&self, position: u64, rows: u64) {
        let step = position * LINES / self.bytes;
        if !self.bar.is_hidden() {
            self.bar.set_position(position);
        } else if step > self.told.replace(step) && step < LINES {
            tell(format_args!("kudos: {rows} rows, {} % of the file", position * 100 / self.bytes));
        }
    }

    fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
