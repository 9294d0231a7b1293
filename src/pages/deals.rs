//! Deals: the list with its filters, and the form that makes or changes one.

use std::fmt::Display;

use askama::Template;

use crate::domain::account::Account;
use crate::domain::deal::{Deal, DealStatus, Stage};
use crate::domain::money::{Currency, Money};
use crate::domain::partner::Partner;
use crate::domain::pipeline::{Judged, Part};
use crate::pages::Html;
use crate::pages::evidence::{Names, ROWS_MAX, linked};
use crate::pages::form::{Field, Form, Sent};
use crate::pages::narrowing::{Filter, Narrowing};
use crate::pages::partners::choices;
use crate::pages::shell::{Content, Shell, button};
use crate::pages::table::{Cell, PAGE_ROWS, Table, Wanted, empty, sums, words};
use crate::pages::texts::{Called, Deals};

#[derive(Template)]
#[template(source = r#"<div class="card empty">{{ inner }}</div>"#, ext = "html")]
struct Card {
    inner: Html,
}

/// Something on a card of its own.
pub fn card(inner: Html) -> Html {
    Html::of(&Card { inner })
}

/// The colour of what has become of a deal.
fn colour(status: DealStatus) -> &'static str {
    match status {
        DealStatus::Open => "plain",
        DealStatus::Won => "good",
        DealStatus::Lost => "bad",
    }
}

/// An amount with its currency, where there is one.
pub fn worth(amount: Option<i64>, currency: Option<Currency>) -> Vec<Money> {
    amount.zip(currency).map(|(amount, currency)| Money { amount, currency }).into_iter().collect()
}

/// The list; `names` has those of partners, and of accounts where they are to be shown.
pub fn table(shell: &Shell, deals: &[Judged], names: &Names, of_account: bool, nothing: Html) -> Table {
    let (w, reader) = (shell.words::<Deals>(), &shell.reader);
    let named = |id: uuid::Uuid| names.get(&id).cloned().unwrap_or_default();
    let row = |Judged { deal, standing, .. }: &Judged| {
        let account =
            deal.account_id.map_or(Cell::text(""), |id| Cell::text(named(id.uuid())).to(format!("/admin/accounts/{id}")));
        let mut cells = vec![Cell::text(&deal.name).to(format!("/admin/deals/{}", deal.id))];
        cells.extend((!of_account).then_some(account));
        let who = match &standing.sourced_by {
            Some(partner) => std::slice::from_ref(partner),
            None => &standing.partners,
        };
        let part = standing.part();
        let shade = if part == Part::Sourced { "good" } else { "plain" };
        cells.extend([
            Cell::badge(&shell.words::<Called>().stage(&deal.stage), colour(deal.status)),
            Cell::money(reader, &worth(deal.amount, deal.currency)),
            Cell::badge(w.part_name(part), shade),
            linked(names, who),
            Cell::text(deal.owner.clone().unwrap_or_default()),
            Cell::date(reader, deal.opened_at),
            deal.closed_at.map_or(Cell::text(""), |at| Cell::date(reader, at)),
        ]);
        cells
    };
    let mut columns = vec![words("name", w.deal)];
    columns.extend((!of_account).then(|| words("account", w.account)));
    columns.extend([
        words("stage", w.stage),
        sums("worth", w.worth),
        words("part", w.part),
        words("partners", shell.texts().partners),
        words("owner", w.owner),
        words("opened", w.opened),
        words("closed", w.closed),
    ]);
    let rows = deals.iter().map(row).collect();
    Table { id: "deals", title: w.deals.into(), columns, rows, page_rows: PAGE_ROWS, empty: nothing }
}

/// What the filters choose among.
pub struct Choices<'a> {
    /// Every stage.
    pub stages: &'a [Stage],
    /// Partners, by name.
    pub partners: &'a [Partner],
    /// Everybody who works on a deal.
    pub owners: &'a [String],
}

fn same<T: Display>(values: impl IntoIterator<Item = T>) -> Vec<(String, String)> {
    values.into_iter().map(|value| (value.to_string(), value.to_string())).collect()
}

/// The page of the list; `full` when not every deal was looked at.
pub fn list(shell: &Shell, wanted: &Wanted<'_>, table: &Table, among: &Choices<'_>, full: bool, may_change: bool) -> Content {
    let (t, w) = (shell.texts(), shell.words::<Deals>());
    let any = |choices: Vec<(String, String)>| [vec![(String::new(), w.any.to_owned())], choices].concat();
    let states = [("open", w.is_open), ("won", w.is_won), ("lost", w.is_lost), ("closed", w.is_closed), ("stalled", w.stalled)];
    let names = shell.words::<Called>();
    let stages = among.stages.iter().map(|stage| (stage.name.clone(), names.stage(&stage.name))).collect();
    let states = states.map(|(value, name)| (value.to_owned(), name.to_owned())).to_vec();
    let parts = [Part::Sourced, Part::Influenced, Part::Neither];
    let parts = parts.map(|part| (part.to_string(), w.part_name(part).to_owned())).to_vec();
    let mut all = vec![
        Filter::choice(wanted, "stage", w.stage, any(stages)),
        Filter::choice(wanted, "state", w.state, any(states)),
        Filter::choice(wanted, "part", w.part, any(parts)),
        Filter::choice(wanted, "partner_id", t.partner, any(choices(among.partners))),
    ];
    if !among.owners.is_empty() {
        all.push(Filter::choice(wanted, "owner", w.owner, any(same(among.owners))));
    }
    all.extend([Filter::date(wanted, "from", w.opened_from), Filter::date(wanted, "to", w.opened_to)]);
    let said = [("kind", w.with_activity), ("without", w.without_activity), ("reached", w.history)];
    let said = said.iter().filter_map(|(name, label)| {
        let value = wanted.get(name)?;
        Some(format!("{label}: {}", if *name == "reached" { names.stage(value) } else { names.kind(value) }))
    });
    let narrowing = Narrowing { filters: all, more: &["kind", "without", "reached"], submit: w.filter };
    let mut content = vec![narrowing.html(shell, wanted)];
    content.extend(said.map(|text| Html::of(&Said { text })));
    content.push(table.html(&shell.reader, wanted));
    let actions = may_change.then(|| button("/admin/deals/new", w.new_deal, true)).into_iter().collect();
    let lead = if full { w.newest_deals } else { "" };
    Content { title: w.deals.into(), lead: lead.into(), actions, parts: content, ..Content::default() }
}

#[derive(Template)]
#[template(source = r#"<p class="only"><span class="badge">{{ text }}</span></p>"#, ext = "html")]
struct Said {
    text: String,
}

/// What is said where no deal is; `searched` when there may be others.
pub fn nothing(shell: &Shell, searched: bool, may_change: bool) -> Html {
    let w = shell.words::<Deals>();
    match searched {
        true => empty(w.no_deal_fits, Some(("/admin/deals", shell.texts().show_all))),
        false => empty(w.no_deals, may_change.then_some(("/admin/deals/new", w.new_deal))),
    }
}

/// A choice among accounts, by name.
pub fn account_choice(shell: &Shell, name: &'static str, label: &'static str, accounts: &[Account]) -> Field {
    let mut all: Vec<(String, String)> = accounts
        .iter()
        .map(|account| match &account.domain {
            Some(domain) => (account.id.to_string(), format!("{} ({domain})", account.name)),
            None => (account.id.to_string(), account.name.clone()),
        })
        .collect();
    all.sort_by_key(|(_, name)| name.to_lowercase());
    all.insert(0, (String::new(), shell.texts().none.to_owned()));
    Field::choice(name, label, all)
}

/// The fields of an amount and its currency.
pub fn money_fields(shell: &Shell, amount: Option<i64>, currency: Option<Currency>) -> [Field; 2] {
    let w = shell.words::<Deals>();
    let number = worth(amount, currency).first().map_or(String::new(), |money| shell.reader.amount(*money));
    [
        Field::number("amount", shell.texts().amount).value(number).hint(w.amount_hint),
        Field::text("currency", w.currency)
            .value(currency.map_or("EUR".to_owned(), |currency| currency.to_string()))
            .hint(w.currency_hint),
    ]
}

/// The page to make one, or to change the one that is there.
pub fn edit(shell: &Shell, deal: Option<&Deal>, accounts: &[Account], stages: &[Stage], sent: Sent<'_>) -> Content {
    let (t, w) = (shell.texts(), shell.words::<Deals>());
    let text = |of: fn(&Deal) -> &Option<String>| deal.and_then(|deal| of(deal).clone()).unwrap_or_default();
    let account = deal.and_then(|deal| deal.account_id).map(|id| id.to_string()).unwrap_or_default();
    let mut fields = vec![
        Field::text("name", t.name).value(deal.map_or("", |deal| &deal.name)).required(),
        account_choice(shell, "account_id", w.account, accounts).value(account),
    ];
    fields.extend(money_fields(shell, deal.and_then(|deal| deal.amount), deal.and_then(|deal| deal.currency)));
    if deal.is_none() {
        let called = shell.words::<Called>();
        let names = stages.iter().map(|stage| (stage.name.clone(), called.stage(&stage.name))).collect();
        let first = stages.iter().find(|stage| stage.kind == DealStatus::Open).map_or("", |stage| &stage.name);
        fields.push(Field::choice("stage", w.stage, names).value(first));
    }
    fields.extend([
        Field::text("owner", w.owner).value(text(|deal| &deal.owner)).hint(w.owner_hint),
        Field::text("product", w.product).value(text(|deal| &deal.product)),
        Field::text("customer_id", w.customer_id).value(text(|deal| &deal.customer_id)).hint(w.customer_hint),
        Field::text("external_id", w.external).value(text(|deal| &deal.external_id)),
        Field::input("date", "opened_at", w.opened).value(deal.map_or(String::new(), |deal| deal.opened_at.date())),
    ]);
    if let Some(closed) = deal.and_then(|deal| deal.closed_at) {
        fields.push(Field::input("date", "closed_at", w.closed).value(closed.date()));
    }
    if deal.is_none_or(|deal| deal.status == DealStatus::Won) {
        fields.push(Field::text("order_id", t.order).value(text(|deal| &deal.order_id)).hint(w.order_hint));
    }
    fields.push(Field::area("note", w.note, "").value(text(|deal| &deal.note)));
    let list = ("/admin/deals".to_owned(), w.deals.to_owned());
    let (action, title, submit, up) = match deal {
        None => (list.0.clone(), w.new_deal, t.create, list),
        Some(deal) => {
            let path = format!("/admin/deals/{}", deal.id);
            (path.clone(), w.edit_deal, t.save, (path, deal.name.clone()))
        }
    };
    let form = Form { title: String::new(), action, fields, submit, look: "card" };
    Content { title: title.into(), up: Some(up), parts: vec![form.html(shell, sent)], ..Content::default() }
}

/// Whether a list that holds so many rows is cut off.
pub fn is_full(rows: usize) -> bool {
    rows >= ROWS_MAX
}
