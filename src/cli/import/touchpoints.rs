//! Rows that are offline touchpoints: recorded once; what has an external id is changed when its row was.

use super::{Errors, Fallible, Import, Line, Tally, Told, partner};
use crate::domain::deal::Deal;
use crate::domain::id::{DealId, PartnerId, TouchpointId, derived};
use crate::domain::import::{TouchpointRow, touchpoint_row};
use crate::domain::kind::TouchpointKind;
use crate::domain::touchpoint::{Team, Touchpoint};
use crate::error::{Problems, Result};
use crate::store::{Store, Tx};

/// What a row refers to.
struct Found<'a> {
    kind: &'a TouchpointKind,
    partner: Option<PartnerId>,
    deal: Option<Deal>,
    /// The touchpoint as it is stored.
    before: Option<Touchpoint>,
    id: TouchpointId,
}

/// Writes the rows that fit, in one transaction.
pub(super) async fn write(
    store: &Store, import: &Import<'_>, lines: &[Line], told: &mut Told, (tally, errors): (&mut Tally, &mut Errors),
) -> Fallible<()> {
    let mut tx = store.write().await?;
    let kinds = tx.offline_kinds().await?;
    let mut new = Vec::new();
    for line in lines {
        let row = match touchpoint_row(&import.cells(line), import.by.at) {
            Ok(row) => row,
            Err(problems) => {
                errors.add(line.number, &line.record, problems)?;
                continue;
            }
        };
        let found = match find(&mut tx, import, &row, &kinds).await? {
            Ok(found) => found,
            Err(problems) => {
                errors.add(line.number, &line.record, problems)?;
                continue;
            }
        };
        let before = found.before.clone();
        let touchpoint = resolve(&mut tx, import, &row, found).await?;
        let is_first = told.insert(super::low(touchpoint.id.uuid()));
        match &before {
            Some(before) if *before == touchpoint => tally.unchanged += 1,
            Some(_) if !is_first => {
                let why = "another row of this file has that id and says otherwise";
                errors.add(line.number, &line.record, Problems::one(import.plan.column("external_id"), why))?;
                continue;
            }
            Some(before) => {
                tx.save_touchpoint(import.by, before, &touchpoint).await?;
                tally.updated += 1;
            }
            None => {
                tx.add_touchpoint(import.by, &touchpoint).await?;
                new.push(touchpoint.id);
                tally.created += u64::from(is_first);
                tally.unchanged += u64::from(!is_first);
            }
        }
        if let Some(external_id) = &row.external_id {
            tx.keep_external_touchpoint(external_id, touchpoint.id).await?;
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

/// Looks up what a row refers to. What is wrong with it is found here, before anything of it is written.
async fn find<'a>(
    tx: &mut Tx, import: &Import<'_>, row: &TouchpointRow, kinds: &'a [TouchpointKind],
) -> Result<std::result::Result<Found<'a>, Problems>> {
    let mut problems = Problems::default();
    let kind = kinds.iter().find(|kind| kind.name == row.kind);
    if kind.is_none() {
        let names: Vec<&str> = kinds.iter().map(|kind| kind.name.as_str()).collect();
        let sentence = format!("{:?} is not an offline kind: {}", row.kind, names.join(", "));
        problems.add(import.plan.column("kind"), sentence);
    }
    let email_id = match &row.email {
        Some(email) => Some(tx.email_book().await?.id(email)),
        None => None,
    };
    let (id, before) = stored(tx, row, email_id).await?;
    let partner = match &row.partner {
        Some(name) => partner(tx, import.plan, name, &mut problems).await?,
        None => before.as_ref().and_then(|before| before.partner_id),
    };
    let team = row.team.or(kind.map(|kind| kind.team));
    if row.partner.is_none() && partner.is_none() && team == Some(Team::Partner) {
        problems.add(import.plan.column("partner"), "is missing: whose touchpoint is it?");
    }
    if let Some(before) = before.as_ref().filter(|before| before.occurred_at != row.occurred_at) {
        let at = before.occurred_at;
        let sentence = format!(
            "is another than {at}, as this touchpoint was imported; that is not changed. Leave it so, or give the row an external_id \
             of its own"
        );
        problems.add(import.plan.column("occurred_at"), sentence);
    }
    let deal = deal(tx, import, row, &mut problems).await?;
    let Some(kind) = kind else { return Ok(Err(problems)) };
    Ok(problems.finish().map(|()| Found { kind, partner, deal, before, id }))
}

/// The touchpoint of a row that was imported before, and the id that it has or will have.
async fn stored(tx: &mut Tx, row: &TouchpointRow, email_id: Option<String>) -> Result<(TouchpointId, Option<Touchpoint>)> {
    let known = match &row.external_id {
        Some(external_id) => tx.external_touchpoint(external_id).await?,
        None => None,
    };
    if let Some(known) = known
        && let Some(before) = tx.touchpoint(known).await?
    {
        return Ok((known, Some(before)));
    }
    let id = id_of(row, email_id);
    Ok((id, tx.touchpoint(id).await?))
}

/// The touchpoint that a row tells of; what it leaves empty stays as it is in one that is known.
async fn resolve(tx: &mut Tx, import: &Import<'_>, row: &TouchpointRow, found: Found<'_>) -> Result<Touchpoint> {
    let Found { kind, partner, deal, before, id } = found;
    let customer = row.customer_id.as_deref().or(deal.as_ref().and_then(|deal| deal.customer_id.as_deref()));
    let customer = tx.name_customer(customer, row.email.as_ref(), row.occurred_at, import.by.at).await?;
    let team_of_kind = before.as_ref().filter(|before| before.kind == kind.name).map_or(kind.team, |before| before.team);
    let blank = || Touchpoint::offline(id, kind.name.clone(), kind.team, row.occurred_at);
    let before = before.unwrap_or_else(blank);
    Ok(Touchpoint {
        kind: kind.name.clone(),
        team: row.team.unwrap_or(team_of_kind),
        partner_id: partner,
        customer_id: customer.or(before.customer_id),
        deal_id: deal.map(|deal| deal.id).or(before.deal_id),
        note: row.note.clone().or(before.note),
        ..before
    })
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
