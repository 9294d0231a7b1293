//! Tables: sorted, searched and paged as the URL says, and exported as they stand.

mod cell;
mod in_currencies;

use askama::Template;

use crate::domain::money::Currency;
use crate::pages::csv::{self, Value};
use crate::pages::reader::Reader;
use crate::pages::texts::Texts;
use crate::pages::{Html, path_with};

pub use cell::Cell;

/// Rows on one page of a table that is what its page is about.
pub const PAGE_ROWS: usize = 50;
/// Rows of one of several tables.
pub const FEW_ROWS: usize = 10;

/// What follows the name of a table in the URL, for its page and its order.
const PAGE: &str = ".page";
const SORT: &str = ".sort";

/// A path and what its query says: the whole state of a page.
#[derive(Clone, Debug)]
pub struct Wanted<'a> {
    /// The path.
    pub path: &'a str,
    /// The decoded query.
    pub query: &'a [(String, String)],
}

impl Wanted<'_> {
    /// The value of a parameter that is not empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(n, value)| n == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    /// This page with other values; an empty one takes a parameter away.
    pub fn with(&self, changes: &[(&str, &str)]) -> String {
        let kept = self.query.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let kept =
            kept.filter(|(name, _)| !["csv", "done"].contains(name) && changes.iter().all(|(changed, _)| changed != name));
        path_with(self.path, &kept.chain(changes.iter().copied()).collect::<Vec<_>>())
    }

    /// The query without the pages of its tables: where other rows are wanted, each begins on its first page.
    pub fn pageless(&self) -> impl Iterator<Item = (&str, &str)> {
        let kept = self.query.iter().filter(|(name, _)| !name.ends_with(PAGE));
        kept.map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// This page with other values on which its rows depend: [`Wanted::with`], but every table begins on its first page.
    pub fn anew(&self, changes: &[(&str, &str)]) -> String {
        let pages = self.query.iter().filter(|(name, _)| name.ends_with(PAGE)).map(|(name, _)| (name.as_str(), ""));
        self.with(&pages.chain(changes.iter().copied()).collect::<Vec<_>>())
    }

    /// The orders of its tables.
    pub fn orders(&self) -> Vec<(&str, &str)> {
        let orders = self.query.iter().filter(|(name, _)| name.ends_with(SORT));
        orders.map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }
}

/// A column.
#[derive(Clone, Debug)]
pub struct Column {
    /// What the URL and the export call it.
    pub key: &'static str,
    /// What people read.
    pub label: &'static str,
    /// How its cells stand: `number` at the right, `long` with room for sentences and addresses, else as they come.
    pub class: &'static str,
    /// Whether it holds money: the export then has the currency in a column of its own.
    money: bool,
    /// Whether it is what the heading of the table counts, instead of rows.
    counted: bool,
}

impl Column {
    /// The same as what the heading of the table counts, where a row stands for several.
    pub fn counted(self) -> Column {
        Column { counted: true, ..self }
    }

    fn is_numeric(&self) -> bool {
        self.class == "number"
    }
}

/// A column of words.
pub fn words(key: &'static str, label: &'static str) -> Column {
    Column { key, label, class: "", money: false, counted: false }
}

/// A column of numbers.
pub fn numbers(key: &'static str, label: &'static str) -> Column {
    Column { key, label, class: "number", money: false, counted: false }
}

/// A column of money.
pub fn sums(key: &'static str, label: &'static str) -> Column {
    Column { key, label, class: "number", money: true, counted: false }
}

/// A column of sentences or addresses.
pub fn long(key: &'static str, label: &'static str) -> Column {
    Column { key, label, class: "long", money: false, counted: false }
}

/// A table with all of its rows.
#[derive(Clone, Debug)]
pub struct Table {
    /// What the URL calls it.
    pub id: &'static str,
    /// Its heading.
    pub title: String,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows, each with a cell a column; of those that are only counted, without cells.
    pub rows: Vec<Vec<Cell>>,
    /// How many of them are shown at once.
    pub page_rows: usize,
    /// What is said instead of an empty table.
    pub empty: Html,
}

struct Head {
    key: &'static str,
    label: &'static str,
    class: &'static str,
    href: String,
    /// `ascending`, `descending`, or nothing.
    sorted: &'static str,
}

#[derive(Template)]
#[template(path = "table.html")]
struct Shown<'a> {
    t: &'static Texts,
    table: &'a Table,
    heads: Vec<Head>,
    rows: Vec<Vec<Cell>>,
    count: String,
    search: &'a str,
    search_name: String,
    path: &'a str,
    kept: Vec<(&'a str, &'a str)>,
    csv: String,
    previous: Option<String>,
    next: Option<String>,
    searchable: bool,
}

impl Table {
    fn name(&self, what: &str) -> String {
        format!("{}.{what}", self.id)
    }

    /// The same without some of its columns, as where every row would have the same.
    pub fn without(mut self, keys: &[&str]) -> Table {
        let stays: Vec<bool> = self.columns.iter().map(|column| !keys.contains(&column.key)).collect();
        let kept = |place: usize| stays.get(place).copied().unwrap_or(true);
        for row in &mut self.rows {
            let cells = std::mem::take(row).into_iter().enumerate();
            *row = cells.filter(|(place, _)| kept(*place)).map(|(_, cell)| cell).collect();
        }
        self.columns.retain(|column| !keys.contains(&column.key));
        self
    }

    /// The same as the beginning of so many rows, of which the others are only counted: for a page that shows no more than those.
    /// One of all may be of nobody.
    pub fn beginning(mut self, count: usize, nobodys: bool) -> Table {
        self.rows.resize_with(count.max(self.rows.len()), Vec::new);
        let told = self.rows.iter().flatten().any(|cell| cell.nobodys);
        if let Some(last) = self.rows.last_mut().filter(|_| nobodys && !told) {
            *last = vec![Cell::text("").of_nobody()];
        }
        self
    }

    /// The rows that are searched for, in the order that is wanted.
    fn wanted(&self, wanted: &Wanted<'_>) -> Vec<&Vec<Cell>> {
        let search = wanted.get(&self.name("q")).unwrap_or_default().to_lowercase();
        let fits = |row: &&Vec<Cell>| search.is_empty() || row.iter().any(|cell| cell.shown.to_lowercase().contains(&search));
        let mut rows: Vec<&Vec<Cell>> = self.rows.iter().filter(fits).collect();
        if let Some((place, down)) = self.order(wanted) {
            let currencies = self.currencies(place);
            rows.sort_by(|one, other| self.compare(place, &currencies, down, one, other));
        }
        rows
    }

    /// How many these are: rows, or what they stand for.
    fn count(&self, rows: &[&Vec<Cell>]) -> i64 {
        match self.columns.iter().position(|column| column.counted) {
            Some(place) => {
                rows.iter().map(|row| if let cell::Order::Number(count) = row[place].order { count } else { 0 }).sum()
            }
            None => {
                let counts = |row: &&&Vec<Cell>| row.first().is_none_or(|cell| !cell.nobodys);
                i64::try_from(rows.iter().filter(counts).count()).unwrap_or(i64::MAX)
            }
        }
    }

    /// By which column, and whether the largest comes first.
    fn order(&self, wanted: &Wanted<'_>) -> Option<(usize, bool)> {
        let name = wanted.get(&self.name("sort")).map(str::to_owned)?;
        let (key, down) = name.strip_prefix('-').map_or((name.as_str(), false), |key| (key, true));
        self.columns.iter().position(|column| column.key == key).map(|place| (place, down))
    }

    /// Which page is shown of how many.
    fn page(&self, rows: usize, wanted: &Wanted<'_>) -> (usize, usize) {
        let pages = rows.div_ceil(self.page_rows).max(1);
        let page = wanted.get(&self.name("page")).and_then(|page| page.parse::<usize>().ok()).unwrap_or(1);
        (page.clamp(1, pages), pages)
    }

    /// The places of the rows that a page shows: what costs much needs to be known of those only.
    pub fn shown(&self, wanted: &Wanted<'_>) -> Vec<usize> {
        let rows = self.wanted(wanted);
        let (page, _) = self.page(rows.len(), wanted);
        let shown = rows.into_iter().skip((page - 1) * self.page_rows).take(self.page_rows);
        shown.filter_map(|row| self.rows.iter().position(|own| std::ptr::eq(own, row))).collect()
    }

    /// As a page shows it.
    pub fn html(&self, reader: &Reader, wanted: &Wanted<'_>) -> Html {
        let rows = self.wanted(wanted);
        let (page_name, search_name, sort_name) = (self.name("page"), self.name("q"), self.name("sort"));
        let (page, pages) = self.page(rows.len(), wanted);
        let turned = |page: usize| wanted.with(&[(&page_name, &page.to_string())]);
        let order = self.order(wanted);
        let heads = self.columns.iter().enumerate().map(|(place, column)| {
            let now = order.filter(|(by, _)| *by == place).map(|(_, down)| down);
            // Numbers begin with the largest, words with A.
            let down = now.map_or(column.is_numeric(), |down| !down);
            let key = format!("{}{}", if down { "-" } else { "" }, column.key);
            let sorted = now.map_or("", |down| if down { "descending" } else { "ascending" });
            let href = wanted.with(&[(&sort_name, &key), (&page_name, "")]);
            Head { key: column.key, label: column.label, class: column.class, href, sorted }
        });
        let currencies = self.all_currencies();
        let replaced = [search_name.as_str(), &page_name, "csv", "done"];
        let kept = wanted.query.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        Html::of(&Shown {
            t: reader.texts(),
            table: self,
            heads: heads.collect(),
            count: reader.number(self.count(&rows)),
            previous: (page > 1).then(|| turned(page - 1)),
            next: (page < pages).then(|| turned(page + 1)),
            rows: rows
                .into_iter()
                .skip((page - 1) * self.page_rows)
                .take(self.page_rows)
                .map(|row| self.in_one_order(reader, &currencies, row))
                .collect(),
            search: wanted.get(&search_name).unwrap_or_default(),
            path: wanted.path,
            kept: kept.filter(|(name, _)| !replaced.contains(name)).collect(),
            csv: wanted.with(&[("csv", self.id)]),
            searchable: self.rows.len() > FEW_ROWS,
            search_name,
        })
    }

    /// As an export: every row that is searched for. A sum is a plain number, so that it can be reckoned with, followed by its
    /// currency: `amount,amount_currency`. Where sums of several currencies stand in one cell, there are as many pairs of columns, each
    /// of one currency.
    pub fn csv(&self, wanted: &Wanted<'_>) -> String {
        let rows = self.wanted(wanted);
        let columns: Vec<(&Column, Vec<Currency>)> = self
            .columns
            .iter()
            .enumerate()
            .map(|(place, column)| {
                let several = self.rows.iter().any(|row| row[place].monies.len() > 1);
                (column, if several { self.currencies(place) } else { Vec::new() })
            })
            .collect();
        let heading = columns.iter().flat_map(|(column, currencies)| match column.money {
            false => vec![column.key.to_owned()],
            true => (1..=currencies.len().max(1))
                .flat_map(|number| {
                    let key = if number == 1 { column.key.to_owned() } else { format!("{}_{number}", column.key) };
                    [key.clone(), format!("{key}_currency")]
                })
                .collect(),
        });
        let cells = |row: &&Vec<Cell>| -> Vec<Value> {
            let cells =
                row.iter().zip(&columns).flat_map(|(cell, (column, currencies))| match (column.money, &currencies[..]) {
                    (false, _) => vec![cell.value.clone()],
                    (true, []) => csv::money(cell.monies.first()).into(),
                    (true, currencies) => {
                        currencies.iter().flat_map(|currency| csv::money(cell.in_currency(*currency))).collect()
                    }
                });
            cells.collect()
        };
        csv::write(&heading.collect::<Vec<_>>(), &rows.iter().map(cells).collect::<Vec<_>>())
    }
}

/// What is said where nothing is yet, and what to do about it.
#[derive(Template)]
#[template(
    source = r#"<p>{{ text }}</p>{% if let Some((href, label)) = next %}<p><a class="button main" href="{{ href }}">{{ label }}</a></p>{% endif %}"#,
    ext = "html"
)]
struct Empty<'a> {
    text: &'a str,
    next: Option<(&'a str, &'a str)>,
}

/// What is said where nothing is yet; `next` is the path and name of what to do about it.
pub fn empty(text: &str, next: Option<(&str, &str)>) -> Html {
    Html::of(&Empty { text, next })
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
