//! What an admin does with links, codes, views and files, in a real browser.

use serde_json::json;

use super::super::pages::{Person, make_user};
use super::super::server::{BROWSER, Server, eventually};
use super::driver::Browser;
use super::sign_in;

#[test]
fn a_minted_link_is_clicked_and_seen_live_without_a_reload() {
    let server = Server::start();
    Person::first_admin(&server);
    server.partner("Fern");
    let browser = Browser::start();
    sign_in(&browser, &server, "admin@example.com");
    browser.go(&server.url("/admin/links"));
    browser.fill("input[name=destination]", "https://shop.example/spring?a=1");
    // The builder says where the link will lead, as it is typed.
    browser.click("details.tuck summary");
    let fields = "return [...document.querySelectorAll('.utm input')].map((field) => field.getBoundingClientRect().height)";
    let heights = browser.script(fields);
    let heights = heights.as_array().unwrap();
    assert!(heights.len() == 5 && heights.iter().all(|height| *height == heights[0]), "one looks like another: {heights:?}");
    // What is filled in comes first, then what becomes of it in full width, then the button.
    let tops = "const top = (css) => document.querySelector(css).getBoundingClientRect();
        const form = top('form.line'), preview = document.querySelector('.preview').parentElement.getBoundingClientRect();
        return [top('.utm input').top < top('form.line > button').top, preview.width > form.width * 0.8]";
    assert_eq!(browser.script(tops), json!([true, true]));
    browser.fill("input[name=utm_source]", "news letter");
    browser.sees("https://shop.example/spring?a=1&utm_source=news+letter");
    browser.click("main form button.main");
    browser.sees("The link is ready");
    browser.sees("https://shop.example/spring?a=1&utm_source=news+letter");
    let link = browser.script("return document.getElementById('copy').value").as_str().unwrap().to_owned();
    browser.go(&server.url("/admin"));
    browser.sees("New ones appear by themselves.");
    browser.script("window.marked = true");
    let slug = link.rsplit('/').next().unwrap();
    let click = server.get_with(&format!("/{slug}"), &[("user-agent", BROWSER)]).click_id();
    eventually("the click is seen live", || {
        let shown = browser.script(&format!("return document.getElementById('{click}')?.innerText"));
        shown.as_str().is_some_and(|row| row.contains("Fern") && row.contains("Valid")).then_some(())
    });
    assert_eq!(browser.script("return window.marked"), json!(true), "the page was not loaded again");
}

#[test]
fn a_view_is_saved_and_come_back_to_and_what_is_disabled_comes_back() {
    let server = Server::start();
    Person::first_admin(&server);
    let partner = server.partner("Fern");
    let browser = Browser::start();
    sign_in(&browser, &server, "admin@example.com");
    browser.go(&server.url("/admin?from=2026-01-01&to=2026-01-31&compare=year"));
    browser.go(&server.url("/admin/links?partner_id=").replace("partner_id=", &format!("partner_id={partner}")));
    browser.click(".actions details summary");
    browser.fill("#view-name", "Links of Fern");
    browser.click(".pop button.main");
    browser.sees("The view is saved");
    browser.go(&server.url("/admin"));
    browser.click("a[href^='/admin/links?partner_id']");
    eventually("the view is back", || browser.url().contains("partner_id=").then_some(()));
    browser.click("a[href='/account/views']");
    browser.click(".views details summary");
    browser.fill(".views details input[name=name]", "Fern's");
    browser.click(".views details button");
    browser.sees("Saved.");
    browser.click(".views form[action$='/delete'] button");
    browser.sees("The view is deleted.");
    browser.click(".notice button");
    browser.sees("It is back.");
    browser.go(&server.url(&format!("/admin/partners/{partner}")));
    browser.click("form[action$='/disable'] button");
    browser.sees("Disabled.");
    browser.click(".notice button");
    browser.sees("Enabled.");
}

#[test]
fn rows_are_imported_with_one_left_out_and_a_code_is_minted_and_used() {
    let server = Server::start();
    Person::first_admin(&server);
    let browser = Browser::start();
    sign_in(&browser, &server, "admin@example.com");
    browser.go(&server.url("/admin/import"));
    browser.script(
        "document.querySelector('textarea[name=rows]').value = 'name,email\\nFern,fern@example.com\\n<b>Moss,nobody\\nOak,'",
    );
    browser.click("main form button.main");
    browser.sees("2 fit, 1 does not fit");
    browser.sees("email: is not an e-mail address");
    browser.sees("<b>Moss");
    browser.click("main form button.main");
    browser.sees("Created");
    browser.click("main .actions a.main");
    browser.sees("Oak");
    browser.go(&server.url("/admin/codes"));
    browser.fill("input[name=code]", "sam20");
    browser.click("select[name=partner_id] option:nth-child(2)"); // of the two nobody is chosen unasked
    browser.click("main form button.main");
    browser.sees("The code is ready.");
    browser.sees("SAM20");
    let page = browser.url();
    server.ok(
        "POST",
        "/conversions",
        json!({ "event": "sale", "order_id": "o-7", "amount": 4990, "currency": "EUR", "code": "SAM20" }),
    );
    server.attributed("o-7");
    browser.go(&page);
    browser.sees("o-7");
    browser.sees("49.90");
}

#[test]
fn a_partner_sees_its_own_clicks_live() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    let (fern, moss) = (server.partner("Fern"), server.partner("Moss"));
    let (own, other) = (server.link(&fern), server.link(&moss));
    make_user(&admin, "sam@fern.example", "Sam", "partner", &fern);
    let browser = Browser::start();
    sign_in(&browser, &server, "sam@fern.example");
    browser.sees("New ones appear by themselves.");
    let [theirs, ours] = [other, own].map(|slug| server.get(&format!("/{slug}")).click_id());
    let is_there = |click: &str| browser.script(&format!("return !!document.getElementById('{click}')")) == json!(true);
    eventually("its own click is seen live", || is_there(&ours).then_some(()));
    assert!(!is_there(&theirs));
}

#[test]
fn a_file_is_read_in_whatever_it_is_written_and_a_guess_is_said() {
    let server = Server::start();
    Person::first_admin(&server);
    let browser = Browser::start();
    sign_in(&browser, &server, "admin@example.com");
    browser.go(&server.url("/admin/import?what=partners"));
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    for (bytes, guessed) in [
        ("name\nMüller\n".as_bytes().to_vec(), false),
        (b"name\nM\xfcller\n".to_vec(), true),
        (["\u{feff}name\nMüller\n"].map(utf16).concat(), false),
    ] {
        browser.script("document.querySelector('textarea').value = ''");
        browser.script(&format!(
            "const chosen = new DataTransfer(); chosen.items.add(new File([new Uint8Array({bytes:?})], 'p.csv'));
            const input = document.querySelector('#file'); input.files = chosen.files; input.dispatchEvent(new Event('change', {{ bubbles: true }}))"
        ));
        eventually("the file is read", || {
            (browser.script("return document.querySelector('textarea').value") == json!("name\nMüller\n")).then_some(())
        });
        assert_eq!(browser.text().contains("it was read as Windows-1252"), guessed, "{bytes:?}");
    }
    browser.click("main form button.main");
    browser.sees("Müller");
}
