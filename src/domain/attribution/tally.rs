//! Attribution of many journeys at once: each model's sums per key, in memory that grows with the keys and not the journeys.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use super::markov::{Chain, KEY_BITS};
use super::shape::{Held, Point, Shape};
use super::shapley::Game;
use crate::domain::policy::{Effects, Model, Rules};

/// The most different keys: what fits the code of a Markov state.
pub const KEYS_MAX: usize = (1 << KEY_BITS) - 2;
/// Paths up to this length have their shares kept; longer ones are weighed anew.
const KEPT_LENGTH: usize = 256;

/// A sum that loses next to nothing, however many numbers it has (Neumaier 1974).
#[derive(Clone, Copy, Debug, Default)]
pub struct Sum {
    sum: f64,
    lost: f64,
}

impl Sum {
    /// Adds a number.
    pub fn add(&mut self, number: f64) {
        let sum = self.sum + number;
        let lost = if self.sum.abs() >= number.abs() { (self.sum - sum) + number } else { (number - sum) + self.sum };
        self.lost += lost;
        self.sum = sum;
    }

    /// Adds another sum.
    pub fn merge(&mut self, other: Sum) {
        self.add(other.sum);
        self.add(other.lost);
    }

    /// The sum so far.
    pub fn total(&self) -> f64 {
        self.sum + self.lost
    }
}

/// Numbers for keys, from 0 in the order in which they came.
#[derive(Clone, Debug, Default)]
pub struct Keys {
    numbers: HashMap<Box<str>, u32, FixedState>,
    names: Vec<Box<str>>,
}

impl Keys {
    /// The number of a key.
    ///
    /// # Errors
    /// A sentence, when there are more than [`KEYS_MAX`].
    pub fn number(&mut self, name: &str) -> Result<u32, String> {
        if let Some(&number) = self.numbers.get(name) {
            return Ok(number);
        }
        let number = self.names.len();
        if number >= KEYS_MAX {
            return Err(format!("there are more than {KEYS_MAX} different touchpoints"));
        }
        self.numbers.insert(name.into(), number as u32);
        self.names.push(name.into());
        Ok(number as u32)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The key of a number.
    pub fn name(&self, number: u32) -> &str {
        &self.names[number as usize]
    }

    /// The numbers in the order of their names.
    pub fn sorted(&self) -> Vec<u32> {
        let mut sorted: Vec<u32> = (0..self.names.len() as u32).collect();
        sorted.sort_unstable_by_key(|&number| &self.names[number as usize]);
        sorted
    }

    /// For each number its place in the order of names.
    pub fn ranks(&self) -> Vec<u32> {
        let mut ranks = vec![0; self.names.len()];
        for (rank, number) in (0..).zip(self.sorted()) {
            ranks[number as usize] = rank;
        }
        ranks
    }
}

/// Journeys that took the same way.
#[derive(Clone, Debug)]
pub struct Path<'a> {
    /// The touchpoints in the order of time, as numbers of [`Keys`].
    pub keys: &'a [u32],
    /// What more is known of each touchpoint; empty where only the order is known.
    pub points: &'a [Point<'a>],
    /// The places of the milestones.
    pub held: Held,
    /// How many of the journeys converted.
    pub conversions: f64,
    /// What those conversions were worth together.
    pub value: f64,
    /// How many did not convert.
    pub nulls: f64,
}

/// What a key has under a model.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The key.
    pub key: String,
    /// Its conversions.
    pub conversions: f64,
    /// Its part of the value.
    pub value: f64,
    /// Its conversions at each position; only under the ordered Shapley value.
    pub positions: Option<Vec<f64>>,
}

/// The sums of one model.
#[derive(Clone, Debug)]
pub struct Tally {
    rules: Rules,
    sums: Sums,
}

#[derive(Clone, Debug)]
enum Sums {
    /// Each journey is shared by itself: conversions and value of each key, and the shares by length where nothing else matters.
    Shared {
        sums: Vec<[Sum; 2]>,
        by_length: Vec<Vec<f64>>,
    },
    Markov {
        chain: Chain,
        conversions: Sum,
        value: Sum,
    },
    Shapley {
        conversions: Game,
        value: Game,
    },
}

impl Tally {
    /// Nothing yet, for the model of `rules`.
    pub fn new(rules: &Rules) -> Self {
        let sums = match rules.model {
            Model::Markov => {
                Sums::Markov { chain: Chain::new(rules.order), conversions: Sum::default(), value: Sum::default() }
            }
            Model::Shapley => Sums::Shapley { conversions: Game::new(rules.ordered), value: Game::new(rules.ordered) },
            _ => Sums::Shared { sums: Vec::new(), by_length: vec![Vec::new(); KEPT_LENGTH] },
        };
        Tally { rules: rules.clone(), sums }
    }

    /// Adds journeys. A path without touchpoints earns nobody anything.
    ///
    /// # Errors
    /// A sentence, when a Markov chain grows too large.
    pub fn add(&mut self, path: &Path) -> Result<(), String> {
        if path.keys.is_empty() {
            return Ok(());
        }
        match &mut self.sums {
            Sums::Markov { chain, conversions, value } => {
                conversions.add(path.conversions);
                value.add(path.value);
                return chain.add(path.keys, path.conversions, path.nulls);
            }
            _ if path.conversions == 0.0 && path.value == 0.0 => {}
            Sums::Shapley { conversions, value } => {
                conversions.add(path.keys, path.conversions);
                value.add(path.keys, path.value);
            }
            Sums::Shared { sums, by_length } => {
                let length = path.keys.len();
                let mut anew = Vec::new();
                let shares = match by_length.get_mut(length) {
                    Some(kept) if !depends_on_more(self.rules.model) => {
                        if kept.is_empty() {
                            *kept = shares(&self.rules, path);
                        }
                        kept
                    }
                    _ => {
                        anew.extend(shares(&self.rules, path));
                        &mut anew
                    }
                };
                for (&key, share) in path.keys.iter().zip(shares) {
                    let key = key as usize;
                    if key >= sums.len() {
                        sums.resize(key + 1, Default::default());
                    }
                    sums[key][0].add(path.conversions * *share);
                    sums[key][1].add(path.value * *share);
                }
            }
        }
        Ok(())
    }

    /// Adds the sums of other journeys under the same rules, whose keys have other numbers: `numbers` says which are theirs here.
    ///
    /// # Errors
    /// A sentence, when a Markov chain grows too large.
    pub fn merge(&mut self, other: Tally, numbers: &[u32]) -> Result<(), String> {
        match (&mut self.sums, other.sums) {
            (Sums::Markov { chain, conversions, value }, Sums::Markov { chain: others, conversions: c, value: v }) => {
                conversions.merge(c);
                value.merge(v);
                return chain.merge(&others, numbers);
            }
            (Sums::Shapley { conversions, value }, Sums::Shapley { conversions: c, value: v }) => {
                conversions.merge(&c, numbers);
                value.merge(&v, numbers);
            }
            (Sums::Shared { sums, .. }, Sums::Shared { sums: others, .. }) => {
                let most = numbers.iter().max().map_or(0, |most| *most as usize + 1);
                sums.resize(sums.len().max(most), Default::default());
                for (&number, other) in numbers.iter().zip(others) {
                    sums[number as usize].iter_mut().zip(other).for_each(|(sum, other)| sum.merge(other));
                }
            }
            _ => unreachable!("the same rules make the same sums"),
        }
        Ok(())
    }

    /// What each key has, in the order of their names.
    pub fn rows(&self, keys: &Keys) -> Vec<Row> {
        let earned: Vec<(f64, f64, Option<Vec<f64>>)> = match &self.sums {
            Sums::Shared { sums, .. } => {
                let of = |key| sums.get(key).map_or((0.0, 0.0, None), |[c, v]: &[Sum; 2]| (c.total(), v.total(), None));
                (0..keys.len()).map(of).collect()
            }
            Sums::Markov { chain, conversions, value } => {
                let effects = chain.removal(&keys.ranks()).effects;
                let whole: f64 = effects.iter().sum();
                let part = |effect: f64, sum: &Sum| if whole > 0.0 { effect / whole * sum.total() } else { 0.0 };
                effects.into_iter().map(|effect| (part(effect, conversions), part(effect, value), None)).collect()
            }
            Sums::Shapley { conversions, value } => {
                let (conversions, values) = (conversions.values(keys.len()), value.values(keys.len()));
                let ordered = self.rules.ordered;
                let of = |(at, value): (Vec<f64>, Vec<f64>)| (at.iter().sum(), value.iter().sum(), ordered.then_some(at));
                conversions.into_iter().zip(values).map(of).collect()
            }
        };
        let row = |number: u32| {
            let (conversions, value, positions) = earned[number as usize].clone();
            Row { key: keys.name(number).to_owned(), conversions, value, positions }
        };
        keys.sorted().into_iter().map(row).collect()
    }

    /// What a data-driven model has learned; nothing for another, or where no journey converted.
    pub fn effects(&self, keys: &Keys) -> Effects {
        let of_all: Vec<Vec<f64>> = match &self.sums {
            Sums::Shared { .. } => return Effects::new(),
            Sums::Markov { chain, .. } => chain.removal(&keys.ranks()).effects.into_iter().map(|effect| vec![effect]).collect(),
            Sums::Shapley { conversions, .. } => {
                let values = conversions.values(keys.len());
                // Seen, and worth nothing: that is known too.
                values.into_iter().map(|value| if value.is_empty() { vec![0.0] } else { value }).collect()
            }
        };
        (0..).zip(of_all).map(|(number, effect)| (keys.name(number).to_owned(), effect)).collect()
    }
}

/// Whether a model asks for more than how many touchpoints there are, in which order.
fn depends_on_more(model: Model) -> bool {
    matches!(model, Model::TimeDecay | Model::Custom) || model.has_milestones()
}

/// The shares of a path, 0 to 1.
fn shares(rules: &Rules, path: &Path) -> Vec<f64> {
    let length = path.keys.len();
    let nothing = || vec![Point { kind: "", age_ms: 0, key: None }; length];
    let points = if path.points.is_empty() { nothing() } else { path.points.to_vec() };
    let weights = Shape::new(rules, points, 0, length - 1, path.held).weights();
    let sum: u128 = weights.iter().map(|&weight| u128::from(weight)).sum();
    if sum == 0 {
        // A kind without weight earns nothing.
        let each = if rules.model == Model::Custom { 0.0 } else { 1.0 / length as f64 };
        return vec![each; length];
    }
    weights.into_iter().map(|weight| weight as f64 / sum as f64).collect()
}
