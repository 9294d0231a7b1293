//! `/customers`: who a buyer is, by any id a website may have, and what is told of them.

use serde_json::{Value, json};

use super::program::{column, key, walk};
use super::server::{Server, eventually, text};

/// A link of a partner, and a click on it: its id and cookie.
fn click(server: &Server, partner: &str) -> (String, String) {
    let answer = server.get(&format!("/{}", server.link(partner)));
    (answer.click_id(), answer.cookie().unwrap())
}

fn sale(server: &Server, order: &str, more: Value) -> Value {
    let mut body = json!({ "order_id": order, "amount": 1_000, "currency": "EUR" });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    server.api_with("POST", "/conversions", &[("prefer", "wait=15")], body).json()
}

/// The partners who have credit for an order, once they are as many.
fn credited(server: &Server, order: &str, count: usize) -> Vec<String> {
    eventually("the credit is assigned", || {
        let credits = server.attributed(order)["credits"].as_array().unwrap().clone();
        let partners: Vec<_> = credits.iter().map(|credit| text(credit, "partner_id")).collect();
        (partners.len() == count).then_some(partners)
    })
}

/// An id as it stands in a path.
fn encoded(id: &str) -> String {
    id.bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

#[test]
fn an_id_may_hold_any_text() {
    let server = Server::start();
    for id in ["plain", "a/b?c#d", "sam@example.com", "50 % + more", "%41", "K\u{f6}ln \u{1f600}", "..", "\u{2026}"] {
        sale(&server, id, json!({ "customer_id": id }));
        let shown = server.ok("GET", &format!("/customers/{}", encoded(id)), Value::Null);
        assert_eq!((&shown["id"], &shown["conversions"]), (&json!(id), &json!(1)), "{shown}");
        let found = server.ok("GET", &format!("/conversions?customer_id={}", encoded(id)), Value::Null);
        assert_eq!(found["data"].as_array().unwrap().len(), 1, "{id}");
    }
    assert_eq!(walk(&server, "/customers", 3).len(), 8);
    for path in ["/customers/nobody", "/customers/%20", "/customers/%00", "/customers/%ff"] {
        assert_eq!(server.api("GET", path, Value::Null).status, 404, "{path}");
    }
}

#[test]
fn a_customer_is_identified_by_browser_click_and_address() {
    let server = Server::start();
    let partners = ["Ada", "Ben", "Cleo"].map(|name| server.partner(name));
    let [ada, ben, cleo] = partners.each_ref().map(|partner| click(&server, partner));
    sale(&server, "1", json!({ "customer_id": "kim" }));
    assert_eq!(credited(&server, "1", 0), Vec::<String>::new());
    let tell = |body: Value| server.ok("POST", "/customers/kim/identify", body);
    // A visitor's id is in what is known of a click.
    let visitor = server.ok("GET", &format!("/touchpoints/{}", ada.0), Value::Null)["visitor_id"].clone();
    tell(json!({ "visitor_id": visitor }));
    tell(json!({ "click_id": ben.0 }));
    server.get_with("/pixel.gif?event=lead&order_id=lead&email=kim%40example.com", &[("cookie", &cleo.1)]);
    server.attributed("lead");
    let kim = tell(json!({ "email": " Kim@Example.com " }));
    let found = credited(&server, "1", 3);
    assert!(partners.iter().all(|partner| found.contains(partner)), "{found:?}");
    assert_eq!((&kim["visitors"], &kim["conversions"]), (&json!(3), &json!(2)), "{kim}");
    assert_eq!(kim["accounts"].as_array().unwrap().len(), 2, "the id and the address that was a buyer alone: {kim}");
    assert_eq!(kim["emails"][0]["address"], Value::Null);
    let by_email = server.ok("GET", "/customers?email=KIM@example.com", Value::Null);
    assert_eq!(by_email["data"].as_array().unwrap().len(), 2, "{by_email}");

    let refused = server.api("POST", "/customers/kim/identify", json!({ "email": "kim" }));
    assert_eq!((refused.status, refused.json()["errors"][0]["field"].clone()), (422, json!("email")));
    assert_eq!(server.api("POST", "/customers/kim/identify", json!({})).status, 422);
    let track = format!("Bearer {}", key(&server, "track"));
    let by_track = |path: &str, body: Value| server.api_with("POST", path, &[("authorization", &track)], body).status;
    assert_eq!(by_track("/customers/kim/identify", json!({ "click_id": ben.0 })), 200);
    assert_eq!(by_track("/customers/kim/merge", json!({ "into": "lee" })), 403);
    let lines = column(&server.dir, "select detail from audit where action = 'customer.identify' order by id");
    assert!(lines.len() == 4 && lines.iter().flatten().all(|line| !line.contains('@')), "{lines:?}");
}

#[test]
fn merged_customers_are_shown_as_one() {
    let server = Server::start();
    let ada = server.partner("Ada");
    sale(&server, "1", json!({ "customer_id": "old" }));
    sale(&server, "2", json!({ "customer_id": "new" }));
    server.ok(
        "POST",
        "/touchpoints",
        json!({ "kind": "intro", "partner_id": ada, "customer_id": "new", "occurred_at": "2025-01-01T00:00:00Z" }),
    );
    let merge = |id: &str, into: &str| server.api("POST", &format!("/customers/{id}/merge"), json!({ "into": into }));
    assert_eq!(merge("old", "old").status, 422);
    assert_eq!(merge("old", "").status, 422);
    for _ in 0..2 {
        let merged = merge("old", "new").json();
        assert_eq!((&merged["merged_into"], &merged["accounts"]), (&json!("new"), &json!(["new", "old"])), "{merged}");
        assert_eq!((&merged["conversions"], &merged["unknown"]), (&json!(2), &json!([])));
    }
    assert_eq!(merge("new", "old").status, 200, "they are one already");
    sale(&server, "3", json!({ "customer_id": "old" }));
    for id in ["old", "new"] {
        assert_eq!(server.ok("GET", &format!("/customers/{id}"), Value::Null)["conversions"], 3);
        assert_eq!(
            server.ok("GET", &format!("/conversions?customer_id={id}"), Value::Null)["data"].as_array().unwrap().len(),
            3
        );
        assert_eq!(
            server.ok("GET", &format!("/touchpoints?customer_id={id}"), Value::Null)["data"].as_array().unwrap().len(),
            1
        );
    }
    let audit = server.ok("GET", "/audit", Value::Null);
    let lines = audit["data"].as_array().unwrap().iter().filter(|line| line["action"] == "customer.merge").count();
    assert_eq!(lines, 1);
}

#[test]
fn a_merge_tells_of_ids_nobody_knows_and_is_taken_back() {
    let server = Server::start();
    let (ada, ben) = (server.partner("Ada"), server.partner("Ben"));
    for (partner, customer) in [(&ada, "u1"), (&ben, "u2")] {
        let touch = json!({ "kind": "intro", "partner_id": partner, "customer_id": customer,
            "occurred_at": "2025-01-01T00:00:00Z" });
        server.ok("POST", "/touchpoints", touch);
        sale(&server, customer, json!({ "customer_id": customer, "occurred_at": "2025-01-02T00:00:00Z" }));
    }
    let change = |method: &str, id: &str, body: Value| server.api(method, &format!("/customers/{id}/merge"), body);
    let merge = |id: &str, into: &str| change("POST", id, json!({ "into": into })).json();
    let split = |id: &str| change("DELETE", id, Value::Null);
    assert_eq!((split("u1").status, split("nobody").status), (409, 404));
    assert_eq!(merge("u1", "u2")["unknown"], json!([]));
    let slip = merge("nope", "u2");
    assert_eq!((&slip["unknown"], &slip["accounts"]), (&json!(["nope"]), &json!(["nope", "u1", "u2"])), "{slip}");
    credited(&server, "u1", 2);
    // The id under which they go on leaves: the others stay together.
    let alone = split("u2").json();
    assert_eq!((&alone["merged_into"], &alone["accounts"]), (&Value::Null, &json!(["u2"])), "{alone}");
    eventually("Ada alone has the first sale", || (credited(&server, "u2", 1) == std::slice::from_ref(&ben)).then_some(()));
    assert_eq!(credited(&server, "u1", 1), std::slice::from_ref(&ada));
    let rest = server.ok("GET", "/customers/u1", Value::Null);
    assert_eq!(rest["accounts"], json!(["nope", "u1"]), "{rest}");
    assert_eq!(split("nope").status, 200);
    assert_eq!(server.ok("GET", "/customers/u1", Value::Null)["accounts"], json!(["u1"]));
    assert_eq!(column(&server.dir, "select customer_id from customer_groups"), Vec::<Option<String>>::new());
}

#[test]
fn merged_customers_with_deals_are_one_buyer() {
    let server = Server::start();
    let (ada, ben) = (server.partner("Ada"), server.partner("Ben"));
    let deals = ["old", "new"].map(|id| text(&server.ok("POST", "/deals", json!({ "name": id, "customer_id": id })), "id"));
    server.ok("POST", "/accounts", json!({ "name": "Old", "customer_id": "old", "partner_id": ben }));
    for (partner, customer) in [(&ada, "old"), (&ben, "new")] {
        server.ok("POST", "/touchpoints", json!({ "kind": "intro", "partner_id": partner, "customer_id": customer }));
    }
    sale(&server, "1", json!({ "customer_id": "new" }));
    assert_eq!(credited(&server, "1", 1), std::slice::from_ref(&ben), "a stranger to the account so far");
    let partners = |deal: &str| server.ok("GET", &format!("/deals/{deal}"), Value::Null)["partners"].clone();
    assert_eq!(deals.each_ref().map(|deal| partners(deal)), [json!([ada]), json!([ben])]);

    server.ok("POST", "/customers/old/merge", json!({ "into": "new" }));
    eventually("the journey is that of both, and Ben is the buyer", || {
        (credited(&server, "1", 1) == std::slice::from_ref(&ada)).then_some(())
    });
    assert_eq!(deals.each_ref().map(|deal| partners(deal)), [json!([ada]), json!([ada])]);
    for path in ["/deals?customer_id=old", "/deals?customer_id=new"] {
        assert_eq!(walk(&server, path, 5).len(), 2, "{path}");
    }
    assert_eq!(server.ok("GET", "/accounts?customer_id=new", Value::Null)["data"][0]["name"], "Old");
    let report = server.ok("GET", "/reports/pipeline?group_by=partner", Value::Null);
    let rows = report["data"].as_array().unwrap();
    assert!(rows.len() == 1 && rows[0]["key"] == ada.as_str(), "{report}");
    let influenced = rows[0]["parts"].as_array().unwrap().iter().find(|part| part["part"] == "influenced").unwrap();
    assert_eq!(influenced["deals"], 2, "{report}");
}

#[test]
fn a_customer_may_be_a_partner_and_a_part_of_another() {
    let server = Server::start();
    let ada = server.partner("Ada");
    let (clicked, _) = click(&server, &ada);
    for customer in ["holding", "branch", "desk"] {
        server.ok("POST", "/touchpoints", json!({ "kind": "demo", "customer_id": customer }));
    }
    let edit = |id: &str, body: Value| server.api("PATCH", &format!("/customers/{id}"), body);
    assert_eq!(edit("branch", json!({ "parent_id": "holding" })).json()["parent_id"], "holding");
    assert_eq!(edit("desk", json!({ "parent_id": "branch" })).status, 200);
    for (id, parent) in [("holding", "desk"), ("holding", "holding"), ("desk", "nobody")] {
        let refused = edit(id, json!({ "parent_id": parent }));
        assert_eq!((refused.status, refused.json()["errors"][0]["field"].clone()), (422, json!("parent_id")), "{id} {parent}");
    }
    assert_eq!(edit("desk", json!({ "parent_id": null })).json()["parent_id"], Value::Null);
    assert_eq!(edit("desk", json!({ "partner_id": "pn_00000000000000000000000000" })).status, 422);
    assert_eq!(edit("desk", json!({ "partner_id": ada })).json()["partner_id"], json!(ada));
    let parts = server.ok("GET", "/customers?parent_id=holding", Value::Null);
    assert_eq!(parts["data"][0]["id"], "branch");
    let partners = server.ok("GET", &format!("/customers?partner_id={ada}"), Value::Null);
    assert_eq!(partners["data"][0]["id"], "desk");
    // What a partner buys itself earns it nothing.
    let own = sale(&server, "1", json!({ "customer_id": "desk", "click_id": clicked }));
    assert_eq!(own["credits"], json!([]));
}

#[test]
fn an_offline_touchpoint_may_name_its_buyer_by_address() {
    let server = Server::start();
    let (ada, ben) = (server.partner("Ada"), server.partner("Ben"));
    let intro = |partner: &str, whom: Value| {
        let mut body = json!({ "kind": "intro", "partner_id": partner, "occurred_at": "2026-01-01T00:00:00Z" });
        body.as_object_mut().unwrap().extend(whom.as_object().unwrap().clone());
        server.api("POST", "/touchpoints", body)
    };
    let sale = |order: &str, more: Value| {
        let mut body = json!({ "occurred_at": "2026-02-01T00:00:00Z" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        sale(&server, order, body)
    };
    assert_eq!(intro(&ada, json!({ "email": "Kim@Example.com" })).status, 201);
    sale("1", json!({ "email": "kim@example.com" }));
    assert_eq!(credited(&server, "1", 1), std::slice::from_ref(&ada));
    // Whom the address names is told with another touchpoint, after the order.
    sale("2", json!({ "customer_id": "kim" }));
    assert_eq!(credited(&server, "2", 0), Vec::<String>::new());
    assert_eq!(intro(&ben, json!({ "email": "kim@example.com", "customer_id": "kim" })).status, 201);
    assert_eq!(credited(&server, "2", 2).len(), 2);
    for (whom, field) in [(json!({}), "customer_id"), (json!({ "email": "kim" }), "email")] {
        let refused = intro(&ada, whom);
        assert_eq!((refused.status, refused.json()["errors"][0]["field"].clone()), (422, json!(field)));
    }
}
