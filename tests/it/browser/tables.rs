//! Tables: turned and sorted in place with scripts, led back to without, and their headers on a phone.

use serde_json::json;

use super::super::pages::Person;
use super::super::server::{Server, eventually};
use super::driver::Browser;
use super::sign_in;

/// More partners than a page of their table has, below a page that is higher than its window.
fn many(server: &Server) {
    for number in 0..120 {
        server.partner(&format!("Partner {number:03}"));
    }
}

const SECOND: &str = "return document.getElementById('partners-prev') !== null";

#[test]
fn a_table_is_turned_in_place_and_the_page_stays_where_it_is() {
    let server = Server::start();
    Person::first_admin(&server);
    many(&server);
    let browser = Browser::start();
    sign_in(&browser, &server, "admin@example.com");
    browser.go(&server.url("/admin/partners?partners.sort=name"));
    browser.sees("Partner 000");
    let scrolled = "window.kept = true; scrollTo(0, document.documentElement.scrollHeight); return Math.round(scrollY)";
    let before = browser.script(scrolled);
    assert!(before.as_i64().unwrap() > 500, "the page is long: {before}");
    browser.click("#partners-next");
    eventually("the second page is there", || (browser.script(SECOND) == json!(true)).then_some(()));
    browser.sees("Partner 050");
    assert!(!browser.text().contains("Partner 000"));
    assert_eq!(browser.script("return [window.kept, Math.round(scrollY)]"), json!([true, before]), "nothing else moved");
    assert_eq!(browser.url(), server.url("/admin/partners?partners.sort=name&partners.page=2"));
    // On the last page, who came by the keyboard goes on from the way back.
    browser.script("document.getElementById('partners-next').focus()");
    browser.click("#partners-next");
    browser.sees("Partner 119");
    let focused = || browser.script("return document.activeElement.id") == json!("partners-prev");
    eventually("the focus stays with the pages", || focused().then_some(()));
    // Sorted, it begins anew; back leads to what was there.
    browser.click("#partners-by-name");
    eventually("it is sorted", || browser.url().contains("sort=-name").then_some(()));
    browser.sees("Partner 119");
    assert_eq!(browser.script("return window.kept"), json!(true));
    assert_eq!(browser.url(), server.url("/admin/partners?partners.sort=-name"));
    browser.fill("#partners-q", "Partner 07");
    browser.click("#partners form button");
    eventually("it is searched", || (!browser.text().contains("Partner 119")).then_some(()));
    assert!(browser.script("return window.kept") == json!(true) && browser.url().contains("partners.q=Partner+07"));
    browser.script("history.back()");
    browser.sees("Partner 119");
    assert!(browser.complaints().is_empty());
}

#[test]
fn without_scripts_a_table_that_is_turned_sorted_or_searched_is_led_back_to() {
    let server = Server::start();
    Person::first_admin(&server);
    many(&server);
    let browser = Browser::start();
    browser.without_scripts();
    sign_in(&browser, &server, "admin@example.com");
    browser.window(1280, 400);
    let top = "return Math.round(document.getElementById('partners').getBoundingClientRect().top)";
    browser.go(&server.url("/admin/partners"));
    for (click, query) in [
        ("#partners-next", "partners.page=2"),
        ("#partners-by-name", "partners.sort=name"),
        ("#partners form button", "partners.q="),
    ] {
        assert_ne!(browser.script(&format!("scrollTo(0, 0); {top}")), json!(15), "it is not at the top by itself");
        browser.click(click);
        eventually(query, || browser.url().contains(query).then_some(()));
        assert!(browser.url().ends_with("#partners"), "{}", browser.url());
        assert_eq!(browser.script(top), json!(15), "{click}");
    }
}

/// What has a name of its own for who goes from part to part; each name once.
const LANDMARKS: &str = "const parts = [...document.querySelectorAll('section, nav, form, aside, [role=region], [role=search]')];
    const name = (part) => part.getAttribute('aria-label') ??
        document.getElementById(part.getAttribute('aria-labelledby'))?.textContent ?? '';
    const role = (part) => part.getAttribute('role') ?? { SECTION: 'region', NAV: 'navigation', ASIDE: 'complementary' }[part.tagName] ?? 'form';
    const all = parts.filter((part) => name(part) || part.tagName === 'NAV' || part.getAttribute('role') === 'search')
        .map((part) => role(part) + ': ' + name(part).trim());
    return all.filter((one, place) => all.indexOf(one) !== place)";

#[test]
fn no_two_parts_of_a_page_go_by_one_name() {
    let server = Server::start();
    Person::first_admin(&server);
    many(&server);
    let browser = Browser::start();
    sign_in(&browser, &server, "admin@example.com");
    let partner = server.partner("Fern");
    server.link(&partner);
    for path in ["/admin", "/admin/partners", "/admin/links", "/admin/touchpoints", "/account", "/admin/users"] {
        browser.go(&server.url(path));
        assert_eq!(browser.script(LANDMARKS), json!([]), "{path}");
    }
}

#[test]
fn a_form_on_its_way_cannot_be_sent_again() {
    let server = Server::start();
    Person::first_admin(&server);
    server.partner("Fern");
    let browser = Browser::start();
    sign_in(&browser, &server, "admin@example.com");
    browser.go(&server.url("/admin/links"));
    let disabled = || browser.script("return document.querySelector('form.line > button').disabled");
    assert_eq!(disabled(), json!(false));
    // An event that goes nowhere, so that the page is still there to be looked at.
    browser.script("document.querySelector('form.line').dispatchEvent(new Event('submit', { bubbles: true }))");
    eventually("its button is off", || (disabled() == json!(true)).then_some(()));
}
