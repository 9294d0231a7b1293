-- What policies may become: shared by admins, changed and thrown away at will. Without a moment it applies from its publication on.
create table policy_drafts (
    id blob primary key,
    name text not null,
    applies_from integer,
    rules text not null,
    created_at integer not null,
    created_by text not null,
    changed_at integer not null,
    changed_by text not null
) strict, without rowid;

-- When a key was last shown, to the minute.
alter table keys add column last_used_at integer;

-- A kind that is disabled is entered no more; what is of it goes on counting.
alter table touchpoint_kinds add column status text not null default 'active';

-- The audit log is searched by who, what and of what; ids grow with time.
create index audit_actor on audit (actor, id);
create index audit_action on audit (action, id);
create index audit_subject on audit (subject, id);
