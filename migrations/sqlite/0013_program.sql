-- Pages as somebody wants to come back to them: a path with its query, under a name of its own.
create table saved_views (
    id blob primary key,
    user_id blob not null references users (id),
    name text not null,
    target text not null,
    created_at integer not null,
    removed_at integer
) strict, without rowid;
create index saved_views_user on saved_views (user_id);

-- What the organisation notes about a partner; never shown to it.
create table partner_notes (
    id blob primary key,
    partner_id blob not null references partners (id),
    author text not null,
    body text not null,
    created_at integer not null,
    removed_at integer
) strict, without rowid;
create index partner_notes_partner on partner_notes (partner_id);

-- Days whose sums are made, and changes of such days since. A day with such a change is read hour by hour until made anew.
create table closed_days (
    day integer primary key
) strict;
create table late_days (
    id blob primary key,
    day integer not null
) strict, without rowid;
create index late_days_day on late_days (day);

-- The hours of closed days, summed up by one thing at a time: by the id of a link, campaign or partner (else 16 zero bytes) or
-- by a country or device (else an empty text). Everybody's sums have 16 zero bytes as
-- partner; what partners have of one campaign has its id there.
create table touch_days (
    grouped_by text not null,
    partner_id blob not null,
    day integer not null,
    part_id blob not null,
    part text not null,
    clicks integer not null,
    clicks_all integer not null,
    views integer not null,
    primary key (grouped_by, partner_id, day, part_id, part)
) strict, without rowid;

-- The conversions and credits of closed days, likewise, also by event; without a currency, that is an empty text.
create table money_days (
    grouped_by text not null,
    partner_id blob not null,
    day integer not null,
    part_id blob not null,
    part text not null,
    currency text not null,
    conversions integer not null,
    revenue integer not null,
    credited integer not null,
    primary key (grouped_by, partner_id, day, part_id, part, currency)
) strict, without rowid;

-- A day is closed anew as a whole.
create index touch_days_day on touch_days (day);
create index money_days_day on money_days (day);

-- What one partner earned, and what came with one code, without a look at all the others.
create index credits_partner on credits (partner_id, occurred_at) where superseded_at is null;
create index conversions_code on conversions (code, occurred_at) where code is not null;
