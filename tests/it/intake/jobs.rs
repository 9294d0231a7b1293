//! Jobs: a failure stays alone, credits are superseded and never erased, old things are forgotten.

use super::*;
use kudos::clock::Clock;
use kudos::domain::attribution::{Milestones, Sale};
use kudos::domain::policy::{Facts, PolicyScope};
use kudos::domain::time::HOUR_MS;
use kudos::jobs::{days, retention};
use tokio::sync::{Notify, watch};

#[tokio::test]
async fn a_second_run_with_the_same_outcome_changes_no_credit() {
    let rig = Rig::new().await;
    let browser = Some(visitor(1));
    rig.settle(&[click(0, browser, 0), click(1, browser, 1), pixel("order_id=1&amount=0.05&currency=EUR", browser, MINUTE)])
        .await;
    let before = rig.dump().await["credits"].clone();
    rig.sql("insert into jobs (kind, subject, due_at, attempts) select 'attribute', id, 0, 0 from conversions").await;
    assert_eq!(rig.attribute().await, 1);
    assert_eq!(rig.dump().await["credits"], before);
    // The odd cent goes to the earlier touchpoint.
    assert_eq!(rig.texts("select cast(k.amount as text) from credits k order by k.amount").await, ["2", "3"]);

    // A policy that is new, but applied from before.
    rig.sql(&format!(
        "insert into policies (id, name, version, applies_from, created_at, rules) values ({}, 'new', 1, 1, 1, '{{\"model\":\"last\"}}')",
        hex(Uuid::from_u128(9))
    ))
    .await;
    rig.sql("insert into jobs (kind, subject, due_at, attempts) select 'attribute', id, 0, 0 from conversions").await;
    rig.attribute().await;
    assert_eq!(rig.credit("1").await, percents([("BEN", 100)]));
    assert_eq!(rig.number("select count(*) from credits where superseded_at is not null").await, 2);
    rig.sound().await;
}

#[tokio::test]
async fn the_newest_policy_that_applied_is_in_force() {
    let rig = Rig::new().await;
    for (version, from) in [(2, DAY_MS), (3, DAY_MS), (4, 3 * DAY_MS)] {
        rig.sql(&format!(
            "insert into policies (id, name, version, applies_from, created_at, rules)
             values ({}, 'standard', {version}, {}, 0, '{{}}')",
            hex(Uuid::from_u128(version)),
            NOON + from
        ))
        .await;
    }
    let book = rig.store.read().await.unwrap().rule_book().await.unwrap();
    let facts = |offset| Facts {
        event: "sale",
        products: &[],
        sale: Sale { at: at(offset), amount: 0, milestones: Milestones::default() },
    };
    let chosen = |offset| book.choose(PolicyScope::Partners, &facts(offset), &[]).unwrap().map(|one| one.id.uuid());
    let in_force = |offset| chosen(offset).map(|id| id.as_u128() & 0xff);
    assert_eq!([0, DAY_MS, 2 * DAY_MS, 3 * DAY_MS].map(in_force), [Some(1), Some(3), Some(3), Some(4)]);
    assert!(chosen(-NOON - 1).is_none());
}

#[tokio::test]
async fn a_job_that_fails_waits_and_keeps_no_other_from_being_done() {
    let rig = Rig::new().await;
    let browser = Some(visitor(1));
    let sales: Vec<_> = (1..=3).map(|n| pixel(&format!("order_id={n}&amount=1&currency=EUR"), browser, n * MINUTE)).collect();
    rig.feed(&[click(0, browser, 0)]).await;
    rig.feed(&sales).await;
    let second = "new.occurred_at = (select occurred_at from conversions where order_id = '2')";
    rig.refuse("credits", second, "a defect").await;
    assert_eq!(attribute::tick(&rig.store, at(0), 10).await.unwrap(), 3);
    assert_eq!(rig.number("select count(*) from credits").await, 2);
    assert_eq!(rig.texts("select last_error from jobs where attempts = 1").await.len(), 1);
    assert!(rig.texts("select last_error from jobs").await[0].contains("a defect"));
    assert_eq!(attribute::tick(&rig.store, at(999), 10).await.unwrap(), 0, "not due yet");
    assert_eq!(attribute::tick(&rig.store, at(1_000), 10).await.unwrap(), 1);
    assert_eq!(rig.number(&format!("select due_at - {NOON} from jobs")).await, 3_000);
    rig.sound().await;
    rig.refuse_no_more("credits").await;
    assert_eq!(attribute::tick(&rig.store, at(HOUR_MS), 10).await.unwrap(), 1);
    assert_eq!(rig.credit("2").await, percents([("ANNA", 100)]));
    rig.sound().await;
}

#[tokio::test]
async fn a_conversion_without_a_policy_or_an_amount_says_so_and_is_done() {
    let rig = Rig::new().await;
    rig.settle(&[click(0, Some(visitor(1)), 0), pixel("event=lead&customer_id=kim", Some(visitor(1)), 1)]).await;
    assert_eq!(rig.number("select sum(share) from credits where amount = 0 and currency is null").await, 1_000_000_000);
    rig.sql("update policies set applies_from = 9000000000000").await;
    rig.settle(&[pixel("order_id=1", None, 0)]).await;
    assert_eq!(
        rig.texts("select summary from conversions where order_id = '1'").await,
        ["no policy was in force at the time of this conversion"]
    );
    rig.sound().await;
}

#[tokio::test]
async fn salts_rotate_daily_and_are_gone_after_two_days() {
    let rig = Rig::new().await;
    let (mut versions, mut secrets) = (Vec::new(), Vec::new());
    for hours in [0, 1, 23, 24, 30, 48, 73] {
        retention::tick(&rig.store, at(hours * HOUR_MS)).await.unwrap();
        let mut tx = rig.store.write().await.unwrap();
        let salt = tx.current_salt(at(hours * HOUR_MS)).await.unwrap();
        versions.push(((salt.created_at - at(0)) / HOUR_MS, tx.newest_change().await.unwrap().unwrap().version));
        drop(tx);
        secrets.push(salt.secret);
        assert!(rig.number(&format!("select min(created_at) - {NOON} from salts")).await >= (hours - 48) * HOUR_MS);
    }
    assert_eq!(versions, [(0, 1), (0, 1), (0, 1), (24, 2), (24, 2), (48, 3), (73, 4)]);
    if STORE == Kind::Postgres {
        // There it is overwritten when the server cleans up, in its own time.
        return;
    }
    // Thrown away is not in the file either: the pages that held it were overwritten.
    rig.sql("pragma wal_checkpoint(truncate)").await;
    for (secret, kept) in secrets.iter().zip([false, false, false, false, false, true, true]) {
        let found = super::super::program::files_with(rig.path(), secret);
        assert_eq!(!found.is_empty(), kept, "{found:?}");
    }
}

#[tokio::test]
async fn answers_and_changes_are_kept_for_a_week() {
    let rig = Rig::new().await;
    rig.feed(&[stated("1", "k1:a", 1, 0)]).await;
    for (days, left) in [(7, 1), (8, 0)] {
        retention::tick(&rig.store, at(days * DAY_MS)).await.unwrap();
        assert_eq!(rig.number("select count(*) from idempotency").await, left);
    }
}

#[tokio::test]
async fn the_loop_runs_when_woken_and_ends_when_told() {
    let rig = Rig::new().await;
    let (wake, (done, mut done_seen), (stop, stopping)) = (Arc::new(Notify::new()), watch::channel(0), watch::channel(false));
    let told = move || done.send_modify(|ticks| *ticks += 1);
    let running = tokio::spawn(attribute::run(rig.store.clone(), Clock::manual(at(0)), wake.clone(), told, stopping));
    for order in 1..=3 {
        rig.feed(&[pixel(&format!("order_id={order}&code=anna"), None, 0)]).await;
        wake.notify_one();
        done_seen.wait_for(|ticks| *ticks >= order).await.unwrap();
        assert_eq!(rig.credit(&order.to_string()).await, percents([("ANNA", 100)]));
    }
    stop.send(true).unwrap();
    running.await.unwrap();
}

#[tokio::test]
async fn intake_has_its_turn_between_the_steps_of_closing_a_day() {
    let rig = Rig::new().await;
    const EARLIER: i64 = -3 * DAY_MS;
    rig.settle(&[click(0, Some(visitor(1)), EARLIER), pixel("order_id=1", Some(visitor(1)), EARLIER + 1)]).await;
    let day = at(EARLIER).day();
    let closed = std::cell::Cell::new(false);
    let closing = async {
        days::close(&rig.store, day).await.unwrap();
        closed.set(true);
    };
    // It asks while the first step holds what all who write take turns for, and so comes after that one.
    let writing = async {
        let turn = rig.store.write().await.unwrap();
        assert!(!closed.get(), "a day is not closed in one go");
        turn.commit().await.unwrap();
        rig.feed(&[click(1, Some(visitor(2)), EARLIER + MINUTE)]).await
    };
    let ((), recorded) = tokio::join!(closing, writing);
    assert_eq!(recorded.touchpoints, 1, "{recorded:?}");
    assert!(closed.get() && rig.number("select count(*) from closed_days").await == 1);
    rig.sound().await;
}
