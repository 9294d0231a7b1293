//! Rows that are offline touchpoints: recorded once, and never changed.

use super::{Errors, Fallible, Import, Line, Tally, partner};
use crate::domain::deal::Deal;
use crate::domain::id::{DealId, TouchpointId, derived};
use crate::domain::import::{TouchpointRow, touchpoint_row};
use crate::domain::kind::TouchpointKind;
use crate::domain::touchpoint::{Team, Touchpoint};
use crate::error::{Problems, Result};
use crate::store::{Store, Tx};

/// Writes the rows that fit, in one transaction.
pub(super) async fn write(
    store: &Store, import: &Import<'_>, lines: &[Line], tally: &mut Tally, errors: &mut Errors,
) -> Fallible<()> {
    let mut tx = store.write().await?;
    let kinds = tx.offline_kinds().await?;
    let mut new = Vec::new();
    for line in lines {
        match resolve(&mut tx, import, line, &kinds).await? {
            Err(problems) => errors.add(line.number, &line.record, problems)?,
            Ok(touchpoint) if tx.touchpoints_stored([touchpoint.id].into_iter()).await?.is_empty() => {
                tx.add_touchpoint(import.by, &touchpoint).await?;
                new.push(touchpoint.id);
                tally.created += 1;
            }
            Ok(_) => tally.unchanged += 1,
        }
    }
    tx.enqueue_for_touchpoints(&new, import.by.at).await?;
    if import.dry_run {
        tx.rollback().await?
    } else {
        tx.commit().await?
    }
    Ok(())
}

/// The touchpoint that a row tells of.
async fn resolve(
    tx: &mut Tx, import: &Import<'_>, line: &Line, kinds: &[TouchpointKind],
) -> Result<std::result::Result<Touchpoint, Problems>> {
    let row = match touchpoint_row(&import.cells(line), import.by.at) {
        Ok(row) => row,
        Err(problems) => return Ok(Err(problems)),
    };
    let mut problems = Problems::default();
    let kind = kinds.iter().find(|kind| kind.name == row.kind);
    if kind.is_none() {
        let names: Vec<&str> = kinds.iter().map(|kind| kind.name.as_str()).collect();
        let sentence = format!("{:?} is not an offline kind: {}", row.kind, names.join(", "));
        problems.add(import.plan.column("kind"), sentence);
    }
    let team = row.team.or(kind.map(|kind| kind.team)).unwrap_or(Team::Partner);
    let partner_id = match &row.partner {
        Some(name) => partner(tx, import.plan, name, &mut problems).await?,
        None if team == Team::Partner && kind.is_some() => {
            problems.add(import.plan.column("partner"), "is missing: whose touchpoint is it?");
            None
        }
        None => None,
    };
    let deal = deal(tx, import, &row, &mut problems).await?;
    if let Err(problems) = problems.finish() {
        return Ok(Err(problems));
    }
    let email_id = match &row.email {
        Some(email) => Some(tx.email_book().await?.id(email)),
        None => None,
    };
    let customer = row.customer_id.as_deref().or(deal.as_ref().and_then(|deal| deal.customer_id.as_deref()));
    let touchpoint = Touchpoint {
        partner_id,
        customer_id: tx.name_customer(customer, row.email.as_ref(), row.occurred_at, import.by.at).await?,
        deal_id: deal.map(|deal| deal.id),
        note: row.note.clone(),
        ..Touchpoint::offline(id_of(&row, email_id), row.kind, team, row.occurred_at)
    };
    Ok(Ok(touchpoint))
}

async fn deal(tx: &mut Tx, import: &Import<'_>, row: &TouchpointRow, problems: &mut Problems) -> Result<Option<Deal>> {
    let Some(wanted) = &row.deal else { return Ok(None) };
    let found = match wanted.parse::<DealId>() {
        Ok(id) => tx.deal(id).await?,
        Err(_) => tx.deal_under(wanted).await?,
    };
    if found.is_none() {
        problems.add(import.plan.column("deal"), format!("there is no deal with the id or external id {wanted:?}"));
    }
    Ok(found)
}

/// The same for the same external id and moment or, without one, for the same content.
fn id_of(row: &TouchpointRow, email_id: Option<String>) -> TouchpointId {
    let parts: Vec<&str> = match &row.external_id {
        Some(id) => vec![id],
        None => [&row.partner, &row.customer_id, &row.deal, &row.note]
            .into_iter()
            .map(|part| part.as_deref().unwrap_or_default())
            .chain([row.kind.as_str(), row.team.map_or("", Team::as_str)])
            .chain(email_id.as_deref())
            .collect(),
    };
    derived(row.occurred_at, &parts).into()
}
