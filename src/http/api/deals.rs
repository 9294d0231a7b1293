//! `/deals`

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::conversion::bare;
use crate::domain::deal::{Deal, DealStatus, Stage, StageChange};
use crate::domain::id::{AccountId, ConversionId, DealId, PartnerId};
use crate::domain::money::Currency;
use crate::domain::pipeline::{self, DealTouch, Part};
use crate::domain::time::Time;
use crate::error::{Error, Problems, Result};
use crate::http::api::endpoint::Call;
use crate::http::api::input::{Body, Id, List, clearable, params, some};
use crate::http::api::output::{Created, Page, Shown};
use crate::http::api::stages;
use crate::http::api::touchpoints::check_moment_of;
use crate::store::{ConversionFilter, DealFilter, Slice, Tx};

/// Touchpoints that are shown of a deal, the newest: a customer may have thousands of clicks.
const TOUCHPOINTS_MAX: usize = 500;
/// Conversions that are shown of a deal: the events of one order.
const CONVERSIONS_MAX: i64 = 20;

/// A deal to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewDeal {
    /// Its name.
    name: String,
    /// Who buys.
    account_id: Option<AccountId>,
    /// Your own id of the customer who buys; when absent that of the account, if it has one.
    customer_id: Option<String>,
    /// What it is worth, in minor units.
    amount: Option<i64>,
    /// ISO 4217; needed with an amount.
    currency: Option<Currency>,
    /// Who works on it.
    owner: Option<String>,
    /// What is to be sold.
    product: Option<String>,
    /// The id it has in your CRM, unique.
    external_id: Option<String>,
    /// The name or id of the stage it is in; the first open one when absent.
    stage: Option<String>,
    /// When it became an opportunity; now when absent.
    opened_at: Option<Time>,
    /// When it was won or lost, if it was; now when absent.
    closed_at: Option<Time>,
    /// The order of the conversion that it became, if it was won.
    order_id: Option<String>,
    /// Anything worth remembering.
    note: Option<String>,
}

/// What is to be changed of a deal; what is absent stays, `null` clears.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DealEdit {
    /// Its name.
    #[serde(default, deserialize_with = "some")]
    #[schema(nullable = false)]
    name: Option<String>,
    /// Who buys.
    #[serde(default, deserialize_with = "clearable")]
    account_id: Option<Option<AccountId>>,
    /// Your own id of the customer who buys.
    #[serde(default, deserialize_with = "clearable")]
    customer_id: Option<Option<String>>,
    /// What it is worth, in minor units.
    #[serde(default, deserialize_with = "clearable")]
    amount: Option<Option<i64>>,
    /// ISO 4217; needed with an amount.
    #[serde(default, deserialize_with = "clearable")]
    currency: Option<Option<Currency>>,
    /// Who works on it.
    #[serde(default, deserialize_with = "clearable")]
    owner: Option<Option<String>>,
    /// What is to be sold.
    #[serde(default, deserialize_with = "clearable")]
    product: Option<Option<String>>,
    /// The id it has in your CRM, unique.
    #[serde(default, deserialize_with = "clearable")]
    external_id: Option<Option<String>>,
    /// The name or id of the stage it comes to; appended to its history.
    #[serde(default, deserialize_with = "some")]
    #[schema(nullable = false)]
    stage: Option<String>,
    /// Instead of a stage: `won`, `lost` or `open`, the first stage of that kind.
    #[serde(default, deserialize_with = "some")]
    #[schema(nullable = false)]
    status: Option<DealStatus>,
    /// When it came to that stage; now when absent.
    #[serde(default, deserialize_with = "some")]
    #[schema(nullable = false)]
    moved_at: Option<Time>,
    /// When it became an opportunity.
    #[serde(default, deserialize_with = "some")]
    #[schema(nullable = false)]
    opened_at: Option<Time>,
    /// When it was won or lost.
    #[serde(default, deserialize_with = "some")]
    #[schema(nullable = false)]
    closed_at: Option<Time>,
    /// The order of the conversion that it became, if it was won.
    #[serde(default, deserialize_with = "clearable")]
    order_id: Option<Option<String>>,
    /// Anything worth remembering.
    #[serde(default, deserialize_with = "clearable")]
    note: Option<Option<String>>,
}

/// A deal, how it came to where it is, and who helped.
#[derive(Serialize, ToSchema)]
pub(super) struct DealShown {
    #[serde(flatten)]
    deal: Deal,
    /// The stages it came to, the first first.
    history: Vec<StageChange>,
    /// Its touchpoints in the order of time, the newest 500: those that name it, and those of its customer that name no other
    /// deal.
    touchpoints: Vec<DealTouchShown>,
    /// `sourced`, `influenced` or `neither`, under the policy in force when it was opened.
    part: Part,
    /// The partner who sourced it, as the policy's `sourced_by` says; none where the touchpoint that decides is our own team's.
    sourced_by: Option<PartnerId>,
    /// Partners with a touchpoint that counts.
    partners: Vec<PartnerId>,
    /// The conversions of its order.
    conversion_ids: Vec<ConversionId>,
}

/// A touchpoint of a deal.
#[derive(Serialize, ToSchema)]
pub(super) struct DealTouchShown {
    #[serde(flatten)]
    touch: DealTouch,
    /// Whether it counts for the deal.
    counted: bool,
}

params! { DealFilter {
    external_id: String, "Only the deal with this id in your CRM.";
    customer_id: String, "Only deals of this customer, under every id that is the same buyer.";
    account_id: AccountId, "Only deals of this account.";
    stage: String, "Only deals in the stage of this name.";
    status: DealStatus, "Only deals that are open, won or lost.";
    owner: String, "Only deals of this owner.";
} }

pub(super) async fn create(call: Call<'_>, Body(new): Body<NewDeal>) -> Result<Created<Deal>> {
    let (mut problems, now) = (Problems::default(), call.by.at);
    let stage = match &new.stage {
        Some(name) => stages::named(call.tx, name, &mut problems).await?,
        None => Some(call.tx.first_stage(DealStatus::Open).await?),
    };
    let Some(stage) = stage else { return Err(problems.into()) };
    let opened_at = new.opened_at.unwrap_or(now);
    let mut deal = Deal::new(DealId::mint(now), new.name, &stage, opened_at, now);
    deal.closed_at = new.closed_at.or(deal.closed_at.map(|_| now.max(opened_at)));
    deal.account_id = new.account_id;
    deal.customer_id = new.customer_id.map(bare);
    (deal.amount, deal.currency) = (new.amount, new.currency);
    (deal.owner, deal.product, deal.note) = (new.owner, new.product, new.note);
    (deal.external_id, deal.order_id) = (new.external_id.map(bare), new.order_id.map(bare));
    check(call.tx, &mut deal, now, problems).await?;
    call.tx.add_deal(call.by, &deal, deal.closed_at.unwrap_or(opened_at)).await?;
    Ok(Created(deal))
}

pub(super) async fn list(call: Call<'_>, list: List<DealId, DealFilter>) -> Result<Page<Deal>> {
    let rows = call.tx.deals(&list.filter, list.slice).await?;
    Ok(list.page(rows, |deal| deal.id))
}

pub(super) async fn show(call: Call<'_>, Id(id): Id<DealId>) -> Result<Shown<DealShown>> {
    let deal = find(call.tx, id).await?;
    let opportunity = call.tx.opportunity(id).await?.ok_or_else(|| Error::not_found("deal", id))?;
    let history = call.tx.deal_history(id).await?;
    let touches = call.tx.deal_touches([id].into_iter()).await?.remove(&id).unwrap_or_default();
    let book = call.tx.rule_book().await?;
    let rules = book.of_deal(deal.opened_at)?;
    let standing = pipeline::standing(&opportunity, &touches, &rules, call.by.at);
    let end = deal.closed_at.unwrap_or(call.by.at);
    let counted = |touch: DealTouch| {
        let counted = pipeline::counts(&touch, deal.opened_at, end, &rules);
        DealTouchShown { touch, counted }
    };
    let older = touches.len().saturating_sub(TOUCHPOINTS_MAX);
    let touchpoints = touches.into_iter().skip(older).map(counted).collect();
    let conversion_ids = match &deal.order_id {
        None => Vec::new(),
        Some(order) => {
            let filter = ConversionFilter { order_id: Some(order.clone()), ..ConversionFilter::default() };
            let slice = Slice { before: uuid::Uuid::max(), limit: CONVERSIONS_MAX };
            call.tx.conversions(&filter, slice).await?.into_iter().map(|conversion| conversion.id).collect()
        }
    };
    let part = standing.part();
    let (sourced_by, partners) = (standing.sourced_by, standing.partners);
    Ok(Shown(DealShown { deal, history, touchpoints, part, sourced_by, partners, conversion_ids }))
}

pub(super) async fn edit(call: Call<'_>, (Id(id), Body(edit)): (Id<DealId>, Body<DealEdit>)) -> Result<Shown<Deal>> {
    let (mut problems, now) = (Problems::default(), call.by.at);
    let before = find(call.tx, id).await?;
    let moved_at = edit.moved_at.unwrap_or(now);
    let mut deal = before.clone();
    let stage = match (&edit.stage, edit.status) {
        (Some(_), Some(_)) => {
            problems.add("status", "belongs to the stage; send one of the two");
            None
        }
        (Some(name), None) => stages::named(call.tx, name, &mut problems).await?,
        (None, Some(status)) if status != before.status => Some(call.tx.first_stage(status).await?),
        (None, _) => None,
    };
    if edit.moved_at.is_some() && edit.stage.is_none() && edit.status.is_none() {
        problems.add("moved_at", "belongs to a stage; send the stage too");
    }
    if let Some(stage) = &stage {
        let opened_at = edit.opened_at.unwrap_or(before.opened_at);
        let fits = check_move(call.tx, &before, stage, edit.moved_at, (opened_at, now), &mut problems).await?;
        deal.move_to(stage, if fits { moved_at } else { now });
    }
    deal.name = edit.name.unwrap_or(deal.name);
    deal.account_id = edit.account_id.unwrap_or(deal.account_id);
    deal.customer_id = edit.customer_id.map_or(deal.customer_id, |id| id.map(bare));
    deal.amount = edit.amount.unwrap_or(deal.amount);
    deal.currency = edit.currency.unwrap_or(deal.currency);
    deal.owner = edit.owner.unwrap_or(deal.owner);
    deal.product = edit.product.unwrap_or(deal.product);
    deal.external_id = edit.external_id.map_or(deal.external_id, |id| id.map(bare));
    deal.opened_at = edit.opened_at.unwrap_or(deal.opened_at);
    deal.closed_at = edit.closed_at.or(deal.closed_at);
    deal.order_id = edit.order_id.map_or(deal.order_id, |id| id.map(bare));
    deal.note = edit.note.unwrap_or(deal.note);
    check(call.tx, &mut deal, now, problems).await?;
    call.tx.save_deal(call.by, &before, &deal, moved_at).await?;
    Ok(Shown(deal))
}

/// Notes when a deal that was opened at the first of the two moments cannot have come to another stage at `moved_at`, now being the
/// second. Whether it can.
async fn check_move(
    tx: &mut Tx, before: &Deal, stage: &Stage, moved_at: Option<Time>, (opened_at, now): (Time, Time), problems: &mut Problems,
) -> Result<bool> {
    let Some(at) = moved_at.filter(|_| stage.id != before.stage_id) else { return Ok(true) };
    let last = tx.stages_reached(before.id).await?.last().map(|(_, last)| *last);
    check_moment_of(problems, "moved_at", at, now);
    match last {
        _ if problems.is_at("moved_at") => {}
        _ if at < opened_at => problems.add("moved_at", "must not lie before opened_at"),
        Some(last) if at < last => problems.add("moved_at", format!("must not lie before its last move, at {last}")),
        _ => {}
    }
    Ok(!problems.is_at("moved_at"))
}

/// Which move is to be taken back.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MoveBack {
    /// The name or id of the stage that it is in by mistake: so a request that is sent twice takes back one move.
    stage: String,
}

pub(super) async fn move_back(call: Call<'_>, (Id(id), Body(body)): (Id<DealId>, Body<MoveBack>)) -> Result<Shown<Deal>> {
    let (mut problems, before) = (Problems::default(), find(call.tx, id).await?);
    let Some(stage) = stages::named(call.tx, &body.stage, &mut problems).await? else { return Err(problems.into()) };
    if stage.id != before.stage_id {
        return Err(Error::conflict("stage", "the deal is in another stage by now"));
    }
    let reached = call.tx.stages_reached(id).await?;
    let [.., (stage, at), _] = reached[..] else {
        return Err(Error::conflict("stage", "the deal has been in no other stage"));
    };
    let stage = call.tx.stage(stage).await?.ok_or_else(|| Error::not_found("stage", stage))?;
    let mut deal = before.clone();
    deal.move_to(&stage, at);
    deal.check(&mut problems);
    problems.finish()?;
    call.tx.move_deal_back(call.by, &before, &deal).await?;
    Ok(Shown(deal))
}

pub(super) async fn find(tx: &mut Tx, id: DealId) -> Result<Deal> {
    tx.deal(id).await?.ok_or_else(|| Error::not_found("deal", id))
}

/// Checks a deal, and takes the customer of its account where it names none.
async fn check(tx: &mut Tx, deal: &mut Deal, now: Time, mut problems: Problems) -> Result<()> {
    if let Some(id) = deal.account_id {
        match tx.account(id).await? {
            None => problems.add("account_id", format!("there is no account {id}")),
            Some(account) => deal.customer_id = deal.customer_id.take().or(account.customer_id),
        }
    }
    check_moment_of(&mut problems, "opened_at", deal.opened_at, now);
    if let Some(closed) = deal.closed_at {
        check_moment_of(&mut problems, "closed_at", closed, now);
    }
    deal.check(&mut problems);
    Ok(problems.finish()?)
}
