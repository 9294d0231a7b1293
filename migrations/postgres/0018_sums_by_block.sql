-- Sums of days lie together by block, as they are made, cleared and read: one key does what a key and an index did, in half the room.
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
    primary key (days, day, grouped_by, partner_id, part_id, part)
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
    primary key (days, day, grouped_by, partner_id, part_id, part, currency)
);

-- A day that is not closed yet, and up to which full hour it is summed up: as a block of 0 days.
create table begun_days (
    day bigint primary key,
    until bigint not null
);
insert into marks (name, value) values ('sum', 0);
