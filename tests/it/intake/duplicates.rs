//! The verdict `duplicate`: within 30 minutes after one that counts, of the same kind, visitor and link.

use super::*;
use kudos::store::DUPLICATE_WINDOW_MS;

async fn check(hits: &[Hit<'_>], expected: &[&str]) {
    let together = Rig::new().await;
    together.settle(hits).await;
    assert_eq!(together.verdicts().await, expected, "as one batch");
    together.sound().await;
    let apart = Rig::new().await;
    for hit in hits {
        apart.settle(std::slice::from_ref(hit)).await;
    }
    assert_eq!(apart.verdicts().await, expected, "each alone");
    apart.sound().await;
}

#[tokio::test]
async fn thirty_minutes_are_within_and_a_millisecond_more_is_not() {
    let anna = Some(visitor(1));
    check(&[click(0, anna, 0), click(0, anna, DUPLICATE_WINDOW_MS)], &["valid", "duplicate"]).await;
    check(&[click(0, anna, 0), click(0, anna, DUPLICATE_WINDOW_MS + 1)], &["valid", "valid"]).await;
    check(&[click(0, anna, 0), click(0, anna, 0)], &["valid", "duplicate"]).await;
}

#[tokio::test]
async fn the_window_is_measured_from_the_one_that_counts() {
    let clicks: Vec<_> = [0, 20, 31, 40, 62].map(|minute| click(0, Some(visitor(1)), minute * MINUTE)).into();
    check(&clicks, &["valid", "duplicate", "valid", "duplicate", "valid"]).await;
}

#[tokio::test]
async fn another_link_kind_or_visitor_is_no_duplicate() {
    let (first, second) = (Some(visitor(1)), Some(visitor(2)));
    check(&[click(0, first, 0), click(1, first, 1), view(0, first, 2), click(0, second, 3)], &["valid"; 4]).await;
    check(&[view(0, first, 0), view(0, first, 1)], &["valid", "duplicate"]).await;
    check(&[click(0, None, 0), click(0, None, 1)], &["valid"; 2]).await;
}

#[tokio::test]
async fn what_does_not_count_makes_no_duplicates() {
    let mut robot = click(0, Some(visitor(1)), 0);
    robot.user_agent = "Robot".into();
    let mut again = click(0, Some(visitor(1)), 2);
    again.user_agent = "Robot".into();
    check(&[robot, click(0, Some(visitor(1)), 1), again], &["bot", "valid", "bot"]).await;
}

#[tokio::test]
async fn a_browser_that_is_new_with_its_hit_is_remembered_for_the_next() {
    let new = VisitorId::from(id::mint(at(0)));
    check(&[click(0, Some(new), 0), click(0, Some(new), 5)], &["valid", "duplicate"]).await;
}

#[tokio::test]
async fn a_duplicate_is_still_the_latest_touch() {
    let rig = Rig::new().await;
    rig.sql("update policies set rules = '{\"model\":\"last\"}'").await;
    let browser = Some(visitor(1));
    let hits = [click(0, browser, 0), click(1, browser, 5 * MINUTE), click(0, browser, 10 * MINUTE)];
    rig.settle(&hits).await;
    rig.settle(&[pixel("order_id=1&amount=10&currency=EUR", browser, 20 * MINUTE)]).await;
    assert_eq!(rig.credit("1").await, percents([("ANNA", 100)]));
    rig.sound().await;
}
