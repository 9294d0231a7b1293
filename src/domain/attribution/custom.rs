//! `custom`: the policy's weight of the touchpoint's kind, normalised over the journey (ATTRIBUTION.md, 2).

use super::shape::Shape;

/// Each step's own weight, by its kind; one of a kind that the policy does not name is excluded before weighting.
pub(super) fn weights(shape: &Shape) -> Vec<u64> {
    shape.points.iter().map(|point| shape.rules.kind_weight(point.kind)).collect()
}

pub(super) fn reason(shape: &Shape, place: usize, percent: &str) -> String {
    let kind = shape.points[place].kind;
    let weight = shape.rules.weights.get(kind).copied().unwrap_or_default();
    format!("custom: kind {kind} weighs {weight}, {percent} over {} touchpoints", shape.len())
}
