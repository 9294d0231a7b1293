//! The API does a thing once: idempotency keys, refunds, the audit log of what was done.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::program::{column, fields, files_with, totals, walk};
use super::server::{ADMIN, Answer, Server, eventually, text};

fn under(server: &Server, key: &str, path: &str, body: &Value) -> Answer {
    server.api_with("POST", path, &[("idempotency-key", key)], body.clone())
}

#[test]
fn a_request_repeated_under_its_key_is_done_once() {
    let server = Server::start();
    let ada = server.partner("Ada");
    let sale = json!({ "order_id": "i1", "amount": 100, "currency": "EUR" });
    for (path, body, other) in [
        ("/partners", json!({ "name": "Ben" }), json!({ "name": "Cleo" })),
        ("/groups", json!({ "name": "Gold" }), json!({ "name": "Silver" })),
        (
            "/links",
            json!({ "partner_id": ada, "destination": "https://a.example" }),
            json!({ "partner_id": ada, "destination": "https://b.example" }),
        ),
        ("/codes", json!({ "partner_id": ada }), json!({ "partner_id": ada, "code": "X" })),
        (
            "/touchpoints",
            json!({ "partner_id": ada, "kind": "intro", "customer_id": "c" }),
            json!({ "partner_id": ada, "kind": "referral", "customer_id": "c" }),
        ),
        ("/policies", json!({ "model": "last" }), json!({ "model": "first" })),
        ("/conversions", sale.clone(), json!({ "order_id": "i2", "amount": 100, "currency": "EUR" })),
    ] {
        let key = format!("key of {path}");
        let before = if path == "/conversions" { Vec::new() } else { walk(&server, path, 50) };
        let first = under(&server, &key, path, &body);
        assert!([201, 202].contains(&first.status), "{path}: {}", first.text());
        for _ in 0..2 {
            let again = under(&server, &key, path, &body);
            assert_eq!((again.status, again.json()), (first.status, first.json()), "{path}");
            assert_eq!(again.header("idempotent-replayed"), Some("true"), "{path}");
        }
        let reused = under(&server, &key, path, &other);
        assert_eq!((reused.status, reused.json()["code"].clone()), (422, json!("idempotency_key_reused")), "{path}");
        let elsewhere = under(&server, &key, "/campaigns", &json!({ "name": path }));
        assert_eq!((elsewhere.status, elsewhere.json()["code"].clone()), (422, json!("idempotency_key_reused")));
        assert_eq!(walk(&server, path, 50).len(), before.len() + 1, "{path}");
    }
    // What was refused may be mended and sent again under the same key.
    assert_eq!(under(&server, "mend", "/groups", &json!({ "name": "" })).status, 422);
    assert_eq!(under(&server, "mend", "/groups", &json!({ "name": "Mended" })).status, 201);
    // A key belongs to who uses it.
    let secret = text(&server.ok("POST", "/keys", json!({ "name": "other", "scope": "admin" })), "key");
    let bearer = format!("Bearer {secret}");
    let headers = [("authorization", bearer.as_str()), ("idempotency-key", "key of /groups")];
    assert_eq!(server.api_with("POST", "/groups", &headers, json!({ "name": "Platinum" })).status, 201);
    for bad in ["", &"x".repeat(256)] {
        assert_eq!(fields(&under(&server, bad, "/groups", &json!({ "name": "Tin" })).json()), ["Idempotency-Key"]);
    }
}

#[test]
fn requests_at_once_under_one_key_have_one_effect() {
    let server = Server::start();
    let at_once = |path: &str, body: Value, headers: &[(&str, &str)]| -> Vec<Answer> {
        std::thread::scope(|scope| {
            let send = || server.api_with("POST", path, headers, body.clone());
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(send)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        })
    };
    let made = at_once("/partners", json!({ "name": "Ben" }), &[("idempotency-key", "once")]);
    let done: Vec<_> = made.iter().filter(|answer| answer.status == 201).map(Answer::text).collect();
    assert!(!done.is_empty() && made.iter().all(|answer| [201, 409].contains(&answer.status)), "{made:#?}");
    assert!(done.iter().all(|text| *text == done[0]));
    assert_eq!(walk(&server, "/partners", 50).len(), 1);
    // Without an order id only the key tells the repeats apart.
    for (round, headers) in
        [&[("idempotency-key", "sale")][..], &[("idempotency-key", "waited"), ("prefer", "wait=15")]].into_iter().enumerate()
    {
        let sale = json!({ "order_id": format!("o{round}"), "amount": 100, "currency": "EUR" });
        let sent = at_once("/conversions", sale, headers);
        assert!(sent.iter().all(|answer| [200, 202].contains(&answer.status)), "{sent:#?}");
        let ids: HashSet<String> = sent.iter().map(|answer| text(&answer.json(), "id")).collect();
        assert_eq!(ids.len(), 1, "the answers name one conversion: {ids:?}");
        for id in ids {
            assert_eq!(text(&server.ok("GET", &format!("/conversions/{id}"), Value::Null), "id"), id);
        }
        eventually("counted once", || (totals(&server)["conversions"] == round + 1).then_some(()));
    }
}

#[test]
fn refunds_append_and_never_exceed() {
    let server = Server::start();
    let sale = json!({ "order_id": "r1", "amount": 10_000, "currency": "EUR" });
    let id = text(&server.ok("POST", "/conversions", sale), "id");
    let path = format!("/conversions/{id}/refunds");
    let refund = |key: &str, body: Value| under(&server, key, &path, &body);
    let part = refund("a", json!({ "amount": 2_500, "reason": "broken" }));
    assert_eq!((part.status, part.json()["amount"].clone()), (201, json!(2_500)), "{}", part.text());
    assert_eq!(refund("a", json!({ "amount": 2_500, "reason": "broken" })).json(), part.json());
    for (key, body, field) in [
        ("b", json!({ "amount": 7_501, "reason": "x" }), "amount"),
        ("c", json!({ "amount": 0, "reason": "x" }), "amount"),
        ("d", json!({ "amount": -5, "reason": "x" }), "amount"),
        ("e", json!({ "amount": 5, "reason": "" }), "reason"),
        ("f", json!({ "amount": 5 }), "reason"),
    ] {
        let answer = refund(key, body);
        assert_eq!((answer.status, fields(&answer.json())), (422, vec![field.to_owned()]), "{key}");
    }
    let rest = refund("g", json!({ "reason": "all of it" }));
    assert_eq!((rest.status, rest.json()["amount"].clone()), (201, json!(7_500)));
    assert_eq!(refund("h", json!({ "reason": "again" })).status, 422);
    let shown = server.ok("GET", &format!("/conversions/{id}"), Value::Null);
    assert_eq!((&shown["refunded"], &shown["amount"]), (&json!(10_000), &json!(10_000)));
    assert_eq!(walk(&server, &path, 1), [rest.json(), part.json()]);
    // Two at once cannot both take the same rest.
    let id = text(&server.ok("POST", "/conversions", json!({ "order_id": "r2", "amount": 100, "currency": "EUR" })), "id");
    let path = format!("/conversions/{id}/refunds");
    let done = std::thread::scope(|scope| {
        let send = || server.api("POST", &path, json!({ "amount": 60, "reason": "x" })).status;
        let threads: Vec<_> = (0..6).map(|_| scope.spawn(send)).collect();
        threads.into_iter().filter(|_| true).map(|thread| thread.join().unwrap()).filter(|status| *status == 201).count()
    });
    assert_eq!(done, 1);
    let free = text(&server.ok("POST", "/conversions", json!({ "event": "lead", "customer_id": "c" })), "id");
    assert_eq!(server.api("POST", &format!("/conversions/{free}/refunds"), json!({ "reason": "x" })).status, 422);
    assert_eq!(server.api("POST", "/conversions/cv_00000000000000000000000000/refunds", json!({ "reason": "x" })).status, 404);
}

#[test]
fn every_change_leaves_a_line_that_names_who_did_it() {
    let server = Server::start();
    let issued = server.ok("POST", "/keys", json!({ "name": "ci", "scope": "admin" }));
    let (key, secret) = (text(&issued, "id"), text(&issued, "key"));
    let bearer = format!("Bearer {secret}");
    let run = |method: &str, path: &str, body: Value| {
        let answer = server.api_with(method, path, &[("authorization", &bearer)], body);
        assert!(answer.status < 300, "{method} {path}: {}", answer.text());
        if answer.body.is_empty() { String::new() } else { answer.json()["id"].as_str().unwrap_or("links").to_owned() }
    };
    let mut expected = Vec::new();
    let mut step = |action: &'static str, subject: String| expected.push((action, subject));
    let partner = run("POST", "/partners", json!({ "name": "Ada" }));
    step("partner.create", partner.clone());
    for (noun, body, edit) in [
        ("group", json!({ "name": "Gold" }), json!({ "name": "Silver" })),
        ("campaign", json!({ "name": "Summer" }), json!({ "name": "Winter" })),
        ("code", json!({ "partner_id": partner }), json!({ "status": "disabled" })),
        ("link", json!({ "partner_id": partner, "destination": "https://a.example" }), json!({ "status": "disabled" })),
    ] {
        let id = run("POST", &format!("/{noun}s"), body);
        run("PATCH", &format!("/{noun}s/{id}"), edit);
        run("DELETE", &format!("/{noun}s/{id}"), Value::Null);
        let end = if ["group", "campaign"].contains(&noun) { "delete" } else { "update" };
        for action in ["create", "update", end] {
            step(Box::leak(format!("{noun}.{action}").into_boxed_str()), id.clone());
        }
    }
    let bulk = json!({ "links": [{ "partner_id": partner, "destination": "https://a.example" }, { "partner_id": partner, "destination": "https://b.example" }] });
    step("link.create_bulk", run("POST", "/links/bulk", bulk));
    step("policy.create", run("POST", "/policies", json!({ "model": "last" })));
    step(
        "touchpoint.create",
        run("POST", "/touchpoints", json!({ "partner_id": partner, "kind": "intro", "customer_id": "c" })),
    );
    let sale = run("POST", "/conversions", json!({ "order_id": "1", "amount": 1, "currency": "EUR" }));
    step("refund.create", run("POST", &format!("/conversions/{sale}/refunds"), json!({ "reason": "x" })));
    let other = run("POST", "/keys", json!({ "name": "short-lived", "scope": "read" }));
    run("DELETE", &format!("/keys/{other}"), Value::Null);
    step("key.create", other.clone());
    step("key.revoke", other);
    let mut lines = walk(&server, "/audit", 5);
    lines.reverse();
    let by_key: Vec<_> = lines.iter().filter(|line| line["actor"] == key.as_str()).collect();
    let seen: Vec<(&str, String)> =
        by_key.iter().map(|line| (line["action"].as_str().unwrap(), text(line, "subject"))).collect();
    assert_eq!(seen, expected);
    let renamed = by_key.iter().find(|line| line["action"] == "group.update").unwrap();
    assert_eq!(renamed["detail"]["name"], "Silver");
    assert!(by_key.iter().all(|line| line["detail"].is_object() && text(line, "at").ends_with('Z')));
}

#[test]
fn a_key_is_shown_once_and_kept_as_a_hash() {
    let server = Server::start();
    let issued = server.api_with("POST", "/keys", &[("idempotency-key", "k")], json!({ "name": "shop", "scope": "read" }));
    let (secret, id) = (text(&issued.json(), "key"), text(&issued.json(), "id"));
    assert!(secret.starts_with("kudos_") && secret.len() >= 38, "{secret}");
    let again = server.api_with("POST", "/keys", &[("idempotency-key", "k")], json!({ "name": "shop", "scope": "read" }));
    assert_eq!((again.json()["id"].clone(), again.json()["key"].clone()), (json!(id), Value::Null));
    let bearer = format!("Bearer {secret}");
    let ask = || server.api_with("GET", "/partners", &[("authorization", &bearer)], Value::Null).status;
    assert_eq!(ask(), 200);
    for shown in [
        server.ok("GET", "/keys", Value::Null),
        server.ok("GET", &format!("/keys/{id}"), Value::Null),
        server.ok("GET", "/audit", Value::Null),
    ] {
        assert!(!shown.to_string().contains(&secret[12..]), "{shown}");
    }
    server.ok("DELETE", &format!("/keys/{id}"), Value::Null);
    assert_eq!(ask(), 401, "revoked at once");
    assert!(!server.ok("GET", &format!("/keys/{id}"), Value::Null)["revoked_at"].is_null());
    let dir = server.stop();
    for text in [secret.as_str(), &secret[6..], ADMIN] {
        assert_eq!(files_with(dir.path(), text.as_bytes()), Vec::<String>::new());
    }
    use sha2::{Digest, Sha256};
    let hash: String = Sha256::digest(&secret).iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(column(&dir, &format!("select {} from keys", super::STORE.bytes_hex("hash"))).contains(&Some(hash)));
}
