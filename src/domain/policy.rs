//! Policies: versioned, immutable attribution rules. A change is a new version with a date from which it applies.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::id::PolicyId;
use crate::domain::named;
use crate::domain::time::Time;
use crate::domain::touchpoint::Team;
use crate::error::Problems;

/// The longest lookback, in days: ten years.
pub const LOOKBACK_DAYS_MAX: u32 = 3_650;

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
    }
}

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
        /// The partner of the first touchpoint that counts, of those before the deal opened; nobody when that one has none.
        FirstTouch = "first_touch",
        /// The partner of the last touchpoint that counts, of those before the deal opened; nobody when that one has none.
        LastTouchBeforeOpen = "last_touch_before_open",
        /// The partner whose registration of the deal was approved.
        Registration = "registration",
    }
}

/// How many days before the conversion a touchpoint may lie and still count, per kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Lookback {
    /// Days for clicks.
    pub click: u32,
    /// Days for views.
    pub view: u32,
    /// Days for codes; 0 means: only the code of the conversion itself.
    pub code: u32,
    /// Days for every offline kind.
    pub offline: u32,
}

impl Default for Lookback {
    fn default() -> Self {
        Lookback { click: 90, view: 1, code: 0, offline: 180 }
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
    /// `custom`: the weight of each kind, 0 or more; a kind that is not named weighs 0.
    pub weights: BTreeMap<String, f64>,
    /// The kinds that take part; all when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kinds: Option<Vec<String>>,
    /// The teams that take part; all when absent. Only touchpoints with a partner ever earn credit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub teams: Option<Vec<Team>>,
    /// What a code at the conversion is worth.
    pub code_priority: CodePriority,
    /// Leave out the touchpoints of a partner who is the buyer.
    pub exclude_self_referral: bool,
    /// What a `renewal` of a known customer goes by; without a sale before it, by its own journey.
    pub renewal_follows: RenewalFollows,
    /// What a partner's name is worth that the buyer gives as `heard_from`.
    pub self_reported: SelfReported,
    /// Which partner a deal counts as sourced by, in the pipeline report.
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
            kinds: None,
            teams: None,
            code_priority: CodePriority::Touch,
            exclude_self_referral: true,
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
        let days = self.lookback_days;
        for (field, days) in [("click", days.click), ("view", days.view), ("code", days.code), ("offline", days.offline)] {
            if days > LOOKBACK_DAYS_MAX {
                problems.add(format!("lookback_days.{field}"), format!("must be at most {LOOKBACK_DAYS_MAX} days"));
            }
        }
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
            if !(0.0..=1e6).contains(&weight) {
                problems.add(format!("weights.{kind}"), "must be a weight from 0 to 1000000");
            }
        }
        if self.model == Model::Custom && !self.weights.values().any(|&w| w > 0.0) {
            problems.add("weights", "the custom model needs at least one kind with a weight above 0");
        }
        if self.kinds.as_ref().is_some_and(Vec::is_empty) {
            problems.add("kinds", "must name at least one kind, or be left out for all");
        }
        if self.teams.as_ref().is_some_and(Vec::is_empty) {
            problems.add("teams", "must name at least one team, or be left out for all");
        }
        problems.finish()
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
