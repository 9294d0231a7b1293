-- Turns that transactions of several nodes take (held while a row is locked), and moments that hold for all of them.
create table marks (
    name text primary key,
    value integer not null
) strict, without rowid;
insert into marks (name, value) values ('change', 0), ('conclude', 0), ('touchpoints_from', 0);
