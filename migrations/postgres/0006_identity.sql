-- Buyers as the website knows them, each once it was named; `key` is what lists are paged by.
create table customers (
    id text primary key,
    key uuid not null unique,
    first_seen_at bigint not null,
    partner_id uuid references partners (id),
    parent_id text
);
create index customers_partner on customers (partner_id) where partner_id is not null;
create index customers_parent on customers (parent_id) where parent_id is not null;

-- Customers that were merged: all rows of one identity are one buyer, the one whose id it is among them.
create table customer_groups (
    customer_id text primary key,
    identity text not null
);
create index customer_groups_identity on customer_groups (identity);

-- The addresses of a customer, as keyed hashes; the address itself only where the operator keeps it.
create table customer_emails (
    customer_id text not null,
    email_id text not null,
    address text,
    known_at bigint not null,
    primary key (customer_id, email_id)
);
create index customer_emails_email on customer_emails (email_id);

-- What must be kept secret and never changes.
create table secrets (
    name text primary key,
    value bytea not null
);

alter table partners add column aliases text not null default '[]';
alter table partners add column email_id text;
create index partners_email on partners (email_id) where email_id is not null;

-- The names under which buyers may know a partner, as they are compared.
create table partner_names (
    name_key text not null,
    partner_id uuid not null,
    primary key (name_key, partner_id)
);
create index partner_names_partner on partner_names (partner_id);

-- What the buyer said of where they heard of us, and who is meant.
alter table conversions add column heard_from text;
alter table conversions add column heard_key text;
alter table conversions add column heard_match text;
alter table conversions add column heard_partner_id uuid;
alter table conversions add column heard_touchpoint_id uuid;
create index conversions_heard on conversions (heard_key) where heard_key is not null;

-- Credit that an admin gave by hand; one that was taken back keeps its row.
create table manual_credits (
    id uuid primary key,
    conversion_id uuid not null,
    partner_id uuid not null,
    share bigint not null,
    reason text not null,
    author text not null,
    created_at bigint not null,
    removed_at bigint,
    removed_by text
);
create index manual_credits_conversion on manual_credits (conversion_id);

-- Whether addresses are kept as they are.
insert into marks (name, value) values ('plain_email', 0);

insert into customers (id, key, first_seen_at)
    select id, cast(lpad(to_hex(greatest(min(at), 0)), 12, '0') || '7' || substr(md5(cast(random() as text)), 1, 3) || '8'
            || substr(md5(id || cast(random() as text)), 1, 15) as uuid),
        min(at)
    from (
        select customer_id as id, occurred_at as at from conversions where customer_id is not null
        union all select customer_id, occurred_at from touchpoints where customer_id is not null
        union all select customer_id, known_at from customer_visitors
        union all select customer_id, since from awaited_clicks where customer_id <> ''
    ) as named group by id;
