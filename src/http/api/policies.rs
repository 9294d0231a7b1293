//! `/policies`

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::domain::id::PolicyId;
use crate::domain::partner::check_text;
use crate::domain::policy::{Policy, RuleBook, Rules, VALUES_MAX};
use crate::domain::time::Time;
use crate::error::{Error, Problems, Result};
use crate::http::api::endpoint::Call;
use crate::http::api::input::{Body, Id, List, from_value, params};
use crate::http::api::output::{Created, Page, Shown};
use crate::jobs::learn::learn;
use crate::store::{Named, PolicyFilter, Tx};

/// The name of the policy that Kudos ships with.
pub(super) const STANDARD: &str = "standard";
/// Of a version without anything in it.
const NOTHING_SAID: &str = "is missing: say which policy this is a version of, such as standard, and its model, such as linear";
/// Of effects that the caller gives.
pub(super) const EFFECTS_GIVEN: &str = "are learned from the period trained_on; leave them out";

/// A policy version to be made.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewPolicy {
    /// The policy whose next version it becomes; `standard` when absent, which the answer then notes.
    name: Option<String>,
    /// Conversions from this moment on follow it; from now on when absent.
    applies_from: Option<Time>,
    /// The rules; what is left out takes its default, not what the version before had.
    #[serde(flatten)]
    #[schema(value_type = Rules)]
    rules: Map<String, Value>,
}

/// A policy version as it was made.
#[derive(Serialize, ToSchema)]
pub(super) struct Published {
    #[serde(flatten)]
    policy: Policy,
    /// What was not said and how it was taken; absent when all was said.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
}

/// A version that is ready to be added. Kinds of touchpoint are never removed, so what was checked holds.
pub(super) struct Prepared {
    name: String,
    applies_from: Time,
    rules: Rules,
    has_name: bool,
    has_model: bool,
}

params! { PolicyFilter {
    name: String, "Only versions of this policy.";
} }

/// Checks the rules and, where the model learns, learns from the period they name: that may take minutes.
pub(super) async fn prepare(call: Call<'_>, Body(new): Body<NewPolicy>) -> Result<Prepared> {
    let given_effects = new.rules.contains_key("effects");
    let (has_name, has_model) = (new.name.is_some(), new.rules.contains_key("model"));
    if !has_name && new.rules.is_empty() {
        return Err(Error::invalid("name", NOTHING_SAID));
    }
    let mut rules: Rules = from_value(Value::Object(new.rules))?;
    let applies_from = new.applies_from.unwrap_or(call.by.at);
    let name = new.name.unwrap_or_else(|| STANDARD.to_owned());
    let mut problems = Problems::default();
    check_text(&mut problems, "name", &name);
    if let Err(more) = rules.check() {
        problems.extend("", more);
    }
    if given_effects {
        problems.add("effects", EFFECTS_GIVEN);
    }
    check_names(call.tx, &rules, &mut problems).await?;
    problems.finish()?;
    if let Some((field, why)) = gap(&call.tx.rule_book().await?, &name, applies_from, &rules) {
        return Err(Error::invalid(field, why));
    }
    rules.effects = learn(call.tx, &rules).await?;
    Ok(Prepared { name, applies_from, rules, has_name, has_model })
}

pub(super) async fn create(call: Call<'_>, new: Prepared) -> Result<Created<Published>> {
    let policy = call.tx.add_policy(call.by, &new.name, new.applies_from, new.rules).await?;
    let mut notes = Vec::new();
    if !new.has_name {
        let Policy { name, version, applies_from, .. } = &policy;
        notes.push(format!("no name was given: this is version {version} of {name}, in force from {applies_from} on"));
    }
    if !new.has_model && !policy.rules.retired {
        notes.push(format!("no model was given: credit is shared by {}", policy.rules.model));
    }
    Ok(Created(Published { policy, notes }))
}

/// The field and the reason why these rules would leave conversions from `at` on without any policy, if they would.
pub(in crate::http) fn gap(book: &RuleBook, name: &str, at: Time, rules: &Rules) -> Option<(&'static str, String)> {
    let scope = book.gap(name, at, rules)?;
    let (field, others) = match rules.scope == scope {
        true => ("filters", "that do not fit these filters"),
        false => ("scope", "of that scope"),
    };
    let why = format!(
        "{name} is the only policy of the scope {scope} without filters: conversions {others} would follow no policy, and nobody \
         would have credit for them. Give these rules a name of their own, and {name} stays for all others; if the others are to \
         have none, retire {name} then ({{\"name\": .., \"retired\": true}})"
    );
    Some((field, why))
}

pub(super) async fn list(call: Call<'_>, list: List<PolicyId, PolicyFilter>) -> Result<Page<Policy>> {
    let rows = call.tx.policies(&list.filter, list.slice).await?;
    Ok(list.page(rows, |policy| policy.id))
}

pub(super) async fn show(call: Call<'_>, Id(id): Id<PolicyId>) -> Result<Shown<Policy>> {
    call.tx.policy(id).await?.map(Shown).ok_or_else(|| Error::not_found("policy", id))
}

/// Notes what the rules name and is not there: kinds of touchpoint, partners, links, campaigns, groups.
pub(super) async fn check_names(tx: &mut Tx, rules: &Rules, problems: &mut Problems) -> Result<()> {
    let known: Vec<String> = tx.kinds().await?.into_iter().map(|kind| kind.name).collect();
    for (field, kind) in rules.named_kinds() {
        if !known.contains(kind) {
            problems.add(field, format!("{kind:?} is not a kind of touchpoint: {}", known.join(", ")));
        }
    }
    let (filters, exclude) = (&rules.filters, &rules.exclude);
    let wanted = [
        ("filters.campaigns", Named::Campaign, uuids(filters.campaigns.as_deref())),
        ("filters.groups", Named::Group, uuids(filters.groups.as_deref())),
        ("exclude.partners", Named::Partner, uuids(Some(&exclude.partners))),
        ("exclude.links", Named::Link, uuids(Some(&exclude.links))),
        ("exclude.campaigns", Named::Campaign, uuids(Some(&exclude.campaigns))),
    ];
    for (field, named, ids) in wanted {
        let found = tx.names(named, ids.iter().copied()).await?;
        let missing = ids.iter().enumerate().filter(|(_, id)| !found.contains_key(*id));
        missing.for_each(|(place, _)| problems.add(format!("{field}[{place}]"), format!("is not a {named}")));
    }
    Ok(())
}

fn uuids<T: Copy + Into<Uuid>>(ids: Option<&[T]>) -> Vec<Uuid> {
    ids.unwrap_or_default().iter().take(VALUES_MAX).map(|&id| id.into()).collect()
}
