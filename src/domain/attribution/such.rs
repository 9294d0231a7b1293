//! Which journeys a number of a report counts: those that are such.

use super::Touch;
use crate::domain::policy::Dimension;
use crate::domain::time::{DAY_MS, Time};

/// What is asked of a journey; what is left out asks for nothing. A journey has at least one touchpoint with a key, unless `none`
/// or `keyless` asks for others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Such {
    /// No touchpoint that counts has a key.
    pub none: bool,
    /// The keys of its touchpoints, from the first to the last.
    pub path: Vec<String>,
    /// The first key.
    pub first: Option<String>,
    /// The last key.
    pub last: Option<String>,
    /// A key that follows right after another one: both.
    pub step: Option<(String, String)>,
    /// A key that is among them.
    pub with: Option<String>,
    /// A touchpoint without a key is among them.
    pub keyless: bool,
    /// How many touchpoints it has.
    pub touchpoints: Option<usize>,
    /// At least so many whole days from its first touchpoint to the conversion.
    pub from_days: Option<i64>,
    /// Less than so many.
    pub to_days: Option<i64>,
}

impl Such {
    /// Whether it asks for that of a journey: touchpoints in its order, told apart by a dimension.
    pub fn fits(&self, by: Dimension, converted_at: Time, touches: &[&Touch]) -> bool {
        let path: Vec<String> = touches.iter().filter_map(|touch| touch.key(by)).collect();
        if self.none {
            return path.is_empty();
        }
        let days = touches.first().map_or(0, |touch| (converted_at - touch.at).max(0) / DAY_MS);
        let is = |wanted: &Option<String>, own: Option<&String>| wanted.is_none() || wanted.as_ref() == own;
        (self.keyless || !path.is_empty())
            && (!self.keyless || path.len() < touches.len())
            && (self.path.is_empty() || self.path == path)
            && is(&self.first, path.first())
            && is(&self.last, path.last())
            && self.step.as_ref().is_none_or(|(one, next)| path.windows(2).any(|pair| pair[0] == *one && pair[1] == *next))
            && self.with.as_ref().is_none_or(|key| path.contains(key))
            && self.touchpoints.is_none_or(|count| touches.len() == count)
            && self.from_days.is_none_or(|from| days >= from)
            && self.to_days.is_none_or(|to| days < to)
    }
}
