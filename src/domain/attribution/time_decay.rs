//! `time_decay`: `2^(-(T-t)/h)` for a touchpoint at `t`, a conversion at `T` and a half-life `h`; with `steps`,
//! `0.5^floor((T-t)/h)` (ATTRIBUTION.md, 2).
//!
//! Only the ratios matter, so ages are counted from the youngest touchpoint: its weight is the greatest one, and however old
//! a journey is, not all of it underflows to 0.

use super::journey::span;
use super::shape::Shape;
use crate::domain::time::DAY_MS;

/// Bits of the youngest step's weight.
const SCALE_BITS: u32 = 62;

/// Weights in units of 2^-62 of the youngest step's; a step more than 62 half-lives older weighs 0.
pub(super) fn weights(shape: &Shape) -> Vec<u64> {
    let half_life_ms = half_life_ms(shape.rules.half_life_days);
    let youngest_ms = shape.points.iter().map(|point| point.age_ms).min().unwrap_or(0);
    let weight = |age_ms: u64| {
        if shape.rules.steps {
            return halved(1 << SCALE_BITS, age_ms / half_life_ms - youngest_ms / half_life_ms);
        }
        let older_ms = age_ms - youngest_ms;
        let part = (older_ms % half_life_ms) as f64 / half_life_ms as f64;
        halved((exp2_negative(part) * (1_u64 << SCALE_BITS) as f64) as u64, older_ms / half_life_ms)
    };
    shape.points.iter().map(|point| weight(point.age_ms)).collect()
}

pub(super) fn reason(shape: &Shape, place: usize) -> String {
    let half_life = shape.rules.half_life_days;
    let age = match shape.points[place].age_ms {
        0 => "at the conversion".into(),
        age_ms => format!("{} before the conversion", span(age_ms)),
    };
    format!("time_decay: {age}, half-life {half_life} {}", if half_life == 1.0 { "day" } else { "days" })
}

/// Whole milliseconds, as times have: at least 1.
fn half_life_ms(days: f64) -> u64 {
    ((days * DAY_MS as f64).round() as u64).max(1)
}

fn halved(weight: u64, times: u64) -> u64 {
    u32::try_from(times).ok().and_then(|times| weight.checked_shr(times)).unwrap_or(0)
}

/// `2^-x` for `0 <= x < 1`, to about 1e-16: the series of `e^(-x ln 2)` up to the 18th power, whose next term is below 1e-20.
///
/// Not `f64::exp2`: its last bits vary with platform and compiler, and two nodes must give the same credits. Multiplying,
/// dividing and subtracting are the same everywhere.
fn exp2_negative(x: f64) -> f64 {
    let x = x * std::f64::consts::LN_2;
    (1..=18).rev().fold(1.0, |sum, n| 1.0 - x / f64::from(n) * sum)
}
