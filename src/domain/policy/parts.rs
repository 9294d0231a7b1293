//! Parts of the rules: which conversions a policy is for, whose touchpoints it leaves out, and how far back it looks.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::LOOKBACK_DAYS_MAX;
use crate::domain::attribution::Touch;
use crate::domain::id::{CampaignId, GroupId, LinkId, PartnerId};
use crate::domain::touchpoint::{CLICK, CODE, VIEW};
use crate::domain::verdict::Verdict;
use crate::error::Problems;

/// The most values of one list: each is looked at for every conversion.
pub const VALUES_MAX: usize = 1_000;

/// How many days before the conversion a touchpoint may lie and still count, per kind.
///
/// Of a kind counts what `kinds` says, else the kind's own lookback, else one of the four.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
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
    /// Days for single kinds, by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub kinds: BTreeMap<String, u32>,
}

impl Default for Lookback {
    fn default() -> Self {
        Lookback { click: 90, view: 1, code: 0, offline: 180, kinds: BTreeMap::new() }
    }
}

impl Lookback {
    /// Days for a kind.
    pub fn days(&self, kind: &str) -> u32 {
        self.kinds.get(kind).copied().unwrap_or(match kind {
            CLICK => self.click,
            VIEW => self.view,
            CODE => self.code,
            _ => self.offline,
        })
    }

    /// The most days for any kind.
    pub fn longest_days(&self) -> u32 {
        self.all().map(|(_, days)| days).max().unwrap_or(0)
    }

    fn all(&self) -> impl Iterator<Item = (&str, u32)> {
        let four = [(CLICK, self.click), (VIEW, self.view), (CODE, self.code), ("offline", self.offline)];
        four.into_iter().chain(self.kinds.iter().map(|(kind, &days)| (kind.as_str(), days)))
    }

    pub(super) fn check(&self, problems: &mut Problems) {
        for (kind, days) in self.all() {
            if days > LOOKBACK_DAYS_MAX {
                let within = if self.kinds.contains_key(kind) { "kinds." } else { "" };
                problems.add(format!("lookback_days.{within}{kind}"), format!("must be at most {LOOKBACK_DAYS_MAX} days"));
            }
        }
    }
}

/// Which conversions a policy is for: those that fit every filter that is there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Filters {
    /// `lead`, `signup`, `sale`, `renewal` or custom events: the conversion is one of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub events: Option<Vec<String>>,
    /// A touchpoint that takes part belongs to one of these campaigns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub campaigns: Option<Vec<CampaignId>>,
    /// A touchpoint that takes part is of a partner who is in one of these groups.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groups: Option<Vec<GroupId>>,
    /// An item of the conversion is one of these products, by the website's own ids.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub products: Option<Vec<String>>,
}

impl Filters {
    /// How many there are.
    pub fn count(&self) -> usize {
        [self.events.is_some(), self.campaigns.is_some(), self.groups.is_some(), self.products.is_some()]
            .into_iter()
            .filter(|&there| there)
            .count()
    }

    /// Whether a conversion fits, as far as it tells by itself.
    pub fn fit(&self, event: &str, products: &[String]) -> bool {
        let is_one = |events: &Vec<String>| events.iter().any(|one| one == event);
        let bought = |wanted: &Vec<String>| products.iter().any(|product| wanted.contains(product));
        self.events.as_ref().is_none_or(is_one) && self.products.as_ref().is_none_or(bought)
    }

    /// Whether the touchpoints matter.
    pub fn ask_journey(&self) -> bool {
        self.campaigns.is_some() || self.groups.is_some()
    }

    /// Whether a conversion with these touchpoints that take part fits.
    pub fn fit_journey(&self, touches: &[&Touch]) -> bool {
        let any = |fits: &dyn Fn(&Touch) -> bool| touches.iter().any(|touch| fits(touch));
        let in_campaign = |list: &Vec<CampaignId>| any(&|touch| touch.campaign.is_some_and(|id| list.contains(&id)));
        let in_group = |list: &Vec<GroupId>| any(&|touch| touch.group.is_some_and(|id| list.contains(&id)));
        self.campaigns.as_ref().is_none_or(in_campaign) && self.groups.as_ref().is_none_or(in_group)
    }

    pub(super) fn check(&self, problems: &mut Problems) {
        check_list(problems, "filters.events", self.events.as_ref());
        check_list(problems, "filters.campaigns", self.campaigns.as_ref());
        check_list(problems, "filters.groups", self.groups.as_ref());
        check_list(problems, "filters.products", self.products.as_ref());
    }
}

/// Whose touchpoints take no part, whatever else the rules say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Exclusions {
    /// Those of these partners.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub partners: Vec<PartnerId>,
    /// Those of these links.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<LinkId>,
    /// Those of these campaigns.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub campaigns: Vec<CampaignId>,
    /// Those with these verdicts, as if they had not happened. Only a valid touchpoint ever counts, so this matters for
    /// `duplicate`: then a repeated click no longer renews the one it repeats.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub verdicts: Vec<Verdict>,
}

impl Exclusions {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        *self == Exclusions::default()
    }

    pub(super) fn check(&self, problems: &mut Problems) {
        let lengths = [("partners", self.partners.len()), ("links", self.links.len()), ("campaigns", self.campaigns.len())];
        for (field, length) in lengths {
            if length > VALUES_MAX {
                problems.add(format!("exclude.{field}"), format!("must be at most {VALUES_MAX}"));
            }
        }
        if self.verdicts.contains(&Verdict::Valid) {
            problems.add("exclude.verdicts", "must not hold valid: nothing would be left");
        }
    }
}

/// Notes a list that is there and holds nothing, or too much.
pub(super) fn check_list<T>(problems: &mut Problems, field: &str, list: Option<&Vec<T>>) {
    match list {
        Some(list) if list.is_empty() => problems.add(field, "must name at least one, or be left out for all"),
        Some(list) if list.len() > VALUES_MAX => problems.add(field, format!("must be at most {VALUES_MAX}")),
        _ => {}
    }
}
