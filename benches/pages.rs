//! The pages over a year of a large program and its deals: server time and bytes of each, beside what they may take.
//!
//! `cargo bench --bench pages` makes an SQLite store of 10 million touchpoints first (some minutes, 5 GB), or uses the one in the
//! directory that `KUDOS_BENCH_PAGES` names, making it there when it is missing. `-- 1000000` makes a smaller one.

#![allow(clippy::unwrap_used, reason = "a benchmark that cannot go on has failed")]

mod pages {
    pub mod deals;
    pub mod program;
    pub mod visit;
}

use std::path::PathBuf;
use std::time::Instant;

use kudos::clock::Clock;
use kudos::domain::time::DAY_MS;
use kudos::http::pages::{Who, pages};

use pages::program::{self, TOUCHPOINTS};
use pages::visit::{Seen, Server, Visitor};

#[cfg(feature = "jemalloc")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// What a page may take: milliseconds of the server, and bytes of a first visit.
const BUDGET_MS: f64 = 100.0;
const BUDGET_BYTES: f64 = 300_000.0;
/// Requests of each page.
const TIMES: usize = 7;
/// Pages that are looked at again over the whole year, or narrowed down to what takes a look at every deal.
const WIDER: [&str; 3] = ["/admin?from={year}", "/admin/pipeline?from={year}", "/admin/deals?part=sourced"];

fn main() {
    let mut made = None;
    let dir = std::env::var("KUDOS_BENCH_PAGES").map(PathBuf::from).unwrap_or_else(|_| {
        let dir = tempfile::tempdir_in(std::env::var("CARGO_TARGET_TMPDIR").unwrap_or(".".into())).unwrap();
        made.insert(dir).path().to_owned()
    });
    let wanted = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(TOUCHPOINTS);
    if !dir.join("kudos.db").exists() {
        let begun = Instant::now();
        program::make(&dir, wanted);
        println!("a program of {wanted} touchpoints was made in {:.0} s", begun.elapsed().as_secs_f64());
    }
    let begun = Instant::now();
    let server = Server::start(&dir);
    program::until_days_are_closed(&dir);
    println!("days closed after {:.0} s", begun.elapsed().as_secs_f64());
    let (admin, partner) = program::people(&dir, &server);
    println!("{:42} {:>9} {:>9} {:>9} {:>9} {:>9}", "page", "median ms", "max ms", "of 100 ms", "KB", "of 300 KB");
    let mut over = Vec::new();
    for page in pages().iter().filter(|page| page.method == "GET" && !page.path.ends_with("/live")) {
        let visitor = if page.who == Who::Partner { &partner } else { &admin };
        if page.who == Who::Anyone {
            continue;
        }
        match visitor.page(page.path) {
            None => println!("{:42} nothing of that kind", page.path),
            Some(path) => over.extend(measure(visitor, page.path, &path).then_some(page.path)),
        }
    }
    let year = (Clock::System.now() - 364 * DAY_MS).date();
    for name in WIDER {
        over.extend(measure(&admin, name, &name.replace("{year}", &year)).then_some(name));
    }
    println!("{} of the pages over their budget: {}", over.len(), over.join(" "));
}

/// Prints what a page takes; whether that is too much.
fn measure(visitor: &Visitor, name: &str, path: &str) -> bool {
    let mut seen: Vec<Seen> = (0..TIMES).map(|_| visitor.see(path)).collect();
    if seen[0].status != 200 {
        println!("{name:42} answers {}", seen[0].status);
        return true;
    }
    let bytes = visitor.first_visit(path) as f64;
    seen.sort_by(|one, other| one.ms.total_cmp(&other.ms));
    let (median, max) = (seen[TIMES / 2].ms, seen[TIMES - 1].ms);
    let (time, size) = (median / BUDGET_MS, bytes / BUDGET_BYTES);
    println!("{name:42} {median:9.1} {max:9.1} {time:9.2} {:9.0} {size:9.2}", bytes / 1e3);
    time > 1.0 || size > 1.0
}
