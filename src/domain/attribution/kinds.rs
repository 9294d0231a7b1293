//! The weight of a touchpoint's kind multiplies the model's (ATTRIBUTION.md, 1: "a weight per kind"). Under `custom` it is all there
//! is.

use super::shape::{Point, Shape};
use crate::domain::policy::{Model, Rules};

/// Bits of the greatest weight.
const WEIGHT_BITS: u32 = 63;

/// The model's weights, each multiplied with that of its kind.
///
/// In integers: kind weights are reduced to their common measure first (0.5 and 1.5 are 1 and 3), so that nothing is rounded
/// but where a product exceeds 63 bits; then the last bits of all are left out.
pub(super) fn multiply(shape: &Shape, weights: Vec<u64>) -> Vec<u64> {
    if !shape.weighted {
        return weights;
    }
    let kinds: Vec<u64> = shape.points.iter().map(|point| shape.rules.kind_weight(point.kind)).collect();
    // They differ, so one at least is more than 0.
    let measure = kinds.iter().copied().fold(0, gcd).max(1);
    let products: Vec<u128> =
        weights.iter().zip(kinds).map(|(&weight, kind)| u128::from(weight) * u128::from(kind / measure)).collect();
    let bits = 128 - products.iter().max().map_or(128, |max| max.leading_zeros());
    let excess = bits.saturating_sub(WEIGHT_BITS);
    products.into_iter().map(|product| u64::try_from(product >> excess).unwrap_or(u64::MAX)).collect()
}

/// Whether the kinds of these touchpoints differ in their weight, and the model has weights of its own beside it.
pub(super) fn differ(rules: &Rules, points: &[Point]) -> bool {
    if rules.model == Model::Custom || rules.weights.is_empty() {
        return false;
    }
    let mut weights = points.iter().map(|point| rules.kind_weight(point.kind));
    let first = weights.next();
    weights.any(|weight| Some(weight) != first)
}

/// What follows the model's own reason.
pub(super) fn reason(shape: &Shape, place: usize, percent: &str) -> String {
    let kind = shape.points[place].kind;
    let weight = shape.rules.weights.get(kind).copied().unwrap_or(1.0);
    format!("; kind {kind} weighs {weight}, so {percent}")
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}
