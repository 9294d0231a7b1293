//! The ways that led to conversions: the commonest paths, their length and time, first x last, and what follows what.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Touch;
use crate::domain::policy::Dimension;
use crate::domain::time::{DAY_MS, Time};

/// The most paths of a report.
const PATHS_MAX: usize = 50;
/// The most pairs of a report.
const PAIRS_MAX: usize = 1_000;
/// Where the classes of the time to convert begin, in days.
const DAYS: [i64; 8] = [0, 1, 2, 4, 8, 15, 31, 91];

/// A path and how many conversions took it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CommonPath {
    /// The keys, from the first to the last touchpoint.
    pub path: Vec<String>,
    /// Conversions.
    pub conversions: u64,
}

/// Journeys of one length.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OfLength {
    /// Touchpoints that count.
    pub touchpoints: u64,
    /// Conversions.
    pub conversions: u64,
}

/// Journeys that took about as long.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OfTime {
    /// At least so many whole days from the first touchpoint to the conversion.
    pub from_days: i64,
    /// Less than so many; none for the last class.
    pub to_days: Option<i64>,
    /// Conversions.
    pub conversions: u64,
}

/// Two keys and how often they go together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Pair {
    /// The first of the journey; the one before.
    pub from: String,
    /// The last of the journey; the one that follows.
    pub to: String,
    /// How often.
    pub count: u64,
}

/// The journeys that led to the conversions of a period.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WaysReport {
    /// Conversions with at least one touchpoint that counts.
    pub conversions: u64,
    /// Conversions without.
    pub without_journey: u64,
    /// The commonest paths, at most 50.
    pub paths: Vec<CommonPath>,
    /// By the number of touchpoints.
    pub lengths: Vec<OfLength>,
    /// Days from the first touchpoint to the conversion that half of them did not exceed.
    pub median_days: Option<f64>,
    /// Their mean.
    pub mean_days: Option<f64>,
    /// By the time from the first touchpoint to the conversion.
    pub times: Vec<OfTime>,
    /// The key of the first x that of the last touchpoint, the commonest 1,000.
    pub first_last: Vec<Pair>,
    /// What follows what inside journeys, where it is another, the commonest 1,000.
    pub transitions: Vec<Pair>,
    /// Names for people, by key.
    pub labels: BTreeMap<String, String>,
}

/// What is counted; it grows with the different paths, and by one number for each conversion.
#[derive(Clone, Debug)]
pub struct Ways {
    by: Dimension,
    paths: HashMap<Vec<String>, u64>,
    lengths: BTreeMap<u64, u64>,
    times_ms: Vec<i64>,
    first_last: HashMap<(String, String), u64>,
    transitions: HashMap<(String, String), u64>,
    without_journey: u64,
}

impl Ways {
    /// Nothing yet.
    pub fn new(by: Dimension) -> Self {
        Ways {
            by,
            paths: HashMap::new(),
            lengths: BTreeMap::new(),
            times_ms: Vec::new(),
            first_last: HashMap::new(),
            transitions: HashMap::new(),
            without_journey: 0,
        }
    }

    /// Adds a conversion and the touchpoints that count for it, in journey order. Touchpoints without a key are passed over.
    pub fn add(&mut self, converted_at: Time, counted: &[&Touch]) {
        let path: Vec<String> = counted.iter().filter_map(|touch| touch.key(self.by)).collect();
        let (Some(first), Some(last), Some(touch)) = (path.first(), path.last(), counted.first()) else {
            self.without_journey += 1;
            return;
        };
        *self.lengths.entry(counted.len() as u64).or_default() += 1;
        self.times_ms.push((converted_at - touch.at).max(0));
        *self.first_last.entry((first.clone(), last.clone())).or_default() += 1;
        for pair in path.windows(2).filter(|pair| pair[0] != pair[1]) {
            *self.transitions.entry((pair[0].clone(), pair[1].clone())).or_default() += 1;
        }
        *self.paths.entry(path).or_default() += 1;
    }

    /// What was counted, the commonest first.
    pub fn report(mut self) -> WaysReport {
        self.times_ms.sort_unstable();
        let days = |ms: f64| ms / DAY_MS as f64;
        let n = self.times_ms.len();
        let median = self.times_ms.get(n.saturating_sub(1) / 2).map(|ms| days(*ms as f64));
        let mean = (n > 0).then(|| days(self.times_ms.iter().map(|ms| *ms as f64).sum::<f64>() / n as f64));
        let at = |days: i64| self.times_ms.partition_point(|ms| *ms < days * DAY_MS);
        let class = |(place, &from_days): (usize, &i64)| {
            let to_days = DAYS.get(place + 1).copied();
            let conversions = (to_days.map_or(n, at) - at(from_days)) as u64;
            OfTime { from_days, to_days, conversions }
        };
        let pair = |((from, to), count)| Pair { from, to, count };
        WaysReport {
            conversions: n as u64,
            without_journey: self.without_journey,
            times: DAYS.iter().enumerate().map(class).collect(),
            paths: top(self.paths, PATHS_MAX).map(|(path, conversions)| CommonPath { path, conversions }).collect(),
            lengths: self.lengths.into_iter().map(|(touchpoints, conversions)| OfLength { touchpoints, conversions }).collect(),
            median_days: median,
            mean_days: mean,
            first_last: top(self.first_last, PAIRS_MAX).map(pair).collect(),
            transitions: top(self.transitions, PAIRS_MAX).map(pair).collect(),
            labels: BTreeMap::new(),
        }
    }
}

/// The most frequent; ties in the order of their names.
fn top<K: Ord + Hash>(counts: HashMap<K, u64>, most: usize) -> impl Iterator<Item = (K, u64)> {
    let mut sorted: Vec<(K, u64)> = counts.into_iter().collect();
    sorted.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    sorted.into_iter().take(most)
}
