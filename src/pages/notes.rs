//! What the organisation notes about a partner: for staff only.

use std::collections::HashMap;

use askama::Template;

use crate::domain::id::PartnerId;
use crate::domain::partner::Note;
use crate::pages::Html;
use crate::pages::form::{Field, Form, Sent, act};
use crate::pages::shell::Shell;
use crate::pages::texts::Promotion;

struct Row<'a> {
    body: &'a str,
    author: &'a str,
    at: String,
    shown: String,
    delete: Option<Html>,
}

#[derive(Template)]
#[template(path = "notes.html")]
struct Notes<'a> {
    w: &'static Promotion,
    notes: Vec<Row<'a>>,
    form: Option<Html>,
}

/// The notes about a partner; `authors` names who wrote them.
pub fn part(
    shell: &Shell, partner: PartnerId, notes: &[Note], authors: &HashMap<String, String>, may_change: bool, sent: Sent<'_>,
) -> Html {
    let w = shell.words::<Promotion>();
    let form = may_change.then(|| {
        let fields = vec![Field::area("body", w.note, "").required().hint(w.note_hint)];
        let action = format!("/admin/partners/{partner}/notes");
        Form { title: String::new(), action, fields, submit: w.add_note, look: "" }.html(shell, sent)
    });
    let rows = notes.iter().map(|note| Row {
        body: &note.body,
        author: authors.get(&note.author).unwrap_or(&note.author),
        at: note.created_at.to_string(),
        shown: shell.reader.time(note.created_at),
        delete: may_change.then(|| act(shell, format!("/admin/notes/{}/delete", note.id), w.delete)),
    });
    Html::of(&Notes { w, notes: rows.collect(), form })
}
