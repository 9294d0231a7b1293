//! What people do, in a real browser: Chromium, headless, with scripts and without an account of anything before.

#[path = "browser/deals.rs"]
mod deals;
#[path = "browser/driver.rs"]
mod driver;
#[path = "browser/english.rs"]
mod english;
#[path = "browser/gallery.rs"]
mod gallery;
#[path = "browser/journeys.rs"]
mod journeys;
#[path = "browser/minting.rs"]
mod minting;
#[path = "browser/returning.rs"]
mod returning;
#[path = "browser/settings.rs"]
mod settings;
#[path = "browser/tables.rs"]
mod tables;

use serde_json::{Value, json};

use self::driver::Browser;
use self::gallery::Gallery;
use super::pages::{Person, first_link, make_user};
use super::server::{Server, eventually, text};

const AXE: &str = include_str!("../data/axe/axe.min.js");
const PASSWORD: &str = "correct horse battery";

fn sign_in(browser: &Browser, server: &Server, email: &str) {
    browser.go(&server.url("/login"));
    browser.fill("input[name=email]", email);
    browser.fill("input[name=password]", PASSWORD);
    browser.click("main form button");
    eventually("signed in", || (!browser.url().contains("/login")).then_some(()));
}

#[test]
fn the_first_admin_signs_in_mints_a_link_and_sees_its_click() {
    let server = Server::start();
    let browser = Browser::start();
    browser.go(&first_link(&server));
    browser.fill("input[name=name]", "Ada Admin");
    browser.fill("input[name=email]", "ada@example.com");
    browser.fill("input[name=password]", PASSWORD);
    browser.click("main form button");
    browser.sees("Begin with a partner");
    browser.click("main a.button");
    browser.click("a[href='/admin/partners/new']");
    browser.fill("input[name=name]", "Fern & Sons");
    browser.click("main form button");
    browser.sees("Saved.");
    // Minting takes one field and a button.
    browser.click("main .actions a.main");
    browser.fill("input[name=destination]", &server.url("/robots.txt").replace("127.0.0.1", "example.localhost"));
    browser.click("form[action='/admin/links'] button.main");
    browser.sees("The link is ready");
    let link = browser.script("return document.getElementById('copy').value").as_str().unwrap().to_owned();
    assert!(link.starts_with(&server.url("/")), "{link}");
    browser.click("[data-copy]");
    browser.sees("Copied");
    assert_eq!(browser.script("return document.querySelector('.qr img').naturalWidth > 0"), json!(true));
    let page = browser.url();
    browser.go(&link);
    eventually("the click is seen", || {
        browser.go(&page);
        browser.text().contains("Valid").then_some(())
    });
    browser.click(".side a[href='/admin']");
    browser.sees("Fern & Sons");
    // Every number leads to what makes it up.
    browser.click(".tiles a");
    browser.sees("Touchpoints 1");
    // Tables are sorted in place, and the URL says so.
    browser.click("th a");
    eventually("the URL says how it is sorted", || browser.url().contains("touchpoints.sort=").then_some(()));
    let target = "return document.querySelector('#save-view [name=target]')?.value ?? ''";
    eventually("and so does what would be saved", || {
        browser.script(target).as_str().unwrap().contains("touchpoints.sort=").then_some(())
    });
    // Out, and in again with the password.
    browser.click("form[action='/logout'] button");
    sign_in(&browser, &server, "ada@example.com");
    browser.sees("Overview");
}

#[test]
fn without_scripts_everything_but_copying_works() {
    let server = Server::start();
    Person::first_admin(&server);
    server.partner("Fern");
    let browser = Browser::start();
    browser.without_scripts();
    sign_in(&browser, &server, "admin@example.com");
    browser.go(&server.url("/admin/links"));
    browser.fill("input[name=destination]", "https://shop.example/");
    browser.click("main form button.main");
    browser.sees("The link is ready");
    assert!(!browser.text().contains("Copy"), "a button that would do nothing is not there");
    browser.click(".actions form button");
    browser.sees("Disabled. Its history stays");
    browser.go(&server.url("/admin/partners"));
    browser.click("th a");
    assert!(browser.url().contains("partners.sort="));
}

#[test]
fn a_partner_signs_in_and_sees_only_its_own() {
    let server = Server::start();
    let (ada, ben) = (server.partner("Ada Ltd"), server.partner("Ben Ltd"));
    let (own, other) = (server.link(&ada), server.link(&ben));
    let admin = Person::first_admin(&server);
    make_user(&admin, "sam@ada.example", "Sam", "partner", &ada);
    let browser = Browser::start();
    sign_in(&browser, &server, "sam@ada.example");
    browser.sees("Overview");
    browser.go(&server.url("/portal/links"));
    browser.sees(&own);
    assert!(!browser.text().contains(&other));
    // A partner mints links to sites that the program leads to, and to no others.
    browser.fill("input[name=destination]", "https://evil.example/");
    browser.click("main form button.main");
    browser.sees("must be on a site");
    browser.fill("input[name=destination]", "https://shop.example/spring");
    browser.click("main form button.main");
    browser.sees("The link is ready");
    browser.go(&server.url("/admin"));
    browser.sees("Not allowed");
}

#[test]
fn a_policy_is_tried_published_and_followed() {
    settings::a_policy_is_tried_published_and_followed(&Server::start());
}

#[test]
fn a_key_is_made_used_and_revoked() {
    settings::a_key_is_made_used_and_revoked(&Server::start());
}

/// A small program with names that would run, if names could.
fn program(server: &Server) -> (String, String, String) {
    let fern = server.partner("Fern & Sons");
    let evil = server.partner("<script>document.title='run'</script>");
    let campaign =
        text(&server.ok("POST", "/campaigns", json!({ "name": "\"><img src=x onerror=\"document.title='run'\">" })), "id");
    let (mut link, mut sale, mut cookie) = (String::new(), String::new(), String::new());
    for (partner, slug) in [(&fern, "fern"), (&evil, "moss"), (&fern, "spring")] {
        let wanted =
            json!({ "partner_id": partner, "slug": slug, "destination": "https://shop.example/", "campaign_id": campaign });
        link = text(&server.ok("POST", "/links", wanted), "id");
        // One browser follows all of them.
        let headers = [("referer", "https://evil.example/<b>"), ("user-agent", super::server::BROWSER), ("cookie", &cookie)];
        let click = server.get_with(&format!("/{slug}?utm_source=%3Cscript%3Edocument.title%3D'run'%3C/script%3E"), &headers);
        cookie = click.cookie().unwrap_or(cookie);
        let sold = json!({ "event": "sale", "order_id": slug, "amount": 4990, "currency": "EUR", "customer_id": "kim",
            "click_id": click.click_id() });
        server.ok("POST", "/conversions", sold);
        sale = text(&server.attributed(slug), "id");
    }
    (fern, link, sale)
}

fn portal_pages(link: &str, sale: &str) -> Vec<(&'static str, String)> {
    vec![
        ("portal", "/portal".to_owned()),
        ("portal-links", "/portal/links".into()),
        ("portal-link", format!("/portal/links/{link}")),
        ("portal-touchpoints", "/portal/touchpoints".into()),
        ("portal-conversions", "/portal/conversions".into()),
        ("portal-conversion", format!("/portal/conversions/{sale}")),
    ]
}

/// A note, a saved view, a code and credit by hand; the ids of the code, of the campaign, of a user and of the credit.
fn more(server: &Server, admin: &Person<'_>, fern: &str, sale: &str) -> (String, String, String, String) {
    let partner_page = format!("/admin/partners/{fern}");
    admin.post(&format!("{partner_page}/notes"), &[("body", "Wants a new code for the spring fair.\nCall on Monday.")]);
    admin.post("/account/views", &[("name", "Last week"), ("target", "/admin?from=2026-01-01&to=2026-01-07")]);
    let code = text(&server.ok("POST", "/codes", json!({ "partner_id": fern, "code": "SAM20" })), "id");
    let campaign = text(&server.ok("GET", "/campaigns", Value::Null)["data"][0], "id");
    let user = admin.get("/admin/users").text();
    let user = user.split("/admin/users/us_").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let given = json!({ "partner_id": fern, "weight": 0.1, "reason": "Met them at the fair." });
    let credit = text(&server.ok("POST", &format!("/conversions/{sale}/credits"), given), "id");
    (code, campaign, user, credit)
}

#[test]
fn every_page_is_shown_in_both_themes_and_on_a_phone_and_axe_finds_nothing_serious() {
    let server = Server::start();
    let (fern, link, sale) = program(&server);
    let settings = settings::looks(&server);
    let admin = Person::first_admin(&server);
    make_user(&admin, "sam@fern.example", "Sam Fern", "partner", &fern);
    let (code, campaign, user, credit) = more(&server, &admin, &fern, &sale);
    let browser = Browser::start();
    let mut gallery = Gallery::new(&browser, &server);
    gallery.look("sign-in", "/login");
    sign_in(&browser, &server, "admin@example.com");
    for (name, path) in [
        ("overview", "/admin".to_owned()),
        ("touchpoints", "/admin/touchpoints".into()),
        ("conversions", "/admin/conversions".into()),
        ("conversion", format!("/admin/conversions/{sale}")),
        ("conversion-what-if", format!("/admin/conversions/{sale}?model=last")),
        ("conversion-refund", format!("/admin/conversions/{sale}/refund")),
        ("conversion-credit", format!("/admin/conversions/{sale}/credit")),
        ("conversion-take-back", format!("/admin/credits/{credit}/take-back")),
        ("customers", "/admin/customers".into()),
        ("customer", "/admin/customers/kim".into()),
        ("journeys", "/admin/journeys".into()),
        ("journeys-conversions", "/admin/journeys/conversions?touchpoints=3".into()),
        ("models", "/admin/models".into()),
        ("partners", "/admin/partners".into()),
        ("partner-new", "/admin/partners/new".into()),
        ("partner", format!("/admin/partners/{fern}")),
        ("partner-edit", format!("/admin/partners/{fern}/edit")),
        ("links", "/admin/links".into()),
        ("codes", "/admin/codes".into()),
        ("code", format!("/admin/codes/{code}")),
        ("code-edit", format!("/admin/codes/{code}/edit")),
        ("campaigns", "/admin/campaigns?campaigns.q=x".into()),
        ("campaign-new", "/admin/campaigns/new".into()),
        ("campaign", format!("/admin/campaigns/{campaign}?compare=year")),
        ("campaign-remove", format!("/admin/campaigns/{campaign}/remove")),
        ("campaign-edit", format!("/admin/campaigns/{campaign}/edit")),
        ("import", "/admin/import?what=links".into()),
        ("views", "/account/views".into()),
        ("link", format!("/admin/links/{link}")),
        ("link-edit", format!("/admin/links/{link}/edit")),
        ("users", "/admin/users".into()),
        ("user", format!("/admin/users/us_{user}")),
        ("account", "/account".into()),
        ("not-found", "/admin/nothing".into()),
    ]
    .into_iter()
    .chain(settings)
    {
        gallery.look(name, &path);
    }
    browser.click("form[action='/logout'] button");
    sign_in(&browser, &server, "sam@fern.example");
    for (name, path) in portal_pages(&link, &sale) {
        gallery.look(name, &path);
    }
    gallery.finish();
}

/// What axe-core calls serious or critical on the page that is shown.
fn axe(browser: &Browser) -> Vec<String> {
    let run = "const done = arguments[arguments.length - 1]; \
        axe.run({ resultTypes: ['violations'] }).then((found) => done(found.violations), (why) => done([{ id: String(why), impact: 'critical', nodes: [] }]))";
    browser.script(&format!("{AXE}; return 1"));
    let found = browser.script_later(run);
    let is_serious = |one: &&Value| ["serious", "critical"].contains(&one["impact"].as_str().unwrap_or_default());
    let tell = |one: &Value| format!("{} {}", one["id"], one["nodes"][0]["html"]);
    found.as_array().unwrap().iter().filter(is_serious).map(tell).collect()
}
