//! `linear`: 1/n to each of n touchpoints (ATTRIBUTION.md, 2).

use super::journey::Journey;

/// The same weight for every step.
pub(super) fn weights(journey: &Journey) -> Vec<u64> {
    vec![1; journey.len()]
}

pub(super) fn reason(journey: &Journey) -> String {
    let n = journey.len();
    let each = if journey.weighted { String::new() } else { format!(", 1/{n} each") };
    format!("linear: one of {n} touchpoints that count{each}")
}
