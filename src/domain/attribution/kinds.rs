//! The weight of a touchpoint's kind multiplies the model's (ATTRIBUTION.md, 1: "a weight per kind").

use super::journey::{Journey, Step};
use crate::domain::policy::Rules;

/// Bits of the greatest weight.
const WEIGHT_BITS: u32 = 63;

/// The model's weights, each multiplied with that of its kind.
///
/// In integers: kind weights are reduced to their common measure first (0.5 and 1.5 are 1 and 3), so that nothing is rounded
/// but where a product exceeds 63 bits; then the last bits of all are left out.
pub(super) fn multiply(journey: &Journey, weights: Vec<u64>) -> Vec<u64> {
    if !journey.weighted {
        return weights;
    }
    let kinds: Vec<u64> = journey.steps.iter().map(|step| journey.rules.kind_weight(&step.touch.kind)).collect();
    // They differ, so one at least is more than 0.
    let measure = kinds.iter().copied().fold(0, gcd).max(1);
    let products: Vec<u128> =
        weights.iter().zip(kinds).map(|(&weight, kind)| u128::from(weight) * u128::from(kind / measure)).collect();
    let bits = 128 - products.iter().max().map_or(128, |max| max.leading_zeros());
    let excess = bits.saturating_sub(WEIGHT_BITS);
    products.into_iter().map(|product| u64::try_from(product >> excess).unwrap_or(u64::MAX)).collect()
}

/// Whether the kinds of these steps differ in their weight.
pub(super) fn differ(rules: &Rules, steps: &[Step]) -> bool {
    let mut weights = steps.iter().map(|step| rules.kind_weight(&step.touch.kind));
    let first = weights.next();
    weights.any(|weight| Some(weight) != first)
}

/// What follows the model's own reason.
pub(super) fn reason(journey: &Journey, place: usize, percent: &str) -> String {
    let kind = &journey.steps[place].touch.kind;
    let weight = journey.rules.weights.get(kind).copied().unwrap_or(1.0);
    format!("; kind {kind} weighs {weight}, so {percent}")
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}
