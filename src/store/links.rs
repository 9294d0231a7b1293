//! Links.

use crate::domain::audit::By;
use crate::domain::id::{CampaignId, LinkId, PartnerId};
use crate::domain::link::{Link, slug_key};
use crate::domain::partner::Status;
use crate::domain::time::Time;
use crate::error::{Error, Result};
use crate::store::dialect::{INSERT_LINKS, PerDatabase};
use crate::store::rows::{Rows, batched};
use crate::store::sql::{Json, Row, Slice, Tx, args};
use crate::store::trail::Entity;

/// Which links.
#[derive(Clone, Debug, Default)]
pub struct LinkFilter {
    /// Of this partner.
    pub partner_id: Option<PartnerId>,
    /// Of this campaign.
    pub campaign_id: Option<CampaignId>,
    /// In use or not.
    pub status: Option<Status>,
    /// The one that answers under this slug, whatever its case.
    pub slug: Option<String>,
}

macro_rules! select {
    ($($tail:expr),+) => {
        concat!(
            "select id, partner_id, campaign_id, slug, destination, utm, fallback_url, expires_at, status, append_click_id,
                created_at from links ",
            $($tail),+
        )
    };
}

/// A part of the list; `$lead` is the condition for which there is an index.
macro_rules! list {
    ($lead:literal) => {
        select!(
            "where ",
            $lead,
            " and ($1 is null or partner_id = $1) and ($2 is null or campaign_id = $2) and ($3 is null or status = $3)
                and ($4 is null or slug_key = $4) and id < $5 order by id desc limit $6"
        )
    };
}

fn link(row: Row) -> Result<Link> {
    Ok(Link {
        id: row.get("id")?,
        partner_id: row.get("partner_id")?,
        campaign_id: row.get("campaign_id")?,
        slug: row.get("slug")?,
        destination: row.get("destination")?,
        utm: row.get::<Json<_>>("utm")?.0,
        fallback_url: row.get("fallback_url")?,
        expires_at: row.get("expires_at")?,
        status: row.get("status")?,
        append_click_id: row.get("append_click_id")?,
        created_at: row.get("created_at")?,
    })
}

fn link_rows(mut rows: Rows, links: &[Link]) -> Rows {
    for link in links {
        rows.begin()
            .id(Some(link.id.uuid()))
            .id(Some(link.partner_id.uuid()))
            .id(link.campaign_id.map(CampaignId::uuid))
            .text(link.slug.as_str())
            .text(slug_key(&link.slug).as_str())
            .text(link.destination.as_str())
            .text(serde_json::to_string(&link.utm).unwrap_or_default().as_str())
            .text(link.fallback_url.as_deref())
            .int(link.expires_at.map(Time::as_millis))
            .text(link.status.as_str())
            .int(i64::from(link.append_click_id))
            .int(link.created_at.as_millis());
    }
    rows
}

fn taken(why: Error) -> Error {
    why.at_field("slug", "another link answers under that slug")
}

impl Tx {
    /// Adds links, all or none; their partners and campaigns must exist. One audit line for all.
    ///
    /// # Errors
    /// [`crate::error::Code::Conflict`] when a slug is taken.
    pub async fn add_links(&mut self, by: By, links: &[Link]) -> Result<()> {
        let rows = link_rows(Rows::new(self.database(), links.len(), 512), links);
        self.execute(&INSERT_LINKS, args![rows]).await.map_err(taken)?;
        self.changed_all(by.at, Entity::Link, links.iter().map(|link| link.id.uuid())).await?;
        match links {
            [link] => self.audit(by, "link.create", link.id, link).await,
            links => {
                let ids: Vec<LinkId> = links.iter().map(|link| link.id).collect();
                let detail = serde_json::json!({ "count": ids.len(), "ids": ids });
                self.audit(by, "link.create_bulk", "links", &detail).await
            }
        }
    }

    /// Saves a changed link; its partner and campaign must exist.
    ///
    /// # Errors
    /// [`crate::error::Code::Conflict`] when the slug is taken.
    pub async fn save_link(&mut self, by: By, link: &Link) -> Result<()> {
        const SQL: &str = "update links set partner_id = $2, campaign_id = $3, slug = $4, slug_key = $5, destination = $6,
            utm = $7, fallback_url = $8, expires_at = $9, status = $10, append_click_id = $11 where id = $1";
        let args = args![
            link.id,
            link.partner_id,
            link.campaign_id,
            link.slug.as_str(),
            slug_key(&link.slug),
            link.destination.as_str(),
            Json(&link.utm),
            link.fallback_url.as_deref(),
            link.expires_at,
            link.status,
            link.append_click_id,
        ];
        let before = self.optional("select slug_key from links where id = $1", args![link.id]).await?;
        let before = before.map(|row| row.get::<String>("slug_key")).transpose()?;
        self.execute(SQL, args).await.map_err(taken)?;
        let renamed = before.is_some_and(|key| key != slug_key(&link.slug));
        self.changed(by.at, if renamed { Entity::Slug } else { Entity::Link }, link.id.uuid()).await?;
        self.audit(by, "link.update", link.id, link).await
    }

    /// Those of these slugs, in the form of [`slug_key`], that are taken.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn taken_slugs(&mut self, keys: &[String]) -> Result<Vec<String>> {
        const SQL: PerDatabase =
            batched!(1, [key text], "select slug_key from links where slug_key in (select key from batch)");
        let keys = Rows::of_texts(self.database(), keys.iter().map(String::as_str));
        self.all(&SQL, args![keys]).await?.iter().map(|row| row.get("slug_key")).collect()
    }

    /// One link.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn link(&mut self, id: LinkId) -> Result<Option<Link>> {
        self.optional(select!("where id = $1"), args![id]).await?.map(link).transpose()
    }

    /// A part of the list of links.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn links(&mut self, filter: &LinkFilter, slice: Slice) -> Result<Vec<Link>> {
        let sql = match filter {
            LinkFilter { slug: Some(_), .. } => list!("slug_key = $4"),
            LinkFilter { campaign_id: Some(_), .. } => list!("campaign_id = $2"),
            LinkFilter { partner_id: Some(_), .. } => list!("partner_id = $1"),
            _ => list!("id < $5"),
        };
        let slug = filter.slug.as_deref().map(slug_key);
        let args = args![filter.partner_id, filter.campaign_id, filter.status, slug, slice.before, slice.limit];
        self.all(sql, args).await?.into_iter().map(link).collect()
    }
}
