//! What a partner is told of the program and of itself: the rules in force and before, and its profile.

use askama::Template;

use crate::domain::partner::{Group, Partner, Status};
use crate::domain::policy::{PolicyScope, Rules, Version};
use crate::domain::time::Time;
use crate::error::Result;
use crate::pages::Html;
use crate::pages::facts::{facts, hint};
use crate::pages::rules::{Listener, rules};
use crate::pages::shell::{Content, Shell, button};
use crate::pages::table::empty;
use crate::pages::texts::{Journeys, Portal, fill};

#[derive(Template)]
#[template(
    source = r#"<div class="of"><h2>{{ name }}</h2>{% if !since.is_empty() %}<p class="hint">{{ since }}</p>{% endif %}</div>"#,
    ext = "html"
)]
struct Heading<'a> {
    name: String,
    since: &'a str,
}

/// Rules that are in force no more, to be unfolded.
#[derive(Template)]
#[template(source = r#"<details class="tuck"><summary>{{ name }}: {{ span }}</summary>{{ rules }}</details>"#, ext = "html")]
struct Earlier {
    name: String,
    span: String,
    rules: Html,
}

/// A version of a policy, as a partner is told of it.
pub struct Told<'a> {
    /// The version.
    pub version: &'a Version,
    /// Its rules.
    pub rules: &'a Rules,
    /// Up to when it was in force; none while it is.
    pub until: Option<Time>,
}

impl<'a> Told<'a> {
    /// That of a version.
    ///
    /// # Errors
    /// Its rules cannot be read.
    pub fn of(version: &'a Version, until: Option<Time>) -> Result<Told<'a>> {
        Ok(Told { version, rules: version.rules()?, until })
    }

    /// Whether partners are credited by it.
    pub fn is_for_partners(&self) -> bool {
        self.rules.scope == PolicyScope::Partners && !self.rules.retired
    }

    /// As a conversion names it.
    fn name(&self, shell: &Shell) -> String {
        let Version { name, version, .. } = self.version;
        format!("{name} {version} ({})", shell.words::<Journeys>().model(self.rules.model))
    }

    /// When it is in force, or was; the first policy is there from the beginning of time.
    fn span(&self, shell: &Shell) -> String {
        let (w, from) = (shell.words::<Portal>(), self.version.applies_from);
        let from = (from > Time::EPOCH).then(|| shell.reader.time(from));
        match (from, self.until.map(|until| shell.reader.time(until))) {
            (Some(from), None) => fill(w.in_force, &[&from]),
            (None, None) => w.in_force_always.to_owned(),
            (Some(from), Some(until)) => fill(w.was_in_force, &[&from, &until]),
            (None, Some(until)) => fill(w.was_in_force_until, &[&until]),
        }
    }
}

/// The policies in force in plain words, each with its rules, the most special first, and those that were before.
pub fn policies(shell: &Shell, policies: &[Told<'_>], earlier: &[Told<'_>], listener: &Listener) -> Content {
    let w = shell.words::<Portal>();
    let mut parts = Vec::new();
    if policies.len() > 1 {
        parts.push(hint(w.most_special));
    }
    for told in policies {
        parts.push(Html::of(&Heading { name: told.name(shell), since: &told.span(shell) }));
        parts.push(rules(shell, told.rules, listener));
    }
    if policies.is_empty() {
        parts.push(empty(w.no_rules, None));
    }
    if !earlier.is_empty() {
        parts.push(Html::of(&Heading { name: w.earlier_rules.to_owned(), since: w.earlier_rules_hint }));
    }
    let fold = |told: &Told<'_>| {
        Html::of(&Earlier { name: told.name(shell), span: told.span(shell), rules: rules(shell, told.rules, listener) })
    };
    parts.extend(earlier.iter().map(fold));
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
