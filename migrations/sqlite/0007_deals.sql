-- Companies that buy. The key is the name without case, signs and legal form, so that two spellings are one account.
create table accounts (
    id blob primary key,
    name text not null,
    name_key text not null,
    domain text unique,
    parent_id blob,
    customer_id text,
    partner_id blob references partners (id),
    created_at integer not null
) strict, without rowid;
create index accounts_name on accounts (name_key);
create index accounts_customer on accounts (customer_id) where customer_id is not null;

-- The stages that a deal goes through, in the order of their place.
create table deal_stages (
    id blob primary key,
    name text not null unique,
    place integer not null,
    kind text not null
) strict, without rowid;
insert into deal_stages (id, name, place, kind) values
    (x'00000000000070008000000000000001', 'new', 10, 'open'),
    (x'00000000000070008000000000000002', 'qualified', 20, 'open'),
    (x'00000000000070008000000000000003', 'demo', 30, 'open'),
    (x'00000000000070008000000000000004', 'proposal', 40, 'open'),
    (x'00000000000070008000000000000005', 'negotiation', 50, 'open'),
    (x'00000000000070008000000000000006', 'won', 60, 'won'),
    (x'00000000000070008000000000000007', 'lost', 70, 'lost');

create table deals (
    id blob primary key,
    name text not null,
    account_id blob references accounts (id),
    customer_id text,
    amount integer,
    currency text,
    owner text,
    product text,
    external_id text unique,
    stage_id blob not null references deal_stages (id),
    opened_at integer not null,
    closed_at integer,
    order_id text,
    note text,
    created_at integer not null
) strict, without rowid;
create index deals_customer on deals (customer_id, opened_at) where customer_id is not null;
create index deals_account on deals (account_id) where account_id is not null;
create index deals_opened on deals (opened_at);

-- Appended: every stage a deal came to, when, and who said so.
create table deal_history (
    id blob primary key,
    deal_id blob not null references deals (id),
    stage_id blob not null references deal_stages (id),
    at integer not null,
    author text not null,
    recorded_at integer not null
) strict, without rowid;
create index deal_history_deal on deal_history (deal_id);

alter table touchpoints add column deal_id blob;
create index touchpoints_deal on touchpoints (deal_id) where deal_id is not null;

create table deal_registrations (
    id blob primary key,
    partner_id blob not null references partners (id),
    account_name text not null,
    name_key text not null,
    domain text,
    amount integer,
    currency text,
    note text,
    status text not null,
    reason text,
    expires_at integer not null,
    claimed_until integer,
    deal_id blob references deals (id),
    touchpoint_id blob,
    created_at integer not null
) strict, without rowid;
create index deal_registrations_name on deal_registrations (name_key);
create index deal_registrations_domain on deal_registrations (domain) where domain is not null;
create index deal_registrations_deal on deal_registrations (deal_id) where deal_id is not null;
create index deal_registrations_pending on deal_registrations (expires_at) where status = 'pending';

-- Appended: what a registration came to, and what its partner is told.
create table deal_registration_events (
    id blob primary key,
    registration_id blob not null references deal_registrations (id),
    at integer not null,
    author text not null,
    status text not null,
    reason text
) strict, without rowid;
create index deal_registration_events_registration on deal_registration_events (registration_id);

-- How the columns of a file are read, saved by name.
create table import_mappings (
    name text primary key,
    rules text not null,
    created_at integer not null
) strict, without rowid;
