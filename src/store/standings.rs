//! What partners have done for each deal, kept: a report over thousands of deals then reads a row of each, not all their
//! touchpoints.
//!
//! A row is there only as long as nothing changed that it follows from. Whoever changes such a thing takes the row away in the
//! same transaction (`forget_..`), in turn with those who keep rows ([`Tx::keep_standings`]), so that of the two one sees the
//! other. A deal without a row is looked at touchpoint by touchpoint. So reports are exact at every moment.

use std::collections::HashMap;

use uuid::Uuid;

use crate::domain::id::{DealId, PartnerId, TouchpointId, floor};
use crate::domain::pipeline::{Kept, Opportunity, Standing};
use crate::domain::policy::RuleBook;
use crate::domain::time::Time;
use crate::error::Result;
use crate::store::check::Broken;
use crate::store::dialect::{PerDatabase, Turn};
use crate::store::kin::kin;
use crate::store::rows::{Rows, batched};
use crate::store::sql::{Json, Row, Tx, args};

/// Deals that are looked at at once, with all their touchpoints.
const DEALS_AT_ONCE: usize = 200;

/// What is kept of the deals in the list.
const KEPT: PerDatabase = batched!(
    1,
    [id id],
    "select k.deal_id as deal_id, k.sourced_by as sourced_by, k.partners as partners, k.kinds as kinds,
        k.holds_from as holds_from, k.holds_until as holds_until, k.oldest as oldest
    from batch b cross join deal_standings k where k.deal_id = b.id"
);

/// Keeps these.
const KEEP: PerDatabase = batched!(
    1,
    [deal_id id, sourced_by id, partners text, kinds text, holds_from int, holds_until int, oldest id],
    "insert into deal_standings (deal_id, sourced_by, partners, kinds, holds_from, holds_until, oldest)
    select deal_id, sourced_by, partners, kinds, holds_from, holds_until, oldest from batch where true order by 1
    on conflict (deal_id) do update set sourced_by = excluded.sourced_by, partners = excluded.partners, kinds = excluded.kinds,
        holds_from = excluded.holds_from, holds_until = excluded.holds_until, oldest = excluded.oldest"
);

/// Of the deals in the list.
const FORGET: PerDatabase = batched!(1, [id id], "delete from deal_standings where deal_id in (select id from batch)");

/// Of the deals that these touchpoints name, or whose buyer's they are.
const FORGET_TOUCHED: PerDatabase = batched!(
    1,
    [id id],
    concat!(
        ", news (deal_id, visitor_id, customer_id) as materialized (
            select t.deal_id, t.visitor_id, t.customer_id from batch b cross join touchpoints t where t.id = b.id), ",
        kin!(
            "select customer_id, cast(0 as bigint) from news where deal_id is null and customer_id is not null
            union select v.customer_id, cast(0 as bigint) from news n cross join customer_visitors v
                where n.deal_id is null and v.visitor_id = n.visitor_id"
        ),
        " delete from deal_standings where deal_id in (select n.deal_id from news n where n.deal_id is not null
            union all select d.id from kin k cross join deals d where d.customer_id = k.id)"
    )
);

/// Of the deals of these customers, of those who share a browser with one (who is a partner, they may be), and of all their kin.
const FORGET_BOUGHT: PerDatabase = batched!(
    1,
    [customer_id text],
    concat!(
        ", ",
        kin!(
            "select customer_id, cast(0 as bigint) from batch
            union select o.customer_id, cast(0 as bigint) from batch b cross join customer_visitors v
                cross join customer_visitors o where v.customer_id = b.customer_id and o.visitor_id = v.visitor_id"
        ),
        " delete from deal_standings where deal_id in (
            select d.id from kin k cross join deals d where d.customer_id = k.id)"
    )
);

fn kept(row: &Row) -> Result<(DealId, Kept)> {
    let standing = Standing {
        sourced_by: row.get("sourced_by")?,
        partners: row.get::<Json<_>>("partners")?.0,
        kinds: row.get::<Json<_>>("kinds")?.0,
    };
    let (from, until) = (row.get("holds_from")?, row.get("holds_until")?);
    Ok((row.get("deal_id")?, Kept { standing, from, until, oldest: row.get("oldest")? }))
}

impl Tx {
    /// What partners have done for these deals as of `now`.
    pub(super) async fn standings(&mut self, deals: &[Opportunity], now: Time) -> Result<HashMap<DealId, Standing>> {
        let kept = self.kept(deals.iter().map(|deal| deal.id)).await?;
        let held = kept.into_iter().filter(|(_, kept)| kept.holds(now));
        let mut standings: HashMap<DealId, Standing> = held.map(|(id, kept)| (id, kept.standing)).collect();
        let rest: Vec<&Opportunity> = deals.iter().filter(|deal| !standings.contains_key(&deal.id)).collect();
        if !rest.is_empty() {
            let book = self.rule_book().await?;
            standings.extend(self.look(&book, &rest, |_| now).await?.into_iter().map(|(id, kept)| (id, kept.standing)));
        }
        Ok(standings)
    }

    async fn kept(&mut self, ids: impl Iterator<Item = DealId>) -> Result<HashMap<DealId, Kept>> {
        let ids = Rows::of_ids(self.database(), ids.map(DealId::uuid));
        self.all(&KEPT, args![ids]).await?.iter().map(kept).collect()
    }

    /// Looks at every touchpoint of these deals, as of a moment for each.
    async fn look(
        &mut self, book: &RuleBook, deals: &[&Opportunity], as_of: impl Fn(DealId) -> Time,
    ) -> Result<Vec<(DealId, Kept)>> {
        let mut seen = Vec::with_capacity(deals.len());
        for part in deals.chunks(DEALS_AT_ONCE) {
            let mut touches = self.deal_touches(part.iter().map(|deal| deal.id)).await?;
            for deal in part {
                let (rules, touches) = (book.of_deal(deal.opened_at)?, touches.remove(&deal.id).unwrap_or_default());
                seen.push((deal.id, Kept::of(deal, &touches, &rules, as_of(deal.id))));
            }
        }
        Ok(seen)
    }

    /// Deals of which nothing is kept that holds at `now`, at most `limit`.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn deals_to_look_at(&mut self, now: Time, limit: i64) -> Result<Vec<DealId>> {
        const SQL: &str = "select d.id as id from deals d left join deal_standings k on k.deal_id = d.id
            where k.deal_id is null or k.holds_until <= $1 order by d.id desc limit $2";
        self.all(SQL, args![now, limit]).await?.iter().map(|row| row.get("id")).collect()
    }

    /// Keeps what partners have done for at most `limit` deals of which nothing is kept that holds at `now`; of how many.
    ///
    /// # Errors
    /// The database does not answer, or the rules of a policy cannot be read.
    pub async fn keep_standings(&mut self, now: Time, limit: i64) -> Result<usize> {
        self.hold(Turn::Conclude).await?;
        let ids = self.deals_to_look_at(now, limit).await?;
        let (deals, book) = (self.opportunities(&ids).await?, self.rule_book().await?);
        let seen = self.look(&book, &deals.iter().collect::<Vec<_>>(), |_| now).await?;
        let mut rows = Rows::new(self.database(), seen.len(), 200);
        for (id, Kept { standing, from, until, oldest }) in &seen {
            let json = |error| crate::error::Error::internal("a standing cannot be written", error);
            let partners = serde_json::to_string(&standing.partners).map_err(json)?;
            let kinds = serde_json::to_string(&standing.kinds).map_err(json)?;
            rows.begin().id(Some(id.uuid())).id(standing.sourced_by.map(PartnerId::uuid));
            rows.text(partners.as_str()).text(kinds.as_str()).int(from.as_millis()).int(until.as_millis());
            rows.id(oldest.map(TouchpointId::uuid));
        }
        self.execute(&KEEP, args![rows]).await?;
        Ok(seen.len())
    }

    /// Of every deal: rules changed, or who is who among partners and accounts.
    pub(super) async fn forget_standings(&mut self) -> Result<()> {
        self.hold(Turn::Conclude).await?;
        self.execute("delete from deal_standings", args![]).await.map(drop)
    }

    /// Of one deal, which itself changed.
    pub(super) async fn forget_standing(&mut self, deal: DealId) -> Result<()> {
        self.hold(Turn::Conclude).await?;
        let ids = Rows::of_ids(self.database(), [deal.uuid()]);
        self.execute(&FORGET, args![ids]).await.map(drop)
    }

    /// Of the deals of these touchpoints, as they are. To be called in turn.
    pub(super) async fn forget_standings_touched(&mut self, touchpoints: &[Uuid]) -> Result<()> {
        let ids = Rows::of_ids(self.database(), touchpoints.iter().copied());
        self.execute(&FORGET_TOUCHED, args![ids]).await.map(drop)
    }

    /// Of the deals of these customers, of whom more is known. To be called in turn.
    pub(super) async fn forget_standings_bought<'a>(&mut self, customers: impl Iterator<Item = &'a str>) -> Result<()> {
        let customers = Rows::of_texts(self.database(), customers);
        self.execute(&FORGET_BOUGHT, args![customers]).await.map(drop)
    }

    /// Of deals with touchpoints from before `before`, which are gone.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn forget_standings_before(&mut self, before: Time) -> Result<()> {
        self.hold(Turn::Conclude).await?;
        self.execute("delete from deal_standings where oldest < $1", args![floor(before)]).await.map(drop)
    }

    /// Whether what is kept is what a look at every touchpoint finds, but for deals of which some may be gone.
    ///
    /// # Errors
    /// The database does not answer, or the rules of a policy cannot be read.
    pub async fn check_standings(&mut self, touchpoints_from: Time) -> Result<Option<Broken>> {
        const PAGE: &str = "select deal_id from deal_standings where deal_id > $1 and (oldest is null or oldest >= $2)
            order by deal_id limit $3";
        let (book, mut after, mut wrong) = (self.rule_book().await?, Uuid::nil(), Vec::new());
        loop {
            let page = self.all(PAGE, args![after, floor(touchpoints_from), DEALS_AT_ONCE as i64]).await?;
            let ids = page.iter().map(|row| row.get("deal_id")).collect::<Result<Vec<DealId>>>()?;
            let Some(last) = ids.last() else { break };
            after = last.uuid();
            let (kept, deals) = (self.kept(ids.iter().copied()).await?, self.opportunities(&ids).await?);
            let as_of = |id: DealId| kept.get(&id).map_or(Time::EPOCH, |kept| kept.from);
            let seen = self.look(&book, &deals.iter().collect::<Vec<_>>(), as_of).await?;
            wrong.extend(seen.into_iter().filter(|(id, seen)| kept.get(id) != Some(seen)).map(|(id, _)| id));
        }
        Ok(wrong.first().map(|example| Broken {
            invariant: "what is kept of a deal is what its touchpoints say",
            detail: format!("for example {example}"),
            count: wrong.len() as i64,
        }))
    }
}
