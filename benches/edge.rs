//! What a redirect costs when every click is on disk before its answer, beside nginx in the same run.
//!
//! `cargo bench --bench edge` needs `wrk` and `nginx` on the path (Debian: `wrk`, `nginx-light`). It loads only loopback and
//! ends by itself after about two minutes. On a noisy machine trust the ratios, which come from alternating rounds.

#![allow(clippy::expect_used, reason = "a measurement that cannot go on has failed")]

mod edge {
    pub mod disk;
    pub mod load;
    pub mod open_loop;
    pub mod peers;
}

use std::time::{Duration, Instant};

use edge::peers::{Kudos, Nginx};
use edge::{disk, load, open_loop};

/// Rounds of each peer at each number of connections; the median counts.
const ROUNDS: usize = 3;
const CONNECTIONS: [usize; 2] = [64, 256];
const BUDGET: [f64; 2] = [0.55, 0.9];

fn main() {
    if !load::is_installed() {
        println!("wrk or nginx is missing; on Debian: apt-get install wrk nginx-light");
        std::process::exit(1);
    }
    let sync = disk::fdatasync();
    println!("fdatasync of 4 KiB, preallocated: p50 {} us, p99 {} us", sync.p50.as_micros(), sync.p99.as_micros());

    let (kudos, nginx) = (Kudos::start(), Nginx::start());
    println!(
        "\nredirects/s, median of {ROUNDS} alternating rounds; store held, so that this is the edge and the journal alone"
    );
    let held = kudos.hold_store();
    let mut rate_at_most = 0.0;
    for (connections, budget) in CONNECTIONS.into_iter().zip(BUDGET) {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            ours.push(load::wrk(&kudos.link(), connections, &kudos.pids()));
            theirs.push(load::wrk(&nginx.link(), connections, &nginx.pids()));
        }
        let (ours, theirs) = (load::median(ours), load::median(theirs));
        rate_at_most = ours.per_second;
        println!(
            "{connections:>4} connections: kudos {:>7.0} ({:.1} us CPU each), nginx {:>7.0} ({:.1} us CPU each), ratio {:.2} (budget {budget})",
            ours.per_second,
            ours.cpu_micros,
            theirs.per_second,
            theirs.cpu_micros,
            ours.per_second / theirs.per_second
        );
    }

    let rate = rate_at_most / 2.0;
    let sync_before = disk::fdatasync();
    let p99 = open_loop::p99(&kudos.address(), &kudos.path(), rate, Duration::from_secs(8));
    println!(
        "\nopen loop at half of that rate ({rate:.0}/s): p99 {} us, {:.1} x the p99 of one fdatasync just before ({} us; budget 3)",
        p99.as_micros(),
        p99.as_secs_f64() / sync_before.p99.as_secs_f64(),
        sync_before.p99.as_micros()
    );

    let waiting = kudos.undrained();
    let start = Instant::now();
    drop(held);
    let stored = kudos.wait_until_drained(waiting.stored);
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "\njournal -> SQLite with an idle edge: {stored} hits in {seconds:.1} s = {:.0} hits/s (budget 50000)",
        stored as f64 / seconds
    );

    let running = load::wrk(&kudos.link(), 256, &kudos.pids());
    println!("256 connections with the drain running beside it: {:.0} redirects/s", running.per_second);
}
