//! The postback: who may send it, in which forms, and what it answers.

use serde_json::{Value, json};

use super::program::{fields, key, totals, walk};
use super::server::{Server, eventually};

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const JSON: (&str, &str) = ("content-type", "application/json");

#[test]
fn only_a_key_with_the_scope_track_is_let_in() {
    let server = Server::start();
    let (track, read, admin) = (key(&server, "track"), key(&server, "read"), key(&server, "admin"));
    let keys = walk(&server, "/keys", 50);
    let tracked = keys.iter().find(|key| key["name"] == "track").unwrap();
    let bearer = |secret: &str| format!("Bearer {secret}");
    for (token, header, status) in [
        (None, None, 401),
        (Some(""), None, 401),
        (Some("kudos_wrong"), None, 401),
        (Some(read.as_str()), None, 403),
        (Some(track.as_str()), None, 202),
        (Some(admin.as_str()), None, 202),
        (None, Some(track.as_str()), 202),
        (None, Some(read.as_str()), 403),
        (None, Some("kudos_wrong"), 401),
    ] {
        let path = token.map_or("/postback?order_id=1".into(), |token| format!("/postback?order_id=1&token={token}"));
        let header = header.map(bearer);
        let headers: Vec<_> = header.iter().map(|header| ("authorization", header.as_str())).collect();
        for method in ["GET", "POST"] {
            let answer = server.send(method, &path, &headers, b"");
            assert_eq!(answer.status, status, "{method} {token:?} {header:?}: {}", answer.text());
            assert_eq!(answer.header("cache-control"), Some("no-store"));
            if status != 202 {
                let problem = answer.json();
                assert_eq!(answer.header("content-type"), Some("application/problem+json"));
                assert_eq!(problem["code"], if status == 401 { "unauthorized" } else { "forbidden" });
            }
            assert_eq!(answer.header("www-authenticate").is_some(), status == 401);
        }
    }
    server.ok("DELETE", &format!("/keys/{}", tracked["id"].as_str().unwrap()), Value::Null);
    assert_eq!(server.get(&format!("/postback?order_id=1&token={track}")).status, 401);
}

#[test]
fn every_form_is_read_and_answered() {
    let server = Server::start();
    let token = key(&server, "track");
    let with = |rest: &str| format!("/postback?token={token}{rest}");
    let object = json!({ "order_id": 4, "amount": 49.90, "currency": "EUR", "token": token });
    for (order, method, path, headers, body) in [
        ("1", "GET", with("&order_id=1&amount=49.90&currency=EUR"), &[][..], String::new()),
        ("2", "POST", with("&order_id=2"), &[FORM], "amount=49.90&currency=EUR".into()),
        ("3", "POST", "/postback".into(), &[FORM], format!("txid=3&token={token}&payout=49.90&currency=EUR")),
        ("4", "POST", "/postback".into(), &[JSON], object.to_string()),
        (
            "5",
            "POST",
            with(""),
            &[("content-type", "Application/JSON; charset=utf-8")],
            json!({ "order_id": "5", "amount": "49.90", "currency": "EUR" }).to_string(),
        ),
        ("6", "POST", with("&order_id=6&amount=49.90"), &[], "currency=EUR".into()),
    ] {
        let answer = server.send(method, &path, headers, body.as_bytes());
        assert_eq!(answer.status, 202, "{order}: {}", answer.text());
        let id = answer.json()["id"].as_str().unwrap().to_owned();
        assert_eq!(answer.json(), json!({ "id": id, "status": "recorded" }));
        let found = server.ok("GET", &format!("/conversions/{id}"), Value::Null);
        let seen = (&found["order_id"], &found["amount"], &found["source"]);
        assert_eq!(seen, (&json!(order), &json!(4990), &json!("postback")));
    }
}

#[test]
fn bad_fields_are_all_named() {
    let server = Server::start();
    let token = key(&server, "track");
    for (query, expected) in [
        ("", &["order_id"][..]),
        ("&amount=1&event=lead", &["currency", "order_id"]),
        ("&revenue=x&currency=EUR&clickid=1&event=A%20B&sub1=%00", &["revenue", "clickid", "event", "sub1", "order_id"]),
        ("&event=identify", &["customer_id"]),
    ] {
        let answer = server.get(&format!("/postback?token={token}{query}"));
        let problem = answer.json();
        assert_eq!((answer.status, problem["code"].clone()), (422, json!("invalid")), "{query}");
        let (mut named, mut expected) = (fields(&problem), expected.to_vec());
        named.sort();
        expected.sort_unstable();
        assert_eq!(named, expected, "{query}");
    }
    for (headers, body, status) in
        [([JSON], "{", 400), ([JSON], "[]", 400), ([JSON], "{\"order_id\":[1]}", 400), ([FORM], "%%%", 422)]
    {
        let answer = server.send("POST", &format!("/postback?token={token}"), &headers, body.as_bytes());
        assert_eq!(answer.status, status, "{body}: {}", answer.text());
    }
    // An answered refusal is the caller's to see; nothing was promised, nothing is kept.
    assert!(walk(&server, "/conversions", 50).is_empty());
}

#[test]
fn who_waits_sees_the_credits_and_a_repeat_is_told_apart() {
    let server = Server::start();
    let token = key(&server, "track");
    let ada = server.partner("Ada");
    let click = server.get(&format!("/{}", server.link(&ada))).click_id();
    let path = format!("/postback?token={token}&order_id=w1&amount=100&currency=EUR&click_id={click}");
    let wait = [("prefer", "wait=10")];
    let first = server.get_with(&path, &wait);
    assert_eq!(first.status, 200, "{}", first.text());
    let first = first.json();
    assert_eq!((&first["duplicate"], &first["status"]), (&json!(false), &json!("recorded")));
    let credit = &first["credits"][0];
    assert_eq!((&credit["partner_id"], &credit["weight"], &credit["amount"]), (&json!(ada), &json!(1.0), &json!(10_000)));
    assert_eq!(credit["touchpoint_id"], click);
    // Another amount under the same order id is still the same order.
    for again in [path.clone(), path.replace("amount=100", "amount=7"), path.replace("order_id", "invoice_id")] {
        let again = server.get_with(&again, &wait);
        assert_eq!(again.status, 200);
        let again = again.json();
        assert_eq!((&again["duplicate"], &again["id"]), (&json!(true), &first["id"]));
    }
    let repeat = server.get(&path).json();
    let shown = eventually("the repeat is known", || {
        Some(server.ok("GET", &format!("/conversions/{}", repeat["id"].as_str()?), Value::Null))
    });
    assert_eq!(shown["id"], first["id"]);
    // The same order as another event is another conversion.
    let other = server.get_with(&path.replace("order_id=w1", "order_id=w1&event=renewal"), &wait).json();
    assert_eq!(other["duplicate"], false);
    let row = totals(&server);
    assert_eq!((&row["conversions"], &row["revenue"]), (&json!(2), &json!([{ "amount": 20_000, "currency": "EUR" }])));
    assert_eq!(server.ok("GET", "/conversions?order_id=w1&event=sale", Value::Null)["data"][0]["amount"], 10_000);
    for wish in ["wait=0", "wait=x", "respond-async"] {
        let answer = server.get_with(&path, &[("prefer", wish)]);
        assert!([200, 202].contains(&answer.status), "{wish}");
    }
}
