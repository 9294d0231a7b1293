//! Codes, campaigns, views, imports, notes and the live feed, as a browser's HTTP sees them.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

use super::pages::{Person, make_user};
use super::server::{Server, eventually};

const MARKUP: &str = "<img src=x onerror=alert(1)>\"'";

/// The id in a redirect's path.
fn id_in(location: Option<&str>) -> String {
    let path = location.unwrap().split(['?', '#']).next().unwrap();
    path.rsplit('/').next().unwrap().to_owned()
}

/// A stream of events that is listened to, as a browser does.
struct Stream {
    tcp: TcpStream,
    heard: String,
}

impl Stream {
    fn open(person: &Person<'_>, path: &str) -> Stream {
        let server = person.server;
        let mut tcp = TcpStream::connect(server.address).unwrap();
        tcp.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
        let cookie = person.cookie.borrow();
        write!(tcp, "GET {path} HTTP/1.1\r\nhost: {}\r\ncookie: {cookie}\r\naccept: text/event-stream\r\n\r\n", server.address)
            .unwrap();
        let mut stream = Stream { tcp, heard: String::new() };
        stream.hears("retry:");
        stream
    }

    /// False once it has ended.
    fn read(&mut self) -> bool {
        let mut bytes = [0; 65_536];
        match self.tcp.read(&mut bytes) {
            Ok(0) => false,
            Ok(read) => {
                self.heard.push_str(&String::from_utf8_lossy(&bytes[..read]));
                true
            }
            Err(_) => true,
        }
    }

    fn hears(&mut self, text: &str) {
        eventually(&format!("{text:?} is heard"), || {
            self.read();
            self.heard.contains(text).then_some(())
        });
    }

    fn ends(&mut self) {
        eventually("the stream ends", || (!self.read() || self.heard.ends_with("0\r\n\r\n")).then_some(()));
    }
}

#[test]
fn the_live_feed_tells_each_what_is_its_own_and_ends_with_the_session() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    let (own, other) = (server.partner("ownpartner"), server.partner(MARKUP));
    for (partner, slug) in [(&own, "own-slug"), (&other, "other-slug")] {
        let wanted = json!({ "partner_id": partner, "slug": slug, "destination": "https://shop.example/" });
        server.ok("POST", "/links", wanted);
    }
    make_user(&admin, "own@example.com", "Own", "partner", &own);
    let partner = Person::signed_in(&server, "own@example.com");
    let mut all = Stream::open(&admin, "/admin/live");
    let mut part = Stream::open(&partner, "/portal/live?partner_id=x");
    let clicks = ["other-slug", "own-slug"].map(|slug| server.get(&format!("/{slug}")).click_id());
    for stream in [&mut all, &mut part] {
        stream.hears(&clicks[1]);
    }
    all.hears(&clicks[0]);
    assert!(all.heard.contains("text/event-stream") && all.heard.contains("own-slug") && all.heard.contains("ownpartner"));
    assert!(!all.heard.contains("<img src=x") && all.heard.contains("&#60;img"), "{}", all.heard);
    assert!(!part.heard.contains("other-slug") && !part.heard.contains(&other) && !part.heard.contains(&clicks[0]));
    assert!(!part.heard.contains("ownpartner"), "a partner is told what is its own, not whose");
    // Narrowed as the page is, and from where the page left off.
    let narrowed = admin.get(&format!("/admin/live?partner_id={own}")).text();
    assert!(narrowed.contains("own-slug") && !narrowed.contains("other-slug"), "{narrowed}");
    assert!(!admin.get(&format!("/admin/live?after={}", clicks[1])).text().contains("own-slug"));
    // The newest are there without a script.
    assert!(admin.get("/admin").text().contains("own-slug"));
    assert!(partner.get("/portal").text().contains("own-slug"));
    partner.post("/logout", &[]);
    part.ends();
    server.get("/own-slug");
    assert_eq!(Person::new(&server).get("/admin/live").status, 303);
    // A user's places are few.
    let more: Vec<Stream> = (0..5).map(|_| Stream::open(&admin, "/admin/live")).collect();
    let refused = admin.send("GET", "/admin/live", &[("accept", "text/event-stream")], "");
    assert_eq!(refused.status, 429);
    drop(more);
    // A stop does not wait for who listens.
    let begun = std::time::Instant::now();
    server.stop();
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
    all.ends();
}

#[test]
fn views_are_saved_renamed_deleted_and_nobody_elses() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    make_user(&admin, "ana@example.com", "Ana", "analyst", "");
    let other = Person::signed_in(&server, "ana@example.com");
    let partner = server.partner("Fern");
    for (path, offered) in [
        // There is nothing to save.
        ("/admin/links".to_owned(), false),
        ("/admin/links?links.q=x".to_owned(), true),
        ("/admin?from=2026-01-01".to_owned(), true),
        (format!("/admin/partners/{partner}?from=2026-01-01"), true),
        // Neither a form nor one thing is a view.
        ("/admin/policies/new?from=x".to_owned(), false),
        ("/admin/import?what=links".to_owned(), false),
        (format!("/admin/partners/{partner}/edit?x=1"), false),
        ("/admin/nothing?x=1".to_owned(), false),
    ] {
        assert_eq!(admin.get(&path).text().contains("Save this view"), offered, "{path}");
    }
    let saved = admin.post("/account/views", &[("name", MARKUP), ("target", "/admin/links?links.q=x&done=saved")]);
    assert_eq!(saved.header("location"), Some("/admin/links?links.q=x&done=view_saved"));
    let page = admin.get("/admin").text();
    assert!(page.contains("href=\"/admin/links?links.q=x\"") && !page.contains("<img src=x"), "{page}");
    assert!(!other.get("/admin").text().contains("links.q=x"));
    let list = admin.get("/account/views").text();
    let id = list.split("/account/views/").nth(1).unwrap().split(['"', '/']).next().unwrap().to_owned();
    let path = format!("/account/views/{id}");
    for way in ["", "/delete", "/restore"] {
        assert_eq!(other.post(&format!("{path}{way}"), &[("name", "mine")]).status, 404, "{way}");
    }
    let unnamed = admin.post(&path, &[("name", "")]);
    let form = format!("action=\"{path}\"");
    assert!(unnamed.status == 422 && unnamed.text().matches(&form).count() == 2, "once more: {}", unnamed.text());
    assert_eq!(admin.post(&path, &[("name", "Search for x")]).status, 303);
    assert!(admin.get("/admin").text().contains("Search for x"));
    let gone = admin.post(&format!("{path}/delete"), &[]);
    assert!(!admin.get("/admin").text().contains("Search for x"));
    let notice = admin.get(gone.header("location").unwrap()).text();
    assert!(notice.contains(&format!("action=\"{path}/restore\"")), "{notice}");
    admin.post(&format!("{path}/restore"), &[]);
    assert!(admin.get("/admin").text().contains("Search for x"));
    for bad in ["https://evil.example/", "//evil.example", "/portal", "/logout"] {
        assert_eq!(admin.post("/account/views", &[("name", "x"), ("target", bad)]).status, 404, "{bad}");
    }
    for number in 1..50 {
        let target = format!("/admin?from=2026-01-{:02}", number % 28 + 1);
        assert_eq!(admin.post("/account/views", &[("name", &format!("v{number}")), ("target", &target)]).status, 303);
    }
    let full = admin.post("/account/views", &[("name", "one more"), ("target", "/admin?x=1")]);
    assert!(full.status == 422 && full.text().contains("50 saved views"), "{}", full.text());
}

#[test]
fn codes_and_campaigns_are_made_changed_and_switched_off() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    assert!(admin.get("/admin/codes").text().contains("A code belongs to a partner"));
    let partner = server.partner("Fern");
    let made = admin.post("/admin/campaigns", &[("name", "Spring"), ("utm_source", "news"), ("utm_medium", "")]);
    let campaign = id_in(made.header("location"));
    let again = admin.post("/admin/campaigns", &[("name", "Spring")]);
    assert_eq!(again.status, 409, "{}", again.text());
    let fields = [("partner_id", partner.as_str()), ("code", "sam20"), ("campaign_id", &campaign)];
    let code = id_in(admin.post("/admin/codes", &fields).header("location"));
    assert!(admin.post("/admin/codes", &fields).text().contains("that code exists already"));
    let sale = json!({ "event": "sale", "order_id": "o-1", "amount": 4990, "currency": "EUR", "code": "Sam20" });
    server.ok("POST", "/conversions", sale);
    server.attributed("o-1");
    let page = admin.get(&format!("/admin/codes/{code}")).text();
    assert!(page.contains("SAM20") && page.contains("o-1") && page.contains("49.90"), "{page}");
    let list = admin.get("/admin/codes").text();
    assert!(list.contains("SAM20") && list.contains("Fern") && list.contains("Spring") && list.contains("49.90"), "{list}");
    assert!(admin.get("/admin/conversions?code=SAM20").text().contains("o-1"));
    assert!(!admin.get("/admin/conversions?code=OTHER").text().contains("o-1"));
    // Switched off, and on again from the notice.
    let off = admin.post(&format!("/admin/codes/{code}/disable"), &[]);
    let notice = admin.get(off.header("location").unwrap()).text();
    assert!(notice.contains(&format!("action=\"/admin/codes/{code}/enable\"")), "{notice}");
    assert_eq!(server.ok("GET", &format!("/codes/{code}"), Value::Null)["status"], "disabled");
    admin.post(&format!("/admin/codes/{code}/enable"), &[]);
    assert_eq!(server.ok("GET", &format!("/codes/{code}"), Value::Null)["status"], "active");
    assert_eq!(admin.post(&format!("/admin/codes/{code}"), &[("campaign_id", "")]).status, 303);
    admin.post(&format!("/admin/codes/{code}"), &[("campaign_id", &campaign)]);
    // A link of the campaign gets its values, and says where it leads.
    let wanted = [("destination", "https://shop.example/?a=1"), ("partner_id", &partner), ("utm_term", "x y")];
    let link = id_in(admin.post("/admin/links", &wanted).header("location"));
    let edit = [("destination", "https://shop.example/?a=1"), ("slug", "s"), ("utm_term", "x y"), ("campaign_id", &campaign)];
    assert_eq!(admin.post(&format!("/admin/links/{link}"), &edit).status, 303);
    let shown = admin.get(&format!("/admin/links/{link}")).text();
    let leads = "https://shop.example/?a=1&#38;utm_source=news&#38;utm_term=x+y";
    assert!(shown.contains(leads), "{shown}");
    let gone = server.get("/s").header("location").unwrap().to_owned();
    assert!(gone.starts_with(&leads.replace("&#38;", "&")), "{gone}");
    assert!(admin.get("/admin/links").text().contains("<option value=\"x y\">"), "what was used before is suggested");
    let page = admin.get(&format!("/admin/campaigns/{campaign}")).text();
    assert!(page.contains("SAM20") && page.contains("utm_source=news") && page.contains("/s"), "{page}");
    let used = admin.post(&format!("/admin/campaigns/{campaign}/remove"), &[]);
    assert!(used.status == 409 && used.text().contains("only an unused one"), "{}", used.text());
    let unused = id_in(admin.post("/admin/campaigns", &[("name", MARKUP)]).header("location"));
    assert!(!admin.get("/admin/campaigns").text().contains("<img src=x"));
    assert!(admin.get(&format!("/admin/campaigns/{unused}/remove")).text().contains("Remove for good"), "it asks first");
    let removed = admin.post(&format!("/admin/campaigns/{unused}/remove"), &[]);
    assert_eq!(removed.header("location"), Some("/admin/campaigns?done=removed"));
    assert!(admin.get("/admin?campaign_id=x&compare=year&country=%3Cscript%3E").status == 200);
}

#[test]
fn notes_are_for_staff_and_come_back() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    let (partner, link) = {
        let partner = server.partner("Fern");
        let link = server.link(&partner);
        (partner, link)
    };
    make_user(&admin, "fern@example.com", "Fern", "partner", &partner);
    let click = server.get(&format!("/{link}")).click_id();
    let sale = json!({ "event": "sale", "order_id": "o-1", "amount": 4990, "currency": "EUR", "click_id": click });
    server.ok("POST", "/conversions", sale);
    server.attributed("o-1");
    let page = format!("/admin/partners/{partner}");
    let refused = admin.post(&format!("{page}/notes"), &[("body", "")]);
    assert_eq!(refused.status, 422);
    let text = refused.text();
    assert!(text.contains(&format!("{page}?from=")) && !text.contains("/notes?"), "its links lead to the page: {text}");
    let noted = admin.post(&format!("{page}/notes"), &[("body", &format!("Call on Monday {MARKUP}"))]);
    assert_eq!(noted.status, 303, "{}", noted.text());
    let shown = admin.get(&page).text();
    assert!(shown.contains("Call on Monday") && shown.contains("Ada Admin") && !shown.contains("<img src=x"), "{shown}");
    assert!(shown.contains("o-1") && shown.contains("/admin/conversions/cv_") && shown.contains("100.0\u{a0}%"), "{shown}");
    for (event, is_there) in [("lead,sale", true), ("sale", true), ("lead", false), ("sal_", false)] {
        let list = admin.get(&format!("/admin/conversions?event={event}&csv=conversions")).text();
        assert_eq!(list.contains("o-1"), is_there, "{event}: {list}");
    }
    let filters = admin.get("/admin/conversions?event=lead,signup").text();
    assert!(filters.contains(">Lead, Signup<"), "{filters}");
    let person = Person::signed_in(&server, "fern@example.com");
    for path in ["/portal", "/portal/links", "/portal/conversions", "/account"] {
        assert!(!person.get(path).text().contains("Call on Monday"), "{path}");
    }
    let note = shown.split("/admin/notes/").nth(1).unwrap().split('/').next().unwrap().to_owned();
    let gone = admin.post(&format!("/admin/notes/{note}/delete"), &[]);
    let notice = admin.get(gone.header("location").unwrap()).text();
    assert!(notice.contains("The note is deleted") && !notice.contains("Call on Monday"), "{notice}");
    assert!(notice.contains(&format!("/admin/notes/{note}/restore")));
    admin.post(&format!("/admin/notes/{note}/restore"), &[]);
    assert!(admin.get(&page).text().contains("Call on Monday"));
    // Switched off, the notice offers the way back.
    let off = admin.post(&format!("{page}/disable"), &[]);
    assert!(admin.get(off.header("location").unwrap()).text().contains("Undo"));
    // The usual misfits are told in German too.
    let german = admin.send(
        "POST",
        "/admin/partners",
        &[("accept-language", "de")],
        &super::pages::encode(&[("name", ""), ("csrf", &admin.csrf())]),
    );
    assert!(german.text().contains("darf nicht leer sein"), "{}", german.text());
}

#[test]
fn other_names_of_a_partner_are_kept_one_a_line() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    let made = admin.post("/admin/partners", &[("name", "Fern"), ("aliases", " Fern, Inc. \r\n\r\nThe ferns")]);
    let partner = id_in(made.header("location"));
    let kept = || server.ok("GET", &format!("/partners/{partner}"), Value::Null)["aliases"].clone();
    assert_eq!(kept(), json!(["Fern, Inc.", "The ferns"]));
    let page = format!("/admin/partners/{partner}");
    assert!(admin.get(&page).text().contains("Fern, Inc., The ferns"));
    assert!(admin.get(&format!("{page}/edit")).text().contains("Fern, Inc.\nThe ferns</textarea>"));
    let wrong = admin.post(&page, &[("name", "Fern"), ("aliases", "Fern\n--")]);
    let shown = wrong.text();
    assert!(wrong.status == 422 && shown.contains("Fern\n--</textarea>"), "{shown}");
    assert!(shown.contains("aliases-error") && !shown.contains("aliases["), "{shown}");
    admin.post(&page, &[("name", "Fern & Sons")]);
    assert_eq!(kept(), json!(["Fern, Inc.", "The ferns"]), "a form without the field leaves them");
    admin.post(&page, &[("name", "Fern"), ("aliases", "")]);
    assert_eq!(kept(), json!([]));
}

#[test]
fn of_several_partners_none_is_chosen_unasked() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    let (ada, zed) = (server.partner("Ada Ltd"), server.partner("Zed Ltd"));
    let mint = |fields: &[(&str, &str)]| admin.post("/admin/links", fields);
    server.ok("PATCH", &format!("/partners/{zed}"), json!({ "status": "disabled" }));
    for path in ["/admin/links", "/admin/codes"] {
        let shown = admin.get(path).text();
        assert!(shown.contains(&format!("<option value=\"{ada}\"")), "{shown}");
        assert!(!shown.contains("Zed Ltd") && !shown.contains(">Choose<"), "there is one to choose: {shown}");
    }
    server.partner("Ben Ltd");
    for path in ["/admin/links", "/admin/codes"] {
        let shown = admin.get(path).text();
        assert!(shown.contains("required><option value=\"\" selected>Choose</option>"), "{shown}");
    }
    let answer = mint(&[("partner_id", ""), ("destination", "https://shop.example/")]);
    assert_eq!(answer.status, 422, "{}", answer.text());
    let answer = mint(&[("partner_id", &ada), ("destination", "https://shop.example/")]);
    assert!(answer.header("location").is_some(), "{}", answer.text());
    // A table that is sorted in place keeps the focus: its headings can be found again.
    assert!(admin.get("/admin/links").text().contains("<a id=\"links-by-destination\""));
}

#[test]
fn a_period_is_the_same_whichever_day_is_named_first() {
    let server = Server::start();
    let shown = Person::first_admin(&server).get("/admin/pipeline?from=2026-11-20&to=2026-11-10").text();
    for (name, day) in [("from", "2026-11-10"), ("to", "2026-11-20")] {
        assert!(shown.contains(&format!("name=\"{name}\" value=\"{day}\"")), "{name}: {shown}");
    }
}
