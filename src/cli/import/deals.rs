//! Rows that are deals: made, changed or left as they are.

use super::{Errors, Fallible, Import, Line, Tally, partner};
use crate::domain::account::name_key;
use crate::domain::deal::{Deal, DealStatus, Stage};
use crate::domain::id::{DealId, PartnerId, TouchpointId, derived};
use crate::domain::import::{DealRow, deal_row, stage_of};
use crate::domain::time::Time;
use crate::domain::touchpoint::{Team, Touchpoint};
use crate::error::{Problems, Result};
use crate::store::{Store, Tx};

/// The kind of touchpoint of a partner that a row names: it referred the deal.
const REFERRAL: &str = "referral";

/// Every stage, and the one in which a deal begins of which nothing else is known.
struct Stages {
    all: Vec<Stage>,
    open: Stage,
}

/// A deal as it will be, once it has its account.
struct Planned {
    before: Option<Deal>,
    deal: Deal,
    moved_at: Time,
    row: DealRow,
    referrer: Option<PartnerId>,
}

/// Writes the rows that fit, in one transaction.
pub(super) async fn write(
    store: &Store, import: &Import<'_>, lines: &[Line], tally: &mut Tally, errors: &mut Errors,
) -> Fallible<()> {
    let mut tx = store.write().await?;
    let stages = Stages { all: tx.stages().await?, open: tx.first_stage(DealStatus::Open).await? };
    let mut referred = Vec::new();
    for line in lines {
        match plan(&mut tx, import, line, &stages).await? {
            Ok(planned) => referred.extend(put(&mut tx, import, planned, tally).await?),
            Err(problems) => errors.add(line.number, &line.record, problems)?,
        }
    }
    tx.enqueue_for_touchpoints(&referred, import.by.at).await?;
    if import.dry_run {
        tx.rollback().await?
    } else {
        tx.commit().await?
    }
    Ok(())
}

/// What a row makes of its deal. What is wrong with it is found here, before anything of it is written.
async fn plan(
    tx: &mut Tx, import: &Import<'_>, line: &Line, stages: &Stages,
) -> Result<std::result::Result<Planned, Problems>> {
    let (cells, now) = (import.cells(line), import.by.at);
    let row = match deal_row(&cells, now) {
        Ok(row) => row,
        Err(problems) => return Ok(Err(problems)),
    };
    let mut problems = Problems::default();
    let stage = problems.keep(import.plan.column("stage"), stage_of(&row, &stages.all, &cells)).flatten();
    let referrer = match &row.partner {
        Some(name) => partner(tx, import.plan, name, &mut problems).await?,
        None => None,
    };
    let before = match &row.external_id {
        Some(id) => tx.deal_under(id).await?,
        None => tx.deal(id_of(&row)).await?,
    };
    let (deal, moved_at) = merged(before.as_ref(), &row, stage, &stages.open, now);
    let mut odd = Problems::default();
    deal.check(&mut odd);
    if deal.closed_at.is_some_and(|closed| closed > now) {
        odd.add("closed_at", "lies in the future, but the deal is closed");
    }
    odd.into_fields().into_iter().for_each(|field| problems.add(import.plan.column(&field.field), field.message));
    Ok(problems.finish().map(|()| Planned { before, deal, moved_at, row, referrer }))
}

/// The deal of before, or a new one, with what the row says of it; and when it came to its stage.
fn merged(before: Option<&Deal>, row: &DealRow, stage: Option<&Stage>, open: &Stage, now: Time) -> (Deal, Time) {
    let closed = |deal: &Deal| row.closed_at.filter(|_| deal.status != DealStatus::Open);
    let (mut deal, moved_at) = match before {
        Some(before) => {
            let mut deal = before.clone();
            let closes = row.closed_at.filter(|_| stage.is_some_and(|stage| stage.kind != DealStatus::Open));
            let moved_at = row.moved_at.or(closes).unwrap_or(now);
            stage.filter(|stage| stage.id != deal.stage_id).into_iter().for_each(|stage| deal.move_to(stage, moved_at));
            (deal, moved_at)
        }
        None => {
            let stage = stage.unwrap_or(open);
            let ends = row.closed_at.filter(|_| stage.kind != DealStatus::Open);
            let opened_at = row.opened_at.or(ends).unwrap_or(now);
            let mut deal = Deal::new(id_of(row), row.name.clone(), stage, opened_at, now);
            deal.closed_at = deal.closed_at.map(|_| ends.or(row.moved_at).unwrap_or(now.max(opened_at)));
            let moved_at = row.moved_at.or(deal.closed_at).unwrap_or(opened_at);
            (deal, moved_at)
        }
    };
    deal.name = row.name.clone();
    deal.opened_at = row.opened_at.unwrap_or(deal.opened_at);
    deal.closed_at = closed(&deal).or(deal.closed_at);
    // A close date without a time is its first moment: on the day of the opening it would lie before it.
    if deal.closed_at.is_some_and(|closed| closed < deal.opened_at && closed.day() == deal.opened_at.day()) {
        deal.closed_at = Some(deal.opened_at);
    }
    let take = |theirs: &Option<String>, ours: Option<String>| theirs.clone().or(ours);
    deal.external_id = take(&row.external_id, deal.external_id);
    deal.customer_id = take(&row.customer_id, deal.customer_id);
    deal.owner = take(&row.owner, deal.owner);
    deal.product = take(&row.product, deal.product);
    deal.order_id = take(&row.order_id, deal.order_id);
    deal.note = take(&row.note, deal.note);
    if let Some(money) = row.money {
        (deal.amount, deal.currency) = (Some(money.amount), Some(money.currency));
    }
    (deal, moved_at)
}

/// The id of a deal: of one without an external id the same for the same name, company, customer and opening.
fn id_of(row: &DealRow) -> DealId {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let opened = row.opened_at.map_or(String::new(), |at| at.to_string());
    let parts = match &row.external_id {
        Some(id) => vec![id.clone()],
        None => vec![row.name.clone(), name_key(&text(&row.account)), text(&row.customer_id), opened],
    };
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    derived(row.opened_at.unwrap_or(Time::EPOCH), &parts).into()
}

/// Writes a deal, its account and its referral; the touchpoint that is new.
async fn put(tx: &mut Tx, import: &Import<'_>, planned: Planned, tally: &mut Tally) -> Result<Option<TouchpointId>> {
    let Planned { before, mut deal, moved_at, row, referrer } = planned;
    let by = import.by;
    if let Some(name) = &row.account {
        let account = tx.account_of(by, name, row.domain.as_deref()).await?;
        deal.account_id = Some(account.id);
        deal.customer_id = deal.customer_id.or(account.customer_id);
    }
    match &before {
        None => {
            tx.add_deal(by, &deal, moved_at).await?;
            tally.created += 1;
        }
        Some(before) if *before == deal => tally.unchanged += 1,
        Some(before) => {
            tx.save_deal(by, before, &deal, moved_at).await?;
            tally.updated += 1;
        }
    }
    let Some(referrer) = referrer else { return Ok(None) };
    let id = TouchpointId::from(derived(deal.opened_at, &[&deal.id.text(), &referrer.text(), REFERRAL]));
    if !tx.touchpoints_stored([id].into_iter()).await?.is_empty() {
        return Ok(None);
    }
    let touchpoint = Touchpoint {
        partner_id: Some(referrer),
        customer_id: deal.customer_id.clone(),
        deal_id: Some(deal.id),
        ..Touchpoint::offline(id, REFERRAL.to_owned(), Team::Partner, deal.opened_at)
    };
    tx.add_touchpoint(by, &touchpoint).await.map(|()| Some(id))
}
