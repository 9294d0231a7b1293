//! `/partners`

use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::domain::conversion::bare;
use crate::domain::heard::name_key;
use crate::domain::id::{GroupId, PartnerId};
use crate::domain::partner::{Partner, Status, check_email, check_text};
use crate::error::{Error, Problems, Result};
use crate::http::api::endpoint::Call;
use crate::http::api::input::{Body, Id, List, clearable, params, some};
use crate::http::api::output::{Created, Done, Page, Shown};
use crate::store::{EXTERNAL_ID_TAKEN, PartnerFilter, Slice, Tx};

/// The most names of one partner besides its own.
const ALIASES_MAX: usize = 50;

/// A partner to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewPartner {
    /// Its name; no other partner may have it.
    name: String,
    /// Where to write to.
    email: Option<String>,
    /// Id or name of the group it belongs to; the group must exist.
    group: Option<String>,
    /// The id it has in your own systems, unique.
    external_id: Option<String>,
    /// Other names under which buyers may know it, for what they say of where they heard of you.
    #[serde(default)]
    aliases: Vec<String>,
}

/// What is to be changed of a partner; what is absent stays, `null` clears.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PartnerEdit {
    /// Its name; no other partner may have it.
    #[serde(default, deserialize_with = "some")]
    #[schema(nullable = false)]
    name: Option<String>,
    /// Where to write to.
    #[serde(default, deserialize_with = "clearable")]
    email: Option<Option<String>>,
    /// Id or name of the group it belongs to; the group must exist.
    #[serde(default, deserialize_with = "clearable")]
    group: Option<Option<String>>,
    /// The id it has in your own systems, unique.
    #[serde(default, deserialize_with = "clearable")]
    external_id: Option<Option<String>>,
    /// Other names under which buyers may know it: all of them, in the place of those before.
    #[serde(default, deserialize_with = "some")]
    #[schema(nullable = false)]
    aliases: Option<Vec<String>>,
    /// Whether it takes part.
    #[serde(default, deserialize_with = "some")]
    #[schema(nullable = false)]
    status: Option<Status>,
}

params! { PartnerFilter {
    group_id: GroupId, "Only members of this group.";
    external_id: String, "Only the partner with this id in your own systems.";
    status: Status, "Only those in use, or only those that are not.";
} }

pub(super) async fn create(call: Call<'_>, Body(new): Body<NewPartner>) -> Result<Created<Partner>> {
    let mut problems = Problems::default();
    let partner = Partner {
        id: PartnerId::mint(call.by.at),
        name: new.name,
        email: new.email,
        group_id: group(call.tx, new.group.as_deref(), &mut problems).await?,
        external_id: new.external_id.map(bare),
        aliases: new.aliases,
        status: Status::Active,
        created_at: call.by.at,
    };
    let taken = taken(call.tx, &partner, true).await?;
    check(&partner, problems, taken)?;
    call.tx.add_partner(call.by, &partner).await?;
    Ok(Created(partner))
}

pub(super) async fn list(call: Call<'_>, list: List<PartnerId, PartnerFilter>) -> Result<Page<Partner>> {
    let rows = call.tx.partners(&list.filter, list.slice).await?;
    Ok(list.page(rows, |partner| partner.id))
}

pub(super) async fn show(call: Call<'_>, Id(id): Id<PartnerId>) -> Result<Shown<Partner>> {
    find(call.tx, id).await.map(Shown)
}

pub(super) async fn edit(call: Call<'_>, (Id(id), Body(edit)): (Id<PartnerId>, Body<PartnerEdit>)) -> Result<Shown<Partner>> {
    let mut problems = Problems::default();
    let before = find(call.tx, id).await?;
    let group_id = match edit.group {
        Some(wanted) => group(call.tx, wanted.as_deref(), &mut problems).await?,
        None => before.group_id,
    };
    let is_renamed = edit.name.as_ref().is_some_and(|name| *name != before.name);
    let partner = Partner {
        name: edit.name.unwrap_or(before.name),
        email: edit.email.unwrap_or(before.email),
        group_id,
        external_id: edit.external_id.map_or(before.external_id, |id| id.map(bare)),
        aliases: edit.aliases.unwrap_or(before.aliases),
        status: edit.status.unwrap_or(before.status),
        ..before
    };
    let taken = taken(call.tx, &partner, is_renamed).await?;
    check(&partner, problems, taken)?;
    call.tx.save_partner(call.by, &partner).await?;
    Ok(Shown(partner))
}

/// Disables: links stop answering, history stays.
pub(super) async fn remove(call: Call<'_>, Id(id): Id<PartnerId>) -> Result<Done> {
    let partner = Partner { status: Status::Disabled, ..find(call.tx, id).await? };
    call.tx.save_partner(call.by, &partner).await.map(|()| Done)
}

async fn find(tx: &mut Tx, id: PartnerId) -> Result<Partner> {
    tx.partner(id).await?.ok_or_else(|| Error::not_found("partner", id))
}

/// Notes a name, where that is a new one, and an external id that another partner has, in use or not: people choose partners by their names, and files name them so. What
/// admins change is changed by one transaction at a time ([`crate::store::Store::write`]), so nobody takes the name between this
/// look and the write; a constraint in the database would have to fail where there are such partners from before.
async fn taken(tx: &mut Tx, partner: &Partner, is_named_anew: bool) -> Result<Problems> {
    let mut taken = Problems::default();
    if is_named_anew && let Some(twin) = tx.twin(partner).await? {
        let sentence = match twin.status {
            Status::Active => format!("another partner has that name: {}", twin.id),
            Status::Disabled => format!("another partner, who is disabled, has that name: {}", twin.id),
        };
        taken.add("name", sentence);
    }
    if partner.external_id.is_some() {
        let filter = PartnerFilter { external_id: partner.external_id.clone(), ..PartnerFilter::default() };
        let owner = tx.partners(&filter, Slice { before: Uuid::max(), limit: 1 }).await?.pop();
        if owner.is_some_and(|owner| owner.id != partner.id) {
            taken.add("external_id", EXTERNAL_ID_TAKEN);
        }
    }
    Ok(taken)
}

/// The group that a caller names by id or by name.
async fn group(tx: &mut Tx, wanted: Option<&str>, problems: &mut Problems) -> Result<Option<GroupId>> {
    let Some(wanted) = wanted else { return Ok(None) };
    let found = match wanted.parse::<GroupId>() {
        Ok(id) => tx.group(id).await?,
        Err(_) => tx.group_named(wanted).await?,
    };
    if found.is_none() {
        problems.add("group", format!("there is no group with the id or name {wanted:?}; make it first: POST /groups"));
    }
    Ok(found.map(|group| group.id))
}

fn check(partner: &Partner, mut problems: Problems, taken: Problems) -> Result<()> {
    check_text(&mut problems, "name", &partner.name);
    if let Some(email) = &partner.email {
        check_email(&mut problems, "email", email);
    }
    if let Some(id) = &partner.external_id {
        check_text(&mut problems, "external_id", id);
    }
    if partner.aliases.len() > ALIASES_MAX {
        problems.add("aliases", format!("must be at most {ALIASES_MAX}"));
    }
    for (place, alias) in partner.aliases.iter().take(ALIASES_MAX).enumerate() {
        let field = format!("aliases[{place}]");
        check_text(&mut problems, &field, alias);
        if !alias.trim().is_empty() && name_key(alias).is_empty() {
            problems.add(field, "must hold a letter or a digit: names are compared by these");
        }
    }
    problems.finish_beside(taken)
}
