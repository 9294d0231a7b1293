//! A walk along every link of the pages, as each role: none leads nowhere, or to a shut door; and whoever only looks is offered
//! nothing to change.

use std::collections::{BTreeSet, VecDeque};

use serde_json::{Value, json};

use super::pages::{Person, make_user};
use super::server::{Server, text};

/// The most pages of one walk: beyond it a page leads to itself under ever new addresses.
const PAGES_MAX: usize = 600;

/// A program in which there is something on every page.
fn program(server: &Server, admin: &Person<'_>) -> String {
    let fern = server.partner("Fern & Sons");
    let campaign = text(&server.ok("POST", "/campaigns", json!({ "name": "Spring" })), "id");
    let link = json!({ "partner_id": fern, "slug": "fern", "destination": "https://shop.example/", "campaign_id": campaign });
    server.ok("POST", "/links", link);
    server.ok("POST", "/codes", json!({ "partner_id": fern, "code": "SAM20" }));
    server.ok("POST", "/groups", json!({ "name": "Gold" }));
    server.ok("POST", "/touchpoint-kinds", json!({ "name": "podcast" }));
    server.ok("POST", "/deal-stages", json!({ "name": "Trial" }));
    server.ok("POST", "/policy-drafts", json!({ "name": "leads" }));
    server.ok("POST", "/keys", json!({ "name": "shop", "scope": "track" }));
    let account = text(&server.ok("POST", "/accounts", json!({ "name": "Acme", "domain": "acme.example" })), "id");
    let deal = json!({ "name": "Big one", "account_id": account, "customer_id": "kim", "amount": 100_000, "currency": "EUR" });
    let deal = text(&server.ok("POST", "/deals", deal), "id");
    server.ok("POST", "/touchpoints", json!({ "partner_id": fern, "kind": "intro", "deal_id": deal }));
    let registered = json!({ "partner_id": fern, "account": "Beta", "domain": "beta.example" });
    server.ok("POST", "/deal-registrations", registered);
    server.get("/pixel.gif?event=sale&amount=x");
    let click = server.get("/fern").click_id();
    let sale = json!({ "event": "sale", "order_id": "1", "amount": 4990, "currency": "EUR", "customer_id": "kim",
        "click_id": click, "code": "SAM20", "heard_from": "somebody" });
    server.ok("POST", "/conversions", sale);
    server.attributed("1");
    admin.post(&format!("/admin/partners/{fern}/notes"), &[("body", "Call on Monday.")]);
    admin.post("/account/views", &[("name", "Last week"), ("target", "/admin?from=2026-01-01&to=2026-01-07")]);
    fern
}

/// The addresses that a page leads to on this server.
fn links(page: &str) -> Vec<String> {
    let hrefs = page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let local = hrefs.filter(|href| href.starts_with('/') && !href.starts_with("/assets/"));
    local.map(|href| href.split('#').next().unwrap_or_default().to_owned()).collect()
}

/// What makes two addresses show the same: the path, and the names of what the query says. Of searches, orders and periods of the
/// same page, one is enough.
fn sort_of(path: &str) -> String {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let names = query.split('&').filter_map(|pair| pair.split('=').next()).filter(|name| !name.contains('.'));
    let names: BTreeSet<&str> = names.filter(|name| !["from", "to", "compare", "csv"].contains(name)).collect();
    format!("{path}?{}", names.into_iter().collect::<Vec<_>>().join("&"))
}

/// Follows every link from a page on; what each page has in its middle.
fn walk(person: &Person<'_>, from: &str) -> Vec<(String, String)> {
    let (mut seen, mut todo) = (BTreeSet::new(), VecDeque::from([(from.to_owned(), String::new())]));
    let mut pages = Vec::new();
    while let Some((path, on)) = todo.pop_front() {
        if !seen.insert(sort_of(&path.replace("&#38;", "&"))) {
            continue;
        }
        assert!(seen.len() < PAGES_MAX, "{path} on {on}");
        let answer = person.get(&path.replace("&#38;", "&"));
        assert!([200, 303].contains(&answer.status), "{} {path} on {on}", answer.status);
        if !answer.header("content-type").is_some_and(|kind| kind.starts_with("text/html")) {
            continue;
        }
        let page = answer.text();
        todo.extend(links(&page).into_iter().map(|link| (link, path.clone())));
        pages.push((path, page.split("<main").nth(1).unwrap_or_default().to_owned()));
    }
    pages
}

#[test]
fn every_link_leads_somewhere_and_who_only_looks_is_offered_nothing_to_change() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    let fern = program(&server, &admin);
    make_user(&admin, "an@example.com", "An", "analyst", "");
    make_user(&admin, "fin@example.com", "Fin", "finance", "");
    make_user(&admin, "sam@example.com", "Sam", "partner", &fern);
    let walked = walk(&admin, "/admin");
    for (path, _) in &walked {
        assert!(!path.starts_with("/portal"), "{path}");
    }
    for reached in ["/admin/journeys/conversions?", "/admin/touchpoints/tp_", "/admin/deals/dl_", "/admin/audit/"] {
        assert!(walked.iter().any(|(path, _)| path.starts_with(reached)), "no way leads to {reached}");
    }
    for email in ["an@example.com", "fin@example.com"] {
        let person = Person::signed_in(&server, email);
        for (path, main) in walk(&person, "/admin") {
            let forms = main.split("<form ").skip(1).filter_map(|form| form.split('>').next());
            let changing: Vec<&str> =
                forms.filter(|form| form.contains("method=\"post\"") && !form.contains("action=\"/account")).collect();
            assert!(changing.is_empty(), "{path} offers {email} {changing:?}");
        }
    }
    walk(&Person::signed_in(&server, "sam@example.com"), "/portal");
    assert_eq!(server.ok("GET", "/partners", Value::Null)["data"].as_array().unwrap().len(), 1, "looking changes nothing");
}
