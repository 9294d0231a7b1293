-- What partners have done for a deal, as long as nothing changed that it follows from: who does, deletes the row. It holds for
-- every moment between the two (an open deal may have touchpoints that are yet to come); `oldest` is the least of its
-- touchpoints, so that it goes with that one. No reference to the deal: to keep a row must not wait for whoever changes its deal.
create table deal_standings (
    deal_id uuid primary key,
    sourced_by uuid,
    partners text not null,
    kinds text not null,
    holds_from bigint not null,
    holds_until bigint not null,
    oldest uuid
);
create index deal_standings_oldest on deal_standings (oldest) where oldest is not null;
