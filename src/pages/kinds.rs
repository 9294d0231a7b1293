//! Kinds of touchpoint: the list with the form that makes one, and one of them.

use crate::domain::kind::TouchpointKind;
use crate::domain::partner::Status;
use crate::domain::touchpoint::Team;
use crate::pages::Html;
use crate::pages::confirm::paragraph;
use crate::pages::form::{Field, Form, Sent};
use crate::pages::partners::{status, switch};
use crate::pages::policies::words;
use crate::pages::shell::{Content, Shell, button};
use crate::pages::table::{Cell, Column, PAGE_ROWS, Table, Wanted, numbers, words as column};
use crate::pages::texts::Called;
use crate::pages::texts::program::Program;

/// Where they are.
pub const KINDS: &str = "/admin/kinds";

fn team(shell: &Shell, team: Team) -> &'static str {
    words::team(shell.words(), team)
}

fn columns(shell: &Shell, t: &'static Program) -> Vec<Column> {
    vec![
        column("name", shell.texts().name),
        column("team", t.team),
        numbers("weight", t.weight),
        numbers("lookback_days", t.lookback),
        column("status", shell.texts().status),
    ]
}

/// The list.
pub fn table(shell: &Shell, kinds: &[TouchpointKind]) -> Table {
    let t: &Program = shell.words();
    let row = |kind: &TouchpointKind| {
        let weight = shell.reader.plain(kind.weight);
        let days = kind.lookback_days.map_or(Cell::text(t.as_policy), |days| Cell::number(&shell.reader, days.into()));
        vec![
            Cell::named(&kind.name, shell.words::<Called>().kind(&kind.name))
                .to_if(shell.may_change(), format!("{KINDS}/{}", kind.name)),
            Cell::text(team(shell, kind.team)),
            Cell::figure(weight.clone(), kind.weight, weight),
            days,
            if kind.built_in { Cell::badge(t.built_in, "plain") } else { status(shell, kind.status) },
        ]
    };
    Table {
        id: "kinds",
        title: t.kinds.into(),
        columns: columns(shell, t),
        rows: kinds.iter().map(row).collect(),
        page_rows: PAGE_ROWS,
        empty: Html::default(),
    }
}

fn teams(shell: &Shell, t: &'static Program) -> Field {
    let teams = Team::ALL.iter().map(|one| (one.to_string(), team(shell, *one).to_owned())).collect();
    Field::choice("team", t.team, teams).hint(t.team_hint)
}

fn numbers_of(t: &'static Program, weight: String, days: String) -> [Field; 2] {
    [
        Field::number("weight", t.weight).value(weight).hint(t.weight_hint),
        Field::number("lookback_days", t.lookback).value(days).hint(t.lookback_hint),
    ]
}

/// The page of the list, for admins with the form that makes one.
pub fn list(shell: &Shell, wanted: &Wanted<'_>, table: &Table, may_change: bool, sent: Sent<'_>) -> Content {
    let t: &Program = shell.words();
    let mut parts = Vec::new();
    if may_change {
        let mut fields = vec![Field::text("name", shell.texts().name).required().hint(t.kind_name_hint), teams(shell, t)];
        fields.extend(numbers_of(t, "1".into(), String::new()));
        let form =
            Form { title: t.new_kind.into(), action: KINDS.into(), fields, submit: shell.texts().create, look: "card line" };
        parts.push(form.html(shell, sent));
    }
    parts.push(table.html(&shell.reader, wanted));
    Content { title: t.kinds.into(), lead: t.kinds_lead.into(), parts, ..Content::default() }
}

/// The page of one, for admins.
pub fn show(shell: &Shell, kind: &TouchpointKind, sent: Sent<'_>) -> Content {
    let t: &Program = shell.words();
    let path = format!("{KINDS}/{}", kind.name);
    let mut fields = Vec::new();
    if !kind.built_in {
        fields.push(teams(shell, t).value(kind.team.as_str()));
    }
    let days = kind.lookback_days.map(|days| days.to_string()).unwrap_or_default();
    fields.extend(numbers_of(t, shell.reader.plain(kind.weight), days));
    let form = Form { title: String::new(), action: path.clone(), fields, submit: shell.texts().save, look: "card" };
    let mut parts = Vec::new();
    let mut actions = Vec::new();
    if kind.built_in {
        parts.push(paragraph(t.built_in_text));
    } else {
        actions.push(switch(shell, &path, kind.status));
        actions.push(button(&format!("{path}/remove"), t.remove, false));
    }
    if kind.status == Status::Disabled {
        parts.push(paragraph(t.kind_disabled_text));
    }
    parts.push(form.html(shell, sent));
    let up = Some((KINDS.to_owned(), t.kinds.to_owned()));
    Content { title: shell.words::<Called>().kind(&kind.name), up, actions, parts, ..Content::default() }
}
