//! `first`: 1 to the earliest touchpoint (ATTRIBUTION.md, 2).

use super::journey::Journey;

/// Weight 1 to the step with the least `at`, ties to the least id.
pub(super) fn weights(journey: &Journey) -> Vec<u64> {
    (0..journey.len()).map(|place| u64::from(place == journey.first)).collect()
}

pub(super) fn reason(journey: &Journey, place: usize) -> String {
    let not = if place == journey.first { "" } else { "not " };
    format!("first: {not}the earliest of {} touchpoints that count", journey.len())
}
