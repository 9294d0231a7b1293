//! Users: who may sign in, and the form that invites somebody.

use std::collections::HashMap;

use crate::domain::id::{PartnerId, UserId};
use crate::domain::partner::{Partner, Status};
use crate::domain::time::Time;
use crate::domain::user::{User, UserRole};
use crate::pages::Html;
use crate::pages::evidence::narrowed_to;
use crate::pages::facts::copy;
use crate::pages::form::{Field, Form, Sent, act};
use crate::pages::partners::{choices, name_of, switch};
use crate::pages::shell::{Content, Shell};
use crate::pages::table::{Cell, FEW_ROWS, PAGE_ROWS, Table, Wanted, words};

/// Somebody, and whether a password was set.
pub struct Listed<'a> {
    /// Who.
    pub user: &'a User,
    /// Whether the invitation was followed.
    pub has_password: bool,
}

fn role_name(shell: &Shell, role: UserRole) -> &'static str {
    let t = shell.texts();
    match role {
        UserRole::Admin => t.role_admin,
        UserRole::Finance => t.role_finance,
        UserRole::Analyst => t.role_analyst,
        UserRole::Partner => t.role_partner,
    }
}

fn roles(shell: &Shell) -> Vec<(String, String)> {
    let roles = [UserRole::Analyst, UserRole::Finance, UserRole::Admin, UserRole::Partner];
    roles.map(|role| (role.to_string(), role_name(shell, role).to_owned())).into()
}

fn partner_choice(shell: &Shell, partners: &[Partner]) -> Field {
    let mut all = vec![(String::new(), shell.texts().none.to_owned())];
    all.extend(choices(partners));
    Field::choice("partner_id", shell.texts().partner, all).hint(shell.texts().partner_of_user_hint)
}

fn state(shell: &Shell, Listed { user, has_password }: &Listed<'_>) -> Cell {
    let t = shell.texts();
    match (user.status, has_password) {
        (Status::Disabled, _) => Cell::badge(t.disabled, "bad"),
        (Status::Active, false) => Cell::badge(t.invited, "plain"),
        (Status::Active, true) => Cell::badge(t.active, "good"),
    }
}

/// The users of one partner; `seen` says when those who are signed in were seen last.
pub fn of_partner(shell: &Shell, users: &[Listed<'_>], seen: &HashMap<UserId, Time>, empty: Html) -> Table {
    let (t, reader, may_change) = (shell.texts(), &shell.reader, shell.may_change());
    let row = |listed: &Listed<'_>| {
        let user = listed.user;
        vec![
            Cell::text(&user.name).to_if(may_change, format!("/admin/users/{}", user.id)),
            Cell::text(&user.email),
            state(shell, listed),
            seen.get(&user.id).map_or(Cell::text(""), |at| Cell::time(reader, *at)),
        ]
    };
    let columns =
        vec![words("name", t.name), words("email", t.email), words("status", t.status), words("last_seen", t.last_seen)];
    let rows = users.iter().map(row).collect();
    Table { id: "users", title: t.users.into(), columns, rows, page_rows: FEW_ROWS, empty }
}

/// The list.
pub fn table(shell: &Shell, users: &[Listed<'_>], partners: &[Partner]) -> Table {
    let (t, reader) = (shell.texts(), &shell.reader);
    let row = |listed: &Listed<'_>| {
        let user = listed.user;
        let partner = Cell::text(name_of(partners, user.partner_id));
        vec![
            Cell::text(&user.name).to(format!("/admin/users/{}", user.id)),
            Cell::text(&user.email),
            Cell::text(role_name(shell, user.role)),
            user.partner_id.map_or(partner.clone(), |id| partner.to(format!("/admin/partners/{id}"))),
            state(shell, listed),
            Cell::time(reader, user.created_at),
        ]
    };
    let columns = vec![
        words("name", t.name),
        words("email", t.email),
        words("role", t.role),
        words("partner", t.partner),
        words("status", t.status),
        words("created", t.created),
    ];
    Table {
        id: "users",
        title: t.users.into(),
        columns,
        rows: users.iter().map(row).collect(),
        page_rows: PAGE_ROWS,
        empty: Html::default(),
    }
}

/// Where somebody of a partner is invited.
pub fn invite_path(partner: PartnerId) -> String {
    format!("/admin/users?partner_id={partner}")
}

/// The page of the list, with the form that invites somebody; of the partner `only`, where the list is narrowed down to one.
pub fn list(
    shell: &Shell, wanted: &Wanted<'_>, table: &Table, partners: &[Partner], only: Option<PartnerId>, sent: Sent<'_>,
) -> Content {
    let t = shell.texts();
    let role = if only.is_some() { UserRole::Partner } else { UserRole::Analyst };
    let fields = vec![
        Field::text("name", t.name).required(),
        Field::input("email", "email", t.email).required(),
        Field::choice("role", t.role, roles(shell)).value(role.as_str()),
        partner_choice(shell, partners).value(only.map(|id| id.to_string()).unwrap_or_default()),
    ];
    let form = Form { title: t.invite_user.into(), action: "/admin/users".into(), fields, submit: t.invite, look: "card line" };
    let mut parts = vec![form.html(shell, sent)];
    parts.extend(only.map(|only| narrowed_to(shell, wanted, &[name_of(partners, Some(only))])));
    parts.push(table.html(&shell.reader, wanted));
    Content { title: t.users.into(), parts, ..Content::default() }
}

/// The page of one.
pub fn show(shell: &Shell, listed: &Listed<'_>, partners: &[Partner], sent: Sent<'_>) -> Content {
    let (t, user) = (shell.texts(), listed.user);
    let path = format!("/admin/users/{}", user.id);
    let fields = vec![
        Field::text("name", t.name).value(&user.name).required(),
        Field::input("email", "email", t.email).value(&user.email).required(),
        Field::choice("role", t.role, roles(shell)).value(user.role.as_str()),
        partner_choice(shell, partners).value(user.partner_id.map(|id| id.to_string()).unwrap_or_default()),
    ];
    let form = Form { title: String::new(), action: path.clone(), fields, submit: t.save, look: "card" };
    let again = if listed.has_password { t.new_password_link } else { t.invite_again };
    let mut actions = Vec::new();
    if user.status == Status::Active {
        actions.push(act(shell, format!("{path}/invite"), again));
    }
    actions.push(switch(shell, &path, user.status));
    let up = Some(("/admin/users".to_owned(), t.users.to_owned()));
    Content { title: user.name.clone(), up, actions, parts: vec![form.html(shell, sent)], ..Content::default() }
}

/// What is shown, this once, after somebody was invited.
pub fn invited(shell: &Shell, user: &User, url: &str) -> Content {
    let t = shell.texts();
    let up = Some(("/admin/users".to_owned(), t.users.to_owned()));
    let parts = vec![copy(t, t.invite_link, url, t.invite_link_hint)];
    Content { title: user.name.clone(), lead: t.invited_lead.into(), up, parts, ..Content::default() }
}
