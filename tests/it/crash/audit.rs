//! What was answered beside what is stored.

use std::collections::BTreeSet;

use kudos::domain::id::{ConversionId, TouchpointId};
use uuid::Uuid;

use super::super::server;
use super::load::{Ledger, Wire};
use super::process::{Home, names_in};
use crate::database::by_hand;

/// What is wrong.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Answered as recorded, and not stored.
    pub lost: Vec<String>,
    /// Stored or counted more often than it was answered or sent.
    pub double: Vec<String>,
}

/// What one data directory holds.
struct Stored {
    clicks: BTreeSet<Uuid>,
    views: u64,
    orders: Vec<String>,
    conversions: BTreeSet<Uuid>,
    repeats: BTreeSet<Uuid>,
    unattributed: u64,
    rejected: u64,
}

/// Compares, with nothing running, after a stop that drained everything; then asks a server for its report.
pub fn audit(home: &Home, ledger: &Ledger) -> Verdict {
    assert_eq!(ledger.odd, [""; 0], "answers that nobody should get");
    let stored = Stored::read(home);
    let mut verdict = Verdict::default();
    let mut lose = |what: &str, id: &str, there: bool| (!there).then(|| verdict.lost.push(format!("{what} {id}")));
    for click in &ledger.clicks {
        lose("click", click, stored.clicks.contains(&click.parse::<TouchpointId>().unwrap().uuid()));
    }
    for view in stored.views..ledger.views {
        lose("view", &view.to_string(), false);
    }
    let orders: BTreeSet<&String> = stored.orders.iter().collect();
    for order in &ledger.orders {
        lose("order", order, orders.contains(order));
    }
    for receipt in &ledger.receipts {
        let id = receipt.parse::<ConversionId>().unwrap().uuid();
        lose("report", receipt, stored.conversions.contains(&id) || stored.repeats.contains(&id));
    }
    let mut double = |what: &str, stored: u64, at_most: u64| {
        (stored > at_most).then(|| verdict.double.push(format!("{what}: {stored} stored, {at_most} at most")))
    };
    double("clicks", stored.clicks.len() as u64, ledger.clicks_sent);
    double("views", stored.views, ledger.views_sent);
    double("orders", stored.orders.len() as u64, orders.len() as u64);
    double("reports", (stored.conversions.len() + stored.repeats.len()) as u64, ledger.reports_sent);
    double("both conversion and repeat", stored.conversions.intersection(&stored.repeats).count() as u64, 0);
    double("orders that nobody sent", orders.iter().filter(|order| !ledger.orders_sent.contains(**order)).count() as u64, 0);
    double("clicks in the report", clicks_all(home), stored.clicks.len() as u64);
    assert_eq!((stored.unattributed, stored.rejected), (0, 0), "without credit, rejected\n{}", home.log());
    server::check(&home.dir);
    verdict
}

/// A clean stop has left no segment behind, and nothing was taken for damage.
pub fn assert_drained(home: &Home) {
    let journal = home.dir.path().join("journal");
    assert_eq!(names_in(&journal.join("quarantine")), [""; 0], "quarantine\n{}", home.log());
    let segments: Vec<_> = names_in(&journal).into_iter().filter(|name| name.ends_with(".seg")).collect();
    assert_eq!(segments, [""; 0], "segments after a stop\n{}", home.log());
}

/// `clicks_all` of the performance report.
fn clicks_all(home: &Home) -> u64 {
    let process = home.start();
    let report = Wire::new(&home.address).api("GET", "/reports/performance?group_by=none", "", "").unwrap();
    process.stop();
    let report = report.json();
    report["data"].as_array().unwrap().iter().map(|row| row["clicks_all"].as_u64().unwrap()).sum()
}

impl Stored {
    fn read(home: &Home) -> Stored {
        by_hand(&home.database(), async |hand| {
            let count = async |sql: &str| hand.number(sql).await as u64;
            let ids = async |sql: &str| hand.ids(sql).await.into_iter().collect();
            Stored {
                clicks: ids("select id from touchpoints where kind = 'click'").await,
                views: count("select count(*) from touchpoints where kind = 'view'").await,
                orders: hand.texts("select order_id from conversions").await,
                conversions: ids("select id from conversions").await,
                repeats: ids("select id from conversion_repeats").await,
                unattributed: count("select count(*) from conversions where attributed_at is null").await,
                rejected: count("select count(*) from rejected").await,
            }
        })
    }
}
