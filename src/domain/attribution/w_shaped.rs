//! `w_shaped`: 30 % each to the first touchpoint, the one before the lead and the one before the opportunity, 10 % over the rest
//! (ATTRIBUTION.md, 2).

use super::milestone;
use super::shape::Shape;

const CLOSE: bool = false;

pub(super) fn weights(shape: &Shape) -> Vec<u64> {
    milestone::weights(shape, CLOSE, 300)
}

pub(super) fn reason(shape: &Shape, place: usize, percent: &str) -> String {
    milestone::reason(shape, CLOSE, place, percent)
}
