//! The statements of intake, each over a whole batch (see `rows.rs`).
//!
//! `cross join` keeps SQLite to the order written: the batch first, then one look-up a row; Postgres finds that by itself. Every
//! insert is `on conflict do nothing`, so that a replay changes nothing (a copy fails, and is taken back); `where true` keeps SQLite from reading `on` as part of
//! a join. Rows that several nodes may write at once are written in the order of their key, so that none waits for the other.

use crate::store::dialect::PerDatabase;
use crate::store::kin::kin;
use crate::store::rows::batched;

/// Clicks and views. They are most of what is drained, and a copy costs Postgres half of what an insert from arrays does.
pub(super) const TOUCHPOINTS: PerDatabase = PerDatabase {
    postgres: "copy touchpoints (id, kind, team, occurred_at, verdict, partner_id, link_id, campaign_id, visitor_id, country,
        browser, os, device, referrer, params, client) from stdin (format binary)",
    ..batched!(
        1,
        [
            id id, kind text, team text, occurred_at int, verdict text, partner_id id, link_id id, campaign_id id, visitor_id id,
            country text, browser text, os text, device text, referrer text, params text, client bytes
        ],
        "insert into touchpoints (id, kind, team, occurred_at, verdict, partner_id, link_id, campaign_id, visitor_id, country,
            browser, os, device, referrer, params, client)
        select id, kind, team, occurred_at, verdict, partner_id, link_id, campaign_id, visitor_id, country, browser, os, device,
            referrer, params, client
        from batch where true on conflict do nothing"
    )
};

/// Which of these ids are stored already.
pub(super) const TOUCHPOINTS_STORED: PerDatabase =
    batched!(1, [id id], "select b.place as place from batch b cross join touchpoints t where t.id = b.id");

/// Which of these (visitor, link, kind, time) come within $1 milliseconds after one that counts.
pub(super) const DUPLICATES: PerDatabase = batched!(
    2,
    [visitor_id id, link_id id, kind text, at int],
    "select b.place as place from batch b cross join touchpoints t
    where t.visitor_id = b.visitor_id and t.occurred_at between b.at - $1 and b.at and t.link_id = b.link_id
        and t.kind = b.kind and t.verdict = 'valid'"
);

/// Adds to the hourly counts.
pub(super) const ROLLUPS: PerDatabase = batched!(
    1,
    [
        hour int, link_id id, campaign_id id, country text, device text, partner_id id, clicks int, clicks_all int,
        views int
    ],
    "insert into rollups (hour, link_id, campaign_id, country, device, partner_id, clicks, clicks_all, views)
    select hour, link_id, campaign_id, country, device, partner_id, clicks, clicks_all, views from batch where true
    on conflict (hour, link_id, campaign_id, country, device) do update set clicks = rollups.clicks + excluded.clicks,
        clicks_all = rollups.clicks_all + excluded.clicks_all, views = rollups.views + excluded.views"
);

/// Hits that cannot be used.
pub(super) const REJECTED: PerDatabase = batched!(
    1,
    [id id, source text, occurred_at int, query text, referrer text, user_agent text, reasons text],
    "insert into rejected (id, source, occurred_at, query, referrer, user_agent, reasons)
    select id, source, occurred_at, query, referrer, user_agent, reasons from batch where true on conflict do nothing"
);

/// The stored conversion of each (event, unique key).
pub(super) const CONVERSIONS_STORED: PerDatabase = batched!(
    1,
    [event text, unique_key text],
    "select b.place as place, c.id as id from batch b cross join conversions c
    where c.event = b.event and c.unique_key = b.unique_key"
);

/// Conversions.
pub(super) const CONVERSIONS: PerDatabase = batched!(
    1,
    [
        id id, event text, unique_key text, order_id text, amount int, currency text, customer_id text, click_id id,
        visitor_id id, code text, source text, occurred_at int, recorded_at int, items text, params text, heard_from text,
        heard_key text
    ],
    "insert into conversions (id, event, unique_key, order_id, amount, currency, customer_id, click_id, visitor_id, code,
        source, occurred_at, recorded_at, items, params, heard_from, heard_key)
    select id, event, unique_key, order_id, amount, currency, customer_id, click_id, visitor_id, code, source, occurred_at,
        recorded_at, items, params, heard_from, heard_key
    from batch where true on conflict do nothing"
);

/// The same reported again. What it repeats may itself be known as a repeat.
pub(super) const REPEATS: PerDatabase = batched!(
    1,
    [id id, repeated id, source text, recorded_at int, amount int, currency text],
    "insert into conversion_repeats (id, conversion_id, source, recorded_at, amount, currency)
    select id, coalesce((select r.conversion_id from conversion_repeats r where r.id = batch.repeated), repeated), source,
        recorded_at, amount, currency
    from batch where true on conflict do nothing"
);

/// What was answered under these idempotency keys.
pub(super) const ANSWERS: PerDatabase = batched!(
    1,
    [key text],
    "select i.key as key, i.request as request, i.body as body from batch b cross join idempotency i where i.key = b.key"
);

/// Keeps the answers to idempotency keys, as of $1.
pub(super) const KEEP_ANSWERS: PerDatabase = batched!(
    2,
    [key text, request bytes, status int, body text],
    "insert into idempotency (key, request, status, body, created_at)
    select key, request, status, body, $1 from batch where true order by 1 on conflict do nothing"
);

/// The browsers behind these new conversions: by cookie, and by click where the click is stored.
pub(super) const CONVERSION_VISITORS: PerDatabase = batched!(
    1,
    [id id],
    "insert into conversion_visitors (conversion_id, visitor_id)
    select c.id, c.visitor_id from batch b cross join conversions c where c.id = b.id and c.visitor_id is not null
    union
    select c.id, t.visitor_id from batch b cross join conversions c cross join touchpoints t
        where c.id = b.id and t.id = c.click_id and t.visitor_id is not null
    order by 1, 2 on conflict do nothing"
);

/// The clicks that these new conversions name and that have not arrived.
pub(super) const CONVERSIONS_AWAIT: PerDatabase = batched!(
    1,
    [id id],
    "insert into awaited_clicks (click_id, conversion_id, customer_id, since)
    select c.click_id, c.id, coalesce(c.customer_id, ''), c.recorded_at from batch b cross join conversions c
    where c.id = b.id and c.click_id is not null and not exists (select 1 from touchpoints t where t.id = c.click_id)
    order by 1, 2, 3 on conflict do nothing"
);

/// The browsers of the customers of these new conversions; returns the customers who have one more.
pub(super) const CUSTOMER_VISITORS: PerDatabase = batched!(
    1,
    [id id],
    "insert into customer_visitors (customer_id, visitor_id, known_at)
    select c.customer_id, v.visitor_id, c.recorded_at
    from batch b cross join conversions c cross join conversion_visitors v
    where c.id = b.id and v.conversion_id = c.id and c.customer_id is not null
    order by 1, 2 on conflict do nothing returning customer_id"
);

/// A touchpoint for each new conversion whose code is in use; it has the id of the conversion. Returns those ids.
pub(super) const CODE_TOUCHPOINTS: PerDatabase = batched!(
    1,
    [id id],
    "insert into touchpoints
    (id, kind, team, occurred_at, verdict, partner_id, code_id, campaign_id, visitor_id, customer_id, params)
    select c.id, 'code', 'partner', c.occurred_at, 'valid', k.partner_id, k.id, k.campaign_id, c.visitor_id, c.customer_id, '{}'
    from batch b cross join conversions c cross join codes k cross join partners p
    where c.id = b.id and k.code = c.code and k.status = 'active' and p.id = k.partner_id and p.status = 'active'
    on conflict do nothing returning id"
);

/// These customers use these browsers: by cookie, and by click where the click is stored. Returns the customers who have one more.
pub(super) const IDENTITIES: PerDatabase = batched!(
    1,
    [customer_id text, visitor_id id, click_id id, at int],
    "insert into customer_visitors (customer_id, visitor_id, known_at)
    select customer_id, visitor_id, at from batch where visitor_id is not null
    union all
    select b.customer_id, t.visitor_id, b.at from batch b cross join touchpoints t
        where t.id = b.click_id and t.visitor_id is not null
    order by 1, 2 on conflict do nothing returning customer_id"
);

/// The clicks that these identities name and that have not arrived; $1 is the conversion of those that wait for none.
pub(super) const IDENTITIES_AWAIT: PerDatabase = batched!(
    2,
    [customer_id text, visitor_id id, click_id id, at int],
    "insert into awaited_clicks (click_id, conversion_id, customer_id, since)
    select click_id, $1, customer_id, at from batch
    where click_id is not null and not exists (select 1 from touchpoints t where t.id = batch.click_id)
    order by 1, 3 on conflict do nothing"
);

/// Which of these touchpoints somebody waits for, and the conversions that do.
pub(super) const AWAITED: PerDatabase = batched!(
    1,
    [id id],
    "select a.click_id as click_id, a.conversion_id as conversion_id from batch b cross join awaited_clicks a
    where a.click_id = b.id"
);

/// The browsers of the conversions that waited for these clicks; $1 stands for none.
pub(super) const AWAITED_CONVERSION_VISITORS: PerDatabase = batched!(
    2,
    [id id],
    "insert into conversion_visitors (conversion_id, visitor_id)
    select a.conversion_id, t.visitor_id from batch b cross join awaited_clicks a cross join touchpoints t
    where a.click_id = b.id and t.id = a.click_id and t.visitor_id is not null and a.conversion_id <> $1
    order by 1, 2 on conflict do nothing"
);

/// The browsers of the customers who waited for these clicks; returns the customers who have one more.
pub(super) const AWAITED_CUSTOMER_VISITORS: PerDatabase = batched!(
    1,
    [id id],
    "insert into customer_visitors (customer_id, visitor_id, known_at)
    select a.customer_id, t.visitor_id, a.since from batch b cross join awaited_clicks a cross join touchpoints t
    where a.click_id = b.id and t.id = a.click_id and t.visitor_id is not null and a.customer_id <> ''
    order by 1, 2 on conflict do nothing returning customer_id"
);

/// Nobody waits for these clicks any more.
pub(super) const AWAITED_NO_MORE: PerDatabase =
    batched!(1, [id id], "delete from awaited_clicks where click_id in (select id from batch)");

/// The conversions, at or after each of these touchpoints, whose journey it may belong to.
pub(super) const CONCERNED_BY_TOUCHPOINTS: PerDatabase = batched!(
    1,
    [id id],
    concat!(
        ", news (id, visitor_id, customer_id, occurred_at) as materialized (
            select t.id, t.visitor_id, t.customer_id, t.occurred_at from batch b cross join touchpoints t where t.id = b.id), ",
        kin!(
            "select customer_id, occurred_at from news where customer_id is not null
            union select v.customer_id, n.occurred_at from news n cross join customer_visitors v where v.visitor_id = n.visitor_id"
        ),
        " select c.id as id from news n cross join conversion_visitors v cross join conversions c
            where v.visitor_id = n.visitor_id and c.id = v.conversion_id and c.occurred_at >= n.occurred_at
        union
        select c.id from kin k cross join conversions c where c.customer_id = k.id and c.occurred_at >= k.at
        union
        select c.id from news n cross join conversions c where c.click_id = n.id and c.occurred_at >= n.occurred_at"
    )
);

/// The conversions of these customers and their kin.
pub(super) const CONCERNED_BY_CUSTOMERS: PerDatabase = batched!(
    1,
    [customer_id text],
    concat!(
        ", ",
        kin!("select customer_id, cast(0 as bigint) from batch"),
        " select c.id as id from kin k cross join conversions c where c.customer_id = k.id"
    )
);

/// Where one of these customers is a partner: the conversions behind which is a browser of that customer's.
pub(super) const CONCERNED_BY_PARTNERS: PerDatabase = batched!(
    1,
    [customer_id text],
    concat!(
        ", selves (id) as materialized (
            select b.customer_id from batch b cross join partners p where p.external_id = b.customer_id
            union select b.customer_id from batch b cross join partners p where p.email_id = b.customer_id
            union select b.customer_id from batch b cross join customers c where c.id = b.customer_id and c.partner_id is not null
            union select b.customer_id from batch b cross join customer_emails e cross join partners p
                where e.customer_id = b.customer_id and p.email_id = e.email_id),
        browsers (id) as materialized (
            select v.visitor_id from selves s cross join customer_visitors v where v.customer_id = s.id), ",
        kin!(
            "select v.customer_id, cast(0 as bigint) from browsers b cross join customer_visitors v where v.visitor_id = b.id"
        ),
        " select v.conversion_id as id from browsers b cross join conversion_visitors v where v.visitor_id = b.id
        union
        select c.id from kin k cross join conversions c where c.customer_id = k.id"
    )
);

/// Customers, each once, with when they were first named.
pub(super) const CUSTOMERS: PerDatabase = batched!(
    1,
    [id text, key id, first_seen_at int],
    "insert into customers (id, key, first_seen_at) select id, key, first_seen_at from batch where true order by 1
    on conflict (id) do update set first_seen_at = excluded.first_seen_at
    where customers.first_seen_at > excluded.first_seen_at"
);

/// Addresses of customers, each once. Returns the customers who have one more.
pub(super) const CUSTOMER_EMAILS: PerDatabase = batched!(
    1,
    [customer_id text, email_id text, address text, known_at int],
    "insert into customer_emails (customer_id, email_id, address, known_at)
    select customer_id, email_id, address, known_at from batch where true order by 1, 2
    on conflict (customer_id, email_id) do update set address = excluded.address
    where customer_emails.address is null and excluded.address is not null returning customer_id"
);

/// Queues jobs of kind $1, due at $2. Where another node works on the same conversion this waits, and queues it anew.
pub(super) const JOBS: PerDatabase = batched!(
    3,
    [subject id],
    "insert into jobs (kind, subject, due_at, attempts) select $1, subject, $2, 0 from batch where true order by 2
    on conflict (kind, subject) do update set due_at = excluded.due_at, attempts = 0 where jobs.due_at > excluded.due_at"
);

/// Credit of these conversions is due again.
pub(super) const UNATTRIBUTED: PerDatabase = batched!(
    1,
    [id id],
    "update conversions set attributed_at = null where attributed_at is not null and id in (select id from batch)"
);
