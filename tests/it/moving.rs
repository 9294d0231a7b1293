//! `kudos move`: a program in another database, and back, is the same program; half of one is none.

#[path = "moving/dump.rs"]
mod dump;

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use kudos::cli::node::Parts;
use kudos::clock::Clock;
use kudos::jobs::standings;
use kudos::journal::{Options, RealDisk};
use serde_json::{Value, json};
use sqlx::Connection;
use tempfile::TempDir;

use self::dump::dump;
use super::STORE;
use super::program::{buyers, key, link_with};
use super::server::{Server, check, config, eventually, text};
use crate::database::{Hand, Kind, by_hand, check as broken, open};
use crate::postgres::{blocking, cluster};
use crate::settings::run;

/// The other of the two.
const OTHER: Kind = match STORE {
    Kind::Sqlite => Kind::Postgres,
    Kind::Postgres => Kind::Sqlite,
};

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Moves from one into the other, beside the journal in `dir`; what it said, when it ended with that code.
fn moved(dir: &TempDir, from: &str, to: &str, code: i32) -> String {
    let output = run(dir, &["move", "--from", from, "--to", to, "--data-dir", "."], &[]);
    assert_eq!(output.status.code(), Some(code), "{from} -> {to}: {}", said(&output));
    said(&output)
}

/// A program with something in every table; its data directory, a slug and a key of it.
fn program() -> (TempDir, String, String) {
    let server = Server::start();
    let group = server.ok("POST", "/groups", json!({ "name": "Gold" }))["id"].clone();
    let ada = &text(&server.ok("POST", "/partners", json!({ "name": "Ada \"O'Neil\" \u{1f600}", "group": group })), "id");
    let ben = server.partner("Ben");
    let campaign = server.ok("POST", "/campaigns", json!({ "name": "Spring" }))["id"].clone();
    let link = link_with(&server, ada, json!({ "campaign_id": campaign, "slug": "spring" }));
    let plain = link_with(&server, &ben, json!({ "append_click_id": false }));
    server.ok("POST", "/codes", json!({ "partner_id": ben, "code": "BEN20" }));
    server.ok("POST", "/policies", json!({ "name": "new", "model": "last" }));
    server.get(&format!("/{}", text(&plain, "slug")));
    let slug = text(&link, "slug");
    for order in 0..5 {
        let click = server.get(&format!("/{slug}")).click_id();
        let sale = json!({
            "event": "sale", "order_id": format!("{order}"), "amount": 4_990 + order, "currency": (if order == 1 { "JPY" } else { "EUR" }),
            "click_id": click, "code": "ben20", "customer_id": format!("c{order}"),
        });
        server.ok("POST", "/conversions", sale.clone());
        server.attributed(&order.to_string());
        server.ok("POST", "/conversions", sale);
    }
    let sale = server.attributed("1");
    let refunds = format!("/conversions/{}/refunds", text(&sale, "id"));
    let refund = server.api_with("POST", &refunds, &[("idempotency-key", "once")], json!({ "amount": 90, "reason": "broken" }));
    assert_eq!(refund.status, 201);
    server.ok("POST", "/touchpoints", json!({ "partner_id": ada, "kind": "intro", "customer_id": "c1" }));
    buyers(&server, ada, &sale);
    server.get("/pixel.gif?amount=none");
    // A click that never came.
    let missing = kudos::domain::id::TouchpointId::from(uuid::Uuid::now_v7());
    server.get(&format!("/pixel.gif?order_id=late&amount=1&currency=EUR&click_id={missing}"));
    server.attributed("late");
    let deal = json!({ "partner_id": ada, "account": "Acme", "domain": "acme.example", "amount": 5, "currency": "EUR" });
    let deal = server.ok("POST", "/deal-registrations", deal);
    server.ok("POST", &format!("/deal-registrations/{}/approve", text(&deal, "id")), json!({}));
    let secret = key(&server, "read");
    let admin = super::pages::Person::first_admin(&server);
    admin.post(&format!("/admin/partners/{ada}/notes"), &[("body", "Call on Monday.")]);
    admin.post("/account/views", &[("name", "Links"), ("target", "/admin/links?links.sort=slug")]);
    server.ok("POST", "/policy-drafts", json!({ "name": "standard", "rules": { "model": "first" } }));
    let dir = server.stop();
    let url = STORE.url(dir.path());
    sql(&url, "insert into import_mappings (name, rules, created_at) values ('house', '{}', 0)");
    sql(&url, "insert into external_touchpoints (external_id, touchpoint_id) select 'a1', id from touchpoints limit 1");
    sql(&url, "insert into closed_days (day) values (0)");
    sql(&url, "insert into late_days (id, day) select id, 0 from touchpoints");
    for (table, columns) in
        [("touch_days", "clicks, clicks_all, views"), ("money_days", "conversions, revenue, credited, currency")]
    {
        let values = if table == "touch_days" { "1, 1, 0" } else { "1, 90, 90, 'EUR'" };
        let row =
            format!("(grouped_by, partner_id, days, day, part_id, part, {columns}) select 'link', id, 1, 0, id, '', {values}");
        sql(&url, &format!("insert into {table} {row} from partners"));
    }
    keep_standings(&url);
    let job = "'attribute', id, 4000000000000, 2, 'none' from conversions where order_id = 'late'";
    sql(&url, &format!("insert into jobs (kind, subject, due_at, attempts, last_error) select {job}"));
    (dir, slug, secret)
}

fn keep_standings(url: &str) {
    let url = url.to_owned();
    blocking(async move || {
        let store = open(&url).await;
        while standings::tick(&store, Clock::System.now()).await.unwrap() {}
        store.close().await;
    });
}

/// A third database, of the first kind.
fn third(dir: &TempDir) -> String {
    match STORE {
        Kind::Sqlite => format!("sqlite:{}", dir.path().join("third.db").display()),
        Kind::Postgres => cluster().url(&cluster().make("template1")),
    }
}

#[test]
fn a_program_that_is_moved_there_and_back_is_the_same() {
    let (dir, slug, secret) = program();
    let (here, there, back) = (STORE.url(dir.path()), OTHER.empty(dir.path()), third(&dir));
    let before = dump(&here);
    for table in kudos::store::tables() {
        assert!(!before.contains(&format!("{}: 0 rows", table.name)), "nothing in {} is moved", table.name);
    }
    let told = moved(&dir, &here, &there, 0);
    assert!(told.contains("every invariant holds") && told.contains("amount EUR 1"), "{told}");
    assert_eq!(dump(&there), before);
    assert_eq!(dump(&here), before, "the source stays as it was");

    // In this process, so that its statements are seen.
    let words =
        ["kudos", "move", "--from", &there, "--to", &back, "--data-dir", &dir.path().display().to_string()].map(Into::into);
    std::thread::spawn(move || assert!(kudos::cli::run(words).is_ok())).join().unwrap();
    assert_eq!(dump(&back), before);
    assert!(broken(&back).is_empty());

    let server = Server::in_dir(dir, &[("database", &there)], Parts::default());
    assert_eq!(server.get(&format!("/{slug}")).status, 302);
    let bearer = format!("Bearer {secret}");
    assert_eq!(server.api_with("GET", "/partners", &[("authorization", &bearer)], Value::Null).status, 200);
    server.get("/pixel.gif?order_id=new&amount=1&currency=EUR&code=ben20");
    server.attributed("new");
}

#[test]
fn every_table_and_column_is_copied() {
    let dir = TempDir::new().unwrap();
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let url = kind.url(dir.path());
        blocking(async move || {
            let store = open(&url).await;
            store.migrate().await.unwrap();
            store.close().await;
            let hand = Hand::to(&url).await;
            let mut copied: Vec<_> = kudos::store::tables().iter().map(|table| table.name.to_owned()).collect();
            copied.push("moves".into());
            copied.sort();
            assert_eq!(hand.tables().await, copied, "what a move copies, and what there is");
            for table in kudos::store::tables() {
                let columns = match hand {
                    Hand::Sqlite(_) => format!("select name from pragma_table_info('{}') order by 1", table.name),
                    Hand::Postgres(_) => format!(
                        "select cast(attname as text) from pg_attribute where attnum > 0 and not attisdropped
                        and attrelid = '{}'::regclass order by 1",
                        table.name
                    ),
                };
                let mut columns = hand.texts(&columns).await;
                let mut copied: Vec<_> = table.columns().map(str::to_owned).collect();
                columns.sort();
                copied.sort();
                assert_eq!(columns, copied, "{}", table.name);
            }
            hand.close().await;
        });
    }
}

/// An empty program with 1,200 rejected hits and one old touchpoint, written by hand.
fn long() -> (TempDir, String) {
    let dir = TempDir::new().unwrap();
    let url = STORE.url(dir.path());
    migrate(&url);
    let rejected: Vec<_> = (1..=1_200).map(|id| format!("(x'{id:032x}', 'pixel', 1, 'q', 'u', '[]')")).collect();
    let touchpoint = "insert into touchpoints (id, kind, team, occurred_at, verdict, params)
        values (x'018df0000000700080000000000000ab', 'intro', 'partner', 1709000000000, 'valid', '{}')";
    by_hand(&url, async move |hand| {
        let into = "insert into rejected (id, source, occurred_at, query, user_agent, reasons) values";
        hand.sql(&format!("{into} {}; {touchpoint}", rejected.join(", "))).await;
    });
    (dir, url)
}

fn migrate(url: &str) {
    let url = url.to_owned();
    blocking(async move || {
        let store = open(&url).await;
        store.migrate().await.unwrap();
        store.close().await;
    });
}

fn sql(url: &str, text: &str) {
    let text = text.to_owned();
    by_hand(url, async move |hand| hand.sql(&text).await);
}

fn number(url: &str, query: &str) -> i64 {
    let query = query.to_owned();
    by_hand(url, async move |hand| hand.number(&query).await)
}

/// What a start on that database says.
fn refused_start(url: &str) -> String {
    let dir = TempDir::new().unwrap();
    let config = config(&dir, &[("database", url)]);
    let started = blocking(async move || kudos::cli::node::Node::start(config, Parts::default()).await.map(drop));
    started.unwrap_err().to_string()
}

#[test]
fn an_interrupted_move_goes_on_and_is_no_program_before_its_end() {
    let (dir, here) = long();
    let there = OTHER.empty(dir.path());
    migrate(&there);
    let [stop, go_on] = match OTHER {
        Kind::Sqlite => [
            "create trigger stop before insert on rejected when new.id = x'00000000000000000000000000000259'
            begin select raise(abort, 'stop'); end",
            "drop trigger stop",
        ],
        Kind::Postgres => [
            "create function stop() returns trigger language plpgsql as $$ begin raise 'stop'; end $$;
            create trigger stop before insert on rejected for each row when (new.id = x'259') execute function stop()",
            "drop trigger stop on rejected; drop function stop",
        ],
    };
    sql(&there, stop);
    let told = moved(&dir, &here, &there, 1);
    assert!(told.contains("rejected could not be written"), "{told}");
    assert_eq!(number(&there, "select count(*) from rejected"), 500);
    assert!(refused_start(&there).contains("only a part of what is being moved"));
    for command in ["check", "migrate"] {
        assert!(said(&run(&dir, &[command, "--database", &there], &[])).contains("only a part of"), "{command}");
    }
    // Neither another program's rows nor those of another state of this one are mixed in.
    let (other, elsewhere) = long();
    assert!(moved(&other, &elsewhere, &there, 1).contains("holds a part of what is being moved from"));
    assert!(moved(&dir, &there, &third(&dir), 1).contains("only a part of"));
    sql(&there, go_on);
    sql(&here, "update marks set value = 7 where name = 'conclude'");
    assert!(moved(&dir, &here, &there, 1).contains("not as it was when this move began"));
    sql(&here, "update marks set value = 0 where name = 'conclude'");
    let told = moved(&dir, &here, &there, 0);
    assert!(told.contains("goes on") && told.contains("kudos: 700 rows copied"), "{told}");
    assert_eq!(dump(&there), dump(&here));
    if OTHER == Kind::Postgres {
        assert_eq!(number(&there, "select count(*) from touchpoints_2024_02"), 1);
    }
}

#[test]
fn what_arrived_differently_is_told_and_not_served() {
    let (dir, here) = long();
    let there = OTHER.empty(dir.path());
    migrate(&there);
    let lossy = match OTHER {
        Kind::Sqlite => {
            "create trigger lossy before insert on rejected when new.id = x'00000000000000000000000000000007'
            begin select raise(ignore); end"
        }
        Kind::Postgres => {
            "create function lossy() returns trigger language plpgsql as $$ begin return null; end $$;
            create trigger lossy before insert on rejected for each row when (new.id = x'7') execute function lossy()"
        }
    };
    sql(&there, lossy);
    let told = moved(&dir, &here, &there, 1);
    assert!(told.contains("differs  rejected") && told.contains("source: 1200 rows; target: 1199 rows"), "{told}");
    assert!(refused_start(&there).contains("only a part"));
}

#[test]
fn a_killed_move_goes_on() {
    if OTHER == Kind::Sqlite {
        return; // a file has no lock that lets it begin and then wait
    }
    let (dir, ..) = program();
    let (here, there) = (STORE.url(dir.path()), OTHER.empty(dir.path()));
    migrate(&there);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut lock = runtime.block_on(sqlx::PgConnection::connect(&there)).unwrap();
    // It may look into the table, but not write.
    runtime.block_on(sqlx::raw_sql("begin; lock table credits in share mode").execute(&mut lock)).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_kudos"));
    command.args(["move", "--from", &here, "--to", &there, "--data-dir", "."]).current_dir(dir.path()).env_clear();
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let copied = "select count(*) from moves where copied > 0 and name = 'conversions'";
    eventually("conversions are copied", || (number(&there, copied) == 1).then_some(()));
    child.kill().unwrap();
    child.wait().unwrap();
    runtime.block_on(lock.close()).unwrap();
    assert!(moved(&dir, &here, &there, 0).contains("goes on"));
    assert_eq!(dump(&there), dump(&here));
}

#[test]
fn what_must_not_be_moved_is_refused() {
    let server = Server::start();
    server.partner("Ada");
    let (here, there) = (server.database(), OTHER.empty(server.dir.path()));
    let elsewhere = TempDir::new().unwrap();
    // By its journal, or by its connections.
    let beside = if STORE == Kind::Sqlite { &server.dir } else { &elsewhere };
    let told = moved(beside, &here, &there, 1);
    assert!(told.contains("stop") && told.contains("SIGTERM"), "{told}");
    let dir = server.stop();

    let again = match STORE {
        Kind::Sqlite => format!("sqlite://{}", dir.path().join("./kudos.db").display()),
        Kind::Postgres => format!("{here}&application_name=x"),
    };
    assert!(moved(&dir, &here, &again, 1).contains("same database"));
    let (full, full_url) = long();
    let told = moved(&dir, &here, &full_url, 1);
    assert!(told.contains("is not empty: it holds touchpoints, rejected"), "{told}");
    assert!(
        moved(&dir, &format!("sqlite:{}", dir.path().join("none.db").display()), &there, 1).contains("there is no database")
    );
    drop(full);

    let foreign = third(&dir);
    sql(&if STORE == Kind::Sqlite { format!("{foreign}?mode=rwc") } else { foreign.clone() }, "create table x (y integer)");
    assert!(moved(&dir, &foreign, &there, 1).contains("no database of Kudos"));
    for (change, word) in [
        ("update _sqlx_migrations set version = 99 where version = 3", "newer Kudos"),
        ("delete from _sqlx_migrations where version = 99", "older Kudos"),
    ] {
        sql(&here, change);
        let told = moved(&dir, &here, &there, 1);
        assert!(told.contains(word), "{told}");
    }
}

/// A hit that was answered for and is still in the journal.
fn leave_a_hit(data_dir: &Path) {
    let journal = data_dir.join("journal");
    blocking(async move || {
        let (journal, _drain) = kudos::journal::open(Arc::new(RealDisk), &journal, Options::default()).unwrap();
        let (lane, driver) = journal.lane();
        let driver = tokio::spawn(driver);
        lane.append(b"a hit").await.unwrap();
        journal.close().await;
        driver.abort();
    });
}

#[test]
fn hits_in_the_journal_are_not_forgotten() {
    let dir = Server::start().stop();
    check(&dir);
    leave_a_hit(dir.path());
    let (here, there) = (STORE.url(dir.path()), OTHER.empty(dir.path()));
    let told = moved(&dir, &here, &there, 1);
    assert!(told.contains("hits that are not in the database yet"), "{told}");
    std::fs::remove_dir_all(dir.path().join("journal")).unwrap();
    moved(&dir, &here, &there, 0);
}

#[test]
fn urls_are_checked_and_passwords_never_shown() {
    let dir = TempDir::new().unwrap();
    let url = "postgres://kudos:s3cret@127.0.0.1:1/kudos";
    for (arguments, env, code, word) in [
        (&["move"][..], &[][..], 2, "--from or --to is needed"),
        (&["move", "--to", "postgres://kudos:s3cret@h/d?sslmod=x"], &[], 2, "--to: \"sslmod\""),
        (&["move", "--from", url, "--to", "sqlite:x.db", "--database-connect-seconds", "1"], &[], 1, "cannot be reached"),
        (&["move", "--to", "sqlite:x.db", "--database-connect-seconds", "1"], &[("KUDOS_DATABASE", url)], 1, "kudos:***@"),
    ] {
        let output = run(&dir, arguments, env);
        let told = said(&output);
        assert!(output.status.code() == Some(code) && told.contains(word) && !told.contains("s3cret"), "{told}");
    }
    let help = said(&run(&dir, &["move", "--help"], &[]));
    assert!(["--from <URL>", "--to <URL>", "--data-dir", "SIGTERM"].iter().all(|word| help.contains(word)), "{help}");
}
