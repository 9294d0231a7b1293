//! Deals of the same year: 5,000 of them, each with 10 to 50 touchpoints of partners and of our own teams, half of which name
//! the deal and half only its customer.

const DEALS: i64 = 5_000;
const DAY_MS: i64 = 86_400_000;

/// What each deal is, from its number: when it was opened, and what has become of it by `end`.
fn deals(begin: i64, end: i64) -> String {
    format!(
        "with recursive n (n) as (select 0 union all select n + 1 from n where n < {DEALS} - 1),
        d as (select n, {begin} + n * ({end} - {begin}) / {DEALS} as opened, unhex(printf('019000000000700080000004%08x', n)) as id,
            unhex(printf('019000000000700080000005%08x', n)) as account, 'c' || (n * 20) as customer from n),
        o as (select *, case when opened + 30 * {DAY_MS} > {end} then 2 else n % 3 end as outcome from d)"
    )
}

/// The statements that make them.
pub fn make(begin: i64, end: i64) -> Vec<String> {
    let from = deals(begin, end);
    let stage =
        "unhex(printf('0000000000007000800000000000000%d', case outcome when 0 then 6 when 1 then 7 else 1 + n % 5 end))";
    let entry = |place: i64, stage: &str, at: &str| {
        format!(
            "insert into deal_history (id, deal_id, stage_id, at, author, recorded_at) {from}
            select unhex(printf('%012x7000800{place}%012x', {at}, n)), id, {stage}, {at}, 'system', {at} from o"
        )
    };
    vec![
        format!(
            "insert into customers (id, key, first_seen_at) {from}
            select customer, unhex(printf('%012x70008001%012x', opened, n)), opened from o where true on conflict do nothing"
        ),
        format!(
            "insert into accounts (id, name, name_key, domain, created_at) {from}
            select account, 'Company ' || n, 'company' || n, 'c' || n || '.example', opened from o"
        ),
        format!(
            "insert into deals (id, name, account_id, customer_id, amount, currency, owner, product, stage_id, opened_at,
                closed_at, created_at) {from}
            select id, 'Deal ' || n, account, customer, 100000 + n * 37 % 5000000, case when n % 10 = 0 then 'USD' else 'EUR' end,
                'Owner ' || n % 12, 'Product ' || n % 5, {stage}, opened,
                case when outcome < 2 then opened + 30 * {DAY_MS} end, opened from o"
        ),
        entry(0, "unhex('00000000000070008000000000000001')", "opened"),
        entry(1, stage, "opened + n % 30 * 86400000"),
        format!(
            "insert into touchpoints (id, kind, team, occurred_at, verdict, partner_id, customer_id, deal_id, params) {from},
            k (k) as (select 0 union all select k + 1 from k where k < 49),
            t as (select *, opened + (k - 15) * {DAY_MS} + n % 1000 as at from o cross join k where k < 10 + n % 41)
            select unhex(printf('%012x7%03x8002%012x', at, k, n)), case k % 4 when 0 then 'intro' when 1 then 'referral'
                    when 2 then 'demo' else 'co_sell' end,
                case k % 4 when 2 then 'sales' when 3 then 'partnerships' else 'partner' end, at, 'valid',
                case when n % 4 > 0 and k % 4 <> 2 then unhex(printf('019000000000700080000000%08x', (n * 7 + k / 8) % 200)) end,
                customer, case when k % 2 = 0 then id end, '{{}}' from t where at < {end}"
        ),
        "analyze".into(),
    ]
}
