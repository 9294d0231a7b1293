//! The same conversions under several models, side by side with the policy in force.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Outcome, WHOLE};
use crate::domain::money::{Currency, Money};
use crate::domain::policy::{Dimension, Model};

/// What a key earned.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Earned {
    /// Its shares of conversions, summed; to 9 decimals.
    pub conversions: f64,
    /// Its part of their amounts, per currency.
    pub revenue: Vec<Money>,
}

/// What a key would have earned under one model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct UnderModel {
    /// The model.
    pub model: Model,
    /// What it gives.
    #[serde(flatten)]
    pub earned: Earned,
    /// How much more that is than under the policy in force; less is negative.
    pub difference: Earned,
}

/// One row of the comparison.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Compared {
    /// The partner, link .. or kind; none for touchpoints that have no such thing.
    pub key: Option<String>,
    /// A name for people.
    pub label: Option<String>,
    /// Under the policy in force when each conversion happened.
    pub in_force: Earned,
    /// Under each model asked for, in that order.
    pub models: Vec<UnderModel>,
}

/// Exact sums: shares in units of 1/[`WHOLE`], minor units per currency.
#[derive(Clone, Debug, Default)]
struct Sums {
    shares: i64,
    amounts: BTreeMap<Currency, i64>,
}

impl Sums {
    fn less(&self, other: &Sums) -> Sums {
        let mut left = self.clone();
        left.shares -= other.shares;
        for (currency, amount) in &other.amounts {
            *left.amounts.entry(*currency).or_default() -= amount;
        }
        left
    }

    fn earned(&self) -> Earned {
        let money = |(currency, amount): (&Currency, &i64)| Money { amount: *amount, currency: *currency };
        Earned { conversions: self.shares as f64 / WHOLE as f64, revenue: self.amounts.iter().map(money).collect() }
    }
}

/// Sums that grow with the keys, not with the conversions.
#[derive(Clone, Debug)]
pub struct Comparison {
    models: Vec<Model>,
    by: Dimension,
    /// For each key: in force, then each model.
    rows: BTreeMap<Option<String>, Vec<Sums>>,
}

impl Comparison {
    /// Nothing yet.
    pub fn new(models: Vec<Model>, by: Dimension) -> Self {
        Comparison { models, by, rows: BTreeMap::new() }
    }

    /// Adds a conversion: `outcomes` are that in force and that of each model.
    pub fn add<'a>(&mut self, currency: Option<Currency>, outcomes: impl IntoIterator<Item = &'a Outcome>) {
        let columns = self.models.len() + 1;
        for (column, outcome) in outcomes.into_iter().take(columns).enumerate() {
            for (touch, share, amount, _) in outcome.credits() {
                let row = self.rows.entry(touch.key(self.by)).or_insert_with(|| vec![Sums::default(); columns]);
                row[column].shares += i64::try_from(share).unwrap_or(0);
                if let Some(currency) = currency {
                    *row[column].amounts.entry(currency).or_default() += amount;
                }
            }
        }
    }

    /// A row for each key, those that earned most conversions in force first.
    pub fn rows(self) -> Vec<Compared> {
        let mut rows: Vec<(Option<String>, Vec<Sums>)> = self.rows.into_iter().collect();
        rows.sort_by_key(|(_, sums)| std::cmp::Reverse(sums[0].shares)); // stable: ties stay in the order of their keys
        let row = |(key, sums): (Option<String>, Vec<Sums>)| {
            let under = |(model, own): (&Model, &Sums)| UnderModel {
                model: *model,
                earned: own.earned(),
                difference: own.less(&sums[0]).earned(),
            };
            let models = self.models.iter().zip(&sums[1..]).map(under).collect();
            Compared { key, label: None, in_force: sums[0].earned(), models }
        };
        rows.into_iter().map(row).collect()
    }
}
