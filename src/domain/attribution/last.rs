//! `last`: 1 to the latest touchpoint (ATTRIBUTION.md, 2). A duplicate that renews a touchpoint makes it the latest again.

use super::journey::Journey;

/// Weight 1 to the step with the greatest `latest_at`, ties to the greatest id.
pub(super) fn weights(journey: &Journey) -> Vec<u64> {
    (0..journey.len()).map(|place| u64::from(place == journey.last)).collect()
}

pub(super) fn reason(journey: &Journey, place: usize) -> String {
    let not = if place == journey.last { "" } else { "not " };
    format!("last: {not}the latest of {} touchpoints that count", journey.len())
}
