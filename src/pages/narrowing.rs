//! What a list or a report is narrowed down to, in the URL: one form of them all.

use askama::Template;

use crate::domain::time::Time;
use crate::pages::overview::{Days, period_without};
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

/// The filters of a list or report.
pub struct Narrowing {
    /// What is chosen among.
    pub filters: Vec<Filter>,
    /// What else in the URL narrows it down.
    pub more: &'static [&'static str],
    /// What the button says.
    pub submit: &'static str,
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
    /// Whether they belong to the form of the period, which stands above them: whichever button is pressed, both apply.
    beside: bool,
}

impl Narrowing {
    /// A form of its own. The days in the URL and the orders of tables stay; each table begins on its first page.
    pub fn html(&self, shell: &Shell, wanted: &Wanted<'_>) -> Html {
        self.shown(shell, wanted, false)
    }

    /// One form with the choice of the period.
    pub fn below_period(&self, shell: &Shell, wanted: &Wanted<'_>, days: &Days, now: Time) -> Vec<Html> {
        let names: Vec<&str> = self.filters.iter().map(|filter| filter.name).collect();
        vec![period_without(shell, wanted, days, now, &names), self.shown(shell, wanted, true)]
    }

    fn shown(&self, shell: &Shell, wanted: &Wanted<'_>, beside: bool) -> Html {
        let Narrowing { filters, more, submit } = self;
        let hidden = |names: &[&'static str]| {
            let others = names.iter().filter(|name| filters.iter().all(|filter| filter.name != **name));
            others.filter_map(|name| Some((*name, wanted.get(name)?))).collect::<Vec<_>>()
        };
        let (more, stays) = (hidden(more), [hidden(&["from", "to"]), wanted.orders()].concat());
        let filtered = !more.is_empty() || filters.iter().any(Filter::narrows);
        let (all, show_all) = (path_with(wanted.path, &stays), shell.texts().show_all);
        Html::of(&Shown { path: wanted.path, kept: [stays, more].concat(), filters, filtered, submit, show_all, all, beside })
    }
}
