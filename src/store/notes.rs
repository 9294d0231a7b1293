//! Notes about partners.

use serde_json::json;

use crate::domain::audit::By;
use crate::domain::id::{NoteId, PartnerId};
use crate::domain::partner::Note;
use crate::domain::time::Time;
use crate::error::Result;
use crate::store::sql::{Row, Tx, args};

/// The most notes that are shown of one partner.
const NOTES_MAX: i64 = 200;

fn note(row: &Row) -> Result<Note> {
    Ok(Note {
        id: row.get("id")?,
        partner_id: row.get("partner_id")?,
        author: row.get("author")?,
        body: row.get("body")?,
        created_at: row.get("created_at")?,
    })
}

impl Tx {
    /// Adds a note; its partner must exist.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn add_note(&mut self, by: By, note: &Note) -> Result<()> {
        const SQL: &str = "insert into partner_notes (id, partner_id, author, body, created_at) values ($1, $2, $3, $4, $5)";
        let args = args![note.id, note.partner_id, note.author.as_str(), note.body.as_str(), note.created_at];
        self.execute(SQL, args).await?;
        self.audit(by, "note.create", note.id, note).await
    }

    /// Takes a note away, or, without a moment, brings it back; the partner it is about, when there is such a note.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn remove_note(&mut self, by: By, id: NoteId, removed_at: Option<Time>) -> Result<Option<PartnerId>> {
        const SQL: &str = "update partner_notes set removed_at = $2 where id = $1 returning partner_id";
        let Some(row) = self.optional(SQL, args![id, removed_at]).await? else { return Ok(None) };
        let partner: PartnerId = row.get("partner_id")?;
        let action = if removed_at.is_some() { "note.delete" } else { "note.restore" };
        self.audit(by, action, id, &json!({ "partner_id": partner })).await?;
        Ok(Some(partner))
    }

    /// The notes about a partner, newest first.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn notes(&mut self, partner: PartnerId) -> Result<Vec<Note>> {
        const SQL: &str = "select id, partner_id, author, body, created_at from partner_notes
            where partner_id = $1 and removed_at is null order by id desc limit $2";
        self.all(SQL, args![partner, NOTES_MAX]).await?.iter().map(note).collect()
    }
}
