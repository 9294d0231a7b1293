//! Who is credited: by code, by click id, by cookie, by a customer known from earlier, and by touchpoints that arrive late.

use super::*;

#[tokio::test]
async fn each_way_alone_credits_the_right_partner() {
    let rig = Rig::new().await;
    let browser = Some(visitor(1));
    let clicked = click(1, None, 0);
    let lead = Some(visitor(3));
    rig.settle(&[
        pixel("order_id=code&amount=10&currency=EUR&code=%20anna%20", None, 10),
        clicked.clone(),
        pixel(&format!("order_id=click&amount=10&currency=EUR&click_id={}", click_id(&clicked)), None, 11),
        click(2, browser, 1),
        pixel("order_id=cookie&amount=10&currency=EUR", browser, 12),
        click(0, lead, 2),
        pixel("event=lead&customer_id=kim", lead, 13),
    ])
    .await;
    rig.settle(&[pixel("order_id=customer&amount=10&currency=EUR&customer_id=kim", None, 5 * DAY_MS)]).await;
    assert_eq!(rig.credit("code").await, percents([("ANNA", 100)]));
    assert_eq!(rig.credit("click").await, percents([("BEN", 100)]));
    assert_eq!(rig.credit("cookie").await, percents([("CLEO", 100)]));
    assert_eq!(rig.credit("customer").await, percents([("ANNA", 100)]));
    rig.sound().await;
}

#[tokio::test]
async fn an_identify_ties_browsers_to_a_customer() {
    let rig = Rig::new().await;
    let clicked = click(1, Some(visitor(2)), 1);
    rig.settle(&[
        click(0, Some(visitor(1)), 0),
        clicked.clone(),
        pixel("order_id=1&amount=10&currency=EUR&customer_id=kim", None, MINUTE),
    ])
    .await;
    assert_eq!(rig.credit("1").await, percents([]));
    rig.settle(&[pixel("event=identify&customer_id=kim", Some(visitor(1)), 2 * MINUTE)]).await;
    assert_eq!(rig.credit("1").await, percents([("ANNA", 100)]));
    rig.settle(&[pixel(&format!("event=identify&customer_id=kim&click_id={}", click_id(&clicked)), None, 3 * MINUTE)]).await;
    assert_eq!(rig.credit("1").await, percents([("ANNA", 50), ("BEN", 50)]));
    rig.sound().await;
}

#[tokio::test]
async fn a_late_touchpoint_runs_attribution_again() {
    let rig = Rig::new().await;
    let browser = Some(visitor(1));
    rig.settle(&[click(0, browser, 0), pixel("order_id=1&amount=10&currency=EUR", browser, MINUTE)]).await;
    assert_eq!(rig.feed(&[click(1, browser, MINUTE + 1)]).await.queued, 0, "after the conversion");
    assert_eq!(rig.feed(&[click(1, Some(visitor(2)), 30)]).await.queued, 0, "of somebody else");
    assert_eq!(rig.feed(&[click(1, browser, 30)]).await.queued, 1);
    assert_eq!(rig.number("select count(*) from conversions where attributed_at is null").await, 1);
    rig.sound().await;
    rig.attribute().await;
    assert_eq!(rig.credit("1").await, percents([("ANNA", 50), ("BEN", 50)]));
    assert_eq!(rig.number("select count(*) from credits where superseded_at is not null").await, 1);
    rig.sound().await;
}

#[tokio::test]
async fn a_click_that_arrives_after_its_conversion_brings_its_browser_along() {
    let rig = Rig::new().await;
    let (browser, late) = (Some(visitor(1)), click(1, Some(visitor(1)), 0));
    rig.settle(&[
        click(0, browser, -DAY_MS),
        pixel("order_id=0&amount=10&currency=EUR&customer_id=kim", None, MINUTE),
        pixel(&format!("order_id=1&amount=10&currency=EUR&customer_id=kim&click_id={}", click_id(&late)), None, MINUTE),
    ])
    .await;
    assert_eq!((rig.credit("0").await, rig.credit("1").await), (percents([]), percents([])));
    assert_eq!(rig.number("select count(*) from awaited_clicks").await, 1);
    rig.settle(&[late]).await;
    assert_eq!(rig.credit("0").await, percents([("ANNA", 50), ("BEN", 50)]));
    assert_eq!(rig.credit("1").await, percents([("ANNA", 50), ("BEN", 50)]));
    assert_eq!(rig.number("select count(*) from awaited_clicks").await, 0);
    // The customer is known by that browser from now on.
    rig.settle(&[pixel("order_id=2&amount=10&currency=EUR&customer_id=kim", None, 2 * MINUTE)]).await;
    assert_eq!(rig.credit("2").await, percents([("ANNA", 50), ("BEN", 50)]));
    rig.sound().await;
}

#[tokio::test]
async fn a_code_that_is_not_in_use_gives_no_touchpoint() {
    let rig = Rig::new().await;
    rig.sql("update codes set status = 'disabled' where code = 'ANNA'").await;
    rig.sql("update partners set status = 'disabled' where name = 'BEN'").await;
    rig.settle(&["anna", "ben", "nobody", "cleo"].map(|code| pixel(&format!("order_id={code}&code={code}"), None, 0))).await;
    assert_eq!(rig.number("select count(*) from touchpoints").await, 1);
    assert_eq!(rig.credit("cleo").await, percents([("CLEO", 100)]));
    assert_eq!(
        rig.texts("select summary from conversions where order_id = 'anna'").await,
        ["no touchpoint is known for this conversion"]
    );
    rig.sound().await;
}

#[tokio::test]
async fn a_partner_who_buys_is_not_credited() {
    let rig = Rig::new().await;
    let browser = Some(visitor(1));
    rig.settle(&[
        click(0, browser, 0),
        click(1, browser, 1),
        pixel("order_id=1&amount=10&currency=EUR&customer_id=ext-ANNA", browser, MINUTE),
    ])
    .await;
    assert_eq!(rig.credit("1").await, percents([("BEN", 100)]));
    assert_eq!(rig.verdicts().await, ["valid"; 2]);
    rig.sound().await;
}

#[tokio::test]
async fn an_offline_touchpoint_of_the_customer_counts() {
    let rig = Rig::new().await;
    rig.settle(&[pixel("order_id=1&amount=10&currency=EUR&customer_id=kim", None, MINUTE)]).await;
    let id = TouchpointId::mint(at(0));
    rig.sql(&format!(
        "insert into touchpoints (id, kind, team, occurred_at, verdict, partner_id, customer_id, params)
         values ({}, 'referral', 'partner', {NOON}, 'valid', {}, 'kim', '{{}}')",
        hex(id.uuid()),
        hex(partner(2))
    ))
    .await;
    let mut tx = rig.store.write().await.unwrap();
    tx.enqueue_for_touchpoints(&[id], at(0)).await.unwrap();
    tx.commit().await.unwrap();
    rig.attribute().await;
    assert_eq!(rig.credit("1").await, percents([("CLEO", 100)]));
    rig.sound().await;
}

#[tokio::test]
async fn a_journey_has_every_touchpoint_of_the_identity() {
    let rig = Rig::new().await;
    let (one, two) = (Some(visitor(1)), Some(visitor(2)));
    let clicked = click(2, None, 2);
    let earlier = pixel("order_id=0&customer_id=kim&code=ben", two, 3);
    let sale = pixel(&format!("order_id=1&customer_id=kim&code=anna&click_id={}", click_id(&clicked)), one, MINUTE);
    let hits = [click(0, one, 0), click(1, two, 1), clicked, earlier, click(0, one, DAY_MS), click(0, None, 5), sale.clone()];
    rig.settle(&hits).await;
    let click = Some(click_id(&hits[2]));
    let journey = rig.store.read().await.unwrap().journey(conversion_id(&sale), Some("kim"), click).await.unwrap();
    let mut seen: Vec<_> = journey.iter().map(|touch| (touch.at - at(0), touch.kind.as_str(), touch.own_code)).collect();
    seen.sort();
    let expected = [
        (0, "click", false),
        (1, "click", false),
        (2, "click", false),
        (3, "code", false),
        (MINUTE, "code", true),
        (DAY_MS, "click", false),
    ];
    assert_eq!(seen, expected);
}
