//! Exact sharing by largest remainder, in integers.
//!
//! Part `i` of a total `T` under weights `w` is `floor(T * w[i] / sum(w))`; the units that are left over go, one each, to the
//! largest remainders, ties to the earlier place (ATTRIBUTION.md, first paragraph). So the parts always sum to exactly `T`.

use std::cmp::Reverse;

/// A whole conversion, in the units a share is counted in: a share is a fraction of it.
pub const WHOLE: u64 = 1_000_000_000;

/// Shares of one conversion in units of 1/[`WHOLE`], in proportion to the weights; they sum to exactly [`WHOLE`].
///
/// Weights need no common scale. When all of them are 0 the shares are equal; without weights there are no shares.
pub fn split_shares(weights: &[u64]) -> Vec<u64> {
    apportion(WHOLE, weights)
}

/// Shares of which some are `fixed`, in units of 1/[`WHOLE`]: those that are not have the rest, in proportion to what they were.
/// First those, then the fixed ones; all of them sum to exactly [`WHOLE`]. Where there are no others, or the fixed ones are
/// more than the whole, the fixed ones share it in proportion.
///
/// ```
/// use kudos::domain::attribution::{WHOLE, with_fixed};
///
/// assert_eq!(with_fixed(&[WHOLE / 2, WHOLE / 2], &[WHOLE / 5]), [WHOLE / 5 * 2, WHOLE / 5 * 2, WHOLE / 5]);
/// ```
pub fn with_fixed(shares: &[u64], fixed: &[u64]) -> Vec<u64> {
    let given = fixed.iter().fold(0_u64, |sum, share| sum.saturating_add(*share));
    let mut all = apportion(WHOLE.saturating_sub(given), shares);
    if shares.is_empty() || given > WHOLE {
        all.fill(0);
        all.extend(split_shares(fixed));
    } else {
        all.extend(fixed);
    }
    all
}

/// Splits an amount in minor units in proportion to the shares; the parts have its sign and sum to exactly the amount.
///
/// ```
/// use kudos::domain::attribution::{split_amount, split_shares};
///
/// // $0.10 over three equal shares
/// assert_eq!(split_amount(10, &split_shares(&[1, 1, 1])), [4, 3, 3]);
/// ```
pub fn split_amount(amount: i64, shares: &[u64]) -> Vec<i64> {
    let parts = apportion(amount.unsigned_abs(), shares);
    // A part is at most |amount|, so neither direction saturates.
    let signed = |part| if amount < 0 { 0_i64.saturating_sub_unsigned(part) } else { 0_i64.saturating_add_unsigned(part) };
    parts.into_iter().map(signed).collect()
}

/// Units per 10^9 of a decimal that people wrote (`0.4` is 400,000,000), so that sums and products of them are exact.
/// Negative numbers and NaN are 0.
pub(crate) fn billionths(decimal: f64) -> u64 {
    (decimal * 1e9).round() as u64
}

fn apportion(total: u64, weights: &[u64]) -> Vec<u64> {
    let sum: u128 = weights.iter().map(|&weight| u128::from(weight)).sum();
    if sum == 0 {
        return if weights.is_empty() { Vec::new() } else { apportion(total, &vec![1; weights.len()]) };
    }
    // The product of two u64 fits u128, and a quotient is at most `total`, so the cast back is exact.
    let product = |weight: u64| u128::from(total) * u128::from(weight);
    let mut parts: Vec<u64> = weights.iter().map(|&weight| (product(weight) / sum) as u64).collect();
    let left = (total - parts.iter().sum::<u64>()) as usize; // less than the number of weights
    if left > 0 {
        let mut places: Vec<usize> = (0..weights.len()).collect();
        places.sort_by_key(|&place| (Reverse(product(weights[place]) % sum), place));
        for &place in &places[..left] {
            parts[place] += 1;
        }
    }
    parts
}
