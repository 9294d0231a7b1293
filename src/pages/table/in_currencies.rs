//! Columns of sums in several currencies: one order of the currencies in all rows of a table.

use std::cmp::{Ordering, Reverse};
use std::collections::BTreeMap;

use super::{Cell, Table};
use crate::domain::money::{Currency, Money};
use crate::pages::reader::Reader;

impl Cell {
    pub(super) fn in_currency(&self, currency: Currency) -> Option<&Money> {
        self.monies.iter().find(|money| money.currency == currency)
    }
}

impl Table {
    /// The currencies of a column, that of the most rows first: so the same ones stand below each other.
    pub(super) fn currencies(&self, place: usize) -> Vec<Currency> {
        let mut rows: BTreeMap<Currency, usize> = BTreeMap::new();
        for money in self.rows.iter().filter_map(|row| row.get(place)).flat_map(|cell| &cell.monies) {
            *rows.entry(money.currency).or_default() += 1;
        }
        let mut currencies: Vec<Currency> = rows.keys().copied().collect();
        currencies.sort_by_key(|currency| Reverse(rows[currency]));
        currencies
    }

    /// The order of two rows by a column; sums by the first currency that only one of them has, or in which they differ.
    pub(super) fn compare(&self, place: usize, currencies: &[Currency], down: bool, one: &[Cell], other: &[Cell]) -> Ordering {
        let turned = |order: Ordering| if down { order.reverse() } else { order };
        if !self.columns[place].money {
            return turned(one[place].order.cmp(&other[place].order));
        }
        let by_currency =
            currencies.iter().map(|currency| match (one[place].in_currency(*currency), other[place].in_currency(*currency)) {
                (Some(one), Some(other)) => turned(one.amount.cmp(&other.amount)),
                // What is not in that currency comes last either way: it is neither more nor less.
                (one, other) => other.is_some().cmp(&one.is_some()),
            });
        by_currency.fold(Ordering::Equal, Ordering::then)
    }

    /// The columns of sums in several currencies, each with these.
    pub(super) fn sums(&self) -> Vec<(usize, Vec<Currency>)> {
        let places = (0..self.columns.len()).filter(|place| self.columns[*place].money);
        places.map(|place| (place, self.currencies(place))).filter(|(_, currencies)| currencies.len() > 1).collect()
    }

    /// A row with its sums in the order of their columns.
    pub(super) fn in_one_order(&self, reader: &Reader, sums: &[(usize, Vec<Currency>)], row: &[Cell]) -> Vec<Cell> {
        let mut row = row.to_vec();
        for (place, currencies) in sums {
            let monies = currencies.iter().filter_map(|currency| row[*place].in_currency(*currency).copied());
            row[*place].shown = reader.monies(&monies.collect::<Vec<_>>());
        }
        row
    }
}
