//! Lists of more rows than a page reads: what they say of themselves, and exports that hold them all.

use std::collections::BTreeSet;

use serde_json::json;

use super::pages::Person;
use super::server::{Server, eventually, text};

const ROWS: usize = 1_205;
/// Now and then several at one moment.
const AT_ONCE: usize = 7;

/// The rows of an export, without the names of its columns.
fn exported(admin: &Person<'_>, path: &str) -> Vec<String> {
    let answer = admin.get(path);
    assert_eq!(answer.header("content-disposition").map(|name| name.contains("newest")), Some(false), "{path}");
    let text = answer.text();
    let mut lines = text.split_terminator("\r\n").map(str::to_owned);
    let names = lines.next().unwrap();
    let rows: Vec<String> = lines.collect();
    assert!(!rows.contains(&names), "the names of the columns stand once: {path}");
    rows
}

#[test]
fn clicks_beyond_a_page_are_counted_and_exported() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    let slugs = ["Fern", "Brightwater"].map(|name| server.link(&server.partner(name)));
    for number in 0..ROWS {
        // The first ones, which no page reaches, are of the second partner.
        server.get(&format!("/{}", slugs[usize::from(number < 30)]));
    }
    let clicks = "/admin/touchpoints?kind=click&verdict=valid";
    eventually("every click is counted", || admin.get(clicks).text().contains("The newest 1,000 of 1,205").then_some(()));
    for (path, says, not) in [
        (clicks, "The newest 1,000 of 1,205 are shown here. They are what is sorted and searched", "of this period are"),
        ("/admin/touchpoints", "The newest 1,000 of this period are shown here.", "of 1,205"),
        (
            "/admin/touchpoints?kind=click&verdict=valid&touchpoints.q=Brightwater",
            "Nothing matches this search",
            "Only the newest",
        ),
        ("/admin/touchpoints?verdict=bot", "Nothing in this period", "newest 1,000"),
    ] {
        let shown = admin.get(path).text();
        assert!(shown.contains(says) && !shown.contains(not), "{path}: {shown}");
    }
    for (more, expected) in [("", ROWS), ("&touchpoints.q=brightwater", 30), ("&touchpoints.sort=at", ROWS)] {
        assert_eq!(exported(&admin, &format!("{clicks}&csv=touchpoints{more}")).len(), expected, "{more}");
    }
    let unread = admin.get(&format!("{clicks}&csv=touchpoints&partner_id=nobody"));
    assert_eq!(unread.status, 422, "no export of more than was asked for");
}

#[test]
fn conversions_beyond_a_page_are_counted_and_exported() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    let now = kudos::clock::Clock::System.now();
    for number in 0..ROWS {
        let at = (now + (-3_600_000 + i64::try_from(number / AT_ONCE).unwrap())).to_string();
        let order = json!({ "order_id": format!("o-{number}"), "amount": 100, "currency": "EUR", "occurred_at": at });
        text(&server.ok("POST", "/conversions", order), "id");
    }
    let list = "/admin/conversions?from=2020-01-01";
    eventually("every one is counted", || admin.get(list).text().contains("The newest 1,000 of 1,205").then_some(()));
    let sales = admin.get(&format!("{list}&event=sale")).text();
    assert!(sales.contains("The newest 1,000 of this period are shown here."), "{sales}");
    let rows = exported(&admin, &format!("{list}&csv=conversions"));
    let orders: BTreeSet<&str> = rows.iter().filter_map(|row| row.split(',').find(|cell| cell.starts_with("o-"))).collect();
    assert_eq!((rows.len(), orders.len()), (ROWS, ROWS), "each of them once");
    let times: Vec<&str> = rows.iter().map(|row| row.split(',').next().unwrap()).collect();
    assert!(times.is_sorted_by(|one, next| one >= next), "the latest first");
}
