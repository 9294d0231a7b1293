//! What is sound but odd: counted, listed, and told by `kudos check` without failing.

use serde_json::{Value, json};

use super::program::{Dated, refused, walk};
use super::server::{Server, text};
use crate::database::{Hand, by_hand};
use crate::settings::run;

#[test]
fn each_kind_is_counted_and_listed() {
    let dated = Dated::start();
    let server = &dated.server;
    let (ada, ben) = (server.partner("Ada"), server.partner("Ben"));
    let slug = server.link(&ada);
    let count = |kind: &str| {
        let counts = server.ok("GET", "/reports/discrepancies", Value::Null);
        let row = counts["data"].as_array().unwrap().iter().find(|row| row["kind"] == kind).unwrap().clone();
        row["count"].as_i64().unwrap()
    };
    let list = |kind: &str| walk(server, &format!("/reports/discrepancies/{kind}"), 1);
    let sale = |order: &str, amount: i64, more: Value| {
        let mut body = json!({ "order_id": order, "amount": amount, "currency": "EUR" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        server.ok("POST", "/conversions", body);
        server.attributed(order)
    };
    let kinds = [
        "conversion_without_journey",
        "credit_to_disabled_partner",
        "touchpoint_after_conversion",
        "deal_without_touchpoints",
        "order_with_different_amounts",
    ];
    assert!(kinds.iter().all(|kind| count(kind) == 0 && list(kind).is_empty()));

    let direct = sale("direct", 100, json!({}));
    let click = server.get(&format!("/{slug}")).click_id();
    let credited = sale("credited", 1000, json!({ "click_id": click, "customer_id": "c1" }));
    dated.clock.set(dated.day(1));
    for amount in [1000, 1200] {
        let body = json!({ "order_id": "credited", "amount": amount, "currency": "EUR" });
        server.api_with("POST", "/conversions", &[("prefer", "wait=15")], body);
    }
    dated.clock.set(dated.day(2));
    let late = server.ok("POST", "/touchpoints", json!({ "kind": "intro", "partner_id": ben, "customer_id": "c1" }));
    let deals = ["Alone", "Known"].map(|name| server.ok("POST", "/deals", json!({ "name": name })));
    server.ok("POST", "/touchpoints", json!({ "kind": "demo", "deal_id": text(&deals[1], "id") }));
    server.ok("PATCH", &format!("/partners/{ada}"), json!({ "status": "disabled" }));

    for (kind, id, word) in [
        (kinds[0], Some(text(&direct, "id")), "no touchpoint"),
        (kinds[1], Some(text(&credited["credits"][0], "id")), "Ada is disabled"),
        (kinds[2], Some(text(&late, "id")), "after the conversion"),
        (kinds[3], Some(text(&deals[0], "id")), "Alone"),
        (kinds[4], None, "recorded with 10.00 EUR, then reported with 12.00 EUR"),
    ] {
        let found = list(kind);
        assert_eq!((count(kind), found.len()), (1, 1), "{kind}: {found:?}");
        assert!(text(&found[0], "detail").contains(word), "{found:?}");
        assert!(id.is_none_or(|id| found[0]["id"] == id.as_str()), "{found:?}");
    }
    assert_eq!(list(kinds[4])[0]["conversion_id"], credited["id"]);
    let late = &list(kinds[2])[0];
    assert_eq!((&late["partner_id"], &late["conversion_id"]), (&json!(ben), &credited["id"]), "after the last before it");
    late_beside_kin_and_clicks(&dated, &ben, &credited);
    for number in 0..4 {
        server.ok("POST", "/deals", json!({ "name": format!("D{number}") }));
    }
    assert_eq!((count(kinds[3]), list(kinds[3]).len()), (5, 5), "page by page");
    // A later conversion of the customer: the intro may have led to that one.
    sale("next", 500, json!({ "customer_id": "c1" }));
    assert_eq!(count(kinds[2]), 1, "the click is late all the same");
    assert_eq!(refused(server, "GET", "/reports/discrepancies/nonsense", Value::Null).0, 404);
    told_by_check(server);
    named_by_check(server, &credited);
}

/// Late is also what came after a conversion of the same buyer under another name, and a click for which a sale was reported as of
/// before it.
fn late_beside_kin_and_clicks(dated: &Dated, ben: &str, credited: &Value) {
    const KIND: &str = "touchpoint_after_conversion";
    let server = &dated.server;
    let found = || walk(server, &format!("/reports/discrepancies/{KIND}"), 9);
    let earlier = found().len();
    server.ok("POST", "/customers/c2/merge", json!({ "into": "c1" }));
    let of_kin = server.ok("POST", "/touchpoints", json!({ "kind": "intro", "partner_id": ben, "customer_id": "c2" }));
    let by_id = |id: &str| found().into_iter().find(|found| found["id"] == id);
    let of_kin = by_id(&text(&of_kin, "id")).unwrap();
    assert_eq!((&of_kin["conversion_id"], found().len()), (&credited["id"], earlier + 1));
    let click = server.get(&format!("/{}", server.link(ben))).click_id();
    let sale = json!({ "order_id": "before", "amount": 1, "currency": "EUR", "click_id": click,
        "occurred_at": (dated.day(2) - 1_000).to_string() });
    server.ok("POST", "/conversions", sale);
    let before = server.attributed("before");
    assert_eq!(by_id(&click).unwrap()["conversion_id"], before["id"]);
}

/// `kudos check` tells of them, and is content.
fn told_by_check(server: &Server) {
    let output = run(&server.dir, &["check", "--database", &server.database()], &[]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    for line in [
        "every invariant holds",
        "note: 5 deals without touchpoints (deal_without_touchpoints)",
        "note: 1 orders reported again with another amount",
        "notes break no invariant and change no exit code",
    ] {
        assert!(said.contains(line), "{line:?} is not in {said}");
    }
}

/// What is broken it names as people know it.
fn named_by_check(server: &Server, credited: &Value) {
    by_hand(&server.database(), async |hand: Hand| {
        hand.sql("update conversions set amount = 1 where order_id = 'credited'").await;
    });
    let output = run(&server.dir, &["check", "--database", &server.database()], &[]);
    let (said, id) = (String::from_utf8_lossy(&output.stdout).into_owned(), text(credited, "id"));
    assert!(!output.status.success() && said.contains(&format!("first: for example {id})")), "{said}");
    by_hand(&server.database(), async |hand: Hand| {
        hand.sql("update conversions set amount = 1000 where order_id = 'credited'").await;
    });
}
