//! Reports: what came of the program, grouped.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::conversion::Weight;
use crate::domain::money::{Currency, Money};
use crate::domain::named;
use crate::domain::time::{DAY_MS, Time};
use crate::domain::touchpoint::Team;

named! {
    /// What a report has a row for.
    pub enum GroupBy {
        /// One row for everything.
        None = "none",
        /// Partners.
        Partner = "partner",
        /// Links.
        Link = "link",
        /// Campaigns.
        Campaign = "campaign",
        /// Countries of the visitors.
        Country = "country",
        /// Devices of the visitors.
        Device = "device",
        /// UTC days.
        Day = "day",
    }
}

/// One row of the performance report.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Performance {
    /// Id, country, device or date; none where the touchpoint has none, or for the one row of `none`.
    pub key: Option<String>,
    /// A name for people: the partner's, the link's slug, the campaign's.
    pub label: Option<String>,
    /// Valid clicks.
    pub clicks: i64,
    /// Every recorded hit on the links: crawlers, prefetches and duplicates too.
    pub clicks_all: i64,
    /// Valid views.
    pub views: i64,
    /// Browsers with a valid click.
    pub unique_visitors: i64,
    /// Conversions in which the row has a part; in the row of `none` and of a day, every conversion.
    pub conversions: i64,
    /// The whole sums of those conversions, per currency.
    pub revenue: Vec<Money>,
    /// The part credited to the row, per currency.
    pub credited: Vec<Money>,
    /// How many of the conversions have an amount in each currency.
    #[serde(skip)]
    pub in_currency: BTreeMap<Currency, i64>,
}

impl Performance {
    /// Counts conversions, whose amounts are in one currency or which have none.
    pub fn count(&mut self, conversions: i64, currency: Option<Currency>) {
        self.conversions += conversions;
        if let (Some(currency), true) = (currency, conversions != 0) {
            *self.in_currency.entry(currency).or_default() += conversions;
        }
    }

    /// What rows come to that have nothing in common, such as days; the currency of the most conversions first, in both sums.
    pub fn total(rows: &[Performance]) -> Performance {
        let mut total = Performance::default();
        for row in rows {
            total.clicks += row.clicks;
            total.clicks_all += row.clicks_all;
            total.views += row.views;
            total.conversions += row.conversions;
            row.revenue.iter().for_each(|money| add_up(&mut total.revenue, *money));
            row.credited.iter().for_each(|money| add_up(&mut total.credited, *money));
            row.in_currency.iter().for_each(|(currency, count)| *total.in_currency.entry(*currency).or_default() += count);
        }
        for sums in [&mut total.revenue, &mut total.credited] {
            // Sums in several currencies cannot be compared, and how often each occurs can.
            sums.sort_by_key(|money| (Reverse(total.in_currency.get(&money.currency)), money.currency));
        }
        total
    }
}

/// The rows with the most clicks, and how many there are in all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Leading {
    /// The first of them.
    pub rows: Vec<Performance>,
    /// All of them, with what is nobody's.
    pub count: usize,
    /// Whether there is something that is nobody's.
    pub nobodys: bool,
}

impl From<Vec<Performance>> for Leading {
    fn from(rows: Vec<Performance>) -> Leading {
        Leading { count: rows.len(), nobodys: rows.iter().any(|row| row.key.is_none()), rows }
    }
}

/// What waits for somebody's decision.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Decisions {
    /// Deal registrations that nobody has decided about.
    pub registrations: i64,
    /// Hits of the last 7 days that could not be used.
    pub rejected: i64,
    /// Discrepancies of the last 7 days.
    pub discrepancies: i64,
}

impl Decisions {
    /// As far as each is counted.
    pub const MOST: i64 = 100;

    /// From when on rejected hits and discrepancies are counted: the beginning of the last 7 days, today among them.
    pub fn since(now: Time) -> Time {
        now.day() - 6 * DAY_MS
    }
}

/// How many came how far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Funnel {
    /// Valid clicks.
    pub clicks: i64,
    /// Leads and signups.
    pub leads: i64,
    /// Sales.
    pub sales: i64,
}

/// What one team had to do with the conversions of a period, under the policy of the scope `teams`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TeamPerformance {
    /// The team.
    pub team: Team,
    /// Its touchpoints that count, over all those conversions; one that counts for two conversions is counted for both.
    pub touchpoints: i64,
    /// The conversions it touched; several teams may touch one.
    pub conversions: i64,
    /// The sum of its shares: of each conversion the teams share exactly 1.
    pub weight: Weight,
    /// Its part of the amounts, per currency: of each conversion the teams share exactly the amount.
    pub credited: Vec<Money>,
}

impl TeamPerformance {
    /// A row without anything for each team.
    pub fn of_every_team() -> Vec<TeamPerformance> {
        let row = |&team| TeamPerformance { team, touchpoints: 0, conversions: 0, weight: Weight(0), credited: Vec::new() };
        Team::ALL.iter().map(row).collect()
    }
}

/// What the teams share in all.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TeamTotals {
    /// The conversions that were shared, each once.
    pub conversions: i64,
    /// The sum of all shares: as many as there are conversions.
    pub weight: Weight,
    /// The sum of the amounts, per currency.
    pub credited: Vec<Money>,
}

impl TeamTotals {
    /// Adds the row of a team.
    pub fn add(&mut self, team: &TeamPerformance) {
        self.weight.0 += team.weight.0;
        team.credited.iter().for_each(|money| add_up(&mut self.credited, *money));
    }
}

/// Adds a sum to those in its currency.
pub fn add_up(sums: &mut Vec<Money>, money: Money) {
    match sums.iter_mut().find(|sum| sum.currency == money.currency) {
        Some(sum) => sum.amount += money.amount,
        None => sums.push(money),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_currency_of_most_conversions_comes_first_in_a_total_whatever_the_order_of_the_days() {
        let money = |amount, code: &str| Money { amount, currency: code.parse().unwrap() };
        let mut days: Vec<Performance> =
            [money(3_000, "GBP"), money(5_000_000, "JPY"), money(2_000, "EUR"), money(3_000, "CHF"), money(4_000, "EUR")]
                .map(|sum| Performance {
                    revenue: vec![sum],
                    credited: vec![sum],
                    in_currency: BTreeMap::from([(sum.currency, 1)]),
                    ..Performance::default()
                })
                .to_vec();
        let expected = vec![money(6_000, "EUR"), money(3_000, "CHF"), money(3_000, "GBP"), money(5_000_000, "JPY")];
        for _ in 0..days.len() {
            days.rotate_left(1);
            let total = Performance::total(&days);
            assert_eq!((&total.revenue, &total.credited), (&expected, &expected));
        }
    }
}
