//! `/codes`

use serde::Deserialize;
use utoipa::ToSchema;

use crate::domain::id::{CampaignId, CodeId, PartnerId};
use crate::domain::link::{ReferralCode, check_code, code_key};
use crate::domain::partner::Status;
use crate::error::{Code, Error, Problems, Result};
use crate::http::api::endpoint::Call;
use crate::http::api::input::{Body, Id, List, clearable, params, some};
use crate::http::api::links::{
    campaign_exists,
    make::{made_up, partner_in_use},
};
use crate::http::api::output::{Created, Done, Page, Shown};
use crate::store::{CodeFilter, Tx};

/// How often a code is made up anew when those before are taken.
const TRIES: usize = 8;

/// A code to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewCode {
    /// The partner who hands it out.
    partner_id: PartnerId,
    /// What people type, without regard to case; made up when absent.
    code: Option<String>,
    /// Its campaign.
    campaign_id: Option<CampaignId>,
}

/// What is to be changed of a code; what is absent stays, `null` clears.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CodeEdit {
    /// Its campaign.
    #[serde(default, deserialize_with = "clearable")]
    campaign_id: Option<Option<CampaignId>>,
    /// Whether it counts.
    #[serde(default, deserialize_with = "some")]
    #[schema(nullable = false)]
    status: Option<Status>,
}

params! { CodeFilter {
    partner_id: PartnerId, "Only codes of this partner.";
    campaign_id: CampaignId, "Only codes of this campaign.";
    status: Status, "Only those in use, or only those that are not.";
    code: String, "Only this code, whatever its case.";
} }

pub(super) async fn create(call: Call<'_>, Body(new): Body<NewCode>) -> Result<Created<ReferralCode>> {
    let mut problems = Problems::default();
    partner_in_use(call.tx, new.partner_id, &mut problems).await?;
    if let Some(campaign) = new.campaign_id {
        campaign_exists(call.tx, campaign, &mut problems).await?;
    }
    let mut taken = Problems::default();
    if let Some(code) = &new.code {
        problems.keep("code", check_code(code));
        if call.tx.code_exists(&code_key(code)).await? {
            taken.add("code", "that code exists already");
        }
    }
    problems.finish_beside(taken)?;
    let code = ReferralCode {
        id: CodeId::mint(call.by.at),
        partner_id: new.partner_id,
        campaign_id: new.campaign_id,
        code: match new.code {
            Some(code) => code_key(&code),
            None => free_code(call.tx).await?,
        },
        status: Status::Active,
        created_at: call.by.at,
    };
    call.tx.add_code(call.by, &code).await?;
    Ok(Created(code))
}

pub(super) async fn list(call: Call<'_>, list: List<CodeId, CodeFilter>) -> Result<Page<ReferralCode>> {
    let code = list.filter.code.as_deref().map(code_key);
    let rows = call.tx.codes(&CodeFilter { code, ..list.filter.clone() }, list.slice).await?;
    Ok(list.page(rows, |code| code.id))
}

pub(super) async fn show(call: Call<'_>, Id(id): Id<CodeId>) -> Result<Shown<ReferralCode>> {
    find(call.tx, id).await.map(Shown)
}

pub(super) async fn edit(call: Call<'_>, (Id(id), Body(edit)): (Id<CodeId>, Body<CodeEdit>)) -> Result<Shown<ReferralCode>> {
    let before = find(call.tx, id).await?;
    let mut problems = Problems::default();
    if let Some(Some(campaign)) = edit.campaign_id {
        campaign_exists(call.tx, campaign, &mut problems).await?;
    }
    problems.finish()?;
    let code = ReferralCode {
        campaign_id: edit.campaign_id.unwrap_or(before.campaign_id),
        status: edit.status.unwrap_or(before.status),
        ..before
    };
    call.tx.save_code(call.by, &code).await?;
    Ok(Shown(code))
}

/// Disables: it counts no longer, history stays.
pub(super) async fn remove(call: Call<'_>, Id(id): Id<CodeId>) -> Result<Done> {
    let code = ReferralCode { status: Status::Disabled, ..find(call.tx, id).await? };
    call.tx.save_code(call.by, &code).await.map(|()| Done)
}

async fn find(tx: &mut Tx, id: CodeId) -> Result<ReferralCode> {
    tx.code(id).await?.ok_or_else(|| Error::not_found("code", id))
}

async fn free_code(tx: &mut Tx) -> Result<String> {
    for _ in 0..TRIES {
        let code = code_key(&made_up()?);
        if !tx.code_exists(&code).await? {
            return Ok(code);
        }
    }
    Err(Error::new(Code::Unavailable, "no free code was found; try again, or choose one"))
}
