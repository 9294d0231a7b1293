//! How the teams share one conversion: what their touchpoints have together. Sums of exact parts, so exact themselves.

use std::collections::BTreeMap;

use super::{Decision, Outcome};
use crate::domain::touchpoint::Team;

/// The part of one team in one conversion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TeamShare {
    /// The team.
    pub team: Team,
    /// How many of its touchpoints count.
    pub touchpoints: i64,
    /// Their share, in units of 1/[`WHOLE`](super::WHOLE).
    pub share: u64,
    /// Their part of the amount, in minor units.
    pub amount: i64,
}

/// The teams whose touchpoints count; their shares sum to one conversion, their amounts to its amount.
pub fn by_team(outcome: &Outcome) -> Vec<TeamShare> {
    let mut teams: BTreeMap<Team, TeamShare> = BTreeMap::new();
    for considered in &outcome.considered {
        let Decision::Counted { share, amount, .. } = considered.decision else { continue };
        let team = considered.touch.team;
        let sum = teams.entry(team).or_insert(TeamShare { team, touchpoints: 0, share: 0, amount: 0 });
        sum.touchpoints += 1;
        sum.share += share;
        sum.amount += amount;
    }
    teams.into_values().collect()
}
