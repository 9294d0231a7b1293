//! The pages as a browser's HTTP sees them: who gets in, who sees what, and what is inert.

#[path = "pages/person.rs"]
mod person;

use std::cell::RefCell;

use kudos::http::pages::{Who, pages};
use serde_json::{Value, json};

pub use self::person::encode;
pub use self::person::{PASSWORD, Person, first_link, make_user};
use super::program::column;
use super::server::{Answer, Server, eventually, text};
use crate::database::by_hand;

#[test]
fn a_one_time_link_works_once_and_looking_does_not_use_it() {
    let server = Server::start();
    let link = first_link(&server);
    let path = &link[link.find("/invite").unwrap()..];
    let person = Person::new(&server);
    assert_eq!((person.get(path).status, person.get(path).status), (200, 200));
    for (fields, message) in [
        (&[("name", "Ada"), ("email", "x"), ("password", PASSWORD)][..], "is not an e-mail address"),
        (&[("name", ""), ("email", "a@example.com"), ("password", PASSWORD)], "must not be empty"),
        (&[("name", "Ada"), ("email", "a@example.com"), ("password", "short")], "at least 12 characters"),
    ] {
        let answer = person.post_bare(path, fields);
        assert_eq!(answer.status, 422);
        assert!(answer.text().contains(message) && !answer.text().contains(PASSWORD), "{}", answer.text());
    }
    let fields = [("name", "Ada"), ("email", "Ada@Example.com"), ("password", PASSWORD)];
    assert_eq!(person.post_bare(path, &fields).status, 303);
    assert_eq!(person.get("/admin").status, 200);
    assert_eq!((Person::new(&server).get(path).status, Person::new(&server).post_bare(path, &fields).status), (410, 410));
    assert_eq!(person.get("/invite/nothing").status, 410);
    // What is stored of the password is its argon2id, of the session a hash.
    let stored = column(&server.dir, "select password from users");
    assert!(stored[0].as_deref().unwrap().starts_with("$argon2id$"), "{stored:?}");
    Person::signed_in(&server, " ada@example.COM ");
}

#[test]
fn wrong_passwords_are_refused_alike_and_too_many_are_told_to_wait() {
    let server = Server::start();
    Person::first_admin(&server);
    let guest = Person::new(&server);
    let mut seen = Vec::new();
    for email in ["admin@example.com", "nobody@example.com"] {
        let answer = guest.post_bare("/login", &[("email", email), ("password", "not this one at all")]);
        seen.push((answer.status, answer.text().replace(email, "")));
    }
    assert_eq!(seen[0], seen[1], "whether an address is known is not told");
    assert_eq!(seen[0].0, 422);
    let limited = (0..30).map(|_| guest.post_bare("/login", &[("email", "admin@example.com"), ("password", "x")]));
    let last = limited.last().unwrap();
    assert_eq!(last.status, 429);
    assert!(last.text().contains("Too many attempts"));
    let right = guest.post_bare("/login", &[("email", "admin@example.com"), ("password", PASSWORD)]);
    assert_eq!(right.status, 429, "the right password has to wait as well");
}

#[test]
fn a_stranger_cannot_keep_the_owner_of_an_account_out() {
    let server = Server::with_settings(&[("trusted_proxies", "127.0.0.0/8"), ("client_ip_header", "x-forwarded-for")]);
    let owner = Person::first_admin(&server);
    let device = |answer: &Answer| {
        let lines = answer.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap().to_owned());
        lines.filter(|line| line.starts_with("kudos_device=")).map(|line| line.split(';').next().unwrap().to_owned()).next()
    };
    let attempt = |address: &str, cookie: &str, password: &str| {
        let body = encode(&[("email", "admin@example.com"), ("password", password)]);
        let kind = ("content-type", "application/x-www-form-urlencoded");
        server.send("POST", "/login", &[("x-forwarded-for", address), ("cookie", cookie), kind], body.as_bytes())
    };
    let wrong = |address: &str, cookie: &str| attempt(address, cookie, "not this one at all").status;
    // Ten from one address, and that address waits, with the right password too; another one does not.
    let seen: Vec<u16> = (0..11).map(|_| wrong("198.51.100.1", "")).collect();
    assert_eq!(seen, [vec![422; 10], vec![429]].concat());
    assert_eq!(attempt("198.51.100.1", "", PASSWORD).status, 429);
    let entered = attempt("198.51.100.2", "", PASSWORD);
    assert_eq!(entered.status, 303, "{}", entered.text());
    let known = device(&entered).expect("the browser is known from now on");
    // Many from everywhere, and the account waits everywhere, but for browsers in which it has signed in.
    let refused = (0..400).find(|place| wrong(&format!("203.0.{}.{}", place / 8 / 250, place / 8 % 250), "") == 429);
    assert!(refused.is_some_and(|place| (150..300).contains(&place)), "{refused:?}");
    let elsewhere = ["", "kudos_device=x", "kudos_device="].map(|cookie| attempt("198.51.100.7", cookie, PASSWORD).status);
    assert_eq!(elsewhere, [429, 429, 429]);
    assert_eq!(attempt("198.51.100.8", &known, PASSWORD).status, 303);
    // What such a browser guesses is counted by its address; and what it shows ends with the password.
    assert_eq!((0..11).map(|_| wrong("198.51.100.9", &known)).collect::<Vec<_>>()[10], 429);
    let fields = [("current", PASSWORD), ("password", "another good one")];
    let renewed = device(&owner.post("/account/password", &fields)).unwrap();
    assert_eq!(attempt("198.51.100.10", &known, "another good one").status, 429);
    assert_eq!(attempt("198.51.100.10", &renewed, "another good one").status, 303);
}

#[test]
fn forms_need_the_token_of_their_session_and_come_from_here() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    let fields = [("name", "Fern")];
    assert_eq!(admin.post_bare("/admin/partners", &fields).status, 403);
    let other = Person::signed_in(&server, "admin@example.com").csrf();
    assert_eq!(admin.post_bare("/admin/partners", &[fields[0], ("csrf", &other)]).status, 403);
    let csrf = admin.csrf();
    let body = encode(&[fields[0], ("csrf", &csrf)]);
    for headers in [[("origin", "https://evil.example")], [("sec-fetch-site", "cross-site")], [("origin", "null")]] {
        assert_eq!(admin.send("POST", "/admin/partners", &headers, &body).status, 403, "{headers:?}");
    }
    let json = admin.send("POST", "/admin/partners", &[("content-type", "text/plain")], &body);
    assert_eq!(json.status, 403);
    let ours = format!("http://{}", server.address);
    assert_eq!(admin.send("POST", "/admin/partners", &[("origin", &ours)], &body).status, 303);
    let by_header = encode(&[("name", "Moss")]);
    assert_eq!(admin.send("POST", "/admin/partners", &[("x-csrf-token", &csrf)], &by_header).status, 303);
    let audit = server.ok("GET", "/audit", Value::Null);
    let made: Vec<&Value> =
        audit["data"].as_array().unwrap().iter().filter(|line| line["action"] == "partner.create").collect();
    assert_eq!(made.len(), 2);
    assert!(made.iter().all(|line| text(line, "actor").starts_with("us_")), "{made:?}");
}

#[test]
fn sessions_rotate_end_by_rest_and_by_hand() {
    let server = Server::start();
    let first = Person::first_admin(&server);
    let before = first.cookie.borrow().clone();
    assert_eq!(first.post("/login", &[("email", "admin@example.com"), ("password", PASSWORD)]).status, 303);
    assert_ne!(before, *first.cookie.borrow(), "signing in makes a new session");
    let old = Person { server: &server, cookie: RefCell::new(before) };
    assert_eq!(old.get("/admin").header("location"), Some("/login?next=%2Fadmin"));
    let second = Person::signed_in(&server, "admin@example.com");
    assert!(first.get("/account").text().contains("Sign out everywhere else"));
    assert_eq!(first.post("/account/sessions", &[]).status, 303);
    assert_eq!((first.get("/admin").status, second.get("/admin").status), (200, 303));
    // A new password ends every other session.
    let third = Person::signed_in(&server, "admin@example.com");
    let wrong = first.post("/account/password", &[("current", "not it at all"), ("password", "another good one")]);
    assert_eq!(wrong.status, 422);
    let changed = first.post("/account/password", &[("current", PASSWORD), ("password", "another good one")]);
    assert_eq!(changed.status, 303, "{}", changed.text());
    assert_eq!((first.get("/admin").status, third.get("/admin").status), (200, 303));
    // Rest ends a session.
    let url = server.database();
    by_hand(&url, async move |hand| hand.sql("update sessions set seen_at = seen_at - 43200001").await);
    assert_eq!(first.get("/admin").status, 303);
    assert_eq!(first.get("/login").status, 200);
}

#[test]
fn roles_reach_as_far_as_the_table_says() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    let partner = server.partner("Fern");
    make_user(&admin, "analyst@example.com", "An", "analyst", "");
    make_user(&admin, "finance@example.com", "Fin", "finance", "");
    make_user(&admin, "fern@example.com", "Fern", "partner", &partner);
    let refused = admin.post("/admin/users", &[("email", "x@example.com"), ("name", "X"), ("role", "partner")]);
    assert!(refused.status == 422 && refused.text().contains("choose the partner"));
    let people =
        ["analyst@example.com", "finance@example.com", "fern@example.com"].map(|email| Person::signed_in(&server, email));
    let nobody = Person::new(&server);
    for page in pages() {
        let path = page.path.replace("{id}", "zz_00000000000000000000000000");
        for (who, person) in ["staff", "staff", "partner"].iter().zip(&people) {
            let fits = match page.who {
                Who::Anyone | Who::SignedIn => true,
                Who::Staff => *who == "staff",
                Who::Admin => false,
                Who::Partner => *who == "partner",
            };
            if !fits {
                let answer = person.send(page.method.as_str(), &path, &[], "");
                assert_eq!(answer.status, 403, "{} {path} as {who}", page.method);
            }
        }
        if page.who != Who::Anyone {
            let answer = nobody.send(page.method.as_str(), &path, &[], "");
            assert_eq!(answer.status, 303, "{} {path}", page.method);
            assert!(answer.header("location").unwrap().starts_with("/login"), "{path}");
        }
    }
    let me = text(&json!({ "id": column(&server.dir, "select actor from audit where action = 'user.sign_in'")[0] }), "id");
    let last = admin.post(&format!("/admin/users/{me}/disable"), &[]);
    assert!(last.status == 422 && last.text().contains("last admin"), "{} {}", last.status, last.text());
}

/// Two partners, each with a link, a code in the destination, a click and a sale; what only the second one may see.
fn two_partners(server: &Server) -> (String, String, [String; 3]) {
    let mut ids = Vec::new();
    for (place, name) in ["ownpartner", "secretpartner"].into_iter().enumerate() {
        let partner = server.partner(name);
        let wanted =
            json!({ "partner_id": partner, "slug": format!("{name}-slug"), "destination": format!("https://{name}.example/") });
        let link = text(&server.ok("POST", "/links", wanted), "id");
        let click = server.get(&format!("/{name}-slug")).click_id();
        let sale = json!({ "event": "sale", "order_id": format!("order-{place}"), "customer_id": "buyer-of-both", "amount": 4990, "currency": "EUR", "click_id": click });
        server.ok("POST", "/conversions", sale);
        server.attributed(&format!("order-{place}"));
        ids.push((partner, link, click));
    }
    let (partner, link, click) = ids.remove(1);
    (ids.remove(0).0, link.clone(), [partner, link, click])
}

#[test]
fn a_partner_sees_only_its_own_on_every_route() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    let (own, _, secrets) = two_partners(&server);
    make_user(&admin, "own@example.com", "Own", "partner", &own);
    let person = Person::signed_in(&server, "own@example.com");
    assert!(person.get("/portal/links").text().contains("ownpartner-slug"));
    assert!(person.get("/portal/conversions").text().contains("order-1"));
    let queries =
        ["", "?csv=links", "?csv=touchpoints", "?csv=conversions", "?partner_id=SECRET", "?link_id=LINK", "?csv=campaigns"];
    let mut seen = 0;
    for page in pages() {
        for id in secrets.iter().map(String::as_str).chain(["us_00000000000000000000000000", "x"]) {
            for query in queries {
                let query = query.replace("SECRET", &secrets[0]).replace("LINK", &secrets[1]);
                let path = format!("{}{query}", page.path.replace("{id}", id));
                let answer = match page.method.as_str() {
                    "GET" => person.get(&path),
                    _ if page.path.ends_with("logout") || page.path.starts_with("/account") || !query.is_empty() => continue,
                    _ => {
                        let csrf = person.csrf();
                        let fields = [
                            ("csrf", csrf.as_str()),
                            ("partner_id", &secrets[0]),
                            ("destination", "https://ownpartner.example/x"),
                        ];
                        person.post_bare(&path, &fields)
                    }
                };
                let shown = answer.text();
                // The page itself repeats what it was asked for.
                let shown = secrets.iter().fold(shown, |shown, secret| {
                    if path.contains(secret.as_str()) { shown } else { shown.replace(secret.as_str(), "SECRET") }
                });
                assert!(!shown.contains("secretpartner") && !shown.contains("SECRET"), "{} {path}: {shown}", page.method);
                if page.path.contains("{id}") && !page.path.starts_with("/invite") {
                    assert!([303, 403, 404].contains(&answer.status), "{} {path}: {}", page.method, answer.status);
                }
                seen += 1;
                if !page.path.contains("{id}") && query.is_empty() {
                    break;
                }
            }
        }
    }
    assert!(seen > 300, "{seen}");
    let links = server.ok("GET", &format!("/links?partner_id={}", secrets[0]), Value::Null);
    assert_eq!(links["data"].as_array().unwrap().len(), 1, "nothing was minted in another's name");
}

/// The cells of an export, as a spreadsheet reads them.
fn cells(csv: &str) -> Vec<String> {
    let (mut cells, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    let mut rest = csv.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '"' if quoted && rest.peek() == Some(&'"') => cell.extend(rest.next()),
            '"' => quoted = !quoted,
            ',' | '\r' | '\n' if !quoted => cells.push(std::mem::take(&mut cell)),
            c => cell.push(c),
        }
    }
    cells
}

#[test]
fn what_attackers_write_is_inert_on_every_page_and_export() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    let markup = "<img src=x onerror=alert(1)>\"'";
    let partner = text(&server.ok("POST", "/partners", json!({ "name": markup, "external_id": "=cmd|'/c calc'!A1" })), "id");
    let formula = server.partner("=HYPERLINK(\"https://evil.example\")");
    let campaign = text(&server.ok("POST", "/campaigns", json!({ "name": format!("+{markup}") })), "id");
    for (partner, slug) in [(&partner, "one"), (&formula, "two")] {
        let wanted = json!({ "partner_id": partner, "slug": slug, "destination": "https://shop.example/?q=<script>", "campaign_id": campaign });
        let link = text(&server.ok("POST", "/links", wanted), "id");
        let headers = [("referer", "https://evil.example/<script>"), ("user-agent", super::server::BROWSER)];
        let click = server.get_with(&format!("/{slug}?utm_source=@SUM(1)&utm_medium=%3Cscript%3E"), &headers).click_id();
        let sale = json!({ "event": "sale", "order_id": format!("-{slug}{markup}"), "customer_id": markup, "amount": 1, "currency": "EUR", "click_id": click });
        server.ok("POST", "/conversions", sale);
        eventually("it is shown", || admin.get("/admin/conversions").text().contains(slug).then_some(()));
        let shown =
            admin.get(&format!("/admin/links/{link}?{}", encode(&[("done", markup), ("touchpoints.q", markup)]))).text();
        assert!(!shown.contains("<img src=x") && !shown.contains("<script>"));
    }
    make_user(&admin, "evil@example.com", markup, "partner", &partner);
    for page in pages().iter().filter(|page| page.method == "GET" && page.path.starts_with("/admin")) {
        let path = page.path.replace("{id}", &partner);
        let shown = admin.get(&format!("{path}?touchpoints.q=%3Cscript%3E&from=%3Cscript%3E"));
        for (name, value) in
            [("x-content-type-options", "nosniff"), ("x-frame-options", "DENY"), ("referrer-policy", "same-origin")]
        {
            assert_eq!(shown.header(name), Some(value), "{path}");
        }
        let policy = shown.header("content-security-policy").unwrap();
        assert!(
            policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe")
        );
        let shown = shown.text();
        assert!(!shown.contains("<img src=x") && !shown.contains("<script>") && !shown.contains(" style="), "{path}: {shown}");
    }
    for export in [
        "/admin?csv=partners",
        "/admin?csv=campaigns",
        "/admin/partners?csv=partners",
        "/admin/touchpoints?csv=touchpoints",
        "/admin/conversions?csv=conversions",
    ] {
        let answer = admin.get(export);
        assert!(answer.header("content-type").unwrap().starts_with("text/csv"), "{export}");
        for cell in cells(&answer.text()) {
            let number = cell.parse::<f64>().is_ok();
            assert!(number || !cell.trim_start().starts_with(['=', '+', '@', '-']), "{export}: {cell}");
        }
    }
    assert_eq!(admin.get("/admin?next=//evil").status, 200);
    let gone = Person::new(&server)
        .post_bare("/login", &[("email", "admin@example.com"), ("password", PASSWORD), ("next", "//evil.example")]);
    assert_eq!(gone.header("location"), Some("/admin"));
}

#[test]
fn files_are_kept_for_ever_and_gzipped_where_accepted() {
    let server = Server::start();
    let page = server.get("/login").text();
    for start in ["href=\"/assets/", "src=\"/assets/"] {
        let path = format!("/assets/{}", page.split(start).nth(1).unwrap().split('"').next().unwrap());
        let plain = server.get_with(&path, &[("accept-encoding", "identity")]);
        assert_eq!((plain.status, plain.header("cache-control")), (200, Some("public, max-age=31536000, immutable")), "{path}");
        assert_eq!(plain.header("content-encoding"), None);
    }
    assert_eq!(server.get("/assets/nothing.css").status, 404);
    assert!(page.len() < 10_000 && !page.contains("https://"), "{page}");
    let german = server.get_with("/login", &[("accept-language", "de-DE,de;q=0.9")]).text();
    assert!(german.contains("lang=\"de\"") && german.contains("Anmelden"));
    assert_eq!(server.send("PUT", "/login", &[], b"").header("allow"), Some("GET, POST"));
    let times = first_link(&server);
    assert!(times.contains("/invite/"));
}

#[test]
fn partners_and_links_are_made_changed_and_switched_off() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    let made = admin.post("/admin/partners", &[("name", "Fern"), ("email", ""), ("external_id", "f-1")]);
    let partner = made.header("location").unwrap().split('?').next().unwrap().to_owned();
    let id = partner.rsplit('/').next().unwrap().to_owned();
    let again = admin.post("/admin/partners", &[("name", "Fern 2"), ("external_id", "f-1")]);
    assert!(again.status == 409 && again.text().contains("another partner has that id") && again.text().contains("Fern 2"));
    let edited = admin.post(&partner, &[("name", "Fern & Sons"), ("email", "f@example.com"), ("external_id", "")]);
    assert_eq!(edited.status, 303, "{}", edited.text());
    assert_eq!(server.ok("GET", &format!("/partners/{id}"), Value::Null)["name"], "Fern & Sons");
    let minted = admin.post("/admin/links", &[("destination", "https://shop.example/"), ("slug", ""), ("partner_id", &id)]);
    let link = minted.header("location").unwrap().split('?').next().unwrap().to_owned();
    let slug = text(&server.ok("GET", &format!("/links/{}", link.rsplit('/').next().unwrap()), Value::Null), "slug");
    assert_eq!(server.get(&format!("/{slug}")).status, 302, "it answers at once");
    assert_eq!(admin.post(&format!("{link}/disable"), &[]).status, 303);
    assert_eq!(server.get(&format!("/{slug}")).status, 410);
    assert_eq!(admin.post(&format!("{link}/enable"), &[]).status, 303);
    let fields = [("destination", "https://shop.example/b"), ("slug", "summer"), ("fallback_url", ""), ("utm_source", "news")];
    assert_eq!(admin.post(&link, &fields).status, 303);
    assert!(server.get("/summer").header("location").unwrap().starts_with("https://shop.example/b?utm_source=news"));
    let bad = admin.post(&link, &[("destination", "nope"), ("slug", "a b")]);
    assert!(bad.status == 422 && bad.text().contains("aria-invalid"), "{}", bad.text());
    let (svg, png) = (admin.get(&format!("{link}/qr.svg")), admin.get(&format!("{link}/qr.png?download=1")));
    assert!(svg.text().starts_with("<svg ") && png.body.starts_with(b"\x89PNG"));
    assert_eq!(png.header("content-disposition"), Some("attachment; filename=\"summer.png\""));
}

#[test]
fn the_menu_marks_where_a_refused_form_stands() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    let fern = server.partner("Fern");
    make_user(&admin, "fern@example.com", "Fern", "partner", &fern);
    let partner = Person::signed_in(&server, "fern@example.com");
    let own = format!("/admin/partners/{fern}");
    for (person, action, place) in [
        (&admin, "/admin/partners", "/admin/partners"),
        (&admin, &own, "/admin/partners"),
        (&admin, "/admin/links", "/admin/links"),
        (&admin, "/admin/groups", "/admin/groups"),
        (&admin, "/account", "/account"),
        (&partner, "/portal/links", "/portal/links"),
    ] {
        let refused = person.post(action, &[("name", ""), ("destination", "nope")]);
        let shown = refused.text();
        let is_marked = |link: &&str| link.split('>').next().unwrap().contains("aria-current=\"page\"");
        let marked: Vec<&str> = shown.split("<a ").filter(is_marked).filter_map(|link| link.split('"').nth(1)).collect();
        assert_eq!((refused.status, marked), (422, vec![place]), "{action}: {shown}");
    }
}
