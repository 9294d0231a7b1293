//! Cells of tables: what is shown, what it is sorted by, and what the export has.

use crate::domain::money::{Currency, Money};
use crate::domain::time::Time;
use crate::pages::csv::Value;
use crate::pages::reader::Reader;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Order {
    Number(i64),
    Text(String),
}

/// A cell.
#[derive(Clone, Debug)]
pub struct Cell {
    pub(super) shown: String,
    pub(super) order: Order,
    pub(super) value: Value,
    /// What the export has instead of the value, in a column of money.
    pub(super) monies: Vec<Money>,
    /// Whether these are gains, with their signs.
    pub(super) gains: bool,
    /// Whether its row is of nobody.
    pub(super) nobodys: bool,
    pub(super) href: Option<String>,
    /// Names and addresses, where there are several in the place of one.
    pub(super) links: Vec<(String, String)>,
    pub(super) badge: Option<&'static str>,
    pub(super) datetime: Option<String>,
}

impl Cell {
    fn new(shown: String, order: Order, value: Value) -> Cell {
        Cell {
            shown,
            order,
            value,
            monies: Vec::new(),
            gains: false,
            nobodys: false,
            href: None,
            links: Vec::new(),
            badge: None,
            datetime: None,
        }
    }

    /// What somebody wrote.
    pub fn text(text: impl Into<String>) -> Cell {
        let text = text.into();
        Cell::new(text.clone(), Order::Text(text.to_lowercase()), Value::Text(text))
    }

    /// Something that has a name in the program and another one for people; the export has the former.
    pub fn named(name: &str, shown: String) -> Cell {
        Cell::new(shown.clone(), Order::Text(shown.to_lowercase()), Value::Text(name.to_owned()))
    }

    /// Several things by their names, each leading to its own page.
    pub fn links(links: Vec<(String, String)>) -> Cell {
        let names: Vec<&str> = links.iter().map(|(name, _)| name.as_str()).collect();
        Cell { links: links.clone(), ..Cell::text(names.join(", ")) }
    }

    /// A count.
    pub fn number(reader: &Reader, number: i64) -> Cell {
        Cell::new(reader.number(number), Order::Number(number), Value::Plain(number.to_string()))
    }

    /// A number with decimals, as of conversions that are shared.
    pub fn decimal(reader: &Reader, value: f64) -> Cell {
        let order = Order::Number((value * 1e6) as i64);
        Cell::new(reader.decimal(value), order, Value::Plain(format!("{value:.9}")))
    }

    /// A difference, with its sign.
    pub fn difference(reader: &Reader, value: f64) -> Cell {
        let cell = Cell::decimal(reader, value);
        // What rounds to nothing is nothing.
        if value < 0.005 { cell } else { Cell { shown: format!("+{}", cell.shown), ..cell } }
    }

    /// A part of a whole in billionths: `14.29 %`; a decimal in the export.
    pub fn share(reader: &Reader, billionths: u64) -> Cell {
        let share = i64::try_from(billionths).unwrap_or(i64::MAX);
        let plain = Value::Plain(format!("{:.9}", share as f64 / 1e9));
        Cell::new(reader.weight(billionths), Order::Number(share), plain)
    }

    /// Sums, one a currency. For a column of [`sums`](crate::pages::table::sums), whose table puts them in one order in all of its
    /// rows.
    pub fn money(reader: &Reader, monies: &[Money]) -> Cell {
        let order = Order::Number(monies.first().map_or(0, |money| money.amount));
        let plain: Vec<String> = monies.iter().map(ToString::to_string).collect();
        let cell = Cell::new(reader.monies(monies), order, Value::Plain(plain.join(" + ")));
        Cell { monies: monies.to_vec(), ..cell }
    }

    /// Gains, one a currency: [`Cell::money`] with signs.
    pub fn gains(reader: &Reader, monies: &[Money]) -> Cell {
        let currencies: Vec<Currency> = monies.iter().map(|money| money.currency).collect();
        Cell { gains: true, ..Cell::money(reader, monies).shown_as(reader.gains(&currencies, monies)) }
    }

    /// A number that is shown in its own way; `order` is what it is sorted by, `plain` how it is exported.
    pub fn figure(shown: String, order: f64, plain: String) -> Cell {
        Cell::new(shown, Order::Number((order * 1e6) as i64), Value::Plain(plain))
    }

    /// The same in other words; order and export stay.
    pub fn shown_as(self, shown: String) -> Cell {
        Cell { shown, ..self }
    }

    /// A moment, in the reader's zone; in UTC in the export.
    pub fn time(reader: &Reader, at: Time) -> Cell {
        let cell = Cell::new(reader.time(at), Order::Number(at.as_millis()), Value::Plain(at.to_string()));
        Cell { datetime: Some(at.to_string()), ..cell }
    }

    /// The day of a moment, in the reader's zone; the moment in UTC in the export.
    pub fn date(reader: &Reader, at: Time) -> Cell {
        Cell { shown: reader.date(at), ..Cell::time(reader, at) }
    }

    /// A state; `kind` is its colour: `good`, `bad` or `plain`.
    pub fn badge(text: &str, kind: &'static str) -> Cell {
        Cell { badge: Some(kind), ..Cell::text(text) }
    }

    /// The same as the beginning of a row of what is nobody's, which the heading of its table does not count.
    pub fn of_nobody(self) -> Cell {
        Cell { nobodys: true, ..self }
    }

    /// Leads to what makes it up.
    pub fn to(self, href: impl Into<String>) -> Cell {
        Cell { href: Some(href.into()), ..self }
    }

    /// The same where that is known.
    pub fn to_if(self, known: bool, href: String) -> Cell {
        if known { self.to(href) } else { self }
    }
}
