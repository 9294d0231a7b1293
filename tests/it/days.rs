//! Closed days: their sums say what the hours and conversions say, also after something late.

use kudos::clock::Clock;
use kudos::domain::report::{Funnel, GroupBy, Performance};
use kudos::domain::time::{DAY_MS, HOUR_MS, Time};
use kudos::store::{Narrow, Period, Store};
use serde_json::json;

use super::server::Server;
use crate::database::{self, by_hand};

type Figures = (Vec<(GroupBy, Vec<Performance>)>, Funnel);

/// Days that are closed, and days of the figures: enough for a block of 16.
const CLOSED: i64 = 50;
const ASKED: i64 = 40;

/// Every figure of the last days.
async fn figures(store: &Store, narrow: &Narrow, today: Time) -> Figures {
    let period = Period { from: today - ASKED * DAY_MS, to: today + DAY_MS };
    let mut tx = store.read().await.unwrap();
    let mut all = Vec::new();
    for &group_by in GroupBy::ALL {
        let mut rows = tx.figures(group_by, period, narrow).await.unwrap();
        rows.sort_by(|one, other| one.key.cmp(&other.key));
        all.push((group_by, rows));
    }
    let links = tx.figures(GroupBy::Link, period, narrow).await.unwrap();
    for most in 1..=links.len() + 1 {
        let leading = tx.leading_links(period, narrow, most).await.unwrap();
        let expected = links.iter().take(most).cloned().collect::<Vec<_>>();
        assert_eq!((leading.rows, leading.count), (expected, links.len()), "{most}");
    }
    (all, tx.funnel(1, period, narrow).await.unwrap())
}

async fn close(store: &Store, days: impl IntoIterator<Item = Time>) {
    for day in days {
        kudos::jobs::days::close(store, day).await.unwrap();
    }
}

#[test]
fn sums_of_closed_days_say_the_same_also_after_something_late() {
    let server = Server::start();
    let now = Clock::System.now();
    let (today, yesterday) = (now.day(), now.day() - DAY_MS);
    let partners = ["Fern", "Moss"].map(|name| server.partner(name));
    let campaign = server.ok("POST", "/campaigns", json!({ "name": "Spring" }))["id"].clone();
    let mut links = Vec::new();
    for (place, partner) in partners.iter().enumerate() {
        let slug = format!("s{place}");
        let campaign = if place == 0 { campaign.clone() } else { json!(null) };
        let wanted =
            json!({ "partner_id": partner, "slug": slug, "destination": "https://shop.example/", "campaign_id": campaign });
        links.push(server.ok("POST", "/links", wanted)["id"].clone());
        server.ok("POST", "/codes", json!({ "partner_id": partner, "code": slug }));
        let click = server.get(&format!("/{slug}")).click_id();
        server.get_with(&format!("/{slug}"), &[("user-agent", super::server::BROWSER), ("accept-language", "de")]);
        let earlier = today - 30 * DAY_MS;
        for (event, when, number) in
            [("sale", now, 1), ("lead", earlier, 2), ("sale", yesterday + 7, 3), ("signup", yesterday, 4)]
        {
            let order = format!("o-{place}-{number}");
            let currency = if number == 3 { "USD" } else { "EUR" };
            let sale = json!({ "event": event, "order_id": order, "amount": 1_000 * number, "currency": currency, "code": slug,
                "click_id": click, "occurred_at": when.to_string() });
            server.ok("POST", "/conversions", sale);
            server.attributed(&order);
        }
    }
    let url = server.database();
    let late = |order: &str| {
        let sale = json!({ "event": "sale", "order_id": order, "amount": 77, "currency": "EUR", "code": "s0",
            "occurred_at": (yesterday + 9).to_string() });
        server.ok("POST", "/conversions", sale);
        server.attributed(order);
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let store = runtime.block_on(database::open(&url));
    let link_id = links[0].as_str().and_then(|id| id.parse().ok());
    let campaign_id = campaign.as_str().and_then(|id| id.parse().ok());
    let narrows = [
        Narrow::default(),
        Narrow { partner_id: Some(partners[0].parse().unwrap()), ..Narrow::default() },
        Narrow { campaign_id, ..Narrow::default() },
        Narrow { link_id, ..Narrow::default() },
    ];
    let all = || narrows.each_ref().map(|narrow| runtime.block_on(figures(&store, narrow, today)));
    let open = all();
    assert!(open[0].0[0].1[0].conversions == 8 && open[1].0[0].1[0].conversions == 4, "{open:?}");
    let counted = |sql: &'static str| by_hand(&url, async move |hand| hand.number(sql).await);

    // A day so far: its first hour is summed up some time after its end.
    let so_far = || runtime.block_on(kudos::jobs::days::sum_so_far(&store, yesterday + 9 * HOUR_MS / 4)).unwrap();
    so_far();
    assert!(counted("select count(*) from money_days where days = 0") > 0);
    assert_eq!(all(), open);
    late("soon");
    assert_eq!(counted("select count(*) from late_days"), 2, "for the conversion, and for its credits");
    let open = all();
    assert_eq!(open[0].0[0].1[0].conversions, 9, "what is late counts at once");
    so_far();
    assert_eq!(counted("select count(*) from late_days"), 0);
    assert_eq!(all(), open);
    runtime.block_on(kudos::jobs::days::sum_so_far(&store, today + 5 * HOUR_MS / 4)).unwrap();
    assert_eq!(all(), open, "to the end of the day");
    assert_eq!(counted("select until / 3600000 % 24 from begun_days"), 0);
    server.get("/s0");
    assert_eq!(counted("select count(*) from late_days"), 0, "what comes in time is not noted");

    let open = all();
    runtime.block_on(close(&store, (0..CLOSED).map(|days| today - days * DAY_MS)));
    assert_eq!(all(), open);
    assert_eq!(counted("select count(*) from touch_days where days = 0"), 0, "a closed day is not so far any more");
    assert_eq!(counted("select count(*) from begun_days"), 0);
    let blocks = counted("select count(distinct days) from money_days");
    assert!(blocks >= 3, "of 1, 2 and 4 days at least: {blocks}");
    late("late");
    let after = all();
    assert_eq!(after[0].0[0].1[0].conversions, 10, "what is late counts at once");
    assert_ne!(after[1], open[1]);
    let due = |now| runtime.block_on(async { store.read().await.unwrap().days_to_close(now, 9).await.unwrap() });
    assert_eq!(due(today), [yesterday]);
    runtime.block_on(close(&store, [yesterday, today]));
    assert_eq!(all(), after);
    assert!(due(today).is_empty());
    runtime.block_on(store.close());
}
