-- Every kind of touchpoint, with what a policy takes where it says nothing of the kind: its weight in billionths, and its
-- lookback (null: the policy's own).
alter table touchpoint_kinds add column weight integer not null default 1000000000;
alter table touchpoint_kinds add column lookback_days integer;
insert into touchpoint_kinds (name, team) values ('click', 'partner'), ('view', 'partner'), ('code', 'partner');
-- Whether a kind was ever used; clicks, views and codes, which grow fast, are left out.
create index touchpoints_kind on touchpoints (kind) where kind not in ('click', 'view', 'code');

-- The policy version that an admin chose for a conversion; null: the one in force.
alter table conversions add column pinned_policy_id blob;

-- How the teams share a conversion under a policy of their own. It pays nobody, so it is replaced, not appended.
create table team_credits (
    conversion_id blob not null,
    team text not null,
    policy_id blob not null,
    touchpoints integer not null,
    share integer not null,
    amount integer not null,
    currency text,
    occurred_at integer not null,
    primary key (conversion_id, team)
) strict, without rowid;
create index team_credits_occurred on team_credits (occurred_at);

insert into policies (id, name, version, applies_from, created_at, rules) values (
    x'00000000000070008000000000000002', 'teams', 1, 0, 0, '{"model":"linear","scope":"teams"}'
);
