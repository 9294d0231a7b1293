//! Months: made ahead, filled from what came before them, and let go whole; and what stays of touchpoints that are gone.

use super::*;
use kudos::domain::time::Month;
use kudos::jobs::months;

/// A day on which the touchpoints of [`NOON`] have served their time.
const KEPT_DAYS: u32 = 60;
const LATER: i64 = 100 * DAY_MS;

/// How many touchpoints lie in the table of that name; -1 where there are no such tables.
async fn within(rig: &Rig, table: &str) -> i64 {
    match STORE {
        Kind::Sqlite => -1,
        Kind::Postgres => rig.number(&format!("select count(*) from touchpoints_{table}")).await,
    }
}

#[tokio::test]
async fn months_are_made_ahead_and_take_what_came_before_them() {
    let rig = Rig::new().await;
    let (before, after) = (click(0, None, -DAY_MS), click(1, None, 40 * DAY_MS));
    rig.feed(&[before, after]).await;
    let (june, may) = ("2026_06", Month::of(at(0)).to_string());
    assert_eq!(may, "2026_05");
    // The clock of these tests stands in a month that has no table yet.
    if STORE == Kind::Postgres {
        assert_eq!(within(&rig, "default").await, 2);
    }
    for _ in 0..2 {
        months::tick(&rig.store, at(0), None).await.unwrap();
    }
    if STORE == Kind::Postgres {
        let there = rig.store.read().await.unwrap().months().await.unwrap();
        let wanted = ["2026_02", "2026_03", "2026_04", "2026_05", "2026_06", "2026_07"].map(|month| month.parse().unwrap());
        assert!(wanted.iter().all(|month| there.contains(month)), "{there:?}");
        assert_eq!((within(&rig, "default").await, within(&rig, &may).await, within(&rig, "2026_07").await), (0, 1, 1));
    }
    rig.feed(&[click(0, None, 10 * DAY_MS)]).await;
    assert!([1, -1].contains(&within(&rig, june).await));
    assert_eq!(rig.number("select count(*) from touchpoints").await, 3);
    rig.sound().await;
}

#[tokio::test]
async fn several_nodes_make_a_month_once() {
    let rig = Rig::new().await;
    let others = [database::open(&STORE.url(rig.path())).await, database::open(&STORE.url(rig.path())).await];
    let (a, b, c) = tokio::join!(
        months::tick(&rig.store, at(0), None),
        months::tick(&others[0], at(0), None),
        months::tick(&others[1], at(0), None)
    );
    assert!(a.is_ok() && b.is_ok() && c.is_ok(), "{a:?} {b:?} {c:?}");
}

#[tokio::test]
async fn touchpoints_that_served_their_time_go_and_credits_and_counts_stay() {
    for months_first in [true, false] {
        let rig = Rig::new().await;
        if months_first {
            months::tick(&rig.store, at(0), None).await.unwrap();
        }
        let (browser, other) = (Some(visitor(1)), Some(visitor(2)));
        rig.settle(&[
            click(0, browser, 0),
            click(1, browser, 1),
            view(2, browser, 2),
            pixel("order_id=1&amount=10&currency=EUR&customer_id=kim", browser, MINUTE),
            click(2, other, LATER),
            pixel("order_id=2&amount=10&currency=EUR", other, LATER + MINUTE),
        ])
        .await;
        let counted = "select sum(clicks) * 100 + sum(views) from rollups";
        let (credit, counts) = (rig.credit("1").await, rig.number(counted).await);
        months::tick(&rig.store, at(LATER + DAY_MS), None).await.unwrap();
        assert_eq!(rig.number("select count(*) from touchpoints").await, 4, "for ever is the default");
        for _ in 0..2 {
            months::tick(&rig.store, at(LATER + DAY_MS), Some(KEPT_DAYS)).await.unwrap();
        }
        assert_eq!(rig.number("select count(*) from touchpoints").await, 1);
        if STORE == Kind::Postgres {
            let there = rig.store.read().await.unwrap().months().await.unwrap();
            assert!(!there.contains(&Month::of(at(0))), "{there:?}");
        }
        assert_eq!((rig.credit("1").await, rig.number(counted).await), (credit.clone(), counts));
        rig.sound().await;

        // News of the old customer must not take the credit away for which nothing speaks any more.
        rig.settle(&[pixel("event=identify&customer_id=kim", other, LATER + 2 * DAY_MS)]).await;
        assert_eq!(rig.credit("1").await, credit);
        assert_eq!(rig.credit("2").await, percents([("CLEO", 100)]));
        rig.sound().await;
    }
}
