//! A year of a large program: 200 partners, 2,000 links, clicks by the million, 300,000 conversions with their credits, and the
//! hours as the drain would have counted them; `deals.rs` adds what is sold by hand.

use std::path::Path;
use std::time::Duration;

use kudos::clock::Clock;
use kudos::config::{DatabaseUrl, Pool};
use kudos::domain::audit::{Actor, By};
use kudos::domain::id::{PartnerId, UserId};
use kudos::domain::partner::Status;
use kudos::domain::time::DAY_MS;
use kudos::domain::user::{User, UserRole};
use kudos::store::Store;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Row, SqliteConnection};
use uuid::Uuid;

use super::deals;
use super::visit::{Server, Visitor};

/// Touchpoints of a store that nobody wanted smaller.
pub const TOUCHPOINTS: i64 = 10_000_000;
const DAYS: i64 = 365;
const CONVERSIONS: i64 = 300_000;
const NO_ID: &str = "x'00000000000000000000000000000000'";

/// What each click is, from its number: ids that grow with time, links of which few have most, and so on.
fn clicks(count: i64, begin: i64, step: i64) -> String {
    format!(
        "with recursive n (n) as (select 0 union all select n + 1 from n where n < {count} - 1),
        h as (select n, {begin} + n * {step} / 1000 as ms, (n * 2654435761 + 12345) % 1000003 as a,
            (n * 40503 + 7) % 65521 as b from n),
        c as (select n, ms, a, b, (a * a / 1000003) * 2000 / 1000003 as link,
            unhex(printf('%012x7%03x8%015x', ms, b % 4096, n)) as id,
            unhex(printf('%012x7%03x9%015x', ms, b % 4096, n / 2)) as visitor from h)"
    )
}

/// Makes the store of a data directory.
pub fn make(dir: &Path, count: i64) {
    std::fs::create_dir_all(dir).unwrap();
    let url = DatabaseUrl::sqlite(&dir.join("kudos.db"));
    runtime().block_on(async {
        let store = Store::open(&url, Pool::default()).await.unwrap();
        store.migrate().await.unwrap();
        store.close().await;
        let mut connection = open(&url).await;
        let end = Clock::System.now().as_millis();
        let begin = (Clock::System.now() - DAYS * DAY_MS).day().as_millis();
        let step = (end - begin) * 1000 / count;
        let parts = [
            people_and_links(begin),
            touchpoints(count, begin, step),
            rollups(),
            conversions(count, begin, step),
            deals::make(begin, end),
        ];
        for sql in parts.into_iter().flatten() {
            sqlx::query(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
        }
        connection.close().await.unwrap();
    });
}

async fn open(url: &DatabaseUrl) -> SqliteConnection {
    let options: SqliteConnectOptions = url.as_str().parse().unwrap();
    options.pragma("synchronous", "off").pragma("cache_size", "-500000").connect().await.unwrap()
}

fn people_and_links(begin: i64) -> Vec<String> {
    let numbers =
        |count: i64| format!("with recursive n (n) as (select 0 union all select n + 1 from n where n < {count} - 1)");
    vec![
        format!(
            "insert into partners (id, name, external_id, status, created_at, aliases) {}
            select unhex(printf('019000000000700080000000%08x', n)), 'Partner ' || n, 'p' || n, 'active', {begin}, '[]' from n",
            numbers(200)
        ),
        format!(
            "insert into campaigns (id, name, utm, created_at) {}
            select unhex(printf('019000000000700080000001%08x', n)), 'Campaign ' || n, '{{}}', {begin} from n",
            numbers(40)
        ),
        format!(
            "insert into links (id, partner_id, campaign_id, slug, slug_key, destination, utm, status, append_click_id, created_at)
            {} select unhex(printf('019000000000700080000002%08x', n)), unhex(printf('019000000000700080000000%08x', n % 200)),
                case when n % 3 = 0 then unhex(printf('019000000000700080000001%08x', n % 40)) end, printf('s%04x', n),
                printf('s%04x', n), printf('https://shop.example.com/collections/summer/items/%06d', n),
                '{{\"source\":\"partner\"}}', 'active', 1, {begin} from n",
            numbers(2_000)
        ),
        format!(
            "insert into codes (id, partner_id, code, status, created_at) {}
            select unhex(printf('019000000000700080000003%08x', n)), unhex(printf('019000000000700080000000%08x', n % 200)),
                printf('CODE%04d', n), 'active', {begin} from n",
            numbers(500)
        ),
    ]
}

fn touchpoints(count: i64, begin: i64, step: i64) -> Vec<String> {
    vec![format!(
        "insert into touchpoints (id, kind, team, occurred_at, verdict, partner_id, link_id, campaign_id, visitor_id, country,
            browser, os, device, referrer, params) {}
        select id, 'click', 'partner', ms, case when b % 20 = 0 then 'bot' when b % 20 = 1 then 'duplicate' else 'valid' end,
            unhex(printf('019000000000700080000000%08x', link % 200)), unhex(printf('019000000000700080000002%08x', link)),
            case when link % 3 = 0 then unhex(printf('019000000000700080000001%08x', link % 40)) end, visitor,
            substr('DEDEDEDEDEATATCHCHFRFRITESNLBEPLGBUSUSCA', b % 20 * 2 + 1, 2), 'Firefox', 'Linux',
            case b % 5 when 0 then 'tablet' when 1 then 'desktop' when 2 then 'desktop' else 'phone' end,
            'https://blog.example.com/articles', '{{}}' from c",
        clicks(count, begin, step)
    )]
}

fn rollups() -> Vec<String> {
    vec![format!(
        "insert into rollups (hour, link_id, campaign_id, country, device, partner_id, clicks, clicks_all, views)
        select occurred_at - occurred_at % 3600000, link_id, coalesce(campaign_id, {NO_ID}), country, device, min(partner_id),
            sum(verdict = 'valid'), count(*), 0
        from touchpoints group by 1, 2, 3, 4, 5"
    )]
}

fn conversions(count: i64, begin: i64, step: i64) -> Vec<String> {
    let each = (count / CONVERSIONS).max(2);
    let (from, policy) = (clicks(count, begin, step), "x'00000000000070008000000000000001'");
    let id = "unhex(printf('%012x7%03x8%015x', ms + 3600000, b % 4096, n))";
    let currency = "case when n % 10 = 0 then 'USD' else 'EUR' end";
    let amount = "case when n % 10 < 7 then 500 + b end";
    let credit = |tail: &str, share: i64, link: &str| {
        format!(
            "insert into credits (id, conversion_id, touchpoint_id, partner_id, link_id, campaign_id, share, amount, currency,
                policy_id, reason, occurred_at, created_at) {from}
            select unhex(printf('%012x7%03x{tail}%015x', ms + 3600000, b % 4096, n)), {id}, id,
                unhex(printf('019000000000700080000000%08x', {link} % 200)),
                unhex(printf('019000000000700080000002%08x', {link})),
                case when {link} % 3 = 0 then unhex(printf('019000000000700080000001%08x', {link} % 40)) end,
                {share}, coalesce({amount}, 0) * {share} / 1000000000, {currency}, {policy}, 'an even part of two clicks',
                ms + 3600000, ms + 3600000 from c where n % {each} = 0"
        )
    };
    vec![
        format!(
            "insert into conversions (id, event, unique_key, order_id, amount, currency, customer_id, click_id, visitor_id, source,
                occurred_at, recorded_at, items, params, attributed_at, policy_id, summary, code) {from}
            select {id}, case when n % 10 < 7 then 'sale' when n % 10 < 9 then 'lead' else 'signup' end, 'o' || n, 'o' || n,
                {amount}, {currency}, 'c' || (n / {each} / 3), id, visitor, 'postback', ms + 3600000, ms + 3600000, '[]', '{{}}',
                ms + 3600000, {policy}, 'shared evenly among two clicks', case when n % 50 = 0 then printf('CODE%04d', n % 500) end
            from c where n % {each} = 0"
        ),
        credit("8", 500_000_000, "link"),
        credit("9", 500_000_000, "((link * 7 + 3) % 2000)"),
        format!(
            "insert into conversion_visitors (conversion_id, visitor_id) {from}
            select {id}, visitor from c where n % {each} = 0"
        ),
        "insert into customers (id, key, first_seen_at) select customer_id, min(id), min(occurred_at) from conversions
            group by customer_id"
            .into(),
        "insert into customer_visitors (customer_id, visitor_id, known_at)
            select customer_id, visitor_id, min(occurred_at) from conversions group by 1, 2"
            .into(),
    ]
}

/// Waits until every day but the last two is closed.
pub fn until_days_are_closed(dir: &Path) {
    let url = DatabaseUrl::sqlite(&dir.join("kudos.db"));
    runtime().block_on(async {
        let mut connection = open(&url).await;
        let wanted = "select (select max(hour) from rollups) / 86400000 - (select min(hour) from rollups) / 86400000 as days";
        let days: i64 = sqlx::query(wanted).fetch_one(&mut connection).await.unwrap().get("days");
        loop {
            let closed = sqlx::query("select count(*) as closed from closed_days").fetch_one(&mut connection).await;
            if closed.is_ok_and(|row| row.get::<i64, _>("closed") >= days - 1) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        connection.close().await.unwrap();
    });
}

/// An admin, and somebody of the partner with the most clicks.
pub fn people(dir: &Path, server: &Server) -> (Visitor, Visitor) {
    let url = DatabaseUrl::sqlite(&dir.join("kudos.db"));
    let secrets = runtime().block_on(async {
        let store = Store::open(&url, Pool::default()).await.unwrap();
        let at = Clock::System.now();
        let by = By { actor: Actor::Operator, at };
        let mut tx = store.write().await.unwrap();
        let partner = PartnerId::from(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000));
        let user = User {
            id: UserId::mint(at),
            email: format!("partner{}@example.com", at.as_millis()),
            name: "Bench".into(),
            role: UserRole::Partner,
            partner_id: Some(partner),
            language: None,
            status: Status::Active,
            created_at: at,
        };
        tx.add_user(by, &user).await.unwrap();
        let secrets = (
            tx.invite(by, None, at + DAY_MS).await.unwrap(),
            tx.invite(by, Some(user.id), at + DAY_MS).await.unwrap(),
            format!("admin{}@example.com", at.as_millis()),
            user.email,
        );
        tx.commit().await.unwrap();
        store.close().await;
        secrets
    });
    (Visitor::invited(server, &secrets.0, &secrets.2), Visitor::invited(server, &secrets.1, &secrets.3))
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}
