-- Ids are UUIDv7, times bigint milliseconds since 1970, money integer minor units, documents JSON text. Names of tables, columns
-- and indexes are those of SQLite's schema; a test compares the two.

create table partner_groups (
    id uuid primary key,
    name text not null unique,
    created_at bigint not null
);

create table partners (
    id uuid primary key,
    name text not null,
    email text,
    group_id uuid references partner_groups (id),
    external_id text unique,
    status text not null,
    created_at bigint not null
);

create table campaigns (
    id uuid primary key,
    name text not null unique,
    utm text not null,
    created_at bigint not null
);

create table links (
    id uuid primary key,
    partner_id uuid not null references partners (id),
    campaign_id uuid references campaigns (id),
    slug text not null,
    slug_key text not null unique,
    destination text not null,
    utm text not null,
    fallback_url text,
    expires_at bigint,
    status text not null,
    append_click_id boolean not null,
    created_at bigint not null
);
create index links_partner on links (partner_id);
create index links_campaign on links (campaign_id) where campaign_id is not null;

create table codes (
    id uuid primary key,
    partner_id uuid not null references partners (id),
    campaign_id uuid references campaigns (id),
    code text not null unique,
    status text not null,
    created_at bigint not null
);
create index codes_partner on codes (partner_id);

-- The kinds of touchpoint that people enter.
create table touchpoint_kinds (
    name text collate "C" primary key,
    team text not null
);
insert into touchpoint_kinds (name, team) values
    ('referral', 'partner'), ('deal_registration', 'partner'), ('intro', 'partner'), ('demo', 'sales'),
    ('webinar', 'marketing'), ('co_sell', 'partnerships'), ('support', 'partnerships'), ('training', 'partnerships');

-- No random secondary index: ids and visitor ids both grow with time, so every insert lands at an end.
create table touchpoints (
    id uuid primary key,
    kind text not null,
    team text not null,
    occurred_at bigint not null,
    verdict text not null,
    partner_id uuid,
    link_id uuid,
    code_id uuid,
    campaign_id uuid,
    visitor_id uuid,
    customer_id text,
    country text,
    browser text,
    os text,
    device text,
    referrer text,
    params text not null,
    note text,
    client bytea
) partition by range (id);
-- An id begins with its time, so a range of ids is a month. Months are made ahead by a job; what fits none comes here.
create table touchpoints_default partition of touchpoints default;
create index touchpoints_visitor on touchpoints (visitor_id, occurred_at) where visitor_id is not null;
create index touchpoints_customer on touchpoints (customer_id) where customer_id is not null;

create table conversions (
    id uuid primary key,
    event text not null,
    unique_key text not null,
    order_id text,
    amount bigint,
    currency text,
    customer_id text,
    click_id uuid,
    visitor_id uuid,
    code text,
    source text not null,
    occurred_at bigint not null,
    recorded_at bigint not null,
    items text not null,
    params text not null,
    attributed_at bigint,
    policy_id uuid,
    summary text,
    unique (event, unique_key)
);
create index conversions_order on conversions (order_id) where order_id is not null;
create index conversions_customer on conversions (customer_id) where customer_id is not null;
create index conversions_click on conversions (click_id) where click_id is not null;
create index conversions_occurred on conversions (occurred_at);

-- The same order reported again: kept, never counted.
create table conversion_repeats (
    id uuid primary key,
    conversion_id uuid not null,
    source text not null,
    recorded_at bigint not null,
    amount bigint,
    currency text
);
create index conversion_repeats_conversion on conversion_repeats (conversion_id);

-- The browsers behind a conversion: by its cookie and by its click.
create table conversion_visitors (
    conversion_id uuid not null,
    visitor_id uuid not null,
    primary key (conversion_id, visitor_id)
);
create index conversion_visitors_visitor on conversion_visitors (visitor_id);

-- The browsers of a customer.
create table customer_visitors (
    customer_id text not null,
    visitor_id uuid not null,
    known_at bigint not null,
    primary key (customer_id, visitor_id)
);
create index customer_visitors_visitor on customer_visitors (visitor_id);

-- Clicks that a conversion (else 16 zero bytes) or a customer (else empty) named before they arrived.
create table awaited_clicks (
    click_id uuid not null,
    conversion_id uuid not null,
    customer_id text not null,
    since bigint not null,
    primary key (click_id, conversion_id, customer_id)
);

create table policies (
    id uuid primary key,
    name text not null,
    version bigint not null,
    applies_from bigint not null,
    created_at bigint not null,
    rules text not null,
    unique (name, version)
);
insert into policies (id, name, version, applies_from, created_at, rules) values (
    '00000000-0000-7000-8000-000000000001', 'standard', 1, 0, 0,
    '{"model":"linear","lookback_days":{"click":90,"view":1,"code":0,"offline":180},"half_life_days":7.0,"steps":false,"first":0.4,"last":0.4,"weights":{},"code_priority":"touch","exclude_self_referral":true}'
);

-- Appended; a later run of attribution supersedes, it does not erase.
create table credits (
    id uuid primary key,
    conversion_id uuid not null,
    touchpoint_id uuid not null,
    partner_id uuid not null,
    link_id uuid,
    campaign_id uuid,
    share bigint not null,
    amount bigint not null,
    currency text,
    policy_id uuid not null,
    reason text not null,
    occurred_at bigint not null,
    created_at bigint not null,
    superseded_at bigint
);
create index credits_conversion on credits (conversion_id);
create index credits_occurred on credits (occurred_at);

create table refunds (
    id uuid primary key,
    conversion_id uuid not null references conversions (id),
    amount bigint not null,
    reason text not null,
    created_at bigint not null
);
create index refunds_conversion on refunds (conversion_id);

-- Clicks and views by the hour. A missing campaign is 16 zero bytes, a missing country or device an empty text.
create table rollups (
    hour bigint not null,
    link_id uuid not null,
    campaign_id uuid not null,
    country text not null,
    device text not null,
    partner_id uuid not null,
    clicks bigint not null,
    clicks_all bigint not null,
    views bigint not null,
    primary key (hour, link_id, campaign_id, country, device)
);

create table rejected (
    id uuid primary key,
    source text not null,
    occurred_at bigint not null,
    query text not null,
    referrer text,
    user_agent text not null,
    reasons text not null
);

create table jobs (
    kind text not null,
    subject uuid not null,
    due_at bigint not null,
    attempts bigint not null,
    last_error text,
    primary key (kind, subject)
);
create index jobs_due on jobs (due_at);

create table keys (
    id uuid primary key,
    name text not null,
    scope text not null,
    hash bytea not null unique,
    hint text not null,
    created_at bigint not null,
    revoked_at bigint
);

create table audit (
    id uuid primary key,
    at bigint not null,
    actor text not null,
    action text not null,
    subject text not null,
    detail text not null
);

-- Tells every node, in order, what to load anew.
create table changes (
    version bigint primary key,
    entity text not null,
    subject uuid not null,
    at bigint not null
);

create table idempotency (
    key text primary key,
    request bytea not null,
    status bigint not null,
    body text not null,
    created_at bigint not null
);

-- Secrets under which client addresses are hashed; a new one a day, the old one deleted.
create table salts (
    id uuid primary key,
    secret bytea not null,
    created_at bigint not null
);
