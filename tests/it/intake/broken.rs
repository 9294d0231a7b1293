//! Each invariant, broken by hand, is reported.

use super::*;

const BREAKS: &[(&str, &str)] = &[
    ("sum to exactly 1", "update credits set share = share - 1"),
    ("sum to exactly 1", "delete from credits where id = (select id from credits order by id limit 1)"),
    ("sum to its amount", "update credits set amount = amount + 1 where id = (select id from credits order by id limit 1)"),
    ("sum to its amount", "delete from conversions where order_id = '1'"),
    ("in the currency", "update credits set currency = 'USD'"),
    ("names a touchpoint of its partner", "update credits set touchpoint_id = x'01'"),
    ("names a touchpoint of its partner", "update touchpoints set partner_id = x'01'"),
    ("stands names a partner", "delete from partners where name = 'ANNA'"),
    ("names a policy version", "delete from policies"),
    ("names a policy version", "update conversions set policy_id = null"),
    ("without credit says why", "update conversions set summary = null where order_id = '2'"),
    ("has a job", "update conversions set attributed_at = null"),
    ("a job names a conversion", "insert into jobs (kind, subject, due_at, attempts) values ('attribute', x'01', 0, 0)"),
    ("a repeat names", "update conversion_repeats set conversion_id = x'01'"),
    ("a repeat names", "update conversion_repeats set id = (select id from conversions order by id limit 1)"),
    (
        "refunds",
        "insert into refunds (id, conversion_id, amount, reason, created_at) select x'01', id, amount + 1, '', 0 from conversions where order_id = '1'",
    ),
    (
        "hourly counts",
        "update rollups set clicks = clicks + 1 where link_id = (select link_id from rollups order by link_id limit 1)",
    ),
    ("hourly counts", "update rollups set clicks_all = 0"),
    ("hourly counts", "update rollups set views = views + 1"),
    ("hourly counts", "delete from rollups"),
    ("hourly counts", "update rollups set device = 'mobile'"),
    ("hourly counts", "update touchpoints set verdict = 'bot' where kind = 'click'"),
    ("a touchpoint's link exists", "update touchpoints set link_id = x'01' where kind = 'click'"),
    ("a link names a partner", "update links set partner_id = x'01'"),
    ("a code names a partner", "update codes set partner_id = x'01'"),
    ("every reference leads somewhere", "update links set campaign_id = x'01'"),
    ("has its browser", "delete from conversion_visitors"),
    ("something names is known", "delete from customers where id = 'kim'"),
    ("something names is known", "update accounts set customer_id = 'nobody'"),
    ("something names is known", "update deals set customer_id = 'nobody'"),
    ("leads to one identity", "delete from customer_groups where customer_id = 'lee'"),
    ("leads to one identity", "update customer_groups set identity = 'kim' where customer_id = 'lee'"),
    ("whom a buyer named", "update conversions set heard_partner_id = x'01' where order_id = '3'"),
    ("whom a buyer named", "update touchpoints set verdict = 'superseded' where kind = 'self_reported'"),
    (
        "given of a conversion by hand",
        "insert into manual_credits (id, conversion_id, partner_id, share, reason, author, created_at)
            select id, id, x'01', 1000000001, '', '', 0 from conversions where order_id = '1'",
    ),
    (
        "given of a conversion by hand",
        "insert into manual_credits (id, conversion_id, partner_id, share, reason, author, created_at)
            values (x'01', x'01', x'01', 1, '', '', 0)",
    ),
    ("the stage that its history ends with", "update deals set stage_id = (select id from deal_stages where name = 'demo')"),
    ("the stage that its history ends with", "delete from deal_history"),
    ("if, and only if, it is won or lost", "update deals set closed_at = opened_at"),
    ("names its deal and its touchpoint", "update deal_registrations set status = 'approved' where account_name = 'Acme'"),
    (
        "only the first waits",
        "insert into deal_registrations (id, partner_id, account_name, name_key, status, expires_at, created_at)
            select x'70', partner_id, account_name, name_key, status, expires_at, created_at from deal_registrations",
    ),
    ("every reference leads somewhere", "update accounts set parent_id = x'01'"),
    ("every reference leads somewhere", "update touchpoints set deal_id = x'01' where kind = 'click'"),
    (
        "a closed day equal a recount of its hours",
        "update touch_days set clicks = clicks + 1 where grouped_by = 'link' and days = 1",
    ),
    ("a closed day equal a recount of its hours", "delete from touch_days"),
    ("money of a closed day", "update money_days set revenue = revenue - 1 where grouped_by = 'all' and days = 1"),
    ("money of a closed day", "delete from money_days where days = 1"),
    ("clicks of a block of days", "update touch_days set views = views + 1 where days = 4"),
    ("clicks of a block of days", "update touch_days set clicks = 7 where grouped_by = 'country' and days = 1"),
    ("money of a block of days", "update money_days set credited = credited + 1 where days = 4"),
    ("what is kept of a deal", "update deal_standings set kinds = '[\"demo\"]'"),
    ("what is kept of a deal", "update deal_standings set holds_from = 1"),
];

/// An account, an open deal and a registration that waits.
fn opportunities() -> String {
    let [account, deal, entry, registration] = [0x60, 0x61, 0x62, 0x63].map(|id| hex(Uuid::from_u128(id)));
    format!(
        "insert into accounts (id, name, name_key, created_at) values ({account}, 'Acme', 'acme', 0);
        insert into deals (id, name, account_id, stage_id, opened_at, created_at)
            select {deal}, 'Acme', {account}, id, 0, 0 from deal_stages where name = 'new';
        insert into deal_history (id, deal_id, stage_id, at, author, recorded_at)
            select {entry}, {deal}, stage_id, 0, 'system', 0 from deals;
        insert into deal_registrations (id, partner_id, account_name, name_key, status, expires_at, created_at)
            values ({registration}, {}, 'Acme', 'acme', 'pending', 0, 0)",
        hex(partner(0))
    )
}

/// Closes the four days of a block, and keeps what partners have done for deals.
async fn keep(rig: &Rig) {
    let first = at(0).day().as_millis() / DAY_MS / 4 * 4;
    for day in first..first + 4 {
        kudos::jobs::days::close(&rig.store, Time::from_millis(day * DAY_MS)).await.unwrap();
    }
    let mut tx = rig.store.write().await.unwrap();
    tx.keep_standings(at(0), 10).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn each_broken_invariant_is_reported() {
    for (invariant, sql) in BREAKS {
        let rig = Rig::new().await;
        let browser = Some(visitor(1));
        let first = click(0, browser, 0);
        rig.settle(&[
            first.clone(),
            click(1, browser, 1),
            view(0, browser, 2),
            pixel(&format!("order_id=1&amount=10&currency=EUR&click_id={}", click_id(&first)), browser, MINUTE),
            pixel("order_id=2&amount=10&currency=EUR", None, MINUTE),
            pixel("order_id=1&amount=10&currency=EUR", browser, 2 * MINUTE),
        ])
        .await;
        rig.sql("insert into partner_names (name_key, partner_id) select lower(name), id from partners").await;
        rig.settle(&[pixel("order_id=3&amount=10&currency=EUR&customer_id=kim&heard_from=anna", None, MINUTE)]).await;
        people::merge(&rig, "kim", "lee").await;
        rig.attribute().await;
        rig.sql(&opportunities()).await;
        keep(&rig).await;
        rig.sound().await;
        rig.sql(sql).await;
        let broken = rig.check().await;
        assert!(broken.iter().any(|found| found.invariant.contains(invariant) && found.count > 0), "{sql}: {broken:?}");
    }
}

#[tokio::test]
async fn an_order_counted_twice_is_reported() {
    let rig = Rig::new().await;
    // The table without its unique key, as it would be had a migration lost it.
    rig.sql("create table copy as select * from conversions").await;
    match STORE {
        Kind::Sqlite => rig.sql("drop table refunds; create table refunds (id, conversion_id, amount)").await,
        Kind::Postgres => rig.sql("alter table refunds drop constraint refunds_conversion_id_fkey").await,
    }
    rig.sql("drop table conversions; alter table copy rename to conversions").await;
    rig.sql("insert into conversions (id, event, unique_key, attributed_at, summary) values (x'01010101010101010101010101010101', 'sale', 'order:1', 0, 'x'),
        (x'02020202020202020202020202020202', 'sale', 'order:1', 0, 'x')").await;
    let broken = rig.check().await;
    assert!(broken.iter().any(|found| found.invariant.contains("counted twice") && found.count == 1), "{broken:?}");
}

#[tokio::test]
async fn a_damaged_file_is_reported() {
    use std::os::unix::fs::FileExt as _;
    let rig = Rig::new().await;
    let hits: Vec<_> = (0..2_000).map(|n| click(0, None, n)).collect();
    rig.feed(&hits).await;
    let Rig { dir, store, hand } = rig;
    if STORE == Kind::Postgres {
        // It watches over its files itself.
        return;
    }
    hand.close().await;
    store.close().await;
    let path = dir.path().join("kudos.db");
    let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
    let pages = file.metadata().unwrap().len() / 4096;
    file.write_all_at(&[0xff; 64], (pages - 2) * 4096).unwrap();
    let store = database::open(&STORE.url(dir.path())).await;
    let found = store.read().await.unwrap().check().await;
    // Reported where the check gets that far; else the statement that met the page fails.
    assert!(found.is_err() || found.unwrap().iter().any(|broken| broken.invariant.contains("file is sound")));
}
