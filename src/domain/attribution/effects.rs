//! `markov` and `shapley` for a single conversion: in proportion to what a period taught of the touchpoints in its journey
//! (ATTRIBUTION.md, 2, last sentence). What was learned is frozen in the policy version, so that the same journey has the same
//! credits whenever it is asked.

use std::collections::HashMap;

use super::shape::Shape;
use crate::domain::policy::{Effects, Model};

/// Bits of the greatest weight. A power of two: to scale by it rounds nothing, on no platform.
const SCALE: f64 = (1_u64 << 52) as f64;

/// The effect of a touchpoint's key, shared equally among the touchpoints of that key: two clicks of one partner are removed
/// together. Under `ordered` the key's effect at that position, and each touchpoint stands for itself. A key of which nothing was
/// learned counts as the average of those learned; when nothing was learned at all, all are equal.
pub(super) fn weights(shape: &Shape) -> Vec<u64> {
    let none = Effects::new();
    let effects = shape.rules.effects.as_ref().unwrap_or(&none);
    let average = average(effects);
    let ordered = is_ordered(shape);
    let mut times: HashMap<Option<&str>, f64> = HashMap::new();
    for point in &shape.points {
        *times.entry(point.key.as_deref()).or_default() += 1.0;
    }
    let own = |(place, key): (usize, Option<&str>)| {
        let effect = known(effects, key).map_or(average, |effect| at(effect, ordered, place));
        let effect = if effect.is_finite() { effect.max(0.0) } else { 0.0 };
        // Of a key that is none at all each touchpoint is on its own.
        if ordered || key.is_none() { effect } else { effect / times[&key] }
    };
    let own: Vec<f64> = shape.points.iter().map(|point| point.key.as_deref()).enumerate().map(own).collect();
    let greatest = own.iter().copied().fold(0.0, f64::max);
    if greatest == 0.0 {
        return vec![1; own.len()];
    }
    own.into_iter().map(|effect| (effect / greatest * SCALE) as u64).collect()
}

pub(super) fn reason(shape: &Shape, place: usize, percent: &str) -> String {
    let (rules, point) = (shape.rules, &shape.points[place]);
    let effects = rules.effects.as_ref();
    let known = effects.and_then(|effects| known(effects, point.key.as_deref()));
    let (model, by, n) = (rules.model, rules.by, shape.len());
    let Some(effect) = known.map(|effect| at(effect, is_ordered(shape), place)) else {
        return format!(
            "{model}: its {by} was not seen in the period learned from and counts as the average, {percent} of {n} touchpoints"
        );
    };
    match model {
        Model::Shapley if is_ordered(shape) => {
            let position = place + 1;
            format!(
                "shapley: its {by} at position {position} is worth {effect:.2} conversions of the period learned from, {percent} of {n} touchpoints"
            )
        }
        Model::Shapley => {
            format!(
                "shapley: its {by} is worth {effect:.2} conversions of the period learned from, {percent} of {n} touchpoints"
            )
        }
        _ => {
            let lost = effect * 100.0;
            format!(
                "{model}: without its {by} the period learned from would have {lost:.2} % fewer conversions, {percent} of {n} touchpoints"
            )
        }
    }
}

fn is_ordered(shape: &Shape) -> bool {
    shape.rules.ordered && shape.rules.model == Model::Shapley
}

fn known<'a>(effects: &'a Effects, key: Option<&str>) -> Option<&'a [f64]> {
    effects.get(key?).map(Vec::as_slice).filter(|effect| !effect.is_empty())
}

/// At a position beyond all learned: nothing was ever earned there.
fn at(effect: &[f64], ordered: bool, place: usize) -> f64 {
    effect.get(if ordered { place } else { 0 }).copied().unwrap_or(0.0)
}

fn average(effects: &Effects) -> f64 {
    let known = effects.values().flatten();
    let (sum, count) = known.fold((0.0, 0_u32), |(sum, count), effect| (sum + effect, count + 1));
    if count == 0 { 0.0 } else { sum / f64::from(count) }
}
