//! Accounts: the list, one of them with its parts and deals, and the form.

use crate::domain::account::Account;
use crate::domain::partner::Partner;
use crate::domain::registration::Registration;
use crate::pages::deals::account_choice;
use crate::pages::evidence::Names;
use crate::pages::facts::{facts, hint};
use crate::pages::form::{Field, Form, Sent};
use crate::pages::partners::choices;
use crate::pages::shell::{Content, Shell, button};
use crate::pages::table::{Cell, FEW_ROWS, PAGE_ROWS, Table, Wanted, empty, words};
use crate::pages::texts::{Deals, fill};

/// The list, or the parts of one; `names` has those of accounts and partners.
pub fn table(shell: &Shell, accounts: &[Account], names: &Names, parts: bool) -> Table {
    let (t, w, reader) = (shell.texts(), shell.words::<Deals>(), &shell.reader);
    let named = |id: Option<uuid::Uuid>| Cell::text(id.and_then(|id| names.get(&id)).cloned().unwrap_or_default());
    let row = |account: &Account| {
        let parent = named(account.parent_id.map(|id| id.uuid()));
        let partner = named(account.partner_id.map(|id| id.uuid()));
        vec![
            Cell::text(&account.name).to(format!("/admin/accounts/{}", account.id)),
            Cell::text(account.domain.clone().unwrap_or_default()),
            account.parent_id.map_or(parent.clone(), |id| parent.to(format!("/admin/accounts/{id}"))),
            account.partner_id.map_or(partner.clone(), |id| partner.to(format!("/admin/partners/{id}"))),
            Cell::text(account.customer_id.clone().unwrap_or_default()),
            Cell::time(reader, account.created_at),
        ]
    };
    let columns = vec![
        words("name", t.name),
        words("domain", w.domain),
        words("parent", w.parent),
        words("partner", w.is_partner),
        words("customer", w.customer_id),
        words("created", t.created),
    ];
    let rows = accounts.iter().map(row).collect();
    let (id, title, page_rows) = if parts { ("parts", w.children, FEW_ROWS) } else { ("accounts", w.accounts, PAGE_ROWS) };
    let empty = empty(if parts { w.no_children } else { w.no_accounts }, None);
    Table { id, title: title.into(), columns, rows, page_rows, empty }
}

/// The page of the list.
pub fn list(shell: &Shell, wanted: &Wanted<'_>, table: &Table, may_change: bool) -> Content {
    let w = shell.words::<Deals>();
    let actions = may_change.then(|| button("/admin/accounts/new", w.new_account, true)).into_iter().collect();
    Content { title: w.accounts.into(), actions, parts: vec![table.html(&shell.reader, wanted)], ..Content::default() }
}

/// The page of one: what is known, who has a claim on it, its parts and its deals.
pub fn show(
    shell: &Shell, wanted: &Wanted<'_>, account: &Account, claim: Option<&Registration>, names: &Names, tables: &[&Table],
    may_change: bool,
) -> Content {
    let (t, w, reader) = (shell.texts(), shell.words::<Deals>(), &shell.reader);
    let named = |id: uuid::Uuid| names.get(&id).cloned().unwrap_or_default();
    let mut actions = Vec::new();
    if let Some(parent) = account.parent_id {
        actions.push(button(&format!("/admin/accounts/{parent}"), &format!("{}: {}", w.parent, named(parent.uuid())), false));
    }
    if may_change {
        actions.push(button(&format!("/admin/accounts/{}/edit", account.id), t.edit, false));
    }
    let claimed = claim.and_then(|claim| Some((claim, claim.claimed_until?)));
    let claim = claimed.map_or(w.not_claimed.to_owned(), |(claim, until)| {
        fill(w.claimed, &[&named(claim.partner_id.uuid()), &reader.date(until)])
    });
    let known = facts(vec![
        (w.domain, account.domain.clone().unwrap_or_default()),
        (w.parent, account.parent_id.map_or(String::new(), |id| named(id.uuid()))),
        (w.is_partner, account.partner_id.map_or(String::new(), |id| named(id.uuid()))),
        (w.customer_id, account.customer_id.clone().unwrap_or_default()),
        (t.created, reader.date(account.created_at)),
        (w.claim, claim),
    ]);
    let mut parts = vec![known];
    if account.partner_id.is_some() {
        parts.push(hint(w.is_partner_hint));
    }
    parts.extend(tables.iter().map(|table| table.html(reader, wanted)));
    let up = Some(("/admin/accounts".to_owned(), w.accounts.to_owned()));
    Content { title: account.name.clone(), up, actions, parts, ..Content::default() }
}

/// The page to make one, or to change the one that is there.
pub fn edit(shell: &Shell, account: Option<&Account>, others: &[Account], partners: &[Partner], sent: Sent<'_>) -> Content {
    let (t, w) = (shell.texts(), shell.words::<Deals>());
    let others: Vec<Account> = others.iter().filter(|other| account.is_none_or(|own| own.id != other.id)).cloned().collect();
    let mut all = vec![(String::new(), t.none.to_owned())];
    all.extend(choices(partners));
    let id = |id: Option<String>| id.unwrap_or_default();
    let fields = vec![
        Field::text("name", t.name).value(account.map_or("", |account| &account.name)).required(),
        Field::text("domain", w.domain).value(id(account.and_then(|account| account.domain.clone()))).hint(w.domain_hint),
        account_choice(shell, "parent_id", w.parent, &others)
            .value(id(account.and_then(|account| Some(account.parent_id?.to_string())))),
        Field::choice("partner_id", w.is_partner, all)
            .value(id(account.and_then(|account| Some(account.partner_id?.to_string()))))
            .hint(w.is_partner_hint),
        Field::text("customer_id", w.customer_id)
            .value(id(account.and_then(|account| account.customer_id.clone())))
            .hint(w.customer_hint),
    ];
    let list = ("/admin/accounts".to_owned(), w.accounts.to_owned());
    let (action, title, submit, up) = match account {
        None => (list.0.clone(), w.new_account, t.create, list),
        Some(account) => {
            let path = format!("/admin/accounts/{}", account.id);
            (path.clone(), w.edit_account, t.save, (path, account.name.clone()))
        }
    };
    let form = Form { title: String::new(), action, fields, submit, look: "card" };
    Content { title: title.into(), up: Some(up), parts: vec![form.html(shell, sent)], ..Content::default() }
}
