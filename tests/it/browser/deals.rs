//! Deals in a real browser: registered, decided, seen by both sides.

use serde_json::{Value, json};

use super::super::pages::{Person, make_user};
use super::super::server::{Server, text};
use super::driver::Browser;
use super::gallery::Gallery;
use super::sign_in;

/// Two partners with a user each, and an admin.
fn people(server: &Server) -> [String; 2] {
    let admin = Person::first_admin(server);
    [("Fern & Sons", "fern@example.com"), ("Moss Ltd", "moss@example.com")].map(|(name, email)| {
        let partner = server.partner(name);
        make_user(&admin, email, name, "partner", &partner);
        partner
    })
}

fn register(browser: &Browser, server: &Server, account: &str) {
    browser.go(&server.url("/portal/registrations"));
    browser.click("main .actions a.main");
    browser.fill("input[name=account]", account);
    browser.fill("input[name=domain]", "https://www.acme.example/contact");
    browser.fill("input[name=amount]", "12000");
    browser.fill("textarea[name=note]", "They need 40 seats.");
    browser.click("main form button.main");
}

fn leave(browser: &Browser) {
    browser.click("form[action='/logout'] button");
    browser.sees("Sign in");
}

#[test]
fn a_partner_registers_a_deal_an_admin_approves_it_and_the_partner_sees_it() {
    let server = Server::start();
    people(&server);
    let browser = Browser::start();
    sign_in(&browser, &server, "fern@example.com");
    register(&browser, &server, "Acme");
    browser.sees("We have it and look at it");
    let own = browser.url();
    leave(&browser);
    sign_in(&browser, &server, "admin@example.com");
    browser.click(".side a[href='/admin/registrations']");
    browser.click("#pending td a");
    browser.sees("They need 40 seats.");
    browser.click("form[action$='/approve'] button");
    browser.sees("Approved: the deal is there");
    browser.click("main .actions a[href^='/admin/deals/']");
    browser.sees("Sourced by Fern & Sons");
    browser.go(&server.url("/admin/pipeline"));
    browser.sees("12,000.00");
    leave(&browser);
    sign_in(&browser, &server, "fern@example.com");
    browser.go(&own);
    browser.sees("Approved: until");
}

#[test]
fn a_second_partner_is_told_of_the_conflict_and_so_is_the_first_and_a_rejection_has_its_reason() {
    let server = Server::start();
    people(&server);
    let browser = Browser::start();
    browser.without_scripts();
    sign_in(&browser, &server, "fern@example.com");
    register(&browser, &server, "Acme");
    browser.sees("We have it and look at it");
    let first = browser.url();
    leave(&browser);
    sign_in(&browser, &server, "moss@example.com");
    register(&browser, &server, "ACME Inc.");
    browser.sees("Another partner came before you");
    assert!(!browser.text().contains("Fern"));
    leave(&browser);
    sign_in(&browser, &server, "admin@example.com");
    browser.go(&server.url("/admin/registrations"));
    browser.click("#pending td a");
    browser.sees("Registrations of the same company");
    browser.sees("Came later");
    browser.fill("form[action$='/reject'] input[name=reason]", "A customer since March");
    browser.click("form[action$='/reject'] button");
    browser.sees("Rejected; the partner sees your reason.");
    leave(&browser);
    sign_in(&browser, &server, "fern@example.com");
    browser.go(&first);
    browser.sees("It was not approved");
    browser.sees("A customer since March");
    assert!(!browser.text().contains("Moss"));
}

/// Deals in several stages, some with partners; a registration that waits and one in conflict with it.
fn program(server: &Server, fern: &str, moss: &str) -> [String; 4] {
    let evil = "<script>document.title='run'</script>";
    let account = text(&server.ok("POST", "/accounts", json!({ "name": "Pemberton Tea", "domain": "tea.example" })), "id");
    let mut shown = String::new();
    let ways: [&[&str]; 7] = [
        &["qualified", "demo", "proposal", "won"],
        &["qualified", "demo", "won"],
        &["qualified", "won"],
        &["qualified", "lost"],
        &["demo", "lost"],
        &["proposal"],
        &["qualified"],
    ];
    for (place, way) in ways.iter().enumerate() {
        let name = if place == 6 { evil.to_owned() } else { format!("Pemberton Tea, phase {}", place + 1) };
        let opened = kudos::clock::Clock::System.now() - (20 - place as i64) * 86_400_000;
        let new = json!({
            "name": name, "account_id": account, "amount": 250_000 * (place + 1), "currency": "EUR", "owner": "Ines Brandt",
            "product": "Team", "opened_at": opened, "stage": way[0], "note": "Wants a rollout in spring.", "order_id": Value::Null,
        });
        let deal = text(&server.ok("POST", "/deals", new), "id");
        for (kind, partner, days) in [("intro", fern, -3), ("demo", moss, 2)].iter().take(if place < 3 { 2 } else { place % 2 })
        {
            let at = opened + days * 86_400_000;
            server.ok(
                "POST",
                "/touchpoints",
                json!({ "partner_id": partner, "kind": kind, "deal_id": deal, "occurred_at": at }),
            );
        }
        for (step, stage) in (1_i64..).zip(&way[1..]) {
            let at = opened + step * 3 * 86_400_000;
            server.ok("PATCH", &format!("/deals/{deal}"), json!({ "stage": stage, "moved_at": at }));
        }
        shown = if place == 0 { deal } else { shown };
    }
    let register = |partner: &str, account: &str| {
        let new = json!({ "partner_id": partner, "account": account, "domain": "vesper.example", "amount": 960_000, "currency": "EUR", "note": "Four houses, one contract." });
        text(&server.ok("POST", "/deal-registrations", new), "id")
    };
    let (first, second) = (register(fern, "Vesper Hotels"), register(moss, "Vesper Hotels Ltd."));
    server.ok("POST", "/codes", json!({ "partner_id": fern, "code": "FERN20" }));
    let sale = json!({ "event": "sale", "order_id": "fern-code", "amount": 4990, "currency": "EUR", "code": "FERN20" });
    server.ok("POST", "/conversions", sale);
    server.attributed("fern-code");
    [shown, account, first, second]
}

#[test]
fn every_page_of_deals_is_shown_in_both_themes_and_on_a_phone_and_axe_finds_nothing_serious() {
    let server = Server::start();
    let browser = Browser::start();
    let [fern, moss] = people(&server);
    let mut gallery = Gallery::new(&browser, &server);
    sign_in(&browser, &server, "admin@example.com");
    for (name, path) in [
        ("empty-pipeline", "/admin/pipeline"),
        ("empty-deals", "/admin/deals"),
        ("empty-registrations", "/admin/registrations"),
    ] {
        gallery.look(name, path);
    }
    let [deal, account, first, second] = program(&server, &fern, &moss);
    let touch = server.ok("GET", &format!("/deals/{deal}"), Value::Null)["touchpoints"][0]["touchpoint_id"].clone();
    let touch = touch.as_str().unwrap().to_owned();
    for (name, path) in [
        ("pipeline", "/admin/pipeline".to_owned()),
        ("deals", "/admin/deals".into()),
        ("deals-filtered", "/admin/deals?part=sourced&kind=demo".into()),
        ("deal", format!("/admin/deals/{deal}")),
        ("touchpoint-edit", format!("/admin/touchpoints/{touch}/edit")),
        ("deal-new", "/admin/deals/new".into()),
        ("deal-edit", format!("/admin/deals/{deal}/edit")),
        ("accounts", "/admin/accounts".into()),
        ("account-of-deals", format!("/admin/accounts/{account}")),
        ("account-new", "/admin/accounts/new".into()),
        ("account-edit", format!("/admin/accounts/{account}/edit")),
        ("registrations", "/admin/registrations".into()),
        ("registration", format!("/admin/registrations/{first}")),
        ("registration-conflict", format!("/admin/registrations/{second}")),
    ] {
        gallery.look(name, &path);
    }
    leave(&browser);
    sign_in(&browser, &server, "fern@example.com");
    for (name, path) in [
        ("portal-registrations", "/portal/registrations".to_owned()),
        ("portal-registration-new", "/portal/registrations/new".into()),
        ("portal-registration", format!("/portal/registrations/{first}")),
        ("portal-codes", "/portal/codes".into()),
        ("portal-rules", "/portal/rules".into()),
        ("portal-profile", "/portal/profile".into()),
    ] {
        gallery.look(name, &path);
    }
    gallery.finish();
}
