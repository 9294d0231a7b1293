//! What pages tell of the program itself: its rules to partners, its keys, its log, what was published.

use serde_json::{Value, json};

use super::deal_pages::{holds, partners};
use super::pages::Person;
use super::server::{Server, text};

fn id(server: &Server, path: &str, body: Value) -> String {
    text(&server.ok("POST", path, body), "id")
}

#[test]
fn rules_profile_and_snippets_are_told_to_the_partner() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    let (ada, ben) = partners(&server, &admin);
    let person = Person::signed_in(&server, "ada@example.com");
    holds(&person.get("/portal/rules").text(), &["How a conversion is shared", "gets the same share", "90 days"]);
    let leads =
        json!({ "name": "leads", "model": "first", "filters": { "events": ["lead"] }, "exclude": { "partners": [ben] } });
    server.ok("POST", "/policies", leads);
    let rules = person.get("/portal/rules").text();
    holds(&rules, &["leads", "In force since", "for these events: Lead", "The first touchpoint on the way"]);
    assert!(!rules.contains("Ben Ltd") && !rules.contains("take no part:"), "{rules}");
    assert!(!rules.contains("Earlier rules"), "{rules}");
    server.ok("POST", "/policies", json!({ "name": "standard", "model": "time_decay" }));
    let rules = person.get("/portal/rules").text();
    let (now, earlier) = rules.split_once("Earlier rules").unwrap();
    holds(now, &["standard 2 (Time decay)", "The closer to the conversion"]);
    holds(earlier, &["standard 1 (Linear): from the beginning to", "gets the same share"]);
    assert!(!now.contains("(Linear)") && !earlier.contains("leads"), "{rules}");
    holds(&person.get("/portal/profile").text(), &["Ada Ltd", "No group", "/account"]);
    let link = text(
        &server.ok("POST", "/links", json!({ "partner_id": ada, "slug": "ada-x", "destination": "https://shop.example/" })),
        "id",
    );
    let page = person.get(&format!("/portal/links/{link}")).text();
    holds(&page, &["Ready-made", "/view.gif?link=ada-x", "data:image/png;base64,", "Worth a look: http", "&#60;a href="]);
}

#[test]
fn the_way_to_revoke_a_key_is_neither_its_state_nor_when_it_was_revoked() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    let keys = ["kept", "gone"].map(|name| id(&server, "/keys", json!({ "name": name, "scope": "read" })));
    assert_eq!(server.api("DELETE", &format!("/keys/{}", keys[1]), Value::Null).status, 204);
    let csv = admin.get("/admin/keys?csv=keys").text();
    let last = |name: &str| csv.lines().find(|line| line.starts_with(name)).unwrap().rsplit(',').next().unwrap().to_owned();
    assert_eq!(last("kept"), "", "{csv}");
    assert!(last("gone").ends_with('Z'), "{csv}");
    let page = admin.send("GET", "/admin/keys", &[("accept-language", "de")], "").text();
    let button = page.split(&format!("{}/revoke\">", keys[0])).nth(1).unwrap().split('<').next().unwrap();
    assert!(button == "Schlüssel widerrufen" && page.contains("\">Widerrufen</span>"), "{button}: {page}");
}

#[test]
fn the_log_says_what_changed_and_what_was_switched_off_and_on() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    let group = id(&server, "/groups", json!({ "name": "Gold" }));
    let partner = server.partner("Ada");
    let path = format!("/partners/{partner}");
    for change in [
        json!({ "name": "Ada Ltd", "group": group, "email": "ada@example.com" }),
        json!({ "status": "disabled" }),
        json!({ "status": "active" }),
    ] {
        server.ok("PATCH", &path, change);
    }
    let list = admin.get(&format!("/admin/audit?subject={partner}")).text();
    let at = |text: &str| list.split("<tbody>").nth(1).unwrap().find(text).unwrap_or_else(|| panic!("{text}: {list}"));
    let [enabled, disabled, changed, created] =
        ["Partner: enabled", "Partner: disabled", "Partner: changed", "Partner: created"].map(at);
    assert!(enabled < disabled && disabled < changed && changed < created, "{list}");
    let lines: Vec<&str> = list.split("href=\"/admin/audit/").skip(1).map(|part| part.split('"').next().unwrap()).collect();
    let page = |line: &str| admin.get(&format!("/admin/audit/{line}")).text();
    for (line, there) in [
        (0, &["Partner: enabled: Ada Ltd", "<dt>Status</dt><dd>Disabled → Active</dd>"][..]),
        (2, &["<dt>Name</dt><dd>Ada → Ada Ltd</dd>", "<dt>Group</dt><dd>– → Gold</dd>", "<dd>– → ada@example.com</dd>"]),
    ] {
        let page = page(lines[line]);
        for text in there {
            assert!(page.contains(text), "{text}: {page}");
        }
        assert!(!page.contains("group_id") && !page.contains("created_at"), "{page}");
    }
    let first = page(lines[3]);
    assert!(!first.contains("What changed") && first.contains("What it became"), "{first}");
}

#[test]
fn what_is_not_there_says_nothing_of_what_was_done_and_a_published_draft_leads_to_its_version() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    let gone = admin.get("/admin/partners/pn_00000000000000000000000000?done=saved");
    assert!(gone.status == 404 && !gone.text().contains("Saved."), "{}", gone.text());
    let draft = id(&server, "/policy-drafts", json!({ "rules": { "model": "first" } }));
    let path = format!("/admin/policies/drafts/{draft}");
    let published = admin.post(&format!("{path}/publish"), &[]);
    let version = published.header("location").unwrap().split('?').next().unwrap().to_owned();
    for (again, what) in [
        (admin.post(&format!("{path}/publish"), &[]), "published again"),
        (admin.get(&format!("{path}/publish")), "asked again"),
        (admin.get(&format!("{path}/edit")), "edited"),
        (admin.get(&path), "looked at"),
    ] {
        let to = again.header("location").unwrap_or_else(|| panic!("{what}: {}", again.text()));
        assert_eq!(to, format!("{version}?done=published_before"), "{what}");
    }
    let shown = admin.get(&format!("{version}?done=published_before")).text();
    assert!(shown.contains("The draft was published already"), "{shown}");
    let removed = id(&server, "/policy-drafts", json!({ "rules": { "model": "first" } }));
    assert_eq!(server.api("DELETE", &format!("/policy-drafts/{removed}"), Value::Null).status, 204);
    assert_eq!(admin.get(&format!("/admin/policies/drafts/{removed}")).status, 404);
}
