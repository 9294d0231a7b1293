//! Outages: the database hangs, the disk is full, the disk breaks. Visitors notice nothing, websites are told to come
//! back, and what was answered is counted once.

use std::time::{Duration, Instant};

use kudos::cli::node::Parts;
use kudos::clock::Clock;
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection, SqliteConnection};

use super::STORE;
use super::crash::audit::{Verdict, assert_drained, audit};
use super::crash::furnish;
use super::crash::load::{Ledger, Load, Wire};
use super::crash::process::{Home, Kind};
use super::server::{ADMIN, Server, eventually};
use crate::database::{Kind as Database, by_hand, connect};
use crate::sim_disk::SimDisk;

/// The most a redirect may take while the database hangs, on a busy machine.
const REDIRECT_MAX: Duration = Duration::from_secs(8);

/// Holds the one writer of the database, or all that anybody writes into.
pub struct Hang(tokio::runtime::Runtime, Held);

enum Held {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Hang {
    pub fn of(database: &str) -> Hang {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let held = runtime.block_on(async {
            match STORE {
                Database::Sqlite => {
                    let mut connection = SqliteConnection::connect(database).await.unwrap();
                    sqlx::query("begin immediate").execute(&mut connection).await.unwrap();
                    Held::Sqlite(connection)
                }
                Database::Postgres => {
                    let mut connection = PgConnection::connect(database).await.unwrap();
                    let lock = "begin; lock table marks, touchpoints, conversions, rejected in access exclusive mode";
                    sqlx::raw_sql(lock).execute(&mut connection).await.unwrap();
                    Held::Postgres(connection)
                }
            }
        });
        Hang(runtime, held)
    }

    /// The same, and nobody can even read.
    pub fn whole(database: &str) -> Hang {
        match STORE {
            Database::Postgres => Hang::of(database),
            Database::Sqlite => {
                let (runtime, mut connection) = connect(database);
                for statement in ["pragma locking_mode = exclusive", "begin exclusive"] {
                    runtime.block_on(sqlx::query(statement).execute(&mut connection)).unwrap();
                }
                Hang(runtime, Held::Sqlite(connection))
            }
        }
    }

    pub fn release(self) {
        self.0.block_on(async {
            match self.1 {
                Held::Sqlite(mut connection) => {
                    sqlx::query("rollback").execute(&mut connection).await.unwrap();
                    connection.close().await.unwrap();
                }
                Held::Postgres(mut connection) => {
                    sqlx::query("rollback").execute(&mut connection).await.unwrap();
                    connection.close().await.unwrap();
                }
            }
        });
    }
}

/// A link with a query that fills segments.
fn long(slug: &str) -> String {
    format!("/{slug}?sub1={}", "x".repeat(4_000))
}

/// A number on the page for Prometheus.
pub fn metric(page: &str, name: &str) -> u64 {
    let line = page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no {name} in {page}")).parse().unwrap()
}

/// Waits until everything recorded is in the store.
pub fn drained(wire: &mut Wire) {
    eventually("the journal is drained", || {
        let page = wire.send("GET", "/metrics", "", "").unwrap().body;
        (metric(&page, "kudos_journal_undrained_bytes") == 0).then_some(())
    });
}

#[test]
fn while_the_database_hangs_hits_are_recorded_and_later_counted_once() {
    let home = Home::new(Kind::Binary);
    let (slugs, _) = furnish(&home);
    let mut process = home.start();
    let hang = Hang::of(&home.database());
    let load = Load::start(&home.address, &slugs, 4, 2);
    let mut ledger = Ledger::default();
    let (mut wire, mut slowest) = (Wire::new(&home.address), Duration::ZERO);
    let mut click = |ledger: &mut Ledger| {
        let begun = Instant::now();
        let answer = Wire::new(&home.address).send("GET", &long(&slugs[0]), "", "").unwrap();
        slowest = slowest.max(begun.elapsed());
        let (_, id) = answer.header("location").unwrap().split_once("kudos_id=").unwrap();
        ledger.clicks_sent += 1;
        ledger.clicks.insert(id.to_owned());
    };
    // The store waits 10 s for the lock before it says so.
    eventually("intake notices", || {
        click(&mut ledger);
        home.log().contains("the store failed; trying again").then_some(())
    });
    let page = wire.send("GET", "/metrics", "", "").unwrap().body;
    assert!(metric(&page, "kudos_journal_drain_lag_milliseconds") > 0, "{page}");
    hang.release();
    ledger.merge(load.finish());
    drained(&mut wire);

    // Once more, and now the server dies meanwhile.
    let hang = Hang::of(&home.database());
    let load = Load::start(&home.address, &slugs, 5, 2);
    eventually("a segment is left to replay", || {
        click(&mut ledger);
        let page = wire.send("GET", "/metrics", "", "").unwrap().body;
        (metric(&page, "kudos_journal_segments") > 1).then_some(())
    });
    process.kill(false);
    hang.release();
    process = home.start();
    ledger.merge(load.finish());
    process.stop();
    assert_drained(&home);
    assert_eq!(audit(&home, &ledger), Verdict::default());
    assert!(slowest < REDIRECT_MAX, "a redirect took {slowest:?}");
    println!("the database hangs: answered {}, lost 0, double 0, slowest redirect {slowest:?}", ledger.answered());
}

/// A retrying client whose order is known by another way: found out in two batches, so intake cannot see it in one.
#[test]
fn a_repeat_that_is_sent_again_while_the_database_hangs_names_the_conversion() {
    let server = Server::start();
    server.get("/pixel.gif?order_id=A1&amount=10&currency=EUR");
    let conversion = server.attributed("A1");
    let hang = Hang::of(&server.database());
    let key = [("idempotency-key", "once")];
    let order = json!({ "order_id": "A1", "amount": 1000, "currency": "EUR" });
    for _ in 0..2 {
        let answer = server.api_with("POST", "/conversions", &key, order.clone());
        assert_eq!(answer.status, 202, "{}", answer.text());
    }
    hang.release();
    let stored = eventually("both repeats are stored", || {
        let repeats = "select conversion_id from conversion_repeats";
        let found = by_hand(&server.database(), async |hand| hand.ids(repeats).await);
        (found.len() == 2).then_some(found)
    });
    let id: kudos::domain::id::ConversionId = conversion["id"].as_str().unwrap().parse().unwrap();
    assert_eq!(stored, [id.uuid(), id.uuid()]);
}

/// A visitor is sent on, whatever the disk does.
fn long_click(server: &Server, slug: &str) {
    let answer = server.get(&long(slug));
    assert_eq!(answer.status, 302);
}

fn is_ready(server: &Server) -> bool {
    server.get("/readyz").status == 200
}

fn unrecorded(server: &Server) -> u64 {
    metric(&server.get("/metrics").text(), "kudos_hits_unrecorded_total")
}

/// Clicks until the disk is full; how many.
fn fill(server: &Server, slug: &str) -> u64 {
    let mut clicks = 0;
    eventually("the disk is full", || {
        long_click(server, slug);
        clicks += 1;
        (!is_ready(server)).then_some(clicks)
    })
}

fn assert_turned_away(server: &Server, slug: &str) {
    let before = unrecorded(server);
    for _ in 0..10 {
        long_click(server, slug);
    }
    assert_eq!(unrecorded(server), before + 10);
    let postback = server.get(&format!("/postback?token={ADMIN}&order_id=P1&amount=1&currency=EUR"));
    let order = json!({ "order_id": "P2", "amount": 1, "currency": "EUR" });
    let api = server.api("POST", "/conversions", order);
    let pixel = server.get("/pixel.gif?order_id=P3&amount=1&currency=EUR");
    for answer in [postback, api, pixel] {
        assert_eq!(answer.status, 503, "{}", answer.text());
        assert!(answer.header("retry-after").is_some_and(|seconds| seconds.parse::<u32>().is_ok()));
    }
    assert_eq!(server.get("/livez").status, 200);
    assert_eq!(unrecorded(server), before + 13);
}

#[test]
fn a_full_disk_turns_no_visitor_away_and_heals_without_a_restart() {
    let disk = SimDisk::new();
    let server = Server::with(&[], Parts { clock: Clock::System, disk: disk.clone() });
    let slug = server.link(&server.partner("Acme"));

    // The database hangs, so that nothing is drained and no room comes back by itself.
    let hang = Hang::of(&server.database());
    disk.set_room(Some(0));
    let mut clicks = fill(&server, &slug);
    assert_turned_away(&server, &slug);
    disk.set_room(None);
    eventually("there is room again", || is_ready(&server).then_some(()));
    let order = json!({ "order_id": "after", "amount": 1, "currency": "EUR" });
    assert_eq!(server.api("POST", "/conversions", order).status, 202);

    // Again; now what intake deletes makes the room.
    disk.set_room(Some(0));
    clicks += fill(&server, &slug);
    assert_turned_away(&server, &slug);
    hang.release();
    eventually("intake has made room", || is_ready(&server).then_some(()));
    long_click(&server, &slug);
    server.attributed("after");

    let lost = unrecorded(&server) - 2 * 3;
    let expected = clicks + 2 * 10 + 1 - lost;
    eventually("every recorded click is counted", || {
        let report = server.ok("GET", "/reports/performance", Value::Null);
        (report["data"][0]["clicks_all"] == expected).then_some(())
    });
    println!("a full disk: {clicks} clicks, {lost} unrecorded, {expected} counted");
}

#[test]
fn a_broken_disk_ends_the_process_and_a_restart_recovers() {
    let home = Home::new(Kind::Lossy);
    let (slugs, _) = furnish(&home);
    let mut process = home.start();
    // Nothing may reach the database before the end: all must come from the journal.
    let hang = Hang::of(&home.database());
    let load = Load::start(&home.address, &slugs, 6, 2);
    let mut wire = Wire::new(&home.address);
    let mut number = 0;
    let mut ledger = Ledger::default();
    let mut pixel = |ledger: &mut Ledger| {
        number += 1;
        let order = format!("broken-{number}");
        ledger.reports_sent += 1;
        ledger.orders_sent.insert(order.clone());
        let answer = wire.send("GET", &format!("/pixel.gif?order_id={order}&amount=1&currency=EUR"), "", "");
        let recorded = answer.is_ok_and(|answer| answer.status == 200);
        recorded.then(|| ledger.orders.insert(order)).is_some()
    };
    eventually("some hits are answered", || {
        assert!(pixel(&mut ledger));
        (ledger.orders.len() == 200).then_some(())
    });
    ledger.merge(load.finish());
    process.fail_syncs();
    eventually("the disk breaks", || (!pixel(&mut ledger)).then_some(()));
    let status = process.ended();
    assert_eq!(status.code(), Some(1));
    assert!(home.log().contains("kudos: the journal's disk failed: cannot sync a segment"), "{}", home.log());
    hang.release();
    home.start().stop();
    assert_drained(&home);
    assert_eq!(audit(&home, &ledger), Verdict::default());
    println!("a broken disk: answered {}, lost 0, double 0", ledger.answered());
}
