//! What a list or a report is narrowed down to, in the URL: one form of them all.

use askama::Template;

use crate::pages::shell::Shell;
use crate::pages::table::Wanted;
use crate::pages::{Html, path_with};

/// What a filter takes.
enum Kind {
    /// One of these: value and name.
    Choice(Vec<(String, String)>),
    /// Any of these: value, name, and whether it is chosen.
    Checks(Vec<(String, String, bool)>),
    Date,
}

/// One filter.
pub struct Filter {
    name: &'static str,
    label: &'static str,
    kind: Kind,
    value: String,
}

impl Filter {
    fn new(wanted: &Wanted<'_>, name: &'static str, label: &'static str, kind: Kind) -> Filter {
        Filter { name, label, kind, value: wanted.get(name).unwrap_or_default().to_owned() }
    }

    /// One of several: value and name; the first one takes the filter away.
    pub fn choice(wanted: &Wanted<'_>, name: &'static str, label: &'static str, choices: Vec<(String, String)>) -> Filter {
        Filter::new(wanted, name, label, Kind::Choice(choices))
    }

    /// Any of several: value, name, and whether it is chosen.
    pub fn checks(wanted: &Wanted<'_>, name: &'static str, label: &'static str, all: Vec<(String, String, bool)>) -> Filter {
        Filter::new(wanted, name, label, Kind::Checks(all))
    }

    /// A date.
    pub fn date(wanted: &Wanted<'_>, name: &'static str, label: &'static str) -> Filter {
        Filter::new(wanted, name, label, Kind::Date)
    }

    /// Whether it leaves anything out.
    fn narrows(&self) -> bool {
        let all = if let Kind::Choice(choices) = &self.kind { choices.first().map(|(value, _)| value.as_str()) } else { None };
        !self.value.is_empty() && all != Some(&self.value)
    }
}

#[derive(Template)]
#[template(path = "narrowing.html")]
struct Shown<'a> {
    path: &'a str,
    kept: Vec<(&'a str, &'a str)>,
    filters: &'a [Filter],
    filtered: bool,
    submit: &'a str,
    show_all: &'a str,
    all: String,
}

/// The filters of a list; `more` names what else in the URL narrows it down. The days in the URL and the orders of tables stay; each table begins on its first page.
pub fn filters(shell: &Shell, wanted: &Wanted<'_>, filters: &[Filter], more: &[&'static str], submit: &str) -> Html {
    let hidden = |names: &[&'static str]| {
        let others = names.iter().filter(|name| filters.iter().all(|filter| filter.name != **name));
        others.filter_map(|name| Some((*name, wanted.get(name)?))).collect::<Vec<_>>()
    };
    let (more, stays) = (hidden(more), [hidden(&["from", "to"]), wanted.orders()].concat());
    let filtered = !more.is_empty() || filters.iter().any(Filter::narrows);
    let (all, show_all) = (path_with(wanted.path, &stays), shell.texts().show_all);
    Html::of(&Shown { path: wanted.path, kept: [stays, more].concat(), filters, filtered, submit, show_all, all })
}
