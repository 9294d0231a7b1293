//! `custom`: the policy's weight of the touchpoint's kind, normalised over the journey (ATTRIBUTION.md, 2).

use super::journey::Journey;
use super::share::billionths;
use crate::domain::policy::Rules;

/// A kind's weight per 10^9; 0 where the policy names none: such a touchpoint is excluded before weighting.
pub(super) fn kind_weight(rules: &Rules, kind: &str) -> u64 {
    rules.weights.get(kind).copied().map_or(0, billionths)
}

/// Each step's own weight, by its kind.
pub(super) fn weights(journey: &Journey) -> Vec<u64> {
    journey.steps.iter().map(|step| kind_weight(journey.rules, &step.touch.kind)).collect()
}

pub(super) fn reason(journey: &Journey, place: usize, percent: &str) -> String {
    let kind = &journey.steps[place].touch.kind;
    let weight = journey.rules.weights.get(kind).copied().unwrap_or_default();
    format!("custom: kind {kind} weighs {weight}, {percent} over {} touchpoints", journey.len())
}
