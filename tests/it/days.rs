//! Closed days: their sums say what the hours and conversions say, also after something late.

use kudos::clock::Clock;
use kudos::domain::report::{Funnel, GroupBy, Performance};
use kudos::domain::time::{DAY_MS, HOUR_MS, Time};
use kudos::store::{Narrow, Period, Store};
use serde_json::json;
use tokio::runtime::Runtime;

use super::server::{Server, eventually};
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

/// Two partners, whose links and codes led to four conversions each: now, yesterday, and 30 days ago.
struct Program {
    server: Server,
    url: String,
    runtime: Runtime,
    store: Store,
    narrows: [Narrow; 4],
    today: Time,
    yesterday: Time,
}

impl Program {
    fn begin() -> Program {
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
                let sale = json!({ "event": event, "order_id": order, "amount": 1_000 * number, "currency": currency,
                    "code": slug, "click_id": click, "occurred_at": when.to_string() });
                server.ok("POST", "/conversions", sale);
                server.attributed(&order);
            }
        }
        let url = server.database();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let store = runtime.block_on(database::open(&url));
        let narrows = [
            Narrow::default(),
            Narrow { partner_id: Some(partners[0].parse().unwrap()), ..Narrow::default() },
            Narrow { campaign_id: campaign.as_str().and_then(|id| id.parse().ok()), ..Narrow::default() },
            Narrow { link_id: links[0].as_str().and_then(|id| id.parse().ok()), ..Narrow::default() },
        ];
        Program { server, url, runtime, store, narrows, today, yesterday }
    }

    /// What is late: a sale of yesterday.
    fn sell_late(&self, order: &str) {
        let sale = json!({ "event": "sale", "order_id": order, "amount": 77, "currency": "EUR", "code": "s0",
            "occurred_at": (self.yesterday + 9).to_string() });
        self.server.ok("POST", "/conversions", sale);
        self.server.attributed(order);
    }

    fn figures(&self) -> [Figures; 4] {
        self.narrows.each_ref().map(|narrow| self.runtime.block_on(figures(&self.store, narrow, self.today)))
    }

    /// Conversions in all, and those of the first partner.
    fn conversions(all: &[Figures; 4]) -> (i64, i64) {
        (all[0].0[0].1[0].conversions, all[1].0[0].1[0].conversions)
    }

    fn counted(&self, sql: &'static str) -> i64 {
        by_hand(&self.url, async move |hand| hand.number(sql).await)
    }

    fn close(&self, days: impl IntoIterator<Item = Time>) {
        self.runtime.block_on(async {
            for day in days {
                kudos::jobs::days::close(&self.store, day).await.unwrap();
            }
        });
    }

    fn sum_so_far(&self, now: Time) {
        self.runtime.block_on(kudos::jobs::days::sum_so_far(&self.store, now)).unwrap();
    }

    fn end(self) {
        self.runtime.block_on(self.store.close());
    }
}

#[test]
fn sums_of_closed_days_say_the_same_also_after_something_late() {
    let program = Program::begin();
    let (today, yesterday) = (program.today, program.yesterday);
    let open = program.figures();
    assert_eq!(Program::conversions(&open), (8, 4), "{open:?}");
    program.close((0..CLOSED).map(|days| today - days * DAY_MS));
    assert_eq!(program.figures(), open);
    let blocks = program.counted("select count(distinct days) from money_days");
    assert!(blocks >= 3, "of 1, 2 and 4 days at least: {blocks}");
    program.sell_late("late");
    let after = program.figures();
    assert_eq!(Program::conversions(&after).0, 9, "what is late counts at once");
    assert_ne!(after[1], open[1]);
    let due =
        |now| program.runtime.block_on(async { program.store.read().await.unwrap().days_to_close(now, 9).await.unwrap() });
    assert_eq!(due(today), [yesterday]);
    program.close([yesterday, today]);
    assert_eq!(program.figures(), after);
    assert!(due(today).is_empty());
    program.end();
}

#[test]
fn a_day_so_far_says_the_same_also_after_something_late() {
    const NOTES: &str = "select count(*) from late_days";
    const SO_FAR: &str = "select count(*) from money_days where days = 0";
    let program = Program::begin();
    let (today, yesterday) = (program.today, program.yesterday);
    by_hand(&program.url, async |hand| hand.sql("delete from late_days").await);
    let open = program.figures();
    // Its first hour is summed up some time after its end.
    program.sum_so_far(yesterday + 2 * HOUR_MS);
    assert_eq!(program.counted(SO_FAR), 0, "too soon");
    program.sum_so_far(yesterday + 9 * HOUR_MS / 4);
    assert!(program.counted(SO_FAR) > 0);
    assert_eq!(program.figures(), open);

    program.sell_late("late");
    assert_eq!(program.counted(NOTES), 2, "for the conversion, and for its credits");
    let after = program.figures();
    assert_eq!(Program::conversions(&after).0, 9, "what is late counts at once");
    program.sum_so_far(yesterday + 9 * HOUR_MS / 4);
    assert_eq!(program.counted(NOTES), 0);
    assert_eq!(program.figures(), after);

    program.sum_so_far(today + 5 * HOUR_MS / 4);
    assert_eq!(program.counted("select count(*) from begun_days where until = day + 86400000"), 2, "yesterday too is whole");
    assert_eq!(program.figures(), after);
    let clicked = || program.counted("select count(*) from touchpoints where kind = 'click'");
    let before = clicked();
    program.server.get("/s0");
    eventually("a click in the store", || (clicked() > before).then_some(()));
    assert_eq!(program.counted(NOTES), 0, "what comes in time is not noted");

    let after = program.figures();
    program.close([yesterday]);
    assert_eq!(program.counted(SO_FAR), 0);
    assert_eq!(program.counted("select count(*) from begun_days b join closed_days c on c.day = b.day"), 0);
    assert_eq!(program.figures(), after);
    program.end();
}
