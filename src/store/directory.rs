//! What every node keeps in memory: targets of links, and keys.

use uuid::Uuid;

use crate::domain::destination::encode_utm;
use crate::domain::id::{KeyId, LinkId};
use crate::domain::key::Scope;
use crate::domain::link::Target;
use crate::domain::partner::{Status, Utm};
use crate::error::Result;
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
    /// A page of targets with the keys of their slugs, in the order of their ids, after `cursor`.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn targets(&mut self, cursor: Option<LinkId>, limit: i64) -> Result<Vec<(Box<str>, Target)>> {
        const SQL: &str = targets_where!("($1 is null or l.id > $1) order by l.id limit $2");
        self.all(SQL, args![cursor, limit]).await?.iter().map(target).collect()
    }

    /// The targets that a change concerns.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn targets_of(&mut self, entity: Entity, subject: Uuid) -> Result<Vec<(Box<str>, Target)>> {
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

fn target(row: &Row) -> Result<(Box<str>, Target)> {
    let utm = row.get::<Json<Utm>>("utm")?.0.or(row.get::<Json<Utm>>("campaign_utm")?.0);
    let active = [row.get::<Status>("status")?, row.get("partner_status")?] == [Status::Active; 2];
    let target = Target {
        id: row.get("id")?,
        partner: row.get("partner_id")?,
        campaign: row.get("campaign_id")?,
        destination: row.get::<String>("destination")?.into(),
        defaults: encode_utm(&utm).into(),
        fallback: row.get::<Option<String>>("fallback_url")?.map(Into::into),
        expires_at: row.get("expires_at")?,
        active,
        append_click_id: row.get("append_click_id")?,
    };
    Ok((row.get::<String>("slug_key")?.into(), target))
}
