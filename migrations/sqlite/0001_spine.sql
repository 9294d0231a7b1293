-- Ids are 16 bytes (UUIDv7), times bigint milliseconds since 1970, money integer minor units, documents JSON text.

create table partner_groups (
    id blob primary key,
    name text not null unique,
    created_at integer not null
) strict, without rowid;

create table partners (
    id blob primary key,
    name text not null,
    email text,
    group_id blob references partner_groups (id),
    external_id text unique,
    status text not null,
    created_at integer not null
) strict, without rowid;

create table campaigns (
    id blob primary key,
    name text not null unique,
    utm text not null,
    created_at integer not null
) strict, without rowid;

create table links (
    id blob primary key,
    partner_id blob not null references partners (id),
    campaign_id blob references campaigns (id),
    slug text not null,
    slug_key text not null unique,
    destination text not null,
    utm text not null,
    fallback_url text,
    expires_at integer,
    status text not null,
    append_click_id integer not null,
    created_at integer not null
) strict, without rowid;
create index links_partner on links (partner_id);
create index links_campaign on links (campaign_id) where campaign_id is not null;

create table codes (
    id blob primary key,
    partner_id blob not null references partners (id),
    campaign_id blob references campaigns (id),
    code text not null unique,
    status text not null,
    created_at integer not null
) strict, without rowid;
create index codes_partner on codes (partner_id);

-- The kinds of touchpoint that people enter.
create table touchpoint_kinds (
    name text primary key,
    team text not null
) strict, without rowid;
insert into touchpoint_kinds (name, team) values
    ('referral', 'partner'), ('deal_registration', 'partner'), ('intro', 'partner'), ('demo', 'sales'),
    ('webinar', 'marketing'), ('co_sell', 'partnerships'), ('support', 'partnerships'), ('training', 'partnerships');

-- No random secondary index: ids and visitor ids both grow with time, so every insert lands at an end.
create table touchpoints (
    id blob primary key,
    kind text not null,
    team text not null,
    occurred_at integer not null,
    verdict text not null,
    partner_id blob,
    link_id blob,
    code_id blob,
    campaign_id blob,
    visitor_id blob,
    customer_id text,
    country text,
    browser text,
    os text,
    device text,
    referrer text,
    params text not null,
    note text,
    client blob
) strict, without rowid;
create index touchpoints_visitor on touchpoints (visitor_id, occurred_at) where visitor_id is not null;
create index touchpoints_customer on touchpoints (customer_id) where customer_id is not null;

create table conversions (
    id blob primary key,
    event text not null,
    unique_key text not null,
    order_id text,
    amount integer,
    currency text,
    customer_id text,
    click_id blob,
    visitor_id blob,
    code text,
    source text not null,
    occurred_at integer not null,
    recorded_at integer not null,
    items text not null,
    params text not null,
    attributed_at integer,
    policy_id blob,
    summary text,
    unique (event, unique_key)
) strict, without rowid;
create index conversions_order on conversions (order_id) where order_id is not null;
create index conversions_customer on conversions (customer_id) where customer_id is not null;
create index conversions_click on conversions (click_id) where click_id is not null;
create index conversions_occurred on conversions (occurred_at);

-- The same order reported again: kept, never counted.
create table conversion_repeats (
    id blob primary key,
    conversion_id blob not null,
    source text not null,
    recorded_at integer not null,
    amount integer,
    currency text
) strict, without rowid;
create index conversion_repeats_conversion on conversion_repeats (conversion_id);

-- The browsers behind a conversion: by its cookie and by its click.
create table conversion_visitors (
    conversion_id blob not null,
    visitor_id blob not null,
    primary key (conversion_id, visitor_id)
) strict, without rowid;
create index conversion_visitors_visitor on conversion_visitors (visitor_id);

-- The browsers of a customer.
create table customer_visitors (
    customer_id text not null,
    visitor_id blob not null,
    known_at integer not null,
    primary key (customer_id, visitor_id)
) strict, without rowid;
create index customer_visitors_visitor on customer_visitors (visitor_id);

-- Clicks that a conversion (else 16 zero bytes) or a customer (else empty) named before they arrived.
create table awaited_clicks (
    click_id blob not null,
    conversion_id blob not null,
    customer_id text not null,
    since integer not null,
    primary key (click_id, conversion_id, customer_id)
) strict, without rowid;

create table policies (
    id blob primary key,
    name text not null,
    version integer not null,
    applies_from integer not null,
    created_at integer not null,
    rules text not null,
    unique (name, version)
) strict, without rowid;
insert into policies (id, name, version, applies_from, created_at, rules) values (
    x'00000000000070008000000000000001', 'standard', 1, 0, 0,
    '{"model":"linear","lookback_days":{"click":90,"view":1,"code":0,"offline":180},"half_life_days":7.0,"steps":false,"first":0.4,"last":0.4,"weights":{},"code_priority":"touch","exclude_self_referral":true}'
);

-- Appended; a later run of attribution supersedes, it does not erase.
create table credits (
    id blob primary key,
    conversion_id blob not null,
    touchpoint_id blob not null,
    partner_id blob not null,
    link_id blob,
    campaign_id blob,
    share integer not null,
    amount integer not null,
    currency text,
    policy_id blob not null,
    reason text not null,
    occurred_at integer not null,
    created_at integer not null,
    superseded_at integer
) strict, without rowid;
create index credits_conversion on credits (conversion_id);
create index credits_occurred on credits (occurred_at);

create table refunds (
    id blob primary key,
    conversion_id blob not null references conversions (id),
    amount integer not null,
    reason text not null,
    created_at integer not null
) strict, without rowid;
create index refunds_conversion on refunds (conversion_id);

-- Clicks and views by the hour. A missing campaign is 16 zero bytes, a missing country or device an empty text.
create table rollups (
    hour integer not null,
    link_id blob not null,
    campaign_id blob not null,
    country text not null,
    device text not null,
    partner_id blob not null,
    clicks integer not null,
    clicks_all integer not null,
    views integer not null,
    primary key (hour, link_id, campaign_id, country, device)
) strict, without rowid;

create table rejected (
    id blob primary key,
    source text not null,
    occurred_at integer not null,
    query text not null,
    referrer text,
    user_agent text not null,
    reasons text not null
) strict, without rowid;

create table jobs (
    kind text not null,
    subject blob not null,
    due_at integer not null,
    attempts integer not null,
    last_error text,
    primary key (kind, subject)
) strict, without rowid;
create index jobs_due on jobs (due_at);

create table keys (
    id blob primary key,
    name text not null,
    scope text not null,
    hash blob not null unique,
    hint text not null,
    created_at integer not null,
    revoked_at integer
) strict, without rowid;

create table audit (
    id blob primary key,
    at integer not null,
    actor text not null,
    action text not null,
    subject text not null,
    detail text not null
) strict, without rowid;

-- Tells every node, in order, what to load anew.
create table changes (
    version integer primary key,
    entity text not null,
    subject blob not null,
    at integer not null
) strict;

create table idempotency (
    key text primary key,
    request blob not null,
    status integer not null,
    body text not null,
    created_at integer not null
) strict, without rowid;

-- Secrets under which client addresses are hashed; a new one a day, the old one deleted.
create table salts (
    id blob primary key,
    secret blob not null,
    created_at integer not null
) strict, without rowid;
