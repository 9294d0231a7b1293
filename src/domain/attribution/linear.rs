//! `linear`: 1/n to each of n touchpoints (ATTRIBUTION.md, 2).

use super::shape::Shape;

/// The same weight for every step.
pub(super) fn weights(shape: &Shape) -> Vec<u64> {
    vec![1; shape.len()]
}

pub(super) fn reason(shape: &Shape) -> String {
    let n = shape.len();
    let each = if shape.weighted { String::new() } else { format!(", 1/{n} each") };
    format!("linear: one of {n} touchpoints that count{each}")
}
