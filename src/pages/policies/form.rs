//! The form of a draft: every option that a policy has, in groups.

use askama::Template;

use crate::domain::kind::TouchpointKind;
use crate::domain::partner::{Campaign, Group as PartnerGroup, Partner};
use crate::domain::policy::{CodePriority, Dimension, Model, PolicyScope, RenewalFollows, SelfReported, SourcedBy};
use crate::domain::touchpoint::Team;
use crate::domain::verdict::Verdict;
use crate::error::FieldError;
use crate::pages::Html;
use crate::pages::form::{above, at_field, said, told};
use crate::pages::policies::fields::{Fields, values};
use crate::pages::policies::{unseen, words};
use crate::pages::shell::Shell;
use crate::pages::texts::policies::Policies;
use crate::pages::texts::{Called, fill};

/// What can be chosen.
pub struct Around<'a> {
    /// Every kind of touchpoint.
    pub kinds: &'a [TouchpointKind],
    /// The newest partners.
    pub partners: &'a [Partner],
    /// The newest campaigns.
    pub campaigns: &'a [Campaign],
    /// The groups.
    pub groups: &'a [PartnerGroup],
    /// The known events.
    pub events: &'a [String],
}

/// Of longer lists the newest are offered, and the rest is named by its id.
pub const OFFERED_MAX: usize = 200;

/// Fields that only some models look at carry one of these classes; the style sheet hides them while another model is chosen.
const TIME_DECAY: &str = "of-time_decay";
const POSITION: &str = "of-position";
const LEARNING: &str = "of-learning";
const MARKOV: &str = "of-markov";
const SHAPLEY: &str = "of-shapley";

struct Line {
    name: String,
    label: &'static str,
    kind: &'static str,
    number: bool,
    required: bool,
    value: String,
    hint: String,
    /// What is odd, though it may stand.
    odd: Option<String>,
    error: Option<String>,
    /// Whether whoever looks begins here.
    first: bool,
    of: &'static str,
}

impl Line {
    fn told(&self) -> String {
        told(&format!("r-{}", self.name), self.error.is_some() || self.odd.is_some(), !self.hint.is_empty())
    }
}

struct Check {
    name: &'static str,
    label: &'static str,
    on: bool,
    of: &'static str,
}

struct Choice {
    value: String,
    label: String,
    on: bool,
}

struct Choices {
    name: &'static str,
    label: &'static str,
    options: Vec<Choice>,
    hint: &'static str,
    error: Option<String>,
    first: bool,
    of: &'static str,
}

impl Choices {
    fn told(&self) -> String {
        told(&format!("r-{}", self.name), self.error.is_some(), !self.hint.is_empty())
    }
}

struct KindRow {
    kind: String,
    /// What people call it.
    shown: String,
    on: bool,
    /// Its weight and its lookback.
    lines: [Line; 2],
}

struct Kinds {
    rows: Vec<KindRow>,
    error: Option<String>,
    first: bool,
}

enum Part {
    Line(Line),
    Check(Check),
    Choice(Choices),
    Boxes(Choices),
    Kinds(Kinds),
}

struct Group {
    title: &'static str,
    lead: &'static str,
    parts: Vec<Part>,
}

#[derive(Template)]
#[template(path = "policies/form.html")]
struct Shown<'a> {
    t: &'static Policies,
    action: &'a str,
    csrf: &'a str,
    once: &'a str,
    above: Html,
    groups: Vec<Group>,
}

/// What stands in the fields, and what is wrong with them.
struct State<'a> {
    t: &'static Policies,
    fields: &'a Fields,
    problems: Vec<(&'a str, &'a FieldError)>,
    shell: &'a Shell,
}

/// The field of the form that the API means: `kinds[2]` is a box of `kinds`; a kind that has no row is told of where all are.
fn meant<'f>(field: &'f str, kinds: &[TouchpointKind]) -> &'f str {
    let field = field.split('[').next().unwrap_or(field);
    let row = field.strip_prefix("weights.").or(field.strip_prefix("lookback_days.kinds."));
    match (field, row) {
        ("weights" | "lookback_days.kinds", _) => "kinds",
        (_, Some(row)) if kinds.iter().all(|kind| kind.name != row) => "kinds",
        ("trained_on", _) => "trained_on.from",
        ("filters", _) => "filters.events",
        _ => field,
    }
}

impl State<'_> {
    fn value(&self, name: &str) -> String {
        self.fields.iter().find(|(n, _)| n == name).map_or(String::new(), |(_, value)| value.clone())
    }

    fn has(&self, name: &str, value: &str) -> bool {
        self.fields.iter().any(|(n, v)| n == name && v.split(',').any(|one| one.trim() == value))
    }

    fn error(&self, name: &str) -> Option<String> {
        let own: Vec<&FieldError> = self.problems.iter().filter(|(at, _)| *at == name).map(|(_, problem)| *problem).collect();
        at_field(self.shell, &own)
    }

    fn line(&self, kind: &'static str, name: impl Into<String>, label: &'static str, hint: impl Into<String>) -> Line {
        let name = name.into();
        let (value, error) = (self.value(&name), self.error(&name));
        let hint = hint.into();
        Line { kind, label, number: false, required: false, value, hint, odd: None, error, first: false, of: "", name }
    }

    fn text(&self, name: &'static str, label: &'static str, hint: &'static str) -> Part {
        Part::Line(self.line("text", name, label, hint))
    }

    fn number(&self, name: &'static str, label: &'static str, hint: &'static str) -> Part {
        Part::Line(Line { number: true, ..self.line("text", name, label, hint) })
    }

    fn check(&self, name: &'static str, label: &'static str) -> Part {
        Part::Check(Check { name, label, on: self.value(name) == "true", of: "" })
    }

    fn choices(
        &self, name: &'static str, label: &'static str, hint: &'static str, options: impl IntoIterator<Item = (String, String)>,
    ) -> Choices {
        let choice = |(value, label): (String, String)| Choice { on: self.has(name, &value), value, label };
        let (options, error) = (options.into_iter().map(choice).collect(), self.error(name));
        Choices { name, label, options, hint, error, first: false, of: "" }
    }

    /// One of a closed set.
    fn one<T: Copy + ToString>(
        &self, name: &'static str, label: &'static str, hint: &'static str, all: &[T],
        word: impl Fn(&'static Policies, T) -> &'static str,
    ) -> Part {
        let options = all.iter().map(|&value| (value.to_string(), word(self.t, value).to_owned()));
        Part::Choice(self.choices(name, label, hint, options))
    }

    /// Any of a list that may be long.
    fn any(&self, parts: &mut Vec<Part>, name: &'static str, label: &'static str, list: Vec<(String, String)>) {
        if list.is_empty() {
            return;
        }
        let full = list.len() >= OFFERED_MAX;
        let offered: Vec<String> = list.iter().map(|(value, _)| value.clone()).collect();
        let hint = if name.starts_with("filters") { self.t.none_is_all } else { "" };
        parts.push(Part::Boxes(self.choices(name, label, hint, list)));
        let chosen = self.fields.iter().filter(|(n, _)| n == name).flat_map(|(_, value)| value.split(','));
        let rest: Vec<&str> =
            chosen.map(str::trim).filter(|value| !value.is_empty() && offered.iter().all(|one| one != value)).collect();
        if full || !rest.is_empty() {
            let line = self.line("text", name, self.t.others_by_id, "");
            // Its own id in the page, but the same name: what is sent is one list.
            parts.push(Part::Line(Line { value: rest.join(", "), error: None, ..line }));
        }
    }
}

/// The form. `sent` is what did not fit, in place of what stands.
pub fn html(shell: &Shell, action: &str, fields: &Fields, problems: &[FieldError], around: &Around<'_>) -> Html {
    let t: &Policies = shell.words();
    let problems: Vec<_> = problems.iter().map(|problem| (meant(&problem.field, around.kinds), problem)).collect();
    let state = State { t, fields, problems, shell };
    let mut groups = vec![
        purpose(&state),
        shared(&state),
        counting(&state),
        kinds(&state, around.kinds),
        conversions(&state, around),
        left_out(&state, shell, around),
        rest(&state),
    ];
    let known = |field: &str| groups.iter().flat_map(|group| &group.parts).any(|part| part.is_named(field));
    let rest = state.problems.iter().filter(|(at, _)| !known(at)).map(|(_, problem)| said(shell, problem)).collect();
    let none_first = !groups.iter_mut().flat_map(|group| &mut group.parts).any(Part::begins);
    Html::of(&Shown { t, action, csrf: &shell.csrf, once: &shell.once, above: above(rest, none_first), groups })
}

impl Part {
    fn is_named(&self, field: &str) -> bool {
        match self {
            Part::Line(line) => line.name == field,
            Part::Check(_) => false, // a box cannot be wrong by itself
            Part::Choice(choices) | Part::Boxes(choices) => choices.name == field,
            Part::Kinds(kinds) => {
                field == "kinds" || kinds.rows.iter().flat_map(|row| &row.lines).any(|line| line.name == field)
            }
        }
    }

    /// Whoever looks begins with this one, if something is wrong with it.
    fn begins(&mut self) -> bool {
        let line = |line: &mut Line| {
            line.first = line.error.is_some();
            line.first
        };
        match self {
            Part::Line(own) => line(own),
            Part::Check(_) => false,
            Part::Choice(choices) | Part::Boxes(choices) => {
                choices.first = choices.error.is_some();
                choices.first
            }
            Part::Kinds(kinds) => {
                kinds.first = kinds.error.is_some();
                kinds.first || kinds.rows.iter_mut().flat_map(|row| &mut row.lines).any(line)
            }
        }
    }

    /// The same, for models of that class only.
    fn of(self, of: &'static str) -> Part {
        match self {
            Part::Line(line) => Part::Line(Line { of, ..line }),
            Part::Check(check) => Part::Check(Check { of, ..check }),
            Part::Choice(choices) => Part::Choice(Choices { of, ..choices }),
            Part::Boxes(_) | Part::Kinds(_) => self,
        }
    }
}

fn purpose(state: &State<'_>) -> Group {
    let t = state.t;
    let name = Line { required: true, ..state.line("text", "name", t.draft_name, t.name_hint) };
    let from = state.line("datetime-local", "applies_from", t.applies_from, t.applies_from_hint);
    Group { title: t.when_it_applies, lead: "", parts: vec![Part::Line(name), Part::Line(from)] }
}

fn shared(state: &State<'_>) -> Group {
    let t = state.t;
    let parts = vec![
        state.one("model", t.model, "", Model::ALL, words::model),
        state.number("half_life_days", t.half_life, t.for_time_decay).of(TIME_DECAY),
        state.check("steps", t.steps).of(TIME_DECAY),
        state.number("first", t.first_share, t.for_position).of(POSITION),
        state.number("last", t.last_share, t.for_position).of(POSITION),
        state.one("by", t.by, t.for_learning, Dimension::ALL, words::dimension).of(LEARNING),
        state.number("order", t.order, "1–3").of(MARKOV),
        state.check("ordered", t.ordered).of(SHAPLEY),
        Part::Line(state.line("date", "trained_on.from", t.learn_from, t.for_learning)).of(LEARNING),
        Part::Line(state.line("date", "trained_on.to", t.learn_to, t.learn_hint)).of(LEARNING),
    ];
    Group { title: t.how_shared, lead: "", parts }
}

fn counting(state: &State<'_>) -> Group {
    let t = state.t;
    let teams = Team::ALL.iter().map(|team| (team.to_string(), words::team(t, *team).to_owned()));
    let parts = vec![
        state.number("lookback_days.click", t.lookback_click, ""),
        state.number("lookback_days.view", t.lookback_view, ""),
        state.number("lookback_days.code", t.lookback_code, t.lookback_code_hint),
        state.number("lookback_days.offline", t.lookback_offline, ""),
        state.number("min_click_to_conversion_seconds", t.min_seconds, t.min_seconds_hint),
        state.check("exclude_self_referral", t.self_referral),
        state.one("code_priority", t.code_priority, "", CodePriority::ALL, words::code_priority),
        state.one("self_reported", t.self_reported, "", SelfReported::ALL, words::self_reported),
        Part::Boxes(state.choices("teams", t.teams, t.none_is_all, teams)),
    ];
    Group { title: t.which_count, lead: t.lookback_lead, parts }
}

fn kinds(state: &State<'_>, kinds: &[TouchpointKind]) -> Group {
    let t = state.t;
    let row = |kind: &TouchpointKind| KindRow {
        on: state.has("kinds", &kind.name),
        lines: [
            state.line("text", format!("weights.{}", kind.name), t.weight, state.shell.reader.plain(kind.weight)),
            state.line(
                "text",
                format!("lookback_days.kinds.{}", kind.name),
                t.lookback_days,
                kind.lookback_days.map(|days| days.to_string()).unwrap_or_default(),
            ),
        ],
        kind: kind.name.clone(),
        shown: state.shell.words::<Called>().kind(&kind.name),
    };
    let kinds = Kinds { rows: kinds.iter().map(row).collect(), error: state.error("kinds"), first: false };
    Group { title: t.kinds, lead: t.kinds_lead, parts: vec![Part::Kinds(kinds)] }
}

fn conversions(state: &State<'_>, around: &Around<'_>) -> Group {
    let t = state.t;
    let mut parts = vec![Part::Line(events(state, around)), state.text("filters.products", t.products, t.products_hint)];
    let campaigns = around.campaigns.iter().map(|one| (one.id.to_string(), one.name.clone())).collect();
    state.any(&mut parts, "filters.campaigns", t.campaigns_any, campaigns);
    let groups = around.groups.iter().map(|one| (one.id.to_string(), one.name.clone())).collect();
    state.any(&mut parts, "filters.groups", t.groups_any, groups);
    Group { title: t.which_conversions, lead: t.filters_lead, parts }
}

/// The events, with those that are known; and, beside them, which of those that stand there are not.
fn events(state: &State<'_>, around: &Around<'_>) -> Line {
    let t = state.t;
    let line = state.line("text", "filters.events", t.events, fill(t.events_hint, &[&around.events.join(", ")]));
    let named: Vec<String> = values(state.fields, "filters.events").map(str::to_owned).collect();
    let odd = unseen(state.shell, &named, around.events);
    Line { odd: odd.filter(|_| line.error.is_none()), ..line }
}

fn left_out(state: &State<'_>, shell: &Shell, around: &Around<'_>) -> Group {
    let t = state.t;
    let mut parts = Vec::new();
    let partners = around.partners.iter().map(|one| (one.id.to_string(), one.name.clone())).collect();
    state.any(&mut parts, "exclude.partners", t.exclude_partners, partners);
    let campaigns = around.campaigns.iter().map(|one| (one.id.to_string(), one.name.clone())).collect();
    state.any(&mut parts, "exclude.campaigns", t.exclude_campaigns, campaigns);
    parts.push(state.text("exclude.links", t.exclude_links, t.exclude_links_hint));
    let verdicts = Verdict::ALL.iter().filter(|verdict| **verdict != Verdict::Valid);
    let verdicts = verdicts.map(|verdict| (verdict.to_string(), shell.texts().verdict(*verdict).to_owned()));
    parts.push(Part::Boxes(state.choices("exclude.verdicts", t.exclude_verdicts, t.verdicts_hint, verdicts)));
    Group { title: t.left_out, lead: "", parts }
}

fn rest(state: &State<'_>) -> Group {
    let t = state.t;
    let parts = vec![
        state.one("scope", t.scope, "", PolicyScope::ALL, words::scope),
        state.one("renewal_follows", t.renewals, "", RenewalFollows::ALL, words::renewal),
        state.one("sourced_by", t.sourced_by, "", SourcedBy::ALL, words::sourced_by),
        state.check("retired", t.retire),
    ];
    Group { title: t.around, lead: "", parts }
}

#[cfg(test)]
#[path = "form_tests.rs"]
mod tests;
