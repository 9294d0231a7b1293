//! Credit that an admin gives by hand: a share that stays, the rest shared as before, and who gave it and why.

use kudos::cli::node::Parts;
use kudos::clock::Clock;
use kudos::domain::time::{DAY_MS, Time};
use serde_json::{Value, json};

use super::pages::Person;
use super::program::{fields, key};
use super::server::{Server, eventually, text};
use crate::database::by_hand;

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
    assert_eq!(text(&manual, "reason"), "given by hand: met at the fair");
    assert!(text(&explained, "summary").contains("1 credit given by hand, 30 %"), "{explained}");

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

/// The sentences of an explanation, in the order of the partners; empty where one has none.
fn sentences(program: &Program, explained: &Value) -> [String; 3] {
    program.partners.each_ref().map(|partner| {
        let own = explained["sentences"].as_array().unwrap().iter().find(|one| one["partner_id"] == **partner);
        own.map_or(String::new(), |one| text(one, "sentence"))
    })
}

#[test]
fn each_partner_is_told_what_was_given_by_hand_and_what_the_rule_gave() {
    let program = Program::start();
    let explain = || program.server.ok("GET", &format!("/conversions/{}/explain", text(&program.sale, "id")), Value::Null);
    let take_back = |given: super::server::Answer| {
        assert_eq!(given.status, 201, "{}", given.text());
        let path = format!("/credits/{}", text(&given.json(), "id"));
        assert_eq!(program.server.api("DELETE", &path, Value::Null).status, 204);
        program.have([(0.5, 500), (0.5, 500), (0.0, 0)]);
    };
    let given = program.give(2, json!({ "weight": 0.3 }));
    program.have([(0.35, 350), (0.35, 350), (0.3, 300)]);
    let explained = explain();
    let rest = |nth: &str| {
        format!(
            "You were the {nth} of two partners; 30 % was given by hand, and of the rest under Linear each gets half, 35 % of the whole."
        )
    };
    let cleo = "An admin gave you 30 % by hand: met at the fair; the rest is shared under Linear.";
    assert_eq!(sentences(&program, &explained), [rest("first"), rest("second"), cleo.to_owned()]);
    let reason = text(&explained["touchpoints"][0], "reason");
    assert_eq!(reason, "linear: one of 2 touchpoints that count, 1/2 each; it shares the 70 % that was not given by hand");
    assert!(!explained.to_string().contains("ky_"), "no key is shown to partners: {explained}");
    take_back(given);

    // Beside what the rule gave the same partner.
    let given = program.give(0, json!({ "weight": 0.5 }));
    program.have([(0.75, 750), (0.25, 250), (0.0, 0)]);
    let ada = sentences(&program, &explain())[0].clone();
    let both = "An admin gave you 50 % by hand: met at the fair. You were the first of two partners; 50 % was given by hand, and of \
        the rest under Linear each gets half, 25 % of the whole.";
    assert_eq!(ada, both);
    take_back(given);

    let given = program.give(1, json!({ "all": true }));
    program.have([(0.0, 0), (1.0, 1_000), (0.0, 0)]);
    let explained = explain();
    let told = sentences(&program, &explained);
    assert_eq!(told[0], "You get nothing of it. Why: all of the credit was given by hand.");
    assert_eq!(told[1], "An admin gave you all of it by hand: met at the fair.");
    let summary = text(&explained, "summary");
    assert!(summary.starts_with("all of it was given by hand; without that: 2 touchpoints count"), "{summary}");
    take_back(given);
}

#[test]
fn a_part_needs_somebody_who_has_the_rest() {
    let program = Program::start();
    let order = json!({ "order_id": "lonely", "amount": 1_000, "currency": "EUR" });
    program.server.ok("POST", "/conversions", order);
    let lonely = program.server.attributed("lonely");
    let path = format!("/conversions/{}/credits", text(&lonely, "id"));
    let give = |more: Value| {
        let mut body = json!({ "partner_id": program.partners[0], "reason": "their lead" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        program.server.api("POST", &path, body)
    };
    let refused = give(json!({ "weight": 0.25 }));
    assert_eq!((refused.status, fields(&refused.json())), (422, vec!["weight".to_owned()]));
    assert!(refused.text().contains("must be all of it") && refused.text().contains("POST /touchpoints"), "{}", refused.text());
    assert_eq!(program.server.ok("GET", &path, Value::Null)["data"], json!([]), "nothing is kept of it");
    assert_eq!(give(json!({ "all": true })).status, 201);
    eventually("all of it", || {
        let credits = program.server.attributed("lonely")["credits"].clone();
        (credits[0]["weight"] == 1.0 && credits[0]["amount"] == 1_000).then_some(())
    });

    // Nobody is left who has the rest: a quarter becomes neither the whole nor a part that sums to nothing.
    assert_eq!(program.give(2, json!({ "weight": 0.25 })).status, 201);
    program.have([(0.375, 375), (0.375, 375), (0.25, 250)]);
    let past = Time::from_millis(NOW - DAY_MS).to_string();
    let clicks = json!({ "name": "standard", "model": "linear", "kinds": ["click"], "applies_from": past });
    program.server.ok("POST", "/policies", clicks);
    let late = json!({ "kind": "intro", "partner_id": program.partners[0], "customer_id": "kim", "occurred_at": past });
    program.server.ok("POST", "/touchpoints", late);
    let sale = program.have([(0.0, 0); 3]);
    let summary = text(&sale, "summary");
    assert!(summary.contains("25 % was given by hand, but nobody has the rest"), "{summary}");
    let refused = program.give(1, json!({ "weight": 0.5 }));
    assert_eq!(refused.status, 422, "still not all of it: {}", refused.text());
    assert_eq!(program.give(1, json!({ "weight": 0.75 })).status, 201);
    program.have([(0.0, 0), (0.75, 750), (0.25, 250)]);
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

#[test]
fn until_credit_by_hand_applies_the_page_says_so_and_for_whom() {
    let program = Program::start();
    let (server, admin) = (&program.server, Person::first_admin(&program.server));
    let url = server.database();
    let path = format!("/admin/conversions/{}", text(&program.sale, "id"));
    let read = |language: &str| admin.send("GET", &path, &[("accept-language", language)], "").text();
    let done = |said: &str| eventually("it applies", || (!read("en").contains(said)).then_some(()));
    // Asked for, as by a page, and not applied before somebody says so.
    let sql = |sql: String| by_hand(&url, async move |hand| hand.sql(&sql).await);
    let job = "insert into jobs (kind, subject, due_at, attempts) select 'attribute', id, 9000000000000000, 0 from conversions";
    let given = "insert into manual_credits (id, conversion_id, partner_id, share, reason, author, created_at)
        select x'0190000000007000800000000000000a', c.id, p.id, 250000000, 'fair', 'operator', 5
        from conversions c, partners p where p.name = 'Cleo'";
    let anew = "Credit is being assigned anew. Until that is done, this page shows the credit from before.";
    assert!(!read("en").contains("from before"));
    sql(job.to_owned());
    assert!(read("en").contains(anew));
    sql(given.to_owned());
    let coming = "Credit by hand is on its way: 25.00\u{a0}% for Cleo, given by operator. Until it applies";
    let (english, german) = (read("en"), read("de"));
    assert!(english.contains(coming) && !english.contains(anew), "{english}");
    assert!(german.contains("Zurechnung von Hand ist unterwegs: 25,00\u{a0}% für Cleo"), "{german}");
    sql("delete from manual_credits".to_owned());
    sql("update jobs set due_at = 0".to_owned());
    done("from before");
    // Given in earnest, and taken back.
    program.give(2, json!({ "weight": 0.2 }));
    program.have([(0.4, 400), (0.4, 400), (0.2, 200)]);
    done("from before");
    sql(job.to_owned());
    sql("update manual_credits set removed_at = 7, removed_by = 'operator'".to_owned());
    let going = "Credit by hand is on its way back: 20.00\u{a0}% for Cleo";
    let page = read("en");
    assert!(page.contains(going) && page.contains("given by ") && !page.contains("given by ky_"), "a key has a name: {page}");
    sql("update jobs set due_at = 0".to_owned());
    done("from before");
    program.have([(0.5, 500), (0.5, 500), (0.0, 0)]);
}
