//! The link directory: memory a link, what a lookup costs, how soon a start answers, and what a link that is not in memory costs.
//!
//! `cargo bench --bench links` takes about a minute. `cargo bench --bench links -- 10000000` adds a database of so many links
//! with room for a tenth of them in memory; ten million take some minutes and 5 GB on disk.

#![allow(clippy::unwrap_used, reason = "a benchmark that cannot go on has failed")]

mod links {
    pub mod program;
    pub mod server;
    pub mod table;
}

use std::time::{Duration, Instant};

use links::server::Serving;
use links::{program, table};

#[cfg(feature = "jemalloc")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

const MILLION: u64 = 1_000_000;

fn main() {
    table::measure(MILLION as usize);

    let dir = program::with_links(MILLION);
    for _ in 0..3 {
        program::fill_segment(dir.path(), MILLION);
        println!();
        start(&dir, MILLION, "2000000");
    }
    drop(dir);

    if let Some(links) = std::env::args().skip(1).find_map(|argument| argument.parse::<u64>().ok()) {
        println!();
        bounded(links);
    }
}

/// From the start of the process, with a full segment to replay, to the first redirect, to all links in memory, to an empty
/// journal.
fn start(dir: &tempfile::TempDir, links: u64, bound: &str) {
    let begun = Instant::now();
    let serving = Serving::start(dir.path(), bound);
    assert_eq!(serving.get(&program::slug(links / 3)).0, 302);
    let first = begun.elapsed().as_secs_f64();
    println!("start with {links} links and a full segment: first redirect after {first:.2} s (budget 2)");
    let mut drained = None;
    serving.until("kudos_links_whole", |whole| {
        if drained.is_none() && serving.value("kudos_journal_undrained_bytes") == 0 {
            drained = Some(begun.elapsed().as_secs_f64());
        }
        whole == 1
    });
    println!("  all links in memory after {:.2} s, {} MB resident", begun.elapsed().as_secs_f64(), serving.resident_mb());
    serving.until("kudos_journal_undrained_bytes", |bytes| bytes == 0);
    println!("  journal drained after {:.2} s", drained.unwrap_or_else(|| begun.elapsed().as_secs_f64()));
    serving.stop();
}

fn bounded(links: u64) {
    let bound = links / 10;
    let dir = program::with_links(links);
    program::fill_segment(dir.path(), links);
    let begun = Instant::now();
    let serving = Serving::start(dir.path(), &bound.to_string());
    assert_eq!(serving.get(&program::slug(links / 3)).0, 302);
    println!("{links} links, room for {bound}: first redirect after {:.2} s (budget 2)", begun.elapsed().as_secs_f64());
    serving.until("kudos_links", |held| held >= bound - bound / 8);
    println!("  memory filled after {:.2} s, {} MB resident", begun.elapsed().as_secs_f64(), serving.resident_mb());
    serving.until("kudos_journal_undrained_bytes", |bytes| bytes == 0);

    let mut dice = table::Dice(7);
    let mut anywhere = || program::slug(dice.below(links - bound));
    latency("  a link that is not in memory", (0..5_000).map(|_| serving.timed(&anywhere(), 302)).collect());
    let newest = |number: u64| program::slug(links - 1 - number % (bound / 2));
    latency("  a link that is in memory", (0..5_000).map(|number| serving.timed(&newest(number), 302)).collect());
    let cpu = serving.cpu();
    latency("  a slug that leads nowhere", (0..5_000).map(|number| serving.timed(&format!("no-{number}"), 404)).collect());
    println!("    at {:.0} us of CPU each", (serving.cpu() - cpu).as_secs_f64() * 1e6 / 5_000.0);
    let held = serving.value("kudos_links");
    println!("  {held} links in memory, {} MB resident", serving.resident_mb());
    serving.stop();
}

fn latency(what: &str, mut times: Vec<Duration>) {
    times.sort();
    let at = |per_cent: usize| times[times.len() * per_cent / 100].as_micros();
    println!("{what}: p50 {} us, p99 {} us", at(50), at(99));
}
