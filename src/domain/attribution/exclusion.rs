//! Why a touchpoint takes no part in a conversion's credit. Exclusions come before weighting: the others share all of it.

use std::collections::BTreeMap;
use std::fmt;

use super::journey::{Step, Touch};
use crate::domain::id::TouchpointId;
use crate::domain::policy::{PolicyScope, Rules, SelfReported};
use crate::domain::time::{DAY_MS, Time};
use crate::domain::touchpoint::{CLICK, CODE, SELF_REPORTED, Team};
use crate::domain::verdict::Verdict;

/// The reasons, in the order in which they are tried: the first that fits is told.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Exclusion {
    Verdict(Verdict),
    Duplicate {
        renews: Option<TouchpointId>,
    },
    AfterConversion,
    OutsideLookback {
        kind: String,
        days: u32,
    },
    EarlierCode,
    Kind(String),
    Team(Team),
    /// What of it the policy leaves out: its partner, link or campaign.
    Listed(&'static str),
    TooClose {
        seconds: u32,
    },
    SelfReferral,
    SelfReported,
    NoPartner(Team),
    NoWeight(String),
    CodeWins,
}

impl Exclusion {
    /// Everything but `CodeWins`, which depends on the other steps.
    pub fn of(step: &Step, converted_at: Time, rules: &Rules) -> Option<Self> {
        let touch = step.touch;
        match touch.verdict {
            Verdict::Valid => {}
            Verdict::Duplicate => return Some(Exclusion::Duplicate { renews: step.renews }),
            verdict => return Some(Exclusion::Verdict(verdict)),
        }
        if step.at > converted_at {
            return Some(Exclusion::AfterConversion);
        }
        if !touch.own_code {
            let days = rules.lookback_days.days(&touch.kind);
            if touch.kind == CODE && days == 0 {
                return Some(Exclusion::EarlierCode);
            }
            if step.age_ms > u64::from(days) * DAY_MS.unsigned_abs() {
                return Some(Exclusion::OutsideLookback { kind: touch.kind.clone(), days });
            }
        }
        if rules.kinds.as_ref().is_some_and(|kinds| !kinds.contains(&touch.kind)) {
            return Some(Exclusion::Kind(touch.kind.clone()));
        }
        if rules.teams.as_ref().is_some_and(|teams| !teams.contains(&touch.team)) {
            return Some(Exclusion::Team(touch.team));
        }
        if let Some(what) = listed(touch, rules) {
            return Some(Exclusion::Listed(what));
        }
        let seconds = rules.min_click_to_conversion_seconds;
        // From the click itself: a repeated one says nothing of how long the buyer has known the offer.
        if touch.kind == CLICK && converted_at - step.at < i64::from(seconds) * 1_000 {
            return Some(Exclusion::TooClose { seconds });
        }
        if touch.self_referral && rules.exclude_self_referral {
            return Some(Exclusion::SelfReferral);
        }
        if touch.kind == SELF_REPORTED && rules.self_reported == SelfReported::Ignore {
            return Some(Exclusion::SelfReported);
        }
        if touch.partner.is_none() && rules.scope == PolicyScope::Partners {
            return Some(Exclusion::NoPartner(touch.team));
        }
        if rules.kind_weight(&touch.kind) == 0 {
            return Some(Exclusion::NoWeight(touch.kind.clone()));
        }
        None
    }

    /// What a count of such touchpoints is followed by in a summary: for one, for several.
    fn tally(&self) -> (&'static str, &'static str) {
        match self {
            Exclusion::Verdict(Verdict::Bot) => ("is a bot", "are bots"),
            Exclusion::Verdict(Verdict::Prefetch) => ("is a prefetch", "are prefetches"),
            Exclusion::Verdict(Verdict::Embedded) => ("was embedded, not followed", "were embedded, not followed"),
            Exclusion::Verdict(Verdict::Flood) => ("belongs to a flood", "belong to a flood"),
            Exclusion::Verdict(Verdict::Superseded) => ("is superseded", "are superseded"),
            Exclusion::Verdict(Verdict::Withdrawn) => ("was taken back", "were taken back"),
            Exclusion::Verdict(Verdict::Valid) => ("does not count", "do not count"),
            Exclusion::Verdict(Verdict::Duplicate) | Exclusion::Duplicate { .. } => ("is a duplicate", "are duplicates"),
            Exclusion::Verdict(Verdict::SelfReferral) | Exclusion::SelfReferral => ("is a self-referral", "are self-referrals"),
            Exclusion::SelfReported => ("is the buyer's word only", "are the buyer's word only"),
            Exclusion::AfterConversion => ("came after the conversion", "came after the conversion"),
            Exclusion::OutsideLookback { .. } => ("was outside the lookback", "were outside the lookback"),
            Exclusion::EarlierCode => ("is a code from before the conversion", "are codes from before the conversion"),
            Exclusion::Kind(_) => ("is of a kind that takes no part", "are of kinds that take no part"),
            Exclusion::Team(_) => ("is of a team that takes no part", "are of teams that take no part"),
            Exclusion::Listed(_) => ("is left out by the policy", "are left out by the policy"),
            Exclusion::TooClose { .. } => ("came too shortly before the conversion", "came too shortly before the conversion"),
            Exclusion::NoPartner(_) => ("has no partner", "have no partner"),
            Exclusion::NoWeight(_) => ("is of a kind without weight", "are of kinds without weight"),
            Exclusion::CodeWins => ("gives way to the code", "give way to the code"),
        }
    }
}

impl fmt::Display for Exclusion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Exclusion::Verdict(verdict) => write!(f, "{verdict}: {}", verdict.explain()),
            Exclusion::Duplicate { renews: Some(id) } => {
                write!(f, "duplicate: the same visitor followed the same link within 30 minutes; it renews touchpoint {id}")
            }
            Exclusion::Duplicate { renews: None } => {
                f.write_str("duplicate: it repeats a touchpoint, but none before this conversion that it could renew")
            }
            Exclusion::AfterConversion => f.write_str("after the conversion"),
            Exclusion::OutsideLookback { kind, days } => {
                let s = if *days == 1 { "" } else { "s" };
                write!(f, "outside the lookback: more than {days} day{s} before the conversion, the limit for kind {kind}")
            }
            Exclusion::EarlierCode => {
                f.write_str("outside the lookback: only the code given with the conversion itself counts")
            }
            Exclusion::Kind(kind) => write!(f, "kind {kind} does not take part under the policy"),
            Exclusion::Team(team) => write!(f, "team {team} does not take part under the policy"),
            Exclusion::Listed(what) => write!(f, "the policy leaves out this {what}"),
            Exclusion::TooClose { seconds } => {
                let s = if *seconds == 1 { "" } else { "s" };
                write!(f, "too close: less than {seconds} second{s} before the conversion, the least for a click")
            }
            Exclusion::SelfReferral => write!(f, "self-referral: {}", Verdict::SelfReferral.explain()),
            Exclusion::SelfReported => {
                f.write_str("the buyer named this partner; under the policy that is reported, not credited")
            }
            Exclusion::NoPartner(Team::Partner) => f.write_str("no partner: it is reported, but there is nobody to credit"),
            Exclusion::NoPartner(team) => {
                write!(f, "no partner: the work of our own {team} team is reported, but earns nothing")
            }
            Exclusion::NoWeight(kind) => write!(f, "kind {kind} has no weight under the policy"),
            Exclusion::CodeWins => f.write_str("the code given with the conversion wins: it takes all"),
        }
    }
}

/// "2 were outside the lookback, 1 is a bot": the most frequent first.
pub(super) fn tally<'a>(exclusions: impl Iterator<Item = &'a Exclusion>) -> String {
    let mut counts = BTreeMap::new();
    for exclusion in exclusions {
        *counts.entry(exclusion.tally()).or_insert(0_usize) += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|&(_, count)| std::cmp::Reverse(count)); // stable: ties stay in the order of their words
    let phrases: Vec<String> =
        counts.into_iter().map(|((one, many), count)| format!("{count} {}", if count == 1 { one } else { many })).collect();
    phrases.join(", ")
}

/// What of a touchpoint the policy names among its exclusions.
fn listed(touch: &Touch, rules: &Rules) -> Option<&'static str> {
    let exclude = &rules.exclude;
    if touch.partner.is_some_and(|id| exclude.partners.contains(&id)) {
        Some("partner")
    } else if touch.link.is_some_and(|id| exclude.links.contains(&id)) {
        Some("link")
    } else if touch.campaign.is_some_and(|id| exclude.campaigns.contains(&id)) {
        Some("campaign")
    } else {
        None
    }
}
