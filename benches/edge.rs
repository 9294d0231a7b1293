//! What a redirect costs when every click is on disk before its answer, beside nginx in the same run.
//!
//! `cargo bench --bench edge` needs `wrk` and `nginx` on the path (Debian: `wrk`, `nginx-light`). It loads only loopback and
//! ends by itself after about two minutes. On a noisy machine trust the ratios, which come from alternating rounds.
//!
//! `cargo bench --bench edge -- sustained [SECONDS]` is about a minute of it with the way into the store running beside it: into
//! the embedded store, then into Postgres where `KUDOS_BENCH_POSTGRES` names an empty database. One on this machine takes its
//! share of the cores.

#![allow(clippy::expect_used, reason = "a measurement that cannot go on has failed")]

mod edge {
    pub mod disk;
    pub mod load;
    pub mod open_loop;
    pub mod peers;
    pub mod sustained;
}

use std::time::{Duration, Instant};

use edge::peers::{Held, Kudos, Nginx};
use edge::{disk, load, open_loop, sustained};

/// Rounds of each peer at each number of connections; the median counts.
const ROUNDS: usize = 3;
/// How long a round takes.
const SECONDS: u64 = 6;
const CONNECTIONS: [usize; 2] = [64, 256];
const BUDGET: [f64; 2] = [0.55, 0.9];

fn main() {
    if !load::is_installed() {
        println!("wrk or nginx is missing; on Debian: apt-get install wrk nginx-light");
        std::process::exit(1);
    }
    let mut args = std::env::args().skip(1);
    if args.any(|arg| arg == "sustained") {
        return sustained::run(args.find_map(|arg| arg.parse().ok()).unwrap_or(60));
    }
    let sync = disk::fdatasync();
    println!("fdatasync of 4 KiB, preallocated: p50 {} us, p99 {} us", sync.p50.as_micros(), sync.p99.as_micros());
    let kudos = Kudos::start(None);
    println!("\nwith the store held, so that this is the edge and the journal alone");
    let held = kudos.hold_store();
    let nginx = Nginx::start();
    let rate = redirects(&kudos, &nginx);
    latency(&kudos, &nginx, rate / 2.0);
    drop(nginx);
    drain(&kudos, held);
}

/// Redirects a second beside nginx, in alternating rounds; the last rate.
fn redirects(kudos: &Kudos, nginx: &Nginx) -> f64 {
    let mut rate = 0.0;
    for (connections, budget) in CONNECTIONS.into_iter().zip(BUDGET) {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            ours.push(load::wrk(&kudos.link(), connections, SECONDS, &kudos.pids()));
            theirs.push(load::wrk(&nginx.link(), connections, SECONDS, &nginx.pids()));
        }
        let (ours, theirs) = (load::median(ours), load::median(theirs));
        rate = ours.per_second;
        println!(
            "{connections:>4} connections: kudos {:>7.0} redirects/s ({:.1} us CPU each), nginx {:>7.0} ({:.1} us CPU each), ratio {:.2} (budget {budget})",
            ours.per_second,
            ours.cpu_micros,
            theirs.per_second,
            theirs.cpu_micros,
            ours.per_second / theirs.per_second
        );
    }
    rate
}

/// The p99 in alternating rounds with the disk's own, and with that of nginx at the same rate, which waits for no disk: what the
/// machine itself makes everybody wait. Medians.
fn latency(kudos: &Kudos, nginx: &Nginx, rate: f64) {
    let (mut ours, mut theirs, mut syncs) = (Vec::new(), Vec::new(), Vec::new());
    let open_loop = |address: &str, path: &str| open_loop::p99(address, path, rate, Duration::from_secs(4));
    for _ in 0..ROUNDS {
        syncs.push(disk::fdatasync().p99);
        ours.push(open_loop(&kudos.address(), &kudos.path()));
        theirs.push(open_loop(&nginx.address(), &nginx.path()));
    }
    let [p99, nginx, sync] = [&mut ours, &mut theirs, &mut syncs].map(|rounds| {
        rounds.sort();
        rounds[ROUNDS / 2]
    });
    println!(
        "open loop at half of that rate ({rate:.0}/s): p99 {} us, {:.1} x the p99 of one fdatasync ({} us; budget 3); nginx {} us, ratio {:.2}; rounds {ours:?}, {syncs:?}, {theirs:?}",
        p99.as_micros(),
        p99.as_secs_f64() / sync.as_secs_f64(),
        sync.as_micros(),
        nginx.as_micros(),
        p99.as_secs_f64() / nginx.as_secs_f64(),
    );
}

fn drain(kudos: &Kudos, held: Held) {
    let waiting = kudos.undrained();
    let start = Instant::now();
    drop(held);
    let stored = kudos.wait_until_drained(waiting.stored);
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "\njournal -> SQLite with an idle edge: {stored} hits in {seconds:.1} s = {:.0} hits/s (budget 50000)",
        stored as f64 / seconds
    );
    let running = load::wrk(&kudos.link(), 256, SECONDS, &kudos.pids());
    println!("256 connections with the drain running beside it: {:.0} redirects/s", running.per_second);
}
