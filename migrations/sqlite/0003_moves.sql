-- What is copied into this database from another, table by table; nothing when no move is under way.
create table moves (
    name text primary key,
    source text not null,
    expected text not null,
    after text,
    copied integer not null
) strict, without rowid;
