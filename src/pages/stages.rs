//! Stages of deals: the list with the form that makes one, and one of them.

use crate::domain::deal::{DealStatus, Stage};
use crate::pages::Html;
use crate::pages::form::{Field, Form, Sent};
use crate::pages::shell::{Content, Shell, button};
use crate::pages::table::{Cell, PAGE_ROWS, Table, Wanted, numbers, words};
use crate::pages::texts::Called;
use crate::pages::texts::program::Program;

/// Where they are.
pub const STAGES: &str = "/admin/stages";

fn kind(t: &'static Program, kind: DealStatus) -> &'static str {
    match kind {
        DealStatus::Open => t.stage_open,
        DealStatus::Won => t.stage_won,
        DealStatus::Lost => t.stage_lost,
    }
}

/// The list, in their order.
pub fn table(shell: &Shell, stages: &[Stage]) -> Table {
    let t: &Program = shell.words();
    let row = |stage: &Stage| {
        let colour = match stage.kind {
            DealStatus::Open => "plain",
            DealStatus::Won => "good",
            DealStatus::Lost => "bad",
        };
        vec![
            Cell::named(&stage.name, shell.words::<Called>().stage(&stage.name))
                .to_if(shell.may_change(), format!("{STAGES}/{}", stage.id)),
            Cell::badge(kind(t, stage.kind), colour),
            Cell::number(&shell.reader, stage.order),
        ]
    };
    let columns = vec![words("name", shell.texts().name), words("kind", t.stage_kind), numbers("order", t.place)];
    let rows = stages.iter().map(row).collect();
    Table { id: "stages", title: t.stages.into(), columns, rows, page_rows: PAGE_ROWS, empty: Html::default() }
}

fn fields(shell: &Shell, t: &'static Program, stage: Option<&Stage>) -> Vec<Field> {
    let kinds = DealStatus::ALL.iter().map(|one| (one.to_string(), kind(t, *one).to_owned())).collect();
    let text = |value: Option<String>| value.unwrap_or_default();
    vec![
        Field::text("name", shell.texts().name).value(text(stage.map(|stage| stage.name.clone()))).required(),
        Field::choice("kind", t.stage_kind, kinds).value(text(stage.map(|stage| stage.kind.to_string()))),
        Field::number("order", t.place).value(text(stage.map(|stage| stage.order.to_string()))).hint(t.place_hint),
    ]
}

/// The page of the list, for admins with the form that makes one.
pub fn list(shell: &Shell, wanted: &Wanted<'_>, table: &Table, may_change: bool, sent: Sent<'_>) -> Content {
    let t: &Program = shell.words();
    let mut parts = Vec::new();
    if may_change {
        let fields = fields(shell, t, None);
        let form =
            Form { title: t.new_stage.into(), action: STAGES.into(), fields, submit: shell.texts().create, look: "card line" };
        parts.push(form.html(shell, sent));
    }
    parts.push(table.html(&shell.reader, wanted));
    Content { title: t.stages.into(), lead: t.stages_lead.into(), parts, ..Content::default() }
}

/// The page of one, for admins.
pub fn show(shell: &Shell, stage: &Stage, sent: Sent<'_>) -> Content {
    let t: &Program = shell.words();
    let path = format!("{STAGES}/{}", stage.id);
    let fields = fields(shell, t, Some(stage));
    let form = Form { title: String::new(), action: path.clone(), fields, submit: shell.texts().save, look: "card" };
    let actions = vec![button(&format!("{path}/remove"), t.remove, false)];
    let up = Some((STAGES.to_owned(), t.stages.to_owned()));
    Content {
        title: shell.words::<Called>().stage(&stage.name),
        up,
        actions,
        parts: vec![form.html(shell, sent)],
        ..Content::default()
    }
}
