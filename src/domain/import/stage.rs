//! Which stage a row means.

use super::{Cells, DealRow};
use crate::domain::deal::{DealStatus, Stage};

/// What CRMs call their stages at first, and which of the stages that Kudos begins with each is.
const CRM_STAGES: &[(&str, &str)] = &[
    // Salesforce
    ("prospecting", "new"),
    ("qualification", "qualified"),
    ("needs analysis", "qualified"),
    ("value proposition", "demo"),
    ("id. decision makers", "demo"),
    ("perception analysis", "proposal"),
    ("proposal/price quote", "proposal"),
    ("negotiation/review", "negotiation"),
    ("closed won", "won"),
    ("closed lost", "lost"),
    // HubSpot, and as it names them inside
    ("appointment scheduled", "new"),
    ("qualified to buy", "qualified"),
    ("presentation scheduled", "demo"),
    ("decision maker bought-in", "proposal"),
    ("contract sent", "negotiation"),
    ("appointmentscheduled", "new"),
    ("qualifiedtobuy", "qualified"),
    ("presentationscheduled", "demo"),
    ("decisionmakerboughtin", "proposal"),
    ("contractsent", "negotiation"),
    ("closedwon", "won"),
    ("closedlost", "lost"),
    // Pipedrive
    ("contact made", "new"),
    ("demo scheduled", "demo"),
    ("proposal made", "proposal"),
    ("negotiations started", "negotiation"),
];

/// What a row says of a deal's stage.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StageSaid<'a> {
    /// The stage it is in.
    pub stage: &'a Stage,
    /// The open stage it was in before it was won or lost, where the row tells both.
    pub last_open: Option<&'a Stage>,
}

/// The stage that a row means: what the mapping says of its name, a stage of that name, or what CRMs mean by it; `(Sales Pipeline)`
/// behind it is left out. A status of won or lost wins over a stage that is open: such deals keep their last stage in some
/// CRMs. None where the row says neither.
///
/// # Errors
/// A sentence when there is no such stage.
pub fn stage_of<'a>(row: &DealRow, stages: &'a [Stage], mapped: &Cells<'_>) -> Result<Option<StageSaid<'a>>, String> {
    let first = |kind: DealStatus| stages.iter().find(|stage| stage.kind == kind);
    let found = row.stage.as_ref().map(|name| named(name, stages, mapped)).transpose()?;
    let last_open = found.filter(|stage| stage.kind == DealStatus::Open);
    let only = |stage| StageSaid { stage, last_open: None };
    match (found, row.status) {
        (Some(stage), Some(status)) if stage.kind == status || status == DealStatus::Open => Ok(Some(only(stage))),
        (Some(stage), Some(_)) if stage.kind != DealStatus::Open => Err("stage and status contradict each other".to_owned()),
        (_, Some(status)) => Ok(first(status).map(|stage| StageSaid { stage, last_open })),
        (found, None) => Ok(found.map(only)),
    }
}

/// The stage of that name.
fn named<'a>(name: &str, stages: &'a [Stage], mapped: &Cells<'_>) -> Result<&'a Stage, String> {
    let find = |name: &str| stages.iter().find(|stage| stage.name.to_lowercase() == name.to_lowercase());
    let lower = name.to_lowercase();
    let bare = lower.split_once(" (").map_or(lower.as_str(), |(bare, _)| bare);
    let told = mapped.plan.mapping.stages.iter().find(|(theirs, _)| theirs.to_lowercase() == lower);
    let known = || CRM_STAGES.iter().find(|(theirs, _)| *theirs == bare).and_then(|(_, ours)| find(ours));
    let found = match told {
        Some((_, ours)) => find(ours),
        None => find(&lower).or_else(|| find(bare)).or_else(known),
    };
    let names = || stages.iter().map(|stage| stage.name.as_str()).collect::<Vec<_>>().join(", ");
    found.ok_or_else(|| format!("{name:?} is not a stage: {}; say which it is with --stage '{name}=..'", names()))
}
