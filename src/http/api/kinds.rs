//! `/touchpoint-kinds`

use serde::Deserialize;
use utoipa::ToSchema;

use crate::domain::kind::{KINDS_MAX, KindName, TouchpointKind};
use crate::domain::partner::Status;
use crate::domain::touchpoint::Team;
use crate::error::{Error, Problems, Result};
use crate::http::api::endpoint::Call;
use crate::http::api::input::{Body, Id, clearable, some};
use crate::http::api::output::{Created, Done, Page, Shown};
use crate::store::Tx;

/// A kind to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewKind {
    /// Its name, unique: 1 to 64 lower-case letters, digits or `_`.
    name: String,
    /// The team, where a touchpoint names none; `partner` when absent.
    team: Option<Team>,
    /// What the model's weight is multiplied with, where the policy names no weight for the kind; 1 when absent.
    weight: Option<f64>,
    /// How many days before the conversion it may lie and still count; what the policy says of offline kinds when absent.
    lookback_days: Option<u32>,
}

/// What is to be changed of a kind; what is absent stays. It counts for what is attributed from then on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct KindEdit {
    /// The team, where a touchpoint names none.
    #[serde(default, deserialize_with = "some")]
    #[schema(nullable = false)]
    team: Option<Team>,
    /// What the model's weight is multiplied with, where the policy names no weight for the kind.
    #[serde(default, deserialize_with = "some")]
    #[schema(nullable = false)]
    weight: Option<f64>,
    /// How many days before the conversion it may lie and still count; `null`: what the policy says.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<u32>)]
    lookback_days: Option<Option<u32>>,
    /// `disabled`: no more of it is entered; what there is goes on counting.
    #[serde(default, deserialize_with = "some")]
    #[schema(nullable = false)]
    status: Option<Status>,
}

pub(super) async fn create(call: Call<'_>, Body(new): Body<NewKind>) -> Result<Created<TouchpointKind>> {
    let kind = TouchpointKind {
        name: new.name,
        team: new.team.unwrap_or(Team::Partner),
        weight: new.weight.unwrap_or(1.0),
        lookback_days: new.lookback_days,
        status: Status::Active,
        built_in: false,
    };
    let mut problems = Problems::default();
    kind.check(&mut problems);
    problems.finish()?;
    if call.tx.kinds().await?.len() >= KINDS_MAX {
        return Err(Error::conflict("name", format!("there are {KINDS_MAX} kinds, the most there may be")));
    }
    call.tx.add_kind(call.by, &kind).await?;
    Ok(Created(kind))
}

pub(super) async fn list(call: Call<'_>, (): ()) -> Result<Page<TouchpointKind>> {
    Ok(Page { data: call.tx.kinds().await?, next_cursor: None })
}

pub(super) async fn show(call: Call<'_>, Id(name): Id<KindName>) -> Result<Shown<TouchpointKind>> {
    find(call.tx, &name).await.map(Shown)
}

pub(super) async fn edit(
    call: Call<'_>, (Id(name), Body(edit)): (Id<KindName>, Body<KindEdit>),
) -> Result<Shown<TouchpointKind>> {
    let before = find(call.tx, &name).await?;
    let kind = TouchpointKind {
        team: edit.team.unwrap_or(before.team),
        weight: edit.weight.unwrap_or(before.weight),
        lookback_days: edit.lookback_days.unwrap_or(before.lookback_days),
        status: edit.status.unwrap_or(before.status),
        ..before.clone()
    };
    let mut problems = Problems::default();
    kind.check(&mut problems);
    if kind.built_in && kind.team != before.team {
        problems.add("team", format!("of the built-in kind {name} is always {}", before.team));
    }
    if kind.built_in && kind.status != before.status {
        problems.add("status", format!("of the built-in kind {name} is always {}", before.status));
    }
    problems.finish()?;
    call.tx.save_kind(call.by, &kind).await?;
    Ok(Shown(kind))
}

pub(super) async fn remove(call: Call<'_>, Id(name): Id<KindName>) -> Result<Done> {
    let kind = find(call.tx, &name).await?;
    if kind.built_in {
        return Err(Error::conflict("name", format!("{name} is built in, and stays")));
    }
    call.tx.remove_kind(call.by, &kind).await.map(|()| Done)
}

async fn find(tx: &mut Tx, name: &KindName) -> Result<TouchpointKind> {
    let found = tx.kinds().await?.into_iter().find(|kind| kind.name == name.as_str());
    found.ok_or_else(|| Error::not_found("kind of touchpoint", name))
}
