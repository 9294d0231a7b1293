//! Policies: their versions, their drafts, what a draft would change, and publishing it.

pub mod fields;
pub mod form;
pub mod publish;
pub mod simulation;
pub mod words;

use std::collections::HashMap;

use crate::domain::id::PolicyId;
use crate::domain::policy::{Draft, Lookback, Model, Policy, PolicyScope, Rules};
use crate::domain::time::Time;
use crate::pages::evidence::Names;
use crate::pages::facts::facts;
use crate::pages::rules::{self, Listener};
use crate::pages::shell::{Content, Shell, button};
use crate::pages::table::{Cell, FEW_ROWS, PAGE_ROWS, Table, Wanted, empty, numbers, words as column};
use crate::pages::texts::policies::Policies;
use crate::pages::texts::{Called, fill};
use crate::pages::{Html, path_with};
use fields::{href, titled};

/// Names of users and keys, by the ids that the audit log has for them.
pub type Actors = HashMap<String, String>;

/// Where the page of policies is.
pub const POLICIES: &str = "/admin/policies";

/// Where a draft is shown.
pub fn draft_href(draft: &Draft) -> String {
    format!("{POLICIES}/drafts/{}", draft.id)
}

fn state(t: &'static Policies, policy: &Policy, in_force: &[PolicyId], now: Time) -> Cell {
    match in_force.contains(&policy.id) {
        true if policy.rules.retired => Cell::badge(t.retired, "plain"),
        true => Cell::badge(t.in_force, "good"),
        false if policy.applies_from > now => Cell::badge(t.later, "plain"),
        false => Cell::badge(t.replaced, "plain"),
    }
}

/// Since when a version applies, in words.
pub fn since(shell: &Shell, at: Time) -> String {
    let t: &Policies = shell.words();
    if at == Time::EPOCH { t.always.to_owned() } else { shell.reader.time(at) }
}

/// The versions, newest first.
pub fn versions(shell: &Shell, policies: &[Policy], in_force: &[PolicyId], now: Time) -> Table {
    let (t, reader): (&Policies, _) = (shell.words(), &shell.reader);
    let row = |policy: &Policy| {
        let from =
            if policy.applies_from == Time::EPOCH { Cell::text(t.always) } else { Cell::time(reader, policy.applies_from) };
        vec![
            Cell::text(&policy.name).to(href(policy.id)),
            Cell::number(reader, policy.version).to(href(policy.id)),
            state(t, policy, in_force, now),
            from,
            Cell::text(words::model(t, policy.rules.model)),
            Cell::text(words::scope(t, policy.rules.scope)),
        ]
    };
    let columns = vec![
        column("name", t.draft_name),
        numbers("version", t.version),
        column("status", shell.texts().status),
        column("applies_from", t.applies_from),
        column("model", t.model),
        column("scope", t.scope),
    ];
    let rows = policies.iter().map(row).collect();
    Table { id: "versions", title: t.versions.into(), columns, rows, page_rows: PAGE_ROWS, empty: empty(t.no_versions, None) }
}

/// The drafts, newest first.
pub fn drafts(shell: &Shell, drafts: &[Draft], actors: &Actors) -> Table {
    let (t, reader): (&Policies, _) = (shell.words(), &shell.reader);
    let row = |draft: &Draft| {
        let from = draft.applies_from.map_or(Cell::text(t.from_publication), |at| Cell::time(reader, at));
        vec![
            Cell::text(&draft.name).to(draft_href(draft)),
            Cell::text(words::model(t, draft.rules.model)),
            from,
            Cell::time(reader, draft.changed_at),
            Cell::text(actors.get(&draft.changed_by).unwrap_or(&draft.changed_by)),
        ]
    };
    let columns = vec![
        column("name", t.draft_name),
        column("model", t.model),
        column("applies_from", t.applies_from),
        column("changed", t.changed),
        column("by", t.changed_by),
    ];
    let rows = drafts.iter().map(row).collect();
    Table { id: "drafts", title: t.drafts.into(), columns, rows, page_rows: FEW_ROWS, empty: empty(t.no_drafts, None) }
}

/// The page of both lists; `newest` is the version in force that a draft begins from.
pub fn list(
    shell: &Shell, wanted: &Wanted<'_>, versions: &Table, drafts: &Table, newest: Option<PolicyId>, may_change: bool,
) -> Content {
    let t: &Policies = shell.words();
    let from = newest.map(|id| id.to_string()).unwrap_or_default();
    let begin = || button(&path_with("/admin/policies/new", &[("from", &from)]), t.new_draft, true);
    let parts = vec![drafts.html(&shell.reader, wanted), versions.html(&shell.reader, wanted)];
    let actions = may_change.then(begin).into_iter().collect();
    Content { title: t.policies.into(), lead: t.policies_lead.into(), actions, parts, ..Content::default() }
}

/// What is named by ids in rules.
pub struct Named {
    /// Partners.
    pub partners: Names,
    /// Links.
    pub links: Names,
    /// Campaigns.
    pub campaigns: Names,
    /// Groups.
    pub groups: Names,
}

fn listed<T: Copy + Into<uuid::Uuid>>(ids: Option<&Vec<T>>, names: &Names) -> String {
    let name = |id: &T| names.get(&(*id).into()).cloned().unwrap_or_default();
    ids.map(|ids| ids.iter().map(name).collect::<Vec<_>>().join(", ")).unwrap_or_default()
}

fn model(shell: &Shell, rules: &Rules) -> String {
    let t: &Policies = shell.words();
    let mut said = words::model(t, rules.model).to_owned();
    match rules.model {
        Model::TimeDecay => said.push_str(&format!("; {} {}", t.with_half_life, rules.half_life_days)),
        Model::Position => said.push_str(&format!("; {} {}, {} {}", t.first_share, rules.first, t.last_share, rules.last)),
        Model::Markov | Model::Shapley => said.push_str(&format!("; {} {}", t.by, words::dimension(t, rules.by))),
        _ => {}
    }
    said
}

fn lookback(t: &'static Policies, called: &'static Called, lookback: &Lookback) -> String {
    let code = if lookback.code == 0 { t.code_itself.to_owned() } else { lookback.code.to_string() };
    let mut said = vec![
        format!("{} {}", t.clicks_word, lookback.click),
        format!("{} {}", t.views_word, lookback.view),
        format!("{} {code}", t.codes_word),
    ];
    said.extend(lookback.kinds.iter().map(|(kind, days)| format!("{} {days}", called.kind(kind))));
    said.push(format!("{} {}", t.others_word, lookback.offline));
    said.join(", ")
}

/// The rules in whole sentences.
fn plain_words(shell: &Shell, rules: &Rules, named: &Named) -> Html {
    let names = [&named.partners, &named.links, &named.campaigns, &named.groups];
    let names = names.into_iter().flatten().map(|(id, name)| (*id, name.clone())).collect();
    rules::rules(shell, rules, &Listener { names, own: None })
}

fn in_a_row(names: &[String], called: impl Fn(&str) -> String) -> String {
    names.iter().map(|name| called(name)).collect::<Vec<_>>().join(", ")
}

/// The rules, option by option.
pub fn rules(shell: &Shell, rules: &Rules, named: &Named) -> Html {
    let (t, called): (&Policies, &Called) = (shell.words(), shell.words());
    let all = |text: String| if text.is_empty() { t.all.to_owned() } else { text };
    let teams: Vec<&str> = rules.teams.iter().flatten().map(|team| words::team(t, *team)).collect();
    let weight = |(kind, weight): (&String, &f64)| format!("{} × {}", called.kind(kind), shell.reader.plain(*weight));
    let weights: Vec<String> = rules.weights.iter().map(weight).collect();
    let verdicts: Vec<&str> = rules.exclude.verdicts.iter().map(|verdict| shell.texts().verdict(*verdict)).collect();
    let learned = rules.trained_on.map_or(String::new(), |on| {
        format!("{} – {}", shell.reader.calendar_day(on.from), shell.reader.calendar_day(on.to - 1))
    });
    let seconds = if rules.min_click_to_conversion_seconds == 0 {
        String::new()
    } else {
        shell.reader.number(i64::from(rules.min_click_to_conversion_seconds))
    };
    let (filters, exclude) = (&rules.filters, &rules.exclude);
    let mut known = vec![
        (t.how_shared, model(shell, rules)),
        (t.scope, words::scope(t, rules.scope).to_owned()),
        (t.learned_from, learned),
        (t.lookback_days, lookback(t, called, &rules.lookback_days)),
        (t.kinds, all(rules.kinds.as_ref().map(|kinds| in_a_row(kinds, |kind| called.kind(kind))).unwrap_or_default())),
        (t.teams, all(teams.join(", "))),
        (t.weight, weights.join(", ")),
        (t.min_seconds, seconds),
        (t.self_referral, if rules.exclude_self_referral { t.yes } else { t.no }.to_owned()),
        (t.code_priority, words::code_priority(t, rules.code_priority).to_owned()),
        (t.self_reported, words::self_reported(t, rules.self_reported).to_owned()),
        (t.events, filters.events.as_ref().map(|events| in_a_row(events, |event| called.event(event))).unwrap_or_default()),
        (t.products, filters.products.as_ref().map(|products| products.join(", ")).unwrap_or_default()),
        (t.campaigns_any, listed(filters.campaigns.as_ref(), &named.campaigns)),
        (t.groups_any, listed(filters.groups.as_ref(), &named.groups)),
        (t.renewals, words::renewal(t, rules.renewal_follows).to_owned()),
        (t.sourced_by, words::sourced_by(t, rules.sourced_by).to_owned()),
    ];
    let out = [
        listed(Some(&exclude.partners), &named.partners),
        listed(Some(&exclude.campaigns), &named.campaigns),
        listed(Some(&exclude.links), &named.links),
        verdicts.join(", "),
    ];
    known.push((t.left_out, out.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", ")));
    if rules.retired {
        known.push((t.retired, t.yes.to_owned()));
    }
    facts(known)
}

/// Whether a simulation tells anything of these rules.
pub fn can_simulate(rules: &Rules) -> bool {
    rules.scope == PolicyScope::Partners && !rules.retired
}

/// Days without a conversion of a custom event after which it is pointed out.
pub const UNSEEN_DAYS: i64 = 90;

/// What is said of events that are none of the known ones, which no conversion had of late: most likely they are misspelt.
pub fn unseen(shell: &Shell, events: &[String], known: &[String]) -> Option<String> {
    let t: &Policies = shell.words();
    let unseen: Vec<&str> = events.iter().filter(|event| !known.contains(event)).map(String::as_str).collect();
    let said = || fill(t.unseen_events, &[&UNSEEN_DAYS.to_string(), &unseen.join(", "), &known.join(", ")]);
    (!unseen.is_empty()).then(said)
}

fn up(t: &'static Policies) -> Option<(String, String)> {
    Some((POLICIES.to_owned(), t.policies.to_owned()))
}

/// The page of a version; `tried` is its simulation.
pub fn version(
    shell: &Shell, policy: &Policy, is_in_force: bool, named: &Named, tried: Vec<Html>, may_change: bool,
) -> Content {
    let t: &Policies = shell.words();
    let path = path_with("/admin/policies/new", &[("from", &policy.id.to_string())]);
    let actions = may_change.then(|| button(&path, t.draft_from_this, true)).into_iter().collect();
    let status = if is_in_force && !policy.rules.retired { t.in_force.to_owned() } else { String::new() };
    let about = facts(vec![
        (shell.texts().status, status),
        (t.applies_from, since(shell, policy.applies_from)),
        (
            shell.texts().created,
            if policy.created_at == Time::EPOCH { String::new() } else { shell.reader.time(policy.created_at) },
        ),
        ("id", policy.id.to_string()),
    ]);
    let mut parts = vec![about, plain_words(shell, &policy.rules, named), rules(shell, &policy.rules, named)];
    parts.extend(tried);
    let title = titled(&policy.name, policy.version);
    Content { title, lead: t.version_lead.into(), up: up(t), actions, parts }
}

/// The page of a draft; `tried` is its simulation.
pub fn draft(shell: &Shell, draft: &Draft, named: &Named, actors: &Actors, tried: Vec<Html>, may_change: bool) -> Content {
    let (t, reader): (&Policies, _) = (shell.words(), &shell.reader);
    let path = draft_href(draft);
    let who = |actor: &String| actors.get(actor).unwrap_or(actor).clone();
    let mut actions = Vec::new();
    if may_change {
        actions.push(button(&format!("{path}/publish"), t.publish, true));
        actions.push(button(&format!("{path}/edit"), shell.texts().edit, false));
        actions.push(button(&format!("{path}/remove"), t.remove_draft, false));
    }
    let about = facts(vec![
        (t.applies_from, draft.applies_from.map_or(t.from_publication.to_owned(), |at| reader.time(at))),
        (shell.texts().created, format!("{} {} {}", reader.time(draft.created_at), t.changed_by, who(&draft.created_by))),
        (t.changed, format!("{} {} {}", reader.time(draft.changed_at), t.changed_by, who(&draft.changed_by))),
    ]);
    let mut parts = tried;
    parts.extend([about, plain_words(shell, &draft.rules, named), rules(shell, &draft.rules, named)]);
    Content { title: format!("{}: {}", t.draft, draft.name), lead: t.draft_lead.into(), up: up(t), actions, parts }
}

/// The page of the form; `draft` is what it changes, none for a new one.
pub fn edit(shell: &Shell, draft: Option<&Draft>, form: Html) -> Content {
    let t: &Policies = shell.words();
    let (title, up) = match draft {
        Some(draft) => (t.edit_draft, Some((draft_href(draft), draft.name.clone()))),
        None => (t.new_draft, up(t)),
    };
    Content { title: title.into(), lead: t.draft_lead.into(), up, parts: vec![form], ..Content::default() }
}
