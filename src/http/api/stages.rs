//! `/deal-stages`

use serde::Deserialize;
use utoipa::ToSchema;

use crate::domain::deal::{DealStatus, PLACE_MAX, Stage};
use crate::domain::id::StageId;
use crate::domain::partner::check_text;
use crate::error::{Error, Problems, Result};
use crate::http::api::endpoint::Call;
use crate::http::api::input::{Body, Id, some};
use crate::http::api::output::{Created, Done, Rows, Shown};
use crate::store::Tx;

/// A stage to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewStage {
    /// Its name, unique whatever its case.
    name: String,
    /// Its place in the order of stages; after all others when absent.
    order: Option<i64>,
    /// What a deal in it is; `open` when absent.
    kind: Option<DealStatus>,
}

/// What is to be changed of a stage; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct StageEdit {
    /// Its name, unique whatever its case.
    #[serde(default, deserialize_with = "some")]
    #[schema(nullable = false)]
    name: Option<String>,
    /// Its place in the order of stages.
    #[serde(default, deserialize_with = "some")]
    #[schema(nullable = false)]
    order: Option<i64>,
    /// What a deal in it is; of a stage that deals have been in, it stays.
    #[serde(default, deserialize_with = "some")]
    #[schema(nullable = false)]
    kind: Option<DealStatus>,
}

pub(super) async fn create(call: Call<'_>, Body(new): Body<NewStage>) -> Result<Created<Stage>> {
    let last = call.tx.stages().await?.last().map_or(0, |stage| stage.order);
    let order = new.order.unwrap_or((last + 10).min(PLACE_MAX));
    let kind = new.kind.unwrap_or(DealStatus::Open);
    let stage = Stage { id: StageId::mint(call.by.at), name: new.name, order, kind };
    check(&stage)?;
    call.tx.add_stage(call.by, &stage).await?;
    Ok(Created(stage))
}

pub(super) async fn list(call: Call<'_>, (): ()) -> Result<Rows<Stage>> {
    Ok(Rows { data: call.tx.stages().await? })
}

pub(super) async fn show(call: Call<'_>, Id(id): Id<StageId>) -> Result<Shown<Stage>> {
    find(call.tx, id).await.map(Shown)
}

pub(super) async fn edit(call: Call<'_>, (Id(id), Body(edit)): (Id<StageId>, Body<StageEdit>)) -> Result<Shown<Stage>> {
    let before = find(call.tx, id).await?;
    let stage = Stage {
        id,
        name: edit.name.unwrap_or_else(|| before.name.clone()),
        order: edit.order.unwrap_or(before.order),
        kind: edit.kind.unwrap_or(before.kind),
    };
    check(&stage)?;
    call.tx.save_stage(call.by, &before, &stage).await?;
    Ok(Shown(stage))
}

pub(super) async fn remove(call: Call<'_>, Id(id): Id<StageId>) -> Result<Done> {
    let stage = find(call.tx, id).await?;
    call.tx.remove_stage(call.by, &stage).await.map(|()| Done)
}

async fn find(tx: &mut Tx, id: StageId) -> Result<Stage> {
    tx.stage(id).await?.ok_or_else(|| Error::not_found("stage", id))
}

/// The stage that a caller names, whatever its case, or by its id.
pub(super) async fn named(tx: &mut Tx, wanted: &str, problems: &mut Problems) -> Result<Option<Stage>> {
    let stages = tx.stages().await?;
    let lower = wanted.trim().to_lowercase();
    let found = stages.iter().find(|stage| stage.name.to_lowercase() == lower || stage.id.text()[..] == *wanted);
    if found.is_none() {
        let names: Vec<&str> = stages.iter().map(|stage| stage.name.as_str()).collect();
        problems.add("stage", format!("{wanted:?} is not a stage: {}; make it first: POST /deal-stages", names.join(", ")));
    }
    Ok(found.cloned())
}

fn check(stage: &Stage) -> Result<()> {
    let mut problems = Problems::default();
    check_text(&mut problems, "name", &stage.name);
    if stage.name.parse::<StageId>().is_ok() {
        problems.add("name", "must not look like the id of a stage");
    }
    if !(0..=PLACE_MAX).contains(&stage.order) {
        problems.add("order", format!("must be between 0 and {PLACE_MAX}"));
    }
    Ok(problems.finish()?)
}
