//! Faults of the database, under load: visitors notice nothing, and what was answered is stored, once.
//!
//! `KUDOS_FAULT_ROUNDS` sets how often each fault comes; once when it is not set.

#[path = "faults/crowd.rs"]
mod crowd;
#[path = "faults/network.rs"]
mod network;
#[path = "faults/proxy.rs"]
mod proxy;

use std::process::Command;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use super::crash::audit::{Verdict, assert_drained, audit};
use super::crash::load::{Ledger, Load, Wire};
use super::crash::process::{Home, Kind, Process};
use super::crash::{furnish, number};
use super::outage::drained;
use super::server::eventually;
use crate::database::by_hand;
use crate::postgres::{Cluster, name_in};
use crowd::Crowd;

/// Clicks that must be answered while a fault lasts, for it to mean anything.
const CLICKS: u64 = 300;

/// The cluster of this suite, whose tests have it one after the other.
fn own() -> MutexGuard<'static, Cluster> {
    static OWN: OnceLock<Mutex<Cluster>> = OnceLock::new();
    OWN.get_or_init(|| Mutex::new(Cluster::own())).lock().unwrap_or_else(PoisonError::into_inner)
}

/// A data directory whose database is in that cluster.
fn home_on(cluster: &Cluster) -> Home {
    let mut home = Home::new(Kind::Binary);
    // A test is not to wait as long as an operator would.
    home.settings = vec![("database_wait_seconds", "1")];
    cluster.of(home.dir.path());
    home
}

/// A node under load while its database fails.
struct Life<'a> {
    home: &'a Home,
    process: Option<Process<'a>>,
    visitors: Load,
    wire: Wire,
}

impl Life<'_> {
    /// What `/readyz` says of the database; hits can be recorded all the same.
    fn database(&mut self) -> String {
        let answer = self.wire.send("GET", "/readyz", "", "").unwrap();
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()["database"].as_str().unwrap().to_owned()
    }

    fn until_told(&mut self, expected: &str) {
        eventually(expected, || (self.database() == expected).then_some(()));
    }

    /// Waits until visitors were answered.
    fn clicks(&self) {
        let before = self.visitors.clicked();
        eventually("visitors are answered", || (self.visitors.clicked() >= before + CLICKS).then_some(()));
    }

    /// The database does not answer: operators are told, visitors are not.
    fn outage(&mut self) {
        self.until_told("does not answer");
        self.clicks();
    }
}

/// The slowest of the fastest 99 %.
fn p99(took: &mut [Duration]) -> Duration {
    took.sort_unstable();
    took[(took.len() * 99).div_ceil(100) - 1]
}

/// Runs `fault` under load, as often as wished; then everything that was answered must be stored, once.
fn survive(name: &str, home: &Home, mut fault: impl FnMut(&mut Life)) {
    let rounds = number("KUDOS_FAULT_ROUNDS").unwrap_or(1);
    let (slugs, _) = furnish(home);
    let mut process = Some(home.start());
    let (mut ledger, mut took) = (Ledger::default(), Vec::new());
    for round in 0..rounds {
        let steady = Load::start(&home.address, &slugs, 2 * round, 1);
        eventually("there is load", || (steady.clicked() > 20).then_some(()));
        let visitors = Load::visitors(&home.address, &slugs, 2 * round + 1, 1);
        let mut life = Life { home, process: process.take(), visitors, wire: Wire::new(&home.address) };
        fault(&mut life);
        life.until_told("answers");
        let mut during = life.visitors.finish();
        took.append(&mut during.took);
        ledger.merge(during);
        ledger.merge(steady.finish());
        process = life.process;
        drained(&mut Wire::new(&home.address));
        // A connection that was given up may hold its jobs until the server notices; then they are somebody's again.
        eventually("every job is done", || {
            (by_hand(&home.database(), async |hand| hand.number("select count(*) from jobs").await) == 0).then_some(())
        });
    }
    process.take().unwrap().stop();
    assert_drained(home);
    let verdict = audit(home, &ledger);
    let (answered, lost, double) = (ledger.answered(), verdict.lost.len(), verdict.double.len());
    let (clicks, p99) = (took.len(), p99(&mut took));
    println!("{name}: answered {answered}, lost {lost}, double {double}, rounds {rounds}, p99 of {clicks} redirects {p99:?}");
    assert_eq!(verdict, Verdict::default());
}

#[test]
fn a_database_that_is_stopped_and_started() {
    let cluster = own();
    survive("stopped", &home_on(&cluster), |life| {
        cluster.halt();
        life.outage();
        cluster.launch();
    });
}

/// Processes that stand still, until this is dropped.
struct Still(Vec<String>);

impl Still {
    fn of(processes: Vec<String>) -> Still {
        signal("-STOP", &processes);
        Still(processes)
    }
}

impl Drop for Still {
    fn drop(&mut self) {
        signal("-CONT", &self.0);
    }
}

fn signal(which: &str, processes: &[String]) {
    // Some may have ended meanwhile.
    let _ = Command::new("kill").arg(which).args(processes).stderr(std::process::Stdio::null()).status().unwrap();
}

#[test]
fn a_database_that_hangs() {
    let cluster = own();
    survive("hanging", &home_on(&cluster), |life| {
        let still = Still::of(cluster.processes());
        life.outage();
        drop(still);
    });
}

/// How often the database starts in a round.
const RESTARTS: u64 = 2;

#[test]
fn a_database_that_restarts_in_a_loop() {
    let cluster = own();
    survive("restarting", &home_on(&cluster), |life| {
        for _ in 0..RESTARTS {
            cluster.halt();
            cluster.launch();
        }
        life.clicks();
    });
}

#[test]
fn a_database_that_refuses_connections() {
    let cluster = own();
    let home = home_on(&cluster);
    let url = home.database();
    survive("refusing", &home, |life| {
        cluster.shut(name_in(&url));
        life.outage();
        cluster.unshut(name_in(&url));
    });
}

#[test]
fn a_database_whose_connections_others_have() {
    let cluster = own();
    let home = home_on(&cluster);
    let url = home.database();
    survive("out of connections", &home, |life| {
        let crowd = Crowd::take_all(&cluster, name_in(&url));
        life.outage();
        crowd.leave();
    });
}

/// How often connections are killed in a round.
const KILLS: u64 = 6;

#[test]
fn connections_that_are_killed_while_they_write() {
    let cluster = own();
    let home = home_on(&cluster);
    let url = home.database();
    let who = format!("from pg_stat_activity where datname = '{}' and application_name = 'kudos'", name_in(&url));
    survive("killed connections", &home, |life| {
        for _ in 0..KILLS {
            let before = life.visitors.clicked();
            eventually("some more is recorded", || (life.visitors.clicked() > before + 30).then_some(()));
            cluster.administer(&format!("select pg_terminate_backend(pid) {who}"));
        }
        // A kill of one process: Postgres then ends all the others, and recovers.
        let busy = eventually("somebody writes", || {
            let sql = format!("select cast(pid as text) {who} and state <> 'idle'");
            by_hand(&cluster.url("postgres"), async move |hand| hand.texts(&sql).await).pop()
        });
        signal("-KILL", &[busy]);
        life.clicks();
    });
}

#[test]
fn a_node_that_is_killed_and_starts_while_the_database_is_away() {
    let cluster = own();
    survive("killed node", &home_on(&cluster), |life| {
        cluster.halt();
        life.outage();
        life.process.take().unwrap().kill(false);
        life.process = Some(life.home.start());
        life.outage();
        cluster.launch();
    });
}
