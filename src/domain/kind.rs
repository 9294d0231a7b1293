//! Kinds of touchpoint: a table that admins extend.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::partner::Status;
use crate::domain::policy::{LOOKBACK_DAYS_MAX, WEIGHT_MAX};
use crate::domain::touchpoint::{CLICK, CODE, Team, VIEW};
use crate::error::Problems;

/// The kinds that Kudos itself records. They are never removed, and are not entered by people.
pub const BUILT_IN: [&str; 3] = [CLICK, VIEW, CODE];
/// The most kinds: they are read with every policy, and listed on one page.
pub const KINDS_MAX: usize = 200;
/// The longest name, in bytes.
const NAME_BYTES_MAX: usize = 64;

/// The name of a kind: 1 to 64 lower-case letters, digits and `_`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KindName(String);

impl KindName {
    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for KindName {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let fits = (1..=NAME_BYTES_MAX).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        let must = || format!("must be 1 to {NAME_BYTES_MAX} lower-case letters, digits or _ such as webinar");
        if fits { Ok(KindName(text.to_owned())) } else { Err(must()) }
    }
}

impl fmt::Display for KindName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A kind of touchpoint, with what a policy takes for it where it says nothing of the kind itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TouchpointKind {
    /// Its name, unique.
    pub name: String,
    /// The team, where a touchpoint names none.
    pub team: Team,
    /// What the model's weight of such a touchpoint is multiplied with: 0 to 1000000, to 9 decimals.
    pub weight: f64,
    /// How many days before the conversion it may lie and still count; none: what the policy says of clicks, views, codes and
    /// offline kinds.
    pub lookback_days: Option<u32>,
    /// A kind that is disabled is entered no more; touchpoints of it go on counting.
    pub status: Status,
    /// Kudos records it by itself: it cannot be removed, disabled or entered, nor change its team.
    pub built_in: bool,
}

impl TouchpointKind {
    /// Notes what does not fit.
    pub fn check(&self, problems: &mut Problems) {
        problems.keep("name", self.name.parse::<KindName>());
        if !(0.0..=WEIGHT_MAX).contains(&self.weight) {
            problems.add("weight", format!("must be a weight from 0 to {WEIGHT_MAX}"));
        }
        if self.lookback_days.is_some_and(|days| days > LOOKBACK_DAYS_MAX) {
            problems.add("lookback_days", format!("must be at most {LOOKBACK_DAYS_MAX} days"));
        }
    }
}
