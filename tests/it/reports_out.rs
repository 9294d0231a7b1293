//! `/reports/performance`: what came of the program, by every column it can be grouped by.

use kudos::cli::node::Parts;
use kudos::clock::Clock;
use kudos::domain::time::{DAY_MS, Time};
use serde_json::{Value, json};

use super::program::link_with;
use super::server::{Server, text};

/// 2026-03-10T12:00:00Z
const NOON: Time = Time::from_millis(1_773_144_000_000);

fn report(server: &Server, query: &str) -> Vec<Value> {
    server.ok("GET", &format!("/reports/performance?{query}"), Value::Null)["data"].as_array().unwrap().clone()
}

#[test]
fn a_report_has_a_row_for_everything_that_did_something() {
    let clock = Clock::manual(NOON - DAY_MS);
    let settings = [("trusted_proxies", "127.0.0.1"), ("country_header", "x-country")];
    let server = Server::with(&settings, Parts { clock: clock.clone(), ..Parts::default() });
    let campaign = text(&server.ok("POST", "/campaigns", json!({ "name": "Summer" })), "id");
    let partners = ["Ada", "Ben"].map(|name| server.partner(name));
    let links = [json!({ "campaign_id": campaign, "slug": "one" }), json!({ "slug": "two" })];
    let links: Vec<Value> = partners.iter().zip(links).map(|(partner, wanted)| link_with(&server, partner, wanted)).collect();
    let first = server.get_with("/one", &[("x-country", "DE")]);
    let cookie = first.cookie().unwrap();
    // In the very millisecond in which a browser is first met, it cannot come back.
    clock.set(NOON - DAY_MS + 1_000);
    server.get_with("/one", &[("x-country", "DE"), ("cookie", &cookie)]);
    server.get_with("/one", &[("x-country", "DE"), ("user-agent", "curl/8")]);
    clock.set(NOON);
    server.get_with("/two", &[("x-country", "FR"), ("cookie", &cookie)]);
    for (order, amount) in [("a", "100.01"), ("b", "50")] {
        let currency = if order == "a" { "EUR" } else { "USD" };
        server.get_with(&format!("/pixel.gif?order_id={order}&amount={amount}&currency={currency}"), &[("cookie", &cookie)]);
        server.attributed(order);
    }
    every_column(&server, &campaign, &partners, &links);
    for (period, clicks, conversions) in [
        ("from=2026-03-10", 1, 2),
        ("to=2026-03-09", 1, 0),
        ("from=2026-03-09&to=2026-03-10", 2, 2),
        ("from=2026-03-09T00:00:00Z&to=2026-03-10T00:00:00Z", 1, 0),
        ("from=2026-03-11&to=2026-03-12", 0, 0),
        // Clicks are counted by whole hours, so conversions are too.
        ("from=2026-03-10T12:30:00Z&to=2026-03-10T12:40:00Z", 1, 2),
        ("from=2026-03-10T11:30:00Z&to=2026-03-10T12:00:00Z", 0, 0),
    ] {
        let row = report(&server, period).pop().unwrap_or_else(|| json!({ "clicks": 0, "conversions": 0 }));
        assert_eq!((&row["clicks"], &row["conversions"]), (&json!(clicks), &json!(conversions)), "{period}");
    }
    let path = "/reports/performance?from=2026-03-10T12:30:00Z&to=2026-03-10T13:00:00.001Z";
    let shown = server.ok("GET", path, Value::Null);
    let hours = (json!("2026-03-10T12:00:00.000Z"), json!("2026-03-10T14:00:00.000Z"));
    assert_eq!((&shown["from"], &shown["to"]), (&hours.0, &hours.1));
    let labels: Vec<String> = report(&server, "group_by=partner").iter().map(|row| text(row, "label")).collect();
    assert!(labels.contains(&"Ada".to_owned()) && labels.contains(&"Ben".to_owned()));
    let devices = report(&server, "group_by=device");
    assert!(devices.iter().any(|row| row["key"] == "desktop" && row["clicks"] == 2), "{devices:#?}");
}

/// Each way to group the same two clicks that count, two that do not, and two sales.
fn every_column(server: &Server, campaign: &str, partners: &[String], links: &[Value]) {
    let money = |eur: i64, usd: i64| json!([{ "amount": eur, "currency": "EUR" }, { "amount": usd, "currency": "USD" }]);
    let (whole, none) = (money(10_001, 5_000), json!([]));
    // Key, clicks, all hits, conversions, revenue, credited.
    let first = |key: Value| (key, 1, 3, 2, whole.clone(), money(5_001, 2_500));
    let second = |key: Value| (key, 1, 1, 2, whole.clone(), money(5_000, 2_500));
    for (group, expected) in [
        ("none", vec![(Value::Null, 2, 4, 2, whole.clone(), whole.clone())]),
        ("partner", vec![first(json!(partners[0])), second(json!(partners[1]))]),
        ("link", vec![first(links[0]["id"].clone()), second(links[1]["id"].clone())]),
        ("campaign", vec![first(json!(campaign)), second(Value::Null)]),
        ("country", vec![first(json!("DE")), second(json!("FR"))]),
        (
            "day",
            vec![
                (json!("2026-03-09"), 1, 3, 0, none.clone(), none),
                (json!("2026-03-10"), 1, 1, 2, whole.clone(), whole.clone()),
            ],
        ),
    ] {
        let rows = report(server, &format!("group_by={group}"));
        assert_eq!(rows.len(), expected.len(), "{group}: {rows:#?}");
        for (key, clicks, all, conversions, revenue, credited) in expected {
            let row = rows.iter().find(|row| row["key"] == key).unwrap_or_else(|| panic!("no {key} by {group}: {rows:#?}"));
            let seen = (&row["clicks"], &row["clicks_all"], &row["conversions"], &row["revenue"], &row["credited"]);
            assert_eq!(seen, (&json!(clicks), &json!(all), &json!(conversions), &revenue, &credited), "{key} by {group}");
            assert_eq!(row["unique_visitors"], 1, "{key} by {group}");
        }
    }
}
