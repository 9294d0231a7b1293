//! Partners.

use crate::domain::audit::By;
use crate::domain::id::{GroupId, PartnerId};
use crate::domain::partner::{Partner, Status};
use crate::error::{Error, Result};
use crate::store::sql::{Row, Slice, Tx, Value, args};
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
        concat!("select id, name, email, group_id, external_id, status, created_at from partners ", $tail)
    };
}

fn partner(row: Row) -> Result<Partner> {
    Ok(Partner {
        id: row.get("id")?,
        name: row.get("name")?,
        email: row.get("email")?,
        group_id: row.get("group_id")?,
        external_id: row.get("external_id")?,
        status: row.get("status")?,
        created_at: row.get("created_at")?,
    })
}

fn columns(partner: &Partner) -> Vec<Value> {
    let Partner { id, name, email, group_id, external_id, status, created_at } = partner;
    args![*id, name.as_str(), email.as_deref(), *group_id, external_id.as_deref(), *status, *created_at]
}

fn taken(why: Error) -> Error {
    why.at_field("external_id", "another partner has that external_id")
}

impl Tx {
    /// Adds a partner; its group must exist.
    ///
    /// # Errors
    /// [`crate::error::Code::Conflict`] when the external id is taken.
    pub async fn add_partner(&mut self, by: By, partner: &Partner) -> Result<()> {
        const SQL: &str = "insert into partners (id, name, email, group_id, external_id, status, created_at)
            values ($1, $2, $3, $4, $5, $6, $7)";
        self.execute(SQL, columns(partner)).await.map_err(taken)?;
        self.changed(by.at, Entity::Partner, partner.id.uuid()).await?;
        self.audit(by, "partner.create", partner.id, partner).await
    }

    /// Saves a changed partner; its group must exist.
    ///
    /// # Errors
    /// [`crate::error::Code::Conflict`] when the external id is taken.
    pub async fn save_partner(&mut self, by: By, partner: &Partner) -> Result<()> {
        const SQL: &str = "update partners set name = $2, email = $3, group_id = $4, external_id = $5, status = $6,
            created_at = $7 where id = $1";
        self.execute(SQL, columns(partner)).await.map_err(taken)?;
        self.changed(by.at, Entity::Partner, partner.id.uuid()).await?;
        self.audit(by, "partner.update", partner.id, partner).await
    }

    /// One partner.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn partner(&mut self, id: PartnerId) -> Result<Option<Partner>> {
        self.optional(select!("where id = $1"), args![id]).await?.map(partner).transpose()
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
