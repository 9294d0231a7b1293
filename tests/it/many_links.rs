//! More links than memory is to hold: each answers all the same, changes are known within a second wherever they were made, a
//! database that fails is never a 404, and what was used last is what a start holds.

use kudos::cli::node::Parts;
use kudos::clock::Clock;
use kudos::config::{DatabaseUrl, Pool};
use kudos::domain::target::Target;
use kudos::domain::time::{HOUR_MS, Time};
use kudos::intake::directory::Directory;
use kudos::intake::links::Known;
use kudos::store::Store;
use serde_json::{Value, json};

use crate::database::connect;
use super::outage::metric;
use super::program::{key, link_with};
use super::server::{Server, eventually, text};

/// Fewer than the links of these tests.
const BOUND: u64 = 16;

fn start() -> Server {
    Server::with_settings(&[("links_in_memory", "16")])
}

fn in_memory(server: &Server) -> u64 {
    metric(&server.get("/metrics").text(), "kudos_links")
}

/// So many links of a partner; their paths, oldest first.
fn links(server: &Server, partner: &str, count: usize) -> Vec<String> {
    let one = |number: usize| json!({ "partner_id": partner, "slug": format!("{partner}-{number}"), "destination": "https://shop.example/" });
    let all: Vec<Value> = (0..count).map(one).collect();
    let made = server.ok("POST", "/links/bulk", json!({ "links": all }));
    made["data"].as_array().unwrap_or_else(|| panic!("{made}")).iter().map(|link| format!("/{}", text(link, "slug"))).collect()
}

fn status(server: &Server, path: &str) -> u16 {
    server.send("HEAD", path, &[], b"").status
}

/// Runs statements on the database behind the server's back.
fn behind(server: &Server, statements: &[&'static str]) {
    let (runtime, mut connection) = connect(&format!("sqlite:{}", server.dir.path().join("kudos.db").display()));
    for statement in statements {
        runtime.block_on(sqlx::query(*statement).execute(&mut connection)).unwrap();
    }
    runtime.block_on(sqlx::Connection::close(connection)).unwrap();
}

#[test]
fn every_link_answers_and_memory_holds_those_used_last() {
    let server = start();
    let partner = server.partner("Acme");
    let paths = links(&server, &partner, 100);
    for _ in 0..2 {
        for path in &paths {
            assert_eq!(status(&server, path), 302, "{path}");
        }
        eventually("memory is in bounds", || (in_memory(&server) <= BOUND).then_some(()));
    }
    // In any case of letters, and counted as any other.
    assert_eq!(server.get(&paths[0].to_ascii_uppercase()).status, 302);
    assert_eq!(server.get(&format!("/view.gif?link={}", &paths[1][1..])).status, 200);
    eventually("the click and the view are counted", || {
        let totals = super::program::totals(&server);
        (totals["clicks_all"] == 1 && totals["views"].as_u64().is_none_or(|views| views == 1)).then_some(())
    });
}

#[test]
fn a_slug_that_led_nowhere_leads_where_it_is_minted_to() {
    let server = start();
    let partner = server.partner("Acme");
    links(&server, &partner, 40);
    for path in ["/fresh", "/elsewhere"] {
        assert_eq!(status(&server, path), 404);
        assert_eq!(status(&server, path), 404, "remembered");
    }
    assert_eq!(status(&server, "/not.a.slug"), 404);
    link_with(&server, &partner, json!({ "slug": "Fresh" }));
    assert_eq!(status(&server, "/fresh"), 302, "minted here: at once");
    behind(
        &server,
        &[
            "insert into links select randomblob(16), partner_id, campaign_id, 'elsewhere', 'elsewhere', destination, utm,
                fallback_url, expires_at, status, append_click_id, created_at from links limit 1",
            "insert into changes select max(version) + 1, 'link', (select id from links where slug_key = 'elsewhere'), 0 from changes",
        ],
    );
    eventually("minted by another node", || (status(&server, "/elsewhere") == 302).then_some(()));
}

#[test]
fn changes_are_known_whether_a_link_is_in_memory_or_not() {
    let server = start();
    let (partner, other) = (server.partner("Acme"), server.partner("Other"));
    let campaign = text(&server.ok("POST", "/campaigns", json!({ "name": "c", "utm": { "source": "one" } })), "id");
    let made = |slug: &str| link_with(&server, &partner, json!({ "slug": slug, "campaign_id": campaign }));
    let ids: Vec<String> = ["cold", "warm"].map(|slug| text(&made(slug), "id")).into();
    let others = links(&server, &other, 60);
    eventually("memory is in bounds", || (in_memory(&server) <= BOUND).then_some(()));
    // Of the two, one is in memory before each change.
    let both = |expected: &dyn Fn(&str) -> bool| ["cold", "warm"].into_iter().all(expected);
    let warm = |slug: &str| {
        others.iter().for_each(|path| assert_eq!(status(&server, path), 302));
        eventually("memory is in bounds", || (in_memory(&server) <= BOUND).then_some(()));
        status(&server, slug)
    };
    warm("/warm");
    server.ok("PATCH", &format!("/campaigns/{campaign}"), json!({ "utm": { "source": "two" } }));
    let utm = |slug: &str| server.send("HEAD", &format!("/{slug}"), &[], b"").header("location").unwrap().to_owned();
    assert!(both(&|slug| utm(slug).contains("utm_source=two")));

    warm("/warm");
    server.ok("PATCH", &format!("/partners/{partner}"), json!({ "status": "disabled" }));
    assert!(both(&|slug| status(&server, &format!("/{slug}")) == 410));
    warm("/warm");
    server.ok("PATCH", &format!("/partners/{partner}"), json!({ "status": "active" }));
    assert!(both(&|slug| status(&server, &format!("/{slug}")) == 302));

    warm("/warm");
    for (id, slug) in ids.iter().zip(["new-cold", "new-warm"]) {
        server.ok("PATCH", &format!("/links/{id}"), json!({ "slug": slug }));
    }
    assert!(both(&|slug| status(&server, &format!("/{slug}")) == 404 && status(&server, &format!("/new-{slug}")) == 302));
    warm("/new-warm");
    for id in &ids {
        server.ok("DELETE", &format!("/links/{id}"), Value::Null);
    }
    assert!(both(&|slug| status(&server, &format!("/new-{slug}")) == 410));
}

#[test]
fn a_database_that_fails_is_no_404() {
    let server = start();
    let paths = links(&server, &server.partner("Acme"), 60);
    eventually("memory is in bounds", || (in_memory(&server) <= BOUND).then_some(()));
    paths.iter().for_each(|path| assert_eq!(status(&server, path), 302));
    eventually("memory is in bounds", || (in_memory(&server) <= BOUND).then_some(()));
    let hot = paths.last().unwrap();
    assert_eq!(status(&server, hot), 302);
    eventually("memory is in bounds again", || (in_memory(&server) <= BOUND).then_some(()));
    behind(&server, &["alter table links rename to lost"]);
    let answers: Vec<_> = paths.iter().map(|path| server.get(path)).collect();
    let lost: Vec<_> = answers.iter().filter(|answer| answer.status != 302).collect();
    assert!(lost.len() >= 60 - 2 * BOUND as usize, "{} are not in memory", lost.len());
    for answer in lost {
        assert_eq!((answer.status, answer.json()["code"].as_str()), (503, Some("unavailable")));
        assert!(answer.header("retry-after").is_some());
    }
    assert_eq!(server.get("/nowhere").status, 503);
    assert_eq!(server.get(hot).status, 302, "in memory");
    behind(&server, &["alter table lost rename to links"]);
    paths.iter().for_each(|path| assert_eq!(status(&server, path), 302));
    assert_eq!(status(&server, "/nowhere"), 404);
}

#[test]
fn a_start_holds_the_links_that_were_clicked_last() {
    let clock = Clock::manual(Time::from_millis(1_800_000_000_000));
    let parts = || Parts { clock: clock.clone(), ..Parts::default() };
    let server = Server::with(&[("links_in_memory", "16")], parts());
    let paths = links(&server, &server.partner("Acme"), 60);
    // The oldest of all, hours ago.
    for path in &paths[..4] {
        assert_eq!(server.get(path).status, 302);
    }
    let dir = server.stop();
    clock.set(Time::from_millis(1_800_000_000_000 + 5 * HOUR_MS));
    let server = Server::in_dir(dir, &[("links_in_memory", "16")], parts());
    eventually("links are loaded", || (in_memory(&server) >= BOUND - BOUND / 8).then_some(()));
    behind(&server, &["alter table links rename to lost"]);
    let newest = &paths[55..];
    for path in paths[..4].iter().chain(newest) {
        assert_eq!(status(&server, path), 302, "{path} is in memory");
    }
    assert_eq!(status(&server, &paths[20]), 503);
    behind(&server, &["alter table lost rename to links"]);
}

#[test]
fn the_bound_concerns_links_only() {
    let server = start();
    links(&server, &server.partner("Acme"), 40);
    let bearer = format!("Bearer {}", key(&server, "read"));
    let answer = server.api_with("GET", "/links?limit=1", &[("authorization", &bearer)], Value::Null);
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(server.get("/readyz").json()["links"], "a part in memory");
}

/// A start answers before everything is loaded: what is not in memory yet is asked for.
#[test]
fn before_links_are_loaded_the_store_is_asked_for_each() {
    let server = Server::start();
    link_with(&server, &server.partner("Acme"), json!({ "slug": "here" }));
    let dir = server.stop();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(ask_before_links_are_loaded(dir.path()));
}

async fn ask_before_links_are_loaded(dir: &std::path::Path) {
    let store = Store::open(&DatabaseUrl::sqlite(&dir.join("kudos.db")), Pool::default()).await.unwrap();
    let directory = Directory::new(Clock::System, 10);
    directory.begin(&store).await.unwrap();
    let here = |directory: &Directory| directory.find("here", |target| target.destination().to_owned());
    assert_eq!((here(&directory), directory.find("gone", drop_it)), (Known::Unknown, Known::Unknown));
    let asking = async {
        let (found, gone) = tokio::join!(directory.ask("here"), directory.ask("gone"));
        assert_eq!(found.unwrap().unwrap().destination(), "https://shop.example/");
        assert_eq!(gone.unwrap(), None);
    };
    tokio::select! { () = directory.answer_misses(&store) => {}, () = asking => {} }
    assert_eq!(here(&directory), Known::Target("https://shop.example/".into()));
    assert_eq!((directory.find("gone", drop_it), directory.find("other", drop_it)), (Known::Nowhere, Known::Unknown));
    tokio::select! { _ = directory.keep_loaded(&store) => {}, () = directory.until_loaded() => {} }
    assert!(directory.links().is_whole());
    assert_eq!(directory.find("other", drop_it), Known::Nowhere);
    store.close().await;
}

fn drop_it(_: &Target) {}
