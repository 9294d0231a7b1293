//! Groups of partners.

use std::collections::HashMap;

use crate::domain::audit::By;
use crate::domain::id::GroupId;
use crate::domain::partner::Group;
use crate::error::{Error, Result};
use crate::store::sql::{Row, Slice, Tx, args};

fn group(row: Row) -> Result<Group> {
    Ok(Group { id: row.get("id")?, name: row.get("name")?, created_at: row.get("created_at")? })
}

fn taken(why: Error) -> Error {
    why.at_field("name", "another group has that name")
}

impl Tx {
    /// Adds a group.
    ///
    /// # Errors
    /// [`crate::error::Code::Conflict`] when the name is taken.
    pub async fn add_group(&mut self, by: By, group: &Group) -> Result<()> {
        const SQL: &str = "insert into partner_groups (id, name, created_at) values ($1, $2, $3)";
        self.execute(SQL, args![group.id, group.name.as_str(), group.created_at]).await.map_err(taken)?;
        self.audit(by, "group.create", group.id, group).await
    }

    /// Saves a changed group.
    ///
    /// # Errors
    /// [`crate::error::Code::Conflict`] when the name is taken.
    pub async fn save_group(&mut self, by: By, group: &Group) -> Result<()> {
        const SQL: &str = "update partner_groups set name = $2 where id = $1";
        self.execute(SQL, args![group.id, group.name.as_str()]).await.map_err(taken)?;
        self.audit(by, "group.update", group.id, group).await
    }

    /// Removes a group that no partner belongs to.
    ///
    /// # Errors
    /// [`crate::error::Code::Conflict`] when one does.
    pub async fn remove_group(&mut self, by: By, group: &Group) -> Result<()> {
        let in_use = |why: Error| why.at_field("id", "partners belong to this group; move them first");
        self.execute("delete from partner_groups where id = $1", args![group.id]).await.map_err(in_use)?;
        self.audit(by, "group.delete", group.id, group).await
    }

    /// A group of that name, whatever the case of its letters: databases differ in what they know of that.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn group_called(&mut self, name: &str) -> Result<Option<GroupId>> {
        let wanted = name.to_lowercase();
        for row in self.all("select id, name from partner_groups", args![]).await? {
            if row.get::<String>("name")?.to_lowercase() == wanted {
                return Ok(Some(row.get("id")?));
            }
        }
        Ok(None)
    }

    /// One group.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn group(&mut self, id: GroupId) -> Result<Option<Group>> {
        const SQL: &str = "select id, name, created_at from partner_groups where id = $1";
        self.optional(SQL, args![id]).await?.map(group).transpose()
    }

    /// The group of that name.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn group_named(&mut self, name: &str) -> Result<Option<Group>> {
        const SQL: &str = "select id, name, created_at from partner_groups where name = $1";
        self.optional(SQL, args![name]).await?.map(group).transpose()
    }

    /// How many partners are in each group that has some.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn group_sizes(&mut self) -> Result<HashMap<GroupId, i64>> {
        const SQL: &str = "select group_id, count(*) as partners from partners where group_id is not null group by group_id";
        let rows = self.all(SQL, args![]).await?;
        rows.iter().map(|row| Ok((row.get("group_id")?, row.get("partners")?))).collect()
    }

    /// A part of the list of groups.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn groups(&mut self, slice: Slice) -> Result<Vec<Group>> {
        const SQL: &str = "select id, name, created_at from partner_groups where id < $1 order by id desc limit $2";
        self.all(SQL, args![slice.before, slice.limit]).await?.into_iter().map(group).collect()
    }
}
