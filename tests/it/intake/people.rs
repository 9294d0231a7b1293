//! Who is who: browsers, clicks and addresses of customers, and customers that are merged.

use kudos::domain::audit::{Actor, By};

use super::*;

pub const BY: By = By { actor: Actor::System, at: Time::from_millis(NOON) };

pub async fn merge(rig: &Rig, customer: &str, into: &str) {
    let mut tx = rig.store.write().await.unwrap();
    tx.merge_customers(BY, customer, into).await.unwrap();
    tx.commit().await.unwrap();
}

fn sale(order: &str, more: &str, visitor: Option<VisitorId>, offset_ms: i64) -> Hit<'static> {
    pixel(&format!("order_id={order}&amount=10&currency=EUR{more}"), visitor, offset_ms)
}

#[tokio::test]
async fn lead_signup_sale_and_identify_each_tie_a_browser_or_a_click_to_a_customer() {
    let rig = Rig::new().await;
    for (place, event) in ["lead", "signup", "sale", "identify"].into_iter().enumerate() {
        for by_click in [false, true] {
            let (customer, browser) = (format!("{event}-{by_click}"), visitor(place as u128 * 2 + u128::from(by_click)));
            let clicked = click(place % 3, Some(browser), 0);
            let named = if by_click { format!("&click_id={}", click_id(&clicked)) } else { String::new() };
            let order = if event == "sale" { format!("&order_id=first-{customer}") } else { String::new() };
            let told =
                pixel(&format!("event={event}&customer_id={customer}{named}{order}"), (!by_click).then_some(browser), MINUTE);
            // The click may come last.
            let hits = if by_click { vec![told, clicked] } else { vec![clicked, told] };
            rig.settle(&hits).await;
            rig.settle(&[sale(&customer, &format!("&customer_id={customer}"), None, DAY_MS)]).await;
            assert_eq!(rig.credit(&customer).await, percents([(PARTNERS[place % 3], 100)]), "{customer}");
        }
    }
    rig.sound().await;
}

#[tokio::test]
async fn several_devices_of_a_customer_are_one_journey() {
    let rig = Rig::new().await;
    for device in 0..3 {
        let browser = Some(visitor(device));
        rig.feed(&[click(device as usize, browser, 0), pixel("event=identify&customer_id=kim", browser, MINUTE)]).await;
    }
    rig.settle(&[sale("1", "&customer_id=kim", Some(visitor(2)), DAY_MS)]).await;
    assert_eq!(rig.credit("1").await.values().sum::<i64>(), 99, "thirds");
    assert_eq!(rig.credit("1").await.len(), 3);
    rig.sound().await;
}

#[tokio::test]
async fn a_new_click_of_an_existing_customer_counts_for_what_comes_after_it_and_never_for_the_past() {
    let rig = Rig::new().await;
    let browser = Some(visitor(1));
    rig.settle(&[click(0, browser, 0), sale("past", "&customer_id=kim", browser, DAY_MS)]).await;
    let recorded = rig.settle(&[click(1, browser, 2 * DAY_MS)]).await;
    assert_eq!(recorded.queued, 0, "nothing of the past is credited anew");
    rig.settle(&[sale("after", "&customer_id=kim", None, 3 * DAY_MS)]).await;
    // A browser that becomes known later brings its old clicks along, and its later ones only for later orders.
    let other = Some(visitor(2));
    rig.settle(&[click(2, other, 2 * DAY_MS), pixel("event=identify&customer_id=kim", other, 4 * DAY_MS)]).await;
    assert_eq!(rig.credit("past").await, percents([("ANNA", 100)]));
    assert_eq!(rig.credit("after").await, percents([("ANNA", 33), ("BEN", 33), ("CLEO", 33)]));
    rig.sound().await;
}

#[tokio::test]
async fn merged_customers_are_one_buyer_whatever_comes_in_whichever_order() {
    let hits = || {
        [
            click(0, Some(visitor(1)), 0),
            pixel("event=identify&customer_id=old", Some(visitor(1)), MINUTE),
            click(1, Some(visitor(2)), 1),
            pixel("event=identify&customer_id=new", Some(visitor(2)), MINUTE),
            sale("by-old", "&customer_id=old", None, DAY_MS),
            sale("by-new", "&customer_id=new", None, DAY_MS),
            click(2, Some(visitor(1)), 2 * DAY_MS),
            sale("later", "&customer_id=old", None, 3 * DAY_MS),
        ]
    };
    for merged_after in [0, 3, 5, 8] {
        let rig = Rig::new().await;
        let hits = hits();
        rig.settle(&hits[..merged_after]).await;
        merge(&rig, "old", "new").await;
        rig.attribute().await;
        rig.settle(&hits[merged_after..]).await;
        for order in ["by-old", "by-new"] {
            assert_eq!(rig.credit(order).await, percents([("ANNA", 50), ("BEN", 50)]), "{order}, merged after {merged_after}");
        }
        assert_eq!(rig.credit("later").await.len(), 3, "merged after {merged_after}");
        rig.sound().await;
    }
}

#[tokio::test]
async fn merges_may_be_repeated_chained_and_go_round() {
    let rig = Rig::new().await;
    for (customer, into) in [("a", "b"), ("a", "b"), ("b", "c"), ("c", "a"), ("d", "a"), ("x", "y"), ("y", "d")] {
        merge(&rig, customer, into).await;
    }
    let groups = rig.texts("select customer_id || '>' || identity from customer_groups order by 1").await;
    assert_eq!(groups, ["a>c", "b>c", "c>c", "d>c", "x>c", "y>c"]);
    assert_eq!(
        rig.number("select count(*) from audit where action = 'customer.merge'").await,
        5,
        "what changed nothing is no line"
    );
    // Offline touchpoints of any of them belong to all.
    rig.sql(&format!(
        "insert into touchpoints (id, kind, team, occurred_at, verdict, partner_id, customer_id, params)
        values ({}, 'intro', 'partner', {}, 'valid', {}, 'x', '{{}}')",
        hex(TouchpointId::mint(at(0))),
        at(0).as_millis(),
        hex(partner(1))
    ))
    .await;
    rig.settle(&[sale("1", "&customer_id=a", None, MINUTE)]).await;
    assert_eq!(rig.credit("1").await, percents([("BEN", 100)]));
    rig.sound().await;
}

#[tokio::test]
async fn merges_at_the_same_moment_as_hits_lose_nothing() {
    let rig = std::sync::Arc::new(Rig::new().await);
    let customers = 6_i64;
    let merging = async {
        for customer in 1..customers {
            merge(&rig, &format!("c{customer}"), &format!("c{}", customer - 1)).await;
            rig.attribute().await;
        }
    };
    let recording = async {
        for customer in 0..customers {
            let browser = Some(visitor(customer as u128));
            let named = format!("&customer_id=c{customer}");
            rig.feed(&[click(customer as usize % 3, browser, customer)]).await;
            rig.feed(&[sale(&format!("o{customer}"), &named, browser, DAY_MS)]).await;
        }
    };
    tokio::join!(merging, recording);
    rig.attribute().await;
    for customer in 0..customers {
        assert_eq!(rig.credit(&format!("o{customer}")).await.len(), 3, "every order has every click behind it");
    }
    assert_eq!(rig.number("select count(*) from credits where superseded_at is null").await, customers * customers);
    rig.sound().await;
}

#[tokio::test]
async fn the_same_address_is_the_same_buyer_where_no_id_is_given() {
    let rig = Rig::new().await;
    rig.settle(&[
        click(0, Some(visitor(1)), 0),
        pixel("event=lead&email=Sam%40Example.com", Some(visitor(1)), MINUTE),
        sale("guest", "&email=sam@example.com%20", None, DAY_MS),
        // From now on the address is a customer's.
        sale("known", "&email=SAM@example.com&customer_id=kim", None, 2 * DAY_MS),
        sale("by-id", "&customer_id=kim", None, 3 * DAY_MS),
        // Who gives the address and an id of their own is somebody else with the same address.
        click(1, Some(visitor(2)), 0),
        sale("other", "&email=sam@example.com&customer_id=lee", Some(visitor(2)), 4 * DAY_MS),
        sale("by-other-id", "&customer_id=kim", None, 5 * DAY_MS),
    ])
    .await;
    for order in ["known", "by-id", "by-other-id"] {
        assert_eq!(rig.credit(order).await, percents([("ANNA", 100)]), "{order}: two ids stay two buyers");
    }
    for order in ["guest", "other"] {
        assert_eq!(rig.credit(order).await, percents([("ANNA", 50), ("BEN", 50)]), "{order}: the guest may be either");
    }
    rig.sound().await;
}
