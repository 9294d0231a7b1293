//! `/policy-drafts`: what policies may become.

use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::domain::id::DraftId;
use crate::domain::partner::check_text;
use crate::domain::policy::{Draft, Policy, Rules};
use crate::domain::time::Time;
use crate::error::{Code, Error, FieldError, Problems, Result};
use crate::http::api::endpoint::Call;
use crate::http::api::input::{Body, Id, List, clearable, from_value, some};
use crate::http::api::output::{Created, Done, Page, Shown};
use crate::http::api::policies::{EFFECTS_GIVEN, STANDARD, check_names, gap};
use crate::jobs::learn::learn;
use crate::store::Tx;

/// A draft to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewDraft {
    /// The policy whose next version it may become; `standard` when absent.
    name: Option<String>,
    /// From when on the version is to apply; from its publication on when absent.
    applies_from: Option<Time>,
    /// The rules; what is left out takes its default.
    #[serde(default)]
    #[schema(value_type = Option<Rules>)]
    rules: Map<String, Value>,
}

/// What is to be changed of a draft; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DraftEdit {
    /// The policy whose next version it may become.
    #[serde(default, deserialize_with = "some")]
    #[schema(nullable = false)]
    name: Option<String>,
    /// From when on the version is to apply; `null`: from its publication on.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<Time>)]
    applies_from: Option<Option<Time>>,
    /// All of the rules: what is left out of them takes its default.
    #[serde(default, deserialize_with = "some")]
    #[schema(value_type = Rules, nullable = false)]
    rules: Option<Map<String, Value>>,
}

/// How a draft becomes a version.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Publication {
    /// From when on the version applies, whatever the draft says.
    applies_from: Option<Time>,
}

/// A draft that is ready to become a version.
pub(super) struct Ready {
    draft: Draft,
    applies_from: Time,
    rules: Rules,
}

/// Rules, without those that cannot be read, and what is wrong with these; none where nothing can be read.
fn read(mut rules: Map<String, Value>) -> (Option<Rules>, Vec<FieldError>) {
    let misfits = match from_value(Value::Object(rules.clone())) {
        Ok(rules) => return (Some(rules), Vec::new()),
        Err(misfit) => misfit.fields,
    };
    for misfit in &misfits {
        rules.remove(misfit.field.split(['.', '[']).next().unwrap_or_default());
    }
    (from_value(Value::Object(rules)).ok(), misfits)
}

/// Reads rules and sees that they would do for a version.
async fn checked(tx: &mut Tx, name: &str, rules: Map<String, Value>) -> Result<Rules> {
    let given_effects = rules.contains_key("effects");
    let mut problems = Problems::default();
    check_text(&mut problems, "name", name);
    let (rules, misfits) = read(rules);
    let mut within = Problems::of(misfits);
    let Some(rules) = rules else {
        problems.extend("rules.", within);
        return Err(problems.into());
    };
    within.extend("", rules.check().err().unwrap_or_default());
    if given_effects {
        within.add("effects", EFFECTS_GIVEN);
    }
    check_names(tx, &rules, &mut within).await?;
    problems.extend("rules.", within);
    problems.finish()?;
    Ok(rules)
}

pub(super) async fn create(call: Call<'_>, Body(new): Body<NewDraft>) -> Result<Created<Draft>> {
    let name = new.name.unwrap_or_else(|| STANDARD.to_owned());
    let rules = checked(call.tx, &name, new.rules).await?;
    let (at, who) = (call.by.at, call.by.actor.to_string());
    let draft = Draft {
        id: DraftId::mint(at),
        name,
        applies_from: new.applies_from,
        rules,
        created_at: at,
        created_by: who.clone(),
        changed_at: at,
        changed_by: who,
    };
    call.tx.add_draft(call.by, &draft).await?;
    Ok(Created(draft))
}

pub(super) async fn list(call: Call<'_>, list: List<DraftId>) -> Result<Page<Draft>> {
    let rows = call.tx.drafts(list.slice).await?;
    Ok(list.page(rows, |draft| draft.id))
}

pub(super) async fn show(call: Call<'_>, Id(id): Id<DraftId>) -> Result<Shown<Draft>> {
    find(call.tx, id).await.map(Shown)
}

pub(super) async fn edit(call: Call<'_>, (Id(id), Body(edit)): (Id<DraftId>, Body<DraftEdit>)) -> Result<Shown<Draft>> {
    let before = find(call.tx, id).await?;
    let name = edit.name.unwrap_or_else(|| before.name.clone());
    let rules = match edit.rules {
        Some(rules) => rules,
        None => written(&before.rules)?,
    };
    let draft = Draft {
        rules: checked(call.tx, &name, rules).await?,
        name,
        applies_from: edit.applies_from.unwrap_or(before.applies_from),
        changed_at: call.by.at,
        changed_by: call.by.actor.to_string(),
        ..before
    };
    call.tx.save_draft(call.by, &draft).await?;
    Ok(Shown(draft))
}

pub(super) async fn remove(call: Call<'_>, Id(id): Id<DraftId>) -> Result<Done> {
    let draft = find(call.tx, id).await?;
    call.tx.remove_draft(call.by, &draft).await.map(|()| Done)
}

/// The rules of a draft, where they would still do: what they name may be gone, and none may leave conversions without a policy.
async fn publishable(tx: &mut Tx, draft: &Draft, applies_from: Time) -> Result<Rules> {
    let rules = checked(tx, &draft.name, written(&draft.rules)?).await?;
    match gap(&tx.rule_book().await?, &draft.name, applies_from, &rules) {
        Some((field, why)) => Err(Error::invalid(field, why)),
        None => Ok(rules),
    }
}

/// Why a draft could not be published now, as far as that can be told before its model learns.
///
/// # Errors
/// The database does not answer.
pub(in crate::http) async fn hindrances(tx: &mut Tx, draft: &Draft, applies_from: Time) -> Result<Vec<FieldError>> {
    match publishable(tx, draft, applies_from).await {
        Ok(_) => Ok(Vec::new()),
        Err(error) if error.code == Code::Invalid => Ok(error.fields),
        Err(error) => Err(error),
    }
}

/// Looks whether it would still do, as what it names may be gone, and learns where its model does: that may take minutes.
pub(super) async fn prepare(call: Call<'_>, (Id(id), Body(wanted)): (Id<DraftId>, Body<Publication>)) -> Result<Ready> {
    let draft = find(call.tx, id).await?;
    let applies_from = wanted.applies_from.or(draft.applies_from).unwrap_or(call.by.at);
    let mut rules = publishable(call.tx, &draft, applies_from).await?;
    rules.effects = learn(call.tx, &rules).await?;
    Ok(Ready { draft, applies_from, rules })
}

pub(super) async fn publish(call: Call<'_>, ready: Ready) -> Result<Created<Policy>> {
    let Ready { draft, applies_from, rules } = ready;
    if call.tx.draft(draft.id).await?.as_ref() != Some(&draft) {
        return Err(Error::new(Code::Conflict, "somebody changed or published this draft meanwhile; look at it again"));
    }
    let policy = call.tx.add_policy(call.by, &draft.name, applies_from, rules).await?;
    call.tx.publish_draft(call.by, &draft, &policy).await?;
    Ok(Created(policy))
}

async fn find(tx: &mut Tx, id: DraftId) -> Result<Draft> {
    tx.draft(id).await?.ok_or_else(|| Error::not_found("draft", id))
}

fn written(rules: &Rules) -> Result<Map<String, Value>> {
    let value = serde_json::to_value(rules).map_err(|why| Error::internal("the rules could not be written", why))?;
    Ok(value.as_object().cloned().unwrap_or_default())
}
