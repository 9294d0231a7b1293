//! Forms that are sent twice, as by a double click.

use serde_json::Value;

use super::pages::{Person, encode};
use super::server::Server;

/// What tells the forms of a page from those of others.
fn once(page: &str) -> String {
    page.split("name=\"once\" value=\"").nth(1).expect("a form").split('"').next().unwrap().to_owned()
}

#[test]
fn a_form_that_is_sent_twice_makes_one_thing_and_leads_there_both_times() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    let partner = server.partner("Fern");
    let (page, csrf) = (admin.get("/admin/links").text(), admin.csrf());
    let (this, other) = (once(&page), once(&admin.get("/admin/links").text()));
    assert_ne!(this, other, "a page that is loaded anew has forms of its own");
    let send = |once: &str, destination: &str| {
        let fields = [("partner_id", partner.as_str()), ("destination", destination), ("once", once), ("csrf", &csrf)];
        let answer = admin.post_bare("/admin/links", &fields);
        answer.header("location").map(str::to_owned).unwrap_or_else(|| panic!("{}", answer.text()))
    };
    let first = send(&this, "https://shop.example/");
    let count = || server.ok("GET", "/links", Value::Null)["data"].as_array().unwrap().len();
    for (once, destination, is_same, links) in [
        (&this, "https://shop.example/", true, 1),
        (&this, "https://shop.example/other", false, 2), // gone back to, and changed
        (&other, "https://shop.example/", false, 3),
        (&String::new(), "https://shop.example/", false, 4),
        (&String::new(), "https://shop.example/", false, 5),
    ] {
        assert_eq!((send(once, destination) == first, count()), (is_same, links), "{once} {destination}");
    }
}

#[test]
fn two_at_the_same_moment_make_one_thing() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    let (csrf, cookie) = (admin.csrf(), admin.cookie.borrow().clone());
    let body = encode(&[("name", "Gold"), ("once", "vw_x"), ("csrf", &csrf)]);
    let headers = [("cookie", cookie.as_str()), ("content-type", "application/x-www-form-urlencoded")];
    let ways: Vec<Option<String>> = std::thread::scope(|scope| {
        let send = || server.send("POST", "/admin/campaigns", &headers, body.as_bytes()).header("location").map(str::to_owned);
        let sent: Vec<_> = (0..4).map(|_| scope.spawn(send)).collect();
        sent.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert!(ways[0].is_some() && ways.iter().all(|way| *way == ways[0]), "{ways:?}");
    assert_eq!(server.ok("GET", "/campaigns", Value::Null)["data"].as_array().unwrap().len(), 1);
}
