//! Re-attribution beside intake and attribution: nothing is lost, nothing credited twice, whatever meets.

use super::*;
use kudos::domain::policy::Version;
use kudos::jobs::reattribute::{Batch, batch};
use kudos::store::{Cursor, Period};

const PERIOD: Period = Period { from: Time::from_millis(NOON - DAY_MS), to: Time::from_millis(NOON + DAY_MS) };

impl Rig {
    /// A policy that no conversion follows by itself.
    async fn last_touch(&self) -> Version {
        self.sql(&format!(
            "insert into policies (id, name, version, applies_from, created_at, rules)
             values ({}, 'last', 1, {}, 1, '{{\"model\":\"last\"}}')",
            hex(Uuid::from_u128(9)),
            i64::MAX
        ))
        .await;
        let book = self.store.read().await.unwrap().rule_book().await.unwrap();
        book.named("last", None).unwrap().clone()
    }
}

/// Every batch of a re-attribution, added up.
async fn reattribute(store: &Store, version: Option<&Version>) -> Batch {
    let (mut sum, mut after) = (Batch::default(), Some(Cursor::before(PERIOD.from)));
    while let Some(from) = after {
        let done = batch(store, version, PERIOD, from, at(0)).await.unwrap();
        sum.conversions += done.conversions;
        sum.following += done.following;
        sum.changed += done.changed;
        after = done.next;
    }
    sum
}

#[tokio::test]
async fn what_meets_a_re_attribution_is_neither_lost_nor_credited_twice() {
    let rig = Rig::new().await;
    let version = rig.last_touch().await;
    let sales = 40_u128;
    let browser = |number: u128| Some(visitor(number));
    let first: Vec<_> = (0..sales).map(|number| click(0, browser(number), 0)).collect();
    let sold: Vec<_> = (0..sales)
        .map(|number| pixel(&format!("order_id={number}&amount=9.99&currency=EUR"), browser(number), MINUTE))
        .collect();
    rig.settle(&first).await;
    rig.settle(&sold).await;
    // Late clicks arrive, attribution runs, and everything is attributed anew, all at once.
    let late: Vec<_> = (0..sales).map(|number| click(1 + (number % 2) as usize, browser(number), 1_000)).collect();
    let feeding = async {
        for hits in late.chunks(3) {
            rig.feed(hits).await;
        }
    };
    let attributing = async {
        for _ in 0..20 {
            attribute::tick(&rig.store, at(0), 7).await.unwrap();
        }
    };
    let again = async {
        for _ in 0..3 {
            reattribute(&rig.store, Some(&version)).await;
        }
    };
    tokio::join!(feeding, attributing, again);
    rig.attribute().await;
    for number in 0..sales {
        let expected = if number % 2 == 0 { "BEN" } else { "CLEO" };
        assert_eq!(rig.credit(&number.to_string()).await, percents([(expected, 100)]), "order {number}");
    }
    assert_eq!(rig.number("select count(*) from credits where superseded_at is null").await, sales as i64);
    assert_eq!(rig.number("select count(*) from jobs").await, 0);
    rig.sound().await;
}

#[tokio::test]
async fn pages_reach_every_conversion_once_and_an_interrupted_run_goes_on() {
    let rig = Rig::new().await;
    let version = rig.last_touch().await;
    let count = 1_203_i64;
    // Many of the same moment, across the borders of pages.
    let sold: Vec<_> = (0..count)
        .map(|number| pixel(&format!("order_id={number}&code=anna&amount=1&currency=EUR"), None, number / 700))
        .collect();
    rig.settle(&sold).await;
    let outside = [pixel("order_id=before&code=anna", None, -DAY_MS - 1), pixel("order_id=after&code=anna", None, DAY_MS)];
    rig.settle(&outside).await;
    let first = batch(&rig.store, Some(&version), PERIOD, Cursor::before(PERIOD.from), at(0)).await.unwrap();
    // The one who has all of it keeps it, under another version.
    let superseded = "select count(*) from credits where superseded_at is not null";
    assert_eq!((first.conversions, first.following, first.changed), (500, 500, 0));
    assert_eq!(rig.number(superseded).await, 500);
    // Begun again from the start: what is done is looked at, and stays.
    let rest = reattribute(&rig.store, Some(&version)).await;
    assert_eq!((rest.conversions, rest.following, rest.changed), (count, count, 0));
    assert_eq!(rig.number(superseded).await, count);
    let pinned = "select count(*) from conversions where pinned_policy_id is not null";
    assert_eq!(rig.number(pinned).await, count);
    let lifted = reattribute(&rig.store, None).await;
    assert_eq!((lifted.conversions, lifted.changed, rig.number(pinned).await), (count, 0, 0));
    assert_eq!(rig.number(superseded).await, 2 * count);
    rig.sound().await;
}

#[tokio::test]
async fn what_is_due_stays_due_where_the_version_does_not_fit() {
    let rig = Rig::new().await;
    rig.sql(&format!(
        "insert into policies (id, name, version, applies_from, created_at, rules)
         values ({}, 'leads', 1, {}, 1, '{{\"filters\":{{\"events\":[\"lead\"]}}}}')",
        hex(Uuid::from_u128(9)),
        i64::MAX
    ))
    .await;
    let book = rig.store.read().await.unwrap().rule_book().await.unwrap();
    let leads = book.named("leads", Some(1)).unwrap();
    rig.feed(&[pixel("order_id=1&code=anna&amount=1&currency=EUR", None, 0), pixel("event=lead&order_id=2&code=ben", None, 0)])
        .await;
    let done = reattribute(&rig.store, Some(leads)).await;
    assert_eq!((done.conversions, done.following, done.changed), (2, 1, 1), "the lead was due, and has credit now");
    rig.sound().await;
    assert_eq!(rig.attribute().await, 1, "the sale is still due, the lead is done");
    assert_eq!((rig.credit("1").await, rig.credit("2").await), (percents([("ANNA", 100)]), percents([("BEN", 100)])));
}

#[tokio::test]
async fn a_journey_that_is_not_whole_any_more_keeps_its_credits() {
    let rig = Rig::new().await;
    let version = rig.last_touch().await;
    let browser = Some(visitor(1));
    rig.settle(&[click(0, browser, 0), click(1, browser, 1), pixel("order_id=1&amount=1&currency=EUR", browser, MINUTE)]).await;
    rig.sql(&format!("update marks set value = {} where name = 'touchpoints_from'", NOON - DAY_MS)).await;
    let done = reattribute(&rig.store, Some(&version)).await;
    assert_eq!((done.conversions, done.following, done.changed), (1, 0, 0));
    assert_eq!(rig.credit("1").await, percents([("ANNA", 50), ("BEN", 50)]));
}

#[tokio::test]
async fn a_crowd_of_touchpoints_is_read_in_parts() {
    let rig = Rig::new().await;
    // Three browsers with more touchpoints between them than are read at once, one with more than are considered.
    let id = match STORE {
        Kind::Sqlite => "randomblob(16)",
        Kind::Postgres => "gen_random_uuid()",
    };
    for (number, count) in [(1, 25_000), (2, 12_000), (3, 15_000)] {
        rig.sql(&format!(
            "with recursive n (n) as (select 1 union all select n + 1 from n where n < {count})
             insert into touchpoints (id, kind, team, occurred_at, verdict, partner_id, link_id, visitor_id, params)
             select {id}, 'click', 'partner', {NOON} - n, 'valid', {}, {}, {}, '{{}}' from n",
            hex(partner(0)),
            hex(link(0)),
            hex(visitor(number).uuid())
        ))
        .await;
    }
    let sold: Vec<_> = (1..=4)
        .map(|number| pixel(&format!("order_id={number}&amount=1&currency=EUR"), Some(visitor(number)), MINUTE))
        .collect();
    rig.settle(&sold).await;
    for (order, count) in [("1", 10_000), ("2", 10_000), ("3", 10_000), ("4", 0)] {
        let sql =
            format!("select count(*) from credits k join conversions c on c.id = k.conversion_id where c.order_id = '{order}'");
        assert_eq!(rig.number(&sql).await, count, "order {order}");
    }
}
