//! Credit that an admin gives by hand: a share that stays, the rest shared as before, and who gave it and why.

use kudos::cli::node::Parts;
use kudos::clock::Clock;
use kudos::domain::time::{DAY_MS, Time};
use serde_json::{Value, json};

use super::program::{fields, key};
use super::server::{Server, eventually, text};

const NOW: i64 = 1_790_000_000_000;

struct Program {
    server: Server,
    clock: Clock,
    partners: [String; 3],
    /// Of an order of 10.00 for which the first two partners have a half each.
    sale: Value,
}

impl Program {
    fn start() -> Program {
        let clock = Clock::manual(Time::from_millis(NOW));
        let server = Server::with(&[("manual_credit_days", "30")], Parts { clock: clock.clone(), ..Parts::default() });
        let partners = ["Ada", "Ben", "Cleo"].map(|name| server.partner(name));
        for partner in &partners[..2] {
            let intro = json!({ "kind": "intro", "partner_id": partner, "customer_id": "kim" });
            server.ok("POST", "/touchpoints", intro);
        }
        let order = json!({ "order_id": "1", "amount": 1_000, "currency": "EUR", "customer_id": "kim" });
        server.ok("POST", "/conversions", order);
        let sale = server.attributed("1");
        Program { server, clock, partners, sale }
    }

    fn path(&self) -> String {
        format!("/conversions/{}/credits", text(&self.sale, "id"))
    }

    fn give(&self, partner: usize, weight: Value) -> super::server::Answer {
        let mut body = json!({ "partner_id": self.partners[partner], "reason": "met at the fair" });
        body.as_object_mut().unwrap().extend(weight.as_object().unwrap().clone());
        self.server.api("POST", &self.path(), body)
    }

    /// Waits until the partners have these weights and cents.
    fn have(&self, expected: [(f64, i64); 3]) -> Value {
        eventually(&format!("{expected:?}"), || {
            let sale = self.server.attributed("1");
            let credits = sale["credits"].as_array().unwrap();
            let sum = |partner: &String| {
                let own = credits.iter().filter(|credit| credit["partner_id"] == *partner);
                own.fold((0.0, 0), |sum, c| (sum.0 + c["weight"].as_f64().unwrap(), sum.1 + c["amount"].as_i64().unwrap()))
            };
            let billionths: f64 = credits.iter().map(|c| (c["weight"].as_f64().unwrap() * 1e9).round()).sum();
            assert!(credits.is_empty() || billionths == 1e9, "{sale}");
            let found = self.partners.each_ref().map(sum);
            found.iter().zip(expected).all(|(a, b)| (a.0 - b.0).abs() < 2e-9 && a.1 == b.1).then_some(sale.clone())
        })
    }
}

#[test]
fn the_others_share_the_rest_as_before_and_all_of_it_is_explained() {
    let program = Program::start();
    let given = program.give(2, json!({ "weight": 0.3 }));
    assert_eq!(given.status, 201, "{}", given.text());
    let given = given.json();
    program.have([(0.35, 350), (0.35, 350), (0.3, 300)]);
    let author = text(&given, "author");
    assert!(author.starts_with("ky_"), "{given}");
    let explain = || program.server.ok("GET", &format!("/conversions/{}/explain", text(&program.sale, "id")), Value::Null);
    let explained = explain();
    let manual = explained["touchpoints"].as_array().unwrap().iter().find(|touch| touch["kind"] == "manual").unwrap().clone();
    assert_eq!((&manual["counted"], &manual["weight"], &manual["amount"]), (&json!(true), &json!(0.3), &json!(300)));
    assert_eq!(text(&manual, "reason"), format!("given by hand by {author}: met at the fair"));
    assert!(text(&explained, "summary").contains("1 credit given by hand"), "{explained}");

    // It survives when credit is assigned again, and a sum that does not divide is still shared to the cent.
    let late = json!({ "kind": "intro", "partner_id": program.partners[0], "customer_id": "kim", "occurred_at": Time::from_millis(NOW - DAY_MS).to_string() });
    program.server.ok("POST", "/touchpoints", late);
    program.have([(0.466_666_667, 467), (0.233_333_333, 233), (0.3, 300)]);
    assert_eq!(program.give(1, json!({ "weight": 0.2 })).status, 201);
    program.have([(0.333_333_334, 334), (0.366_666_666, 366), (0.3, 300)]);

    let list = program.server.ok("GET", &program.path(), Value::Null);
    assert_eq!(list["data"].as_array().unwrap().len(), 2);
    let remove = || program.server.api("DELETE", &format!("/credits/{}", text(&given, "id")), Value::Null).status;
    assert_eq!((remove(), remove()), (204, 204), "twice is once");
    program.have([(0.533_333_334, 534), (0.466_666_666, 466), (0.0, 0)]);
    let list = program.server.ok("GET", &program.path(), Value::Null);
    let removed = list["data"].as_array().unwrap().iter().find(|credit| credit["id"] == given["id"]).unwrap().clone();
    assert_eq!(removed["removed_by"], json!(author), "it stays, with who took it back");
    let audit = program.server.ok("GET", "/audit", Value::Null);
    let lines = |action: &str| audit["data"].as_array().unwrap().iter().filter(|line| line["action"] == action).count();
    assert_eq!((lines("credit.add"), lines("credit.remove")), (2, 1));
}

#[test]
fn all_of_it_may_be_given_and_never_more() {
    let program = Program::start();
    assert_eq!(program.give(2, json!({ "all": true })).status, 201);
    program.have([(0.0, 0), (0.0, 0), (1.0, 1_000)]);
    for (weight, field) in [
        (json!({ "weight": 0.1 }), "weight"),
        (json!({ "all": true }), "all"),
        (json!({ "weight": 0 }), "weight"),
        (json!({ "weight": 1.1 }), "weight"),
        (json!({ "weight": 1e-12 }), "weight"),
        (json!({ "weight": 0.1, "all": true }), "weight"),
        (json!({}), "weight"),
        (json!({ "weight": 0.1, "reason": " " }), "reason"),
    ] {
        let refused = program.give(1, weight.clone());
        assert_eq!(refused.status, 422, "{weight}: {}", refused.text());
        assert!(fields(&refused.json()).contains(&field.to_owned()), "{weight}: {}", refused.text());
    }
    let nobody = json!({ "partner_id": "pn_00000000000000000000000000", "weight": 0.1, "reason": "x" });
    assert_eq!(fields(&program.server.api("POST", &program.path(), nobody).json())[0], "partner_id");
    let track = format!("Bearer {}", key(&program.server, "track"));
    let by_track = program.server.api_with("POST", &program.path(), &[("authorization", &track)], json!({}));
    assert_eq!(by_track.status, 403, "only an admin may");
}

#[test]
fn where_nobody_else_has_credit_a_part_is_the_whole() {
    let program = Program::start();
    let order = json!({ "order_id": "lonely", "amount": 1_000, "currency": "EUR" });
    program.server.ok("POST", "/conversions", order);
    let lonely = program.server.attributed("lonely");
    let path = format!("/conversions/{}/credits", text(&lonely, "id"));
    let body = json!({ "partner_id": program.partners[0], "weight": 0.25, "reason": "their lead" });
    assert_eq!(program.server.api("POST", &path, body).status, 201);
    eventually("a part is the whole", || {
        let credits = program.server.attributed("lonely")["credits"].clone();
        (credits[0]["weight"] == 1.0 && credits[0]["amount"] == 1_000).then_some(())
    });
}

#[test]
fn it_is_possible_for_a_while_only() {
    let program = Program::start();
    program.clock.set(Time::from_millis(NOW + 30 * DAY_MS));
    let given = program.give(2, json!({ "weight": 0.5 }));
    assert_eq!(given.status, 201, "on the last day");
    program.clock.set(Time::from_millis(NOW + 31 * DAY_MS));
    let refused = program.give(2, json!({ "weight": 0.1 }));
    assert_eq!((refused.status, refused.json()["code"].clone()), (409, json!("conflict")));
    let why = text(&refused.json(), "detail");
    assert!(why.contains("30 days") && why.contains("manual_credit_days"), "{why}");
    let path = format!("/credits/{}", text(&given.json(), "id"));
    assert_eq!(program.server.api("DELETE", &path, Value::Null).status, 204, "a mistake can be taken back at any time");
    program.have([(0.5, 500), (0.5, 500), (0.0, 0)]);
    let off = Server::with_settings(&[("manual_credit_days", "0")]);
    let ada = off.partner("Ada");
    off.ok("POST", "/conversions", json!({ "order_id": "1", "amount": 1, "currency": "EUR" }));
    let path = format!("/conversions/{}/credits", text(&off.attributed("1"), "id"));
    let refused = off.api("POST", &path, json!({ "partner_id": ada, "weight": 0.1, "reason": "x" }));
    assert!(refused.status == 409 && refused.text().contains("switched off"), "{}", refused.text());
}
