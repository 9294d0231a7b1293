//! Partners.

use std::collections::HashMap;

use crate::domain::audit::By;
use crate::domain::customer::Email;
use crate::domain::id::{GroupId, PartnerId};
use crate::domain::partner::{Partner, Status};
use crate::domain::time::Time;
use crate::error::{Error, Result};
use crate::store::dialect::PerDatabase;
use crate::store::rows::{Rows, batched};
use crate::store::sql::{Json, Row, Slice, Tx, Value, args};
use crate::store::trail::Entity;

/// Which partners.
#[derive(Clone, Debug, Default)]
pub struct PartnerFilter {
    /// Members of this group.
    pub group_id: Option<GroupId>,
    /// The one with this id in the organisation's own systems.
    pub external_id: Option<String>,
    /// In use or not.
    pub status: Option<Status>,
}

macro_rules! select {
    ($tail:literal) => {
        concat!("select id, name, email, group_id, external_id, aliases, status, created_at from partners ", $tail)
    };
}

fn partner(row: Row) -> Result<Partner> {
    Ok(Partner {
        id: row.get("id")?,
        name: row.get("name")?,
        email: row.get("email")?,
        group_id: row.get("group_id")?,
        external_id: row.get("external_id")?,
        aliases: row.get::<Json<_>>("aliases")?.0,
        status: row.get("status")?,
        created_at: row.get("created_at")?,
    })
}

fn columns(partner: &Partner, email_id: Option<String>) -> Vec<Value> {
    let Partner { id, name, email, group_id, external_id, aliases, status, created_at } = partner;
    let external_id = external_id.as_deref();
    args![*id, name.as_str(), email.as_deref(), *group_id, external_id, *status, *created_at, Json(aliases), email_id]
}

/// Of an external id that another partner has.
pub const EXTERNAL_ID_TAKEN: &str = "another partner has that external_id";

fn taken(why: Error) -> Error {
    why.at_field("external_id", EXTERNAL_ID_TAKEN)
}

/// Whether partners are in use.
const STATUSES: PerDatabase = batched!(1, [id id], "select id, status from partners where id in (select id from batch)");

impl Tx {
    /// Whether partners are in use, of those of `ids` that exist.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn partner_statuses(&mut self, ids: impl IntoIterator<Item = PartnerId>) -> Result<HashMap<PartnerId, Status>> {
        let ids = Rows::of_ids(self.database(), ids.into_iter().map(PartnerId::uuid));
        self.all(&STATUSES, args![ids]).await?.iter().map(|row| Ok((row.get("id")?, row.get("status")?))).collect()
    }

    /// Adds a partner; its group must exist.
    ///
    /// # Errors
    /// [`crate::error::Code::Conflict`] when the external id is taken.
    pub async fn add_partner(&mut self, by: By, partner: &Partner) -> Result<()> {
        const SQL: &str = "insert into partners (id, name, email, group_id, external_id, status, created_at, aliases, email_id)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
        let email_id = self.email_id_of(partner).await?;
        self.execute(SQL, columns(partner, email_id)).await.map_err(taken)?;
        self.name_partner(partner, by.at).await?;
        self.changed(by.at, Entity::Partner, partner.id.uuid()).await?;
        self.audit(by, "partner.create", partner.id, partner).await
    }

    /// Saves a changed partner; its group must exist.
    ///
    /// # Errors
    /// [`crate::error::Code::Conflict`] when the external id is taken.
    pub async fn save_partner(&mut self, by: By, partner: &Partner) -> Result<()> {
        const SQL: &str = "update partners set name = $2, email = $3, group_id = $4, external_id = $5, status = $6,
            created_at = $7, aliases = $8, email_id = $9 where id = $1";
        let email_id = self.email_id_of(partner).await?;
        self.execute(SQL, columns(partner, email_id)).await.map_err(taken)?;
        self.forget_standings().await?;
        self.name_partner(partner, by.at).await?;
        self.changed(by.at, Entity::Partner, partner.id.uuid()).await?;
        self.audit(by, "partner.update", partner.id, partner).await
    }

    /// The id of the partner's address, by which a buyer with the same one is known.
    async fn email_id_of(&mut self, partner: &Partner) -> Result<Option<String>> {
        match partner.email.as_deref().and_then(|email| email.parse::<Email>().ok()) {
            Some(email) => Ok(Some(self.email_book().await?.id(&email))),
            None => Ok(None),
        }
    }

    /// Completes partners that were made before there were names and ids of addresses. Safe to repeat.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn complete_partners(&mut self, now: Time) -> Result<()> {
        const SQL: &str = select!(
            "where email is not null and email_id is null
                or not exists (select 1 from partner_names n where n.partner_id = partners.id)"
        );
        const NOTE: &str = "update partners set email_id = $2 where id = $1";
        for row in self.all(SQL, args![]).await? {
            let partner = partner(row)?;
            let email_id = self.email_id_of(&partner).await?;
            self.execute(NOTE, args![partner.id, email_id]).await?;
            self.forget_standings().await?;
            self.name_partner(&partner, now).await?;
        }
        Ok(())
    }

    /// One partner.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn partner(&mut self, id: PartnerId) -> Result<Option<Partner>> {
        self.optional(select!("where id = $1"), args![id]).await?.map(partner).transpose()
    }

    /// Another partner of the same name, spelled alike as imports compare names.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn twin(&mut self, partner: &Partner) -> Result<Option<Partner>> {
        const SQL: &str = select!("where name = $1 and id <> $2 order by id limit 1");
        self.optional(SQL, args![partner.name.as_str(), partner.id]).await?.map(self::partner).transpose()
    }

    /// A part of the list of partners.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn partners(&mut self, filter: &PartnerFilter, slice: Slice) -> Result<Vec<Partner>> {
        const SQL: &str = select!(
            "where ($1 is null or group_id = $1) and ($2 is null or external_id = $2) and ($3 is null or status = $3)
                and id < $4 order by id desc limit $5"
        );
        let args = args![filter.group_id, filter.external_id.as_deref(), filter.status, slice.before, slice.limit];
        self.all(SQL, args).await?.into_iter().map(partner).collect()
    }
}
