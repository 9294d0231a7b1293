//! Policies: versioned, immutable attribution rules. A change is a new version with a date from which it applies.

mod book;
mod draft;
mod parts;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use book::{Facts, RuleBook, Version};
pub use draft::Draft;
pub use parts::{Exclusions, Filters, Lookback, VALUES_MAX};

use crate::domain::attribution::{Touch, billionths, counted};
use crate::domain::id::PolicyId;
use crate::domain::kind::TouchpointKind;
use crate::domain::named;
use crate::domain::time::Time;
use crate::domain::touchpoint::Team;
use crate::error::Problems;

/// The longest lookback, in days: ten years.
pub const LOOKBACK_DAYS_MAX: u32 = 3_650;
/// The greatest weight of a kind.
pub const WEIGHT_MAX: f64 = 1e6;
/// The longest time that a click must lie before its conversion, in seconds: a day.
const MIN_SECONDS_MAX: u32 = 86_400;

named! {
    /// How credit is shared over a journey; see `domain/attribution/`.
    pub enum Model {
        /// All to the earliest.
        First = "first",
        /// All to the latest.
        Last = "last",
        /// Equal shares.
        Linear = "linear",
        /// Half as much for every half-life before the conversion.
        TimeDecay = "time_decay",
        /// Fixed shares for the first and the last, the rest equally in the middle.
        Position = "position",
        /// A weight per kind of touchpoint.
        Custom = "custom",
        /// 30 % each for the first, the one before the lead and the one before the opportunity, 10 % over the rest.
        WShaped = "w_shaped",
        /// 22.5 % each for the first, those before the lead and the opportunity, and the last, 10 % over the rest.
        FullPath = "full_path",
        /// 20 % for the first, 60 % for the last, 20 % over the middle.
        JShaped = "j_shaped",
        /// 60 % for the first, 20 % for the last, 20 % over the middle.
        InverseJ = "inverse_j",
        /// By how many conversions of a period would be missing without it, in a Markov chain of its journeys.
        Markov = "markov",
        /// By its Shapley value in the journeys of a period.
        Shapley = "shapley",
    }
}

impl Model {
    /// Whether it learns from the journeys of a period.
    pub const fn is_data_driven(self) -> bool {
        matches!(self, Model::Markov | Model::Shapley)
    }

    /// Whether it asks when the buyer became a lead and an opportunity.
    pub const fn has_milestones(self) -> bool {
        matches!(self, Model::WShaped | Model::FullPath)
    }
}

named! {
    /// What a data-driven model tells touchpoints apart by.
    pub enum Dimension {
        /// The partner.
        Partner = "partner",
        /// The group that the partner belongs to.
        Group = "group",
        /// The link.
        Link = "link",
        /// The campaign.
        Campaign = "campaign",
        /// The medium (`utm_medium`) of the link or of its campaign, else the kind.
        Channel = "channel",
        /// The kind.
        Kind = "kind",
    }
}

/// The longest history of a Markov chain.
pub const ORDER_MAX: u32 = 3;

/// A period that a data-driven model learns from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TrainedOn {
    /// Its first moment.
    pub from: Time,
    /// The first moment after it.
    pub to: Time,
}

/// What a data-driven model has learned, by key (`pn_..`, `email` ..). One number: `markov`, the removal effect, 0 to 1;
/// `shapley`, the conversions of the period that the key is worth. Under `ordered` one number for each position in the journey.
pub type Effects = BTreeMap<String, Vec<f64>>;

named! {
    /// What a referral code at the conversion is worth.
    pub enum CodePriority {
        /// One more touchpoint.
        Touch = "touch",
        /// Its partner takes all.
        Wins = "wins",
    }
}

named! {
    /// What credit for the renewal of a known customer goes by.
    pub enum RenewalFollows {
        /// The shares of the customer's first sale.
        FirstSale = "first_sale",
        /// Its own journey.
        Fresh = "fresh",
    }
}

named! {
    /// What a buyer's word on where they heard of us is worth.
    pub enum SelfReported {
        /// It is reported.
        Ignore = "ignore",
        /// It is one more touchpoint, of the kind `self_reported`, at the conversion with which it was given.
        Count = "count",
    }
}

named! {
    /// Which partner a deal counts as sourced by.
    pub enum SourcedBy {
        /// The partner of the first touchpoint that counts, of those before the deal opened; nobody when that is our own team's.
        FirstTouch = "first_touch",
        /// The partner of the last touchpoint that counts, of those before the deal opened; nobody when that is our own team's.
        LastTouchBeforeOpen = "last_touch_before_open",
        /// The partner whose registration of the deal was approved.
        Registration = "registration",
    }
}

named! {
    /// Among whom credit is shared.
    pub enum PolicyScope {
        /// Among partners, who are paid for it.
        Partners = "partners",
        /// Among partners and our own teams, for reports; nobody is paid for it.
        Teams = "teams",
    }
}

/// The rules of one policy version. What is left out takes the default.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Rules {
    /// How credit is shared.
    pub model: Model,
    /// How far back touchpoints count.
    pub lookback_days: Lookback,
    /// `time_decay`: the half-life in days, more than 0.
    pub half_life_days: f64,
    /// `time_decay`: halve once a whole half-life instead of continuously.
    pub steps: bool,
    /// `position`: the share of the first touchpoint, 0 to 1.
    pub first: f64,
    /// `position`: the share of the last touchpoint, 0 to 1.
    pub last: f64,
    /// The weight of each kind, 0 to 1000000, with which the model's own is multiplied; a kind that is not named has the weight
    /// of the table of kinds. Under `custom` these are all there is, and a kind that is not named weighs 0.
    pub weights: BTreeMap<String, f64>,
    /// `markov`, `shapley`: what touchpoints are told apart by.
    pub by: Dimension,
    /// `markov`: how many touchpoints back the chance of the next one depends on, 1 to 3.
    pub order: u32,
    /// `shapley`: whether the position in the journey counts.
    pub ordered: bool,
    /// `markov`, `shapley`: the period that is learned from when the version is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trained_on: Option<TrainedOn>,
    /// `markov`, `shapley`: what was learned, once, when the version was made. Never given by the caller.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(read_only)]
    pub effects: Option<Effects>,
    /// The kinds that take part; all when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kinds: Option<Vec<String>>,
    /// The teams that take part; all when absent. Only in the scope `teams` touchpoints without a partner do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub teams: Option<Vec<Team>>,
    /// What a code at the conversion is worth.
    pub code_priority: CodePriority,
    /// Leave out the touchpoints of a partner who is the buyer.
    pub exclude_self_referral: bool,
    /// Which conversions follow it; every one when absent.
    pub filters: Filters,
    /// Whose touchpoints take no part.
    #[serde(skip_serializing_if = "Exclusions::is_empty")]
    pub exclude: Exclusions,
    /// A click closer to the conversion than this, in seconds, takes no part; at most a day.
    pub min_click_to_conversion_seconds: u32,
    /// Among whom credit is shared.
    pub scope: PolicyScope,
    /// From this version on the policy applies no more.
    pub retired: bool,
    /// What a `renewal` of a known customer goes by; without a sale before it, by its own journey.
    pub renewal_follows: RenewalFollows,
    /// What a partner's name is worth that the buyer gives as `heard_from`.
    pub self_reported: SelfReported,
    /// Which partner a deal counts as sourced by, in the pipeline report. `first_touch` and `last_touch_before_open`: the partner of
    /// the first (the last) touchpoint that counts before the deal opened, and nobody where that is one of our own team: then
    /// partners who helped have influenced the deal. `registration`: the partner whose registration was approved.
    pub sourced_by: SourcedBy,
}

impl Default for Rules {
    fn default() -> Self {
        Rules {
            model: Model::Linear,
            lookback_days: Lookback::default(),
            half_life_days: 7.0,
            steps: false,
            first: 0.4,
            last: 0.4,
            weights: BTreeMap::new(),
            by: Dimension::Partner,
            order: 1,
            ordered: false,
            trained_on: None,
            effects: None,
            kinds: None,
            teams: None,
            code_priority: CodePriority::Touch,
            exclude_self_referral: true,
            filters: Filters::default(),
            exclude: Exclusions::default(),
            min_click_to_conversion_seconds: 0,
            scope: PolicyScope::Partners,
            retired: false,
            renewal_follows: RenewalFollows::Fresh,
            self_reported: SelfReported::Ignore,
            sourced_by: SourcedBy::FirstTouch,
        }
    }
}

impl Rules {
    /// Checks every rule.
    ///
    /// # Errors
    /// All the fields that do not fit, with what would.
    pub fn check(&self) -> Result<(), Problems> {
        let mut problems = Problems::default();
        self.lookback_days.check(&mut problems);
        if !(self.half_life_days > 0.0 && self.half_life_days <= f64::from(LOOKBACK_DAYS_MAX)) {
            problems.add("half_life_days", format!("must be more than 0 and at most {LOOKBACK_DAYS_MAX}"));
        }
        for (field, share) in [("first", self.first), ("last", self.last)] {
            if !(0.0..=1.0).contains(&share) {
                problems.add(field, "must be a share from 0 to 1");
            }
        }
        if self.first + self.last > 1.0 + 1e-9 {
            problems.add("last", "first and last together must not be more than 1");
        }
        if self.first == 0.0 && self.last == 0.0 {
            problems.add("first", "first and last must not both be 0");
        }
        for (kind, &weight) in &self.weights {
            if !(0.0..=WEIGHT_MAX).contains(&weight) {
                problems.add(format!("weights.{kind}"), format!("must be a weight from 0 to {WEIGHT_MAX}"));
            }
        }
        if self.model == Model::Custom && !self.weights.values().any(|&w| w > 0.0) {
            problems.add("weights", "the custom model needs at least one kind with a weight above 0");
        }
        parts::check_list(&mut problems, "kinds", self.kinds.as_ref());
        parts::check_list(&mut problems, "teams", self.teams.as_ref());
        self.filters.check(&mut problems);
        self.exclude.check(&mut problems);
        if self.min_click_to_conversion_seconds > MIN_SECONDS_MAX {
            problems.add("min_click_to_conversion_seconds", format!("must be at most {MIN_SECONDS_MAX}, a day"));
        }
        self.check_training(&mut problems);
        problems.finish()
    }

    /// The same rules, where they say nothing of a kind with what the table of kinds says.
    pub fn with_kinds(mut self, kinds: &[TouchpointKind]) -> Rules {
        for kind in kinds {
            if self.model != Model::Custom && kind.weight != 1.0 {
                self.weights.entry(kind.name.clone()).or_insert(kind.weight);
            }
            if let Some(days) = kind.lookback_days {
                self.lookback_days.kinds.entry(kind.name.clone()).or_insert(days);
            }
        }
        self
    }

    /// Whether a conversion with these touchpoints fits the filters.
    pub fn fit(&self, facts: &Facts<'_>, touches: &[Touch]) -> bool {
        let filters = &self.filters;
        filters.fit(facts.event, facts.products)
            && (!filters.ask_journey() || filters.fit_journey(&counted(&facts.sale, self, touches)))
    }

    /// The weight of a kind, per 10^9.
    pub fn kind_weight(&self, kind: &str) -> u64 {
        let unnamed = if self.model == Model::Custom { 0.0 } else { 1.0 };
        billionths(self.weights.get(kind).copied().unwrap_or(unnamed))
    }

    /// The kinds of touchpoint that are named, each with the field that does.
    pub fn named_kinds(&self) -> impl Iterator<Item = (String, &String)> {
        let kinds = self.kinds.iter().flatten().enumerate().map(|(place, kind)| (format!("kinds[{place}]"), kind));
        let weights = self.weights.keys().map(|kind| (format!("weights.{kind}"), kind));
        let lookbacks = self.lookback_days.kinds.keys().map(|kind| (format!("lookback_days.kinds.{kind}"), kind));
        kinds.chain(weights).chain(lookbacks)
    }

    fn names_kind(&self, kind: &str) -> bool {
        self.named_kinds().any(|(_, name)| name == kind)
    }

    fn check_training(&self, problems: &mut Problems) {
        if !(1..=ORDER_MAX).contains(&self.order) {
            problems.add("order", format!("must be 1 to {ORDER_MAX}"));
        }
        match (self.model.is_data_driven(), self.trained_on) {
            (true, None) => {
                problems.add("trained_on", format!("is missing: {} learns from a period, {{\"from\", \"to\"}}", self.model));
            }
            (false, Some(_)) => problems.add("trained_on", "is for markov and shapley; leave it out"),
            (_, Some(TrainedOn { from, to })) if from >= to => problems.add("trained_on.to", "must lie after from"),
            _ => {}
        }
    }
}

/// One immutable version of a policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Policy {
    /// The version's id.
    pub id: PolicyId,
    /// The policy's name.
    pub name: String,
    /// Counts the versions of that name, from 1.
    pub version: i64,
    /// Conversions from this moment on follow it, until a later version applies.
    pub applies_from: Time,
    /// When it was made.
    pub created_at: Time,
    /// The rules.
    #[serde(flatten)]
    pub rules: Rules,
}
