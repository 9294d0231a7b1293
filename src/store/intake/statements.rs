//! The batch statements as SQLite wants them: `$1` is a JSON array of rows (see `rows.rs`), taken apart by `jsonb_each`.
//!
//! `cross join` keeps SQLite to the order written: the batch first, then one look-up a row. Every insert is `on conflict
//! do nothing`, so that a replay changes nothing; `where true` keeps SQLite from reading `on` as part of a join.

/// Clicks and views.
pub(super) const TOUCHPOINTS: &str = "insert into touchpoints
    (id, kind, team, occurred_at, verdict, partner_id, link_id, campaign_id, visitor_id, country, browser, os, device, referrer,
     params, client)
    select unhex(value->>0), value->>1, value->>2, value->>3, value->>4, unhex(value->>5), unhex(value->>6), unhex(value->>7),
        unhex(value->>8), value->>9, value->>10, value->>11, value->>12, value->>13, value->>14, unhex(value->>15)
    from jsonb_each(jsonb($1)) where true on conflict do nothing";

/// Which of these ids are stored already.
pub(super) const TOUCHPOINTS_STORED: &str = "select j.key as place from jsonb_each(jsonb($1)) j cross join touchpoints t
    where t.id = unhex(j.value)";

/// Which of these (visitor, link, kind, time) come within $2 milliseconds after one that counts.
pub(super) const DUPLICATES: &str = "select j.key as place from jsonb_each(jsonb($1)) j cross join touchpoints t
    where t.visitor_id = unhex(j.value->>0) and t.occurred_at between (j.value->>3) - $2 and (j.value->>3)
        and t.link_id = unhex(j.value->>1) and t.kind = j.value->>2 and t.verdict = 'valid'";

/// Adds to the hourly counts.
pub(super) const ROLLUPS: &str = "insert into rollups
    (hour, link_id, campaign_id, country, device, partner_id, clicks, clicks_all, views)
    select value->>0, unhex(value->>1), unhex(value->>2), value->>3, value->>4, unhex(value->>5), value->>6, value->>7, value->>8
    from jsonb_each(jsonb($1)) where true
    on conflict (hour, link_id, campaign_id, country, device) do update set clicks = rollups.clicks + excluded.clicks,
        clicks_all = rollups.clicks_all + excluded.clicks_all, views = rollups.views + excluded.views";

/// Hits that cannot be used.
pub(super) const REJECTED: &str = "insert into rejected (id, source, occurred_at, query, referrer, user_agent, reasons)
    select unhex(value->>0), value->>1, value->>2, value->>3, value->>4, value->>5, value->>6
    from jsonb_each(jsonb($1)) where true on conflict do nothing";

/// The stored conversion of each (event, unique key).
pub(super) const CONVERSIONS_STORED: &str =
    "select j.key as place, c.id as id from jsonb_each(jsonb($1)) j cross join conversions c
    where c.event = j.value->>0 and c.unique_key = j.value->>1";

/// Conversions.
pub(super) const CONVERSIONS: &str = "insert into conversions
    (id, event, unique_key, order_id, amount, currency, customer_id, click_id, visitor_id, code, source, occurred_at, recorded_at,
     items, params)
    select unhex(value->>0), value->>1, value->>2, value->>3, value->>4, value->>5, value->>6, unhex(value->>7), unhex(value->>8),
        value->>9, value->>10, value->>11, value->>12, value->>13, value->>14
    from jsonb_each(jsonb($1)) where true on conflict do nothing";

/// The same reported again. What it repeats may itself be known as a repeat.
pub(super) const REPEATS: &str = "insert into conversion_repeats (id, conversion_id, source, recorded_at, amount, currency)
    select unhex(value->>0), coalesce((select r.conversion_id from conversion_repeats r where r.id = unhex(value->>1)),
        unhex(value->>1)), value->>2, value->>3, value->>4, value->>5
    from jsonb_each(jsonb($1)) where true on conflict do nothing";

/// What was answered under these idempotency keys.
pub(super) const ANSWERS: &str = "select i.key as key, i.request as request, i.body as body
    from jsonb_each(jsonb($1)) j cross join idempotency i where i.key = j.value";

/// Keeps the answers to idempotency keys.
pub(super) const KEEP_ANSWERS: &str = "insert into idempotency (key, request, status, body, created_at)
    select value->>0, unhex(value->>1), value->>2, value->>3, $2 from jsonb_each(jsonb($1)) where true on conflict do nothing";

/// The browsers behind these new conversions: by cookie, and by click where the click is stored.
pub(super) const CONVERSION_VISITORS: &str = "insert into conversion_visitors (conversion_id, visitor_id)
    select c.id, c.visitor_id from jsonb_each(jsonb($1)) j cross join conversions c
        where c.id = unhex(j.value) and c.visitor_id is not null
    union
    select c.id, t.visitor_id from jsonb_each(jsonb($1)) j cross join conversions c cross join touchpoints t
        where c.id = unhex(j.value) and t.id = c.click_id and t.visitor_id is not null
    on conflict do nothing";

/// The clicks that these new conversions name and that have not arrived.
pub(super) const CONVERSIONS_AWAIT: &str = "insert into awaited_clicks (click_id, conversion_id, customer_id, since)
    select c.click_id, c.id, coalesce(c.customer_id, ''), c.recorded_at from jsonb_each(jsonb($1)) j cross join conversions c
    where c.id = unhex(j.value) and c.click_id is not null
        and not exists (select 1 from touchpoints t where t.id = c.click_id)
    on conflict do nothing";

/// The browsers of the customers of these new conversions; returns the customers who have one more.
pub(super) const CUSTOMER_VISITORS: &str = "insert into customer_visitors (customer_id, visitor_id, known_at)
    select c.customer_id, v.visitor_id, c.recorded_at
    from jsonb_each(jsonb($1)) j cross join conversions c cross join conversion_visitors v
    where c.id = unhex(j.value) and v.conversion_id = c.id and c.customer_id is not null
    on conflict do nothing returning customer_id";

/// A touchpoint for each new conversion whose code is in use; it has the id of the conversion. Returns those ids.
pub(super) const CODE_TOUCHPOINTS: &str = "insert into touchpoints
    (id, kind, team, occurred_at, verdict, partner_id, code_id, campaign_id, visitor_id, customer_id, params)
    select c.id, 'code', 'partner', c.occurred_at, 'valid', k.partner_id, k.id, k.campaign_id, c.visitor_id, c.customer_id, '{}'
    from jsonb_each(jsonb($1)) j cross join conversions c cross join codes k cross join partners p
    where c.id = unhex(j.value) and k.code = c.code and k.status = 'active' and p.id = k.partner_id and p.status = 'active'
    on conflict do nothing returning id";

/// These customers use these browsers: by cookie, and by click where the click is stored. Returns the customers who have one more.
pub(super) const IDENTITIES: &str = "insert into customer_visitors (customer_id, visitor_id, known_at)
    select value->>0, unhex(value->>1), value->>3 from jsonb_each(jsonb($1)) where value->>1 is not null
    union all
    select value->>0, t.visitor_id, value->>3 from jsonb_each(jsonb($1)) cross join touchpoints t
        where t.id = unhex(value->>2) and t.visitor_id is not null
    on conflict do nothing returning customer_id";

/// The clicks that these identities name and that have not arrived.
pub(super) const IDENTITIES_AWAIT: &str = "insert into awaited_clicks (click_id, conversion_id, customer_id, since)
    select unhex(value->>2), zeroblob(16), value->>0, value->>3 from jsonb_each(jsonb($1))
    where value->>2 is not null and not exists (select 1 from touchpoints t where t.id = unhex(value->>2))
    on conflict do nothing";

/// Which of these touchpoints somebody waits for, and the conversions that do.
pub(super) const AWAITED: &str = "select a.click_id as click_id, a.conversion_id as conversion_id
    from jsonb_each(jsonb($1)) j cross join awaited_clicks a where a.click_id = unhex(j.value)";

/// The browsers of the conversions that waited for these clicks.
pub(super) const AWAITED_CONVERSION_VISITORS: &str = "insert into conversion_visitors (conversion_id, visitor_id)
    select a.conversion_id, t.visitor_id from jsonb_each(jsonb($1)) j cross join awaited_clicks a cross join touchpoints t
    where a.click_id = unhex(j.value) and t.id = a.click_id and t.visitor_id is not null and a.conversion_id <> zeroblob(16)
    on conflict do nothing";

/// The browsers of the customers who waited for these clicks; returns the customers who have one more.
pub(super) const AWAITED_CUSTOMER_VISITORS: &str = "insert into customer_visitors (customer_id, visitor_id, known_at)
    select a.customer_id, t.visitor_id, a.since from jsonb_each(jsonb($1)) j cross join awaited_clicks a cross join touchpoints t
    where a.click_id = unhex(j.value) and t.id = a.click_id and t.visitor_id is not null and a.customer_id <> ''
    on conflict do nothing returning customer_id";

/// Nobody waits for these clicks any more.
pub(super) const AWAITED_NO_MORE: &str = "delete from awaited_clicks
    where click_id in (select unhex(value) from jsonb_each(jsonb($1)))";

/// The conversions, at or after each of these touchpoints, whose journey it may belong to.
pub(super) const CONCERNED_BY_TOUCHPOINTS: &str = "with news (id, visitor_id, customer_id, occurred_at) as materialized (
        select t.id, t.visitor_id, t.customer_id, t.occurred_at from jsonb_each(jsonb($1)) j cross join touchpoints t
        where t.id = unhex(j.value))
    select c.id as id from news n cross join conversion_visitors v cross join conversions c
        where v.visitor_id = n.visitor_id and c.id = v.conversion_id and c.occurred_at >= n.occurred_at
    union
    select c.id from news n cross join customer_visitors v cross join conversions c
        where v.visitor_id = n.visitor_id and c.customer_id = v.customer_id and c.occurred_at >= n.occurred_at
    union
    select c.id from news n cross join conversions c where c.customer_id = n.customer_id and c.occurred_at >= n.occurred_at
    union
    select c.id from news n cross join conversions c where c.click_id = n.id and c.occurred_at >= n.occurred_at";

/// The conversions of these customers.
pub(super) const CONCERNED_BY_CUSTOMERS: &str = "select c.id as id from jsonb_each(jsonb($1)) j cross join conversions c
    where c.customer_id = j.value";

/// Queues jobs of kind $2, due at $3.
pub(super) const JOBS: &str = "insert into jobs (kind, subject, due_at, attempts)
    select $2, unhex(value), $3, 0 from jsonb_each(jsonb($1)) where true
    on conflict (kind, subject) do update set due_at = excluded.due_at, attempts = 0 where jobs.due_at > excluded.due_at";

/// Credit of these conversions is due again.
pub(super) const UNATTRIBUTED: &str = "update conversions set attributed_at = null
    where attributed_at is not null and id in (select unhex(value) from jsonb_each(jsonb($1)))";
