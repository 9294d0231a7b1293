//! HTML: from data to text, as pure functions. No queries, no requests; templates stand beside their Rust.
//!
//! A page is a [`shell::Shell`] around parts ([`table::Table`], [`form::Form`], [`tiles`], [`chart`] ..), each of which
//! becomes [`Html`]. Whatever people or visitors wrote goes through a template, which escapes it. All words stand in [`texts`].

pub mod account;
pub mod accounts;
pub mod audit;
pub mod campaigns;
pub mod chart;
pub mod codes;
pub mod confirm;
pub mod conversion;
pub mod csv;
pub mod customers;
pub mod deal;
pub mod deals;
pub mod decide;
pub mod door;
pub mod evidence;
pub mod facts;
pub mod first;
pub mod form;
pub mod groups;
pub mod health;
pub mod import;
pub mod journeys;
pub mod keys;
pub mod kinds;
pub mod links;
pub mod live;
pub mod models;
pub mod narrowing;
pub mod notes;
pub mod offline;
pub mod overview;
pub mod own_codes;
pub mod partners;
pub mod pipeline;
mod places;
pub mod policies;
pub mod portal;
pub mod qr;
pub mod reader;
pub mod registrations;
pub mod rules;
pub mod saying;
pub mod shell;
pub mod snippets;
pub mod stages;
pub mod table;
pub mod texts;
pub mod tiles;
pub mod timeline;
pub mod trouble;
pub mod typed;
pub mod users;
pub mod views;

use std::fmt;

use askama::Template;

/// A piece of HTML that a template made.
#[derive(Clone, Debug, Default)]
pub struct Html(String);

impl Html {
    /// What a template makes of its data.
    pub fn of(template: &impl Template) -> Html {
        // Rendering into a string fails only where a template's own formatting does; none of ours has any.
        Html(template.render().unwrap_or_default())
    }

    /// The text, to look at.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text.
    pub fn into_text(self) -> String {
        self.0
    }
}

impl fmt::Display for Html {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// It is escaped already.
impl askama::filters::HtmlSafe for Html {}

/// A path with a query, from names and values; those without a value are left out. What the path has of a query already stays.
pub fn path_with(path: &str, pairs: &[(&str, &str)]) -> String {
    let pairs = pairs.iter().filter(|(_, value)| !value.is_empty());
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    let mark = if path.contains('?') { '&' } else { '?' };
    if query.is_empty() { path.to_owned() } else { format!("{path}{mark}{query}") }
}
