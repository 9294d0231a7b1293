//! The pages that somebody saved: the list, to rename and delete them.

use askama::Template;

use crate::domain::user::SavedView;
use crate::pages::Html;
use crate::pages::form::{Field, Form, Sent, act};
use crate::pages::shell::{Content, Shell};
use crate::pages::texts::Promotion;

struct Row {
    name: String,
    target: String,
    since: String,
    rename: Html,
    delete: Html,
}

#[derive(Template)]
#[template(path = "views.html")]
struct Views {
    w: &'static Promotion,
    rows: Vec<Row>,
}

/// What is tried again on the list, where it was refused.
#[derive(Clone, Copy)]
pub enum Again<'a> {
    /// To save this page.
    Saved(&'a str),
    /// To give the view of this id another name.
    Renamed(&'a str),
}

/// The page.
pub fn content(shell: &Shell, views: &[SavedView], again: Again<'_>, sent: Sent<'_>) -> Content {
    let (t, w) = (shell.texts(), shell.words::<Promotion>());
    let rename = |view: &SavedView| Form {
        title: String::new(),
        action: format!("/account/views/{}", view.id),
        fields: vec![Field::text("name", w.view_name).value(&view.name).required()],
        submit: w.rename,
        look: "bare",
    };
    let row = |view: &SavedView| Row {
        name: view.name.clone(),
        target: view.target.clone(),
        since: shell.reader.time(view.created_at),
        rename: rename(view).html(shell, Sent::default()),
        delete: act(shell, format!("/account/views/{}/delete", view.id), w.delete),
    };
    let mut parts = Vec::new();
    if !sent.problems.is_empty() {
        let mut fields = vec![Field::text("name", w.view_name).required()];
        let (action, submit) = match again {
            Again::Saved(target) => {
                fields.push(Field::hidden("target", target));
                ("/account/views".to_owned(), w.save_view)
            }
            Again::Renamed(id) => (format!("/account/views/{id}"), w.rename),
        };
        parts.push(Form { title: String::new(), action, fields, submit, look: "card" }.html(shell, sent));
    }
    parts.push(Html::of(&Views { w, rows: views.iter().map(row).collect() }));
    let up = Some(("/account".to_owned(), t.profile.to_owned()));
    Content { title: w.saved_views.into(), lead: w.saved_views_lead.into(), up, parts, ..Content::default() }
}
