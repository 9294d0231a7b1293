//! Rows of a file on their way into the program: pasted, tried, confirmed.

pub mod columns;

use askama::Template;
use serde::{Deserialize, Serialize};

use crate::domain::named;
use crate::error::FieldError;
use crate::pages::Html;
use crate::pages::form::{Field, Form, Sent};
use crate::pages::shell::{Content, Shell, button};
use crate::pages::texts::{Promotion, Texts, fill};

named! {
    /// What the rows are.
    pub enum Rows {
        /// Partners.
        Partners = "partners",
        /// Links.
        Links = "links",
        /// Codes.
        Codes = "codes",
        /// Campaigns.
        Campaigns = "campaigns",
    }
}

/// What became of one row, or would.
#[derive(Debug, Serialize, Deserialize)]
pub struct Outcome {
    /// Its number, as a spreadsheet counts.
    pub number: usize,
    /// What it is called.
    pub name: String,
    /// Where it is, once it is there.
    pub href: Option<String>,
    /// What is wrong with it, by column; nothing when it fits.
    pub problems: Vec<FieldError>,
}

struct Row<'a> {
    number: usize,
    name: &'a str,
    href: Option<&'a str>,
    problems: Vec<String>,
}

#[derive(Template)]
#[template(path = "import.html")]
struct Result<'a> {
    t: &'static Texts,
    w: &'static Promotion,
    title: &'static str,
    summary: String,
    done: bool,
    rows: Vec<Row<'a>>,
}

/// What is wrong with a row, with the column as it is called in the file.
fn told(shell: &Shell, problem: &FieldError) -> String {
    let text = shell.reader.said(&problem.message);
    if problem.field.is_empty() { text } else { format!("{}: {text}", problem.field) }
}

fn names(shell: &Shell, rows: Rows) -> (&'static str, &'static str) {
    let (t, w) = (shell.texts(), shell.words::<Promotion>());
    match rows {
        Rows::Partners => (t.partners, w.import_partners),
        Rows::Links => (t.links, w.import_links),
        Rows::Codes => (w.codes, w.import_codes),
        Rows::Campaigns => (w.campaigns, w.import_campaigns),
    }
}

/// A file to choose, which a script reads into the text field.
#[derive(Template)]
#[template(
    source = r#"<div class="field" data-file="{{ into }}" hidden><label for="file">{{ w.import_file }}</label><input id="file" type="file" accept=".csv,.tsv,.txt,text/csv"><p class="hint">{{ w.import_file_hint }}</p><p class="problems" role="status" data-read hidden>{{ w.import_read_as }} <strong></strong></p></div>"#,
    ext = "html"
)]
struct Choose {
    w: &'static Promotion,
    into: &'static str,
}

/// The columns of each kind.
#[derive(Template)]
#[template(
    source = r#"<dl class="card facts">{% for (name, columns) in kinds %}<div><dt>{{ w.import_columns }}: {{ name }}</dt><dd>{{ columns }}</dd></div>{% endfor %}</dl>"#,
    ext = "html"
)]
struct Columns {
    w: &'static Promotion,
    kinds: Vec<(&'static str, &'static str)>,
}

/// The page where rows are pasted; `rows` are those that are to be changed.
pub fn paste(shell: &Shell, what: Rows, rows: &str, sent: Sent<'_>) -> Content {
    let w = shell.words::<Promotion>();
    let kinds: Vec<(String, String)> =
        Rows::ALL.iter().map(|rows| (rows.to_string(), names(shell, *rows).0.to_owned())).collect();
    let fields = vec![
        Field::choice("what", w.import_what, kinds).value(what.as_str()),
        Field::area("rows", w.import_rows, "rows").value(rows).required().hint(w.import_paste),
        Field::said(Html::of(&Choose { w, into: "f-admin-import-rows" })),
    ];
    let form = Form { title: String::new(), action: "/admin/import".into(), fields, submit: w.import_check, look: "card wide" };
    let kinds = Rows::ALL.iter().map(|rows| names(shell, *rows)).collect();
    let parts = vec![form.html(shell, sent), Html::of(&Columns { w, kinds })];
    Content { title: w.bulk_import.into(), lead: w.import_lead.into(), parts, ..Content::default() }
}

/// What the rows that are to be looked at again were sent for.
pub enum Rest {
    /// To be tried: all of them.
    Tried(String),
    /// To be made: those that were left out, none where there are none.
    Made(Option<String>),
}

/// A form that goes to the import with these rows.
fn rows_form(shell: &Shell, what: Rows, step: &'static str, text: &str, form: Form) -> Html {
    let fields = vec![Field::hidden("what", what.as_str()), Field::hidden(step, "1"), Field::hidden("rows", text)];
    Form { action: "/admin/import".to_owned(), fields, ..form }.html(shell, Sent::default())
}

/// What became of the rows. Before they are written, that is asked to be confirmed; those that do not fit can be changed.
pub fn result(shell: &Shell, what: Rows, outcomes: &[Outcome], unused: &[String], rest: &Rest) -> Content {
    let (t, w, reader) = (shell.texts(), shell.words::<Promotion>(), &shell.reader);
    let count = |good: bool| outcomes.iter().filter(|row| row.problems.is_empty() == good).count();
    let number = |count: usize| reader.number(i64::try_from(count).unwrap_or(i64::MAX));
    let summary =
        [(w.ready_rows, true), (w.bad_rows, false)].map(|(text, fits)| fill(text, &[&number(count(fits))])).join(", ");
    let rows = outcomes.iter().map(|row| Row {
        number: row.number,
        name: &row.name,
        href: row.href.as_deref(),
        problems: row.problems.iter().map(|problem| told(shell, problem)).collect(),
    });
    let done = matches!(rest, Rest::Made(_));
    let title = if done { w.import_done } else { w.import_result };
    let table = Html::of(&Result { t, w, title, summary, done, rows: rows.collect() });
    let (mut parts, mut actions) = (Vec::new(), Vec::new());
    let blank = Form { title: String::new(), action: String::new(), fields: Vec::new(), submit: w.import_change, look: "bare" };
    match rest {
        Rest::Tried(text) => {
            if count(true) > 0 {
                let form = Form { title: w.import_dry.into(), submit: w.import_confirm, look: "card", ..blank.clone() };
                parts.push(rows_form(shell, what, "confirmed", text, form));
            }
            actions.push(rows_form(shell, what, "again", text, blank));
        }
        Rest::Made(left_out) => {
            actions.push(button(&format!("/admin/{what}"), names(shell, what).0, true));
            let again = |text: &String| rows_form(shell, what, "again", text, Form { submit: w.import_left_out, ..blank });
            actions.extend(left_out.as_ref().map(again));
        }
    }
    actions.push(button(&format!("/admin/import?what={what}"), w.import_again, false));
    parts.push(table);
    let lead = if unused.is_empty() { String::new() } else { format!("{}: {}", w.unused_columns, unused.join(", ")) };
    Content { title: w.bulk_import.into(), lead, actions, parts, ..Content::default() }
}
