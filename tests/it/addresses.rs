//! E-mail addresses of buyers: kept as keyed hashes, or as they are where the operator wants that; partners who buy themselves.

use std::process::Output;

use serde_json::{Value, json};

use super::STORE;
use super::program::{column, files_with, walk};
use super::server::{Server, eventually, text};
use crate::database::{Hand, by_hand, open};
use crate::postgres::blocking;

const ADDRESS: &str = "Sam.Smith@Example.com";
/// What no store may hold: the address as it was sent, as it is compared, and as URLs write it.
const TRACES: [&str; 5] =
    ["Sam.Smith@Example.com", "sam.smith@example.com", "Sam.Smith%40Example.com", "sam.smith%40example.com", "Sam.Smith"];

/// Everything a store holds, as text.
fn dump(server: &Server) -> String {
    by_hand(&server.database(), async |hand: Hand| {
        let mut lines = Vec::new();
        for table in hand.tables().await {
            lines.extend(hand.rows(&table).await);
        }
        lines.join("\n")
    })
}

/// Sends the address every way there is, good and bad.
fn send_every_way(server: &Server) {
    let encoded = ADDRESS.replace('@', "%40");
    let referrer = [("referer", "https://shop.example/thanks?mail=Sam.Smith@Example.com")];
    server.get_with(&format!("/pixel.gif?order_id=pixel&amount=1&currency=EUR&email={encoded}"), &referrer);
    server.get_with(&format!("/pixel.gif?amount=none&customer_email={encoded}"), &referrer);
    server.get(&format!("/pixel.gif?order_id=bad&amount=1&currency=EUR&email={encoded}%40"));
    server.get(&format!("/pixel.gif?event=identify&customer_id=kim&email={encoded}"));
    let token = super::server::ADMIN;
    let postback = format!("/postback?token={token}&order_id=postback&amount=1&currency=EUR&email={encoded}");
    assert_eq!(server.get(&postback).status, 202);
    for beacon in [
        json!({ "order_id": "tag", "amount": "1", "currency": "EUR", "email": ADDRESS }).to_string(),
        json!({ "amount": "none", "email": ADDRESS }).to_string(),
        format!("{{\"order_id\":\"cut off\",\"email\":\"{ADDRESS}\""),
    ] {
        assert_eq!(server.send("POST", "/collect", &[("content-type", "text/plain")], beacon.as_bytes()).status, 204);
    }
    let order = |order: &str| json!({ "order_id": order, "amount": 1, "currency": "EUR", "email": ADDRESS });
    let once = [("idempotency-key", "once"), ("prefer", "wait=15")];
    assert_eq!(server.api_with("POST", "/conversions", &once, order("api")).status, 200);
    assert_eq!(server.api_with("POST", "/conversions", &once, order("other")).status, 422);
    server.ok("POST", "/customers/lee/identify", json!({ "email": ADDRESS }));
    let refused = server.api("POST", "/conversions", json!({ "order_id": "x", "email": "nobody" }));
    assert_eq!((refused.status, refused.json()["errors"][0]["field"].clone()), (422, json!("email")));
    for order in ["pixel", "postback", "tag", "api"] {
        server.attributed(order);
    }
    eventually("what is refused is kept", || (walk(server, "/rejected", 50).len() == 4).then_some(()));
}

#[test]
fn no_address_stays_in_the_store() {
    let server = Server::start();
    send_every_way(&server);
    let link = server.link(&server.partner("Ada"));
    server.get_with(
        &format!("/{link}?mail=Sam.Smith%40example.com&sub1=news"),
        &[("referer", "https://mail.example/?to=sam.smith@example.com")],
    );
    server.get("/view.gif?link=none&to=Sam.Smith@Example.com");
    server.get("/pixel.gif?order_id=heard&amount=1&currency=EUR&heard_from=my+friend+Sam.Smith%40Example.com");
    server.attributed("heard");
    // Not even the journal's segment, which stays until it is full, or the server stops.
    for trace in TRACES {
        assert_eq!(files_with(server.dir.path(), trace.as_bytes()), Vec::<String>::new(), "{trace}");
    }
    let held = dump(&server);
    assert!(held.contains("email:"), "the hashes are there");
    for trace in TRACES {
        assert!(!held.contains(trace), "{trace}");
        let hex: String = trace.bytes().map(|byte| format!("{byte:02x}")).collect();
        assert!(!held.to_lowercase().contains(&hex), "{trace} in hexadecimal");
    }
    let kept = column(&server.dir, "select query || coalesce(referrer, '') from rejected");
    assert!(kept.iter().flatten().any(|query| query.contains("(address)")), "{kept:?}");
    // All four orders are one buyer's, whom only the address names; kim and lee gave it too.
    let guest = server.attributed("api")["customer_id"].clone();
    let guest = server.ok("GET", &format!("/customers/{}", guest.as_str().unwrap()), Value::Null);
    assert_eq!((&guest["conversions"], guest["accounts"].as_array().unwrap().len()), (&json!(4), 3), "{guest}");
    // Not even in the files: the journal was drained, and its segments are gone.
    let dir = server.stop();
    for trace in TRACES {
        assert_eq!(files_with(dir.path(), trace.as_bytes()), Vec::<String>::new(), "{trace}");
    }
}

#[test]
fn an_operator_may_keep_addresses_and_forget_them_again() {
    let address = |server: &Server| {
        let found = server.ok("GET", &format!("/customers?email={ADDRESS}"), Value::Null);
        found["data"][0]["emails"][0]["address"].clone()
    };
    let server = Server::with_settings(&[("plain_email", "yes")]);
    server.ok("POST", "/customers/kim/identify", json!({ "email": ADDRESS }));
    assert_eq!(address(&server), json!("sam.smith@example.com"));
    let server = Server::in_dir(server.stop(), &[], kudos::cli::node::Parts::default());
    assert_eq!(address(&server), Value::Null, "off again");
    assert!(!dump(&server).contains("sam.smith@"));
    let dir = server.stop();
    let output =
        |arguments: &[&str], variables: &[(&str, &str)]| -> Output { crate::settings::run(&dir, arguments, variables) };
    let help = String::from_utf8_lossy(&output(&["serve", "--help"], &[]).stdout).into_owned();
    assert!(help.contains("--plain-email") && help.contains("KUDOS_PLAIN_EMAIL") && help.contains("--manual-credit-days"));
    let wrong = output(&["serve"], &[("KUDOS_PLAIN_EMAIL", "perhaps")]);
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("\"perhaps\" is not yes or no"), "{wrong:?}");
}

/// What a journal of an older Kudos, or one written before the secret was known, may hold: it means the same.
#[test]
fn an_address_that_is_in_the_journal_all_the_same_is_known_by_its_hash() {
    use kudos::domain::conversion::Source;
    use kudos::domain::hit::{Body, Hit};
    use kudos::domain::id::mint;
    use kudos::domain::interpret::{Agent, interpret};
    use kudos::domain::time::Time;
    let server = Server::start();
    server.ok("POST", "/conversions", json!({ "order_id": "new", "amount": 1, "currency": "EUR", "email": ADDRESS }));
    let known = server.attributed("new")["customer_id"].clone();
    let now = Time::from_millis(1_790_000_000_000);
    let hit = Hit {
        id: mint(now),
        at: now,
        visitor: None,
        client: None,
        country: None,
        user_agent: "".into(),
        referrer: None,
        mark: None,
        body: Body::Params {
            source: Source::Pixel,
            query: format!("order_id=old&amount=1&currency=EUR&email={ADDRESS}").into(),
        },
    };
    let meaning = interpret(hit, &Agent::default());
    let url = server.database();
    blocking(async move || {
        let store = open(&url).await;
        store.record(&[meaning], now).await.unwrap();
        store.close().await;
    });
    assert_eq!(server.attributed("old")["customer_id"], known);
    // And the id of an address stands for it, wherever an address is taken.
    server.get(&format!("/pixel.gif?order_id=id&amount=1&currency=EUR&email={}", known.as_str().unwrap()));
    assert_eq!(server.attributed("id")["customer_id"], known);
    let found = server.ok("GET", &format!("/customers?email={}", known.as_str().unwrap()), Value::Null);
    assert_eq!(found["data"][0]["id"], known);
}

#[test]
fn the_secret_outlives_a_start_and_partners_from_before_get_their_names() {
    let server = Server::start();
    server.ok("POST", "/partners", json!({ "name": "Ada", "email": "ada@partner.example" }));
    let sale = |order: &str| json!({ "order_id": order, "amount": 1, "currency": "EUR", "email": ADDRESS });
    server.ok("POST", "/conversions", sale("1"));
    let before = server.attributed("1")["customer_id"].clone();
    let dir = server.stop();
    by_hand(&STORE.url(dir.path()), async |hand: Hand| {
        hand.sql("delete from partner_names; update partners set email_id = null").await;
    });
    let server = Server::in_dir(dir, &[], kudos::cli::node::Parts::default());
    server.ok("POST", "/conversions", sale("2"));
    assert_eq!(server.attributed("2")["customer_id"], before);
    assert_eq!(column(&server.dir, "select name_key from partner_names"), [Some("ada".into())]);
    assert_eq!(column(&server.dir, "select substr(email_id, 1, 6) from partners"), [Some("email:".into())]);
}

/// How the buyer is known.
enum By {
    /// By the browser's cookie alone.
    Cookie,
    /// By the click, and this.
    Click(Value),
}

/// Whether the sale after a click on a partner's link is a self-referral, where something was told in between.
fn refers_itself(told: impl Fn(&Server, &str, &str), by: By) -> bool {
    let server = Server::start();
    let partner = json!({ "name": "Ada", "email": "Ada@Partner.example", "external_id": "ada-7" });
    let partner = text(&server.ok("POST", "/partners", partner), "id");
    let clicked = server.get(&format!("/{}", server.link(&partner)));
    let (click, cookie) = (clicked.click_id(), clicked.cookie().unwrap());
    told(&server, &click, &cookie);
    match by {
        By::Cookie => drop(server.get_with("/pixel.gif?order_id=1&amount=1&currency=EUR", &[("cookie", &cookie)])),
        By::Click(more) => {
            let mut order = json!({ "order_id": "1", "amount": 100, "currency": "EUR", "click_id": click });
            order.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            server.ok("POST", "/conversions", order);
        }
    }
    let sale = server.attributed("1");
    let explained = server.ok("GET", &format!("/conversions/{}/explain", text(&sale, "id")), Value::Null).to_string();
    let excluded = sale["credits"] == json!([]);
    assert_eq!(excluded, explained.contains("self-referral"), "{explained}");
    excluded
}

#[test]
fn the_buyer_is_the_partner_by_customer_id_address_or_browser() {
    let nothing = |_: &Server, _: &str, _: &str| ();
    assert!(!refers_itself(nothing, By::Cookie));
    for (more, expected) in [
        (json!({ "customer_id": "kim", "email": "kim@example.com" }), false),
        (json!({ "customer_id": "ada-7" }), true),
        (json!({ "email": "ADA@partner.example" }), true),
        (json!({ "customer_id": "kim", "email": "ada@partner.example" }), true),
    ] {
        assert_eq!(refers_itself(nothing, By::Click(more.clone())), expected, "{more}");
    }
    // The browser was once the partner's own, by id or by address; the order itself names nobody, or somebody else.
    let by_id = |server: &Server, _: &str, cookie: &str| {
        server.get_with("/pixel.gif?event=identify&customer_id=ada-7", &[("cookie", cookie)]);
    };
    let by_address = |server: &Server, click: &str, _: &str| {
        server.ok("POST", "/customers/somebody/identify", json!({ "click_id": click, "email": "ada@partner.example" }));
    };
    assert!(refers_itself(by_id, By::Cookie));
    assert!(refers_itself(by_address, By::Cookie));
    assert!(refers_itself(by_id, By::Click(json!({ "customer_id": "kim" }))));
    // By a merge with the partner's own account.
    let merged = |server: &Server, _: &str, _: &str| {
        server.ok("POST", "/customers/kim/merge", json!({ "into": "ada-7" }));
    };
    assert!(refers_itself(merged, By::Click(json!({ "customer_id": "kim" }))));
}
