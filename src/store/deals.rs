//! Deals and their history: a deal changes, the stages it came to are appended.

use uuid::Uuid;

use crate::domain::audit::By;
use crate::domain::deal::{Deal, DealStatus, OpenStage, Stage, StageChange};
use crate::domain::id::{AccountId, DealId, StageId, TouchpointId, derived, mint};
use crate::domain::time::Time;
use crate::error::{Error, Result};
use crate::store::kin::kin;
use crate::store::reports::add_money;
use crate::store::sql::{Row, Slice, Tx, args};

/// Which deals.
#[derive(Clone, Debug, Default)]
pub struct DealFilter {
    /// With this id in the CRM.
    pub external_id: Option<String>,
    /// Of this customer and its kin.
    pub customer_id: Option<String>,
    /// Of this account.
    pub account_id: Option<AccountId>,
    /// In the stage of this name.
    pub stage: Option<String>,
    /// Open, won or lost.
    pub status: Option<DealStatus>,
    /// Of this owner.
    pub owner: Option<String>,
}

/// Which deals a page lists.
#[derive(Clone, Debug, Default)]
pub struct DealSearch {
    /// Opened from this moment on.
    pub from: Option<Time>,
    /// Opened before this moment.
    pub to: Option<Time>,
    /// In the stage of this name.
    pub stage: Option<String>,
    /// Ever in the stage of this name.
    pub reached: Option<String>,
    /// Of this owner.
    pub owner: Option<String>,
    /// Of this account.
    pub account_id: Option<AccountId>,
    /// Open, won or lost.
    pub status: Option<DealStatus>,
}

macro_rules! select {
    ($tail:literal) => {
        concat!(
            "select d.id as id, d.name as name, d.account_id as account_id, d.customer_id as customer_id, d.amount as amount,
                d.currency as currency, d.owner as owner, d.product as product, d.external_id as external_id,
                d.stage_id as stage_id, s.name as stage, s.kind as status, d.opened_at as opened_at, d.closed_at as closed_at,
                d.order_id as order_id, d.note as note, d.created_at as created_at
            from deals d join deal_stages s on s.id = d.stage_id ",
            $tail
        )
    };
}

fn deal(row: Row) -> Result<Deal> {
    Ok(Deal {
        id: row.get("id")?,
        name: row.get("name")?,
        account_id: row.get("account_id")?,
        customer_id: row.get("customer_id")?,
        amount: row.get("amount")?,
        currency: row.get("currency")?,
        owner: row.get("owner")?,
        product: row.get("product")?,
        external_id: row.get("external_id")?,
        stage_id: row.get("stage_id")?,
        stage: row.get("stage")?,
        status: row.get("status")?,
        opened_at: row.get("opened_at")?,
        closed_at: row.get("closed_at")?,
        order_id: row.get("order_id")?,
        note: row.get("note")?,
        created_at: row.get("created_at")?,
    })
}

fn taken(why: Error) -> Error {
    why.at_field("external_id", "another deal has that external id")
}

impl Tx {
    /// Adds a deal, which came to its stage at `moved_at`.
    ///
    /// # Errors
    /// [`crate::error::Code::Conflict`] when the external id is taken.
    pub async fn add_deal(&mut self, by: By, deal: &Deal, moved_at: Time) -> Result<()> {
        const SQL: &str = "insert into deals (id, name, account_id, customer_id, amount, currency, owner, product, external_id,
                stage_id, opened_at, closed_at, order_id, note, created_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
        let mut args = args![deal.id];
        args.extend(changeable(deal));
        args.extend(args![deal.created_at]);
        self.execute(SQL, args).await.map_err(taken)?;
        self.name_customer(deal.customer_id.as_deref(), None, deal.opened_at, by.at).await?;
        self.enqueue_for_deal(None, deal, by.at).await?;
        self.append_stage(by, deal, moved_at).await?;
        self.audit(by, "deal.create", deal.id, deal).await
    }

    /// Saves a changed deal; when its stage is another than before, it came to it at `moved_at`. Its touchpoints without a
    /// customer become those of its customer.
    ///
    /// # Errors
    /// [`crate::error::Code::Conflict`] when the external id is taken.
    pub async fn save_deal(&mut self, by: By, before: &Deal, deal: &Deal, moved_at: Time) -> Result<()> {
        if before.stage_id != deal.stage_id {
            self.append_stage(by, deal, moved_at).await?;
        }
        self.change_deal(by, before, deal).await?;
        self.audit(by, "deal.update", deal.id, deal).await
    }

    /// Saves a deal that is back in the stage before its last one: that it came to the last one was a mistake, and leaves its
    /// history.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn move_deal_back(&mut self, by: By, before: &Deal, deal: &Deal) -> Result<()> {
        const SQL: &str = "delete from deal_history where id = $1";
        let last = self.last_entry(deal.id).await?;
        self.execute(SQL, args![last]).await?;
        self.change_deal(by, before, deal).await?;
        self.audit(by, "deal.move_back", deal.id, deal).await
    }

    async fn change_deal(&mut self, by: By, before: &Deal, deal: &Deal) -> Result<()> {
        const SQL: &str =
            "update deals set name = $2, account_id = $3, customer_id = $4, amount = $5, currency = $6, owner = $7,
            product = $8, external_id = $9, stage_id = $10, opened_at = $11, closed_at = $12, order_id = $13, note = $14
            where id = $1";
        let mut args = args![deal.id];
        args.extend(changeable(deal));
        self.execute(SQL, args).await.map_err(taken)?;
        if before.customer_id != deal.customer_id && deal.customer_id.is_some() {
            self.name_customer(deal.customer_id.as_deref(), None, deal.opened_at, by.at).await?;
            self.tie_deal_touchpoints(deal, by.at).await?;
        }
        self.enqueue_for_deal(Some(before), deal, by.at).await?;
        self.forget_standing(deal.id).await
    }

    /// Its id is greater than that of the stage before, whatever the clock of the node that appended that one.
    async fn append_stage(&mut self, by: By, deal: &Deal, at: Time) -> Result<()> {
        let last = self.last_entry(deal.id).await?;
        let after = last.map_or(Uuid::nil(), |last| Uuid::from_u128(last.as_u128() + 1));
        self.enter_stage(by, mint(by.at).max(after), deal.id, deal.stage_id, at).await
    }

    /// Enters into the history of a deal that it came at `at` to a stage in which it is no more: before its last entry.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn add_past_stage(&mut self, by: By, deal: DealId, stage: &Stage, at: Time) -> Result<()> {
        let last = self.last_entry(deal).await?;
        let before = last.map_or(Uuid::max(), |last| Uuid::from_u128(last.as_u128() - 1));
        let id = derived(at, &[&deal.text(), &stage.id.text()]).min(before);
        self.enter_stage(by, id, deal, stage.id, at).await?;
        self.audit(by, "deal.past_stage", deal, &serde_json::json!({ "stage": stage.name, "at": at })).await
    }

    async fn last_entry(&mut self, deal: DealId) -> Result<Option<Uuid>> {
        const LAST: &str = "select id from deal_history where deal_id = $1 order by id desc limit 1";
        self.optional(LAST, args![deal]).await?.map(|row| row.get("id")).transpose()
    }

    async fn enter_stage(&mut self, by: By, id: Uuid, deal: DealId, stage: StageId, at: Time) -> Result<()> {
        const SQL: &str =
            "insert into deal_history (id, deal_id, stage_id, at, author, recorded_at) values ($1, $2, $3, $4, $5, $6)";
        self.execute(SQL, args![id, deal, stage, at, by.actor.to_string(), by.at]).await?;
        Ok(())
    }

    /// The stages a deal came to and when, in the order of their entry: the last is the one it is in.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn stages_reached(&mut self, id: DealId) -> Result<Vec<(StageId, Time)>> {
        const SQL: &str = "select stage_id, at from deal_history where deal_id = $1 order by id";
        let reached = |row: &Row| Ok((row.get("stage_id")?, row.get("at")?));
        self.all(SQL, args![id]).await?.iter().map(reached).collect()
    }

    async fn tie_deal_touchpoints(&mut self, deal: &Deal, now: Time) -> Result<()> {
        const LOOSE: &str = "select id from touchpoints where deal_id = $1 and customer_id is null";
        const TIE: &str = "update touchpoints set customer_id = $2 where deal_id = $1 and customer_id is null";
        let loose = self.all(LOOSE, args![deal.id]).await?;
        let loose = loose.iter().map(|row| row.get("id")).collect::<Result<Vec<TouchpointId>>>()?;
        self.execute(TIE, args![deal.id, deal.customer_id.as_deref()]).await?;
        self.enqueue_for_touchpoints(&loose, now).await
    }

    /// One deal.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn deal(&mut self, id: DealId) -> Result<Option<Deal>> {
        self.optional(select!("where d.id = $1"), args![id]).await?.map(deal).transpose()
    }

    /// The deal with this id in the CRM.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn deal_under(&mut self, external_id: &str) -> Result<Option<Deal>> {
        self.optional(select!("where d.external_id = $1"), args![external_id]).await?.map(deal).transpose()
    }

    /// A part of the list of deals.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn deals(&mut self, filter: &DealFilter, slice: Slice) -> Result<Vec<Deal>> {
        const SQL: &str = concat!(
            "with ",
            kin!("select cast($2 as text), cast(0 as bigint) where $2 is not null"),
            " ",
            select!(
                "where ($1 is null or d.external_id = $1) and ($2 is null or d.customer_id in (select k.id from kin k))
                and ($3 is null or d.account_id = $3) and ($4 is null or s.name = $4) and ($5 is null or s.kind = $5)
                and ($6 is null or d.owner = $6) and d.id < $7 order by d.id desc limit $8"
            )
        );
        let args = args![
            filter.external_id.as_deref(),
            filter.customer_id.as_deref(),
            filter.account_id,
            filter.stage.as_deref(),
            filter.status.map(DealStatus::as_str),
            filter.owner.as_deref(),
            slice.before,
            slice.limit
        ];
        self.all(SQL, args).await?.into_iter().map(deal).collect()
    }

    /// The deals that were opened last, of those that are searched for.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn deals_opened(&mut self, search: &DealSearch, limit: i64) -> Result<Vec<Deal>> {
        const SQL: &str = select!(
            "where d.opened_at >= $1 and d.opened_at < $2 and ($3 is null or s.name = $3) and ($4 is null or d.owner = $4)
            and ($5 is null or d.account_id = $5) and ($6 is null or s.kind = $6)
            and ($7 is null or exists (select 1 from deal_history h join deal_stages r on r.id = h.stage_id
                where h.deal_id = d.id and r.name = $7))
            order by d.opened_at desc, d.id desc limit $8"
        );
        let DealSearch { from, to, stage, reached, owner, account_id, status } = search;
        let args = args![
            from.unwrap_or(Time::EPOCH),
            to.unwrap_or(Time::from_millis(i64::MAX)),
            stage.as_deref(),
            owner.as_deref(),
            *account_id,
            status.map(DealStatus::as_str),
            reached.as_deref(),
            limit
        ];
        self.all(SQL, args).await?.into_iter().map(deal).collect()
    }

    /// Everybody who works on a deal, by name.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn deal_owners(&mut self, limit: i64) -> Result<Vec<String>> {
        const SQL: &str = "select distinct owner from deals where owner is not null order by owner limit $1";
        self.all(SQL, args![limit]).await?.iter().map(|row| row.get("owner")).collect()
    }

    /// Every deal that is open, by stage, in the order of stages.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn open_now(&mut self) -> Result<Vec<OpenStage>> {
        const SQL: &str = "select s.name as stage, d.currency as currency, count(*) as deals,
                cast(sum(coalesce(d.amount, 0)) as bigint) as amount
            from deals d join deal_stages s on s.id = d.stage_id where s.kind = 'open'
            group by s.id, s.name, s.place, d.currency order by s.place, s.name, d.currency";
        let mut stages: Vec<OpenStage> = Vec::new();
        for row in self.all(SQL, args![]).await? {
            let stage: String = row.get("stage")?;
            if stages.last().is_none_or(|last| last.stage != stage) {
                stages.push(OpenStage { stage, deals: 0, worth: Vec::new() });
            }
            if let Some(last) = stages.last_mut() {
                last.deals += row.get::<i64>("deals")?;
                add_money(&mut last.worth, &row)?;
            }
        }
        Ok(stages)
    }

    /// The stages a deal came to, the first first.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn deal_history(&mut self, id: DealId) -> Result<Vec<StageChange>> {
        const SQL: &str =
            "select s.name as stage, s.kind as status, h.at as at, h.author as author, h.recorded_at as recorded_at
            from deal_history h join deal_stages s on s.id = h.stage_id where h.deal_id = $1 order by h.at, h.id";
        let change = |row: Row| {
            Ok(StageChange {
                stage: row.get("stage")?,
                status: row.get("status")?,
                at: row.get("at")?,
                author: row.get("author")?,
                recorded_at: row.get("recorded_at")?,
            })
        };
        self.all(SQL, args![id]).await?.into_iter().map(change).collect()
    }
}

/// The columns that an update sets, in its order.
fn changeable(deal: &Deal) -> Vec<crate::store::sql::Value> {
    args![
        deal.name.as_str(),
        deal.account_id,
        deal.customer_id.as_deref(),
        deal.amount,
        deal.currency,
        deal.owner.as_deref(),
        deal.product.as_deref(),
        deal.external_id.as_deref(),
        deal.stage_id,
        deal.opened_at,
        deal.closed_at,
        deal.order_id.as_deref(),
        deal.note.as_deref()
    ]
}
