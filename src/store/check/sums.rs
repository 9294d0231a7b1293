//! Sums that are kept say what a recount says.

use super::found;

/// As the invariants beside it.
pub(super) const SUMS: &[(&str, &str)] = &[
    (
        "the clicks of a closed day equal a recount of its hours",
        found!(
            "select part_id from (select part_id, day from (
                select part_id, day, clicks, clicks_all, views from touch_days
                    where grouped_by = 'link' and partner_id = $1 and days <= 1
                union all
                select link_id, hour - hour % 86400000, -clicks, -clicks_all, -views from rollups
                    where exists (select 1 from closed_days c where c.day = hour - hour % 86400000)
                    or exists (select 1 from begun_days b where b.day = hour - hour % 86400000 and hour < b.until)) as counted
            where not exists (select 1 from late_days l where l.day = counted.day)
            group by part_id, day having sum(clicks) <> 0 or sum(clicks_all) <> 0 or sum(views) <> 0) as x"
        ),
    ),
    (
        "the conversions and the money of a closed day equal a recount",
        found!(
            "select $1 from (select day, currency from (
                select day, currency, conversions, revenue, credited from money_days
                    where grouped_by = 'all' and partner_id = $1 and days <= 1
                union all
                select occurred_at - occurred_at % 86400000, coalesce(currency, ''), -1, -coalesce(amount, 0), 0 from conversions
                    where exists (select 1 from closed_days c where c.day = occurred_at - occurred_at % 86400000)
                    or exists (select 1 from begun_days b where b.day = occurred_at - occurred_at % 86400000 and occurred_at < b.until)
                union all
                select occurred_at - occurred_at % 86400000, coalesce(currency, ''), 0, 0, -amount from credits
                    where superseded_at is null and (
                        exists (select 1 from closed_days c where c.day = occurred_at - occurred_at % 86400000) or exists (
                            select 1 from begun_days b where b.day = occurred_at - occurred_at % 86400000 and occurred_at < b.until
                        ))) as counted
            where not exists (select 1 from late_days l where l.day = counted.day)
            group by day, currency having sum(conversions) <> 0 or sum(revenue) <> 0 or sum(credited) <> 0) as x"
        ),
    ),
    (
        "the clicks of a block of days are those of its days",
        found!(
            "select part_id from (select part_id from (
                select grouped_by, partner_id, days, day, part_id, part, clicks, clicks_all, views from touch_days where days > 1
                union all
                select t.grouped_by, t.partner_id, b.days, b.day, t.part_id, t.part, -t.clicks, -t.clicks_all, -t.views
                from (select distinct days, day from touch_days where days > 1) as b
                join touch_days t on t.days = 1 and t.day >= b.day and t.day < b.day + b.days * 86400000) as counted
            group by grouped_by, partner_id, days, day, part_id, part
            having sum(clicks) <> 0 or sum(clicks_all) <> 0 or sum(views) <> 0) as x"
        ),
    ),
    (
        "the conversions and the money of a block of days are those of its days",
        found!(
            "select part_id from (select part_id from (
                select grouped_by, partner_id, days, day, part_id, part, currency, conversions, revenue, credited from money_days
                    where days > 1
                union all
                select t.grouped_by, t.partner_id, b.days, b.day, t.part_id, t.part, t.currency, -t.conversions, -t.revenue,
                    -t.credited
                from (select distinct days, day from money_days where days > 1) as b
                join money_days t on t.days = 1 and t.day >= b.day and t.day < b.day + b.days * 86400000) as counted
            group by grouped_by, partner_id, days, day, part_id, part, currency
            having sum(conversions) <> 0 or sum(revenue) <> 0 or sum(credited) <> 0) as x"
        ),
    ),
];
