-- A day that is not closed yet, and up to which full hour it is summed up: as a block of 0 days.
create table begun_days (
    day integer primary key,
    until integer not null
) strict;
insert into marks (name, value) values ('sum', 0);
