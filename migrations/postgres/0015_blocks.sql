-- Sums of closed days by blocks of 4, 16 and 64 days beside those of each day, so that a long period reads a few rows of each link.
-- They are made anew, day by day: until a day is closed again, it is read hour by hour.
drop table touch_days;
drop table money_days;
delete from closed_days;

create table touch_days (
    grouped_by text collate "C" not null,
    partner_id uuid not null,
    days bigint not null,
    day bigint not null,
    part_id uuid not null,
    part text collate "C" not null,
    clicks bigint not null,
    clicks_all bigint not null,
    views bigint not null,
    primary key (grouped_by, partner_id, days, day, part_id, part)
);

create table money_days (
    grouped_by text collate "C" not null,
    partner_id uuid not null,
    days bigint not null,
    day bigint not null,
    part_id uuid not null,
    part text collate "C" not null,
    currency text collate "C" not null,
    conversions bigint not null,
    revenue bigint not null,
    credited bigint not null,
    primary key (grouped_by, partner_id, days, day, part_id, part, currency)
);

-- A block is made anew as a whole.
create index touch_days_day on touch_days (days, day);
create index money_days_day on money_days (days, day);
