//! What a partner is told of the program and of itself: the rules in force, and its profile.

use askama::Template;

use crate::domain::partner::{Group, Partner, Status};
use crate::domain::policy::{Rules, Version};
use crate::domain::time::Time;
use crate::pages::Html;
use crate::pages::facts::{facts, hint};
use crate::pages::rules::{Listener, rules};
use crate::pages::shell::{Content, Shell, button};
use crate::pages::table::empty;
use crate::pages::texts::{Portal, fill};

#[derive(Template)]
#[template(
    source = r#"<div class="of"><h2>{{ name }}</h2>{% if !since.is_empty() %}<p class="hint">{{ since }}</p>{% endif %}</div>"#,
    ext = "html"
)]
struct Heading<'a> {
    name: &'a str,
    since: String,
}

/// The policies in force in plain words, each with its rules, the most special first.
pub fn policies(shell: &Shell, policies: &[(&Version, &Rules)], listener: &Listener) -> Content {
    let w = shell.words::<Portal>();
    let mut parts = Vec::new();
    if policies.len() > 1 {
        parts.push(hint(w.most_special));
    }
    for (version, told) in policies {
        if policies.len() > 1 {
            // The first policy is there from the beginning of time.
            let from = version.applies_from;
            let since = if from > Time::EPOCH { fill(w.in_force, &[&shell.reader.date(from)]) } else { String::new() };
            parts.push(Html::of(&Heading { name: &version.name, since }));
        }
        parts.push(rules(shell, told, listener));
    }
    if policies.is_empty() {
        parts.push(empty(w.no_rules, None));
    }
    Content { title: w.rules.into(), lead: w.rules_lead.into(), parts, ..Content::default() }
}

/// What is known of a partner, for itself.
pub fn profile(shell: &Shell, partner: &Partner, group: Option<&Group>) -> Content {
    let (t, w) = (shell.texts(), shell.words::<Portal>());
    let or = |text: String, none: &str| if text.is_empty() { none.to_owned() } else { text };
    let known = facts(vec![
        (t.name, partner.name.clone()),
        (t.email, or(partner.email.clone().unwrap_or_default(), "–")),
        (t.group, or(group.map_or(String::new(), |group| group.name.clone()), w.no_group)),
        (w.other_names, or(partner.aliases.join(", "), w.other_names_none)),
        (t.status, if partner.status == Status::Active { t.active } else { t.disabled }.to_owned()),
        (w.partner_since, shell.reader.date(partner.created_at)),
    ]);
    let actions = vec![button("/account", w.your_account, false)];
    let parts = vec![known, hint(w.profile_ask)];
    Content { title: w.profile.into(), lead: w.profile_lead.into(), actions, parts, ..Content::default() }
}
