//! Nodes that share the work: edges answer and drain, workers assign credit, on one Postgres.

use serde_json::{Value, json};

use super::nodes::beside;
use super::pages::Person;
use super::program::column;
use super::server::{ADMIN, Server, eventually, text};

const EDGE: &[(&str, &str)] = &[("role", "edge")];
const WORKER: &[(&str, &str)] = &[("role", "worker")];

/// An order of a click on that link.
fn order(edge: &Server, slug: &str, order: &str) {
    let click = edge.get(&format!("/{slug}")).click_id();
    assert_eq!(edge.get(&format!("/pixel.gif?order_id={order}&amount=10&currency=EUR&click_id={click}")).status, 200);
}

fn count(server: &Server, table: &str) -> String {
    column(&server.dir, &format!("select cast(count(*) as text) from {table}"))[0].clone().unwrap()
}

#[test]
fn an_edge_and_a_worker_give_credit_together() {
    let edge = Server::with_settings(EDGE);
    let worker = beside(&edge, WORKER);
    let partner = edge.partner("Ada");
    let slug = edge.link(&partner);
    order(&edge, &slug, "1");
    assert_eq!(edge.attributed("1")["credits"][0]["partner_id"], partner);

    // Who waits for credits waits for another node's work.
    let click = edge.get(&format!("/{slug}")).click_id();
    let body = json!({ "order_id": "2", "amount": 100, "currency": "EUR", "click_id": click });
    let answer = edge.api_with("POST", "/conversions", &[("prefer", "wait=30")], body);
    assert_eq!((answer.status, &answer.json()["credits"][0]["partner_id"]), (200, &json!(partner)), "{}", answer.text());
    let path = format!("/postback?token={ADMIN}&order_id=3&amount=1&currency=EUR&click_id={click}");
    let answer = edge.get_with(&path, &[("prefer", "wait=30")]);
    assert_eq!((answer.status, &answer.json()["credits"][0]["partner_id"]), (200, &json!(partner)), "{}", answer.text());
    assert_eq!(worker.get("/readyz").status, 200);
}

#[test]
fn a_worker_answers_operators_only() {
    let edge = Server::with_settings(EDGE);
    let worker = beside(&edge, WORKER);
    let slug = edge.link(&edge.partner("Ada"));
    for path in ["/livez", "/readyz", "/metrics", "/robots.txt"] {
        assert_eq!(worker.get(path).status, 200, "{path}");
    }
    let pixel = "/pixel.gif?order_id=1&amount=1&currency=EUR";
    for path in [&format!("/{slug}"), pixel, &format!("/view.gif?link={slug}"), &format!("/postback?token={ADMIN}&order_id=2")]
    {
        assert_eq!(worker.get(path).status, 404, "{path}");
    }
    assert_eq!(worker.api("GET", "/partners", Value::Null).status, 404);
    assert_eq!(worker.api("POST", "/conversions", json!({ "order_id": "3", "amount": 1, "currency": "EUR" })).status, 404);
    assert_eq!(count(&edge, "conversions"), "0");
}

#[test]
fn an_edge_alone_drains_but_assigns_no_credit() {
    let edge = Server::with_settings(EDGE);
    let partner = edge.partner("Ada");
    let slug = edge.link(&partner);
    order(&edge, &slug, "1");
    eventually("the order is stored", || (count(&edge, "conversions") == "1").then_some(()));
    let body = json!({ "order_id": "2", "amount": 100, "currency": "EUR" });
    let answer = edge.api_with("POST", "/conversions", &[("prefer", "wait=1")], body);
    assert_eq!(answer.status, 202, "recorded, but nobody works: {}", answer.text());
    let dir = edge.stop();
    let edge = Server::in_dir(dir, EDGE, Default::default());
    assert_eq!((count(&edge, "credits"), count(&edge, "jobs")), ("0".into(), "2".into()), "a stop does no job either");
    let _worker = beside(&edge, WORKER);
    assert_eq!(edge.attributed("1")["credits"][0]["partner_id"], partner);
}

#[test]
fn credit_by_hand_is_told_as_it_will_come_out_before_anybody_assigns_it() {
    let edge = Server::with_settings(EDGE);
    let admin = Person::first_admin(&edge);
    let [ada, ben] = ["Ada", "Ben"].map(|name| edge.partner(name));
    order(&edge, &edge.link(&ada), "1");
    let sale = eventually("the order is stored", || {
        edge.ok("GET", "/conversions?order_id=1", Value::Null)["data"].as_array().unwrap().first().cloned()
    });
    let path = format!("/conversions/{}", text(&sale, "id"));
    let given = json!({ "partner_id": ben, "weight": 0.25, "reason": "met at the fair" });
    edge.ok("POST", &format!("{path}/credits"), given);
    let shares = |parts: &Value| {
        let of = |partner: &str| {
            let part = parts.as_array().unwrap().iter().find(|part| part["partner_id"] == *partner);
            part.map(|part| (part["weight"].clone(), part["amount"].clone()))
        };
        [of(&ada), of(&ben)]
    };
    let expected = [Some((json!(0.75), json!(750))), Some((json!(0.25), json!(250)))];
    let explained = edge.ok("GET", &format!("{path}/explain"), Value::Null);
    assert_eq!((&explained["attributed_at"], shares(&explained["touchpoints"])), (&Value::Null, expected.clone()));
    let page = admin.get(&format!("/admin{path}")).text();
    for told in ["this is how it will come out", "1 credit given by hand", "75.00\u{a0}%", "25.00\u{a0}%"] {
        assert!(page.contains(told), "{told}: {page}");
    }
    let _worker = beside(&edge, WORKER);
    assert_eq!(shares(&edge.attributed("1")["credits"]), expected, "and so it does");
}

#[test]
fn among_several_workers_a_job_is_done_once() {
    let first = Server::with_settings(EDGE);
    let edges = [beside(&first, EDGE), first];
    let _workers = [beside(&edges[0], WORKER), beside(&edges[0], WORKER)];
    let slug = edges[0].link(&edges[0].partner("Ada"));
    eventually("every edge knows the link", || {
        edges.iter().all(|edge| edge.send("HEAD", &format!("/{slug}"), &[], b"").status == 302).then_some(())
    });
    for number in 0..40 {
        order(&edges[number % 2], &slug, &number.to_string());
    }
    for number in 0..40 {
        let conversion = edges[(number + 1) % 2].attributed(&number.to_string());
        assert_eq!(conversion["credits"].as_array().unwrap().len(), 1, "{conversion}");
    }
    assert_eq!((count(&edges[0], "jobs"), count(&edges[0], "conversions")), ("0".into(), "40".into()));
    assert_eq!(count(&edges[0], "credits where superseded_at is null"), "40");
}
