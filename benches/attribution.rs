//! How fast credit is assigned, and assigned anew: `cargo bench --bench attribution [-- CONVERSIONS REATTRIBUTED]`.
//!
//! Into an empty SQLite file, and where `KUDOS_BENCH_POSTGRES` names an empty database (`postgres://..`) into that, go
//! conversions with journeys of 1, 5 and 50 clicks, each by a browser of its own, and one in two known as a customer. What is timed is the
//! job that assigns their credit, under the policies that Kudos ships with, in the batches it does. Then as many conversions
//! with three clicks as are to be re-attributed, and a process of its own that attributes all of them anew under another policy,
//! which changes the credits of every one: its time, and the most memory it had after a tenth of them and at the end. What
//! Postgres itself needs is not counted. On one core: `taskset -c 1 cargo bench --bench attribution`.

#![allow(clippy::unwrap_used, reason = "a benchmark that cannot go on has failed")]

use std::collections::BTreeMap;
use std::process::Command;
use std::time::Instant;

use kudos::config::Pool;
use kudos::domain::audit::{Actor, By};
use kudos::domain::conversion::{Report, Source};
use kudos::domain::id::{ConversionId, LinkId, PartnerId, TouchpointId, VisitorId};
use kudos::domain::interpret::{Followup, Meaning, Reported};
use kudos::domain::partner::{Partner, Status};
use kudos::domain::policy::{Model, Rules};
use kudos::domain::time::Time;
use kudos::domain::touchpoint::{CLICK, Device, Team, Touchpoint};
use kudos::domain::verdict::Verdict;
use kudos::jobs::{attribute, months, reattribute};
use kudos::store::{Cursor, Period, Store};
use uuid::Uuid;

#[cfg(feature = "jemalloc")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Some day in 2025, in milliseconds.
const START_MS: i64 = 1_760_000_000_000;
/// Long after everything that happens here.
const END: Time = Time::from_millis(START_MS * 2);
const PARTNERS: u128 = 100;
/// The policy under which everything is attributed anew; it applies to nothing by itself.
const OTHER: &str = "other";

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    if let Ok(url) = std::env::var("KUDOS_BENCH_REATTRIBUTE") {
        return runtime.block_on(attribute_anew(&url));
    }
    let numbers: Vec<u64> = std::env::args().skip(1).filter_map(|arg| arg.parse().ok()).collect();
    let number = |place: usize, default| numbers.get(place).copied().unwrap_or(default);
    let (conversions, anew) = (number(0, 20_000), number(1, 100_000));
    let postgres = std::env::var("KUDOS_BENCH_POSTGRES").ok();
    for (name, url) in [("SQLite", None), ("Postgres", postgres)] {
        if name == "Postgres" && url.is_none() {
            println!("Postgres is left out: set KUDOS_BENCH_POSTGRES to the URL of an empty database");
            continue;
        }
        let dir = tempfile::tempdir_in(std::env::var("CARGO_TARGET_TMPDIR").unwrap_or(".".into())).unwrap();
        let url = url.unwrap_or_else(|| format!("sqlite:{}", dir.path().join("kudos.db").display()));
        println!("{name}");
        runtime.block_on(measure(&url, conversions, anew));
        let child = Command::new(std::env::current_exe().unwrap()).env("KUDOS_BENCH_REATTRIBUTE", &url).status();
        assert!(child.unwrap().success());
    }
}

async fn measure(url: &str, conversions: u64, anew: u64) {
    let store = Store::open(&url.parse().unwrap(), Pool::default()).await.unwrap();
    store.migrate().await.unwrap();
    months::tick(&store, Time::from_millis(START_MS), None).await.unwrap();
    found(&store).await;
    let mut made = 0;
    for touches in [1, 5, 50] {
        fill(&store, conversions, touches, &mut made).await;
        let (count, seconds) = assign(&store).await;
        let rate = count as f64 / seconds;
        println!(
            "  {touches:>2} touchpoints each: {count} conversions, {rate:.0}/s, {:.0} touchpoints/s",
            rate * f64::from(touches)
        );
    }
    fill(&store, anew, 3, &mut made).await;
    assign(&store).await;
    store.close().await;
}

/// Partners, and a policy that is only followed when it is chosen.
async fn found(store: &Store) {
    let by = By { actor: Actor::System, at: Time::from_millis(START_MS) };
    let mut tx = store.write().await.unwrap();
    for number in 0..PARTNERS {
        let partner = Partner {
            id: PartnerId::from(Uuid::from_u128(number + 1)),
            name: format!("Partner {number}"),
            email: None,
            aliases: Vec::new(),
            group_id: None,
            external_id: Some(format!("ext-{number}")),
            status: Status::Active,
            created_at: by.at,
        };
        tx.add_partner(by, &partner).await.unwrap();
    }
    tx.add_policy(by, OTHER, END, Rules { model: Model::Last, ..Rules::default() }).await.unwrap();
    tx.commit().await.unwrap();
}

/// Records conversions after so many clicks each, one a millisecond.
async fn fill(store: &Store, conversions: u64, touches: u32, made: &mut u64) {
    let mut batch = Vec::new();
    for number in 0..conversions {
        *made += 1;
        let at = Time::from_millis(START_MS + *made as i64);
        let visitor = VisitorId::mint(at);
        batch.extend((0..touches).map(|touch| click(at, visitor, u128::from(*made + u64::from(touch) * 7) % PARTNERS)));
        batch.push(sale(at, visitor, *made));
        if batch.len() > 4_000 || number + 1 == conversions {
            store.record(&batch, at).await.unwrap();
            batch.clear();
        }
    }
}

fn click(at: Time, visitor: VisitorId, partner: u128) -> Meaning {
    let touchpoint = Touchpoint {
        id: TouchpointId::mint(at),
        kind: CLICK.to_owned(),
        team: Team::Partner,
        occurred_at: at,
        verdict: Verdict::Valid,
        partner_id: Some(PartnerId::from(Uuid::from_u128(partner + 1))),
        // Of a link of its own, so that none is a duplicate.
        link_id: Some(LinkId::mint(at)),
        code_id: None,
        campaign_id: None,
        visitor_id: Some(visitor),
        customer_id: None,
        deal_id: None,
        country: None,
        device: Device::default(),
        referrer: None,
        params: BTreeMap::new(),
        note: None,
    };
    Meaning::Touchpoint(Box::new(Followup { touchpoint, client: None }))
}

fn sale(at: Time, visitor: VisitorId, number: u64) -> Meaning {
    let (order, customer) = (number.to_string(), format!("c{number}"));
    let mut params = vec![("order_id", order.as_str()), ("amount", "49.90"), ("currency", "EUR")];
    if number.is_multiple_of(2) {
        params.push(("customer_id", &customer));
    }
    Meaning::Conversion(Box::new(Reported {
        id: ConversionId::mint(at),
        source: Source::Pixel,
        recorded_at: at,
        visitor: Some(visitor),
        report: Report::from_params(&params).unwrap(),
        email: None,
        heard_from: None,
        idempotency: None,
    }))
}

/// Assigns credit until nothing is due: to how many, in how many seconds.
async fn assign(store: &Store) -> (usize, f64) {
    let (began, mut count) = (Instant::now(), 0);
    loop {
        match attribute::tick(store, END, attribute::TICK_LIMIT).await.unwrap() {
            0 => return (count, began.elapsed().as_secs_f64()),
            some => count += some,
        }
    }
}

/// In a process of its own: everything anew, without the pauses in which `kudos reattribute` leaves the writer to others.
async fn attribute_anew(url: &str) {
    let store = Store::open(&url.parse().unwrap(), Pool::default()).await.unwrap();
    let book = store.read().await.unwrap().rule_book().await.unwrap();
    let version = book.named(OTHER, None).unwrap();
    let period = Period { from: Time::EPOCH, to: END };
    let (total, _) = store.read().await.unwrap().count_conversions(period, i64::MAX - 1).await.unwrap();
    let (began, mut done, mut changed, mut early) = (Instant::now(), 0, 0, 0);
    let mut after = Some(Cursor::before(period.from));
    while let Some(from) = after {
        let batch = reattribute::batch(&store, Some(version), period, from, END).await.unwrap();
        done += batch.conversions;
        changed += batch.changed;
        after = batch.next;
        if early == 0 && done * 10 >= total {
            early = peak_kib();
        }
    }
    let seconds = began.elapsed().as_secs_f64();
    println!(
        "  anew: {done} conversions, the credits of {changed} changed, {seconds:.1} s, {:.0}/s; at most {} MB after a tenth, {} MB at the end",
        done as f64 / seconds,
        early / 1_000,
        peak_kib() / 1_000
    );
    store.close().await;
}

/// The most memory this process had so far.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}
