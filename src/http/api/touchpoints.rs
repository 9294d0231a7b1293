//! `/touchpoints`: those of the edge are looked at; those that people make are entered here.

use std::collections::BTreeMap;

use serde::Deserialize;
use utoipa::ToSchema;

use crate::domain::conversion::{bare, check_value};
use crate::domain::id::{PartnerId, TouchpointId, VisitorId};
use crate::domain::time::{HOUR_MS, Time};
use crate::domain::touchpoint::{Device, Team, Touchpoint};
use crate::domain::verdict::Verdict;
use crate::error::{Error, Problems, Result};
use crate::http::api::endpoint::Call;
use crate::http::api::input::{Body, Id, List, params};
use crate::http::api::links::partner_exists;
use crate::http::api::output::{Created, Page, Shown};
use crate::store::TouchpointFilter;

/// How far a caller's clock may go ahead of ours.
const AHEAD_MS_MAX: i64 = HOUR_MS / 12;
/// 2000-01-01: what is older is a mistake, such as seconds taken for milliseconds.
const EARLIEST: Time = Time::from_millis(946_684_800_000);
/// The longest note, in bytes.
const NOTE_BYTES_MAX: usize = 2_000;

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
    /// Your own id of the buyer.
    customer_id: String,
    /// When it happened; now when absent.
    occurred_at: Option<Time>,
    /// Anything worth remembering.
    note: Option<String>,
}

params! { TouchpointFilter {
    customer_id: String, "Only those that were of this customer from the start.";
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
    check_value(&mut problems, "customer_id", &new.customer_id);
    if new.note.as_ref().is_some_and(|note| note.len() > NOTE_BYTES_MAX) {
        problems.add("note", format!("must be at most {NOTE_BYTES_MAX} bytes long"));
    }
    let occurred_at = new.occurred_at.unwrap_or(call.by.at);
    check_moment(&mut problems, occurred_at, call.by.at);
    problems.finish()?;
    let touchpoint = Touchpoint {
        id: TouchpointId::mint(occurred_at),
        kind: new.kind,
        team,
        occurred_at,
        verdict: Verdict::Valid,
        partner_id: new.partner_id,
        link_id: None,
        code_id: None,
        campaign_id: None,
        visitor_id: None,
        customer_id: Some(bare(new.customer_id)),
        country: None,
        device: Device::default(),
        referrer: None,
        params: BTreeMap::new(),
        note: new.note,
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

/// Notes when `occurred_at` cannot be right.
pub(super) fn check_moment(problems: &mut Problems, at: Time, now: Time) {
    if at > now + AHEAD_MS_MAX {
        problems.add("occurred_at", "lies in the future");
    } else if at < EARLIEST {
        problems.add("occurred_at", "lies before 2000");
    }
}
