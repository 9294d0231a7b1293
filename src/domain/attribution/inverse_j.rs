//! `inverse_j`: 60 % to the earliest touchpoint, 20 % to the latest, 20 % over the middle (ATTRIBUTION.md, 2).
//!
//! Otherwise as `position`.

use super::position;
use super::shape::Shape;

pub(super) fn weights(shape: &Shape) -> Vec<u64> {
    position::ends(shape, 600_000_000, 200_000_000)
}

pub(super) fn reason(shape: &Shape, place: usize, percent: &str) -> String {
    position::reason(shape, place, percent)
}
