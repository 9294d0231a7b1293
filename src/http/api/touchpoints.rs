//! `/touchpoints`: those of the edge are looked at; those that people make are entered here.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::domain::conversion::{bare, check_value};
use crate::domain::customer::Email;
use crate::domain::deal::check_note;
use crate::domain::id::{DealId, PartnerId, TouchpointId, VisitorId};
use crate::domain::time::{HOUR_MS, Time};
use crate::domain::touchpoint::{Team, Touchpoint};
use crate::domain::verdict::Verdict;
use crate::error::{Code, Error, Problems, Result};
use crate::http::api::endpoint::Call;
use crate::http::api::input::{Body, Id, List, clearable, params, some};
use crate::http::api::links::partner_exists;
use crate::http::api::output::{Created, Done, Page, Shown};
use crate::store::{TouchpointFilter, Tx};

/// How far a caller's clock may go ahead of ours.
const AHEAD_MS_MAX: i64 = HOUR_MS / 12;
/// 2000-01-01: what is older is a mistake, such as seconds taken for milliseconds.
const EARLIEST: Time = Time::from_millis(946_684_800_000);

/// An offline touchpoint to be recorded.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewTouchpoint {
    /// The partner who made it; needed unless the team is one of our own.
    partner_id: Option<PartnerId>,
    /// One of `/touchpoint-kinds` that is not built in: `referral`, `intro`, `demo` .. or a kind of your own.
    kind: String,
    /// Who made it; by default the team of the kind.
    team: Option<Team>,
    /// Your own id of the buyer; when absent that of the deal, if it has one.
    customer_id: Option<String>,
    /// An e-mail address of the buyer, which is kept as a keyed hash.
    email: Option<String>,
    /// The deal it was made for; of these three one is needed.
    deal_id: Option<DealId>,
    /// When it happened; now when absent.
    occurred_at: Option<Time>,
    /// Anything worth remembering.
    note: Option<String>,
}

/// What is to be changed of an offline touchpoint; what is absent stays, `null` clears. Its moment stays: it is a part of its id.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TouchpointEdit {
    /// The partner who made it; needed unless the team is one of our own.
    #[serde(default, deserialize_with = "clearable")]
    partner_id: Option<Option<PartnerId>>,
    /// Its kind; with it the team becomes that of the kind, where none is named.
    #[serde(default, deserialize_with = "some")]
    #[schema(nullable = false)]
    kind: Option<String>,
    /// Who made it.
    #[serde(default, deserialize_with = "some")]
    #[schema(nullable = false)]
    team: Option<Team>,
    /// Your own id of the buyer.
    #[serde(default, deserialize_with = "clearable")]
    customer_id: Option<Option<String>>,
    /// The deal it was made for; of the two one is needed.
    #[serde(default, deserialize_with = "clearable")]
    deal_id: Option<Option<DealId>>,
    /// Anything worth remembering.
    #[serde(default, deserialize_with = "clearable")]
    note: Option<Option<String>>,
}

params! { TouchpointFilter {
    customer_id: String, "Only those that were of this customer from the start.";
    deal_id: DealId, "Only those that were made for this deal.";
    visitor_id: VisitorId, "Only those of this browser.";
    kind: String, "Only those of this kind.";
} }

pub(super) async fn create(call: Call<'_>, Body(new): Body<NewTouchpoint>) -> Result<Created<Touchpoint>> {
    let mut problems = Problems::default();
    let team = team(call.tx, &new.kind, new.team, &mut problems).await?;
    check_partner(call.tx, new.partner_id, team, &mut problems).await?;
    let email = new.email.as_deref().and_then(|email| problems.keep("email", email.parse::<Email>()));
    if new.customer_id.is_none() && new.email.is_none() && new.deal_id.is_none() {
        problems.add("customer_id", "is missing: whose touchpoint is it? Name the customer, an email or the deal");
    }
    let customer_id = customer(call.tx, new.customer_id, new.deal_id, &mut problems).await?;
    check_note(&mut problems, new.note.as_deref());
    let occurred_at = new.occurred_at.unwrap_or(call.by.at);
    check_moment(&mut problems, occurred_at, call.by.at);
    problems.finish()?;
    let customer_id = call.tx.name_customer(customer_id.as_deref(), email.as_ref(), occurred_at, call.by.at).await?;
    let touchpoint = Touchpoint {
        partner_id: new.partner_id,
        customer_id,
        deal_id: new.deal_id,
        note: new.note,
        ..Touchpoint::offline(TouchpointId::mint(occurred_at), new.kind, team.unwrap_or(Team::Partner), occurred_at)
    };
    call.tx.add_touchpoint(call.by, &touchpoint).await?;
    call.tx.enqueue_for_touchpoints(&[touchpoint.id], call.by.at).await?;
    Ok(Created(touchpoint))
}

/// Corrects what somebody entered; the credit that depends on it is assigned anew.
pub(super) async fn edit(
    call: Call<'_>, (Id(id), Body(edit)): (Id<TouchpointId>, Body<TouchpointEdit>),
) -> Result<Shown<Touchpoint>> {
    let before = entered(call.tx, id).await?;
    if before.verdict == Verdict::Withdrawn {
        return Err(Error::new(Code::Conflict, "this touchpoint was taken back; enter it anew"));
    }
    let mut problems = Problems::default();
    let team = match edit.kind.as_ref().filter(|kind| **kind != before.kind) {
        Some(kind) => team(call.tx, kind, edit.team, &mut problems).await?,
        None => Some(edit.team.unwrap_or(before.team)),
    };
    let partner_id = edit.partner_id.unwrap_or(before.partner_id);
    check_partner(call.tx, partner_id, team, &mut problems).await?;
    let deal_id = edit.deal_id.unwrap_or(before.deal_id);
    let given = customer(call.tx, edit.customer_id.clone().flatten(), deal_id, &mut problems).await?;
    let clears = edit.customer_id.is_some();
    let customer_id = if clears { given } else { before.customer_id.clone() };
    if customer_id.is_none() && deal_id.is_none() {
        problems.add("customer_id", "is missing: whose touchpoint is it? Name the customer or the deal");
    }
    let note = edit.note.unwrap_or_else(|| before.note.clone());
    check_note(&mut problems, note.as_deref());
    problems.finish()?;
    let customer_id = match clears {
        true => call.tx.name_customer(customer_id.as_deref(), None, before.occurred_at, call.by.at).await?,
        false => customer_id,
    };
    let (kind, team) = (edit.kind.unwrap_or_else(|| before.kind.clone()), team.unwrap_or(before.team));
    let touchpoint = Touchpoint { kind, team, partner_id, customer_id, deal_id, note, ..before.clone() };
    call.tx.save_touchpoint(call.by, &before, &touchpoint).await?;
    Ok(Shown(touchpoint))
}

/// Takes back what somebody entered by mistake: it counts no longer, and stays to be looked at.
pub(super) async fn remove(call: Call<'_>, Id(id): Id<TouchpointId>) -> Result<Done> {
    let before = entered(call.tx, id).await?;
    let touchpoint = Touchpoint { verdict: Verdict::Withdrawn, ..before.clone() };
    if touchpoint != before {
        call.tx.save_touchpoint(call.by, &before, &touchpoint).await?;
    }
    Ok(Done)
}

/// One that people entered; what the edge saw, and what follows from something else, is not changed.
async fn entered(tx: &mut Tx, id: TouchpointId) -> Result<Touchpoint> {
    let touchpoint = tx.touchpoint(id).await?.ok_or_else(|| Error::not_found("touchpoint", id))?;
    if tx.kinds().await?.iter().any(|kind| kind.built_in && kind.name == touchpoint.kind) {
        return Err(Error::conflict("kind", format!("{} is no touchpoint that people enter, so it stays", touchpoint.kind)));
    }
    Ok(touchpoint)
}

/// The team of a touchpoint of an offline kind: the one that is named, or that of the kind; none where there is no such kind.
async fn team(tx: &mut Tx, kind: &str, named: Option<Team>, problems: &mut Problems) -> Result<Option<Team>> {
    let kinds = tx.offline_kinds().await?;
    let found = kinds.iter().find(|one| one.name == kind);
    if found.is_none() {
        let names: Vec<&str> = kinds.iter().map(|kind| kind.name.as_str()).collect();
        problems.add("kind", format!("{kind:?} is not an offline kind: {}", names.join(", ")));
    }
    Ok(found.map(|kind| named.unwrap_or(kind.team)))
}

/// Notes when the partner is none, or is missing where the team asks for one.
async fn check_partner(tx: &mut Tx, partner: Option<PartnerId>, team: Option<Team>, problems: &mut Problems) -> Result<()> {
    match partner {
        Some(partner) => partner_exists(tx, partner, problems).await?,
        None if team == Some(Team::Partner) => problems.add("partner_id", "is missing: whose touchpoint is it?"),
        None => {}
    }
    Ok(())
}

pub(super) async fn list(call: Call<'_>, list: List<TouchpointId, TouchpointFilter>) -> Result<Page<Touchpoint>> {
    let rows = call.tx.touchpoints(&list.filter, list.slice).await?;
    Ok(list.page(rows, |touchpoint| touchpoint.id))
}

pub(super) async fn show(call: Call<'_>, Id(id): Id<TouchpointId>) -> Result<Shown<Touchpoint>> {
    call.tx.touchpoint(id).await?.map(Shown).ok_or_else(|| Error::not_found("touchpoint", id))
}

/// Whose touchpoint it is: the customer that is named, or that of the deal.
async fn customer(tx: &mut Tx, named: Option<String>, deal: Option<DealId>, problems: &mut Problems) -> Result<Option<String>> {
    if let Some(customer) = &named {
        check_value(problems, "customer_id", customer);
    }
    let Some(id) = deal else { return Ok(named.map(bare)) };
    let deal = tx.deal(id).await?;
    if deal.is_none() {
        problems.add("deal_id", format!("there is no deal {id}"));
    }
    Ok(named.map(bare).or(deal.and_then(|deal| deal.customer_id)))
}

/// Notes when `occurred_at` cannot be right.
pub(super) fn check_moment(problems: &mut Problems, at: Time, now: Time) {
    check_moment_of(problems, "occurred_at", at, now);
}

/// Notes when a moment in the past cannot be right.
pub(super) fn check_moment_of(problems: &mut Problems, field: &str, at: Time, now: Time) {
    if at > now + AHEAD_MS_MAX {
        problems.add(field, "lies in the future");
    } else if at < EARLIEST {
        problems.add(field, "lies before 2000");
    }
}
