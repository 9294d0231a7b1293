//! Touchpoints that people enter: corrected and taken back, by the API and on the page of a deal.

use serde_json::{Value, json};

use super::pages::{Person, make_user};
use super::program::refused;
use super::server::{Server, eventually, text};

const MARKUP: &str = "<img src=x onerror=alert(1)>\"'";

/// The place that a form led to, without what was done.
fn place(answer: &super::server::Answer) -> String {
    assert_eq!(answer.status, 303, "{}", answer.text());
    answer.header("location").unwrap().split('?').next().unwrap().to_owned()
}

/// Whether a page holds every one of these.
#[track_caller]
fn holds(page: &str, all: &[&str]) {
    for wanted in all {
        assert!(page.contains(wanted), "{wanted:?} is not on {page}");
    }
}

#[test]
fn what_people_entered_is_corrected_and_taken_back_and_credit_follows() {
    let server = Server::start();
    let (ada, ben) = (server.partner("Ada"), server.partner("Ben"));
    let deal = text(&server.ok("POST", "/deals", json!({ "name": "Acme", "customer_id": "c1" })), "id");
    let intro = server.ok("POST", "/touchpoints", json!({ "partner_id": ada, "kind": "intro", "deal_id": deal }));
    let path = format!("/touchpoints/{}", text(&intro, "id"));
    let sale = json!({ "order_id": "o1", "amount": 5000, "currency": "EUR", "customer_id": "c1" });
    server.ok("POST", "/conversions", sale);
    let credited = |wanted: &[&str]| {
        eventually("the credit follows", || {
            let sale = server.attributed("o1");
            let own: Vec<&str> =
                sale["credits"].as_array().unwrap().iter().filter_map(|credit| credit["partner_id"].as_str()).collect();
            (own == wanted).then_some(())
        });
    };
    credited(&[&ada]);
    for (body, field) in [
        (json!({ "kind": "click" }), "kind"),
        (json!({ "partner_id": null }), "partner_id"),
        (json!({ "partner_id": "pn_00000000000000000000000000" }), "partner_id"),
        (json!({ "deal_id": null, "customer_id": null }), "customer_id"),
        (json!({ "occurred_at": "2026-01-01T00:00:00Z" }), "occurred_at"),
    ] {
        assert_eq!(refused(&server, "PATCH", &path, body.clone()), (422, vec![field.to_owned()]), "{body}");
    }
    let changed = server.ok("PATCH", &path, json!({ "partner_id": ben, "kind": "referral", "note": "It was Ben" }));
    assert_eq!(
        (&changed["kind"], &changed["team"], &changed["note"]),
        (&json!("referral"), &json!("partner"), &json!("It was Ben"))
    );
    assert_eq!((&changed["deal_id"], &changed["customer_id"]), (&json!(deal), &json!("c1")), "what is absent stays");
    credited(&[&ben]);
    // A kind of our own team needs no partner.
    assert_eq!(server.ok("PATCH", &path, json!({ "team": "sales", "partner_id": null }))["partner_id"], Value::Null);
    credited(&[]);
    server.ok("PATCH", &path, json!({ "team": "partner", "partner_id": ada }));
    credited(&[&ada]);

    for _ in 0..2 {
        assert_eq!(server.api("DELETE", &path, Value::Null).status, 204, "taken back once and again");
    }
    credited(&[]);
    assert_eq!(server.ok("GET", &path, Value::Null)["verdict"], "withdrawn");
    let shown = server.ok("GET", &format!("/deals/{deal}"), Value::Null);
    assert_eq!((&shown["part"], &shown["touchpoints"][0]["counted"]), (&json!("neither"), &json!(false)));
    assert_eq!(server.api("PATCH", &path, json!({ "note": "x" })).status, 409);
    let actions: Vec<String> = server.ok("GET", "/audit", Value::Null)["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| text(line, "action"))
        .filter(|action| action.starts_with("touchpoint"))
        .collect();
    assert_eq!(actions.iter().filter(|action| *action == "touchpoint.update").count(), 4, "{actions:?}");

    // What the edge saw stays as it was.
    let slug = server.link(&ada);
    let click = server.get(&format!("/{slug}")).click_id();
    let path = format!("/touchpoints/{click}");
    eventually("the click is stored", || (server.api("GET", &path, Value::Null).status == 200).then_some(()));
    assert_eq!(refused(&server, "PATCH", &path, json!({ "note": "x" })), (409, vec!["kind".into()]));
    assert_eq!(refused(&server, "DELETE", &path, Value::Null), (409, vec!["kind".into()]));
}

#[test]
fn what_was_done_for_a_deal_is_entered_corrected_and_taken_back_on_its_page() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    let (ada, ben) = (server.partner("Ada Ltd"), server.partner("Ben Ltd"));
    let deal = place(&admin.post("/admin/deals", &[("name", "Acme")]));
    let enter = |fields: &[(&str, &str)]| admin.post(&format!("{deal}/touchpoints"), fields);
    for (fields, message) in [
        (&[("kind", "intro"), ("partner_id", "")][..], "whose touchpoint is it?"),
        (&[("kind", "nothing"), ("partner_id", &ada)], "is not an offline kind"),
        (&[("kind", "intro"), ("partner_id", &ada), ("occurred_at", "soon")], "is no date such as"),
    ] {
        let answer = enter(fields);
        assert_eq!(answer.status, 422, "{fields:?}");
        holds(&answer.text(), &[message, "Move to another stage"]);
        assert_eq!(answer.text().matches("-error\"").count(), 2, "it is said once, beside its field: {}", answer.text());
        assert_eq!(answer.text().matches(" autofocus").count(), 1, "and there one begins: {}", answer.text());
    }
    assert_eq!(place(&enter(&[("kind", "intro"), ("partner_id", &ada), ("note", MARKUP)])), deal);
    let shown = admin.get(&deal).text();
    holds(&shown, &["Influenced by Ada Ltd", "/edit\">Introduction"]);
    let touch = shown.split("/admin/touchpoints/").nth(1).unwrap().split('/').next().unwrap().to_owned();
    let path = format!("/admin/touchpoints/{touch}");
    let edit = admin.get(&format!("{path}/edit")).text();
    holds(&edit, &[&deal, "<option value=\"intro\" selected>", &format!("<option value=\"{ada}\" selected>")]);
    assert!(!edit.contains("<img src=x"), "{edit}");
    let wrong = admin.post(&path, &[("kind", "intro"), ("partner_id", ""), ("note", "")]);
    assert!(wrong.status == 422 && wrong.text().contains("whose touchpoint is it?"), "{}", wrong.text());
    assert_eq!(place(&admin.post(&path, &[("kind", "demo"), ("partner_id", &ben), ("note", "")])), deal);
    holds(&admin.get(&deal).text(), &["Influenced by Ben Ltd", "/edit\">Demo"]);
    holds(&admin.get(&format!("{path}/remove")).text(), &["It counts no longer"]);
    assert_eq!(place(&admin.post(&format!("{path}/remove"), &[])), deal);
    let shown = admin.get(&deal).text();
    holds(&shown, &["Taken back", "No partner has a touchpoint that counts"]);
    assert!(!shown.contains(&path), "what was taken back is not corrected: {shown}");
    assert_eq!(admin.get(&format!("{path}/edit")).status, 404);
    make_user(&admin, "an@example.com", "An", "analyst", "");
    let analyst = Person::signed_in(&server, "an@example.com").get(&deal).text();
    assert!(!analyst.contains(&format!("{deal}/touchpoints")) && !analyst.contains("/edit\""), "{analyst}");
}
