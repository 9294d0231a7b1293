//! `/conversions/{id}/explain`: every touchpoint considered, counted or not, and why; also as another model would have it.

mod beside;

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::attribution::{Considered, Decision, Outcome, Sale, TeamShare, Told, Touch, attribute, sentences};
use crate::domain::conversion::{Conversion, Credit, Weight};
use crate::domain::id::{ConversionId, LinkId, PartnerId, PolicyId, TouchpointId};
use crate::domain::policy::{Model, RuleBook, Rules, Version};
use crate::domain::time::Time;
use crate::domain::touchpoint::{Team, Touchpoint};
use crate::domain::verdict::Verdict;
use crate::error::{Error, Result};
use crate::http::api::conversions::find;
use crate::http::api::endpoint::Call;
use crate::http::api::input::{Id, Query, params};
use crate::http::api::output::Shown;
use crate::http::api::unmatched::{Unmatched, unmatched};
use crate::jobs::assign::{self, NO_POLICY};
use crate::jobs::whatif;
use crate::store::{Credited, Due, Teams, Tx};
use beside::Beside;

/// The attribution of one conversion, step by step.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Explanation {
    /// The conversion.
    pub(in crate::http) conversion_id: ConversionId,
    /// The policy version it was attributed under; the one that will apply, while attribution is due. None when none was in force.
    pub(in crate::http) policy: Option<PolicyRef>,
    /// An admin chose that version for this conversion; else it is the one in force.
    pub(in crate::http) pinned: bool,
    /// The model that the shares come from: that of the policy, unless another one was asked for. None without a policy.
    pub(in crate::http) model: Option<Model>,
    /// The outcome in a sentence.
    pub(in crate::http) summary: String,
    /// When credit was last assigned; none while it is due.
    pub(in crate::http) attributed_at: Option<Time>,
    /// A sentence for each partner with a touchpoint.
    pub(in crate::http) sentences: Vec<Sentence>,
    /// What the conversion named and what led to nobody, as a code that is misspelled; absent where there is no such thing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(in crate::http) unmatched: Vec<Unmatched>,
    /// Every touchpoint of the buyer's identity, in the order of time.
    pub(in crate::http) touchpoints: Vec<Explained>,
    /// How partners and our own teams share the same conversion, which pays nobody; none when nothing counts, or no policy of that
    /// scope was in force.
    pub(in crate::http) teams: Option<TeamView>,
    /// What each other model would give; without those that need what no policy version has yet.
    pub(in crate::http) models: Vec<OtherModel>,
}

/// The same conversion, shared among the teams.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct TeamView {
    /// The policy version, of the scope `teams`.
    pub(in crate::http) policy: PolicyRef,
    /// What each team has of it, which sums to exactly 1 and to the amount.
    pub(in crate::http) teams: Vec<TeamPart>,
}

/// What a team has of the conversion.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct TeamPart {
    /// The team.
    pub(in crate::http) team: Team,
    /// How many of its touchpoints count.
    pub(in crate::http) touchpoints: i64,
    /// Its share of the conversion.
    pub(in crate::http) weight: Weight,
    /// Its part of the amount, in minor units.
    pub(in crate::http) amount: i64,
}

/// What a partner may be told.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Sentence {
    /// The partner.
    pub(in crate::http) partner_id: PartnerId,
    /// The sentence.
    pub(in crate::http) sentence: String,
}

/// The conversion under another model, all else as the policy says.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct OtherModel {
    /// The model.
    pub(in crate::http) model: Model,
    /// The part of each partner, in the order of their first touchpoint.
    pub(in crate::http) partners: Vec<PartnerPart>,
}

/// A partner's part of a conversion.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct PartnerPart {
    /// The partner.
    pub(in crate::http) partner_id: PartnerId,
    /// Its share of the conversion.
    pub(in crate::http) weight: Weight,
    /// Its part of the amount, in minor units.
    pub(in crate::http) amount: i64,
}

/// A policy version, in short.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct PolicyRef {
    /// The version's id.
    pub(in crate::http) id: PolicyId,
    /// The policy's name.
    pub(in crate::http) name: String,
    /// Counts the versions of that name.
    pub(in crate::http) version: i64,
    /// How it shares credit.
    pub(in crate::http) model: Model,
}

/// One touchpoint and what became of it.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Explained {
    /// The touchpoint.
    pub(in crate::http) touchpoint_id: TouchpointId,
    /// `click`, `view`, `code` or an offline kind.
    pub(in crate::http) kind: String,
    /// Who made it.
    pub(in crate::http) team: Team,
    /// Whose it is; none for our own teams.
    pub(in crate::http) partner_id: Option<PartnerId>,
    /// The link followed or shown.
    pub(in crate::http) link_id: Option<LinkId>,
    /// When it happened.
    pub(in crate::http) occurred_at: Time,
    /// What intake thought of it.
    pub(in crate::http) verdict: Verdict,
    /// Whether it takes part.
    pub(in crate::http) counted: bool,
    /// Its share of the conversion.
    pub(in crate::http) weight: Weight,
    /// Its part of the amount, in minor units.
    pub(in crate::http) amount: i64,
    /// Why, in a sentence the partner can read.
    pub(in crate::http) reason: String,
}

impl Explained {
    /// What became of a touchpoint: `credits` are those that stand, or will.
    fn of(Considered { touch, decision }: Considered, credits: Option<&[Part]>, beside: &Beside) -> Self {
        let credit = credits.and_then(|credits| credits.iter().find(|credit| credit.touchpoint == touch.id));
        let (counted, share, amount, reason) = match (credit, decision) {
            // What stands is told, even where it would come out otherwise by now: a partner may since be known as the buyer.
            (Some(credit), _) => (true, credit.share, credit.amount, credit.reason.clone()),
            (None, Decision::Counted { share, .. }) if credits.is_some() && (share > 0 || !beside.model_decides()) => {
                (false, 0, 0, beside.why_not())
            }
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

    fn told<'a>(&'a self, beside: &'a Beside) -> Told<'a> {
        let share = self.counted.then_some(self.weight.0);
        Told { partner: self.partner_id, share, by_hand: beside.words(self.touchpoint_id), reason: &self.reason }
    }
}

/// What a touchpoint has of the conversion.
struct Part {
    touchpoint: TouchpointId,
    share: u64,
    amount: i64,
    reason: String,
}

impl From<&Credit> for Part {
    fn from(Credit { touchpoint_id, weight, amount, reason, .. }: &Credit) -> Part {
        Part { touchpoint: *touchpoint_id, share: weight.0, amount: *amount, reason: reason.clone() }
    }
}

impl From<Credited> for Part {
    fn from(Credited { touchpoint, share, amount, reason, .. }: Credited) -> Part {
        Part { touchpoint, share: share.unsigned_abs(), amount, reason }
    }
}

/// What a conversion has been assigned, or will be while that is due.
struct Standing {
    policy: Option<PolicyId>,
    summary: Option<String>,
    credits: Vec<Part>,
}

impl Standing {
    /// None where credit is due and it will stay as it was.
    async fn of(tx: &mut Tx, book: &RuleBook, conversion: &Conversion, due: &Due) -> Result<Option<Standing>> {
        if conversion.attributed_at.is_some() {
            let Conversion { policy_id, summary, credits, .. } = conversion;
            let credits = credits.iter().map(Part::from).collect();
            return Ok(Some(Standing { policy: *policy_id, summary: summary.clone(), credits }));
        }
        let coming = whatif::coming(tx, book, due.clone()).await?;
        Ok(coming.map(|one| Standing {
            policy: one.policy,
            summary: Some(one.summary),
            credits: one.credits.into_iter().map(Part::from).collect(),
        }))
    }
}

impl PolicyRef {
    fn of(version: &Version) -> Result<Self> {
        let Version { id, name, version: number, .. } = version;
        Ok(PolicyRef { id: *id, name: name.clone(), version: *number, model: version.rules()?.model })
    }
}

impl Explained {
    /// A touchpoint that is no part of the journey and has credit all the same.
    fn from_outside(touchpoint: Touchpoint, credit: &Part) -> Self {
        Explained {
            touchpoint_id: touchpoint.id,
            kind: touchpoint.kind,
            team: touchpoint.team,
            partner_id: touchpoint.partner_id,
            link_id: touchpoint.link_id,
            occurred_at: touchpoint.occurred_at,
            verdict: touchpoint.verdict,
            counted: true,
            weight: Weight(credit.share),
            amount: credit.amount,
            reason: credit.reason.clone(),
        }
    }
}

/// What an explanation is asked for.
pub(super) struct ExplainQuery {
    model: Option<Model>,
}

params! { ExplainQuery {
    model: Model, "Tells what this model would give, all else as the policy says, and without credit given by hand.";
} }

pub(super) async fn show(
    call: Call<'_>, (Id(id), Query(query)): (Id<ConversionId>, Query<ExplainQuery>),
) -> Result<Shown<Explanation>> {
    explain(call.tx, id, query.model).await.map(Shown)
}

/// The attribution of one conversion as it stands, or as it would be under another model.
///
/// # Errors
/// There is no such conversion; the model needs what no policy version has; the database does not answer.
pub(in crate::http) async fn explain(tx: &mut Tx, id: ConversionId, model: Option<Model>) -> Result<Explanation> {
    let conversion = find(tx, id).await?;
    let due = tx.due_conversions([conversion.id.uuid()]).await?.pop();
    let mut due = due.ok_or_else(|| Error::not_found("conversion", id))?;
    tx.look_up_milestones(std::slice::from_mut(&mut due)).await?;
    let unmatched = unmatched(tx, &conversion).await?;
    let book = tx.rule_book().await?;
    let journey = tx.journey(due.id, due.customer_id.as_deref(), due.click_id).await?;
    let standing = Standing::of(tx, &book, &conversion, &due).await?;
    let version = match standing.as_ref().map_or(conversion.policy_id, |standing| standing.policy) {
        Some(id) => Some(book.version(id)?),
        None => assign::version(&book, &due, &journey)?,
    };
    let teams = team_view(tx, &book, &due, &journey, conversion.attributed_at.is_some()).await?;
    let beside = Beside::of(tx, &book, &due, version).await?;
    let rules = version.map(Version::rules).transpose()?;
    let sale = due.facts().sale;
    let models = rules.map(|rules| others(&book, &sale, rules, &journey)).unwrap_or_default();
    let other = rules.zip(model).filter(|(rules, model)| rules.model != *model).map(|(rules, model)| {
        book.under(model, rules).ok_or_else(|| Error::invalid("model", "needs what no policy version has yet"))
    });
    let other = other.transpose()?;
    let shown = other.as_ref().or(rules);
    let outcome = match shown {
        Some(rules) => attribute(&sale, rules, journey),
        None => no_policy(journey),
    };
    // Another model would decide alone.
    let (standing, beside) = match other {
        Some(_) => (None, Beside::default()),
        None => (standing, beside),
    };
    let said = standing.as_ref().and_then(|standing| standing.summary.clone());
    let summary = said.unwrap_or_else(|| outcome.summary.clone());
    let touchpoints = touchpoints(tx, outcome, standing.as_ref().map(|standing| standing.credits.as_slice()), &beside).await?;
    let told: Vec<Told> = touchpoints.iter().map(|touch| touch.told(&beside)).collect();
    let model = shown.map(|rules| rules.model);
    let sentences = sentences(beside.rule(model), &told).into_iter();
    Ok(Explanation {
        conversion_id: conversion.id,
        policy: version.map(PolicyRef::of).transpose()?,
        pinned: due.pinned.is_some(),
        model,
        summary,
        attributed_at: conversion.attributed_at,
        sentences: sentences.map(|(partner_id, sentence)| Sentence { partner_id, sentence }).collect(),
        unmatched,
        touchpoints,
        teams,
        models,
    })
}

/// What became of every touchpoint, in the order of time; `credits` are those that stand, or will.
async fn touchpoints(tx: &mut Tx, outcome: Outcome, credits: Option<&[Part]>, beside: &Beside) -> Result<Vec<Explained>> {
    let mut touchpoints: Vec<Explained> =
        outcome.considered.into_iter().map(|considered| Explained::of(considered, credits, beside)).collect();
    for credit in credits.unwrap_or_default() {
        // Given by hand, or taken over from the customer's first sale.
        if !touchpoints.iter().any(|touch| touch.touchpoint_id == credit.touchpoint)
            && let Some(touchpoint) = tx.touchpoint(credit.touchpoint).await?
        {
            touchpoints.push(Explained::from_outside(touchpoint, credit));
        }
    }
    touchpoints.sort_by_key(|touch| (touch.occurred_at, touch.touchpoint_id));
    Ok(touchpoints)
}

fn others(book: &RuleBook, sale: &Sale, rules: &Rules, journey: &[Touch]) -> Vec<OtherModel> {
    let others = Model::ALL.iter().filter(|model| **model != rules.model).filter_map(|model| book.under(*model, rules));
    let of = |rules: Rules| {
        let mut partners: Vec<PartnerPart> = Vec::new();
        for (touch, share, amount, _) in attribute(sale, &rules, journey.to_vec()).credits() {
            let Some(partner_id) = touch.partner else { continue };
            match partners.iter_mut().find(|part| part.partner_id == partner_id) {
                Some(part) => (part.weight.0, part.amount) = (part.weight.0 + share, part.amount + amount),
                None => partners.push(PartnerPart { partner_id, weight: Weight(share), amount }),
            }
        }
        OtherModel { model: rules.model, partners }
    };
    others.map(of).collect()
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
