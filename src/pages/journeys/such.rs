//! From a number of a report over journeys to the conversions that it counts.

use std::collections::HashMap;

use crate::domain::attribution::Such;
use crate::domain::policy::{Dimension, Model};
use crate::domain::time::Time;
use crate::pages::Html;
use crate::pages::evidence::{left_out, narrowed_by};
use crate::pages::overview::{Days, period};
use crate::pages::path_with;
use crate::pages::shell::{Content, Shell};
use crate::pages::table::{Table, Wanted};
use crate::pages::texts::Journeys;

/// Where those conversions are listed.
const LIST: &str = "/admin/journeys/conversions";
/// In the URL, instead of a model: the policy in force.
pub const IN_FORCE: &str = "in_force";

/// What a report looks at, as the URL says it.
#[derive(Clone, Debug)]
pub struct Scope {
    /// What steps are called by.
    pub by: Dimension,
    asked: Vec<(&'static str, String)>,
}

impl Scope {
    /// That of the page.
    pub fn of(wanted: &Wanted<'_>, days: &Days, by: Dimension) -> Scope {
        let own = [("from", days.from.clone()), ("to", days.to.clone()), ("by", by.to_string())];
        let more = ["event", "partner_id", "all"].into_iter().filter_map(|name| Some((name, wanted.get(name)?.to_owned())));
        Scope { by, asked: own.into_iter().chain(more).collect() }
    }

    /// The list of those conversions whose journeys are such.
    pub fn list(&self, such: &[(&str, &str)]) -> String {
        let own: Vec<(&str, &str)> = self.asked.iter().map(|(name, value)| (*name, value.as_str())).collect();
        path_with(LIST, &[&own, such].concat())
    }

    /// The same for those of which a key has a part; none stands for touchpoints that have no such thing.
    pub fn of_key(&self, key: Option<&str>, more: &[(&str, &str)]) -> String {
        let key = key.map_or(("keyless", "1"), |key| ("with", key));
        self.list(&[&[key], more].concat())
    }
}

/// What the URL asks of journeys.
pub fn such(wanted: &Wanted<'_>) -> Such {
    let text = |name: &str| wanted.get(name).map(str::to_owned);
    let number = |name: &str| wanted.get(name).and_then(|text| text.parse().ok());
    let path = wanted.query.iter().filter(|(name, _)| name == "path").map(|(_, key)| key.clone());
    Such {
        none: wanted.get("none").is_some(),
        path: path.collect(),
        first: text("first"),
        last: text("last"),
        step: text("before").zip(text("after")),
        with: text("with"),
        keyless: wanted.get("keyless").is_some(),
        touchpoints: wanted.get("touchpoints").and_then(|text| text.parse().ok()),
        from_days: number("from_days"),
        to_days: number("to_days"),
    }
}

/// The keys that are asked for.
pub fn keys(such: &Such) -> impl Iterator<Item = &str> {
    let step = such.step.iter().flat_map(|(one, next)| [one, next]);
    such.path.iter().chain(&such.first).chain(&such.last).chain(&such.with).chain(step).map(String::as_str)
}

/// What is asked for, for people; `names` has those of the keys.
fn said(w: &Journeys, by: Dimension, such: &Such, under: Option<&str>, names: &HashMap<String, String>) -> Vec<String> {
    let name = |key: &String| names.get(key).unwrap_or(key).clone();
    let list = |keys: &[&String]| keys.iter().map(|key| name(key)).collect::<Vec<_>>().join(" → ");
    let told = |label: &str, value: String| format!("{label}: {value}");
    let mut all = vec![if such.none { w.without_way.to_owned() } else { w.with_way.to_owned() }];
    all.extend((!such.path.is_empty()).then(|| told(w.path, list(&such.path.iter().collect::<Vec<_>>()))));
    all.extend(such.first.as_ref().map(|key| told(w.first, name(key))));
    all.extend(such.last.as_ref().map(|key| told(w.last, name(key))));
    all.extend(such.step.as_ref().map(|(one, next)| list(&[one, next])));
    all.extend(such.with.as_ref().map(|key| told(w.dimension(by), name(key))));
    all.extend(such.keyless.then(|| told(w.dimension(by), w.without_way.to_owned())));
    all.extend(such.touchpoints.map(|count| told(w.touches, count.to_string())));
    all.extend(such.from_days.map(|from| told(w.day_class, super::class(w, from, such.to_days))));
    all.extend(under.map(|under| match under.parse::<Model>() {
        Ok(model) => w.model(model).to_owned(),
        Err(_) => w.in_force.to_owned(),
    }));
    all
}

/// What is listed.
pub struct Listed<'a> {
    /// Of which days.
    pub days: Days,
    /// What a step is.
    pub by: Dimension,
    /// What was asked of the journeys.
    pub such: &'a Such,
    /// By what they earn, as the URL says it.
    pub under: Option<&'a str>,
    /// Names of the keys.
    pub names: &'a HashMap<String, String>,
}

impl Listed<'_> {
    /// The page; `bound` is what is said of those that were not looked at.
    pub fn content(&self, shell: &Shell, wanted: &Wanted<'_>, now: Time, bound: Option<Html>, table: &Table) -> Content {
        let w = shell.words::<Journeys>();
        let mut parts = vec![period(shell, wanted, &self.days, now)];
        parts.extend(bound);
        parts.push(narrowed_by(shell, &said(w, self.by, self.such, self.under, self.names)));
        parts.extend(left_out(shell, table));
        parts.push(table.html(&shell.reader, wanted));
        let report = if self.under.is_some() { ("/admin/models", w.models) } else { ("/admin/journeys", w.journeys) };
        let kept = ["from", "to", "by", "event", "partner_id", "all"].map(|name| (name, wanted.get(name).unwrap_or_default()));
        let up = Some((path_with(report.0, &kept), report.1.to_owned()));
        Content { title: table.title.clone(), lead: w.such_lead.into(), up, parts, ..Content::default() }
    }
}
