//! API keys: the list with the form that makes one, and the new one's secret, this once.

use crate::domain::key::{Key, Scope};
use crate::pages::confirm::paragraph;
use crate::pages::facts::copy;
use crate::pages::form::{Field, Form, Sent};
use crate::pages::shell::{Content, Shell};
use crate::pages::table::{Cell, PAGE_ROWS, Table, Wanted, empty, words};
use crate::pages::texts::program::Program;

/// Where they are.
pub const KEYS: &str = "/admin/keys";

fn scope(t: &'static Program, scope: Scope) -> &'static str {
    match scope {
        Scope::Admin => t.scope_admin,
        Scope::Track => t.scope_track,
        Scope::Read => t.scope_read,
    }
}

fn short(t: &'static Program, scope: Scope) -> &'static str {
    match scope {
        Scope::Admin => t.short_admin,
        Scope::Track => t.short_track,
        Scope::Read => t.short_read,
    }
}

/// The list, newest first.
pub fn table(shell: &Shell, keys: &[Key]) -> Table {
    let (t, x, reader): (&Program, _, _) = (shell.words(), shell.texts(), &shell.reader);
    let row = |key: &Key| {
        let state = match key.revoked_at {
            Some(_) => Cell::badge(t.revoked, "bad"),
            None => Cell::badge(x.active, "good"),
        };
        let end = match key.revoked_at {
            Some(at) => Cell::time(reader, at),
            None => Cell::named("", t.revoke.to_owned()).to(format!("{KEYS}/{}/revoke", key.id)),
        };
        vec![
            Cell::text(&key.name),
            Cell::text(short(t, key.scope)),
            Cell::text(&key.hint),
            Cell::time(reader, key.created_at),
            key.last_used_at.map_or(Cell::text(t.never), |at| Cell::time(reader, at)),
            state,
            end,
        ]
    };
    let columns = vec![
        words("name", x.name),
        words("scope", t.scope),
        words("hint", t.begins_with),
        words("created", x.created),
        words("last_used", t.last_used),
        words("status", x.status),
        words("revoked", t.revoked),
    ];
    let rows = keys.iter().map(row).collect();
    Table { id: "keys", title: t.keys.into(), columns, rows, page_rows: PAGE_ROWS, empty: empty(t.no_keys, None) }
}

/// The page of the list, with the form that makes one.
pub fn list(shell: &Shell, wanted: &Wanted<'_>, table: &Table, sent: Sent<'_>) -> Content {
    let (t, x): (&Program, _) = (shell.words(), shell.texts());
    let scopes = [Scope::Track, Scope::Read, Scope::Admin].map(|one| (one.to_string(), scope(t, one).to_owned()));
    let fields =
        vec![Field::text("name", x.name).required().hint(t.key_name_hint), Field::choice("scope", t.scope, scopes.into())];
    let form = Form { title: t.new_key.into(), action: KEYS.into(), fields, submit: x.create, look: "card line" };
    let parts = vec![form.html(shell, sent), table.html(&shell.reader, wanted)];
    Content { title: t.keys.into(), lead: t.keys_lead.into(), parts, ..Content::default() }
}

/// What is shown, this once, after a key was made.
pub fn issued(shell: &Shell, name: &str, secret: &str) -> Content {
    let t: &Program = shell.words();
    let up = Some((KEYS.to_owned(), t.keys.to_owned()));
    let header = paragraph("Authorization: Bearer kudos_…");
    let parts = vec![copy(shell.texts(), t.key_made, secret, t.key_made_hint), paragraph(t.key_how), header];
    Content { title: name.to_owned(), up, parts, ..Content::default() }
}
