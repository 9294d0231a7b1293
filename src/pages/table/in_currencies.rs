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
    /// Every currency of its sums, that of the most cells first: so the same ones stand below and beside each other.
    pub(super) fn all_currencies(&self) -> Vec<Currency> {
        let mut cells: BTreeMap<Currency, usize> = BTreeMap::new();
        for money in self.rows.iter().flatten().flat_map(|cell| &cell.monies) {
            *cells.entry(money.currency).or_default() += 1;
        }
        let mut currencies: Vec<Currency> = cells.keys().copied().collect();
        currencies.sort_by_key(|currency| Reverse(cells[currency]));
        currencies
    }

    /// Those of a column, in the order of the table.
    pub(super) fn currencies(&self, place: usize) -> Vec<Currency> {
        let cells: Vec<&Cell> = self.rows.iter().filter_map(|row| row.get(place)).collect();
        let mut currencies = self.all_currencies();
        currencies.retain(|currency| cells.iter().any(|cell| cell.in_currency(*currency).is_some()));
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

    /// A row with its sums in the order of the table: each of its currencies has a line, in every cell that has any.
    pub(super) fn in_one_order(&self, reader: &Reader, currencies: &[Currency], row: &[Cell]) -> Vec<Cell> {
        let has = |currency: &&Currency| row.iter().any(|cell| cell.in_currency(**currency).is_some());
        let own: Vec<Currency> = currencies.iter().filter(has).copied().collect();
        let ordered = |cell: &Cell| match cell.monies.is_empty() || own.len() < 2 {
            true => cell.clone(),
            false if cell.gains => cell.clone().shown_as(reader.gains(&own, &cell.monies)),
            false => cell.clone().shown_as(reader.lines(&own, &cell.monies)),
        };
        row.iter().map(ordered).collect()
    }
}
