//! `/groups`

use serde::Deserialize;
use utoipa::ToSchema;

use crate::domain::id::GroupId;
use crate::domain::partner::{Group, check_text};
use crate::error::{Error, Problems, Result};
use crate::http::api::endpoint::Call;
use crate::http::api::input::{Body, Id, List, some};
use crate::http::api::output::{Created, Done, Page, Shown};
use crate::store::Tx;

/// A group to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewGroup {
    /// Its name, unique.
    name: String,
}

/// What is to be changed of a group; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GroupEdit {
    /// Its name, unique.
    #[serde(default, deserialize_with = "some")]
    #[schema(nullable = false)]
    name: Option<String>,
}

pub(super) async fn create(call: Call<'_>, Body(new): Body<NewGroup>) -> Result<Created<Group>> {
    let group = Group { id: GroupId::mint(call.by.at), name: new.name, created_at: call.by.at };
    check(&group)?;
    is_free(call.tx, &group).await?;
    call.tx.add_group(call.by, &group).await?;
    Ok(Created(group))
}

pub(super) async fn list(call: Call<'_>, list: List<GroupId>) -> Result<Page<Group>> {
    let rows = call.tx.groups(list.slice).await?;
    Ok(list.page(rows, |group| group.id))
}

pub(super) async fn show(call: Call<'_>, Id(id): Id<GroupId>) -> Result<Shown<Group>> {
    find(call.tx, id).await.map(Shown)
}

pub(super) async fn edit(call: Call<'_>, (Id(id), Body(edit)): (Id<GroupId>, Body<GroupEdit>)) -> Result<Shown<Group>> {
    let before = find(call.tx, id).await?;
    let name = before.name.clone();
    let group = Group { name: edit.name.unwrap_or_else(|| name.clone()), ..before };
    check(&group)?;
    if group.name != name {
        is_free(call.tx, &group).await?;
    }
    call.tx.save_group(call.by, &group).await?;
    Ok(Shown(group))
}

pub(super) async fn remove(call: Call<'_>, Id(id): Id<GroupId>) -> Result<Done> {
    let group = find(call.tx, id).await?;
    call.tx.remove_group(call.by, &group).await.map(|()| Done)
}

async fn find(tx: &mut Tx, id: GroupId) -> Result<Group> {
    tx.group(id).await?.ok_or_else(|| Error::not_found("group", id))
}

/// Refuses a name that another group has, be it in other letters.
async fn is_free(tx: &mut Tx, group: &Group) -> Result<()> {
    match tx.group_called(&group.name).await? {
        Some(other) if other != group.id => Err(Error::conflict("name", "another group has that name")),
        _ => Ok(()),
    }
}

fn check(group: &Group) -> Result<()> {
    let mut problems = Problems::default();
    check_text(&mut problems, "name", &group.name);
    if group.name.parse::<GroupId>().is_ok() {
        problems.add("name", "must not look like the id of a group");
    }
    Ok(problems.finish()?)
}
