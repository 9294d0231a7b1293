-- Under which id of another system an offline touchpoint was imported: what is read again finds it there.
create table external_touchpoints (
    external_id text primary key,
    touchpoint_id blob not null
) strict, without rowid;
