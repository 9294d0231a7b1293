-- Sums of days lie together by block, as they are made, cleared and read: one key does what a key and an index did, in half the room.
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
    primary key (days, day, grouped_by, partner_id, part_id, part)
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
    primary key (days, day, grouped_by, partner_id, part_id, part, currency)
) strict, without rowid;

-- A day that is not closed yet, and up to which full hour it is summed up: as a block of 0 days.
create table begun_days (
    day integer primary key,
    until integer not null
) strict;
insert into marks (name, value) values ('sum', 0);
