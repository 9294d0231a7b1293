//! What makes the numbers up: touchpoints and conversions, one by one.

use std::collections::HashMap;

use askama::Template;

use crate::domain::conversion::Conversion;
use crate::domain::id::{ConversionId, PartnerId, TouchpointId};
use crate::domain::money::Money;
use crate::domain::partner::Partner;
use crate::domain::time::Time;
use crate::domain::touchpoint::Touchpoint;
use crate::domain::verdict::Verdict;
use crate::pages::Html;
use crate::pages::conversion::{customer_path, notice};
use crate::pages::narrowing::{Filter, Narrowing};
use crate::pages::overview::Days;
use crate::pages::partners::choices;
use crate::pages::reader::once;
use crate::pages::shell::{Content, Shell};
use crate::pages::table::{Cell, PAGE_ROWS, Table, Wanted, empty, long, sums, words};
use crate::pages::texts::{Called, Deals, Journeys, Texts, fill};

/// The most rows that are read of a list.
pub const ROWS_MAX: usize = 1_000;
/// The most rows of an export of touchpoints or conversions: some 25 MB, which a spreadsheet still opens.
pub const EXPORT_ROWS_MAX: usize = 100_000;

/// Names of partners, links and campaigns, by their ids.
pub type Names = HashMap<uuid::Uuid, String>;

fn named(names: &Names, id: Option<uuid::Uuid>) -> String {
    id.map_or(String::new(), |id| names.get(&id).cloned().unwrap_or_default())
}

/// Partners by their names, each leading to its page.
pub fn linked(names: &Names, partners: &[PartnerId]) -> Cell {
    let link = |id: &PartnerId| (named(names, Some(id.uuid())), format!("/admin/partners/{id}"));
    Cell::links(partners.iter().map(link).collect())
}

/// The conversion that each touchpoint may have led to: the first of its browser that came after it.
pub type LedTo = HashMap<TouchpointId, ConversionId>;

/// A list of touchpoints.
pub fn touchpoints(shell: &Shell, rows: &[Touchpoint], names: &Names, led_to: &LedTo) -> Table {
    let (t, w, called, reader) = (shell.texts(), shell.words::<Journeys>(), shell.words::<Called>(), &shell.reader);
    let staff = shell.base() == "/admin";
    let row = |touch: &Touchpoint| {
        let partner = Cell::text(named(names, touch.partner_id.map(Into::into)));
        let link = Cell::text(named(names, touch.link_id.map(Into::into)));
        let good = if touch.verdict == Verdict::Valid { "good" } else { "bad" };
        let mut cells = vec![Cell::time(reader, touch.occurred_at), Cell::named(&touch.kind, called.kind(&touch.kind))];
        if staff {
            cells.push(touch.partner_id.map_or(partner.clone(), |id| partner.to(format!("/admin/partners/{id}"))));
        }
        let device = [&touch.device.browser, &touch.device.os].map(|part| part.as_deref().unwrap_or_default()).join(" ");
        cells.extend([
            touch.link_id.map_or(link.clone(), |id| link.to(format!("{}/links/{id}", shell.base()))),
            Cell::badge(t.verdict(touch.verdict), good),
            led_to
                .get(&touch.id)
                .map_or(Cell::text(""), |id| Cell::text(w.conversion).to(format!("{}/conversions/{id}", shell.base()))),
            Cell::text(touch.country.clone().unwrap_or_default()),
            Cell::text(device.trim()),
            Cell::text(touch.referrer.clone().unwrap_or_default()),
            Cell::text(touch.params.get("utm_source").cloned().unwrap_or_default()),
        ]);
        cells
    };
    let mut columns = vec![words("at", t.at), words("kind", t.kind)];
    columns.extend(staff.then(|| words("partner", t.partner)));
    columns.extend([
        words("link", t.link),
        words("verdict", t.verdict),
        words("led_to", w.led_to),
        words("country", t.country),
        words("device", t.device),
        long("referrer", t.referrer),
        words("utm_source", "utm_source"),
    ]);
    let empty = empty(t.nothing_in_period, None);
    Table {
        id: "touchpoints",
        title: t.touchpoints.into(),
        columns,
        rows: rows.iter().map(row).collect(),
        page_rows: PAGE_ROWS,
        empty,
    }
}

/// A list of conversions; a partner sees its own part only.
pub fn conversions(shell: &Shell, rows: &[Conversion], names: &Names, own: Option<PartnerId>) -> Table {
    let (t, called, reader) = (shell.texts(), shell.words::<Called>(), &shell.reader);
    let row = |conversion: &Conversion| {
        let money = |amount: i64| conversion.currency.map(|currency| Money { amount, currency });
        let shown = || conversion.credits.iter().filter(|credit| own.is_none_or(|own| credit.partner_id == own));
        let whole: Vec<Money> = conversion.amount.and_then(money).into_iter().collect();
        let credited: Vec<Money> = money(shown().map(|credit| credit.amount).sum()).into_iter().collect();
        let mut partners: Vec<PartnerId> = shown().map(|credit| credit.partner_id).collect();
        once(&mut partners);
        // Staff get the outcome in a sentence; it may name others, so a partner gets the reasons of its own part.
        let why = match conversion.summary.as_ref().filter(|_| own.is_none()) {
            Some(summary) => reader.said(summary),
            None => reader.reasons(shown().map(|credit| (credit.reason.as_str(), credit.weight.0))),
        };
        let href = format!("{}/conversions/{}", shell.base(), conversion.id);
        let mut cells = vec![Cell::time(reader, conversion.occurred_at).to(href)];
        cells.push(Cell::named(&conversion.event, called.event(&conversion.event)));
        cells.push(Cell::text(conversion.order_id.clone().unwrap_or_default()));
        if own.is_none() {
            let customer = conversion.customer_id.as_deref().unwrap_or_default();
            cells.push(Cell::text(customer).to_if(!customer.is_empty(), customer_path(customer)));
        }
        cells.extend([Cell::money(reader, &whole), Cell::money(reader, &credited)]);
        if own.is_none() {
            cells.push(linked(names, &partners));
        }
        cells.push(Cell::text(why));
        cells
    };
    let mut columns = vec![words("at", t.at), words("event", t.event), words("order", t.order)];
    columns.extend(own.is_none().then(|| words("customer", t.customer)));
    columns.extend([sums("amount", t.amount), sums("credited", t.credited)]);
    columns.extend(own.is_none().then(|| words("partners", t.partners)));
    columns.push(long("reason", t.reason));
    let empty = empty(t.nothing_in_period, None);
    Table {
        id: "conversions",
        title: t.conversions.into(),
        columns,
        rows: rows.iter().map(row).collect(),
        page_rows: PAGE_ROWS,
        empty,
    }
}

/// What the list is narrowed down to, and the way back.
#[derive(Template)]
#[template(
    source = r#"<p class="only">{% for value in only %}<span class="badge">{{ value }}</span> {% endfor %}{% if let Some(all) = all %}<a href="{{ all }}">{{ t.show_all }}</a>{% endif %}</p>"#,
    ext = "html"
)]
struct Only<'a> {
    t: &'static Texts,
    only: &'a [String],
    all: Option<String>,
}

/// What narrows a list down, in the URL.
pub const NARROWING: [&str; 14] = [
    "kind",
    "verdict",
    "event",
    "code",
    "code_id",
    "partner_id",
    "link_id",
    "campaign_id",
    "country",
    "device",
    "heard",
    "heard_partner_id",
    "heard_from",
    "tracked_partner_id",
];

/// What a page is narrowed down to.
pub fn narrowed_by(shell: &Shell, only: &[String]) -> Html {
    Html::of(&Only { t: shell.texts(), only, all: None })
}

/// What a page is narrowed down to, and the way back to all.
pub fn narrowed_to(shell: &Shell, wanted: &Wanted<'_>, only: &[String]) -> Html {
    Html::of(&Only { t: shell.texts(), only, all: Some(wanted.anew(&NARROWING.map(|name| (name, "")))) })
}

/// The events that every program knows; others are those that its lists hold.
pub const EVENTS: [&str; 4] = ["lead", "signup", "sale", "renewal"];
/// The kinds that every program knows.
const KINDS: [&str; 2] = ["click", "view"];

/// A filter among names, with the one that the URL holds.
fn among(
    wanted: &Wanted<'_>, name: &'static str, label: &'static str, any: &str, mut names: Vec<String>,
    shown: impl Fn(&str) -> String,
) -> Filter {
    names.extend(wanted.get(name).map(str::to_owned));
    names.sort();
    names.dedup();
    let named = names.into_iter().map(|name| {
        let shown = shown(&name);
        (name, shown)
    });
    Filter::choice(wanted, name, label, std::iter::once((String::new(), any.to_owned())).chain(named).collect())
}

fn filter_form(shell: &Shell, wanted: &Wanted<'_>, mut all: Vec<Filter>, partners: Option<&[Partner]>) -> Narrowing {
    let w = shell.words::<Deals>();
    if let Some(partners) = partners {
        let any = vec![(String::new(), w.any.to_owned())];
        all.push(Filter::choice(wanted, "partner_id", shell.texts().partner, [any, choices(partners)].concat()));
    }
    Narrowing { filters: all, more: &NARROWING, submit: w.filter }
}

/// The filters of a list of touchpoints: verdict, kind and, for staff, partner.
pub fn touchpoint_filters(
    shell: &Shell, wanted: &Wanted<'_>, mut kinds: Vec<String>, partners: Option<&[Partner]>,
) -> Narrowing {
    let (t, w, called) = (shell.texts(), shell.words::<Deals>(), shell.words::<Called>());
    kinds.extend(KINDS.map(str::to_owned));
    let verdicts = Verdict::ALL.iter().map(|verdict| (verdict.to_string(), t.verdict(*verdict).to_owned()));
    let verdicts = std::iter::once((String::new(), w.any.to_owned())).chain(verdicts).collect();
    let all = vec![
        Filter::choice(wanted, "verdict", t.verdict, verdicts),
        among(wanted, "kind", t.kind, w.any, kinds, |kind| called.kind(kind)),
    ];
    filter_form(shell, wanted, all, partners)
}

/// The filter of events: those that every program knows, and `others` that its lists hold.
pub fn event_filter(shell: &Shell, wanted: &Wanted<'_>, mut others: Vec<String>) -> Filter {
    others.extend(EVENTS.map(str::to_owned));
    let (t, w, called) = (shell.texts(), shell.words::<Deals>(), shell.words::<Called>());
    among(wanted, "event", t.event, w.any, others, |events| called.events(events))
}

/// The filters of a list of conversions: event and, for staff, partner.
pub fn conversion_filters(shell: &Shell, wanted: &Wanted<'_>, events: Vec<String>, partners: Option<&[Partner]>) -> Narrowing {
    filter_form(shell, wanted, vec![event_filter(shell, wanted, events)], partners)
}

/// What is said of a list that has as many rows as are read at most.
pub fn left_out(shell: &Shell, table: &Table) -> Option<Html> {
    (table.rows.len() >= ROWS_MAX).then(|| notice(shell.texts().newest_only))
}

/// Of how many a list shows the newest.
#[derive(Clone, Copy, Debug)]
pub enum Whole {
    /// It shows them all.
    Shown,
    /// So many, as the figures say.
    Counted(i64),
    /// Nobody counted.
    Unknown,
}

/// What is said of a list that ends before its period does, and whose export does not.
fn only_newest(shell: &Shell, whole: Whole) -> Option<Html> {
    let (w, reader) = (shell.words::<Journeys>(), &shell.reader);
    let number = |count: usize| reader.number(i64::try_from(count).unwrap_or(i64::MAX));
    let shown = match whole {
        Whole::Shown => return None,
        Whole::Counted(count) => fill(w.newest_of, &[&number(ROWS_MAX), &reader.number(count)]),
        Whole::Unknown => fill(w.newest_of_more, &[&number(ROWS_MAX)]),
    };
    Some(notice(&format!("{shown} {}", fill(w.look_among, &[&number(EXPORT_ROWS_MAX)]))))
}

/// A list and what stands around it.
pub struct Listed<'a> {
    /// The period.
    pub days: &'a Days,
    /// Now.
    pub now: Time,
    /// The filters above it.
    pub filters: &'a Narrowing,
    /// The list.
    pub table: &'a Table,
    /// What else it is narrowed down to.
    pub only: &'a [String],
    /// Of how many it shows the newest.
    pub whole: Whole,
}

/// The page of such a list.
pub fn content(shell: &Shell, wanted: &Wanted<'_>, listed: Listed<'_>) -> Content {
    let Listed { days, now, filters, table, only, whole } = listed;
    let mut parts = filters.below_period(shell, wanted, days, now);
    if !only.is_empty() {
        parts.push(narrowed_by(shell, only));
    }
    parts.extend(only_newest(shell, whole));
    parts.push(table.html(&shell.reader, wanted));
    Content { title: table.title.clone(), lead: shell.texts().days_are_utc.into(), parts, ..Content::default() }
}
