//! Groups of partners: the list with the form that makes one, and one of them.

use std::collections::HashMap;

use crate::domain::id::GroupId;
use crate::domain::partner::Group;
use crate::pages::confirm::paragraph;
use crate::pages::form::{Field, Form, Sent};
use crate::pages::path_with;
use crate::pages::shell::{Content, Shell, button};
use crate::pages::table::{Cell, PAGE_ROWS, Table, Wanted, empty, numbers, words};
use crate::pages::texts::program::Program;

/// Where they are.
pub const GROUPS: &str = "/admin/groups";

/// The partners of a group.
fn partners(group: &Group) -> String {
    path_with("/admin/partners", &[("partners.q", &group.name)])
}

/// The list, each with how many partners are in it.
pub fn table(shell: &Shell, groups: &[Group], sizes: &HashMap<GroupId, i64>) -> Table {
    let (t, reader): (&Program, _) = (shell.words(), &shell.reader);
    let row = |group: &Group| {
        vec![
            Cell::text(&group.name).to_if(shell.may_change(), format!("{GROUPS}/{}", group.id)),
            Cell::number(reader, sizes.get(&group.id).copied().unwrap_or(0)).to(partners(group)),
            Cell::time(reader, group.created_at),
        ]
    };
    let columns =
        vec![words("name", shell.texts().name), numbers("partners", t.partners_in_it), words("created", shell.texts().created)];
    let rows = groups.iter().map(row).collect();
    Table { id: "groups", title: t.groups.into(), columns, rows, page_rows: PAGE_ROWS, empty: empty(t.no_groups, None) }
}

/// The page of the list, for admins with the form that makes one.
pub fn list(shell: &Shell, wanted: &Wanted<'_>, table: &Table, may_change: bool, sent: Sent<'_>) -> Content {
    let t: &Program = shell.words();
    let mut parts = Vec::new();
    if may_change {
        let fields = vec![Field::text("name", shell.texts().name).required()];
        let form =
            Form { title: t.new_group.into(), action: GROUPS.into(), fields, submit: shell.texts().create, look: "card line" };
        parts.push(form.html(shell, sent));
    }
    parts.push(table.html(&shell.reader, wanted));
    Content { title: t.groups.into(), lead: t.groups_lead.into(), parts, ..Content::default() }
}

/// The page of one, for admins.
pub fn show(shell: &Shell, group: &Group, size: i64, sent: Sent<'_>) -> Content {
    let t: &Program = shell.words();
    let path = format!("{GROUPS}/{}", group.id);
    let fields = vec![Field::text("name", shell.texts().name).value(&group.name).required()];
    let form = Form { title: String::new(), action: path.clone(), fields, submit: t.rename, look: "card" };
    let mut parts = vec![form.html(shell, sent)];
    let actions = match size {
        0 => vec![button(&format!("{path}/remove"), t.remove, false)],
        _ => {
            parts.push(paragraph(t.group_in_use));
            vec![button(&partners(group), t.partners_in_it, false)]
        }
    };
    let up = Some((GROUPS.to_owned(), t.groups.to_owned()));
    Content { title: group.name.clone(), up, actions, parts, ..Content::default() }
}
