//! `custom`: the policy's weight of the touchpoint's kind, normalised over the journey (ATTRIBUTION.md, 2).

use super::shape::Shape;
use super::share::billionths;
use crate::domain::policy::Rules;

/// A kind's weight per 10^9; 0 where the policy names none: such a touchpoint is excluded before weighting.
pub(super) fn kind_weight(rules: &Rules, kind: &str) -> u64 {
    rules.weights.get(kind).copied().map_or(0, billionths)
}

/// Each step's own weight, by its kind.
pub(super) fn weights(shape: &Shape) -> Vec<u64> {
    shape.points.iter().map(|point| kind_weight(shape.rules, point.kind)).collect()
}

pub(super) fn reason(shape: &Shape, place: usize, percent: &str) -> String {
    let kind = shape.points[place].kind;
    let weight = shape.rules.weights.get(kind).copied().unwrap_or_default();
    format!("custom: kind {kind} weighs {weight}, {percent} over {} touchpoints", shape.len())
}
