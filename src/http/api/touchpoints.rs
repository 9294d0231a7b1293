//! `/touchpoints`: those of the edge are looked at; those that people make are entered here.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::domain::conversion::{bare, check_value};
use crate::domain::customer::Email;
use crate::domain::deal::check_note;
use crate::domain::id::{DealId, PartnerId, TouchpointId, VisitorId};
use crate::domain::time::{HOUR_MS, Time};
use crate::domain::touchpoint::{Team, Touchpoint};
use crate::error::{Error, Problems, Result};
use crate::http::api::endpoint::Call;
use crate::http::api::input::{Body, Id, List, params};
use crate::http::api::links::partner_exists;
use crate::http::api::output::{Created, Page, Shown};
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

params! { TouchpointFilter {
    customer_id: String, "Only those that were of this customer from the start.";
    deal_id: DealId, "Only those that were made for this deal.";
    visitor_id: VisitorId, "Only those of this browser.";
    kind: String, "Only those of this kind.";
} }

pub(super) async fn create(call: Call<'_>, Body(new): Body<NewTouchpoint>) -> Result<Created<Touchpoint>> {
    let mut problems = Problems::default();
    let kinds = call.tx.offline_kinds().await?;
    let kind = kinds.iter().find(|kind| kind.name == new.kind);
    if kind.is_none() {
        let names: Vec<&str> = kinds.iter().map(|kind| kind.name.as_str()).collect();
        problems.add("kind", format!("{:?} is not an offline kind: {}", new.kind, names.join(", ")));
    }
    let team = new.team.or(kind.map(|kind| kind.team)).unwrap_or(Team::Partner);
    match new.partner_id {
        Some(partner) => partner_exists(call.tx, partner, &mut problems).await?,
        None if team == Team::Partner && kind.is_some() => problems.add("partner_id", "is missing: whose touchpoint is it?"),
        None => {}
    }
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
        ..Touchpoint::offline(TouchpointId::mint(occurred_at), new.kind, team, occurred_at)
    };
    call.tx.add_touchpoint(call.by, &touchpoint).await?;
    call.tx.enqueue_for_touchpoints(&[touchpoint.id], call.by.at).await?;
    Ok(Created(touchpoint))
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
