//! Leads and deals that are recorded after a sale: what the buyer had reached by then counts all the same.

use kudos::domain::deal::{Deal, DealStatus};
use kudos::domain::id::DealId;

use super::people::{BY, merge};
use super::renewals::policy;
use super::*;

/// A deal of a customer.
pub async fn open_deal(rig: &Rig, customer: &str, offset_ms: i64) -> Deal {
    let mut tx = rig.store.write().await.unwrap();
    let stage = tx.first_stage(DealStatus::Open).await.unwrap();
    let mut deal = Deal::new(DealId::mint(at(0)), "A deal".to_owned(), &stage, at(offset_ms), at(0));
    deal.customer_id = Some(customer.to_owned());
    tx.add_deal(BY, &deal, deal.opened_at).await.unwrap();
    tx.commit().await.unwrap();
    deal
}

async fn change(rig: &Rig, before: &Deal, change: impl FnOnce(&mut Deal)) -> Deal {
    let mut deal = before.clone();
    change(&mut deal);
    let mut tx = rig.store.write().await.unwrap();
    tx.save_deal(BY, before, &deal, at(0)).await.unwrap();
    tx.commit().await.unwrap();
    rig.attribute().await;
    deal
}

/// Clicks for Anna, Ben and Cleo, a minute apart, and the sale.
async fn sold() -> Rig {
    let rig = Rig::new().await;
    policy(&rig, r#"{"model":"w_shaped"}"#).await;
    let browser = Some(visitor(1));
    let clicks = (0..3).map(|place| click(place, browser, place as i64 * MINUTE));
    let sale = pixel("order_id=1&amount=10&currency=EUR&customer_id=kim", browser, 10 * MINUTE);
    rig.settle(&clicks.chain([sale]).collect::<Vec<_>>()).await;
    assert_eq!(rig.credit("1").await, percents([("ANNA", 75), ("BEN", 12), ("CLEO", 12)]), "no milestone is known");
    rig
}

#[tokio::test]
async fn a_lead_that_arrives_after_the_sale_counts_from_the_moment_at_which_it_was_one() {
    for event in ["lead", "signup"] {
        let rig = sold().await;
        let lead = |order: &str, customer: &str, offset_ms: i64| {
            pixel(&format!("event={event}&order_id={order}&customer_id={customer}"), None, offset_ms)
        };
        rig.settle(&[lead("after", "kim", 11 * MINUTE)]).await;
        assert_eq!(rig.credit("1").await["ANNA"], 75, "a lead after the sale is no milestone of it");
        rig.settle(&[lead("before", "kim", MINUTE + 1)]).await;
        assert_eq!(rig.credit("1").await, percents([("ANNA", 42), ("BEN", 42), ("CLEO", 14)]));
        // The first lead is the milestone, also under another id of the same buyer.
        rig.settle(&[lead("first", "old", 1)]).await;
        merge(&rig, "old", "kim").await;
        rig.attribute().await;
        assert_eq!(rig.credit("1").await, percents([("ANNA", 85), ("BEN", 7), ("CLEO", 7)]));
        rig.sound().await;
    }
}

#[tokio::test]
async fn a_deal_that_is_entered_moved_or_given_to_another_after_the_sale_makes_it_due() {
    let rig = sold().await;
    let deal = open_deal(&rig, "kim", MINUTE).await;
    rig.attribute().await;
    assert_eq!(rig.credit("1").await, percents([("ANNA", 42), ("BEN", 42), ("CLEO", 14)]));
    let deal = change(&rig, &deal, |deal| deal.opened_at = at(3 * MINUTE)).await;
    assert_eq!(rig.credit("1").await, percents([("ANNA", 42), ("BEN", 14), ("CLEO", 42)]));
    let deal = change(&rig, &deal, |deal| deal.customer_id = Some("lee".to_owned())).await;
    assert_eq!(rig.credit("1").await, percents([("ANNA", 75), ("BEN", 12), ("CLEO", 12)]));
    change(&rig, &deal, |deal| deal.customer_id = Some("kim".to_owned())).await;
    assert_eq!(rig.credit("1").await, percents([("ANNA", 42), ("BEN", 14), ("CLEO", 42)]));
    rig.sound().await;

    // Of several deals the one that was opened last by then.
    let rig = sold().await;
    for minute in [2, 1, 11] {
        open_deal(&rig, "kim", minute * MINUTE).await;
    }
    rig.attribute().await;
    assert_eq!(rig.credit("1").await, percents([("ANNA", 42), ("BEN", 14), ("CLEO", 42)]));
    rig.sound().await;
}
