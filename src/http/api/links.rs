//! `/links`

pub(super) mod make;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::id::{CampaignId, LinkId, PartnerId};
use crate::domain::link::{Link, check_slug};
use crate::domain::partner::{Status, Utm};
use crate::domain::time::Time;
use crate::error::{Error, Problems, Result};
use crate::http::api::endpoint::Call;
use crate::http::api::input::{Body, Id, List, clearable, params, some};
use crate::http::api::output::{AllCreated, Created, Done, Page, Shown};
use crate::http::api::utm::UtmEdit;
use crate::http::app::App;
use crate::store::{LinkFilter, Named, Tx};

/// The most links of one request: written in well under a second, and an answer of half a megabyte.
const BULK_MAX: usize = 1_000;

/// A link to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewLink {
    /// The partner who owns it.
    partner_id: PartnerId,
    /// Where it leads; `{click_id}`, `{partner_id}`, `{link_id}` and `{sub1}`..`{sub5}` are filled in.
    destination: String,
    /// The path under which it answers; made up when absent.
    slug: Option<String>,
    /// Its campaign.
    campaign_id: Option<CampaignId>,
    /// UTM values for the destination where nothing else sets them.
    #[serde(default)]
    utm: Utm,
    /// From when on it leads to the fallback.
    expires_at: Option<Time>,
    /// Where it leads once disabled or expired; without one it then answers 410.
    fallback_url: Option<String>,
    /// Whether the click id is added to the destination; it is when absent.
    append_click_id: Option<bool>,
}

/// Links to be made together, all or none.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewLinks {
    /// 1 to 1,000 links.
    links: Vec<NewLink>,
}

/// What is to be changed of a link; what is absent stays, `null` clears.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LinkEdit {
    /// Where it leads.
    #[serde(default, deserialize_with = "some")]
    #[schema(nullable = false)]
    destination: Option<String>,
    /// The path under which it answers; the old one stops at once.
    #[serde(default, deserialize_with = "some")]
    #[schema(nullable = false)]
    slug: Option<String>,
    /// Its campaign.
    #[serde(default, deserialize_with = "clearable")]
    campaign_id: Option<Option<CampaignId>>,
    /// UTM values for the destination: those that are named; `null` clears one, or all.
    #[serde(default, deserialize_with = "clearable")]
    utm: Option<Option<UtmEdit>>,
    /// From when on it leads to the fallback.
    #[serde(default, deserialize_with = "clearable")]
    expires_at: Option<Option<Time>>,
    /// Where it leads once disabled or expired.
    #[serde(default, deserialize_with = "clearable")]
    fallback_url: Option<Option<String>>,
    /// Whether it answers.
    #[serde(default, deserialize_with = "some")]
    #[schema(nullable = false)]
    status: Option<Status>,
    /// Whether the click id is added to the destination.
    #[serde(default, deserialize_with = "some")]
    #[schema(nullable = false)]
    append_click_id: Option<bool>,
}

/// A link and the URL to hand out.
#[derive(Serialize, ToSchema)]
pub(super) struct LinkView {
    #[serde(flatten)]
    link: Link,
    /// What the partner hands out.
    url: String,
}

params! { LinkFilter {
    partner_id: PartnerId, "Only links of this partner.";
    campaign_id: CampaignId, "Only links of this campaign.";
    status: Status, "Only those in use, or only those that are not.";
    slug: String, "Only the link that answers under this slug, whatever its case.";
} }

pub(super) async fn create(call: Call<'_>, Body(new): Body<NewLink>) -> Result<Created<LinkView>> {
    let mut links = make::links(call.tx, call.app, call.by.at, vec![new], |_| String::new()).await?;
    call.tx.add_links(call.by, &links).await?;
    links.pop().map(|link| Created(view(call.app, link))).ok_or_else(|| Error::not_found("link", ""))
}

pub(super) async fn create_bulk(call: Call<'_>, Body(new): Body<NewLinks>) -> Result<AllCreated<LinkView>> {
    if !(1..=BULK_MAX).contains(&new.links.len()) {
        return Err(Error::invalid("links", format!("must be 1 to {BULK_MAX} links")));
    }
    let links = make::links(call.tx, call.app, call.by.at, new.links, |place| format!("links[{place}].")).await?;
    call.tx.add_links(call.by, &links).await?;
    Ok(AllCreated(links.into_iter().map(|link| view(call.app, link)).collect()))
}

pub(super) async fn list(call: Call<'_>, list: List<LinkId, LinkFilter>) -> Result<Page<LinkView>> {
    let rows = call.tx.links(&list.filter, list.slice).await?;
    let views = rows.into_iter().map(|link| view(call.app, link)).collect();
    Ok(list.page(views, |view: &LinkView| view.link.id))
}

pub(super) async fn show(call: Call<'_>, Id(id): Id<LinkId>) -> Result<Shown<LinkView>> {
    let link = find(call.tx, id).await?;
    Ok(Shown(view(call.app, link)))
}

pub(super) async fn edit(call: Call<'_>, (Id(id), Body(edit)): (Id<LinkId>, Body<LinkEdit>)) -> Result<Shown<LinkView>> {
    let before = find(call.tx, id).await?;
    let mut problems = Problems::default();
    if let Some(slug) = edit.slug.as_ref().filter(|slug| **slug != before.slug) {
        problems.keep("slug", check_slug(slug));
    }
    if let Some(Some(campaign)) = edit.campaign_id {
        campaign_exists(call.tx, campaign, &mut problems).await?;
    }
    let mut link = Link {
        destination: edit.destination.unwrap_or(before.destination),
        slug: edit.slug.unwrap_or(before.slug),
        campaign_id: edit.campaign_id.unwrap_or(before.campaign_id),
        utm: UtmEdit::apply(edit.utm, before.utm),
        expires_at: edit.expires_at.unwrap_or(before.expires_at),
        fallback_url: edit.fallback_url.unwrap_or(before.fallback_url),
        status: edit.status.unwrap_or(before.status),
        append_click_id: edit.append_click_id.unwrap_or(before.append_click_id),
        ..before
    };
    make::check(&mut link, call.app, &mut problems);
    problems.finish()?;
    call.tx.save_link(call.by, &link).await?;
    Ok(Shown(view(call.app, link)))
}

/// Disables: it answers 410 or leads to its fallback, history stays.
pub(super) async fn remove(call: Call<'_>, Id(id): Id<LinkId>) -> Result<Done> {
    let link = Link { status: Status::Disabled, ..find(call.tx, id).await? };
    call.tx.save_link(call.by, &link).await.map(|()| Done)
}

async fn find(tx: &mut Tx, id: LinkId) -> Result<Link> {
    tx.link(id).await?.ok_or_else(|| Error::not_found("link", id))
}

fn view(app: &App, link: Link) -> LinkView {
    let url = format!("{}/{}", app.public_url, link.slug);
    LinkView { link, url }
}

/// Notes when a campaign that a body names does not exist.
pub(super) async fn campaign_exists(tx: &mut Tx, campaign: CampaignId, problems: &mut Problems) -> Result<()> {
    if tx.names(Named::Campaign, [campaign.uuid()]).await?.is_empty() {
        problems.add("campaign_id", format!("there is no campaign {campaign}"));
    }
    Ok(())
}

/// Notes when a partner that a body names does not exist.
pub(super) async fn partner_exists(tx: &mut Tx, partner: PartnerId, problems: &mut Problems) -> Result<()> {
    if tx.names(Named::Partner, [partner.uuid()]).await?.is_empty() {
        problems.add("partner_id", format!("there is no partner {partner}"));
    }
    Ok(())
}
