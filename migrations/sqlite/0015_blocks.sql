-- Sums of closed days by blocks of 4, 16 and 64 days beside those of each day, so that a long period reads a few rows of each link.
-- They are made anew, day by day: until a day is closed again, it is read hour by hour.
drop table touch_days;
drop table money_days;
delete from closed_days;

create table touch_days (
    grouped_by text not null,
    partner_id blob not null,
    days integer not null,
    day integer not null,
    part_id blob not null,
    part text not null,
    clicks integer not null,
    clicks_all integer not null,
    views integer not null,
    primary key (grouped_by, partner_id, days, day, part_id, part)
) strict, without rowid;

create table money_days (
    grouped_by text not null,
    partner_id blob not null,
    days integer not null,
    day integer not null,
    part_id blob not null,
    part text not null,
    currency text not null,
    conversions integer not null,
    revenue integer not null,
    credited integer not null,
    primary key (grouped_by, partner_id, days, day, part_id, part, currency)
) strict, without rowid;

-- A block is made anew as a whole.
create index touch_days_day on touch_days (days, day);
create index money_days_day on money_days (days, day);
