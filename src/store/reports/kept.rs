//! Where the sums of closed days stand that tell something, and how they are read.

use uuid::Uuid;

use crate::domain::report::GroupBy;
use crate::store::dialect::PerDatabase;
use crate::store::rows::batched;
use crate::store::touchpoints::Narrow;

/// The sums of the blocks of closed days in the batch, by what tells rows apart; `$1` is the grouping, `$2` whose they are, and
/// `$3` the one part that is looked at, where there is one.
macro_rules! days {
    ($key:literal) => {
        days!(3, $key, "")
    };
    ($key:literal of one part) => {
        days!(4, $key, " and t.part_id = $3")
    };
    ($batch:tt, $key:literal, $of:literal) => {
        &[
            batched!(
                $batch,
                [days int, day int],
                concat!(
                    "select ",
                    $key,
                    " as key, cast(sum(t.clicks) as bigint) as clicks, cast(sum(t.clicks_all) as bigint) as clicks_all,
                        cast(sum(t.views) as bigint) as views
                    from batch b cross join touch_days t where t.grouped_by = $1 and t.partner_id = $2 and t.days = b.days
                        and t.day = b.day",
                    $of,
                    " group by 1"
                )
            ),
            batched!(
                $batch,
                [days int, day int],
                concat!(
                    "select ",
                    $key,
                    " as key, t.currency as currency, cast(sum(t.conversions) as bigint) as conversions,
                        cast(sum(t.revenue) as bigint) as revenue, cast(sum(t.credited) as bigint) as credited
                    from batch b cross join money_days t where t.grouped_by = $1 and t.partner_id = $2 and t.days = b.days
                        and t.day = b.day",
                    $of,
                    " group by 1, 2"
                )
            ),
        ]
    };
}

/// The same clicks of some things only, each named with every block.
pub(super) const TOUCHES_OF: &PerDatabase = &batched!(
    3,
    [days int, day int, part_id id],
    "select t.part_id as key, cast(sum(t.clicks) as bigint) as clicks, cast(sum(t.clicks_all) as bigint) as clicks_all,
        cast(sum(t.views) as bigint) as views
    from batch b cross join touch_days t where t.grouped_by = $1 and t.partner_id = $2 and t.days = b.days and t.day = b.day
        and t.part_id = b.part_id group by 1"
);

/// The same money of some things only, each named with every block.
pub(super) const MONEY_OF: &PerDatabase = &batched!(
    3,
    [days int, day int, part_id id],
    "select t.part_id as key, t.currency as currency, cast(sum(t.conversions) as bigint) as conversions,
        cast(sum(t.revenue) as bigint) as revenue, cast(sum(t.credited) as bigint) as credited
    from batch b cross join money_days t where t.grouped_by = $1 and t.partner_id = $2 and t.days = b.days and t.day = b.day
        and t.part_id = b.part_id group by 1, 2"
);

/// One thing that figures are narrowed down to.
pub(super) enum Part {
    Partner(Uuid),
    Link(Uuid),
    Campaign(Uuid),
    Country,
    Device,
}

/// Everything that they are narrowed down to.
pub(super) fn narrowed(narrow: &Narrow) -> Vec<Part> {
    let Narrow { partner_id, link_id, campaign_id, country, device, .. } = narrow;
    let parts = [
        partner_id.map(|id| Part::Partner(id.uuid())),
        link_id.map(|id| Part::Link(id.uuid())),
        campaign_id.map(|id| Part::Campaign(id.uuid())),
        country.as_ref().map(|_| Part::Country),
        device.as_ref().map(|_| Part::Device),
    ];
    parts.into_iter().flatten().collect()
}

/// Where the sums of closed days that tell something stand: under which name, whose, of which part, and how they are read.
pub(super) struct Summed {
    pub name: &'static str,
    pub owner: Uuid,
    pub part_id: Option<Uuid>,
    pub statements: &'static [PerDatabase; 2],
}

/// Where the sums of a grouping stand; nowhere for what is narrowed down to several things at once.
pub(super) fn summed(group_by: GroupBy, narrow: &Narrow) -> Option<Summed> {
    let (by_time, of_part) = match group_by {
        GroupBy::None => (Some(days!("cast(0 as bigint)")), Some(days!("cast(0 as bigint)" of one part))),
        GroupBy::Day => (Some(days!("t.day / 86400000")), Some(days!("t.day / 86400000" of one part))),
        _ => (None, None),
    };
    let of = |name, owner, statements| Some(Summed { name, owner, part_id: None, statements });
    let mut parts = narrowed(narrow);
    let (one, more) = (parts.pop(), !parts.is_empty());
    let owner = match one {
        _ if more => return None,
        None => Uuid::nil(),
        Some(Part::Partner(id)) => id,
        Some(Part::Campaign(id)) if group_by == GroupBy::Partner => return of("in_campaign", id, days!("t.part_id")),
        Some(Part::Campaign(id)) => return Some(Summed { part_id: Some(id), ..of("campaign", Uuid::nil(), of_part?)? }),
        Some(Part::Link(id)) => return Some(Summed { part_id: Some(id), ..of("link", Uuid::nil(), of_part?)? }),
        // Of conversions by country or device no sums are kept.
        Some(Part::Country | Part::Device) => return None,
    };
    match group_by {
        GroupBy::None | GroupBy::Day => of("all", owner, by_time?),
        // Of one partner it is all there is.
        GroupBy::Partner if !owner.is_nil() => of("all", owner, days!("t.partner_id")),
        GroupBy::Partner => of("partner", owner, days!("t.part_id")),
        GroupBy::Link => of("link", owner, days!("t.part_id")),
        GroupBy::Campaign => of("campaign", owner, days!("t.part_id")),
        GroupBy::Country => of("country", owner, days!("t.part")),
        GroupBy::Device => of("device", owner, days!("t.part")),
    }
}
