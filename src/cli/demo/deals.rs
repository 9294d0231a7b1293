//! Larkspur's deals: those behind its contracts, those that partners registered, and those that came to nothing.

use serde_json::{Value, json};

use super::Fallible;
use super::noise::contract;
use super::wire::Wire;
use crate::domain::time::{DAY_MS, HOUR_MS, Time};

/// Who sells.
const OWNERS: [&str; 3] = ["Ines Brandt", "Jonah Reed", "Mei Tanaka"];
/// What is sold.
const PRODUCTS: [&str; 2] = ["Larkspur Team", "Larkspur Enterprise"];
/// A stage that Larkspur added to the usual ones.
const SECURITY_REVIEW: &str = "security review";
/// The way of a deal that is won.
const WAY: [&str; 4] = ["qualified", "demo", "proposal", "negotiation"];

/// What becomes of a registration.
enum Answer {
    /// It is approved; the deal comes to this stage so many days later.
    Approved(&'static str, i64),
    Rejected(&'static str),
    /// Nobody decides, or it conflicts with an earlier one.
    None,
}

/// Registrations: partner, account, domain, amount in cents of EUR, day, answer.
const REGISTRATIONS: [(usize, &str, &str, i64, i64, Answer); 8] = [
    (6, "Tamsin Freight", "tamsin-freight.example", 540_000, 12, Answer::Approved("proposal", 9)),
    (8, "Tamsin Freight Ltd.", "tamsin-freight.example", 500_000, 14, Answer::None),
    (7, "Orrin Dental", "orrin-dental.example", 180_000, 20, Answer::Rejected("a customer since March")),
    (10, "Vesper Hotels", "vesper-hotels.example", 960_000, 22, Answer::None),
    (8, "Quarrel Games", "quarrel.example", 320_000, 41, Answer::Approved("lost", 15)),
    (11, "Ansel Optics", "ansel-optics.example", 410_000, 58, Answer::Approved(SECURITY_REVIEW, 12)),
    (9, "Nakagawa Print", "nakagawa-print.example", 275_000, 70, Answer::Approved("demo", 6)),
    (6, "Hollis & Rowe", "hollis-rowe.example", 220_000, 84, Answer::None),
];

/// Deals without a partner, or with one who only helped: name, amount, opened on day, last stage, on day, touchpoints (partner,
/// kind, days after the opening).
type Plain = (&'static str, i64, i64, &'static str, i64, &'static [(Option<usize>, &'static str, i64)]);
const PLAIN: [Plain; 7] = [
    ("Pemberton Tea", 150_000, 5, "lost", 33, &[]),
    ("Ribe Shipyard", 870_000, 9, "won", 61, &[(None, "demo", 6), (None, "webinar", 12)]),
    ("Solano Citrus", 95_000, 18, "lost", 40, &[(None, "demo", 4)]),
    ("Tove Textiles", 240_000, 25, "proposal", 38, &[(Some(7), "intro", 3), (None, "demo", 9)]),
    ("Umber Roasters", 130_000, 37, "won", 60, &[(Some(10), "co_sell", 5), (None, "demo", 8)]),
    ("Wexcombe Council", 1_250_000, 50, SECURITY_REVIEW, 66, &[(Some(8), "co_sell", 10), (Some(8), "training", 15)]),
    ("Ystad Marina", 60_000, 78, "qualified", 80, &[]),
];

/// Makes them, and the touchpoints that people entered for them.
pub(super) async fn make(wire: &mut Wire, start: Time, partners: &[String], accounts: &[(&str, i64)]) -> Fallible<()> {
    let stage = json!({ "name": SECURITY_REVIEW, "order": 45 });
    wire.api(start, "POST", "/deal-stages", stage).await?;
    for (place, (name, amount)) in accounts.iter().enumerate() {
        contracted(wire, place, name, *amount).await?;
    }
    for (place, plain) in PLAIN.iter().enumerate() {
        plain_deal(wire, start, place, partners, plain).await?;
    }
    for (place, (partner, account, domain, amount, day, answer)) in REGISTRATIONS.iter().enumerate() {
        let new = json!({
            "partner_id": partners[*partner], "account": account, "domain": domain, "amount": amount, "currency": "EUR",
        });
        registered(wire, start + *day * DAY_MS + 10 * HOUR_MS, place, new, answer).await?;
    }
    Ok(())
}

fn id(made: &Value) -> &str {
    made["id"].as_str().unwrap_or_default()
}

/// The deal behind a contract, from the weeks before it.
async fn contracted(wire: &mut Wire, place: usize, name: &str, amount: i64) -> Fallible<()> {
    let order = contract(name);
    let found = wire.api(Time::EPOCH, "GET", &format!("/conversions?order_id={order}"), Value::Null).await?;
    let closed: Time = found["data"][0]["occurred_at"].as_str().unwrap_or_default().parse()?;
    let days = 8 + 3 * (place as i64 % 5);
    let opened = closed - days * DAY_MS;
    let account = wire.api(opened, "POST", "/accounts", json!({ "name": name, "customer_id": name })).await?;
    let new = json!({
        "name": format!("{name}, rollout"), "account_id": account["id"], "amount": amount, "currency": "EUR",
        "owner": OWNERS[place % OWNERS.len()], "product": PRODUCTS[place % 2], "external_id": format!("D-{}", 7_001 + place),
    });
    let deal = wire.api(opened, "POST", "/deals", new).await?;
    let path = format!("/deals/{}", id(&deal));
    for (step, stage) in (1_i64..).zip(WAY) {
        wire.api(opened + step * days * DAY_MS / 6, "PATCH", &path, json!({ "stage": stage })).await?;
    }
    wire.api(closed, "PATCH", &path, json!({ "stage": "won", "order_id": order })).await?;
    Ok(())
}

async fn plain_deal(wire: &mut Wire, start: Time, place: usize, partners: &[String], plain: &Plain) -> Fallible<()> {
    let (name, amount, day, stage, until, touches) = plain;
    let opened = start + *day * DAY_MS + 9 * HOUR_MS;
    let new = json!({
        "name": name, "amount": amount, "currency": "EUR", "owner": OWNERS[place % OWNERS.len()], "product": PRODUCTS[place % 2],
        "external_id": format!("D-{}", 8_001 + place),
    });
    let deal = wire.api(opened, "POST", "/deals", new).await?;
    for (partner, kind, days) in *touches {
        let partner = partner.map(|partner| &partners[partner]);
        let new = json!({ "partner_id": partner, "kind": kind, "deal_id": deal["id"] });
        wire.api(opened + *days * DAY_MS, "POST", "/touchpoints", new).await?;
    }
    let at = start + *until * DAY_MS + 15 * HOUR_MS;
    wire.api(at, "PATCH", &format!("/deals/{}", id(&deal)), json!({ "stage": stage })).await?;
    Ok(())
}

async fn registered(wire: &mut Wire, at: Time, place: usize, new: Value, answer: &Answer) -> Fallible<()> {
    let made = wire.api(at, "POST", "/deal-registrations", new).await?;
    let path = format!("/deal-registrations/{}", id(&made));
    match answer {
        Answer::None => {}
        Answer::Rejected(reason) => {
            wire.api(at + DAY_MS, "POST", &format!("{path}/reject"), json!({ "reason": reason })).await?;
        }
        Answer::Approved(stage, days) => {
            let approved = wire.api(at + DAY_MS, "POST", &format!("{path}/approve"), json!({})).await?;
            let deal = format!("/deals/{}", approved["deal_id"].as_str().unwrap_or_default());
            let change = json!({ "stage": stage, "owner": OWNERS[place % OWNERS.len()], "product": PRODUCTS[place % 2] });
            wire.api(at + *days * DAY_MS, "PATCH", &deal, change).await?;
        }
    }
    Ok(())
}
