//! `shapley`: each key's Shapley value in the game whose worth `v(S)` is the conversions of the journeys whose set of keys lies
//! inside S (ATTRIBUTION.md, 2).
//!
//! `v` is a sum of unanimity games, one for each journey, and the value of such a game is an equal share for each of its players.
//! So the exact value needs no walk over subsets: a journey is shared equally among its distinct keys (Zhao, Mahboobi and Bagheri
//! 2018, "Shapley Value Methods for Attribution Modeling in Online Advertising", the simplified formula).
//!
//! `ordered` is their ordered Shapley value: the value of a key *at a position* i of the journey, counted from 1, is the sum over
//! the sets S that hold it of `R_i(S) / |S|`, where `R_i(S)` are the conversions of the journeys over exactly the set S in which
//! the key stands at position i; a key that stands at several positions of one journey has its share there divided equally among
//! them. The values of a key over all positions sum to its plain value. A single conversion is then shared in proportion to the
//! values of its touchpoints at their positions, so that a key which closes more sales than it opens earns more where it closes.

use super::tally::Sum;

/// The journeys of a period as a game.
#[derive(Clone, Debug, Default)]
pub struct Game {
    /// For each key its worth at each position, or at the first alone when positions do not count.
    worth: Vec<Vec<Sum>>,
    ordered: bool,
    /// Of each key: the journey it was last seen in, and how often in that.
    seen: Vec<(u64, u32)>,
    journey: u64,
}

impl Game {
    /// A game without journeys.
    pub fn new(ordered: bool) -> Self {
        Game { ordered, ..Game::default() }
    }

    /// Adds journeys along a path that are worth so much together: a number of conversions, or a sum of money.
    pub fn add(&mut self, keys: &[u32], worth: f64) {
        self.journey += 1;
        let mut distinct = 0.0;
        for &key in keys {
            let key = key as usize;
            if key >= self.seen.len() {
                self.seen.resize(key + 1, (0, 0));
                self.worth.resize(key + 1, Vec::new());
            }
            let (journey, times) = &mut self.seen[key];
            if *journey != self.journey {
                (*journey, *times) = (self.journey, 0);
                distinct += 1.0;
            }
            *times += 1;
        }
        for (place, &key) in keys.iter().enumerate() {
            let (times, worths) = (self.seen[key as usize].1, &mut self.worth[key as usize]);
            let position = if self.ordered { place } else { 0 };
            if position >= worths.len() {
                worths.resize(position + 1, Sum::default());
            }
            worths[position].add(worth / distinct / f64::from(times));
        }
    }

    /// Adds another game of the same kind, whose keys have other numbers: `numbers` says which are theirs here.
    pub fn merge(&mut self, other: &Game, numbers: &[u32]) {
        for (worths, &number) in other.worth.iter().zip(numbers) {
            let number = number as usize;
            if number >= self.worth.len() {
                self.seen.resize(number + 1, (0, 0));
                self.worth.resize(number + 1, Vec::new());
            }
            let own = &mut self.worth[number];
            own.resize(own.len().max(worths.len()), Sum::default());
            own.iter_mut().zip(worths).for_each(|(sum, other)| sum.merge(*other));
        }
    }

    /// The value of each of `keys` keys, by its number: at each position, or one number when positions do not count.
    pub fn values(&self, keys: usize) -> Vec<Vec<f64>> {
        let of = |key| self.worth.get(key).map(|sums: &Vec<Sum>| sums.iter().map(Sum::total).collect()).unwrap_or_default();
        (0..keys).map(of).collect()
    }
}
