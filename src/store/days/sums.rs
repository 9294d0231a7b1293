//! The statements that sum up a day, a thing at a time, and days to blocks.

/// `$1` and `$2` bound the day, `$3` is nobody's id (16 zero bytes), `$4` the same where everybody is summed up, else nothing; `$5`
/// is 1, or 0 for a day that is not over.
macro_rules! touches {
    ($grouped_by:literal, $part_id:literal, $part:literal) => {
        concat!(
            "insert into touch_days (grouped_by, partner_id, day, part_id, part, clicks, clicks_all, views, days)
            select '",
            $grouped_by,
            "', coalesce($4, partner_id), hour - hour % 86400000, ",
            $part_id,
            ", ",
            $part,
            ",
                cast(sum(clicks) as bigint), cast(sum(clicks_all) as bigint), cast(sum(views) as bigint), cast($5 as bigint)
            from rollups where hour >= $1 and hour < $2 and coalesce($3, partner_id) is not null group by 2, 3, 4, 5"
        )
    };
}

/// Conversions in which a partner, link .. has a part, each once.
macro_rules! parts {
    ($grouped_by:literal, $part_id:literal, $part:literal) => {
        concat!(
            "insert into money_days (grouped_by, partner_id, day, part_id, part, currency, conversions, revenue, credited, days)
            select '", $grouped_by, "', owner, day, part_id, part, currency, count(*), cast(sum(amount) as bigint), 0, cast($5 as bigint)
            from (select distinct coalesce($4, cr.partner_id) as owner, cr.occurred_at - cr.occurred_at % 86400000 as day,
                    ", $part_id, " as part_id, ", $part, " as part, coalesce(cv.currency, '') as currency, cv.id as id,
                    coalesce(cv.amount, 0) as amount
                from credits cr join conversions cv on cv.id = cr.conversion_id
                where cr.superseded_at is null and cr.occurred_at >= $1 and cr.occurred_at < $2 and coalesce($3, cr.partner_id) is not null
            ) as parts group by 2, 3, 4, 5, 6"
        )
    };
}

/// Conversions in which a campaign has a part, each once a partner or event; `$4` is what `$5` is elsewhere.
macro_rules! in_campaign {
    ($grouped_by:literal, $part_id:literal, $part:literal) => {
        concat!(
            "insert into money_days (grouped_by, partner_id, day, part_id, part, currency, conversions, revenue, credited, days)
            select '",
            $grouped_by,
            "', owner, day, part_id, part, currency, count(*), cast(sum(amount) as bigint), 0, cast($4 as bigint)
            from (select distinct cr.campaign_id as owner, cr.occurred_at - cr.occurred_at % 86400000 as day,
                    ",
            $part_id,
            " as part_id, ",
            $part,
            " as part, coalesce(cv.currency, '') as currency, cv.id as id,
                    coalesce(cv.amount, 0) as amount
                from credits cr join conversions cv on cv.id = cr.conversion_id
                where cr.superseded_at is null and cr.occurred_at >= $1 and cr.occurred_at < $2 and cr.campaign_id <> $3
            ) as parts group by 2, 3, 4, 5, 6"
        )
    };
}

/// The credited part of the same.
macro_rules! credited {
    ($grouped_by:literal, $part_id:literal) => {
        concat!(
            "insert into money_days (grouped_by, partner_id, day, part_id, part, currency, conversions, revenue, credited, days)
            select '", $grouped_by, "', coalesce($4, cr.partner_id), cr.occurred_at - cr.occurred_at % 86400000, ", $part_id, ",
                '', coalesce(cr.currency, ''), 0, 0, cast(sum(cr.amount) as bigint), cast($5 as bigint)
            from credits cr
            where cr.superseded_at is null and cr.occurred_at >= $1 and cr.occurred_at < $2 and coalesce($3, cr.partner_id) is not null
            group by 2, 3, 4, 5, 6
            on conflict (grouped_by, partner_id, days, day, part_id, part, currency) do update set credited = excluded.credited"
        )
    };
}

/// Every conversion, credited or not.
macro_rules! whole {
    ($grouped_by:literal, $part:literal) => {
        concat!(
            "insert into money_days (grouped_by, partner_id, day, part_id, part, currency, conversions, revenue, credited, days)
            select '",
            $grouped_by,
            "', coalesce($4, id), occurred_at - occurred_at % 86400000, coalesce($3, id), ",
            $part,
            ",
                coalesce(currency, ''), count(*), cast(sum(coalesce(amount, 0)) as bigint), 0, cast($5 as bigint)
            from conversions where occurred_at >= $1 and occurred_at < $2 group by 2, 3, 4, 5, 6"
        )
    };
}

/// For everybody together.
pub(super) const OF_ALL: &[&str] = &[
    touches!("all", "coalesce($3, link_id)", "''"),
    touches!("partner", "partner_id", "''"),
    touches!("link", "link_id", "''"),
    touches!("campaign", "campaign_id", "''"),
    touches!("country", "coalesce($3, link_id)", "country"),
    touches!("device", "coalesce($3, link_id)", "device"),
    whole!("all", "''"),
    whole!("event", "event"),
    parts!("partner", "cr.partner_id", "''"),
    parts!("link", "coalesce(cr.link_id, $3)", "''"),
    parts!("campaign", "coalesce(cr.campaign_id, $3)", "''"),
    credited!("all", "coalesce($3, cr.partner_id)"),
    credited!("partner", "cr.partner_id"),
    credited!("link", "coalesce(cr.link_id, $3)"),
    credited!("campaign", "coalesce(cr.campaign_id, $3)"),
];

/// For each partner.
pub(super) const OF_EACH: &[&str] = &[
    touches!("all", "coalesce($3, link_id)", "''"),
    touches!("link", "link_id", "''"),
    touches!("campaign", "campaign_id", "''"),
    touches!("country", "coalesce($3, link_id)", "country"),
    touches!("device", "coalesce($3, link_id)", "device"),
    parts!("all", "coalesce($3, cr.partner_id)", "''"),
    parts!("event", "coalesce($3, cr.partner_id)", "cv.event"),
    parts!("link", "coalesce(cr.link_id, $3)", "''"),
    parts!("campaign", "coalesce(cr.campaign_id, $3)", "''"),
    credited!("all", "coalesce($3, cr.partner_id)"),
    credited!("link", "coalesce(cr.link_id, $3)"),
    credited!("campaign", "coalesce(cr.campaign_id, $3)"),
];

/// For each campaign, whose id stands in the place of a partner's.
pub(super) const OF_CAMPAIGNS: &[&str] = &[
    "insert into touch_days (grouped_by, partner_id, day, part_id, part, clicks, clicks_all, views, days)
    select 'in_campaign', campaign_id, hour - hour % 86400000, partner_id, '', cast(sum(clicks) as bigint),
        cast(sum(clicks_all) as bigint), cast(sum(views) as bigint), cast($4 as bigint)
    from rollups where hour >= $1 and hour < $2 and campaign_id <> $3 group by 2, 3, 4",
    in_campaign!("in_campaign", "cr.partner_id", "''"),
    in_campaign!("event_in", "coalesce($3, cr.partner_id)", "cv.event"),
    "insert into money_days (grouped_by, partner_id, day, part_id, part, currency, conversions, revenue, credited, days)
    select 'in_campaign', cr.campaign_id, cr.occurred_at - cr.occurred_at % 86400000, cr.partner_id, '',
        coalesce(cr.currency, ''), 0, 0, cast(sum(cr.amount) as bigint), cast($4 as bigint)
    from credits cr
    where cr.superseded_at is null and cr.occurred_at >= $1 and cr.occurred_at < $2 and cr.campaign_id <> $3
    group by 2, 3, 4, 6
    on conflict (grouped_by, partner_id, days, day, part_id, part, currency) do update set credited = excluded.credited",
];

/// Links, partners and campaigns that earned something on the day `$1` without a click: so the clicks alone tell all that there are.
pub(super) const NOT_CLICKED: &str =
    "insert into touch_days (grouped_by, partner_id, days, day, part_id, part, clicks, clicks_all, views)
    select distinct grouped_by, partner_id, days, day, part_id, part, 0, 0, 0 from money_days
    where days = $2 and day = $1 and grouped_by in ('link', 'partner', 'campaign', 'in_campaign')
    on conflict (grouped_by, partner_id, days, day, part_id, part) do nothing";

/// The sums of the blocks of `$3` days from `$1` to before `$2`, added up as one block of `$4` days.
pub(super) const OF_BLOCKS: [&str; 2] = [
    "insert into touch_days (grouped_by, partner_id, days, day, part_id, part, clicks, clicks_all, views)
    select grouped_by, partner_id, $4, $1, part_id, part, cast(sum(clicks) as bigint), cast(sum(clicks_all) as bigint),
        cast(sum(views) as bigint)
    from touch_days where days = $3 and day >= $1 and day < $2 group by grouped_by, partner_id, part_id, part",
    "insert into money_days (grouped_by, partner_id, days, day, part_id, part, currency, conversions, revenue, credited)
    select grouped_by, partner_id, $4, $1, part_id, part, currency, cast(sum(conversions) as bigint),
        cast(sum(revenue) as bigint), cast(sum(credited) as bigint)
    from money_days where days = $3 and day >= $1 and day < $2 group by grouped_by, partner_id, part_id, part, currency",
];
