//! Rows that are deals: made, changed or left as they are.

use super::{Errors, Fallible, Import, Line, Tally, Told, low, partner};
use crate::domain::deal::{Deal, DealStatus, Stage};
use crate::domain::id::{PartnerId, TouchpointId, derived};
use crate::domain::import::{DealRow, Merged, contradictions, deal_row, id_of, merge, stage_of};
use crate::domain::touchpoint::{Team, Touchpoint};
use crate::error::{Problems, Result};
use crate::store::{Slice, Store, TouchpointFilter, Tx};

/// The kind of touchpoint of a partner that a row names: it referred the deal.
const REFERRAL: &str = "referral";
/// Referrals of one deal that are looked through for one of the same partner.
const REFERRALS_MAX: i64 = 200;

/// Every stage, and the one in which a deal begins of which nothing else is known.
struct Stages {
    all: Vec<Stage>,
    open: Stage,
}

/// A deal as it will be, once it has its account.
struct Planned {
    before: Option<Deal>,
    merged: Merged,
    row: DealRow,
    referrer: Option<PartnerId>,
}

/// Writes the rows that fit, in one transaction.
pub(super) async fn write(
    store: &Store, import: &Import<'_>, lines: &[Line], told: &mut Told, (tally, errors): (&mut Tally, &mut Errors),
) -> Fallible<()> {
    let mut tx = store.write().await?;
    let stages = Stages { all: tx.stages().await?, open: tx.first_stage(DealStatus::Open).await? };
    let mut referred = Vec::new();
    for line in lines {
        match plan(&mut tx, import, line, &stages, told).await? {
            Ok(planned) => {
                let is_first = planned.merged.is_past || told.insert(low(planned.merged.deal.id.uuid()));
                referred.extend(put(&mut tx, import, planned, is_first, tally).await?);
            }
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
    tx: &mut Tx, import: &Import<'_>, line: &Line, stages: &Stages, told: &Told,
) -> Result<std::result::Result<Planned, Problems>> {
    let (cells, now) = (import.cells(line), import.by.at);
    let row = match deal_row(&cells, now) {
        Ok(row) => row,
        Err(problems) => return Ok(Err(problems)),
    };
    let mut problems = Problems::default();
    let said = problems.keep(import.plan.column("stage"), stage_of(&row, &stages.all, &cells)).flatten();
    let referrer = match &row.partner {
        Some(name) => partner(tx, import.plan, name, &mut problems).await?,
        None => None,
    };
    let before = match &row.external_id {
        Some(id) => tx.deal_under(id).await?,
        None => tx.deal(id_of(&row)).await?,
    };
    let reached = match &before {
        Some(before) if row.moved_at.is_some() => tx.stages_reached(before.id).await?,
        _ => Vec::new(),
    };
    let merged = merge(before.as_ref().map(|deal| (deal, reached.as_slice())), &row, said, &stages.open, now);
    let (deal, mut odd) = (&merged.deal, Problems::default());
    deal.check(&mut odd);
    if deal.closed_at.is_some_and(|closed| closed > now) {
        odd.add("closed_at", "lies in the future, but the deal is closed");
    }
    if let Some(before) = before.as_ref().filter(|before| told.contains(&low(before.id.uuid())) && !merged.moves) {
        for field in contradictions(before, deal).into_iter().filter(|_| !merged.is_past) {
            let mend = if field == "stage" { "; rows of a deal's history need moved_at each" } else { "" };
            odd.add(field, format!("is another than in an earlier row of this file about the same deal{mend}"));
        }
    }
    odd.into_fields().into_iter().for_each(|field| problems.add(import.plan.column(&field.field), field.message));
    Ok(problems.finish().map(|()| Planned { before, merged, row, referrer }))
}

/// Writes a deal, its account and its referral; the touchpoint that is new. `is_first`: no row before told of it.
async fn put(
    tx: &mut Tx, import: &Import<'_>, planned: Planned, is_first: bool, tally: &mut Tally,
) -> Result<Option<TouchpointId>> {
    let Planned { before, merged, row, referrer } = planned;
    let Merged { mut deal, moved_at, past, is_past, .. } = merged;
    let by = import.by;
    if let Some(name) = row.account.as_ref().filter(|_| !is_past || deal.account_id.is_none()) {
        let account = tx.account_of(by, name, row.domain.as_deref()).await?;
        deal.account_id = Some(account.id);
        deal.customer_id = deal.customer_id.or(account.customer_id);
    }
    let is_same = before.as_ref() == Some(&deal) && past.is_empty();
    match &before {
        None => tx.add_deal(by, &deal, moved_at).await?,
        Some(before) if before != &deal => tx.save_deal(by, before, &deal, moved_at).await?,
        Some(_) => {}
    }
    for (stage, at) in &past {
        tx.add_past_stage(by, deal.id, stage, *at).await?;
    }
    match before {
        // In a dry run the row before has left nothing.
        None if is_first || !import.dry_run => tally.created += 1,
        Some(_) if is_same => tally.unchanged += 1,
        _ => tally.updated += 1,
    }
    tally.past += u64::from(is_past);
    let Some(referrer) = referrer else { return Ok(None) };
    refer(tx, import, &deal, referrer).await
}

/// Notes that a partner referred a deal, unless that is known; the touchpoint that is new.
async fn refer(tx: &mut Tx, import: &Import<'_>, deal: &Deal, referrer: PartnerId) -> Result<Option<TouchpointId>> {
    let filter = TouchpointFilter { deal_id: Some(deal.id), kind: Some(REFERRAL.to_owned()), ..TouchpointFilter::default() };
    let known = tx.touchpoints(&filter, Slice { before: uuid::Uuid::max(), limit: REFERRALS_MAX }).await?;
    if known.iter().any(|touchpoint| touchpoint.partner_id == Some(referrer)) {
        return Ok(None);
    }
    let id = TouchpointId::from(derived(deal.opened_at, &[&deal.id.text(), &referrer.text(), REFERRAL]));
    let touchpoint = Touchpoint {
        partner_id: Some(referrer),
        customer_id: deal.customer_id.clone(),
        deal_id: Some(deal.id),
        ..Touchpoint::offline(id, REFERRAL.to_owned(), Team::Partner, deal.opened_at)
    };
    tx.add_touchpoint(import.by, &touchpoint).await.map(|()| Some(id))
}
