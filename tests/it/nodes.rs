//! Several nodes on one Postgres: what one is told the others know within a second, and what all are told counts once.

use std::collections::BTreeSet;
use std::time::Instant;

use kudos::cli::node::Parts;
use kudos::clock::Clock;
use kudos::domain::time::DAY_MS;
use kudos::jobs::retention;
use serde_json::{Value, json};

use super::STORE;
use super::pages::Person;
use super::program::{column, key};
use super::serve::Serving;
use super::server::{Server, eventually, text};
use crate::database;
use crate::postgres::{blocking, cluster, name_in};

/// Another node on the same store, with a journal of its own.
pub fn beside(node: &Server, settings: &[(&str, &str)]) -> Server {
    let dir = tempfile::TempDir::new().unwrap();
    cluster().share(node.dir.path(), dir.path());
    Server::in_dir(dir, settings, Parts::default())
}

/// Nodes on one store.
fn nodes<const N: usize>() -> [Server; N] {
    let first = Server::start();
    let mut all = vec![first];
    while all.len() < N {
        let next = beside(&all[0], &[]);
        all.push(next);
    }
    all.try_into().unwrap_or_else(|_| panic!("{N} nodes"))
}

/// Does the same at once on every node.
fn at_once<T: Send>(nodes: &[Server], work: impl Fn(usize, &Server) -> T + Sync) -> Vec<T> {
    std::thread::scope(|scope| {
        let work = &work;
        let threads: Vec<_> = nodes.iter().enumerate().map(|(place, node)| scope.spawn(move || work(place, node))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

#[test]
fn a_session_of_one_node_holds_on_the_others_and_ends_on_all() {
    let [one, two] = nodes();
    let here = Person::first_admin(&one);
    let there = Person { server: &two, cookie: here.cookie.clone() };
    assert_eq!(there.get("/admin").status, 200);
    assert_eq!(there.post("/logout", &[]).status, 303);
    assert_eq!(here.get("/admin").status, 303);
    Person::signed_in(&two, "admin@example.com");
}

#[test]
fn what_is_minted_on_one_node_answers_on_the_others() {
    let [one, two] = nodes();
    let ada = one.partner("Ada");
    let began = Instant::now();
    let slug = one.link(&ada);
    eventually("the link answers", || (two.get(&format!("/{slug}")).status == 302).then_some(()));
    println!("a link answers on another node after {:?}", began.elapsed());

    let secret = key(&one, "read");
    let bearer = format!("Bearer {secret}");
    let ask = || two.api_with("GET", "/partners", &[("authorization", &bearer)], Value::Null).status;
    eventually("the key is known", || (ask() == 200).then_some(()));
    let keys = one.ok("GET", "/keys", Value::Null);
    let made = keys["data"].as_array().unwrap().iter().find(|key| key["scope"] == "read").unwrap();
    one.ok("DELETE", &format!("/keys/{}", text(made, "id")), Value::Null);
    eventually("the key is refused", || (ask() == 401).then_some(()));

    // Codes and policies are looked up when they are needed.
    one.ok("POST", "/codes", json!({ "partner_id": ada, "code": "ADA20" }));
    two.get("/pixel.gif?order_id=1&amount=1&currency=EUR&code=ada20");
    assert_eq!(two.attributed("1")["credits"][0]["partner_id"], ada);
    let policy = one.ok("POST", "/policies", json!({ "name": "new", "model": "last" }));
    two.get("/pixel.gif?order_id=2&amount=1&currency=EUR&code=ada20");
    assert_eq!(one.attributed("2")["policy_id"], policy["id"]);

    two.ok("PATCH", &format!("/partners/{ada}"), json!({ "status": "disabled" }));
    eventually("the link answers no more", || (one.get(&format!("/{slug}")).status == 410).then_some(()));
}

#[test]
fn a_node_that_joins_late_knows_everything() {
    let [one] = nodes();
    let slug = one.link(&one.partner("Ada"));
    let secret = key(&one, "read");
    let late = beside(&one, &[]);
    assert_eq!(late.get(&format!("/{slug}")).status, 302);
    let bearer = format!("Bearer {secret}");
    assert_eq!(late.api_with("GET", "/partners", &[("authorization", &bearer)], Value::Null).status, 200);
}

#[test]
fn no_change_is_missed_however_many_are_made_at_once() {
    let nodes: [Server; 3] = nodes();
    let ada = nodes[0].partner("Ada");
    let made = at_once(&nodes, |_, node| (0..20).map(|_| node.link(&ada)).collect::<Vec<_>>());
    for slug in made.iter().flatten() {
        for node in &nodes {
            eventually("every link answers on every node", || (node.get(&format!("/{slug}")).status == 302).then_some(()));
        }
    }
    let versions = column(&nodes[0].dir, "select cast(version as text) as text from changes order by version");
    let expected: Vec<_> = (1..=versions.len()).map(|version| Some(version.to_string())).collect();
    assert_eq!(versions, expected, "without a gap, so that nobody can pass one by");
}

#[test]
fn an_order_that_every_node_is_told_counts_once() {
    let nodes: [Server; 3] = nodes();
    let slug = nodes[0].link(&nodes[0].partner("Ada"));
    eventually("every node knows the link", || {
        nodes.iter().all(|node| node.get(&format!("/{slug}")).status == 302).then_some(())
    });
    let answer = nodes[1].get(&format!("/{slug}"));
    let click = answer.click_id();
    for order in 0..10 {
        let query = format!("/pixel.gif?order_id={order}&amount=10&currency=EUR&click_id={click}");
        at_once(&nodes, |_, node| assert_eq!(node.get(&query).status, 200));
    }
    for order in 0..10 {
        // A node may know of the order before another has stored the click: then it is attributed once more.
        eventually("the click is credited", || {
            let conversion = nodes[2].attributed(&order.to_string());
            (conversion["credits"].as_array().unwrap().len() == 1).then_some(())
        });
    }
    let count = |sql: &str| column(&nodes[0].dir, sql)[0].clone().unwrap();
    eventually("every repeat is kept", || {
        (count("select cast(count(*) as text) from conversion_repeats") == "20").then_some(())
    });
    assert_eq!(count("select cast(count(*) as text) from conversions"), "10");
    eventually("no job is left", || (count("select cast(count(*) as text) from jobs") == "0").then_some(()));
}

/// The hashes of the client's address, one of each node, as they are now.
fn hashes(nodes: &[Server], slug: &str) -> BTreeSet<String> {
    let clicked = at_once(nodes, |_, node| node.get(&format!("/{slug}")).click_id());
    let sql = format!("select {} || coalesce({}, '') from touchpoints", STORE.id_hex("id"), STORE.bytes_hex("client"));
    clicked
        .iter()
        .map(|click| {
            let id = click.parse::<kudos::domain::id::TouchpointId>().unwrap().uuid().simple().to_string();
            eventually("the click is stored", || {
                column(&nodes[0].dir, &sql).into_iter().flatten().find_map(|line| line.strip_prefix(&id).map(str::to_owned))
            })
        })
        .collect()
}

#[test]
fn one_address_has_one_hash_on_every_node_and_another_when_the_salt_is_renewed() {
    let nodes: [Server; 2] = nodes();
    let slug = nodes[0].link(&nodes[0].partner("Ada"));
    eventually("every node knows the link", || (nodes[1].get(&format!("/{slug}")).status == 302).then_some(()));
    let before = hashes(&nodes, &slug);
    assert_eq!(before.len(), 1);
    let url = nodes[0].database();
    blocking(async move || {
        let store = database::open(&url).await;
        retention::tick(&store, Clock::System.now() + DAY_MS).await.unwrap();
        store.close().await;
    });
    eventually("every node has the new salt", || {
        let after = hashes(&nodes, &slug);
        (after.len() == 1 && after.is_disjoint(&before)).then_some(())
    });
}

#[test]
fn nodes_that_start_together_on_nothing_make_one_schema_and_one_key() {
    let dirs = [(); 3].map(|()| tempfile::TempDir::new().unwrap());
    let url = cluster().url(&cluster().make("template1"));
    let told: Vec<String> = std::thread::scope(|scope| {
        let url = url.as_str();
        let start = |dir| scope.spawn(move || Serving::start(dir, &[("KUDOS_DATABASE", url)]));
        let threads: Vec<_> = dirs.iter().map(start).collect();
        let servings: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        servings.into_iter().map(Serving::stop).collect()
    });
    assert_eq!(told.iter().filter(|told| told.contains("admin key (shown once): kudos_")).count(), 1, "{told:?}");
    assert_eq!(database::check(&url), []);
}

#[test]
fn while_the_database_is_away_hits_are_recorded_and_later_counted_once() {
    let nodes: [Server; 2] = nodes();
    let slug = nodes[0].link(&nodes[0].partner("Ada"));
    eventually("every node knows the link", || (nodes[1].get(&format!("/{slug}")).status == 302).then_some(()));
    let url = nodes[0].database();
    cluster().shut(name_in(&url));
    for (place, node) in nodes.iter().enumerate() {
        for n in 0..20 {
            let click = node.get(&format!("/{slug}"));
            assert_eq!(click.status, 302);
            let order = format!("/pixel.gif?order_id={place}-{n}&amount=1&currency=EUR&click_id={}", click.click_id());
            assert_eq!(node.get(&order).status, 200);
        }
        assert_eq!(node.api("GET", "/partners", Value::Null).status, 503);
    }
    cluster().unshut(name_in(&url));
    for (place, n) in [(0, 0), (0, 19), (1, 0), (1, 19)] {
        assert_eq!(nodes[1 - place].attributed(&format!("{place}-{n}"))["credits"].as_array().unwrap().len(), 1);
    }
    eventually("every click is counted", || {
        let report = nodes[0].ok("GET", "/reports/performance", Value::Null);
        (report["data"][0]["clicks_all"] == 41).then_some(())
    });
}

#[test]
fn a_zero_byte_which_postgres_has_no_room_for_holds_nobody_up() {
    let [node] = nodes();
    node.get("/pixel.gif?order_id=a%00b&amount=1&currency=EUR&customer_id=%00&sub1=%00");
    node.get("/pixel.gif?order_id=2&amount=1&currency=EUR");
    node.attributed("2");
    let refused = column(&node.dir, "select reasons from rejected where reasons like '%refused by the store%'");
    assert_eq!(refused, []);
}
