//! Deals: stages and their history, accounts above accounts, offline touchpoints of a deal.

use serde_json::{Value, json};

use super::program::{Dated, refused};
use super::server::{Server, eventually, text};

#[test]
fn a_deal_is_what_was_said_of_it() {
    let server = Server::start();
    let account = text(&server.ok("POST", "/accounts", json!({ "name": "Acme", "customer_id": "c1" })), "id");
    let new = json!({
        "name": "Acme, 40 seats", "account_id": account, "amount": 120_000, "currency": "EUR", "owner": "Olga", "product": "Pro",
        "external_id": "0061x", "stage": "Qualified", "opened_at": "2026-01-05T09:00:00Z", "note": "met at a fair",
    });
    let deal = server.ok("POST", "/deals", new.clone());
    let id = text(&deal, "id");
    assert!(id.starts_with("dl_"));
    for (field, value) in new.as_object().unwrap().iter().filter(|(field, _)| !["stage", "opened_at"].contains(&field.as_str()))
    {
        assert_eq!(&deal[field], value, "{field}");
    }
    assert_eq!((&deal["stage"], &deal["status"]), (&json!("qualified"), &json!("open")));
    assert_eq!(deal["customer_id"], "c1", "that of the account");
    assert_eq!(deal["opened_at"], "2026-01-05T09:00:00.000Z");
    assert_eq!(server.ok("GET", "/deals?external_id=0061x", Value::Null)["data"], json!([deal]));
    assert_eq!(server.ok("GET", "/deals?status=won", Value::Null)["data"], json!([]));
    assert_eq!(
        refused(&server, "POST", "/deals", json!({ "name": "again", "external_id": "0061x" })),
        (409, vec!["external_id".into()])
    );

    let audit = server.ok("GET", "/audit", Value::Null);
    assert_eq!((&audit["data"][0]["action"], &audit["data"][0]["subject"]), (&json!("deal.create"), &json!(id)));
}

#[test]
fn what_does_not_fit_is_named() {
    let server = Server::start();
    let deal = text(&server.ok("POST", "/deals", json!({ "name": "Acme" })), "id");
    let path = format!("/deals/{deal}");
    let back = format!("{path}/move-back");
    let one = |field: &str| vec![field.to_owned()];
    for (method, path, body, status, expected) in [
        ("POST", "/deals", json!({ "name": " ", "amount": 5 }), 422, vec!["name".to_owned(), "currency".into()]),
        ("POST", "/deals", json!({ "name": "A", "currency": "EUR" }), 422, one("amount")),
        ("POST", "/deals", json!({ "name": "A", "amount": -1, "currency": "EUR" }), 422, one("amount")),
        ("POST", "/deals", json!({ "name": "A", "stage": "maybe" }), 422, one("stage")),
        ("POST", "/deals", json!({ "name": "A", "color": "red" }), 422, one("color")),
        ("POST", "/deals", json!({ "name": "A", "opened_at": "2999-01-01T00:00:00Z" }), 422, one("opened_at")),
        (
            "POST",
            "/deals",
            json!({ "name": "A", "closed_at": "2026-01-01T00:00:00Z" }),
            422,
            vec!["closed_at".into(), "closed_at".into()],
        ),
        ("POST", "/deals", json!({ "name": "A", "order_id": "5" }), 422, one("order_id")),
        ("POST", "/deals", json!({ "name": "A", "account_id": "ac_00000000000000000000000000" }), 422, one("account_id")),
        ("PATCH", path.as_str(), json!({ "stage": "won", "status": "won" }), 422, one("status")),
        ("PATCH", path.as_str(), json!({ "moved_at": "2026-01-01T00:00:00Z" }), 422, one("moved_at")),
        ("PATCH", path.as_str(), json!({ "stage": "won", "moved_at": "2001-01-01T00:00:00Z" }), 422, one("moved_at")),
        ("PATCH", path.as_str(), json!({ "stage": "demo", "moved_at": "2999-01-01T00:00:00Z" }), 422, one("moved_at")),
        ("PATCH", path.as_str(), json!({ "stage": "demo", "moved_at": "1999-01-01T00:00:00Z" }), 422, one("moved_at")),
        ("POST", back.as_str(), json!({}), 422, one("stage")),
        ("POST", back.as_str(), json!({ "stage": "new" }), 409, one("stage")), // the first one
        ("PATCH", path.as_str(), json!({ "name": null }), 422, one("name")),
        ("POST", "/touchpoints", json!({ "kind": "demo" }), 422, one("customer_id")),
        ("POST", "/touchpoints", json!({ "kind": "demo", "deal_id": "dl_00000000000000000000000000" }), 422, one("deal_id")),
    ] {
        assert_eq!(refused(&server, method, path, body.clone()), (status, expected), "{method} {path} {body}");
    }
    assert_eq!(server.api("GET", "/deals/dl_00000000000000000000000000", Value::Null).status, 404);
}

#[test]
fn the_history_is_appended_with_times_and_author() {
    let dated = Dated::start();
    let (server, at) = (&dated.server, |days: i64| dated.day(days));
    let deal = text(&server.ok("POST", "/deals", json!({ "name": "Acme" })), "id");
    let path = format!("/deals/{deal}");
    let moved = |days: i64, body: Value| {
        dated.clock.set(at(days));
        server.ok("PATCH", &path, body)
    };
    moved(1, json!({ "stage": "proposal" }));
    moved(2, json!({ "stage": "PROPOSAL", "owner": "Olga" }));
    let won = moved(9, json!({ "status": "won", "moved_at": at(8).to_string(), "order_id": "o-1" }));
    assert_eq!((&won["stage"], &won["closed_at"]), (&json!("won"), &json!(at(8).to_string())));
    let kept = server.api("PATCH", &path, json!({ "stage": "negotiation" }));
    assert_eq!(kept.status, 422);
    assert!(kept.text().contains("take the order off with \\\"order_id\\\": null"), "{}", kept.text());
    let again = moved(10, json!({ "stage": "negotiation", "order_id": null }));
    assert!(again["closed_at"].is_null(), "it goes on");
    let lost = moved(11, json!({ "stage": "lost" }));
    assert_eq!(lost["closed_at"], at(11).to_string());
    let history = server.ok("GET", &path, Value::Null)["history"].as_array().unwrap().clone();
    let expected = [("new", 0), ("proposal", 1), ("won", 8), ("negotiation", 10), ("lost", 11)];
    assert_eq!(history.len(), expected.len());
    for (change, (stage, day)) in history.iter().zip(expected) {
        assert_eq!((text(change, "stage"), text(change, "at")), (stage.into(), at(day).to_string()));
        assert!(text(change, "author").starts_with("ky_"), "{change}");
    }
    assert_eq!(text(&history[2], "recorded_at"), at(9).to_string());
}

#[test]
fn a_move_comes_after_the_one_before_and_the_last_one_can_be_taken_back() {
    let dated = Dated::start();
    let (server, at) = (&dated.server, |days: i64| dated.day(days));
    dated.clock.set(at(3));
    let deal = text(&server.ok("POST", "/deals", json!({ "name": "Acme", "opened_at": at(0).to_string() })), "id");
    let path = format!("/deals/{deal}");
    let moved = |stage: &str, days: i64| {
        let answer = server.api("PATCH", &path, json!({ "stage": stage, "moved_at": at(days).to_string() }));
        (answer.status, answer.text())
    };
    assert_eq!(moved("demo", 2).0, 200);
    for (days, why) in
        [(-1, "must not lie before opened_at"), (1, "must not lie before its last move"), (4, "lies in the future")]
    {
        let (status, said) = moved("proposal", days);
        assert!(status == 422 && said.contains("\"moved_at\"") && said.contains(why), "{days}: {said}");
    }
    assert_eq!(moved("won", 3).0, 200);
    let back = |stage: &str| server.api("POST", &format!("{path}/move-back"), json!({ "stage": stage }));
    let stages = || {
        let shown = server.ok("GET", &path, Value::Null);
        let history = shown["history"].as_array().unwrap().iter().map(|change| text(change, "stage")).collect::<Vec<_>>();
        (text(&shown, "stage"), shown["closed_at"].is_null(), history.join(" "))
    };
    assert_eq!(stages(), ("won".into(), false, "new demo won".into()));
    assert_eq!(back("won").status, 200);
    assert_eq!(stages(), ("demo".into(), true, "new demo".into()));
    assert_eq!(back("won").status, 409, "sent twice it takes back one move");
    assert_eq!(back("demo").status, 200);
    assert_eq!(stages(), ("new".into(), true, "new".into()));
    assert_eq!(back("new").status, 409, "a deal is in one stage at least");
    let log = server.ok("GET", "/audit", Value::Null)["data"].to_string();
    assert_eq!(log.matches("deal.move_back").count(), 2, "{log}");
}

#[test]
fn admins_extend_the_stages() {
    let server = Server::start();
    let names = |server: &Server| -> Vec<String> {
        let stages = server.ok("GET", "/deal-stages", Value::Null);
        stages["data"].as_array().unwrap().iter().map(|stage| text(stage, "name")).collect()
    };
    assert_eq!(names(&server), ["new", "qualified", "demo", "proposal", "negotiation", "won", "lost"]);
    let legal = server.ok("POST", "/deal-stages", json!({ "name": "Legal review", "order": 55 }));
    assert_eq!((&legal["kind"], &legal["order"]), (&json!("open"), &json!(55)));
    assert_eq!(names(&server)[4..6], ["negotiation", "Legal review"]);
    assert_eq!(refused(&server, "POST", "/deal-stages", json!({ "name": "LEGAL review" })), (409, vec!["name".into()]));
    let path = format!("/deal-stages/{}", text(&legal, "id"));
    server.ok("PATCH", &path, json!({ "name": "Legal", "order": 5 }));
    assert_eq!(names(&server)[0], "Legal");
    let deal = server.ok("POST", "/deals", json!({ "name": "Acme", "stage": "legal" }));
    assert_eq!(deal["stage"], "Legal");
    assert_eq!(refused(&server, "DELETE", &path, Value::Null), (409, vec!["id".into()]), "a deal has been in it");
    assert_eq!(refused(&server, "PATCH", &path, json!({ "kind": "won" })), (409, vec!["kind".into()]));
    server.ok("PATCH", &path, json!({ "name": "Contract" }));
    let shown = server.ok("GET", &format!("/deals/{}", text(&deal, "id")), Value::Null);
    assert_eq!((&shown["stage"], &shown["history"][0]["stage"]), (&json!("Contract"), &json!("Contract")));

    let stages = server.ok("GET", "/deal-stages", Value::Null)["data"].as_array().unwrap().clone();
    let won = stages.iter().find(|stage| stage["kind"] == "won").unwrap();
    let won = format!("/deal-stages/{}", text(won, "id"));
    assert_eq!(refused(&server, "DELETE", &won, Value::Null), (409, vec!["id".into()]), "the only one of its kind");
    server.ok("POST", "/deal-stages", json!({ "name": "signed", "kind": "won" }));
    assert_eq!(server.api("DELETE", &won, Value::Null).status, 204);
}

#[test]
fn offline_touchpoints_name_a_deal() {
    let server = Server::start();
    let ada = server.partner("Ada");
    let deal = text(&server.ok("POST", "/deals", json!({ "name": "Acme" })), "id");
    let other = text(&server.ok("POST", "/deals", json!({ "name": "Other", "customer_id": "c1" })), "id");
    let intro = server.ok("POST", "/touchpoints", json!({ "partner_id": ada, "kind": "intro", "deal_id": deal }));
    assert_eq!((&intro["deal_id"], &intro["customer_id"]), (&json!(deal), &Value::Null));
    let shown = |deal: &str| server.ok("GET", &format!("/deals/{deal}"), Value::Null);
    let touches = |deal: &str| -> Vec<String> {
        shown(deal)["touchpoints"].as_array().unwrap().iter().map(|touch| text(touch, "touchpoint_id")).collect()
    };
    let ids = [text(&intro, "id")];
    assert_eq!(touches(&deal), ids);
    assert_eq!(server.ok("GET", &format!("/touchpoints?deal_id={deal}"), Value::Null)["data"], json!([intro]));
    assert_eq!((&shown(&deal)["part"], &shown(&deal)["partners"]), (&json!("influenced"), &json!([ada])));
    assert!(touches(&other).is_empty());

    // The customer becomes known, and with it whose conversion the intro led to.
    server.ok("PATCH", &format!("/deals/{deal}"), json!({ "customer_id": "c1" }));
    let sale = json!({ "order_id": "o1", "amount": 5000, "currency": "EUR", "customer_id": "c1" });
    server.ok("POST", "/conversions", sale);
    let sale = eventually("Ada has the credit", || {
        Some(server.attributed("o1")).filter(|sale| sale["credits"][0]["partner_id"] == ada.as_str())
    });
    assert!(touches(&other).is_empty(), "what names a deal is no other's");
    // A touchpoint of the customer that names no deal is one of all its deals.
    let webinar = server.ok("POST", "/touchpoints", json!({ "kind": "webinar", "customer_id": "c1" }));
    assert_eq!(touches(&other), [text(&webinar, "id")]);
    assert_eq!(touches(&deal).len(), 2);

    let won = server.ok("PATCH", &format!("/deals/{deal}"), json!({ "status": "won", "order_id": "o1" }));
    assert_eq!(won["order_id"], "o1");
    assert_eq!(shown(&deal)["conversion_ids"], json!([sale["id"]]));
}

#[test]
fn accounts_have_parents_and_may_be_partners() {
    let server = Server::start();
    let ada = server.partner("Ada");
    let add = |body: Value| text(&server.ok("POST", "/accounts", body), "id");
    let group = add(json!({ "name": "Acme Group", "partner_id": ada }));
    let acme = add(json!({ "name": "Acme", "parent_id": group, "domain": "https://www.acme.example/" }));
    let labs = add(json!({ "name": "Acme Labs", "parent_id": acme, "customer_id": "c-labs" }));
    assert_eq!(server.ok("GET", &format!("/accounts/{acme}"), Value::Null)["domain"], "acme.example");
    let parts = server.ok("GET", &format!("/accounts?parent_id={acme}"), Value::Null);
    assert_eq!(text(&parts["data"][0], "id"), labs);
    let patch = |id: &str, body: Value| refused(&server, "PATCH", &format!("/accounts/{id}"), body);
    assert_eq!(patch(&group, json!({ "parent_id": labs })), (409, vec!["parent_id".into()]), "a circle");
    assert_eq!(patch(&acme, json!({ "parent_id": acme })), (409, vec!["parent_id".into()]), "its own parent");
    assert_eq!(patch(&labs, json!({ "domain": "acme.example" })), (409, vec!["domain".into()]));
    assert_eq!(patch(&labs, json!({ "domain": "acme" })), (422, vec!["domain".into()]));
    assert_eq!(patch(&labs, json!({ "partner_id": "pn_00000000000000000000000000" })), (422, vec!["partner_id".into()]));

    // A partner's work on a purchase of a part of itself is a self-referral.
    let deal = text(&server.ok("POST", "/deals", json!({ "name": "Own", "account_id": labs })), "id");
    server.ok("POST", "/touchpoints", json!({ "partner_id": ada, "kind": "intro", "deal_id": deal }));
    let shown = server.ok("GET", &format!("/deals/{deal}"), Value::Null);
    assert_eq!((&shown["touchpoints"][0]["self_referral"], &shown["part"]), (&json!(true), &json!("neither")));
    // So it is for the credit of what that part buys.
    let sale = json!({ "order_id": "own", "amount": 100, "currency": "EUR", "customer_id": "c-labs" });
    server.ok("POST", "/conversions", sale);
    let sale = server.attributed("own");
    assert!(sale["credits"].as_array().unwrap().is_empty() && text(&sale, "summary").contains("self-referral"), "{sale}");
    server.ok("PATCH", &format!("/accounts/{group}"), json!({ "partner_id": null }));
    assert_eq!(server.ok("GET", &format!("/deals/{deal}"), Value::Null)["part"], "influenced");
}
