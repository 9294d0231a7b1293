//! What somebody typed when the session ended, and the way out in a low window.

use serde_json::json;

use super::super::pages::Person;
use super::super::server::{Server, eventually};
use super::driver::Browser;
use super::{PASSWORD, sign_in};

/// Ends every session, as time would.
fn end_sessions(server: &Server) {
    let url = server.database();
    crate::database::by_hand(&url, async move |hand| hand.sql("update sessions set seen_at = seen_at - 43200001").await);
}

#[test]
fn what_was_typed_when_the_session_ended_is_in_the_form_again() {
    let server = Server::start();
    Person::first_admin(&server);
    let fern = server.partner("Fern");
    let browser = Browser::start();
    sign_in(&browser, &server, "admin@example.com");
    browser.go(&server.url("/admin/links?partner_id=").replace("partner_id=", &format!("partner_id={fern}")));
    let page = browser.url();
    let kept = "return sessionStorage.getItem('kudos_form') ?? ''";
    browser.fill("input[name=destination]", "https://shop.example/long?way=1");
    browser.click("details.tuck summary");
    browser.fill("input[name=utm_source]", "news letter");
    end_sessions(&server);
    browser.click("form[action='/admin/links'] button.main");
    browser.sees("Your session had ended, so nothing was changed");
    browser.sees("What you typed is kept in this window");
    // A mistyped password does not lose it, and is not kept itself.
    browser.fill("input[name=email]", "admin@example.com");
    browser.fill("input[name=password]", "not the right one");
    browser.click("main form button");
    browser.sees("do not belong together");
    assert!(!browser.script(kept).to_string().contains("right one"));
    browser.fill("input[name=password]", PASSWORD);
    browser.click("main form button");
    browser.sees("What you typed is in the form again. It has not been sent yet.");
    assert_eq!(browser.url(), page);
    let values = "return ['destination', 'utm_source'].map((name) => document.querySelector(`[name=${name}]`).value)";
    assert_eq!(browser.script(values), json!(["https://shop.example/long?way=1", "news letter"]));
    browser.sees("https://shop.example/long?way=1&utm_source=news+letter");
    assert_eq!(browser.script(kept), json!(""), "nothing of it stays behind");
    browser.click("form[action='/admin/links'] button.main");
    browser.sees("The link is ready");
    assert_eq!(browser.script(kept), json!(""));
    // What is sent in time comes back nowhere.
    browser.go(&page);
    assert_eq!(browser.script("return document.querySelector('[name=destination]').value"), json!(""));
    assert!(!browser.text().contains("in the form again"));
    // A new password is nobody's to keep.
    browser.go(&server.url("/account"));
    browser.fill("input[name=current]", PASSWORD);
    browser.fill("form[action='/account/password'] input[name=password]", "another good one");
    end_sessions(&server);
    browser.click("form[action='/account/password'] button.main");
    browser.sees("Your session had ended");
    assert!(!browser.script(kept).to_string().contains("good one"));
    assert!(!browser.text().contains("What you typed is kept"), "there is nothing else");
    let complaints = browser.complaints();
    assert!(complaints.iter().all(|one| one.contains("status of 422")), "but for the mistyped password: {complaints:?}");
}

fn sign_in_here(browser: &Browser) {
    browser.fill("input[name=email]", "admin@example.com");
    browser.fill("input[name=password]", PASSWORD);
    browser.click("main form button");
}

#[test]
fn what_was_typed_before_signing_in_in_another_tab_is_in_the_form_again() {
    let server = Server::start();
    Person::first_admin(&server);
    let browser = Browser::start();
    sign_in(&browser, &server, "admin@example.com");
    browser.go(&server.url("/admin/deals/new"));
    browser.fill("input[name=name]", "Big one");
    // As another tab would, after the session ended.
    end_sessions(&server);
    let elsewhere =
        "const [done] = arguments; const body = new URLSearchParams({ email: 'admin@example.com', password: 'PASSWORD' });
        fetch('/login', { method: 'POST', body }).then((answer) => done(answer.url))";
    let led_to = browser.script_later(&elsewhere.replace("PASSWORD", PASSWORD));
    assert_eq!(led_to, json!(server.url("/admin")));
    browser.click("form[action='/admin/deals'] button.main");
    browser.sees("This form is out of date");
    browser.sees("What you typed is kept in this window");
    browser.click("main a[href='/admin/deals/new']");
    browser.sees("What you typed is in the form again");
    assert_eq!(browser.url(), server.url("/admin/deals/new"));
    assert_eq!(browser.script("return document.querySelector('input[name=name]').value"), json!("Big one"));
    browser.click("form[action='/admin/deals'] button.main");
    browser.sees("Big one");
    eventually("it is sent", || (!browser.url().ends_with("/new")).then_some(()));
}

/// An admin has searched and typed the name of a view of what was found; its address.
fn a_view_is_typed() -> (Server, Browser, String) {
    let server = Server::start();
    Person::first_admin(&server);
    server.partner("Fern");
    let browser = Browser::start();
    sign_in(&browser, &server, "admin@example.com");
    let searched = server.url("/admin/partners?partners.q=Fern");
    browser.go(&searched);
    browser.click(".actions details summary");
    browser.fill("#view-name", "Ferns");
    (server, browser, searched)
}

#[test]
fn a_view_that_is_saved_with_a_form_of_an_earlier_session_comes_back_as_typed() {
    let (_server, browser, searched) = a_view_is_typed();
    browser.script("for (const field of document.querySelectorAll('[name=csrf]')) field.value = 'of-another'");
    browser.click(".pop button.main");
    browser.sees("This form is out of date");
    browser.click("main a.button");
    browser.sees("What you typed is in the form again");
    assert_eq!(browser.url(), searched);
    let seen = "const name = document.getElementById('view-name'); return [name.value, name.getClientRects().length]";
    assert_eq!(browser.script(seen), json!(["Ferns", 1]), "it is there, and unfolded");
    browser.click(".pop button.main");
    browser.sees("The view is saved");
    assert!(browser.url().starts_with(&searched), "{}", browser.url());
}

#[test]
fn a_view_and_rows_that_come_after_the_session_ended_are_there_again() {
    let (server, browser, searched) = a_view_is_typed();
    end_sessions(&server);
    browser.click(".pop button.main");
    browser.sees("Your session had ended");
    sign_in_here(&browser);
    browser.sees("What you typed is in the form again");
    assert_eq!(browser.url(), searched);
    assert_eq!(browser.script("return document.getElementById('view-name').value"), json!("Ferns"));
    browser.click(".pop button.main");
    browser.sees("The view is saved");
    // Rows that were to be confirmed are not in a field that one sees.
    let rows = "code,partner\nMOSS,Fern\n";
    browser.go(&server.url("/admin/import?what=codes"));
    browser.fill("textarea[name=rows]", rows);
    browser.click("form[action='/admin/import'] button.main");
    browser.sees("MOSS");
    end_sessions(&server);
    browser.click("main form.card button.main");
    browser.sees("What you typed is kept in this window");
    sign_in_here(&browser);
    browser.sees("What you typed is in the form again");
    let values = "return ['what', 'rows'].map((name) => document.querySelector(`main [name=${name}]`).value)";
    assert_eq!(browser.script(values), json!(["codes", rows]));
}

#[test]
fn a_table_that_is_sorted_after_the_session_ended_leads_to_the_door_and_back() {
    let server = Server::start();
    Person::first_admin(&server);
    server.partner("Fern");
    let browser = Browser::start();
    sign_in(&browser, &server, "admin@example.com");
    browser.go(&server.url("/admin/partners"));
    browser.sees("Fern");
    end_sessions(&server);
    browser.click("#partners-by-clicks");
    browser.sees("Password forgotten?");
    browser.fill("input[name=email]", "admin@example.com");
    browser.fill("input[name=password]", PASSWORD);
    browser.click("main form button");
    browser.sees("Fern");
    assert_eq!(browser.url(), server.url("/admin/partners?partners.sort=-clicks"));
}

#[test]
fn signing_out_is_in_sight_in_a_low_window_and_nothing_hides_beneath_it() {
    let server = Server::start();
    Person::first_admin(&server);
    let browser = Browser::start();
    sign_in(&browser, &server, "admin@example.com");
    for height in [800, 640, 480] {
        browser.window(1280, height);
        // The settings, open: the longest menu there is.
        browser.go(&server.url("/admin/users"));
        for scrolled in [0, 400] {
            let seen = format!(
                "scrollTo(0, {scrolled}); const of = (css) => document.querySelector(css).getBoundingClientRect();
                const out = of('form[action=\"/logout\"] button');
                const here = document.querySelector('.side nav [aria-current]');
                here.scrollIntoView({{ block: 'nearest' }});
                return [out.top >= 0 && out.bottom <= innerHeight, here.getBoundingClientRect().bottom <= of('.side .self').top]"
            );
            assert_eq!(browser.script(&seen), json!([true, true]), "{height} {scrolled}");
        }
    }
}
