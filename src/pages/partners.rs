//! Partners: the list, one of them, and the form.

use std::collections::HashMap;

use crate::domain::conversion::Conversion;
use crate::domain::id::PartnerId;
use crate::domain::money::Money;
use crate::domain::partner::{Group, Partner, Status};
use crate::domain::report::Performance;
use crate::pages::Html;
use crate::pages::facts::facts;
use crate::pages::form::{Field, Form, Sent, act};
use crate::pages::shell::{Content, Shell, button};
use crate::pages::table::{Cell, FEW_ROWS, PAGE_ROWS, Table, Wanted, empty, long, numbers, sums, words};
use crate::pages::texts::{Called, Journeys, Portal, Promotion};
use crate::pages::users::invite_path;

/// The list, with what each brought in the last 30 days.
pub fn table(shell: &Shell, partners: &[Partner], groups: &[Group], figures: &[Performance]) -> Table {
    let (t, reader) = (shell.texts(), &shell.reader);
    let figures: HashMap<&str, &Performance> = figures.iter().filter_map(|row| Some((row.key.as_deref()?, row))).collect();
    let none = Performance::default();
    let row = |partner: &Partner| {
        let id = partner.id.to_string();
        let row = figures.get(id.as_str()).copied().unwrap_or(&none);
        let group = groups.iter().find(|group| Some(group.id) == partner.group_id);
        vec![
            Cell::text(&partner.name).to(format!("/admin/partners/{id}")),
            status(shell, partner.status),
            Cell::text(group.map_or("", |group| &group.name)),
            Cell::number(reader, row.clicks).to(format!("/admin/touchpoints?kind=click&verdict=valid&partner_id={id}")),
            Cell::number(reader, row.conversions).to(format!("/admin/conversions?partner_id={id}")),
            Cell::money(reader, &row.credited).to(format!("/admin/conversions?partner_id={id}")),
            Cell::time(reader, partner.created_at),
        ]
    };
    let columns = vec![
        words("name", t.name),
        words("status", t.status),
        words("group", t.group),
        numbers("clicks", t.clicks_30),
        numbers("conversions", t.conversions_30),
        sums("credited", t.credited_30),
        words("created", t.created),
    ];
    let empty = empty(t.no_partners, Some(("/admin/partners/new", t.new_partner)));
    Table {
        id: "partners",
        title: t.partners.into(),
        columns,
        rows: partners.iter().map(row).collect(),
        page_rows: PAGE_ROWS,
        empty,
    }
}

/// Whether something is in use.
pub fn status(shell: &Shell, status: Status) -> Cell {
    match status {
        Status::Active => Cell::badge(shell.texts().active, "good"),
        Status::Disabled => Cell::badge(shell.texts().disabled, "bad"),
    }
}

/// The page of the list.
pub fn list(shell: &Shell, wanted: &Wanted<'_>, table: &Table, may_change: bool) -> Content {
    let t = shell.texts();
    let mut actions = Vec::new();
    if may_change {
        actions.push(button("/admin/partners/new", t.new_partner, true));
        actions.push(button("/admin/import?what=partners", shell.words::<Promotion>().bulk_import, false));
    }
    Content { title: t.partners.into(), actions, parts: vec![table.html(&shell.reader, wanted)], ..Content::default() }
}

/// The page to make one, or to change the one that is there.
pub fn edit(shell: &Shell, partner: Option<&Partner>, groups: &[Group], sent: Sent<'_>) -> Content {
    let t = shell.texts();
    let text = |value: Option<&String>| value.cloned().unwrap_or_default();
    let mut choices = vec![(String::new(), t.none.to_owned())];
    choices.extend(groups.iter().map(|group| (group.id.to_string(), group.name.clone())));
    let mut fields = vec![
        Field::text("name", t.name).value(text(partner.map(|partner| &partner.name))).required(),
        Field::input("email", "email", t.email).value(text(partner.and_then(|partner| partner.email.as_ref()))),
        Field::text("external_id", t.external_id)
            .value(text(partner.and_then(|partner| partner.external_id.as_ref())))
            .hint(t.external_id_hint),
        Field::area("aliases", shell.words::<Portal>().other_names, "")
            .value(partner.map_or(String::new(), |partner| partner.aliases.join("\n")))
            .hint(t.other_names_hint),
    ];
    if !groups.is_empty() {
        let group = partner.and_then(|partner| partner.group_id).map(|id| id.to_string()).unwrap_or_default();
        fields.push(Field::choice("group", t.group, choices).value(group));
    }
    let (action, title, submit, up) = match partner {
        None => ("/admin/partners".to_owned(), t.new_partner, t.create, ("/admin/partners".to_owned(), t.partners.to_owned())),
        Some(partner) => {
            let path = format!("/admin/partners/{}", partner.id);
            (path.clone(), t.edit_partner, t.save, (path, partner.name.clone()))
        }
    };
    let form = Form { title: String::new(), action, fields, submit, look: "card" };
    Content { title: title.into(), up: Some(up), parts: vec![form.html(shell, sent)], ..Content::default() }
}

/// The latest conversions that a partner has a part of, each with that part.
pub fn credits(shell: &Shell, partner: PartnerId, rows: &[Conversion]) -> Table {
    let (t, w, reader) = (shell.texts(), shell.words::<Promotion>(), &shell.reader);
    let row = |conversion: &Conversion| {
        let own = || conversion.credits.iter().filter(|credit| credit.partner_id == partner);
        let money = |amount| conversion.currency.map(|currency| Money { amount, currency });
        let share: u64 = own().map(|credit| credit.weight.0).sum();
        vec![
            Cell::time(reader, conversion.occurred_at).to(format!("/admin/conversions/{}", conversion.id)),
            Cell::named(&conversion.event, shell.words::<Called>().event(&conversion.event)),
            Cell::text(conversion.order_id.clone().unwrap_or_default()),
            Cell::money(reader, &conversion.amount.and_then(money).into_iter().collect::<Vec<_>>()),
            Cell::share(reader, share),
            Cell::money(reader, &money(own().map(|credit| credit.amount).sum()).into_iter().collect::<Vec<_>>()),
            Cell::text(reader.reasons(own().map(|credit| (credit.reason.as_str(), credit.weight.0)))),
        ]
    };
    let columns = vec![
        words("at", t.at),
        words("event", t.event),
        words("order", t.order),
        sums("amount", t.amount),
        numbers("share", w.share),
        sums("credited", t.credited),
        long("reason", t.reason),
    ];
    Table {
        id: "credits",
        title: w.latest_credits.into(),
        columns,
        rows: rows.iter().map(row).collect(),
        page_rows: FEW_ROWS,
        empty: empty(w.no_credits, None),
    }
}

/// The page of one: what is known, and its numbers, conversions, links, codes, users and notes; `journeys` is where its journeys
/// are looked at.
pub fn show(shell: &Shell, partner: &Partner, group: Option<&Group>, journeys: &str, more: Vec<Html>) -> Content {
    let (t, id) = (shell.texts(), partner.id);
    let (may_change, in_use) = (shell.may_change(), partner.status == Status::Active);
    let mut actions = Vec::new();
    if may_change && in_use {
        actions.push(button(&format!("/admin/links?partner_id={id}"), t.new_link, true));
    }
    actions.push(button(journeys, shell.words::<Journeys>().journeys, false));
    if may_change {
        actions.extend(in_use.then(|| button(&invite_path(id), t.invite_user, false)));
        actions.push(button(&format!("/admin/partners/{id}/edit"), t.edit, false));
        actions.push(switch(shell, &format!("/admin/partners/{id}"), partner.status));
    }
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let known = facts(vec![
        (t.status, if in_use { t.active } else { t.disabled }.to_owned()),
        (t.group, group.map_or(String::new(), |group| group.name.clone())),
        (t.email, text(&partner.email)),
        (t.external_id, text(&partner.external_id)),
        (shell.words::<Portal>().other_names, partner.aliases.join(", ")),
        (t.created, shell.reader.time(partner.created_at)),
        ("id", id.to_string()),
    ]);
    let mut parts = vec![known];
    parts.extend(more);
    let up = Some(("/admin/partners".to_owned(), t.partners.to_owned()));
    Content { title: partner.name.clone(), up, actions, parts, ..Content::default() }
}

/// The button that switches something off, or on again: nothing is lost, so nobody is asked twice.
pub fn switch(shell: &Shell, path: &str, status: Status) -> Html {
    let t = shell.texts();
    match status {
        Status::Active => act(shell, format!("{path}/disable"), t.disable),
        Status::Disabled => act(shell, format!("{path}/enable"), t.enable),
    }
}

/// A choice among partners.
pub fn choices(partners: &[Partner]) -> Vec<(String, String)> {
    let mut choices: Vec<(String, String)> =
        partners.iter().map(|partner| (partner.id.to_string(), partner.name.clone())).collect();
    choices.sort_by_key(|(_, name)| name.to_lowercase());
    choices
}

/// Whose something new is: of several active partners none unasked, as a link or code stays with whom it was made for.
pub fn whose(shell: &Shell, partners: &[Partner], chosen: &str) -> Field {
    let active = partners.iter().filter(|partner| partner.status == Status::Active || partner.id.to_string() == chosen);
    let mut all = choices(&active.cloned().collect::<Vec<_>>());
    if chosen.is_empty() && all.len() > 1 {
        all.insert(0, (String::new(), shell.texts().choose.to_owned()));
    }
    Field::choice("partner_id", shell.texts().partner, all).value(chosen).required()
}

/// The name of a partner among others.
pub fn name_of(partners: &[Partner], id: Option<PartnerId>) -> String {
    partners.iter().find(|partner| Some(partner.id) == id).map_or(String::new(), |partner| partner.name.clone())
}
