//! `last`: 1 to the latest touchpoint (ATTRIBUTION.md, 2). A duplicate that renews a touchpoint makes it the latest again.

use super::shape::Shape;

/// Weight 1 to the step with the greatest `latest_at`, ties to the greatest id.
pub(super) fn weights(shape: &Shape) -> Vec<u64> {
    (0..shape.len()).map(|place| u64::from(place == shape.last)).collect()
}

pub(super) fn reason(shape: &Shape, place: usize) -> String {
    let not = if place == shape.last { "" } else { "not " };
    format!("last: {not}the latest of {} touchpoints that count", shape.len())
}
