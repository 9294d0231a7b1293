//! What websites report by pixel, banner, postback and tag: every name, every amount, every reason, exactly one effect.

use serde_json::{Value, json};

use super::program::{files_with, key, link_with, totals, walk};
use super::server::{Answer, Server, eventually, text};

fn is_pixel(answer: &Answer) -> bool {
    answer.status == 200
        && answer.body.len() == 43
        && answer.body.starts_with(b"GIF89a")
        && answer.header("content-type") == Some("image/gif")
        && answer.header("cache-control") == Some("no-store")
}

fn conversion(server: &Server, filter: &str) -> Value {
    let page = server.ok("GET", &format!("/conversions?{filter}"), Value::Null);
    let rows = page["data"].as_array().unwrap();
    assert_eq!(rows.len(), 1, "{filter}: {rows:#?}");
    rows[0].clone()
}

#[test]
fn the_pixel_is_the_same_picture_whatever_comes() {
    let server = Server::start();
    let slug = server.link(&server.partner("Ada"));
    let known = server.get("/pixel.gif?order_id=1").body;
    for query in
        ["?order_id=1", "", "?", "?amount=x", "?event=%FF%00", "?order_id=%F0%9F%92%A9", "?a&b=&=c", "?order_id=1&order_id=2"]
    {
        let answer = server.get(&format!("/pixel.gif{query}"));
        assert!(is_pixel(&answer) && answer.body == known, "{query}: {answer:?}");
        let answer = server.get(&format!("/view.gif{query}"));
        assert!(is_pixel(&answer) && answer.body == known, "{query}: {answer:?}");
    }
    let answer = server.get(&format!("/view.gif?link={slug}"));
    assert!(is_pixel(&answer) && answer.header("set-cookie").is_some());
    let head = server.send("HEAD", "/pixel.gif?order_id=head", &[], b"");
    assert_eq!((head.status, head.header("content-length")), (200, Some("43")));
    assert_eq!(server.ok("GET", "/conversions?order_id=head", Value::Null)["data"], json!([]));
}

#[test]
fn every_alias_is_understood() {
    let server = Server::start();
    let ada = server.partner("Ada");
    server.ok("POST", "/codes", json!({ "partner_id": ada, "code": "SAM20" }));
    let click = server.get(&format!("/{}", server.link(&ada))).click_id();
    let mut order = 0;
    for (names, value, field, expected) in [
        (&["order_id", "txid", "transaction_id", "external_id", "invoice_id"][..], "", "order_id", Value::Null),
        (&["amount", "payout", "revenue"], "49.90&currency=EUR", "amount", json!(4990)),
        (&["customer_id", "customer", "customer_external_id"], "c%201", "customer_id", json!("c 1")),
        (&["click_id", "cid", "clickid", "subid"], &click, "click_id", json!(click)),
        (&["code", "coupon"], "sam20", "code", json!("SAM20")),
        (&["event"], "Renewal", "event", json!("renewal")),
        (&["currency"], "usd&amount=1", "currency", json!("USD")),
        (&["sub3"], "x", "params", json!({ "sub3": "x" })),
    ] {
        for name in names {
            order += 1;
            let query = match field {
                "order_id" => format!("{name}=o{order}"),
                _ => format!("{name}={value}&order_id=o{order}"),
            };
            assert!(is_pixel(&server.get(&format!("/pixel.gif?{query}&cachebuster=1"))));
            let found = conversion(&server, &format!("order_id=o{order}"));
            let expected = if expected.is_null() { json!(format!("o{order}")) } else { expected.clone() };
            assert_eq!(found[field], expected, "{query}");
            assert_eq!(found["event"] == "sale", field != "event", "{query}");
            assert_eq!(found["source"], "pixel");
        }
    }
}

#[test]
fn amounts_follow_their_currency() {
    let server = Server::start();
    for (order, amount, currency, expected) in [
        ("a", "49.90", "EUR", Some(4990)),
        ("b", "49.9", "EUR", Some(4990)),
        ("c", "49", "eur", Some(4900)),
        ("d", "4990", "JPY", Some(4990)),
        ("e", "1.234", "KWD", Some(1234)),
        ("f", "0", "EUR", Some(0)),
        ("g", "49.905", "EUR", None),
        ("h", "49.90", "JPY", None),
        ("i", "-1", "EUR", None),
        ("j", "1e3", "EUR", None),
        ("k", "1,000.00", "EUR", None),
        ("l", "1", "XYZ", None),
        ("m", "99999999999999999999", "EUR", None),
        ("n", "NaN", "EUR", None),
    ] {
        assert!(is_pixel(&server.get(&format!("/pixel.gif?order_id={order}&amount={amount}&currency={currency}"))));
        let page = server.ok("GET", &format!("/conversions?order_id={order}"), Value::Null);
        assert_eq!(page["data"][0]["amount"].as_i64(), expected, "{amount} {currency}");
        assert_eq!(page["data"].as_array().unwrap().len(), usize::from(expected.is_some()), "{amount} {currency}");
    }
}

#[test]
fn what_cannot_be_used_is_kept_with_every_reason() {
    let server = Server::start();
    let sent = [
        ("/pixel.gif?amount=1", "pixel", &["currency", "order_id"][..]),
        ("/pixel.gif?event=lead", "pixel", &["order_id"]),
        ("/pixel.gif?event=renewal&customer_id=c", "pixel", &["order_id"]),
        ("/pixel.gif?event=identify", "pixel", &["customer_id"]),
        ("/pixel.gif?payout=x&currency=EUR&cid=nope", "pixel", &["payout", "cid", "order_id"]),
        ("/pixel.gif?event=a%20b&order_id=1&currency=EURO", "pixel", &["currency", "event"]),
        ("/view.gif?link=nothing", "view", &["link"]),
    ];
    for (path, ..) in sent {
        assert!(is_pixel(&server.get_with(path, &[("referer", "https://shop.example/thanks")])), "{path}");
    }
    assert_eq!(server.send("POST", "/collect", &[("content-type", "text/plain")], b"not json").status, 204);
    let kept = eventually("all are kept", || {
        let rows = walk(&server, "/rejected", 50);
        (rows.len() == sent.len() + 1).then_some(rows)
    });
    for (path, source, fields) in sent {
        let query = path.split_once('?').unwrap().1;
        let row = kept.iter().find(|row| row["query"] == query).unwrap_or_else(|| panic!("no {query} in {kept:#?}"));
        let reasons = row["reasons"].as_array().unwrap();
        let named: Vec<_> = reasons.iter().map(|reason| text(reason, "field")).collect();
        assert_eq!((named, &row["source"]), (fields.iter().map(|f| (*f).to_owned()).collect(), &json!(source)), "{path}");
        assert!(reasons.iter().all(|reason| text(reason, "message").len() > 5));
        assert_eq!(row["referrer"], "https://shop.example/thanks");
    }
    assert!(kept.iter().any(|row| row["source"] == "tag" && row["query"] == "not json"));
    assert!(server.ok("GET", "/conversions", Value::Null)["data"].as_array().unwrap().is_empty());
}

#[test]
fn leads_go_by_customer_and_count_once() {
    let server = Server::start();
    for event in ["lead", "signup", "trial.started"] {
        for _ in 0..3 {
            server.get(&format!("/pixel.gif?event={event}&customer_id=c1"));
        }
        server.get(&format!("/pixel.gif?event={event}&customer_id=c2"));
        server.get(&format!("/pixel.gif?event={event}&order_id=c1"));
        let rows = eventually("both customers and the order are there", || {
            let rows = walk(&server, &format!("/conversions?event={event}"), 50);
            (rows.len() >= 3).then_some(rows)
        });
        assert_eq!(rows.len(), 3, "{rows:#?}");
    }
}

#[test]
fn a_view_is_a_touchpoint() {
    let server = Server::start();
    let ada = server.partner("Ada");
    let link = link_with(&server, &ada, json!({ "slug": "Banner" }));
    let seen = server.get("/view.gif?link=BANNER&sub1=top");
    let view = eventually("the view is kept", || walk(&server, "/touchpoints?kind=view", 50).pop());
    assert_eq!((&view["link_id"], &view["partner_id"], &view["verdict"]), (&link["id"], &json!(ada), &json!("valid")));
    assert_eq!(view["params"], json!({ "sub1": "top" }));
    let cookie = seen.cookie().unwrap();
    server.get_with("/pixel.gif?order_id=seen&amount=10&currency=EUR", &[("cookie", &cookie)]);
    assert_eq!(server.attributed("seen")["credits"][0]["touchpoint_id"], view["id"]);
    let row = totals(&server);
    assert_eq!((&row["views"], &row["clicks"]), (&json!(1), &json!(0)));
}

#[test]
fn the_tag_sends_json_as_text() {
    let server = Server::start();
    let ada = server.partner("Ada");
    let click = server.get(&format!("/{}", server.link(&ada)));
    let cookie = click.cookie().unwrap();
    let collect = |body: Value, headers: &[(&str, &str)]| {
        let mut all = vec![("content-type", "text/plain;charset=UTF-8"), ("origin", "https://shop.example")];
        all.extend_from_slice(headers);
        let answer = server.send("POST", "/collect", &all, body.to_string().as_bytes());
        assert_eq!((answer.status, answer.body.len()), (204, 0), "{body}");
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    };
    let sale = json!({ "event": "sale", "order_id": "t1", "amount": 49.9, "currency": "EUR", "sub1": null, "n": true });
    collect(sale, &[("cookie", &cookie)]);
    let found = server.attributed("t1");
    assert_eq!((&found["amount"], &found["source"]), (&json!(4990), &json!("tag")));
    assert_eq!(found["credits"][0]["touchpoint_id"], click.click_id());
    // Who a visitor is, is no conversion, but later sales of that customer know the click.
    collect(json!({ "event": "identify", "customer_id": "c1", "click_id": click.click_id() }), &[]);
    collect(json!({ "event": "identify", "customer_id": "c2" }), &[("cookie", &cookie)]);
    for (order, customer, credits) in [("t2", "c1", 1), ("t3", "c2", 1), ("t4", "c3", 0)] {
        collect(json!({ "order_id": order, "customer_id": customer, "amount": "1.00", "currency": "EUR" }), &[]);
        assert_eq!(server.attributed(order)["credits"].as_array().unwrap().len(), credits, "{order}");
    }
    assert_eq!(walk(&server, "/conversions", 50).len(), 4);
}

#[test]
fn a_token_is_stored_nowhere() {
    let server = Server::start();
    let token = key(&server, "track");
    for body in [&b""[..], b"order_id=1", b"amount=x"] {
        server.send("POST", &format!("/postback?order_id=2&token={token}"), &[], body);
    }
    server.send(
        "POST",
        "/postback",
        &[("content-type", "application/x-www-form-urlencoded")],
        format!("order_id=3&token={token}").as_bytes(),
    );
    // A website that takes the pixel for a postback must not show its key to whoever reads the rejected hits.
    server.get(&format!("/pixel.gif?token={token}&order_id="));
    server.get(&format!("/pixel.gif?order_id=4&%74oken={token}"));
    server.send("POST", "/collect", &[], json!({ "token": token, "amount": "x" }).to_string().as_bytes());
    eventually("the last is kept", || walk(&server, "/rejected", 50).iter().any(|row| row["source"] == "tag").then_some(()));
    assert_eq!(files_with(server.dir.path(), token.as_bytes()), Vec::<String>::new());
    let dir = server.stop();
    assert_eq!(files_with(dir.path(), token.as_bytes()), Vec::<String>::new());
}
