//! `full_path`: 22.5 % each to the first touchpoint, the ones before the lead and the opportunity, and the last, 10 % over the rest
//! (ATTRIBUTION.md, 2).

use super::milestone;
use super::shape::Shape;

const CLOSE: bool = true;

pub(super) fn weights(shape: &Shape) -> Vec<u64> {
    milestone::weights(shape, CLOSE, 225)
}

pub(super) fn reason(shape: &Shape, place: usize, percent: &str) -> String {
    milestone::reason(shape, CLOSE, place, percent)
}
