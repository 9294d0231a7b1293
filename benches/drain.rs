//! How fast the journal goes into the store: `cargo bench --bench drain [-- HITS LINKS CONVERSIONS_PER_MILLE]`.
//!
//! Real files, synchronous FULL: a journal is filled, then drained by the pump into an empty SQLite file, and where
//! `KUDOS_BENCH_POSTGRES` names an empty database (`postgres://..`), the same again into that. Hits of about 300 bytes, nine in
//! ten by new browsers, from ten countries and a thousand user agents. Afterwards what is due is attributed. On one core:
//! `taskset -c 1 cargo bench --bench drain`. What Postgres itself needs is on top of what is printed for it; where it runs on
//! the same machine, its share is read from `/proc` too.

#![allow(clippy::unwrap_used, reason = "a benchmark that cannot go on has failed")]

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use kudos::clock::Clock;
use kudos::config::Pool;
use kudos::domain::conversion::Source;
use kudos::domain::hit::{Body, Followed, Hit};
use kudos::domain::id::{self, LinkId, PartnerId, VisitorId};
use kudos::domain::time::Time;
use kudos::intake::agent::Agents;
use kudos::intake::pump::{Pump, run};
use kudos::jobs::{attribute, months};
use kudos::journal::{Drain, Options, RealDisk, open};
use kudos::store::Store;
use tokio::sync::watch;

#[cfg(feature = "jemalloc")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Some day in 2025, in milliseconds; 50 hits come in each.
const START_MS: i64 = 1_760_000_000_000;
const COUNTRIES: [&str; 10] = ["DE", "US", "FR", "GB", "IT", "ES", "NL", "SE", "PL", "AT"];

fn main() {
    let numbers: Vec<u64> = std::env::args().skip(1).filter_map(|arg| arg.parse().ok()).collect();
    let number = |place: usize, default| numbers.get(place).copied().unwrap_or(default);
    let (hits, links, per_mille) = (number(0, 500_000), number(1, 40), number(2, 10));
    Agents::shared().read("compiled before the clock runs");
    let postgres = std::env::var("KUDOS_BENCH_POSTGRES").ok();
    for (name, url) in [("SQLite", None), ("Postgres", postgres)] {
        if name == "Postgres" && url.is_none() {
            println!("Postgres is left out: set KUDOS_BENCH_POSTGRES to the URL of an empty database");
            continue;
        }
        let dir = tempfile::tempdir_in(std::env::var("CARGO_TARGET_TMPDIR").unwrap_or(".".into())).unwrap();
        let url = url.unwrap_or_else(|| format!("sqlite:{}", dir.path().join("kudos.db").display()));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        println!("{name}, {hits} hits over {links} links, {per_mille} in a thousand of them conversions");
        runtime.block_on(measure(&url, dir.path(), Hits::new(links, per_mille), hits));
    }
}

async fn measure(url: &str, dir: &Path, mut source: Hits, hits: u64) {
    let store = Store::open(&url.parse().unwrap(), Pool::default()).await.unwrap();
    store.migrate().await.unwrap();
    months::tick(&store, Time::from_millis(START_MS), None).await.unwrap();
    let (drain, bytes) = fill(&dir.join("journal"), &mut source, hits).await;
    let (began, cpu, theirs) = (Instant::now(), cpu_seconds(), postgres_cpu_seconds());
    pump(drain, &store).await;
    let (wall, cpu) = (began.elapsed().as_secs_f64(), cpu_seconds() - cpu);
    println!(
        "  {} bytes a hit: {:.0} hits/s, {:.1} us of CPU each, so {:.0} hits/s on an idle core",
        bytes / hits,
        hits as f64 / wall,
        cpu * 1e6 / hits as f64,
        hits as f64 / cpu
    );
    let theirs = postgres_cpu_seconds() - theirs;
    if theirs > 0.0 {
        let rate = hits as f64 / theirs;
        println!(
            "  Postgres: {:.1} us of CPU each, so {rate:.0} hits/s on an idle core of its own",
            theirs * 1e6 / hits as f64
        );
    }

    let (began, mut done) = (Instant::now(), 0);
    loop {
        match attribute::tick(&store, Time::from_millis(START_MS * 2), attribute::TICK_LIMIT).await.unwrap() {
            0 => break,
            some => done += some,
        }
    }
    println!("  {done} conversions attributed, {:.0} us each", began.elapsed().as_secs_f64() * 1e6 / done.max(1) as f64);
    store.close().await;
}

/// Fills a journal, closes it, and hands over its drain.
async fn fill(dir: &Path, source: &mut Hits, hits: u64) -> (Drain, u64) {
    let (journal, drain) = open(Arc::new(RealDisk), dir, Options::default()).unwrap();
    let (lane, driver) = journal.lane();
    let driver = tokio::spawn(driver);
    let (mut left, mut bytes) = (hits, 0);
    while left > 0 {
        let payloads: Vec<_> = (0..left.min(4_096)).map(|_| source.next()).collect();
        left -= payloads.len() as u64;
        bytes += payloads.iter().map(|payload| payload.len() as u64).sum::<u64>();
        let appended = futures_util::future::join_all(payloads.iter().map(|payload| lane.append(payload))).await;
        assert!(appended.iter().all(Result::is_ok));
    }
    journal.close().await;
    driver.abort();
    (drain, bytes)
}

async fn pump(drain: Drain, store: &Store) {
    let (_stop, stopping) = watch::channel(false);
    let pump = Pump {
        store: store.clone(),
        agent: |user_agent| Agents::shared().read(user_agent),
        clock: Clock::System,
        progress: Default::default(),
        wake_jobs: Default::default(),
        recorded: Box::new(|_| {}),
        stopping,
    };
    run(drain, pump).await;
}

/// User and system time of this process.
fn cpu_seconds() -> f64 {
    ticks(&std::fs::read_to_string("/proc/self/stat").unwrap())
}

/// User and system time of every Postgres on this machine; let there be one, and idle but for this.
fn postgres_cpu_seconds() -> f64 {
    let processes = std::fs::read_dir("/proc").into_iter().flatten();
    let stats = processes.filter_map(|entry| std::fs::read_to_string(entry.ok()?.path().join("stat")).ok());
    stats.filter(|stat| stat.contains("(postgres)")).map(|stat| ticks(&stat)).sum()
}

fn ticks(stat: &str) -> f64 {
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    fields[11..13].iter().map(|ticks| ticks.parse::<f64>().unwrap() / 100.0).sum()
}

/// A stream of payloads, the same in every run but for the ids.
struct Hits {
    seed: u64,
    links: u64,
    per_mille: u64,
    browsers: Vec<VisitorId>,
    made: u64,
}

impl Hits {
    fn new(links: u64, per_mille: u64) -> Self {
        Hits { seed: 88_172_645_463_325_252, links, per_mille, browsers: Vec::new(), made: 0 }
    }

    fn random(&mut self, below: u64) -> u64 {
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 7;
        self.seed ^= self.seed << 17;
        self.seed % below
    }

    fn next(&mut self) -> Vec<u8> {
        let at = Time::from_millis(START_MS + (self.made / 50) as i64);
        self.made += 1;
        let browser = if self.random(10) == 0 && !self.browsers.is_empty() {
            let place = self.random(self.browsers.len() as u64) as usize;
            self.browsers[place]
        } else {
            let new = VisitorId::mint(at);
            self.browsers.push(new);
            new
        };
        let link = uuid::Uuid::from_u128(u128::from(self.random(self.links)));
        let body = if self.random(1_000) < self.per_mille {
            let (order, customer) = (self.made, self.random(1_000_000));
            let query = format!("order_id={order}&amount=49.90&currency=EUR&customer_id=c{customer}");
            Body::Params { source: Source::Pixel, query: query.into() }
        } else {
            let query = "sub1=newsletter&utm_source=sam".into();
            Body::Click(Followed { link: LinkId::from(link), partner: PartnerId::from(link), campaign: None, query })
        };
        let (major, minor) = (100 + self.random(40), self.random(25));
        let user_agent = format!(
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{major}.0.{minor}.0 Safari/537.36"
        );
        let hit = Hit {
            id: id::mint(at),
            at,
            visitor: Some(browser),
            client: Some([7; 16]),
            country: Some(COUNTRIES[self.random(10) as usize].into()),
            user_agent: user_agent.into(),
            referrer: Some("https://blog.example.com/articles/how-to-choose".into()),
            mark: None,
            body,
        };
        hit.encode().unwrap()
    }
}
