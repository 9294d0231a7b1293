//! `/policies`

use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::domain::id::PolicyId;
use crate::domain::partner::check_text;
use crate::domain::policy::{Policy, Rules, VALUES_MAX};
use crate::domain::time::Time;
use crate::error::{Error, Problems, Result};
use crate::http::api::endpoint::Call;
use crate::http::api::input::{Body, Id, List, from_value, params};
use crate::http::api::output::{Created, Page, Shown};
use crate::jobs::learn::learn;
use crate::store::{Named, PolicyFilter, Tx};

/// The name of the policy that Kudos ships with.
pub(super) const STANDARD: &str = "standard";
/// Of effects that the caller gives.
pub(super) const EFFECTS_GIVEN: &str = "are learned from the period trained_on; leave them out";

/// A policy version to be made.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewPolicy {
    /// The policy whose next version it becomes; `standard` when absent.
    name: Option<String>,
    /// Conversions from this moment on follow it; from now on when absent.
    applies_from: Option<Time>,
    /// The rules; what is left out takes its default, not what the version before had.
    #[serde(flatten)]
    #[schema(value_type = Rules)]
    rules: Map<String, Value>,
}

/// A version that is ready to be added. Kinds of touchpoint are never removed, so what was checked holds.
pub(super) struct Prepared {
    name: String,
    applies_from: Time,
    rules: Rules,
}

params! { PolicyFilter {
    name: String, "Only versions of this policy.";
} }

/// Checks the rules and, where the model learns, learns from the period they name: that may take minutes.
pub(super) async fn prepare(call: Call<'_>, Body(new): Body<NewPolicy>) -> Result<Prepared> {
    let given_effects = new.rules.contains_key("effects");
    let mut rules: Rules = from_value(Value::Object(new.rules))?;
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
    rules.effects = learn(call.tx, &rules).await?;
    Ok(Prepared { name, applies_from: new.applies_from.unwrap_or(call.by.at), rules })
}

pub(super) async fn create(call: Call<'_>, new: Prepared) -> Result<Created<Policy>> {
    call.tx.add_policy(call.by, &new.name, new.applies_from, new.rules).await.map(Created)
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
