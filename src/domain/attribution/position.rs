//! `position`: the share `first` to the earliest touchpoint, `last` to the latest, the rest equally over the middle
//! (ATTRIBUTION.md, 2).
//!
//! A touchpoint that is both has both shares. Without a middle, `first` and `last` are renormalised.

use super::journey::Journey;
use super::share::{WHOLE, billionths};

/// With m steps in the middle: `first * m`, `last * m`, and for each in the middle `1 - first - last`, all per 10^9; so
/// nothing is rounded here.
pub(super) fn weights(journey: &Journey) -> Vec<u64> {
    let (first, last) = (billionths(journey.rules.first), billionths(journey.rules.last));
    let roles = if journey.first == journey.last { 1 } else { 2 };
    let middle = (journey.len() - roles) as u64;
    let mut weights = vec![WHOLE.saturating_sub(first.saturating_add(last)); journey.len()];
    weights[journey.first] = 0;
    weights[journey.last] = 0;
    weights[journey.first] += first.min(WHOLE) * middle.max(1);
    weights[journey.last] += last.min(WHOLE) * middle.max(1);
    weights
}

pub(super) fn reason(journey: &Journey, place: usize, percent: &str) -> String {
    let role = match (place == journey.first, place == journey.last) {
        (true, true) => "first and last",
        (true, false) => "first",
        (false, true) => "last",
        (false, false) => "in the middle",
    };
    format!("position: {role} of {} touchpoints, {percent}", journey.len())
}
