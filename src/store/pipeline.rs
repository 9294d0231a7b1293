//! The pipeline report and the touchpoints of deals. Deals are read page by page; what stays is sums.

use std::collections::HashMap;

use uuid::Uuid;

use crate::domain::deal::Deal;
use crate::domain::id::{DealId, PartnerId};
use crate::domain::money::Money;
use crate::domain::pipeline::{DealTouch, Judged, Key, Opportunity, Pipeline, PipelineBy, PipelineRow, Stay};
use crate::domain::time::{DAY_MS, Time};
use crate::error::Result;
use crate::store::dialect::{Named, PerDatabase};
use crate::store::kin::{kin, selves};
use crate::store::reports::Period;
use crate::store::rows::{Rows, batched};
use crate::store::sql::{Row, Tx, args};

/// Deals that are read at once.
const DEALS_AT_ONCE: i64 = 1_000;

/// Every stage that the deals in the list have been in.
const REACHED: PerDatabase = batched!(
    1,
    [id id],
    "select distinct h.deal_id as deal_id, h.stage_id as stage_id from batch b cross join deal_history h where h.deal_id = b.id"
);

/// The touchpoints of the deals in the list: those that name one, and those of its buyer that name no other. The buyer is a
/// partner as in the journey of a conversion, or by the account of the deal.
const TOUCHES: PerDatabase = batched!(
    1,
    [id id],
    concat!(
        ", ",
        kin!(
            "select d.customer_id, b.place from batch b cross join deals d
            where d.id = b.id and d.customer_id is not null"
        ),
        ", browsers (id, at) as materialized (
            select v.visitor_id, k.at from kin k cross join customer_visitors v where v.customer_id = k.id), ",
        selves!("union select d.account_id, b.place from batch b cross join deals d where d.id = b.id and d.account_id is not null"),
        ", touched (at, id) as (
            select b.place, t.id from batch b cross join touchpoints t where t.deal_id = b.id
            union select k.at, t.id from kin k cross join touchpoints t where t.customer_id = k.id and t.deal_id is null
            union select b.at, t.id from browsers b cross join touchpoints t where t.visitor_id = b.id and t.deal_id is null)
        select x.at as place, t.id as id, t.kind as kind, t.team as team, t.partner_id as partner_id,
            t.occurred_at as occurred_at, t.verdict as verdict,
            exists (select 1 from selves s where s.id = t.partner_id and s.at = x.at) as self_referral
        from touched x cross join touchpoints t where t.id = x.id order by t.occurred_at, t.id"
    )
);

fn opportunity(row: &Row) -> Result<Opportunity> {
    let (amount, currency) = (row.get::<Option<i64>>("amount")?, row.get("currency")?);
    Ok(Opportunity {
        id: row.get("id")?,
        money: amount.zip(currency).map(|(amount, currency)| Money { amount, currency }),
        owner: row.get("owner")?,
        product: row.get("product")?,
        stage: row.get("stage_id")?,
        reached: Vec::new(),
        status: row.get("status")?,
        opened_at: row.get("opened_at")?,
        closed_at: row.get("closed_at")?,
        moved_at: row.get("moved_at")?,
        registered_by: row.get("registered_by")?,
    })
}

fn touch(row: &Row) -> Result<DealTouch> {
    Ok(DealTouch {
        touchpoint_id: row.get("id")?,
        kind: row.get("kind")?,
        team: row.get("team")?,
        partner_id: row.get("partner_id")?,
        occurred_at: row.get("occurred_at")?,
        verdict: row.get("verdict")?,
        self_referral: row.get("self_referral")?,
    })
}

macro_rules! opportunities {
    ($filter:literal) => {
        concat!(
            "select d.id as id, d.amount as amount, d.currency as currency, d.owner as owner, d.product as product,
                d.stage_id as stage_id, s.kind as status, d.opened_at as opened_at, d.closed_at as closed_at,
                coalesce((select max(h.at) from deal_history h where h.deal_id = d.id), d.opened_at) as moved_at,
                (select r.partner_id from deal_registrations r where r.deal_id = d.id and r.status = 'approved'
                    order by r.created_at, r.id limit 1) as registered_by
            from deals d join deal_stages s on s.id = d.stage_id where ",
            $filter
        )
    };
}

/// The deals in the list.
const OF_LIST: PerDatabase = batched!(1, [id id], opportunities!("d.id in (select id from batch)"));

impl Tx {
    /// The pipeline report over deals that were opened in a period, as of `now`. Owners, products and kinds come in the order of
    /// their names, stages in theirs, partners with the most deals sourced first.
    ///
    /// # Errors
    /// The database does not answer, or the rules of a policy cannot be read.
    pub async fn pipeline(&mut self, by: PipelineBy, period: Period, now: Time, stalled_days: u32) -> Result<Vec<PipelineRow>> {
        Ok(self.pipelines(&[by], period, now, stalled_days).await?.pop().unwrap_or_default())
    }

    /// The same for several groupings, in their order, while every deal is read once.
    ///
    /// # Errors
    /// The database does not answer, or the rules of a policy cannot be read.
    pub async fn pipelines(
        &mut self, by: &[PipelineBy], period: Period, now: Time, stalled_days: u32,
    ) -> Result<Vec<Vec<PipelineRow>>> {
        // In the order of the index: another would look up what goes with every deal of the period for each page.
        const PAGE: &str = opportunities!(
            "d.opened_at >= $1 and d.opened_at < $2 and (d.opened_at > $1 or d.id > $3) order by d.opened_at, d.id limit $4"
        );
        let (mut from, mut after) = (period.from, Uuid::nil());
        let mut reports: Vec<Pipeline> = by.iter().map(|by| Pipeline::new(*by, now, stalled_days)).collect();
        loop {
            let page = self.all(PAGE, args![from, period.to, after, DEALS_AT_ONCE]).await?;
            let mut deals = page.iter().map(opportunity).collect::<Result<Vec<Opportunity>>>()?;
            let Some(last) = deals.last() else { break };
            (from, after) = (last.opened_at, last.id.uuid());
            if by.contains(&PipelineBy::StageReached) {
                self.complete(&mut deals).await?;
            }
            let standings = self.standings(&deals, now).await?;
            for (deal, standing) in deals.iter().filter_map(|deal| Some((deal, standings.get(&deal.id)?))) {
                reports.iter_mut().for_each(|report| report.add(deal, standing));
            }
        }
        let mut rows = Vec::with_capacity(by.len());
        for (by, report) in by.iter().zip(reports) {
            rows.push(self.label(*by, report).await?);
        }
        Ok(rows)
    }

    /// Deals with what partners have done for each, in the order in which they are given.
    ///
    /// # Errors
    /// The database does not answer, or the rules of a policy cannot be read.
    pub async fn judged(&mut self, deals: Vec<Deal>, now: Time) -> Result<Vec<Judged>> {
        let mut judged = Vec::with_capacity(deals.len());
        for part in deals.chunks(DEALS_AT_ONCE as usize) {
            let read = self.opportunities(&part.iter().map(|deal| deal.id).collect::<Vec<_>>()).await?;
            let mut standings = self.standings(&read, now).await?;
            let moved: HashMap<DealId, Time> = read.iter().map(|one| (one.id, one.moved_at)).collect();
            for deal in part {
                let Some((moved_at, standing)) = moved.get(&deal.id).zip(standings.remove(&deal.id)) else { continue };
                judged.push(Judged { deal: deal.clone(), standing, moved_at: *moved_at });
            }
        }
        Ok(judged)
    }

    /// The deals of these ids, as the report reads them.
    pub(super) async fn opportunities(&mut self, ids: &[DealId]) -> Result<Vec<Opportunity>> {
        let ids = Rows::of_ids(self.database(), ids.iter().map(|id| id.uuid()));
        self.all(&OF_LIST, args![ids]).await?.iter().map(opportunity).collect()
    }

    /// How long the deals that were opened in a period have been in each stage in which a deal goes on, in the order of stages.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn stays(&mut self, period: Period, now: Time) -> Result<Vec<Stay>> {
        const SQL: &str =
            "select name, count(distinct deal_id) as deals, cast(sum(coalesce(until, $3) - at) as bigint) as ms from (
                select s.name as name, s.kind as kind, s.place as place, h.deal_id as deal_id, h.at as at,
                    lead(h.at) over (partition by h.deal_id order by h.at, h.id) as until
                from deals d join deal_history h on h.deal_id = d.id join deal_stages s on s.id = h.stage_id
                where d.opened_at >= $1 and d.opened_at < $2) as stays
            where kind = 'open' group by name, place order by place, name";
        let stay = |row: &Row| {
            let (deals, ms) = (row.get::<i64>("deals")?, row.get::<i64>("ms")?);
            Ok(Stay { stage: row.get("name")?, deals, days: ms as f64 / DAY_MS as f64 / deals.max(1) as f64 })
        };
        self.all(SQL, args![period.from, period.to, now]).await?.iter().map(stay).collect()
    }

    /// One deal as the report reads it.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn opportunity(&mut self, id: DealId) -> Result<Option<Opportunity>> {
        self.optional(opportunities!("d.id = $1"), args![id]).await?.as_ref().map(opportunity).transpose()
    }

    /// The stages that deals have been in.
    async fn complete(&mut self, deals: &mut [Opportunity]) -> Result<()> {
        let places: HashMap<DealId, usize> = deals.iter().enumerate().map(|(place, deal)| (deal.id, place)).collect();
        let ids = Rows::of_ids(self.database(), deals.iter().map(|deal| deal.id.uuid()));
        for row in self.all(&REACHED, args![ids]).await? {
            if let Some(place) = places.get(&row.get("deal_id")?) {
                deals[*place].reached.push(row.get("stage_id")?);
            }
        }
        Ok(())
    }

    /// The touchpoints of these deals, each deal's in the order of time, whatever their verdict.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn deal_touches(&mut self, ids: impl Iterator<Item = DealId>) -> Result<HashMap<DealId, Vec<DealTouch>>> {
        let deals: Vec<DealId> = ids.collect();
        let ids = Rows::of_ids(self.database(), deals.iter().map(|deal| deal.uuid()));
        let mut touches: HashMap<DealId, Vec<DealTouch>> = HashMap::new();
        for row in self.all(&TOUCHES, args![ids]).await? {
            // By its place in the list: looking each one up in it would cost the whole list a row.
            let place = usize::try_from(row.get::<i64>("place")?).unwrap_or(usize::MAX);
            if let Some(deal) = deals.get(place) {
                touches.entry(*deal).or_default().push(touch(&row)?);
            }
        }
        Ok(touches)
    }

    async fn label(&mut self, by: PipelineBy, report: Pipeline) -> Result<Vec<PipelineRow>> {
        let mut rows = report.finish();
        let stages = self.stages().await?;
        let ids = rows.iter().filter_map(|(key, _)| if let Key::Partner(id) = key { Some(id.uuid()) } else { None });
        let partners = self.names(Named::Partner, ids.collect::<Vec<_>>()).await?;
        match by {
            PipelineBy::Partner => rows.sort_by_key(|(_, parts)| std::cmp::Reverse(parts[0].metrics.deals)),
            _ => rows.sort_by_key(|(key, _)| stages.iter().position(|stage| *key == Key::Stage(stage.id))),
        }
        let named = |(key, parts)| {
            let (key, label) = match key {
                Key::Whole => (None, None),
                Key::Text(text) => (text, None),
                Key::Partner(id) => (Some(PartnerId::to_string(&id)), partners.get(&id.uuid()).cloned()),
                Key::Stage(id) => {
                    let stage = stages.iter().find(|stage| stage.id == id);
                    (Some(id.to_string()), stage.map(|stage| stage.name.clone()))
                }
            };
            PipelineRow { key, label, parts }
        };
        Ok(rows.into_iter().map(named).collect())
    }
}
