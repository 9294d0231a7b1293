//! A node that is started while its database is down serves what it last knew, records, and catches up; a snapshot that is not
//! whole, or not ours, is as none; and a salt does not outlive its day in it.

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use kudos::cli::node::Parts;
use kudos::clock::Clock;
use kudos::domain::id::{KeyId, LinkId, PartnerId};
use kudos::domain::key::Scope;
use kudos::domain::target::{Target, TargetParts};
use kudos::domain::time::{HOUR_MS, Time};
use kudos::intake::directory::Directory;
use kudos::intake::links::Known;
use kudos::intake::snapshot::{self, Head};
use kudos::jobs::retention;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::STORE;
use super::crash::furnish;
use super::crash::load::Wire;
use super::crash::process::{Home, Kind};
use super::outage::Hang;
use super::program::{column, files_with, totals};
use super::server::{ADMIN, Answer, Server, check, eventually, text};
use crate::database::{Kind as Database, by_hand, open};
use crate::postgres::{cluster, name_in};

/// The database of a data directory, put where no server finds it.
struct Away {
    database: String,
    aside: String,
}

impl Away {
    fn of(dir: &Path) -> Away {
        let database = STORE.url(dir);
        let aside = match STORE {
            Database::Sqlite => database.clone() + ".aside",
            Database::Postgres => database.replacen('?', "_aside?", 1),
        };
        let away = Away { database, aside };
        match STORE {
            Database::Sqlite => {
                std::fs::rename(file(&away.database), file(&away.aside)).unwrap();
                std::fs::create_dir(file(&away.database)).unwrap();
            }
            Database::Postgres => cluster().rename(name_in(&away.database), name_in(&away.aside)),
        }
        away
    }

    /// Runs a statement on it, as another node might meanwhile.
    fn change(&self, statement: &'static str) {
        by_hand(&self.aside, async move |hand| hand.sql(statement).await);
    }

    /// Has another one come back in its place.
    fn exchange(&self, other: &Path) {
        let other = STORE.url(other);
        match STORE {
            Database::Sqlite => drop(std::fs::copy(file(&other), file(&self.aside)).unwrap()),
            Database::Postgres => {
                let aside = name_in(&self.aside);
                cluster().administer(&format!("drop database {aside}"));
                cluster().administer(&format!("create database {aside} template {}", name_in(&other)));
            }
        }
    }

    fn back(self) {
        match STORE {
            Database::Sqlite => {
                std::fs::remove_dir(file(&self.database)).unwrap();
                std::fs::rename(file(&self.aside), file(&self.database)).unwrap();
            }
            Database::Postgres => cluster().rename(name_in(&self.aside), name_in(&self.database)),
        }
    }
}

fn file(url: &str) -> &Path {
    Path::new(url.strip_prefix("sqlite:").unwrap())
}

fn assert_unavailable(answer: &Answer) {
    assert_eq!((answer.status, answer.json()["code"].as_str()), (503, Some("unavailable")), "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    assert!(answer.header("retry-after").is_some());
}

#[test]
fn a_node_started_without_its_database_serves_records_and_catches_up() {
    let server = Server::start();
    let partner = server.partner("Acme");
    let (kept, changed) = (server.link(&partner), server.link(&partner));
    let dir = server.stop();
    let mode = std::fs::metadata(dir.path().join(snapshot::NAME)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    let away = Away::of(dir.path());
    let server = Server::in_dir(dir, &[], Parts::default());
    for slug in [&kept, &changed, &kept] {
        assert_eq!(server.get(&format!("/{slug}")).status, 302);
    }
    assert_unavailable(&server.get("/never-heard-of"));
    assert_eq!(server.get("/view.gif?link=never-heard-of").status, 503);
    assert_unavailable(&server.api("GET", "/partners", Value::Null));
    assert_unavailable(&server.api("POST", "/partners", json!({ "name": "Other" })));
    assert_unavailable(&server.api_with("GET", "/partners", &[("authorization", "Bearer kudos_new")], Value::Null));
    let order = json!({ "order_id": "A1", "amount": 100, "currency": "EUR", "email": "Sam@Away.example" });
    assert_eq!(server.api_with("POST", "/conversions", &[("idempotency-key", "k")], order).status, 202);
    assert_eq!(
        server.get(&format!("/postback?token={ADMIN}&order_id=A2&amount=1&currency=EUR&email=sam@away.example")).status,
        202
    );
    for address in ["Sam@Away", "sam@away", "sam%40away"] {
        assert_eq!(files_with(server.dir.path(), address.as_bytes()), Vec::<String>::new(), "the snapshot has the secret");
    }
    let ready = server.get("/readyz");
    assert_eq!(ready.status, 200, "hits can be recorded");
    let expected = json!({ "status": "ready", "database": "does not answer", "links": "of a snapshot" });
    assert_eq!(ready.json(), expected);

    // The link that was made last, by another node.
    away.change("update links set status = 'disabled' where id = (select id from links order by id desc limit 1)");
    away.change(
        "insert into changes (version, entity, subject, at)
            select (select max(version) + 1 from changes), 'link', id, 0 from links order by id desc limit 1",
    );
    away.back();
    eventually("the API answers", || (server.api("GET", "/partners", Value::Null).status == 200).then_some(()));
    eventually("the change is known", || (server.get(&format!("/{changed}")).status == 410).then_some(()));
    server.ok("POST", "/conversions", json!({ "order_id": "A3", "amount": 1, "currency": "EUR", "email": "sam@away.example" }));
    let buyers = ["A1", "A2", "A3"].map(|order| text(&server.attributed(order), "customer_id"));
    assert!(buyers[0].starts_with("email:") && buyers.iter().all(|buyer| *buyer == buyers[0]), "{buyers:?}");
    eventually("every click is counted once", || (totals(&server)["clicks_all"] == 3).then_some(()));
    eventually("a miss is certain again", || (server.get("/never-heard-of").status == 404).then_some(()));
    let ready = server.get("/readyz").json();
    assert_eq!((text(&ready, "database"), text(&ready, "links")), ("answers".into(), "all in memory".into()));
    assert_eq!(column(&server.dir, "select cast(count(*) as text) from touchpoints"), [Some("3".to_owned())]);
}

/// A database that another process has to itself is as one that is down.
#[test]
fn a_database_that_is_locked_at_the_start_is_waited_for() {
    let server = Server::start();
    let slug = server.link(&server.partner("Acme"));
    let dir = server.stop();
    let hang = Hang::whole(&STORE.url(dir.path()));
    let server = Server::in_dir(dir, &[], Parts::default());
    assert_eq!(server.get(&format!("/{slug}")).status, 302);
    assert_unavailable(&server.api("GET", "/partners", Value::Null));
    hang.release();
    eventually("the click is counted", || {
        (server.api("GET", "/partners", Value::Null).status == 200 && totals(&server)["clicks_all"] == 1).then_some(())
    });
}

#[test]
fn a_node_that_is_stopped_without_its_database_keeps_what_it_recorded() {
    let home = Home::new(Kind::Binary);
    let (slugs, _) = furnish(&home);
    let away = Away::of(home.dir.path());
    let process = home.start();
    let mut wire = Wire::new(&home.address);
    for _ in 0..10 {
        assert_eq!(wire.send("GET", &format!("/{}", slugs[0]), "", "").unwrap().status, 302);
    }
    process.stop();
    assert!(home.log().contains("starting from the snapshot"), "{}", home.log());
    away.back();
    let process = home.start();
    super::outage::drained(&mut Wire::new(&home.address));
    process.stop();
    assert_eq!(column(&home.dir, "select cast(sum(clicks_all) as text) from rollups"), [Some("10".to_owned())]);
    check(&home.dir);
}

#[test]
fn without_a_snapshot_or_with_a_newer_schema_a_start_fails_and_says_why() {
    let dir = TempDir::new().unwrap();
    let (url, complaint) = match STORE {
        Database::Sqlite => (format!("sqlite:{}", dir.path().display()), "cannot be opened"),
        Database::Postgres => ("postgres:///nobody?host=/nowhere".to_owned(), "cannot be reached"),
    };
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--database-connect-seconds", "1", "--database", &url];
    let refused = crate::settings::run(&dir, &arguments, &[]);
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(1), "{told}");
    assert!(told.contains(complaint) && told.contains("because: "), "{told}");

    let server = Server::start();
    let dir = server.stop();
    let newer = "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
        select 999, 'of the future', true, checksum, 0 from _sqlx_migrations limit 1";
    let url = STORE.url(dir.path());
    by_hand(&url, async move |hand| hand.sql(newer).await);
    let data_dir = dir.path().display().to_string();
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--data-dir", &data_dir, "--database", &url];
    let refused = crate::settings::run(&dir, &arguments, &[]);
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(1), "{told}");
    assert!(told.contains("could not be brought up to date"), "{told}");
}

#[test]
fn after_another_database_came_back_only_its_links_answer() {
    let link = |slug: &str| {
        let server = Server::start();
        let partner = server.partner("Acme");
        server.ok("POST", "/links", json!({ "partner_id": partner, "slug": slug, "destination": "https://shop.example/" }));
        server.stop()
    };
    let (dir, other) = (link("mine"), link("other"));
    let away = Away::of(dir.path());
    let server = Server::in_dir(dir, &[], Parts::default());
    // HEAD, which is not counted: what was recorded for a link that is no more would dangle.
    let head = |slug: &str| server.send("HEAD", slug, &[], b"").status;
    assert_eq!(head("/mine"), 302);
    away.exchange(other.path());
    away.back();
    eventually("the other link answers", || (head("/other") == 302).then_some(()));
    eventually("the old link does not", || (head("/mine") == 404).then_some(()));
}

fn sample() -> (Head, Vec<Target>) {
    let keys = vec![([7; 32], KeyId::mint(Time::EPOCH), Scope::Track)];
    let head = Head { change: None, salted_at: Time::from_millis(5), keys, email_secret: Some([3; 32]) };
    let target = |number: usize| {
        Target::from(TargetParts {
            id: LinkId::mint(Time::EPOCH),
            partner: PartnerId::mint(Time::EPOCH),
            campaign: None,
            slug_key: &format!("slug-{number}"),
            destination: "https://shop.example/landing",
            defaults: "utm_source=news",
            fallback: number.is_multiple_of(2).then_some("https://shop.example/over"),
            expires_at: Some(Time::from_millis(9)),
            active: true,
            append_click_id: false,
        })
    };
    (head, (0..1_200).map(target).collect())
}

type Read = (Head, [u8; 32], Vec<Target>);

fn read(dir: &Path) -> io::Result<Option<Read>> {
    let mut targets = Vec::new();
    let read = snapshot::read(dir, |target| targets.push(target))?;
    Ok(read.map(|(head, salt)| (head, salt, targets)))
}

#[test]
fn a_snapshot_reads_as_it_was_written_and_only_whole() {
    let dir = TempDir::new().unwrap();
    assert!(read(dir.path()).unwrap().is_none());
    let (head, targets) = sample();
    for _ in 0..2 {
        snapshot::write(dir.path(), &head, [9; 32], |visit| targets.iter().try_for_each(visit)).unwrap();
        assert_eq!(read(dir.path()).unwrap(), Some((head.clone(), [9; 32], targets.clone())));
    }
    let file = dir.path().join(snapshot::NAME);
    let whole = std::fs::read(&file).unwrap();
    let spoiled = (0..whole.len()).step_by(997).chain([whole.len() - 1]);
    for at in spoiled {
        std::fs::write(&file, &whole[..at]).unwrap();
        assert!(read(dir.path()).is_err(), "cut at {at}");
        // The salt stands before the first frame; that it is another does no harm.
        if !(8..40).contains(&at) {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x40;
            std::fs::write(&file, &bytes).unwrap();
            assert!(read(dir.path()).is_err(), "flipped at {at}");
        }
    }
    let directory = Directory::new(Clock::System, 10);
    assert!(!directory.restore(dir.path()).unwrap() && directory.links().is_empty(), "ignored");
    snapshot::remove(dir.path()).unwrap();
    snapshot::remove(dir.path()).unwrap();
    assert!(read(dir.path()).unwrap().is_none());
    // A failure leaves what was there.
    snapshot::write(dir.path(), &head, [9; 32], |visit| targets.iter().try_for_each(visit)).unwrap();
    let failed = snapshot::write(dir.path(), &head, [8; 32], |_| Err(io::Error::other("on purpose")));
    assert!(failed.is_err() && read(dir.path()).unwrap().is_some_and(|(_, salt, _)| salt == [9; 32]));
    assert!(files_with(dir.path(), &[8; 32]).is_empty());
}

#[tokio::test]
async fn a_salt_does_not_outlive_its_day_in_the_snapshot() {
    let (data, dir) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let store = open(&STORE.url(data.path())).await;
    store.migrate().await.unwrap();
    let start = Time::from_millis(1_800_000_000_000);
    let clock = Clock::manual(start);
    let directory = Directory::new(clock.clone(), 10);
    directory.begin(&store).await.unwrap();
    let loading = directory.keep_loaded(&store);
    tokio::select! { _ = loading => {}, () = directory.until_loaded() => {} }
    let first = directory.salt();
    assert!(directory.is_unsaved());
    directory.save(dir.path()).unwrap();
    assert!(!directory.is_unsaved() && !files_with(dir.path(), &first).is_empty());

    // The same day: hashes stay comparable.
    let again = Directory::new(clock.clone(), 10);
    assert!(again.restore(dir.path()).unwrap());
    assert_eq!((again.salt(), again.find("nobody", |_| ())), (first, Known::Unknown));

    // A new salt: the snapshot is old.
    clock.set(start + 25 * HOUR_MS);
    retention::tick(&store, clock.now()).await.unwrap();
    directory.catch_up(&store).await.unwrap();
    let second = directory.salt();
    assert!(second != first && directory.is_unsaved());
    directory.save(dir.path()).unwrap();
    assert!(files_with(dir.path(), &first).is_empty() && !files_with(dir.path(), &second).is_empty());

    // Nobody renews it, as the database is down: it goes all the same, also where a write was cut short.
    std::fs::copy(dir.path().join(snapshot::NAME), dir.path().join(format!("{}.part", snapshot::NAME))).unwrap();
    clock.set(start + 50 * HOUR_MS);
    let late = Directory::new(clock.clone(), 10);
    assert!(late.restore(dir.path()).unwrap());
    assert!(late.salt() != second && late.salt() != [0; 32] && files_with(dir.path(), &second).is_empty());
    let later = Directory::new(clock, 10);
    assert!(later.restore(dir.path()).unwrap());
    assert!(later.salt() != [0; 32] && later.salt() != late.salt());
}
