//! The API's manners, the same for every resource: making, changing, listing, refusing.

use serde_json::{Value, json};

use super::program::{fields, walk};
use super::server::{ADMIN, Answer, Server, text};

fn is_problem(answer: &Answer, status: u16, code: &str) -> Value {
    let problem = answer.json();
    assert_eq!((answer.status, &problem["code"], &problem["status"]), (status, &json!(code), &json!(status)), "{problem}");
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    assert!(!text(&problem, "title").is_empty() && !text(&problem, "detail").is_empty() && !text(&problem, "type").is_empty());
    problem
}

#[test]
fn every_resource_can_be_made_shown_changed_and_removed() {
    let server = Server::start();
    let ada = server.partner("Ada");
    let id = |value: Value| text(&value, "id");
    let group = id(server.ok("POST", "/groups", json!({ "name": "Gold" })));
    for (list, body, edit, status_after) in [
        ("/groups", json!({ "name": "Silver" }), json!({ "name": "Bronze" }), 404),
        ("/campaigns", json!({ "name": "Summer", "utm": { "source": "a" } }), json!({ "name": "Winter", "utm": null }), 404),
        (
            "/partners",
            json!({ "name": "Ben", "email": "ben@example.com", "group": "Gold", "external_id": "b-1" }),
            json!({ "name": "Benno", "email": null, "group": null }),
            200,
        ),
        (
            "/links",
            json!({ "partner_id": ada, "destination": "https://a.example", "utm": { "term": "t" }, "expires_at": "2030-01-01T00:00:00Z" }),
            json!({ "destination": "https://b.example/", "expires_at": null, "utm": { "term": null, "medium": "m" } }),
            200,
        ),
        ("/codes", json!({ "partner_id": ada, "code": "sam20" }), json!({ "status": "disabled" }), 200),
    ] {
        let made = server.api("POST", list, body);
        assert_eq!(made.status, 201, "{}", made.text());
        let path = format!("{list}/{}", id(made.json()));
        let shown = server.ok("GET", &path, Value::Null);
        assert_eq!(shown, made.json());
        assert!(walk(&server, list, 50).contains(&shown));
        let edited = server.ok("PATCH", &path, edit.clone());
        for (field, value) in edit.as_object().unwrap() {
            assert!(edited[field] == *value || value.is_null() || field == "utm", "{path} {field}: {edited}");
        }
        assert_eq!(server.ok("GET", &path, Value::Null), edited);
        assert_eq!(server.ok("PATCH", &path, json!({})), edited, "nothing asked, nothing changed");
        assert_eq!(server.api("DELETE", &path, Value::Null).status, 204);
        let after = server.api("GET", &path, Value::Null);
        assert_eq!(after.status, status_after, "{path}");
        if after.status == 200 {
            assert_eq!(after.json()["status"], "disabled");
        }
    }
    server.ok("PATCH", &format!("/partners/{ada}"), json!({ "group": group }));
    is_problem(&server.api("DELETE", &format!("/groups/{group}"), Value::Null), 409, "conflict");
    assert_eq!(walk(&server, &format!("/partners?group_id={group}"), 50).len(), 1);
}

#[test]
fn what_does_not_fit_is_named() {
    let server = Server::start();
    let ada = server.partner("Ada");
    let group = text(&server.ok("POST", "/groups", json!({ "name": "Gold" })), "id");
    let link = |more: Value| {
        let mut body = json!({ "partner_id": ada, "destination": "https://a.example/" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    for (path, body, expected) in [
        (
            "/partners",
            json!({ "name": "" , "email": "x", "group": "None", "external_id": " " }),
            &["group", "name", "email", "external_id"][..],
        ),
        ("/partners", json!({}), &["name"]),
        ("/partners", json!({ "name": 5 }), &["name"]),
        ("/partners", json!({ "name": "A", "emial": "x", "nmae": 1, "email": 7 }), &["emial", "nmae", "email"]),
        ("/partners", json!({ "name": "x".repeat(201) }), &["name"]),
        ("/groups", json!({ "name": "a\u{0}b" }), &["name"]),
        ("/links", json!({}), &["partner_id", "destination"]),
        ("/links", link(json!({ "utm": { "source": "", "sorce": "x" } })), &["utm.sorce"]),
        (
            "/links",
            link(json!({ "utm": { "source": "" }, "slug": "a b", "fallback_url": "ftp://x", "destination": "nope" })),
            &["slug", "destination", "fallback_url", "utm.source"],
        ),
        ("/links", link(json!({ "campaign_id": "cp_nope" })), &["campaign_id"]),
        ("/links", link(json!({ "expires_at": "tomorrow" })), &["expires_at"]),
        ("/links", link(json!({ "partner_id": group })), &["partner_id"]),
        ("/codes", json!({ "partner_id": ada, "code": "ä" }), &["code"]),
        ("/keys", json!({ "name": "x", "scope": "root" }), &["scope"]),
        ("/policies", json!({ "model": "best" }), &["model"]),
        ("/policies", json!({ "modl": "last" }), &["modl"]),
        (
            "/policies",
            json!({ "model": "custom", "half_life_days": 0, "first": 2, "kinds": ["clik"] }),
            &["half_life_days", "first", "last", "weights", "kinds[0]"],
        ),
        (
            "/touchpoints",
            json!({ "kind": "click", "customer_id": "", "occurred_at": "2090-01-01T00:00:00Z" }),
            &["kind", "customer_id", "occurred_at"],
        ),
        (
            "/conversions",
            json!({ "amount": -1, "event": "Big Sale", "items": [{ "id": "", "amount": 1 }] }),
            &["amount", "currency", "event", "items[0].id", "order_id"],
        ),
        ("/conversions", json!({ "order_id": "1", "items": [{ "id": "a", "amount": 1, "qty": 2 }] }), &["items[0].qty"]),
        ("/conversions", json!({ "order_id": "1", "amount": 49.9, "currency": "EUR" }), &["amount"]),
        ("/conversions", json!({ "order_id": "1", "amount": 1, "currency": "XXY" }), &["currency"]),
        ("/conversions", json!({ "order_id": "1", "click_id": "tp_1", "curency": "EUR" }), &["click_id", "curency"]),
    ] {
        let problem = is_problem(&server.api("POST", path, body.clone()), 422, "invalid");
        let (mut named, mut expected) = (fields(&problem), expected.to_vec());
        named.sort();
        named.dedup();
        expected.sort_unstable();
        assert_eq!(named, expected, "{path} {body}: {problem}");
    }
    let path = format!("/partners/{ada}");
    for (body, field) in
        [(json!({ "name": null }), "name"), (json!({ "status": "gone" }), "status"), (json!({ "id": "x" }), "id")]
    {
        assert_eq!(fields(&is_problem(&server.api("PATCH", &path, body), 422, "invalid")), [field]);
    }
}

#[test]
fn what_cannot_be_read_or_found_says_so() {
    let server = Server::start();
    let ada = server.partner("Ada");
    let bearer = format!("Bearer {ADMIN}");
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    for (method, path, body, status, code) in [
        ("POST", "/partners", "", 400, "malformed"),
        ("POST", "/partners", "{", 400, "malformed"),
        ("POST", "/partners", "{\"name\":\"a\"} x", 400, "malformed"),
        ("POST", "/partners", "[]", 422, "invalid"),
        ("GET", "/nothing", "", 404, "not_found"),
        ("GET", "", "", 404, "not_found"),
        ("GET", "/partners/", "", 404, "not_found"),
        ("GET", "/partners/pn_nope", "", 404, "not_found"),
        ("GET", "/partners/pn_00000000000000000000000000", "", 404, "not_found"),
        ("GET", "/links/x/y/z", "", 404, "not_found"),
        ("GET", "/partners?limt=1", "", 422, "invalid"),
        ("GET", "/partners?limit=0", "", 422, "invalid"),
        ("GET", "/partners?limit=201", "", 422, "invalid"),
        ("GET", "/partners?limit=1&limit=2", "", 422, "invalid"),
        ("GET", "/partners?cursor=zzz", "", 422, "invalid"),
        ("GET", "/links?status=gone", "", 422, "invalid"),
        ("GET", "/reports/performance?group_by=moon", "", 422, "invalid"),
        ("GET", "/reports/performance?from=2026-02-30", "", 422, "invalid"),
        ("GET", "/reports/performance?from=2026-03-01&to=2026-02-01", "", 422, "invalid"),
        ("PUT", "/partners", "{}", 405, "method_not_allowed"),
        ("POST", "/openapi.json", "{}", 405, "method_not_allowed"),
    ] {
        let answer = server.send(method, &format!("/api/v1{path}"), &headers, body.as_bytes());
        is_problem(&answer, status, code);
    }
    let mixed = server.api("GET", &format!("/links/{ada}"), Value::Null);
    is_problem(&mixed, 404, "not_found");
    assert_eq!(server.api("DELETE", "/links", Value::Null).header("allow"), Some("GET, POST"));
}

#[test]
fn destinations_are_checked_after_parsing() {
    let server = Server::with_settings(&[("public_url", "https://go.example")]);
    let ada = server.partner("Ada");
    let try_it = |field: &str, url: &str| {
        let mut body = json!({ "partner_id": ada, "destination": "https://shop.example/" });
        body[field] = json!(url);
        server.api("POST", "/links", body)
    };
    let long = format!("https://a.example/{}", "x".repeat(2048));
    for bad in [
        "javascript:alert(1)",
        " jAvAsCrIpT:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "ftp://a.example/",
        "https://user@a.example/",
        "https://user:pw@a.example/",
        "https://",
        "http:///",
        "//a.example/",
        "/relative",
        "",
        "https://go.example/x",
        "https://GO.example:443/x",
        "https://go。example/",
        &long,
    ] {
        for field in ["destination", "fallback_url"] {
            let problem = is_problem(&try_it(field, bad), 422, "invalid");
            assert_eq!(fields(&problem), [field], "{bad}");
        }
    }
    for (good, written) in [
        ("HTTPS://Shop.Example", "https://shop.example/"),
        ("https://shop.example/a b", "https://shop.example/a%20b"),
        ("https://bücher.example/ü", "https://xn--bcher-kva.example/%C3%BC"),
        ("http://shop.example:8080/../x", "http://shop.example:8080/x"),
        ("https://other.go.example/", "https://other.go.example/"),
    ] {
        let answer = try_it("destination", good);
        assert_eq!((answer.status, answer.json()["destination"].clone()), (201, json!(written)));
    }
    for slug in ["api", "API", "pixel.gif", "robots.txt", "admin", "metrics", "a/b", "ü", "", "x y", &"x".repeat(65)] {
        let answer = server.api("POST", "/links", json!({ "partner_id": ada, "destination": "https://a.b", "slug": slug }));
        assert_eq!(fields(&is_problem(&answer, 422, "invalid")), ["slug"], "{slug}");
    }
}

#[test]
fn a_list_can_be_walked_without_loss_or_repeat() {
    let server = Server::start();
    let made: Vec<String> = (0..120).map(|n| server.partner(&format!("Partner {n}"))).collect();
    for limit in [7, 40, 120, 200] {
        let seen: Vec<String> = walk(&server, "/partners", limit).iter().map(|row| text(row, "id")).collect();
        let newest_first: Vec<String> = made.iter().rev().cloned().collect();
        assert_eq!(seen, newest_first, "{limit}");
    }
    // What is made during a walk does not disturb it.
    let first = server.ok("GET", "/partners?limit=100", Value::Null);
    server.partner("in between");
    let rest = server.ok("GET", &format!("/partners?limit=100&cursor={}", text(&first, "next_cursor")), Value::Null);
    assert_eq!((rest["data"].as_array().unwrap().len(), &rest["next_cursor"]), (20, &Value::Null));
    assert_eq!(server.ok("GET", "/partners", Value::Null)["data"].as_array().unwrap().len(), 50);
}

#[test]
fn a_thousand_links_are_made_together_or_not_at_all() {
    let server = Server::start();
    let ada = server.partner("Ada");
    let links = |n: usize| -> Vec<Value> {
        (0..n).map(|n| json!({ "partner_id": ada, "destination": format!("https://shop.example/{n}") })).collect()
    };
    let made = server.ok("POST", "/links/bulk", json!({ "links": links(1000) }));
    let made = made["data"].as_array().unwrap();
    assert_eq!(made.len(), 1000);
    for place in [0, 1, 999] {
        assert_eq!(made[place]["destination"], format!("https://shop.example/{place}"));
        assert_eq!(server.get(&format!("/{}", text(&made[place], "slug"))).status, 302);
    }
    let taken = text(&made[0], "slug").to_ascii_uppercase();
    for (place, spoil, status, expected) in [
        (1, json!({ "slug": taken }), 409, "links[1].slug"),
        (2, json!({ "destination": "javascript:1" }), 422, "links[2].destination"),
        (0, json!({ "partner_id": "pn_00000000000000000000000000" }), 422, "links[0].partner_id"),
        (2, json!({ "slug": "twin-0" }), 409, "links[2].slug"),
        (1, json!({ "sulg": "x" }), 422, "links[1].sulg"),
    ] {
        let mut wanted = links(3);
        wanted[0]["slug"] = json!("twin-0");
        wanted[place].as_object_mut().unwrap().extend(spoil.as_object().unwrap().clone());
        let answer = server.api("POST", "/links/bulk", json!({ "links": wanted }));
        assert_eq!((answer.status, fields(&answer.json())), (status, vec![expected.to_owned()]));
    }
    for n in [0, 1001] {
        assert_eq!(
            fields(&is_problem(&server.api("POST", "/links/bulk", json!({ "links": links(n) })), 422, "invalid")),
            ["links"]
        );
    }
    assert_eq!(walk(&server, "/links", 200).len(), 1000);
    assert_eq!(server.get("/twin-0").status, 404);
}

#[test]
fn a_disabled_partner_gets_no_new_link_or_code() {
    let server = Server::start();
    let ada = server.partner("Ada");
    server.ok("PATCH", &format!("/partners/{ada}"), json!({ "status": "disabled" }));
    let link = json!({ "partner_id": ada, "destination": "https://shop.example/" });
    for (path, body, field) in [
        ("/links", link.clone(), "partner_id"),
        ("/links/bulk", json!({ "links": [link.clone()] }), "links[0].partner_id"),
        ("/codes", json!({ "partner_id": ada }), "partner_id"),
    ] {
        let refused = server.api("POST", path, body);
        let error = &refused.json()["errors"][0];
        assert_eq!((refused.status, &error["field"]), (422, &json!(field)), "{path}");
        assert!(text(error, "message").contains("is disabled; enable that partner first"), "{error}");
    }
    server.ok("PATCH", &format!("/partners/{ada}"), json!({ "status": "active" }));
    server.ok("POST", "/links", link);
}
