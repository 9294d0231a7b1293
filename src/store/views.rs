//! Pages that users saved for themselves.

use crate::domain::audit::By;
use crate::domain::id::{UserId, ViewId};
use crate::domain::time::Time;
use crate::domain::user::{SavedView, VIEWS_MAX};
use crate::error::{Error, Result};
use crate::store::sql::{Row, Tx, args};

fn view(row: &Row) -> Result<SavedView> {
    Ok(SavedView { id: row.get("id")?, name: row.get("name")?, target: row.get("target")?, created_at: row.get("created_at")? })
}

/// How many may be read: what is brought back may go beyond the limit of those that are saved.
const READ_MAX: i64 = 2 * VIEWS_MAX as i64;

fn taken() -> Error {
    Error::conflict("name", "another saved view has that name; delete that one first, or choose another name")
}

impl Tx {
    /// The pages a user saved, by name.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn views(&mut self, user: UserId) -> Result<Vec<SavedView>> {
        const SQL: &str = "select id, name, target, created_at from saved_views
            where user_id = $1 and removed_at is null order by name, id limit $2";
        self.all(SQL, args![user, READ_MAX]).await?.iter().map(view).collect()
    }

    /// Saves a page for a user. What is there already, under the same name, is saved.
    ///
    /// # Errors
    /// [`crate::error::Code::Conflict`] when another page of the user has that name, and [`crate::error::Code::Invalid`] when there
    /// are [`VIEWS_MAX`] already.
    pub async fn save_view(&mut self, by: By, user: UserId, view: &SavedView) -> Result<()> {
        const NEW: &str = "insert into saved_views (id, user_id, name, target, created_at) values ($1, $2, $3, $4, $5)";
        // What was taken away can be brought back for as long as nothing new is saved.
        const FORGET: &str = "delete from saved_views where user_id = $1 and removed_at is not null";
        let views = self.views(user).await?;
        if let Some(same) = views.iter().find(|one| one.name == view.name) {
            return if same.target == view.target { Ok(()) } else { Err(taken()) };
        }
        if views.len() >= VIEWS_MAX {
            return Err(Error::invalid("name", format!("there are {VIEWS_MAX} saved views already; delete one first")));
        }
        self.execute(FORGET, args![user]).await?;
        let args = args![view.id, user, view.name.as_str(), view.target.as_str(), view.created_at];
        self.execute(NEW, args).await?;
        self.audit(by, "view.save", user, view).await
    }

    /// Gives a page that a user saved another name; false when the user has none of that id.
    ///
    /// # Errors
    /// [`crate::error::Code::Conflict`] when another page of the user has that name.
    pub async fn rename_view(&mut self, user: UserId, id: ViewId, name: &str) -> Result<bool> {
        const SQL: &str = "update saved_views set name = $3 where id = $1 and user_id = $2 and removed_at is null";
        if self.views(user).await?.iter().any(|one| one.name == name && one.id != id) {
            return Err(taken());
        }
        Ok(self.execute(SQL, args![id, user, name]).await? > 0)
    }

    /// Takes a page that a user saved away, or, without a moment, brings it back; false when the user has none of that id.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn remove_view(&mut self, user: UserId, id: ViewId, removed_at: Option<Time>) -> Result<bool> {
        const SQL: &str = "update saved_views set removed_at = $3 where id = $1 and user_id = $2";
        Ok(self.execute(SQL, args![id, user, removed_at]).await? > 0)
    }
}
