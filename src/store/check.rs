//! The invariants of DESIGN.md 9 over what is stored, each one statement: `kudos check`.

mod sums;

use uuid::Uuid;

use crate::domain::id::{floor, shown};
use crate::error::Result;
use crate::store::sql::{Tx, args};
use sums::SUMS;

/// An invariant that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// What should hold.
    pub invariant: &'static str,
    /// One example.
    pub detail: String,
    /// How many break it.
    pub count: i64,
}

/// A statement that counts what another finds, and gives the id of one `example`. No `min`: Postgres has none for ids.
macro_rules! found {
    ($select:literal) => {
        concat!(
            "with found (example) as materialized (",
            $select,
            ") select (select count(*) from found) as count, (select example from found order by example limit 1) as example"
        )
    };
}

use found;

/// What should hold, and a statement that finds what breaks it.
const INVARIANTS: &[(&str, &str)] = &[
    (
        "the shares of a conversion's credits sum to exactly 1",
        found!(
            "select id from (select conversion_id as id from credits where superseded_at is null
         group by conversion_id having sum(share) <> 1000000000) as x"
        ),
    ),
    (
        "the credited amounts of a conversion sum to its amount",
        found!(
            "select x.id from (select conversion_id as id, sum(amount) as credited from credits
         where superseded_at is null group by conversion_id) as x left join conversions c on c.id = x.id
         where c.id is null or x.credited <> coalesce(c.amount, 0)"
        ),
    ),
    (
        "a credit is in the currency of its conversion",
        found!(
            "select k.id from credits k join conversions c on c.id = k.conversion_id
         where k.superseded_at is null and coalesce(k.currency, '') <> coalesce(c.currency, '')"
        ),
    ),
    (
        "every credit that stands names a touchpoint of its partner",
        found!(
            "select k.id from credits k left join touchpoints t on t.id = k.touchpoint_id
         where k.superseded_at is null and (t.id is null and k.touchpoint_id >= $3
         or t.id is not null and (t.partner_id is null or t.partner_id <> k.partner_id))"
        ),
    ),
    (
        "every credit that stands names a partner",
        found!(
            "select k.id from credits k left join partners p on p.id = k.partner_id
         where k.superseded_at is null and p.id is null"
        ),
    ),
    (
        "every credit that stands names a policy version, the one its conversion names",
        found!(
            "select k.id from credits k join conversions c on c.id = k.conversion_id
         left join policies p on p.id = k.policy_id where k.superseded_at is null and c.attributed_at is not null
         and (p.id is null or c.policy_id is null or c.policy_id <> k.policy_id)"
        ),
    ),
    (
        "what the teams have of a conversion sums to exactly 1, and to its amount",
        found!(
            "select x.id from (select conversion_id as id, sum(share) as share, sum(amount) as amount from team_credits
         group by conversion_id) as x left join conversions c on c.id = x.id
         where c.id is null or x.share <> 1000000000 or x.amount <> coalesce(c.amount, 0)"
        ),
    ),
    (
        "a conversion that is pinned to a policy version is pinned to one that exists",
        found!(
            "select c.id from conversions c where c.pinned_policy_id is not null
         and not exists (select 1 from policies p where p.id = c.pinned_policy_id)"
        ),
    ),
    (
        "a conversion that was attributed without credit says why",
        found!(
            "select c.id from conversions c where c.attributed_at is not null
         and coalesce(c.summary, '') = ''
         and not exists (select 1 from credits k where k.conversion_id = c.id and k.superseded_at is null)"
        ),
    ),
    (
        "a conversion that is not attributed has a job",
        found!(
            "select c.id from conversions c where c.attributed_at is null
         and not exists (select 1 from jobs j where j.kind = 'attribute' and j.subject = c.id)"
        ),
    ),
    (
        "a job names a conversion",
        found!(
            "select j.subject from jobs j where j.kind = 'attribute'
         and not exists (select 1 from conversions c where c.id = j.subject)"
        ),
    ),
    (
        "no (event, order) is counted twice",
        found!(
            "select c.id from conversions c where exists (select 1 from conversions o where o.event = c.event
         and o.unique_key = c.unique_key and o.id < c.id)"
        ),
    ),
    (
        "a repeat names the conversion it repeats, and is none itself",
        found!(
            "select r.id from conversion_repeats r
         where not exists (select 1 from conversions c where c.id = r.conversion_id)
         or exists (select 1 from conversions c where c.id = r.id)"
        ),
    ),
    (
        "the refunds of a conversion are not more than its amount",
        found!(
            "select x.id from (select conversion_id as id, sum(amount) as refunded from refunds
         group by conversion_id) as x left join conversions c on c.id = x.id
         where c.id is null or x.refunded > coalesce(c.amount, 0)"
        ),
    ),
    (
        "the hourly counts equal a recount of the touchpoints",
        found!(
            "select link_id from (
            select hour, link_id, campaign_id, country, device from (
                select hour, link_id, campaign_id, country, device, clicks, clicks_all, views from rollups
                where hour >= $2
                union all
                select occurred_at - ((occurred_at % 3600000) + 3600000) % 3600000, link_id, coalesce(campaign_id, $1),
                    coalesce(country, ''), coalesce(device, ''), -case when kind = 'click' and verdict = 'valid' then 1 else 0 end,
                    -case when kind = 'click' then 1 else 0 end, -case when kind = 'view' and verdict = 'valid' then 1 else 0 end
                from touchpoints where kind in ('click', 'view') and link_id is not null and occurred_at >= $2) as c
            group by hour, link_id, campaign_id, country, device
            having sum(clicks) <> 0 or sum(clicks_all) <> 0 or sum(views) <> 0) as x"
        ),
    ),
    (
        "a touchpoint's link exists",
        found!(
            "select t.id from touchpoints t where t.link_id is not null
         and not exists (select 1 from links l where l.id = t.link_id)"
        ),
    ),
    (
        "every reference leads somewhere",
        found!(
            "select l.id from links l where l.campaign_id is not null
             and not exists (select 1 from campaigns c where c.id = l.campaign_id)
         union all select c.id from codes c where c.campaign_id is not null
             and not exists (select 1 from campaigns p where p.id = c.campaign_id)
         union all select p.id from partners p where p.group_id is not null
             and not exists (select 1 from partner_groups g where g.id = p.group_id)
         union all select a.id from accounts a where a.parent_id is not null
             and not exists (select 1 from accounts p where p.id = a.parent_id)
         union all select t.id from touchpoints t where t.deal_id is not null
             and not exists (select 1 from deals d where d.id = t.deal_id)"
        ),
    ),
    (
        "every customer that something names is known",
        found!(
            "select c.id from conversions c where c.customer_id is not null
         and not exists (select 1 from customers k where k.id = c.customer_id)
         union all select d.id from deals d where d.customer_id is not null
         and not exists (select 1 from customers k where k.id = d.customer_id)
         union all select a.id from accounts a where a.customer_id is not null
         and not exists (select 1 from customers k where k.id = a.customer_id)"
        ),
    ),
    (
        "a merged customer leads to one identity, and that to itself",
        found!(
            "select c.key from customer_groups g join customers c on c.id = g.customer_id
         left join customer_groups i on i.customer_id = g.identity where i.identity is null or i.identity <> g.identity"
        ),
    ),
    (
        "a partner whom a buyer named has the touchpoint that says so",
        found!(
            "select c.id from conversions c left join touchpoints t on t.id = c.heard_touchpoint_id
         where c.heard_partner_id is not null and (c.heard_touchpoint_id is null
         or t.id is not null and (t.partner_id <> c.heard_partner_id or t.verdict <> 'valid'))"
        ),
    ),
    (
        "what is given of a conversion by hand is at most all of it, and the conversion is there",
        found!(
            "select x.id from (select conversion_id as id, sum(share) as given from manual_credits
         where removed_at is null group by conversion_id) as x left join conversions c on c.id = x.id
         where c.id is null or x.given > 1000000000"
        ),
    ),
    (
        "a link names a partner",
        found!(
            "select l.id from links l
         where not exists (select 1 from partners p where p.id = l.partner_id)"
        ),
    ),
    (
        "a code names a partner",
        found!(
            "select c.id from codes c
         where not exists (select 1 from partners p where p.id = c.partner_id)"
        ),
    ),
    (
        "a user of the role partner belongs to a partner, and nobody else does",
        found!("select u.id from users u where (u.role = 'partner') <> (u.partner_id is not null)"),
    ),
    (
        "a conversion's click that is stored has its browser among the conversion's",
        found!(
            "select c.id from conversions c join touchpoints t on t.id = c.click_id
         where t.visitor_id is not null and not exists (select 1 from conversion_visitors v where v.conversion_id = c.id
         and v.visitor_id = t.visitor_id)"
        ),
    ),
    (
        "a deal is in the stage that its history ends with",
        found!(
            "select d.id from deals d where not exists (select 1 from deal_history h where h.deal_id = d.id
         and h.stage_id = d.stage_id and not exists (select 1 from deal_history l where l.deal_id = d.id and l.id > h.id))"
        ),
    ),
    (
        "a deal has a moment of closing if, and only if, it is won or lost",
        found!(
            "select d.id from deals d join deal_stages s on s.id = d.stage_id
         where (s.kind = 'open') <> (d.closed_at is null) or d.closed_at < d.opened_at"
        ),
    ),
    (
        "an approved registration names its deal and its touchpoint",
        found!(
            "select r.id from deal_registrations r left join touchpoints t on t.id = r.touchpoint_id
         where r.status = 'approved' and (r.deal_id is null or r.claimed_until is null or r.touchpoint_id is null
         or r.touchpoint_id >= $3 and t.id is null or t.partner_id <> r.partner_id or t.deal_id <> r.deal_id)"
        ),
    ),
    (
        "of those who register an account only the first waits for a decision",
        found!(
            "select r.id from deal_registrations r where r.status = 'pending' and exists (select 1 from deal_registrations o
         where o.status = 'pending' and o.id < r.id and (o.domain = r.domain
         or o.name_key = r.name_key and (o.domain is null or r.domain is null)))"
        ),
    ),
];

/// What kind of id it is: the prefix of whatever has it.
const KIND_OF: &str = "select 'cv' as prefix from conversions where id = $1
    union all select 'cv' from conversion_repeats where id = $1
    union all select 'tp' from touchpoints where id = $1
    union all select 'cr' from credits where id = $1
    union all select 'dl' from deals where id = $1
    union all select 'dr' from deal_registrations where id = $1
    union all select 'cu' from customers where key = $1
    union all select 'ac' from accounts where id = $1
    union all select 'pn' from partners where id = $1
    union all select 'ln' from links where id = $1
    union all select 'cd' from codes where id = $1
    union all select 'us' from users where id = $1 limit 1";

impl Tx {
    /// An id as people know it; of what is not there any more the plain UUID.
    async fn shown(&mut self, hex: String) -> Result<String> {
        let Ok(id) = Uuid::try_parse(&hex) else { return Ok(hex) };
        let found = self.optional(KIND_OF, args![id]).await?;
        Ok(match found {
            Some(row) => shown(&row.get::<String>("prefix")?, id),
            None => id.to_string(),
        })
    }

    /// Whether nothing was recorded and nobody takes part yet. Keys and policies do not count.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn is_empty(&mut self) -> Result<bool> {
        const SQL: &str = "select not (exists (select 1 from partners) or exists (select 1 from partner_groups)
            or exists (select 1 from campaigns) or exists (select 1 from touchpoints) or exists (select 1 from conversions)
            or exists (select 1 from rejected) or exists (select 1 from accounts) or exists (select 1 from deals)) as empty";
        self.one(SQL, args![]).await?.get("empty")
    }

    /// Looks for broken invariants, and for damage to the database's own files; none is the good answer. Reads everything.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn check(&mut self) -> Result<Vec<Broken>> {
        self.sort_on_disk().await?;
        let mut broken = Vec::new();
        // Touchpoints from before may be gone; what followed from them stays.
        let from = self.touchpoints_from().await?;
        for &(invariant, sql) in INVARIANTS.iter().chain(SUMS) {
            // The campaign of what has none; the first moment and the smallest id of what is kept.
            let args = if sql.contains('$') { args![Uuid::nil(), from, floor(from)] } else { args![] };
            let row = self.one(sql, args).await?;
            let count: i64 = row.get("count")?;
            if count > 0 {
                let detail = format!("for example {}", self.shown(row.hex("example")?).await?);
                broken.push(Broken { invariant, detail, count });
            }
        }
        broken.extend(self.check_standings(from).await?);
        broken.extend(self.check_database().await?);
        Ok(broken)
    }
}
