//! `position`: the share `first` to the earliest touchpoint, `last` to the latest, the rest equally over the middle
//! (ATTRIBUTION.md, 2).
//!
//! A touchpoint that is both has both shares. Without a middle, `first` and `last` are renormalised.

use super::shape::Shape;
use super::share::{WHOLE, billionths};

/// The shares of the policy.
pub(super) fn weights(shape: &Shape) -> Vec<u64> {
    ends(shape, billionths(shape.rules.first), billionths(shape.rules.last))
}

/// Shares of the ends per 10^9. With m steps in the middle: `first * m`, `last * m`, and for each in the middle
/// `1 - first - last`; so nothing is rounded here.
pub(super) fn ends(shape: &Shape, first: u64, last: u64) -> Vec<u64> {
    let roles = if shape.first == shape.last { 1 } else { 2 };
    let middle = (shape.len() - roles) as u64;
    let mut weights = vec![WHOLE.saturating_sub(first.saturating_add(last)); shape.len()];
    weights[shape.first] = 0;
    weights[shape.last] = 0;
    weights[shape.first] += first.min(WHOLE) * middle.max(1);
    weights[shape.last] += last.min(WHOLE) * middle.max(1);
    weights
}

pub(super) fn reason(shape: &Shape, place: usize, percent: &str) -> String {
    let role = match (place == shape.first, place == shape.last) {
        (true, true) => "first and last",
        (true, false) => "first",
        (false, true) => "last",
        (false, false) => "in the middle",
    };
    format!("{}: {role} of {} touchpoints, {percent}", shape.rules.model, shape.len())
}
