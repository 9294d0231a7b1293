//! `/conversions/{id}/explain`: every touchpoint considered, counted or not, and why.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::attribution::{Considered, Decision, Outcome, TeamShare, Touch, attribute};
use crate::domain::conversion::{Credit, Weight};
use crate::domain::id::{ConversionId, LinkId, PartnerId, PolicyId, TouchpointId};
use crate::domain::policy::{Model, RuleBook, Version};
use crate::domain::time::Time;
use crate::domain::touchpoint::Team;
use crate::domain::verdict::Verdict;
use crate::error::{Error, Result};
use crate::http::api::conversions::find;
use crate::http::api::endpoint::Call;
use crate::http::api::input::Id;
use crate::http::api::output::Shown;
use crate::jobs::assign::{self, NO_POLICY};
use crate::store::{Due, Teams, Tx};

/// Of a touchpoint that would count, and did not when credit was assigned.
const NOT_THEN: &str = "no part of the credit as it was last assigned";

/// The attribution of one conversion, step by step.
#[derive(Serialize, ToSchema)]
pub(super) struct Explanation {
    /// The conversion.
    conversion_id: ConversionId,
    /// The policy version it was attributed under; the one that will apply, while attribution is due. None when none was in force.
    policy: Option<PolicyRef>,
    /// An admin chose that version for this conversion; else it is the one in force.
    pinned: bool,
    /// The outcome in a sentence.
    summary: String,
    /// When credit was last assigned; none while it is due.
    attributed_at: Option<Time>,
    /// Every touchpoint of the buyer's identity, in the order of time.
    touchpoints: Vec<Explained>,
    /// How partners and our own teams share the same conversion, which pays nobody; none when nothing counts, or no policy of that
    /// scope was in force.
    teams: Option<TeamView>,
}

/// The same conversion, shared among the teams.
#[derive(Serialize, ToSchema)]
pub(super) struct TeamView {
    /// The policy version, of the scope `teams`.
    policy: PolicyRef,
    /// What each team has of it, which sums to exactly 1 and to the amount.
    teams: Vec<TeamPart>,
}

/// What a team has of the conversion.
#[derive(Serialize, ToSchema)]
pub(super) struct TeamPart {
    /// The team.
    team: Team,
    /// How many of its touchpoints count.
    touchpoints: i64,
    /// Its share of the conversion.
    weight: Weight,
    /// Its part of the amount, in minor units.
    amount: i64,
}

/// A policy version, in short.
#[derive(Serialize, ToSchema)]
pub(super) struct PolicyRef {
    /// The version's id.
    id: PolicyId,
    /// The policy's name.
    name: String,
    /// Counts the versions of that name.
    version: i64,
    /// How it shares credit.
    model: Model,
}

/// One touchpoint and what became of it.
#[derive(Serialize, ToSchema)]
pub(super) struct Explained {
    /// The touchpoint.
    touchpoint_id: TouchpointId,
    /// `click`, `view`, `code` or an offline kind.
    kind: String,
    /// Who made it.
    team: Team,
    /// Whose it is; none for our own teams.
    partner_id: Option<PartnerId>,
    /// The link followed or shown.
    link_id: Option<LinkId>,
    /// When it happened.
    occurred_at: Time,
    /// What intake thought of it.
    verdict: Verdict,
    /// Whether it takes part.
    counted: bool,
    /// Its share of the conversion.
    weight: Weight,
    /// Its part of the amount, in minor units.
    amount: i64,
    /// Why, in a sentence the partner can read.
    reason: String,
}

impl Explained {
    /// What became of a touchpoint: `credits` are those that stand, where credit was assigned.
    fn of(Considered { touch, decision }: Considered, credits: Option<&[Credit]>) -> Self {
        let credit = credits.and_then(|credits| credits.iter().find(|credit| credit.touchpoint_id == touch.id));
        let (counted, share, amount, reason) = match (credit, decision) {
            // What stands is told, even where it would come out otherwise by now: a partner may since be known as the buyer.
            (Some(credit), _) => (true, credit.weight.0, credit.amount, credit.reason.clone()),
            (None, Decision::Counted { share: 1.., .. }) if credits.is_some() => (false, 0, 0, NOT_THEN.to_owned()),
            (None, Decision::Counted { share, amount, reason }) => (true, share, amount, reason),
            (None, Decision::Excluded { reason }) => (false, 0, 0, reason),
        };
        Explained {
            touchpoint_id: touch.id,
            kind: touch.kind,
            team: touch.team,
            partner_id: touch.partner,
            link_id: touch.link,
            occurred_at: touch.at,
            verdict: touch.verdict,
            counted,
            weight: Weight(share),
            amount,
            reason,
        }
    }
}

impl PolicyRef {
    fn of(version: &Version) -> Result<Self> {
        let Version { id, name, version: number, .. } = version;
        Ok(PolicyRef { id: *id, name: name.clone(), version: *number, model: version.rules()?.model })
    }
}

pub(super) async fn show(call: Call<'_>, Id(id): Id<ConversionId>) -> Result<Shown<Explanation>> {
    let conversion = find(call.tx, id).await?;
    let due = call.tx.due_conversions([conversion.id.uuid()]).await?.pop();
    let due = due.ok_or_else(|| Error::not_found("conversion", id))?;
    let book = call.tx.rule_book().await?;
    let journey = call.tx.journey(due.id, due.customer_id.as_deref(), due.click_id).await?;
    let version = match conversion.policy_id {
        Some(id) => Some(book.version(id)?),
        None => assign::version(&book, &due, &journey)?,
    };
    let teams = team_view(call.tx, &book, &due, &journey, conversion.attributed_at.is_some()).await?;
    let outcome = match version {
        Some(version) => attribute(&due.facts().sale, version.rules()?, journey),
        None => no_policy(journey),
    };
    let credits = conversion.attributed_at.map(|_| conversion.credits.as_slice());
    Ok(Shown(Explanation {
        conversion_id: conversion.id,
        policy: version.map(PolicyRef::of).transpose()?,
        pinned: due.pinned.is_some(),
        summary: conversion.summary.unwrap_or(outcome.summary),
        attributed_at: conversion.attributed_at,
        touchpoints: outcome.considered.into_iter().map(|considered| Explained::of(considered, credits)).collect(),
        teams,
    }))
}

/// What the teams share of it: as it stands, or will while attribution is due.
async fn team_view(tx: &mut Tx, book: &RuleBook, due: &Due, journey: &[Touch], stands: bool) -> Result<Option<TeamView>> {
    let teams = match stands {
        true => tx.team_credits(due.id).await?,
        false => assign::teams(book, due, journey.to_vec())?,
    };
    let Some(Teams { policy, shares }) = teams else { return Ok(None) };
    let part = |TeamShare { team, touchpoints, share, amount }| TeamPart { team, touchpoints, weight: Weight(share), amount };
    let (policy, teams) = (PolicyRef::of(book.version(policy)?)?, shares.into_iter().map(part).collect());
    Ok(Some(TeamView { policy, teams }))
}

/// Without a policy nothing counts.
fn no_policy(journey: Vec<Touch>) -> Outcome {
    let decision = || Decision::Excluded { reason: NO_POLICY.to_owned() };
    let considered = journey.into_iter().map(|touch| Considered { touch, decision: decision() }).collect();
    Outcome { considered, summary: NO_POLICY.to_owned() }
}
