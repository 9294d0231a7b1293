//! `/policies`

use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::domain::id::PolicyId;
use crate::domain::partner::check_text;
use crate::domain::policy::{Policy, Rules};
use crate::domain::time::Time;
use crate::domain::touchpoint::{CLICK, CODE, VIEW};
use crate::error::{Error, Problems, Result};
use crate::http::api::endpoint::Call;
use crate::http::api::input::{Body, Id, List, from_value, params};
use crate::http::api::output::{Created, Page, Shown};
use crate::jobs::learn::learn;
use crate::store::{PolicyFilter, Tx};

/// The name of the policy that Kudos ships with.
const STANDARD: &str = "standard";

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
        problems.add("effects", "are learned when the version is made; leave them out");
    }
    check_kinds(call.tx, &rules, &mut problems).await?;
    problems.finish()?;
    learn(call.tx, &mut rules).await?;
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

/// Notes kinds of touchpoint that do not exist.
async fn check_kinds(tx: &mut Tx, rules: &Rules, problems: &mut Problems) -> Result<()> {
    let mut known = vec![CLICK.to_owned(), VIEW.to_owned(), CODE.to_owned()];
    known.extend(tx.offline_kinds().await?.into_iter().map(|kind| kind.name));
    let mut check = |field: String, kind: &String| {
        if !known.contains(kind) {
            problems.add(field, format!("{kind:?} is not a kind of touchpoint: {}", known.join(", ")));
        }
    };
    for (place, kind) in rules.kinds.iter().flatten().enumerate() {
        check(format!("kinds[{place}]"), kind);
    }
    for kind in rules.weights.keys() {
        check(format!("weights.{kind}"), kind);
    }
    Ok(())
}
