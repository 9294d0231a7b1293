//! What a model sees of a journey, and which weights each gives.

use super::{custom, effects, first, full_path, inverse_j, j_shaped, kinds, last, linear, position, time_decay, w_shaped};
use crate::domain::policy::{Model, Rules};
use crate::domain::time::Time;

/// When the buyer reached what; none where it is not known, or not yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Milestones {
    /// Became a lead.
    pub lead: Option<Time>,
    /// An opportunity was opened.
    pub opportunity: Option<Time>,
}

/// The places of the touchpoints that hold the milestones; one may hold several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// The last at or before the buyer became a lead.
    pub lead: Option<usize>,
    /// The last at or before the opportunity was opened.
    pub opportunity: Option<usize>,
}

/// The milestones that the buyer reached before the first touchpoint that counts: known, and held by none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Early {
    /// The lead.
    pub lead: bool,
    /// The opportunity.
    pub opportunity: bool,
}

/// One touchpoint that counts.
#[derive(Clone, Debug, PartialEq)]
pub struct Point<'a> {
    /// Its kind.
    pub kind: &'a str,
    /// From its last renewal to the conversion, in milliseconds.
    pub age_ms: u64,
    /// What a data-driven model knows it as; none where it has no such thing.
    pub key: Option<String>,
}

/// The touchpoints that count on the way to one conversion, in the order of time; there is at least one.
#[derive(Clone, Debug)]
pub struct Shape<'a> {
    /// The model and its parameters.
    pub rules: &'a Rules,
    /// The touchpoints.
    pub points: Vec<Point<'a>>,
    /// The place of the earliest.
    pub first: usize,
    /// The place of the latest.
    pub last: usize,
    /// The places of the milestones.
    pub held: Held,
    /// Those that came too early for any.
    pub(super) early: Early,
    /// The weights of the kinds differ, and multiply those of the model.
    pub weighted: bool,
}

impl<'a> Shape<'a> {
    pub(super) fn new(rules: &'a Rules, points: Vec<Point<'a>>, first: usize, last: usize, held: Held) -> Self {
        let weighted = kinds::differ(rules, &points);
        Shape { rules, points, first, last, held, early: Early::default(), weighted }
    }

    /// How many touchpoints: at least 1.
    pub(super) fn len(&self) -> usize {
        self.points.len()
    }

    /// What each touchpoint weighs under the model and by its kind, in no common scale.
    pub(super) fn weights(&self) -> Vec<u64> {
        kinds::multiply(self, self.own_weights())
    }

    /// What each weighs under the model alone.
    pub(super) fn own_weights(&self) -> Vec<u64> {
        match self.rules.model {
            Model::First => first::weights(self),
            Model::Last => last::weights(self),
            Model::Linear => linear::weights(self),
            Model::TimeDecay => time_decay::weights(self),
            Model::Position => position::weights(self),
            Model::Custom => custom::weights(self),
            Model::WShaped => w_shaped::weights(self),
            Model::FullPath => full_path::weights(self),
            Model::JShaped => j_shaped::weights(self),
            Model::InverseJ => inverse_j::weights(self),
            Model::Markov | Model::Shapley => effects::weights(self),
        }
    }

    /// Why the touchpoint in a place has its share, for people: `own` is what the model alone would give it, `percent` what it
    /// has by the weight of its kind.
    pub(super) fn reason(&self, place: usize, own: &str, percent: &str) -> String {
        let mut reason = match self.rules.model {
            Model::TimeDecay => time_decay::reason(self, place),
            model if self.len() == 1 => format!("{model}: the only touchpoint that counts, {own}"),
            Model::First => first::reason(self, place),
            Model::Last => last::reason(self, place),
            Model::Linear => linear::reason(self),
            Model::Position => position::reason(self, place, own),
            Model::Custom => custom::reason(self, place, own),
            Model::WShaped => w_shaped::reason(self, place, own),
            Model::FullPath => full_path::reason(self, place, own),
            Model::JShaped => j_shaped::reason(self, place, own),
            Model::InverseJ => inverse_j::reason(self, place, own),
            Model::Markov | Model::Shapley => effects::reason(self, place, own),
        };
        if self.weighted {
            reason += &kinds::reason(self, place, percent);
        }
        reason
    }
}
