//! Notes about partners: written, taken away, brought back.

use std::collections::HashMap;

use crate::domain::id::{NoteId, PartnerId};
use crate::domain::partner::{NOTE_BYTES_MAX, Note};
use crate::domain::time::Time;
use crate::error::{Code, Error, Problems, Result};
use crate::http::pages::answer::Answer;
use crate::http::pages::asked::{Asked, Visit};
use crate::pages::Html;
use crate::pages::notes as page;
use crate::store::Tx;

/// The notes about a partner, as part of its page.
pub(super) async fn part(tx: &mut Tx, asked: &Asked<'_>, partner: PartnerId) -> Result<Html> {
    let notes = tx.notes(partner).await?;
    let authors: HashMap<String, String> = match notes.is_empty() {
        true => HashMap::new(),
        false => tx.users().await?.into_iter().map(|known| (known.user.id.to_string(), known.user.name)).collect(),
    };
    Ok(page::part(asked.shell, partner, &notes, &authors, asked.is_admin(), asked.sent()))
}

pub(super) async fn add(visit: Visit<'_>) -> Result<Answer> {
    let asked = visit.asked;
    let partner_id: PartnerId = asked.read_id()?;
    let body = asked.field("body").replace("\r\n", "\n");
    let mut problems = Problems::default();
    if body.is_empty() {
        problems.add("body", "must not be empty");
    } else if body.len() > NOTE_BYTES_MAX {
        problems.add("body", format!("must be at most {NOTE_BYTES_MAX} bytes long"));
    }
    problems.finish()?;
    if visit.tx.partner(partner_id).await?.is_none() {
        return Err(Error::new(Code::NotFound, ""));
    }
    let (id, author) = (NoteId::mint(asked.at), asked.by().actor.to_string());
    visit.tx.add_note(asked.by(), &Note { id, partner_id, author, body, created_at: asked.at }).await?;
    Ok(Answer::go(format!("/admin/partners/{partner_id}?done=note_saved#notes")))
}

pub(super) async fn delete(visit: Visit<'_>) -> Result<Answer> {
    let at = visit.asked.at;
    change(visit, Some(at), "note_removed").await
}

pub(super) async fn restore(visit: Visit<'_>) -> Result<Answer> {
    change(visit, None, "restored").await
}

async fn change(visit: Visit<'_>, removed_at: Option<Time>, done: &str) -> Result<Answer> {
    let (asked, id) = (visit.asked, visit.asked.read_id::<NoteId>()?);
    let partner = visit.tx.remove_note(asked.by(), id, removed_at).await?;
    let partner = partner.ok_or_else(|| Error::new(Code::NotFound, ""))?;
    Ok(Answer::go(format!("/admin/partners/{partner}?done={done}&undo={id}")))
}
