//! What a page says to whoever does not know the way yet: what to begin with, who is signed in, what a list counts.

use serde_json::{Value, json};

use super::pages::{PASSWORD, Person, encode, make_user};
use super::server::{BROWSER, Server, eventually, text};

fn main_of(person: &Person<'_>, path: &str) -> String {
    let answer = person.get(path);
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.text().split("<main").nth(1).unwrap().to_owned()
}

#[track_caller]
fn holds(shown: &str, texts: &[&str], hidden: &[&str]) {
    for (text, there) in texts.iter().map(|text| (text, true)).chain(hidden.iter().map(|text| (text, false))) {
        assert_eq!(shown.contains(text), there, "{text}: {shown}");
    }
}

#[test]
fn where_nothing_is_yet_every_page_says_what_to_do_next() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    const REPORTS: [&str; 5] =
        ["/admin", "/admin/journeys", "/admin/models?by=campaign", "/admin/touchpoints", "/admin/conversions"];
    for path in REPORTS {
        holds(&main_of(&admin, path), &["Begin with a partner", "href=\"/admin/partners\""], &["longer"]);
    }
    let partner = server.partner("Fern");
    for path in REPORTS {
        holds(&main_of(&admin, path), &["Mint a link", "href=\"/admin/links\""], &["Begin with a partner", "longer"]);
    }
    make_user(&admin, "fern@example.com", "Fern", "partner", &partner);
    let fern = Person::signed_in(&server, "fern@example.com");
    for path in ["/portal", "/portal/touchpoints", "/portal/conversions"] {
        holds(&main_of(&fern, path), &["You have no link yet", "href=\"/portal/links\""], &["longer"]);
    }
    server.link(&partner);
    for path in ["/portal/touchpoints", "/portal/conversions"] {
        holds(&main_of(&fern, path), &["hand out a link", "href=\"/portal/links\""], &["You have no link yet"]);
    }
    holds(&main_of(&admin, "/admin/journeys"), &["longer"], &["Mint a link"]);
    holds(&main_of(&fern, "/portal"), &["<p class=\"lead\">Fern. "], &[]);
}

#[test]
fn who_opens_a_link_for_somebody_else_is_told_before_anything_changes() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    let partner = server.partner("Fern");
    let fields = [("email", "par@example.com"), ("name", "Par"), ("role", "partner"), ("partner_id", &partner)];
    let page = admin.post("/admin/users", &fields).text();
    let secret = page.split("/invite/").nth(1).unwrap().split('"').next().unwrap();
    let path = format!("/invite/{secret}");
    let told = main_of(&admin, &path);
    holds(&told, &["You are signed in as admin@example.com. This link is for Par, par@example.com."], &["type=\"password\""]);
    // Nor is the password of another set by a form that somebody sends in spite of it.
    let sent = admin.post(&path, &[("password", PASSWORD)]);
    assert_eq!(sent.header("location"), Some(path.as_str()));
    let out = admin.post("/logout", &[("next", &path)]);
    assert_eq!(out.header("location"), Some(path.as_str()));
    holds(&admin.get(&path).text(), &["type=\"password\"", "Par, par@example.com"], &["You are signed in"]);
    assert_eq!(admin.post_bare(&path, &[("password", PASSWORD)]).header("location"), Some("/portal"));
    let away = admin.post("/logout", &[("next", "//evil.example")]);
    assert_eq!(away.header("location"), Some("/login"));
}

#[test]
fn lists_of_links_tell_clicks_and_conversions_and_where_they_come_from() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    let partner = server.partner("Fern");
    make_user(&admin, "fern@example.com", "Fern", "partner", &partner);
    let fern = Person::signed_in(&server, "fern@example.com");
    let slugs = [(); 2].map(|()| server.link(&partner));
    let click = server.get_with(&format!("/{}", slugs[0]), &[("user-agent", BROWSER)]).click_id();
    let sale = json!({ "order_id": "o-1", "amount": 100, "currency": "EUR", "click_id": click });
    server.ok("POST", "/conversions", sale);
    server.attributed("o-1");
    let counts = |person: &Person<'_>, path: &str| -> Vec<String> {
        let csv = person.get(&format!("{path}?csv=links")).text();
        let mut lines = csv.lines().map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
        let names = lines.next().unwrap();
        let place = |name: &str| names.iter().position(|column| column == name).unwrap();
        let (slug, clicks, conversions) = (place("slug"), place("clicks"), place("conversions"));
        let mut rows: Vec<String> = lines.map(|row| format!("{} {} {}", row[slug], row[clicks], row[conversions])).collect();
        rows.sort_by_key(|row| !row.starts_with(&slugs[0]));
        rows
    };
    let expected = [format!("{} 1 1", slugs[0]), format!("{} 0 0", slugs[1])];
    let partners = format!("/admin/partners/{partner}");
    for (person, path) in [(&admin, "/admin/links"), (&admin, partners.as_str()), (&fern, "/portal/links")] {
        eventually(&format!("{path} counts"), || (counts(person, path) == expected).then_some(()));
    }
    let link = text(&server.ok("GET", &format!("/links?slug={}", slugs[0]), Value::Null)["data"][0], "id");
    holds(&main_of(&fern, "/portal/links"), &[&format!("/portal/conversions?link_id={link}")], &[]);
}

#[test]
fn when_a_link_expires_is_changed_on_its_page_and_stays_as_exact_as_it_was() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    let new = json!({ "partner_id": server.partner("Fern"), "destination": "https://shop.example/", "slug": "s",
        "expires_at": "2031-05-04T03:02:01Z" });
    let id = text(&server.ok("POST", "/links", new), "id");
    let path = format!("/admin/links/{id}");
    holds(&main_of(&admin, &format!("{path}/edit")), &["type=\"datetime-local\"", "value=\"2031-05-04T03:02\""], &[]);
    for (typed, status, kept) in [
        ("2031-05-04T03:02", 303, json!("2031-05-04T03:02:01Z")),
        ("2032-01-01T00:00", 303, json!("2032-01-01T00:00:00Z")),
        ("soon", 422, json!("2032-01-01T00:00:00Z")),
        ("", 303, Value::Null),
    ] {
        let sent = admin.post(&path, &[("destination", "https://shop.example/"), ("slug", "s"), ("expires_at", typed)]);
        assert_eq!(sent.status, status, "{typed}: {}", sent.text());
        let found = &server.ok("GET", &format!("/links/{id}"), Value::Null)["expires_at"];
        let moment = |value: &Value| value.as_str().map(|at| at.replace(".000", ""));
        assert_eq!(moment(found), moment(&kept), "{typed}");
    }
}

#[test]
fn a_partner_takes_a_registration_back_and_is_led_to_the_one_that_is_there() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    let (fern, moss) = (server.partner("Fern"), server.partner("Moss"));
    make_user(&admin, "fern@example.com", "Fern", "partner", &fern);
    make_user(&admin, "moss@example.com", "Moss", "partner", &moss);
    let [fern, moss] = ["fern@example.com", "moss@example.com"].map(|email| Person::signed_in(&server, email));
    let register = |person: &Person<'_>| person.post("/portal/registrations", &[("account", "Acme")]);
    let first = register(&fern).header("location").unwrap().split('?').next().unwrap().to_owned();
    let twice = register(&fern);
    assert_eq!(twice.status, 409);
    holds(&twice.text(), &["by the same partner already", &format!("href=\"{first}\"")], &[]);
    assert_eq!(moss.post(&format!("{first}/withdraw"), &[]).status, 404, "nobody else's");
    holds(&main_of(&fern, &first), &[&format!("action=\"{first}/withdraw\"")], &[]);
    assert_eq!(fern.post(&format!("{first}/withdraw"), &[]).status, 303);
    holds(&main_of(&fern, &first), &["Withdrawn", "You may register the company again"], &["/withdraw\""]);
    assert_eq!(fern.post(&format!("{first}/withdraw"), &[]).status, 409);
    // The company is free again, and an admin has nothing to decide.
    let now_first = register(&moss).header("location").unwrap().split('?').next().unwrap().to_owned();
    holds(&main_of(&moss, &now_first), &["Waits"], &[]);
    let id = first.rsplit('/').next().unwrap();
    holds(&main_of(&admin, &format!("/admin/registrations/{id}")), &["Withdrawn"], &["/approve"]);
    assert_eq!(server.api("POST", &format!("/deal-registrations/{id}/approve"), json!({})).status, 409);
}

#[test]
fn names_that_differ_in_case_only_are_one_name() {
    let server = Server::start();
    for (list, name, twin) in [("/groups", "technology", "Technology"), ("/campaigns", "Ärzte", "ÄRZTE")] {
        let one = server.ok("POST", list, json!({ "name": name }));
        let other = server.ok("POST", list, json!({ "name": "other" }));
        let refused = server.api("POST", list, json!({ "name": twin }));
        assert_eq!((refused.status, &refused.json()["errors"][0]["field"]), (409, &json!("name")), "{twin}");
        assert_eq!(server.api("PATCH", &format!("{list}/{}", text(&other, "id")), json!({ "name": twin })).status, 409);
        // Its own name in other letters is no other's.
        assert_eq!(server.ok("PATCH", &format!("{list}/{}", text(&one, "id")), json!({ "name": twin }))["name"], twin);
    }
}

#[test]
fn sessions_name_their_browsers_and_roles_say_what_they_may() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    let body = encode(&[("email", "admin@example.com"), ("password", PASSWORD)]);
    assert_eq!(admin.send("POST", "/login", &[("user-agent", BROWSER)], &body).status, 403, "the form is another session's");
    let other = Person::new(&server);
    assert_eq!(other.send("POST", "/login", &[("user-agent", BROWSER)], &body).status, 303);
    holds(&main_of(&other, "/account"), &["Firefox on Linux"], &["Gecko"]);
    let german = other.send("GET", "/account", &[("accept-language", "de")], "").text();
    holds(&german, &["Firefox auf Linux"], &[]);
    holds(&main_of(&admin, "/admin/users"), &["Analyst: sees everything, changes nothing"], &["Analyst: looks"]);
}

#[test]
fn the_public_pages_speak_both_languages() {
    let server = Server::start();
    let partner = server.partner("Fern");
    let gone = json!({ "partner_id": partner, "destination": "https://shop.example/", "slug": "gone" });
    let id = text(&server.ok("POST", "/links", gone), "id");
    server.ok("PATCH", &format!("/links/{id}"), json!({ "status": "disabled" }));
    for (path, texts) in
        [("/nowhere", ["Link not found", "Link nicht gefunden"]), ("/gone", ["Link no longer active", "Link nicht mehr aktiv"])]
    {
        holds(&server.get(path).text(), &texts, &[]);
    }
}
