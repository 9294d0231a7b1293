//! `first`: 1 to the earliest touchpoint (ATTRIBUTION.md, 2).

use super::shape::Shape;

/// Weight 1 to the step with the least `at`, ties to the least id.
pub(super) fn weights(shape: &Shape) -> Vec<u64> {
    (0..shape.len()).map(|place| u64::from(place == shape.first)).collect()
}

pub(super) fn reason(shape: &Shape, place: usize) -> String {
    let not = if place == shape.first { "" } else { "not " };
    format!("first: {not}the earliest of {} touchpoints that count", shape.len())
}
