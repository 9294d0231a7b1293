//! Filters of a list, kept in the URL.

use askama::Template;

use crate::pages::Html;
use crate::pages::shell::Shell;
use crate::pages::table::Wanted;

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
}

/// The filters of a list; `more` names what else in the URL narrows it down.
pub fn filters(shell: &Shell, wanted: &Wanted<'_>, filters: &[Filter], more: &[&str], submit: &str) -> Html {
    let kept = more.iter().filter_map(|name| Some((*name, wanted.get(name)?))).collect::<Vec<_>>();
    let filtered = !kept.is_empty() || filters.iter().any(|filter| !filter.value.is_empty());
    let show_all = shell.texts().show_all;
    Html::of(&Shown { path: wanted.path, kept, filters, filtered, submit, show_all })
}
