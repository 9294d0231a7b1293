//! Filters of a list, kept in the URL.

use askama::Template;

use crate::pages::shell::Shell;
use crate::pages::table::Wanted;
use crate::pages::{Html, path_with};

/// One filter.
pub struct Filter {
    name: &'static str,
    label: &'static str,
    /// Value and name of each; none of a date.
    choices: Vec<(String, String)>,
    value: String,
}

impl Filter {
    /// One of several: value and name; the first one takes the filter away.
    pub fn choice(wanted: &Wanted<'_>, name: &'static str, label: &'static str, choices: Vec<(String, String)>) -> Filter {
        Filter { name, label, choices, value: wanted.get(name).unwrap_or_default().to_owned() }
    }

    /// A date.
    pub fn date(wanted: &Wanted<'_>, name: &'static str, label: &'static str) -> Filter {
        Filter::choice(wanted, name, label, Vec::new())
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

/// The filters of a list; `more` names what else in the URL narrows it down. The days in the URL stay.
pub fn filters(shell: &Shell, wanted: &Wanted<'_>, filters: &[Filter], more: &[&'static str], submit: &str) -> Html {
    let hidden = |names: &[&'static str]| {
        let others = names.iter().filter(|name| filters.iter().all(|filter| filter.name != **name));
        others.filter_map(|name| Some((*name, wanted.get(name)?))).collect::<Vec<_>>()
    };
    let (more, days) = (hidden(more), hidden(&["from", "to"]));
    let filtered = !more.is_empty() || filters.iter().any(|filter| !filter.value.is_empty());
    let (all, show_all) = (path_with(wanted.path, &days), shell.texts().show_all);
    Html::of(&Shown { path: wanted.path, kept: [days, more].concat(), filters, filtered, submit, show_all, all })
}
