//! `custom`: the policy's weight of the touchpoint's kind, normalised over the journey (ATTRIBUTION.md, 2).

use super::journey::Journey;

/// The same weight for every step: what makes them differ is the weight of their kinds.
pub(super) fn weights(journey: &Journey) -> Vec<u64> {
    vec![1; journey.len()]
}

pub(super) fn reason(journey: &Journey, place: usize, percent: &str) -> String {
    let kind = &journey.steps[place].touch.kind;
    let weight = journey.rules.weights.get(kind).copied().unwrap_or_default();
    format!("custom: kind {kind} weighs {weight}, {percent} over {} touchpoints", journey.len())
}
