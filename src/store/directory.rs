//! What every node keeps in memory: targets of links, and keys.

use uuid::Uuid;

use crate::domain::destination::encode_utm;
use crate::domain::id::{KeyId, LinkId};
use crate::domain::key::Scope;
use crate::domain::partner::{Status, Utm};
use crate::domain::target::{Target, TargetParts};
use crate::domain::time::Time;
use crate::error::Result;
use crate::store::dialect::PerDatabase;
use crate::store::rows::{Rows, batched};
use crate::store::sql::{Json, Row, Tx, args};
use crate::store::trail::Entity;

macro_rules! targets_where {
    ($filter:literal) => {
        concat!(
            "select l.id, l.slug_key, l.partner_id, l.campaign_id, l.destination, l.utm, l.fallback_url, l.expires_at,
                l.status, p.status as partner_status, l.append_click_id, coalesce(c.utm, '{}') as campaign_utm
            from links l join partners p on p.id = l.partner_id left join campaigns c on c.id = l.campaign_id where ",
            $filter
        )
    };
}

impl Tx {
    /// A page of targets, newest first, before `cursor`.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn targets(&mut self, before: LinkId, limit: i64) -> Result<Vec<Target>> {
        const SQL: &str = targets_where!("l.id < $1 order by l.id desc limit $2");
        self.all(SQL, args![before, limit]).await?.iter().map(target).collect()
    }

    /// Whether there are more than `number` links. Counts no further than that.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn has_more_links_than(&mut self, number: usize) -> Result<bool> {
        const SQL: &str = "select count(*) as count from (select 1 from links limit $1) as x";
        let number = i64::try_from(number).unwrap_or(i64::MAX - 1);
        Ok(self.one(SQL, args![number + 1]).await?.get::<i64>("count")? > number)
    }

    /// The targets of links that were clicked in the hour that began at `hour`, at most `limit`.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn targets_clicked(&mut self, hour: Time, limit: i64) -> Result<Vec<Target>> {
        const SQL: &str = targets_where!("l.id in (select distinct link_id from rollups where hour = $1) limit $2");
        self.all(SQL, args![hour, limit]).await?.iter().map(target).collect()
    }

    /// The targets of those of these slugs, in the form of [`crate::domain::link::slug_key`], that exist.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn targets_under(&mut self, slug_keys: &[String]) -> Result<Vec<Target>> {
        const SQL: PerDatabase = batched!(1, [key text], targets_where!("l.slug_key in (select key from batch)"));
        let keys = Rows::of_texts(self.database(), slug_keys.iter().map(String::as_str));
        self.all(&SQL, args![keys]).await?.iter().map(target).collect()
    }

    /// The targets that a change concerns.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn targets_of(&mut self, entity: Entity, subject: Uuid) -> Result<Vec<Target>> {
        let sql = match entity {
            Entity::Link | Entity::Slug => targets_where!("l.id = $1"),
            Entity::Partner => targets_where!("l.partner_id = $1"),
            Entity::Campaign => targets_where!("l.campaign_id = $1"),
            Entity::Key | Entity::Salt => return Ok(Vec::new()),
        };
        self.all(sql, args![subject]).await?.iter().map(target).collect()
    }

    /// The SHA-256 of every key that is not revoked, with its holder.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn key_hashes(&mut self) -> Result<Vec<(Vec<u8>, KeyId, Scope)>> {
        let rows = self.all("select hash, id, scope from keys where revoked_at is null", args![]).await?;
        rows.iter().map(|row| Ok((row.get("hash")?, row.get("id")?, row.get("scope")?))).collect()
    }
}

fn target(row: &Row) -> Result<Target> {
    let utm = row.get::<Json<Utm>>("utm")?.0.or(row.get::<Json<Utm>>("campaign_utm")?.0);
    let active = [row.get::<Status>("status")?, row.get("partner_status")?] == [Status::Active; 2];
    Ok(Target::from(TargetParts {
        id: row.get("id")?,
        partner: row.get("partner_id")?,
        campaign: row.get("campaign_id")?,
        slug_key: &row.get::<String>("slug_key")?,
        destination: &row.get::<String>("destination")?,
        defaults: &encode_utm(&utm),
        fallback: row.get::<Option<String>>("fallback_url")?.as_deref(),
        expires_at: row.get("expires_at")?,
        active,
        append_click_id: row.get("append_click_id")?,
    }))
}
