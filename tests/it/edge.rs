//! Links, as a visitor meets them: the redirect and its headers, and what a link that does not lead anywhere says.

use kudos::cli::node::Parts;
use kudos::clock::Clock;
use kudos::domain::time::{HOUR_MS, Time};
use serde_json::{Value, json};

use super::program::{link_with, totals};
use super::server::{Answer, Server, eventually, text};

fn slug(link: &Value) -> String {
    format!("/{}", text(link, "slug"))
}

/// `Location`, with the click id replaced by its name.
fn location(answer: &Answer) -> String {
    let location = answer.header("location").expect("a redirect");
    match location.find("tp_") {
        Some(at) => location.replace(&location[at..at + 29], "CLICK"),
        None => location.to_owned(),
    }
}

#[test]
fn a_redirect_carries_exactly_these_headers() {
    let https = ("public_url", "https://go.example");
    for (settings, cookie) in [
        (&[][..], "kudos_vid=V; HttpOnly; SameSite=Lax; Path=/; Max-Age=34560000"),
        (&[https], "kudos_vid=V; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=34560000"),
        (&[https, ("cookie_same_site", "none")], "kudos_vid=V; HttpOnly; SameSite=None; Secure; Path=/; Max-Age=34560000"),
        (&[("cookie_name", "v"), ("cookie_days", "30")], "v=V; HttpOnly; SameSite=Lax; Path=/; Max-Age=2592000"),
    ] {
        let server = Server::with_settings(settings);
        let link = link_with(&server, &server.partner("Ada"), json!({}));
        let base = if settings.contains(&https) { "https://go.example".into() } else { server.url("") };
        assert_eq!(link["url"], format!("{base}{}", slug(&link)));
        let answer = server.get(&slug(&link));
        assert_eq!((answer.status, answer.body.len()), (302, 0));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("x-robots-tag"), Some("noindex"));
        assert_eq!(location(&answer), "https://shop.example/?kudos_id=CLICK");
        let line = answer.header("set-cookie").unwrap();
        let (name, rest) = line.split_once('=').unwrap();
        let (value, attributes) = rest.split_once(';').unwrap();
        assert_eq!(value.len(), 29, "{line}");
        let sorted = |line: &str| {
            let mut parts: Vec<_> = line.split("; ").map(str::to_owned).collect();
            parts.sort();
            parts
        };
        assert_eq!(sorted(&format!("{name}=V;{attributes}")), sorted(cookie));
    }
}

#[test]
fn a_returning_visitor_stays_the_same() {
    let server = Server::start();
    let slug = slug(&link_with(&server, &server.partner("Ada"), json!({})));
    let first = server.get(&slug);
    let cookie = first.cookie().unwrap();
    let visitor =
        |answer: &Answer| server.ok("GET", &format!("/touchpoints/{}", answer.click_id()), Value::Null)["visitor_id"].clone();
    let known = visitor(&first);
    for (sent, same) in [
        (cookie.clone(), true),
        (format!("a=b; {cookie}; c=d"), true),
        ("kudos_vid=garbage".into(), false),
        (String::new(), false),
    ] {
        let answer = server.get_with(&slug, &[("cookie", &sent)]);
        assert_eq!(answer.cookie().as_ref() == Some(&cookie), same, "{sent}");
        assert_eq!(visitor(&answer) == known, same, "{sent}");
    }
}

#[test]
fn the_destination_gets_what_it_should() {
    let server = Server::start();
    let ada = server.partner("Ada");
    let utm = json!({ "name": "Summer", "utm": { "source": "camp", "campaign": "summer" } });
    let campaign = text(&server.ok("POST", "/campaigns", utm), "id");
    let utm = json!({ "source": "link", "medium": "mail" });
    let plain = "https://s.example/p";
    for (wanted, query, expected) in [
        (json!({ "destination": plain }), "", "https://s.example/p?kudos_id=CLICK"),
        (json!({ "destination": plain }), "?a=1&b=%C3%A9&a=2", "https://s.example/p?a=1&b=%C3%A9&a=2&kudos_id=CLICK"),
        (json!({ "destination": plain, "append_click_id": false }), "?a=1", "https://s.example/p?a=1"),
        (json!({ "destination": plain, "append_click_id": false }), "", "https://s.example/p"),
        (json!({ "destination": "https://s.example/p?q=1#top" }), "?q=2", "https://s.example/p?q=1&kudos_id=CLICK#top"),
        (
            json!({ "destination": plain, "utm": utm, "campaign_id": campaign }),
            "",
            "https://s.example/p?utm_source=link&utm_medium=mail&utm_campaign=summer&kudos_id=CLICK",
        ),
        (
            json!({ "destination": format!("{plain}?utm_source=own"), "utm": utm, "campaign_id": campaign }),
            "?utm_medium=web&utm_source=visitor",
            "https://s.example/p?utm_source=own&utm_medium=web&utm_campaign=summer&kudos_id=CLICK",
        ),
        (
            json!({ "destination": "https://s.example/{click_id}?s={sub1}&t={sub5}" }),
            "?sub1=x%20y",
            "https://s.example/CLICK?s=x%20y&t=&sub1=x%20y&kudos_id=CLICK",
        ),
        (json!({ "destination": plain }), "?kudos_id=forged", "https://s.example/p?kudos_id=CLICK"),
        (json!({ "destination": plain }), "?x=%0d%0aSet-Cookie:a", "https://s.example/p?x=%0d%0aSet-Cookie:a&kudos_id=CLICK"),
    ] {
        let link = link_with(&server, &ada, wanted);
        assert_eq!(location(&server.get(&format!("{}{query}", slug(&link)))), expected);
    }
    let link = link_with(&server, &ada, json!({ "destination": "https://s.example/?p={partner_id}&l={link_id}" }));
    let expected = format!("https://s.example/?p={ada}&l={}&kudos_id=CLICK", text(&link, "id"));
    assert_eq!(location(&server.get(&slug(&link))), expected);
}

#[test]
fn the_click_parameter_can_be_named() {
    let server = Server::with_settings(&[("click_param", "cid")]);
    let link = link_with(&server, &server.partner("Ada"), json!({}));
    assert_eq!(location(&server.get(&slug(&link))), "https://shop.example/?cid=CLICK");
}

#[test]
fn head_says_the_same_and_counts_nothing() {
    let server = Server::start();
    let slug = slug(&link_with(&server, &server.partner("Ada"), json!({})));
    let (get, head) = (server.get(&format!("{slug}?a=1")), server.send("HEAD", &format!("{slug}?a=1"), &[], b""));
    let headers = |answer: &Answer| {
        let mut names: Vec<_> = answer.headers.keys().map(|name| name.as_str().to_owned()).collect();
        names.retain(|name| !["set-cookie", "date"].contains(&name.as_str()));
        names.sort();
        (answer.status, location(answer), names)
    };
    assert_eq!(headers(&get), headers(&head));
    assert!(head.header("set-cookie").is_none() && get.header("set-cookie").is_some());
    eventually("the click is counted", || (totals(&server)["clicks_all"] == 1).then_some(()));
    let status = server.api("GET", &format!("/touchpoints/{}", head.click_id()), Value::Null).status;
    assert_eq!((status, &totals(&server)["clicks_all"]), (404, &json!(1)));
}

#[test]
fn what_is_not_there_is_one_constant_page() {
    let server = Server::start();
    let page = server.get("/nothing-here");
    assert_eq!((page.status, page.header("cache-control")), (404, Some("no-store")));
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    for path in ["/", "/a/b", "//", "/nope?x=%3Cscript%3E", "/%2e%2e/etc", "/Pixel.gif", "/%00", "/kudos%2ejs", "/api/v2/links"]
    {
        let answer = server.get(path);
        assert_eq!((answer.status, &answer.body), (404, &page.body), "{path}");
        assert!(answer.header("set-cookie").is_none());
    }
    // Whoever looks at the address itself with a browser is led to the pages.
    for (path, accept, location) in [
        ("/", "text/html,application/xhtml+xml,*/*;q=0.8", Some("/login")),
        ("/?from=somewhere", "text/html", Some("/login")),
        ("/", "*/*", None),
        ("//", "text/html", None),
        ("/a/b", "text/html", None),
    ] {
        let answer = server.get_with(path, &[("accept", accept)]);
        assert_eq!(answer.status, if location.is_some() { 303 } else { 404 }, "{path} {accept}");
        assert_eq!((answer.header("location"), answer.header("cache-control")), (location, Some("no-store")), "{path}");
    }
}

#[test]
fn links_that_are_off_say_so_or_lead_to_their_fallback() {
    let start = Time::from_millis(1_760_000_000_000);
    let clock = Clock::manual(start);
    let server = Server::with(&[], Parts { clock: clock.clone(), ..Parts::default() });
    let ada = server.partner("Ada");
    let expires = (start + HOUR_MS).to_string();
    let fallback = "https://fallback.example/";
    let bare = link_with(&server, &ada, json!({ "expires_at": expires }));
    let with = link_with(&server, &ada, json!({ "expires_at": expires, "fallback_url": fallback }));
    let check = |when: &str, on: bool| {
        let (one, two) = (server.get(&slug(&bare)), server.get(&slug(&with)));
        assert_eq!(one.status, if on { 302 } else { 410 }, "{when}");
        assert_eq!((two.status, location(&two) == fallback), (302, !on), "{when}");
        let head = server.send("HEAD", &slug(&bare), &[], b"");
        assert_eq!(head.status, one.status, "{when}");
        if !on {
            assert!(one.header("set-cookie").is_none() && two.header("set-cookie").is_none());
            assert_eq!((one.header("cache-control"), two.header("cache-control")), (Some("no-store"), Some("no-store")));
        }
    };
    let edit = |body: Value| {
        for link in [&bare, &with] {
            server.ok("PATCH", &format!("/links/{}", text(link, "id")), body.clone());
        }
    };
    check("at first", true);
    edit(json!({ "status": "disabled" }));
    check("disabled", false);
    edit(json!({ "status": "active" }));
    check("active again", true);
    clock.set(start + HOUR_MS);
    check("expired", false);
    edit(json!({ "expires_at": null }));
    check("for ever", true);
    server.ok("PATCH", &format!("/partners/{ada}"), json!({ "status": "disabled" }));
    check("its partner is disabled", false);
    server.ok("PATCH", &format!("/partners/{ada}"), json!({ "status": "active" }));
    check("its partner is back", true);
    for link in [&bare, &with] {
        server.ok("DELETE", &format!("/links/{}", text(link, "id")), Value::Null);
    }
    check("deleted", false);
}

#[test]
fn slugs_are_found_whatever_their_case() {
    let server = Server::start();
    let ada = server.partner("Ada");
    let link = link_with(&server, &ada, json!({ "slug": "Summer-Sale_26" }));
    assert_eq!(link["slug"], "Summer-Sale_26");
    for path in ["/Summer-Sale_26", "/summer-sale_26", "/SUMMER-SALE_26", "/summer-sale_26/", "/summer-sale_26?a=b"] {
        assert_eq!(server.get(path).status, 302, "{path}");
    }
    let taken =
        server.api("POST", "/links", json!({ "partner_id": ada, "destination": "https://a.b/", "slug": "SUMMER-sale_26" }));
    assert_eq!((taken.status, taken.json()["code"].clone()), (409, json!("conflict")));
    // The new slug answers at once, the old one no more.
    server.ok("PATCH", &format!("/links/{}", text(&link, "id")), json!({ "slug": "winter" }));
    assert_eq!((server.get("/winter").status, server.get("/summer-sale_26").status), (302, 404));
    for _ in 0..20 {
        let slug = server.link(&ada);
        assert!(slug.len() >= 8 && !slug.contains(['0', 'O', '1', 'l', 'I', 'i', 'o']), "{slug}");
    }
}

#[test]
fn other_methods_are_refused_with_what_would_do() {
    let server = Server::start();
    let slug = server.link(&server.partner("Ada"));
    for (path, allow, wrong) in [
        (format!("/{slug}"), "GET, HEAD", &["POST", "PUT", "DELETE", "OPTIONS", "PATCH"][..]),
        ("/pixel.gif".into(), "GET, HEAD", &["POST", "DELETE"]),
        ("/view.gif".into(), "GET, HEAD", &["POST"]),
        ("/postback".into(), "GET, POST", &["HEAD", "PUT"]),
        ("/collect".into(), "POST", &["GET", "PUT"]),
        ("/robots.txt".into(), "GET, HEAD", &["POST"]),
        ("/metrics".into(), "GET, HEAD", &["POST"]),
        ("/api/v1/partners".into(), "GET, POST", &["PUT", "DELETE"]),
        ("/api/v1/openapi.json".into(), "GET", &["POST"]),
    ] {
        for method in wrong {
            let answer = server.send(method, &path, &[], b"");
            assert_eq!((answer.status, answer.header("allow")), (405, Some(allow)), "{method} {path}");
        }
    }
}

#[test]
fn operators_see_how_it_is() {
    let server = Server::start();
    let robots = server.get("/robots.txt");
    assert_eq!((robots.status, robots.text()), (200, "User-agent: *\nDisallow: /\n".into()));
    assert_eq!(server.get("/livez").status, 200);
    assert_eq!((server.get("/readyz").status, server.get("/readyz").json()["status"].clone()), (200, json!("ready")));
    let slug = server.link(&server.partner("Ada"));
    server.get(&format!("/{slug}"));
    server.get("/pixel.gif?order_id=1");
    let metrics = eventually("both are stored", || {
        let text = server.get("/metrics").text();
        let all = ["kudos_stored_total{kind=\"touchpoint\"} 1", "kudos_stored_total{kind=\"conversion\"} 1"];
        all.iter().all(|line| text.contains(line)).then_some(text)
    });
    for line in [
        "kudos_hits_total{kind=\"click\"} 1",
        "kudos_hits_total{kind=\"pixel\"} 1",
        "kudos_hits_unrecorded_total 0",
        "kudos_journal_ok 1",
        "kudos_links 1",
        "kudos_panics_total 0",
    ] {
        assert!(metrics.contains(line), "{line} is not in\n{metrics}");
    }
    assert_eq!(metrics.matches("# EOF").count(), 1);
}
