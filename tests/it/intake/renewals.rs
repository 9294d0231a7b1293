//! Renewals of known customers: by the first sale, or each by its own journey.

use kudos::domain::whatif::Tally;
use kudos::jobs::reattribute::batch;
use kudos::jobs::whatif::{Under, look};
use kudos::store::{Cursor, Period};

use super::people::merge;
use super::*;

/// A version of the policy in force from the beginning, with these rules on top of the defaults.
pub async fn policy(rig: &Rig, rules: &str) {
    rig.sql(&format!(
        "insert into policies (id, name, version, applies_from, created_at, rules)
        values (x'00000000000070008000000000000009', 'renewing', 1, 1, 1, '{rules}')"
    ))
    .await;
}

fn sale(event: &str, order: &str, amount: &str, more: &str, visitor: Option<VisitorId>, offset_ms: i64) -> Hit<'static> {
    pixel(&format!("event={event}&order_id={order}&amount={amount}&currency=EUR{more}"), visitor, offset_ms)
}

/// Two clicks before the first sale, one between it and the renewal, and one of a second sale.
fn subscription() -> Vec<Hit<'static>> {
    let browser = Some(visitor(1));
    vec![
        click(0, browser, 0),
        click(1, browser, MINUTE),
        sale("sale", "first", "10", "&customer_id=kim", browser, DAY_MS),
        click(2, browser, 2 * DAY_MS),
        sale("sale", "second", "10", "&customer_id=kim", browser, 3 * DAY_MS),
        sale("renewal", "again", "0.05", "&customer_id=kim", None, 30 * DAY_MS),
    ]
}

async fn amounts(rig: &Rig, order: &str) -> Vec<String> {
    rig.texts(&format!(
        "select p.name || ' ' || k.share || ' ' || k.amount from credits k join conversions c on c.id = k.conversion_id
        join partners p on p.id = k.partner_id where c.order_id = '{order}' and k.superseded_at is null order by k.touchpoint_id"
    ))
    .await
}

#[tokio::test]
async fn a_renewal_follows_the_first_sale_or_its_own_journey_as_the_policy_says() {
    for (rules, expected) in [
        (r#"{"renewal_follows":"first_sale"}"#, vec!["ANNA 500000000 3", "BEN 500000000 2"]),
        (r#"{"renewal_follows":"fresh"}"#, vec!["ANNA 333333334 2", "BEN 333333333 2", "CLEO 333333333 1"]),
        ("{}", vec!["ANNA 333333334 2", "BEN 333333333 2", "CLEO 333333333 1"]),
    ] {
        let rig = Rig::new().await;
        policy(&rig, rules).await;
        rig.settle(&subscription()).await;
        assert_eq!(amounts(&rig, "again").await, expected, "{rules}");
        rig.sound().await;
    }
    // Nothing to follow: its own journey.
    let rig = Rig::new().await;
    policy(&rig, r#"{"renewal_follows":"first_sale"}"#).await;
    let late = sale("sale", "later", "10", "&customer_id=kim", None, 31 * DAY_MS);
    let renewal = sale("renewal", "again", "10", "&customer_id=kim&code=ben", None, 30 * DAY_MS);
    rig.settle(&[renewal, late]).await;
    assert_eq!(rig.credit("again").await, percents([("BEN", 100)]));
}

#[tokio::test]
async fn a_first_sale_that_arrives_late_or_is_credited_otherwise_takes_its_renewals_along() {
    let rig = Rig::new().await;
    policy(&rig, r#"{"renewal_follows":"first_sale"}"#).await;
    let hits = subscription();
    let (first, others) = (vec![hits[2].clone()], [&hits[..2], &hits[3..]].concat());
    rig.settle(&others).await;
    assert_eq!(rig.credit("again").await.len(), 3, "the second sale is the first that is known");
    rig.settle(&first).await;
    assert_eq!(amounts(&rig, "again").await, ["ANNA 500000000 3", "BEN 500000000 2"]);
    // A click before the first sale that arrives now.
    rig.settle(&[click(2, Some(visitor(1)), 1)]).await;
    assert_eq!(rig.credit("again").await, percents([("ANNA", 33), ("BEN", 33), ("CLEO", 33)]));
    // A customer who turns out to be the same, with an older sale that nobody earned.
    rig.settle(&[sale("sale", "oldest", "10", "&customer_id=old", None, -DAY_MS)]).await;
    merge(&rig, "kim", "old").await;
    rig.attribute().await;
    assert_eq!(rig.credit("again").await, percents([]));
    let why = rig.texts("select summary from conversions where order_id = 'again'").await;
    assert!(why[0].contains("first sale, order oldest, for which nobody has credit"), "{why:?}");
    rig.sound().await;
}

#[tokio::test]
async fn other_rules_take_renewals_along_with_their_first_sale_as_they_are_tried_and_as_they_are_applied() {
    const PERIOD: Period = Period { from: Time::from_millis(NOON), to: Time::from_millis(NOON + 31 * DAY_MS) };
    let late = Period { from: PERIOD.from + 2 * DAY_MS, ..PERIOD };
    let last = r#"{"model":"last","renewal_follows":"first_sale""#;
    let fresh = r#"{"model":"last","filters":{"events":["renewal"]}}"#;
    for (rules, period, following, changed, expected) in [
        (format!("{last}}}"), PERIOD, 3, 3, [0, 1005, 1000]),
        // What follows its sale needs no rule of its own.
        (format!(r#"{last},"filters":{{"events":["sale"]}}}}"#), PERIOD, 2, 3, [0, 1005, 1000]),
        (format!(r#"{last},"filters":{{"events":["renewal"]}}}}"#), PERIOD, 1, 0, [837, 835, 333]),
        (fresh.to_owned(), PERIOD, 1, 1, [834, 833, 338]),
        // The first sale came before the period, and stays as it is.
        (format!("{last}}}"), late, 2, 1, [503, 502, 1000]),
    ] {
        let rig = Rig::new().await;
        policy(&rig, r#"{"renewal_follows":"first_sale"}"#).await;
        rig.settle(&subscription()).await;
        rig.sql(&format!(
            "insert into policies (id, name, version, applies_from, created_at, rules) values ({}, 'other', 1, {}, 1, '{rules}')",
            hex(Uuid::from_u128(7)),
            i64::MAX
        ))
        .await;
        let mut tx = rig.store.read().await.unwrap();
        let book = tx.rule_book().await.unwrap();
        let other = book.named("other", None).unwrap();
        let before = Cursor::before(period.from);
        for under in [Under::Draft(other), Under::Version(other)] {
            let mut tally = Tally::default();
            assert_eq!(look(&mut tx, &book, under, period, before, &mut tally).await.unwrap(), None);
            assert_eq!((tally.following, tally.changed), (following, changed), "{rules}");
            // With what is not in the period, the one sale before it.
            let outside = if period.from == PERIOD.from { [0, 0, 0] } else { [500, 500, 0] };
            let then = |place: usize| {
                let of_partner = tally.clone().finish().0.into_iter().find(|(id, _)| id.uuid() == partner(place));
                outside[place] + of_partner.map_or(0, |(_, change)| change.then.amounts.first().map_or(0, |money| money.amount))
            };
            assert_eq!([0, 1, 2].map(then), expected, "{rules}");
        }
        tx.rollback().await.unwrap();
        batch(&rig.store, Some(other), period, before, at(0)).await.unwrap();
        rig.attribute().await;
        let sum = |place: usize| {
            format!(
                "select coalesce(sum(amount), 0) from credits where superseded_at is null and partner_id = {}",
                hex(partner(place))
            )
        };
        let found = [rig.number(&sum(0)).await, rig.number(&sum(1)).await, rig.number(&sum(2)).await];
        assert_eq!(found, expected, "{rules}");
        rig.sound().await;
    }
}
