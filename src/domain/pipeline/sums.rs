//! What is added up of deals, and what follows from it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Currency, DealStatus, Money, Opportunity};
use crate::domain::time::DAY_MS;

/// What came of some deals.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Metrics {
    /// How many deals.
    pub deals: i64,
    /// Those that go on.
    pub open: i64,
    /// Those that were won.
    pub won: i64,
    /// Those that were lost.
    pub lost: i64,
    /// Those that go on, but have been in their stage for `stalled_days` or longer.
    pub stalled: i64,
    /// What all of them are worth, per currency; deals without an amount add nothing.
    pub amount: Vec<Money>,
    /// What those that were won are worth, per currency.
    pub won_amount: Vec<Money>,
    /// Won of those that were won or lost, 0 to 1; none when there are none.
    pub win_rate: Option<f64>,
    /// The mean amount of those that were won and have one, per currency, to the nearest minor unit, halves up.
    pub average_deal: Vec<Money>,
    /// The mean number of days from opening to closing of those that were won; none when there are none.
    pub days_to_close: Option<f64>,
    /// Stalled of those that go on, 0 to 1; none when there are none.
    pub stall_rate: Option<f64>,
}

/// How much better or worse: the value over the other's value, less 1, before either is rounded. `0.25` is a quarter more, `-0.5` half as much. None
/// where one of the two is missing, or the other is 0.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Lift {
    /// More than 0: a greater part of the closed deals was won.
    pub win_rate: Option<f64>,
    /// Per currency; more than 0: the deals that were won are larger.
    pub average_deal: Vec<CurrencyLift>,
    /// Less than 0: deals were won faster.
    pub days_to_close: Option<f64>,
    /// More than 0: a greater part of the open deals has stalled.
    pub stall_rate: Option<f64>,
}

/// A lift of amounts in one currency.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CurrencyLift {
    /// The currency.
    pub currency: Currency,
    /// The lift.
    pub lift: f64,
}

/// To six decimals: more would be noise, and differ with the order of additions.
fn rounded(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

/// Whole numbers only, so that what is added can be taken away again.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Sums {
    deals: i64,
    open: i64,
    won: i64,
    lost: i64,
    stalled: i64,
    won_ms: i64,
    money: BTreeMap<Currency, Amounts>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Amounts {
    all: i64,
    won: i64,
    won_deals: i64,
}

impl Sums {
    /// Of one deal.
    pub fn of(deal: &Opportunity, stalled: bool) -> Sums {
        let is = |status| i64::from(deal.status == status);
        let won = is(DealStatus::Won);
        let open_ms = deal.closed_at.map_or(0, |closed| closed - deal.opened_at);
        let amounts = |money: Money| {
            let amounts = Amounts { all: money.amount, won: won * money.amount, won_deals: won };
            (money.currency, amounts)
        };
        Sums {
            deals: 1,
            open: is(DealStatus::Open),
            won,
            lost: is(DealStatus::Lost),
            stalled: i64::from(stalled),
            won_ms: won * open_ms,
            money: deal.money.map(amounts).into_iter().collect(),
        }
    }

    pub fn add(&mut self, other: &Sums) {
        self.plus(other, 1);
    }

    pub fn without(&self, other: &Sums) -> Sums {
        let mut rest = self.clone();
        rest.plus(other, -1);
        rest
    }

    fn plus(&mut self, other: &Sums, sign: i64) {
        self.deals += sign * other.deals;
        self.open += sign * other.open;
        self.won += sign * other.won;
        self.lost += sign * other.lost;
        self.stalled += sign * other.stalled;
        self.won_ms = self.won_ms.saturating_add(sign * other.won_ms);
        for (currency, amounts) in &other.money {
            let own = self.money.entry(*currency).or_default();
            own.all = own.all.saturating_add(sign * amounts.all);
            own.won = own.won.saturating_add(sign * amounts.won);
            own.won_deals += sign * amounts.won_deals;
        }
    }

    fn win_rate(&self) -> Option<f64> {
        share(self.won, self.won + self.lost)
    }

    fn days_to_close(&self) -> Option<f64> {
        share(self.won_ms, self.won).map(|ms| ms / DAY_MS as f64)
    }

    fn stall_rate(&self) -> Option<f64> {
        share(self.stalled, self.open)
    }

    pub fn metrics(&self) -> Metrics {
        let money = |of: fn(&Amounts) -> i64| -> Vec<Money> {
            let sums = self.money.iter().map(|(currency, amounts)| Money { amount: of(amounts), currency: *currency });
            sums.filter(|money| money.amount != 0).collect()
        };
        let mean = |amounts: &Amounts| match amounts.won_deals {
            0 => 0,
            n => (2 * i128::from(amounts.won) + i128::from(n)).div_euclid(2 * i128::from(n)) as i64,
        };
        Metrics {
            deals: self.deals,
            open: self.open,
            won: self.won,
            lost: self.lost,
            stalled: self.stalled,
            amount: money(|amounts| amounts.all),
            won_amount: money(|amounts| amounts.won),
            win_rate: self.win_rate().map(rounded),
            average_deal: money(mean),
            days_to_close: self.days_to_close().map(rounded),
            stall_rate: self.stall_rate().map(rounded),
        }
    }

    /// Against `base`.
    pub fn lift_over(&self, base: &Sums) -> Lift {
        let lift = |own: Option<f64>, base: Option<f64>| {
            let base = base.filter(|base| *base != 0.0)?;
            own.map(|own| rounded(own / base - 1.0))
        };
        let average = |(currency, own): (&Currency, &Amounts)| {
            let lift = lift(own.mean(), base.money.get(currency).and_then(Amounts::mean))?;
            Some(CurrencyLift { currency: *currency, lift })
        };
        Lift {
            win_rate: lift(self.win_rate(), base.win_rate()),
            average_deal: self.money.iter().filter_map(average).collect(),
            days_to_close: lift(self.days_to_close(), base.days_to_close()),
            stall_rate: lift(self.stall_rate(), base.stall_rate()),
        }
    }
}

impl Amounts {
    fn mean(&self) -> Option<f64> {
        share(self.won, self.won_deals)
    }
}

/// A part over a whole; none of nothing.
fn share(part: i64, whole: i64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}
