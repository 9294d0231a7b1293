//! `/campaigns`

use serde::Deserialize;
use utoipa::ToSchema;

use crate::domain::id::CampaignId;
use crate::domain::partner::{Campaign, Utm, check_text};
use crate::error::{Error, Problems, Result};
use crate::http::api::endpoint::Call;
use crate::http::api::input::{Body, Id, List, clearable, some};
use crate::http::api::output::{Created, Done, Page, Shown};
use crate::http::api::utm::UtmEdit;
use crate::store::Tx;

/// A campaign to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewCampaign {
    /// Its name, unique.
    name: String,
    /// UTM values for its links, where a link sets none.
    #[serde(default)]
    utm: Utm,
}

/// What is to be changed of a campaign; what is absent stays, `null` clears.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CampaignEdit {
    /// Its name, unique.
    #[serde(default, deserialize_with = "some")]
    #[schema(nullable = false)]
    name: Option<String>,
    /// UTM values for its links: those that are named; `null` clears one, or all.
    #[serde(default, deserialize_with = "clearable")]
    utm: Option<Option<UtmEdit>>,
}

pub(super) async fn create(call: Call<'_>, Body(new): Body<NewCampaign>) -> Result<Created<Campaign>> {
    let campaign = Campaign { id: CampaignId::mint(call.by.at), name: new.name, utm: new.utm, created_at: call.by.at };
    check(&campaign)?;
    is_free(call.tx, &campaign).await?;
    call.tx.add_campaign(call.by, &campaign).await?;
    Ok(Created(campaign))
}

pub(super) async fn list(call: Call<'_>, list: List<CampaignId>) -> Result<Page<Campaign>> {
    let rows = call.tx.campaigns(list.slice).await?;
    Ok(list.page(rows, |campaign| campaign.id))
}

pub(super) async fn show(call: Call<'_>, Id(id): Id<CampaignId>) -> Result<Shown<Campaign>> {
    find(call.tx, id).await.map(Shown)
}

pub(super) async fn edit(
    call: Call<'_>, (Id(id), Body(edit)): (Id<CampaignId>, Body<CampaignEdit>),
) -> Result<Shown<Campaign>> {
    let before = find(call.tx, id).await?;
    let name = before.name.clone();
    let utm = UtmEdit::apply(edit.utm, before.utm);
    let campaign = Campaign { name: edit.name.unwrap_or_else(|| name.clone()), utm, ..before };
    check(&campaign)?;
    if campaign.name != name {
        is_free(call.tx, &campaign).await?;
    }
    call.tx.save_campaign(call.by, &campaign).await?;
    Ok(Shown(campaign))
}

pub(super) async fn remove(call: Call<'_>, Id(id): Id<CampaignId>) -> Result<Done> {
    let campaign = find(call.tx, id).await?;
    call.tx.remove_campaign(call.by, &campaign).await.map(|()| Done)
}

async fn find(tx: &mut Tx, id: CampaignId) -> Result<Campaign> {
    tx.campaign(id).await?.ok_or_else(|| Error::not_found("campaign", id))
}

/// Refuses a name that another campaign has, be it in other letters.
async fn is_free(tx: &mut Tx, campaign: &Campaign) -> Result<()> {
    match tx.campaign_called(&campaign.name).await? {
        Some(other) if other != campaign.id => Err(Error::conflict("name", "another campaign has that name")),
        _ => Ok(()),
    }
}

fn check(campaign: &Campaign) -> Result<()> {
    let mut problems = Problems::default();
    check_text(&mut problems, "name", &campaign.name);
    campaign.utm.check(&mut problems);
    Ok(problems.finish()?)
}
