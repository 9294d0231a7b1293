//! `markov`: a chain start -> touchpoints -> conversion or null over all journeys of a period (ATTRIBUTION.md, 2; Anderl et al.
//! 2016, "Mapping the customer journey").
//!
//! At order k the chance of the next step depends on the last k touchpoints, so a state is a run of up to k keys. The removal
//! effect of a key is `1 - P(conversion without it) / P(conversion)`, where steps into any state that holds it go to null. It is
//! solved as a linear system, never simulated: exactly, by elimination of states, where they are few ([`eliminate`]); for large
//! sparse chains by sweeps that go on until no more than 1e-13 is missing ([`relax`]). Neither subtracts, so nothing cancels.
//!
//! What a journey that did not convert changes: it lowers the chance of all to convert. One of a single touchpoint raises no
//! removal effect; a longer one adds steps between its touchpoints and may raise that of one it leads away from. Credit is each
//! effect's part of the sum of all, so that of a key may rise in either case: where the effects of others fall further.
//!
//! Counts are summed, and keys and states put in the order of their names first: the journeys' order changes no bit.

mod eliminate;
mod relax;

use std::collections::HashMap;
use std::ops::Range;

use foldhash::fast::FixedState;

/// Bits of a key in the code of a state.
pub(super) const KEY_BITS: u32 = 21;
/// Different steps between states that a chain may have: a gigabyte.
const STEPS_MAX: usize = 10_000_000;
/// Where a journey ends well.
const CONVERSION: u32 = u32::MAX;
/// Where it ends otherwise.
const NULL: u32 = u32::MAX - 1;
/// Where it begins.
const START: u32 = 0;

/// The journeys of a period, as counts of the steps between states. Its size is that of the steps that differ.
#[derive(Clone, Debug)]
pub struct Chain {
    /// The bits of a state's code: those of its keys, 0 for those it has not.
    mask: u64,
    states: HashMap<u64, u32, FixedState>,
    /// From and to, as states.
    steps: HashMap<(u32, u32), f64, FixedState>,
    conversions: f64,
    nulls: f64,
}

/// What is lost without each key.
#[derive(Clone, Debug, PartialEq)]
pub struct Removal {
    /// The chance of a journey to convert; 0 without journeys.
    pub rate: f64,
    /// The removal effect of each key, by its number, 0 to 1.
    pub effects: Vec<f64>,
}

impl Chain {
    /// A chain without journeys; `order` is 1 to 3.
    pub fn new(order: u32) -> Self {
        let bits = KEY_BITS * order.clamp(1, 3);
        let states = HashMap::from_iter([(0, START)]);
        Chain { mask: (1 << bits) - 1, states, steps: HashMap::default(), conversions: 0.0, nulls: 0.0 }
    }

    /// Adds a path that so many journeys took: `conversions` converted, `nulls` did not; both finite and 0 or more. A path without
    /// touchpoints tells nothing.
    ///
    /// # Errors
    /// A sentence, when there are too many different steps.
    pub fn add(&mut self, keys: &[u32], conversions: f64, nulls: f64) -> Result<(), String> {
        let journeys = conversions + nulls;
        if keys.is_empty() || journeys <= 0.0 {
            return Ok(());
        }
        let (mut code, mut from) = (0, START);
        for &key in keys {
            code = ((code << KEY_BITS) | u64::from(key + 1)) & self.mask;
            let next = self.states.len() as u32;
            let to = *self.states.entry(code).or_insert(next);
            *self.steps.entry((from, to)).or_default() += journeys;
            from = to;
        }
        for (end, count) in [(CONVERSION, conversions), (NULL, nulls)] {
            if count > 0.0 {
                *self.steps.entry((from, end)).or_default() += count;
            }
        }
        self.conversions += conversions;
        self.nulls += nulls;
        self.check_size()
    }

    /// Adds the journeys of another chain of the same order, whose keys have other numbers: `numbers` says which are theirs here.
    ///
    /// # Errors
    /// A sentence, when there are too many different steps.
    pub fn merge(&mut self, other: &Chain, numbers: &[u32]) -> Result<(), String> {
        let mut states = vec![START; other.states.len()];
        for (&code, &state) in &other.states {
            let next = self.states.len() as u32;
            let code = keys_of(code).into_iter().fold(0, |code, key| {
                let key = key.map_or(0, |key| u64::from(numbers[key]) + 1);
                code << KEY_BITS | key
            });
            states[state as usize] = *self.states.entry(code).or_insert(next);
        }
        for (&(from, to), count) in &other.steps {
            let to = if to >= NULL { to } else { states[to as usize] };
            *self.steps.entry((states[from as usize], to)).or_default() += count;
        }
        self.conversions += other.conversions;
        self.nulls += other.nulls;
        self.check_size()
    }

    fn check_size(&self) -> Result<(), String> {
        match self.steps.len() {
            ..=STEPS_MAX => Ok(()),
            _ => Err(format!("markov: there are more than {STEPS_MAX} different steps; use a lower order or fewer keys")),
        }
    }

    /// The removal effect of each key; `ranks` has the place of each in the order of their names.
    pub fn removal(&self, ranks: &[u32]) -> Removal {
        let journeys = self.conversions + self.nulls;
        if self.conversions <= 0.0 {
            return Removal { rate: 0.0, effects: vec![0.0; ranks.len()] };
        }
        // The steps into a state are as many as those out of it, so the chain converts as often as the journeys did.
        let rate = self.conversions / journeys;
        let graph = Graph::of(self, ranks);
        let without = if graph.is_dense() { eliminate::rates(&graph) } else { relax::rates(&graph) };
        let effects = ranks.iter().map(|&rank| (1.0 - without[rank as usize] / rate).clamp(0.0, 1.0)).collect();
        Removal { rate, effects }
    }
}

/// The keys of a state's code, the newest last.
fn keys_of(code: u64) -> [Option<usize>; 3] {
    [2, 1, 0].map(|place: u32| (((code >> (KEY_BITS * place)) & ((1 << KEY_BITS) - 1)) as usize).checked_sub(1))
}

/// A state's own steps: what leads elsewhere.
#[derive(Clone, Debug, Default)]
struct Node {
    /// The keys it holds, as ranks; those it has not are `u32::MAX`.
    keys: [u32; 3],
    /// Chances of a journey in it to go on to other states; with the ends they sum to 1.
    to: Vec<(u32, f64)>,
    conversion: f64,
    null: f64,
}

impl Node {
    fn holds(&self, keys: &Range<u32>) -> bool {
        self.keys.iter().any(|key| keys.contains(key))
    }
}

/// The chain as chances. The first node is the start, the others are in the order of their keys. A state that follows itself is
/// left out of its own steps: it changes when a journey leaves, not where to.
struct Graph {
    nodes: Vec<Node>,
    keys: u32,
}

impl Graph {
    fn of(chain: &Chain, ranks: &[u32]) -> Graph {
        let held = |code: u64| keys_of(code).map(|key| key.map_or(u32::MAX, |key| ranks[key]));
        let mut order: Vec<([u32; 3], u32)> = chain.states.iter().map(|(&code, &state)| (held(code), state)).collect();
        // The start has no keys at all, so it would come last.
        order.sort_unstable_by_key(|&(keys, state)| (state != START, keys));
        let mut places = vec![0; order.len()];
        for (place, &(_, state)) in (0..).zip(&order) {
            places[state as usize] = place;
        }
        let mut nodes: Vec<Node> = order.iter().map(|&(keys, _)| Node { keys, ..Node::default() }).collect();
        for (&(from, to), &count) in &chain.steps {
            let node = &mut nodes[places[from as usize] as usize];
            match to {
                CONVERSION => node.conversion = count,
                NULL => node.null = count,
                _ if to == from => {}
                _ => node.to.push((places[to as usize], count)),
            }
        }
        for node in &mut nodes {
            node.to.sort_unstable_by_key(|&(to, _)| to);
            let total = node.conversion + node.null + node.to.iter().map(|(_, count)| count).sum::<f64>();
            if total > 0.0 {
                node.to.iter_mut().for_each(|(_, count)| *count /= total);
                node.conversion /= total;
                node.null /= total;
            }
        }
        Graph { nodes, keys: ranks.len() as u32 }
    }

    /// Whether elimination is the shorter way: about a nanosecond for each cell of the cube, against twenty for each step and
    /// key; and whether a matrix of the states is at most 300 MB.
    fn is_dense(&self) -> bool {
        let (states, keys) = (self.nodes.len() as f64, f64::from(self.keys));
        let steps: usize = self.nodes.iter().map(|node| node.to.len()).sum();
        states <= 6_000.0 && (states <= 300.0 || states.powi(3) <= keys * steps as f64 * 20.0)
    }
}
