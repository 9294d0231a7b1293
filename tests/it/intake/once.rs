//! Exactly once: counts and jobs follow only from rows really inserted, and a replay changes nothing.

use super::*;

/// A bit of everything.
fn mixed() -> Vec<Hit<'static>> {
    let (one, two) = (Some(visitor(1)), Some(visitor(2)));
    let mut robot = click(1, None, 3);
    robot.user_agent = "Robot".into();
    let ben = click(1, two, 4);
    let late = click(2, None, 70);
    let hits = vec![
        click(0, one, 0),
        click(0, one, MINUTE),
        view(0, one, 2),
        view(0, one, 3),
        robot,
        pixel("order_id=1&amount=49.90&currency=EUR&customer_id=kim&code=ben", one, 100),
        pixel("order_id=1&amount=99.90&currency=EUR", two, 101),
        pixel(&format!("order_id=2&amount=1&currency=EUR&click_id={}", click_id(&ben)), None, 102),
        ben,
        pixel(&format!("order_id=3&amount=1&currency=EUR&click_id={}", click_id(&late)), None, 103),
        pixel("event=identify&customer_id=kim", two, 104),
        pixel("amount=x", one, 105),
        stated("4", "k1:a", 1, 106),
        stated("4", "k1:a", 1, 107),
        stated("5", "k1:a", 2, 108),
        stated("4", "k1:b", 1, 109),
        late,
    ];
    hits
}

#[tokio::test]
async fn a_batch_becomes_rows_counts_and_jobs() {
    let rig = Rig::new().await;
    let recorded = rig.feed(&mixed()).await;
    let expected = Recorded { touchpoints: 7, duplicates: 2, conversions: 4, repeats: 3, rejected: 2, queued: 4 };
    assert_eq!(recorded, expected);
    rig.attribute().await;
    rig.sound().await;
    assert_eq!(
        rig.texts("select clicks || ' ' || clicks_all || ' ' || views from rollups order by link_id").await,
        ["1 2 1", "1 2 0", "1 1 0"]
    );
    assert_eq!(rig.texts("select reasons from rejected where query like '%\"5\"%'").await.len(), 1);
    assert_eq!(rig.number("select count(*) from awaited_clicks").await, 0);
    assert_eq!(rig.credit("1").await, percents([("ANNA", 50), ("BEN", 50)]));
}

#[tokio::test]
async fn a_replay_changes_nothing() {
    let rig = Rig::new().await;
    let hits = mixed();
    rig.feed(&hits).await;
    let before = rig.dump().await;
    for batch in [1, 3, 17] {
        for part in hits.chunks(batch) {
            assert_eq!(rig.feed(part).await, Recorded::default());
        }
        assert_eq!(rig.dump().await, before);
    }
    rig.attribute().await;
    let before = rig.dump().await;
    assert_eq!(rig.settle(&hits).await, Recorded::default());
    assert_eq!(rig.dump().await, before);
    rig.sound().await;
}

#[tokio::test]
async fn a_batch_that_is_stored_in_part_is_completed() {
    let whole = Rig::new().await;
    whole.settle(&mixed()).await;
    let hits = mixed();
    let rig = Rig::new().await;
    rig.feed(&hits[..5]).await;
    let twice: Vec<_> = hits.iter().chain(&hits).cloned().collect();
    rig.settle(&twice).await;
    rig.sound().await;
    for table in ["touchpoints", "conversions", "rollups", "rejected", "credits", "conversion_visitors", "customer_visitors"] {
        let count = format!("select count(*) from {table}");
        assert_eq!(rig.number(&count).await, whole.number(&count).await, "{table}");
    }
}

#[tokio::test]
async fn the_same_order_again_changes_nothing_but_is_kept() {
    let rig = Rig::new().await;
    let first = pixel("order_id=1&amount=10&currency=EUR", Some(visitor(1)), 0);
    rig.settle(&[click(0, Some(visitor(1)), -MINUTE), first.clone()]).await;
    let conversions = rig.dump().await["conversions"].clone();
    let again = rig
        .settle(&[click(1, Some(visitor(2)), -MINUTE), pixel("order_id=1&amount=99&currency=EUR", Some(visitor(2)), 5)])
        .await;
    assert_eq!((again.conversions, again.repeats, again.queued), (0, 1, 0));
    assert_eq!(rig.dump().await["conversions"], conversions);
    assert_eq!(rig.credit("1").await, percents([("ANNA", 100)]));
    // Another event with the same order id is another conversion.
    assert_eq!(rig.settle(&[pixel("event=renewal&order_id=1", None, 6)]).await.conversions, 1);
    let id = hex(conversion_id(&first).uuid());
    assert_eq!(rig.number(&format!("select amount from conversion_repeats where conversion_id = {id}")).await, 9900);
    rig.sound().await;
}

#[tokio::test]
async fn an_idempotency_key_gives_one_conversion() {
    let rig = Rig::new().await;
    let first = stated("1", "k1:a", 1, 0);
    rig.feed(std::slice::from_ref(&first)).await;
    // Even another order, when the request is the same: a website that makes up an order id at each try.
    let again = rig.feed(&[stated("2", "k1:a", 1, 1)]).await;
    assert_eq!((again.conversions, again.repeats, again.rejected), (0, 1, 0));
    // The same key for another request is a mistake of the caller's.
    let misused = rig.feed(&[stated("3", "k1:a", 2, 2)]).await;
    assert_eq!((misused.conversions, misused.repeats, misused.rejected), (0, 0, 1));
    // Another caller's key is another key.
    assert_eq!(rig.feed(&[stated("4", "k2:a", 2, 3)]).await.conversions, 1);

    let kept = rig.store.read().await.unwrap().kept_answer("k1:a").await.unwrap().unwrap();
    let body: serde_json::Value = serde_json::from_str(&kept.body).unwrap();
    assert_eq!((kept.status, body["status"].as_str()), (202, Some("recorded")));
    assert_eq!(body["id"].as_str(), Some(conversion_id(&first).to_string().as_str()));
    rig.attribute().await;
    rig.sound().await;
}

#[tokio::test]
async fn a_key_that_answered_for_a_repeat_leads_to_the_conversion() {
    let rig = Rig::new().await;
    let first = stated("1", "k1:a", 1, 0);
    let repeat = stated("1", "k1:b", 2, 1);
    rig.feed(&[first.clone(), repeat.clone()]).await;
    rig.feed(&[stated("9", "k1:b", 2, 2)]).await;
    let id = hex(conversion_id(&first).uuid());
    assert_eq!(rig.number(&format!("select count(*) from conversion_repeats where conversion_id = {id}")).await, 2);
    rig.sound().await;
}

#[tokio::test]
async fn a_record_that_cannot_be_read_is_kept_in_hex() {
    let rig = Rig::new().await;
    let mut damaged = payloads(&[click(0, None, 7)]).remove(0).to_vec();
    damaged.truncate(40);
    let records = [Bytes::from(damaged), Bytes::from_static(b"\x09nonsense"), Bytes::from(vec![0; 50_000]), Bytes::new()];
    for _ in 0..2 {
        rig.store.record(&read_all(&records, agent), at(0)).await.unwrap();
        assert_eq!(rig.number("select count(*) from rejected").await, 4);
    }
    assert_eq!(rig.number("select count(*) from rejected where query = '096e6f6e73656e7365'").await, 1);
    assert_eq!(rig.number("select max(length(query)) from rejected").await, 32_768);
    assert_eq!(rig.number("select max(occurred_at) from rejected").await, at(7).as_millis());
    assert!(rig.texts("select reasons from rejected").await.iter().all(|reasons| reasons.contains("cannot be read")));
}
