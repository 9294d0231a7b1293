//! Hits that are kept but not credited, and what is not kept at all: verdicts, opt-outs, client addresses.

use serde_json::{Value, json};

use super::program::{column, files_with, totals, walk};
use super::server::{Answer, BROWSER, Server, eventually, text};

/// A server with one link; its path.
fn with_link(settings: &[(&str, &str)]) -> (Server, String, String) {
    let server = Server::with_settings(settings);
    let ada = server.partner("Ada");
    let slug = format!("/{}", server.link(&ada));
    (server, ada, slug)
}

fn touchpoint(server: &Server, click: &Answer) -> Value {
    server.ok("GET", &format!("/touchpoints/{}", click.click_id()), Value::Null)
}

/// Who is credited for a sale by that click.
fn credited(server: &Server, click: &str) -> Vec<Value> {
    let order = format!("of-{click}");
    server.ok("POST", "/conversions", json!({ "order_id": order, "click_id": click, "amount": 100, "currency": "EUR" }));
    server.attributed(&order)["credits"].as_array().unwrap().clone()
}

#[test]
fn a_prefetch_is_turned_away_and_kept() {
    let (server, _, slug) = with_link(&[]);
    let said = [
        ("sec-purpose", "prefetch"),
        ("sec-purpose", "prefetch;prerender"),
        ("purpose", "prefetch"),
        ("purpose", "preview"),
        ("x-moz", "prefetch"),
        ("x-purpose", "preview"),
    ];
    for header in said {
        let answer = server.get_with(&slug, &[header]);
        assert_eq!((answer.status, answer.header("cache-control")), (503, Some("no-store")), "{header:?}");
        assert!(answer.header("set-cookie").is_none() && answer.header("location").is_none(), "{header:?}");
    }
    let kept = eventually("all are kept", || {
        let rows = walk(&server, "/touchpoints", 50);
        (rows.len() == said.len()).then_some(rows)
    });
    assert!(kept.iter().all(|row| row["verdict"] == "prefetch"), "{kept:#?}");
    assert!(credited(&server, &text(&kept[0], "id")).is_empty());
    assert_eq!(server.get_with(&slug, &[("sec-purpose", "other")]).status, 302);
    eventually("counted as hits only", || {
        let row = totals(&server);
        (row["clicks"] == 1 && row["clicks_all"] == 7).then_some(())
    });
}

#[test]
fn a_link_inside_a_page_is_followed_but_not_credited() {
    let (server, _, slug) = with_link(&[]);
    for (dest, verdict) in
        [("image", "embedded"), ("iframe", "embedded"), ("script", "embedded"), ("style", "embedded"), ("document", "valid")]
    {
        let answer = server.get_with(&slug, &[("sec-fetch-dest", dest)]);
        assert_eq!((answer.status, answer.header("set-cookie").is_some()), (302, verdict == "valid"), "{dest}");
        assert_eq!(touchpoint(&server, &answer)["verdict"], verdict, "{dest}");
        assert_eq!(credited(&server, &answer.click_id()).len(), usize::from(verdict == "valid"), "{dest}");
    }
}

#[test]
fn crawlers_are_marked_and_people_are_described() {
    let (server, _, slug) = with_link(&[]);
    let iphone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1";
    for (agent, verdict, device) in [
        (BROWSER, "valid", json!("desktop")),
        (iphone, "valid", json!("mobile")),
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "bot", json!("bot")),
        ("facebookexternalhit/1.1", "bot", json!("bot")),
        ("curl/8.5.0", "bot", json!("bot")),
        ("", "bot", Value::Null),
    ] {
        let answer = server.get_with(&slug, &[("user-agent", agent), ("referer", "https://blog.example/post")]);
        assert_eq!(answer.status, 302, "{agent}");
        let kept = touchpoint(&server, &answer);
        assert_eq!(kept["verdict"], verdict, "{agent}");
        assert!(kept["device"] == device || device.is_null(), "{agent}: {kept}");
        assert_eq!(kept["referrer"], "https://blog.example/post");
        assert_eq!(credited(&server, &answer.click_id()).len(), usize::from(verdict == "valid"), "{agent}");
    }
}

#[test]
fn a_second_click_within_half_an_hour_is_a_duplicate() {
    let (server, _, slug) = with_link(&[]);
    let first = server.get(&slug);
    let cookie = first.cookie().unwrap();
    let second = server.get_with(&slug, &[("cookie", &cookie)]);
    let other = server.get(&slug);
    let verdicts = [&first, &second, &other].map(|answer| touchpoint(&server, answer)["verdict"].clone());
    assert_eq!(verdicts, ["valid", "duplicate", "valid"]);
    eventually("counted apart", || {
        let row = totals(&server);
        (row["clicks"] == 2 && row["clicks_all"] == 3 && row["unique_visitors"] == 2).then_some(())
    });
    // The click id of the duplicate still leads to the partner.
    assert_eq!(credited(&server, &second.click_id()).len(), 1);
}

#[test]
fn a_flood_is_answered_and_marked_and_nobody_can_hide_behind_a_forged_header() {
    let trusting = [("flood_per_minute", "4"), ("trusted_proxies", "127.0.0.0/8"), ("client_ip_header", "X-Forwarded-For")];
    let plain = &trusting[..1];
    for (settings, forwarded, floods) in [
        (plain, &(|_| "203.0.113.9".to_owned()) as &dyn Fn(i32) -> String, true),
        (plain, &|n| format!("203.0.113.{n}"), true),
        (&trusting[..], &|n| format!("203.0.113.{n}"), false),
        (&trusting[..], &|_| "203.0.113.9".to_owned(), true),
        (&trusting[..], &|n| format!("198.51.100.{n}, 203.0.113.9"), true),
        (&trusting[..], &|n| format!("203.0.113.{n}, 127.0.0.9"), false),
        // One customer of a provider has a whole /64.
        (&trusting[..], &|n| format!("2001:db8:1:1::{n}"), true),
    ] {
        let (server, _, slug) = with_link(settings);
        for n in 1..=9 {
            assert_eq!(server.get_with(&slug, &[("x-forwarded-for", &forwarded(n))]).status, 302);
        }
        let rows = eventually("all are kept", || {
            let rows = walk(&server, "/touchpoints", 50);
            (rows.len() == 9).then_some(rows)
        });
        let flood = rows.iter().filter(|row| row["verdict"] == "flood").count();
        assert_eq!(flood > 0, floods, "{} {flood}", forwarded(7));
        assert!(rows.iter().any(|row| row["verdict"] == "valid"));
    }
}

#[test]
fn the_country_is_believed_from_trusted_proxies_only() {
    let trusting = [("trusted_proxies", "127.0.0.1"), ("country_header", "CF-IPCountry")];
    let elsewhere = [("trusted_proxies", "10.0.0.0/8"), ("country_header", "CF-IPCountry")];
    for (settings, said, expected) in [
        (trusting, "DE", json!("DE")),
        (trusting, "fr", json!("FR")),
        (trusting, "XX", Value::Null),
        (trusting, "T1", Value::Null),
        (trusting, "Germany", Value::Null),
        (trusting, "", Value::Null),
        (elsewhere, "DE", Value::Null),
    ] {
        let (server, _, slug) = with_link(&settings);
        let answer = server.get_with(&slug, &[("cf-ipcountry", said)]);
        assert_eq!(touchpoint(&server, &answer)["country"], expected, "{said}");
        let report = server.ok("GET", "/reports/performance?group_by=country", Value::Null);
        assert_eq!((report["data"][0]["key"].clone(), &report["data"][0]["clicks"]), (expected, &json!(1)), "{said}");
    }
}

#[test]
fn who_opts_out_is_not_recognised_but_the_click_id_still_credits() {
    let (server, ada, slug) = with_link(&[]);
    let known = server.get(&slug).cookie().unwrap();
    let answer = server.get_with(&slug, &[("sec-gpc", "1"), ("cookie", &known)]);
    assert_eq!((answer.status, answer.header("set-cookie")), (302, None));
    let kept = touchpoint(&server, &answer);
    assert_eq!(kept["verdict"], "valid");
    let credits = credited(&server, &answer.click_id());
    assert_eq!(credits[0]["partner_id"], ada);
    let view = server.get_with(&format!("/view.gif?link={}", &slug[1..]), &[("sec-gpc", "1")]);
    assert_eq!((view.status, view.header("set-cookie")), (200, None));
    // The pixel does not look at the cookie either.
    server.get_with("/pixel.gif?order_id=gpc", &[("sec-gpc", "1"), ("cookie", &known)]);
    assert!(server.attributed("gpc")["credits"].as_array().unwrap().is_empty());
    let dir = server.stop();
    let clients =
        column(&dir, &format!("select coalesce({}, 'none') from touchpoints order by id", super::STORE.bytes_hex("client")));
    assert_eq!(clients.len(), 3);
    assert_eq!(clients[0].as_ref().unwrap().len(), 32, "16 bytes of a keyed hash");
    assert_eq!(clients[1..], [Some("none".to_owned()), Some("none".to_owned())]);
}

#[test]
fn no_client_address_is_on_disk() {
    let settings = [("trusted_proxies", "127.0.0.0/8"), ("client_ip_header", "x-forwarded-for")];
    let (server, _, slug) = with_link(&settings);
    let from = [("x-forwarded-for", "203.0.113.77")];
    server.get_with(&slug, &from);
    server.get_with("/pixel.gif?order_id=1", &from);
    server.get_with("/pixel.gif?order_id=", &from);
    server.get_with(&format!("/view.gif?link={}", &slug[1..]), &from);
    let second = server.get_with(&slug, &[("x-forwarded-for", "203.0.113.78")]);
    touchpoint(&server, &second);
    let running = server.dir.path().to_owned();
    for needle in [&b"203.0.113.77"[..], &[203, 0, 113, 77], b"127.0.0.1", b"::ffff:"] {
        let mut found = files_with(&running, needle);
        // Where the server itself is reached.
        found.retain(|file| !file.ends_with("public-url"));
        assert_eq!(found, Vec::<String>::new(), "{needle:?}");
    }
    let dir = server.stop();
    let clients =
        column(&dir, &format!("select {} from touchpoints where kind = 'click' order by id", super::STORE.bytes_hex("client")));
    assert_eq!(clients.len(), 2);
    assert_ne!(clients[0], clients[1]);
    let unkeyed = [&b"203.0.113.77"[..], &[203, 0, 113, 77]].map(|bytes| blake3::hash(bytes).to_hex()[..32].to_owned());
    assert!(!unkeyed.contains(clients[0].as_ref().unwrap()), "a hash without a key can be guessed");
}
