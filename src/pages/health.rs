//! How the server fares: each check with its state in words, and what to do about it.

use crate::domain::time::{DAY_MS, Time};
use crate::pages::Html;
use crate::pages::confirm::paragraph;
use crate::pages::facts::facts;
use crate::pages::shell::{Content, Shell};
use crate::pages::table::{Cell, FEW_ROWS, Table, Wanted, words};
use crate::pages::texts::fill;
use crate::pages::texts::system::System;

/// Less than this, or less than a tenth of it, is too little room on a disk: 1 GiB.
const DISK_BYTES_MIN: u64 = 1 << 30;
/// After so long without one, a backup is asked for.
const BACKUP_DAYS_MAX: i64 = 7;

/// Whether hits can be recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recording {
    /// They can.
    Ok,
    /// The disk is full.
    DiskFull,
    /// The disk failed.
    DiskFailed,
    /// The process is about to stop.
    Stopping,
}

/// The embedded database or a server; its name with its version.
#[derive(Clone, Debug)]
pub struct Database {
    /// As `SQLite 3.51.3`.
    pub name: String,
    /// Its size.
    pub bytes: i64,
    /// Whether `kudos backup` is for it.
    pub embedded: bool,
    /// When that last wrote a copy.
    pub backed_up_at: Option<Time>,
    /// Conversions that wait for their credit.
    pub waiting: i64,
    /// Those of them that failed.
    pub failing: i64,
    /// With what.
    pub last_error: Option<String>,
}

/// What a node knows of itself.
#[derive(Clone, Debug)]
pub struct Health {
    /// Now.
    pub now: Time,
    /// Whether hits can be recorded.
    pub recording: Recording,
    /// Bytes of hits that are not in the database.
    pub undrained_bytes: u64,
    /// Whether all that was recorded is in the database.
    pub is_drained: bool,
    /// For how long the oldest of them waits, in milliseconds.
    pub lag: i64,
    /// Whether the database takes nothing.
    pub is_stuck: bool,
    /// Whether the database answers.
    pub answers: bool,
    /// What is known of the database.
    pub database: Database,
    /// Free and in all, of the disk of the data directory; none where that cannot be told.
    pub disk: Option<(u64, u64)>,
    /// Links in memory, and whether those are all.
    pub links: (usize, bool),
    /// Hits that were not recorded since the start.
    pub unrecorded: u64,
    /// Handlers that panicked since the start.
    pub panics: u64,
    /// Damaged stretches of the journal.
    pub damaged: u64,
    /// Since when it runs.
    pub started_at: Time,
    /// Its version.
    pub version: &'static str,
    /// Whether it answers visitors, and whether it does the work behind.
    pub role: (bool, bool),
    /// Where it is reached.
    pub public_url: String,
    /// Where its files are.
    pub data_dir: String,
}

/// One row.
struct Check {
    name: &'static str,
    /// None where it cannot be told.
    good: Option<bool>,
    value: String,
    to_do: String,
}

fn size(shell: &Shell, bytes: u64) -> String {
    const STEPS: [(u64, &str); 3] = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
    let number = |n: u64| shell.reader.number(i64::try_from(n).unwrap_or(i64::MAX));
    let step = STEPS.iter().find(|(step, _)| bytes >= *step);
    step.map_or_else(|| format!("{} B", number(bytes)), |(step, unit)| format!("{} {unit}", number(bytes / step)))
}

fn checks(shell: &Shell, health: &Health) -> Vec<Check> {
    let t: &System = shell.words();
    let number = |n: i64| shell.reader.number(n);
    let check = |name, good, value: String, to_do: &str| {
        let to_do = if good { String::new() } else { to_do.to_owned() };
        Check { name, good: Some(good), value, to_do }
    };
    let counted = |name, count: u64, to_do| check(name, count == 0, number(i64::try_from(count).unwrap_or(i64::MAX)), to_do);
    let (recording, recording_do) = match health.recording {
        Recording::Ok => (t.recording_ok, ""),
        Recording::DiskFull => (t.recording_full, t.recording_full_do),
        Recording::DiskFailed => (t.recording_failed, t.recording_failed_do),
        Recording::Stopping => (t.stopping, ""),
    };
    let lag = shell.reader.tenths(Some(health.lag as f64 / 1e3));
    let on_way = match health.is_drained {
        true => t.none_waiting.to_owned(),
        false => fill(t.some_waiting, &[&size(shell, health.undrained_bytes), &lag]),
    };
    let database = &health.database;
    let name = if health.answers { database.name.clone() } else { format!("{}: {}", database.name, t.database_silent) };
    let mut checks = vec![
        check(t.recording, health.recording == Recording::Ok, recording.to_owned(), recording_do),
        check(t.waiting_hits, !health.is_stuck, on_way, t.waiting_do),
        check(t.database, health.answers, name, t.database_do),
        check(t.database_size, true, size(shell, u64::try_from(database.bytes).unwrap_or(0)), ""),
    ];
    if let Some((free, all)) = health.disk {
        let value = format!("{} {} {}", size(shell, free), t.disk_of, size(shell, all));
        checks.push(check(t.disk_free, free >= DISK_BYTES_MIN.min(all / 10), value, t.disk_do));
    }
    let failing =
        if database.failing == 0 { String::new() } else { format!(", {} {}", number(database.failing), t.jobs_failing) };
    let error = format!("{} {}", t.jobs_do, database.last_error.as_deref().unwrap_or_default());
    checks.push(check(t.jobs, database.failing == 0, format!("{}{failing}", number(database.waiting)), &error));
    let (links, whole) = health.links;
    let part = if whole { String::new() } else { format!("; {}", t.links_part) };
    checks.push(check(t.links, true, format!("{}{part}", number(i64::try_from(links).unwrap_or(i64::MAX))), ""));
    checks.push(backup(shell, health));
    checks.push(counted(t.lost, health.unrecorded, t.lost_do));
    checks.push(counted(t.faults, health.panics, t.faults_do));
    checks.push(counted(t.damaged, health.damaged, t.damaged_do));
    checks
}

/// A database without a backup is no fault of today; one whose backups have stopped is.
fn backup(shell: &Shell, health: &Health) -> Check {
    let (t, database): (&System, _) = (shell.words(), &health.database);
    let (good, value, to_do) = match (database.embedded, database.backed_up_at) {
        (false, _) => (Some(true), t.backup_postgres.to_owned(), ""),
        (true, None) => (None, t.backup_unknown.to_owned(), t.backup_do),
        (true, Some(at)) => {
            let good = health.now - at <= BACKUP_DAYS_MAX * DAY_MS;
            (Some(good), shell.reader.time(at), if good { "" } else { t.backup_do })
        }
    };
    Check { name: t.backup, good, value, to_do: to_do.to_owned() }
}

/// The checks as a table.
pub fn table(shell: &Shell, health: &Health) -> Table {
    let t: &System = shell.words();
    let row = |check: Check| {
        let state = match check.good {
            Some(true) => Cell::badge(t.good, "good"),
            Some(false) => Cell::badge(t.bad, "bad"),
            None => Cell::badge(t.unclear, "plain"),
        };
        vec![Cell::text(check.name), state, Cell::text(check.value), Cell::text(check.to_do)]
    };
    let columns = vec![words("check", t.check), words("state", t.state), words("value", t.value), words("to_do", t.to_do)];
    let rows = checks(shell, health).into_iter().map(row).collect();
    Table { id: "checks", title: t.checks.into(), columns, rows, page_rows: 2 * FEW_ROWS, empty: Html::default() }
}

/// The page.
pub fn page(shell: &Shell, wanted: &Wanted<'_>, health: &Health, table: &Table) -> Content {
    let t: &System = shell.words();
    let lead = match checks(shell, health).iter().filter(|check| check.good == Some(false)).count() {
        0 => t.all_well,
        1 => t.needs_one,
        _ => t.needs_some,
    };
    let role = match health.role {
        (true, true) => t.role_both,
        (true, false) => t.role_edge,
        (false, _) => t.role_worker,
    };
    let about = facts(vec![
        (t.program, health.version.to_owned()),
        (t.running_since, shell.reader.time(health.started_at)),
        (t.role, role.to_owned()),
        (t.address, health.public_url.clone()),
        (t.folder, health.data_dir.clone()),
    ]);
    let parts = vec![table.html(&shell.reader, wanted), about, paragraph(t.this_node)];
    Content { title: t.health.into(), lead: lead.into(), parts, ..Content::default() }
}
