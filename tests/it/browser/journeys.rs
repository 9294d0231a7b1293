//! Conversions and journeys in a browser: pictures with and without scripts, and no complaint about what a page may not do.

use serde_json::json;

use super::super::conversion_pages::Two;
use super::super::pages::Person;
use super::super::server::Server;
use super::driver::Browser;
use super::sign_in;

/// The radius of each dot, the lane of who came first before the others: on a wide span two close clicks are at one place.
const RADII: &str = "return [...document.querySelectorAll('.dot')].sort((a, b) => a.cy.baseVal.value - b.cy.baseVal.value).map((dot) => dot.r.baseVal.value)";
const DRAWN: &str = "return [...document.querySelectorAll('.chart')].map((one) => one.querySelectorAll('svg path').length > 3)";
const SHOWN: &str = "return [...document.querySelectorAll('.chart')].some((one) => getComputedStyle(one).display !== 'none')";

#[test]
fn a_journey_is_looked_at_under_another_model() {
    let server = Server::start();
    let two = Two::on(&server, ["Fern & Sons", "Moss"]);
    Person::first_admin(&server);
    let browser = Browser::start();
    sign_in(&browser, &server, "admin@example.com");
    browser.go(&server.url("/admin/conversions"));
    browser.click(&format!("a[href='/admin/conversions/{}']", two.shared));
    browser.sees("2 touchpoints count, credited by Linear");
    let before = browser.script(RADII);
    assert!(before[0] == before[1] && before[0].as_f64() > Some(10.0), "{before}");
    browser.click("a[href$='?model=last']");
    browser.sees("Nothing is changed by looking");
    browser.sees("credited by Last touch");
    let after = browser.script(RADII);
    assert!(after[0].as_f64() < before[0].as_f64() && after[1].as_f64() > before[1].as_f64(), "{before} {after}");
    browser.click("main .actions a[href*='/customers/']");
    browser.sees("kim/of acme");
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

#[test]
fn ways_are_drawn_with_scripts_and_told_in_tables_without() {
    let server = Server::start();
    Two::on(&server, ["</script><b>Fern", "Moss"]);
    Person::first_admin(&server);
    let browser = Browser::start();
    sign_in(&browser, &server, "admin@example.com");
    for (path, charts, table) in [
        ("/admin/journeys", 3, "Commonest paths"),
        ("/admin/models", 1, "Credited conversions by model"),
        ("/admin", 2, "Days"),
    ] {
        browser.go(&server.url(path));
        super::eventually(path, || (browser.script(DRAWN) == json!(vec![true; charts])).then_some(()));
        assert_eq!(browser.complaints(), Vec::<String>::new(), "{path}");
        browser.sees(table);
    }
    browser.go(&server.url("/admin/journeys"));
    browser.sees("</script><b>Fern");
    browser.without_scripts();
    for (path, table) in [("/admin/journeys", "Commonest paths"), ("/admin/models", "Credited conversions by model")] {
        browser.go(&server.url(path));
        browser.sees(table);
        browser.sees("Moss");
        assert_eq!(browser.script(SHOWN), json!(false), "{path}: a figure that nothing draws is not there");
    }
}

#[test]
fn a_period_and_filters_apply_together_whichever_button_is_pressed_with_and_without_scripts() {
    let server = Server::start();
    Two::on(&server, ["Fern & Sons", "Moss"]);
    Person::first_admin(&server);
    let browser = Browser::start();
    sign_in(&browser, &server, "admin@example.com");
    let set = |from: &str, choice: &str, button: &str| {
        let (name, value) = choice.split_once('=').unwrap();
        browser.click(&format!("#by-{name} option[value='{value}']"));
        browser.script(&format!("document.querySelector('#from').value = '{from}'"));
        browser.click(button);
        super::eventually(choice, || {
            let url = browser.url();
            (url.contains(&format!("from={from}")) && url.contains(choice)).then_some(())
        });
        assert_eq!(browser.url().matches(name).count(), 1, "{}", browser.url());
    };
    for (path, one, other) in [
        ("/admin/touchpoints", "kind=view", "kind=click"),
        ("/admin/conversions", "event=sale", "event=lead"),
        ("/admin/journeys", "by=kind", "by=link"),
        ("/admin/models", "by=kind", "by=link"),
    ] {
        browser.go(&server.url(path));
        set("2026-01-15", one, ".narrowing button");
        set("2026-01-16", other, ".period button");
    }
    browser.without_scripts();
    for button in [".narrowing button", ".period button"] {
        browser.go(&server.url("/admin/touchpoints?kind=click"));
        browser.fill("#from", "01152026");
        browser.click("#by-kind option[value='view']");
        browser.click(button);
        super::eventually(button, || (browser.url().contains("kind=view") && browser.url().contains("from=")).then_some(()));
        assert!(!browser.url().contains("kind=click"), "{}", browser.url());
    }
}
