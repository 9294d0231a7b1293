//! Customers: found by the website's own id; everything of one as a timeline, under all the ids that are the same buyer.

use askama::Template;

use crate::domain::attribution::Touch;
use crate::domain::conversion::Conversion;
use crate::domain::customer::Customer;
use crate::domain::deal::{Deal, DealStatus};
use crate::domain::money::Money;
use crate::domain::verdict::Verdict;
use crate::pages::Html;
use crate::pages::conversion::{customer_path, lanes, links_of, notice};
use crate::pages::evidence::Names;
use crate::pages::facts::facts;
use crate::pages::shell::{Content, Shell};
use crate::pages::table::{Cell, PAGE_ROWS, Table, Wanted, empty, long, numbers, sums, words};
use crate::pages::texts::{Called, Journeys};
use crate::pages::timeline::{Dot, Mark, Timeline};

/// How many customers a list has: each is looked up with all of its kin.
pub const CUSTOMERS_MAX: i64 = 200;
/// The most touchpoints that are shown of one customer, the newest.
pub const TOUCHES_MAX: usize = 300;
/// The most labels of a picture.
const MARKS_MAX: usize = 12;

/// A field to find one by its id.
#[derive(Template)]
#[template(
    source = r#"<form method="get" action="/admin/customers" class="narrowing" role="search"><div class="field"><label for="id">{{ w.find_customer }}</label><input id="id" name="id" value="{{ id }}" autocomplete="off"></div><button class="main">{{ w.find }}</button></form>{% if missed %}<p class="problems" role="alert">{{ w.no_customer }}</p>{% endif %}"#,
    ext = "html"
)]
struct Find<'a> {
    w: &'static Journeys,
    id: &'a str,
    missed: bool,
}

/// The newest customers.
pub fn table(shell: &Shell, customers: &[Customer]) -> Table {
    let (t, w, reader) = (shell.texts(), shell.words::<Journeys>(), &shell.reader);
    let row = |customer: &Customer| {
        let merged = customer.merged_into.as_deref().unwrap_or_default();
        vec![
            Cell::text(&customer.id).to(customer_path(&customer.id)),
            Cell::time(reader, customer.first_seen_at),
            Cell::number(reader, customer.conversions).to(customer_path(&customer.id)),
            Cell::number(reader, customer.visitors).to(customer_path(&customer.id)),
            Cell::text(merged).to_if(!merged.is_empty(), customer_path(merged)),
        ]
    };
    let columns = vec![
        words("customer", t.customer),
        words("first_seen", w.first_seen),
        numbers("conversions", t.conversions),
        numbers("browsers", w.browsers),
        words("merged_into", w.merged_into),
    ];
    let (rows, empty) = (customers.iter().map(row).collect(), empty(w.no_customers, None));
    Table { id: "customers", title: w.customers.into(), columns, rows, page_rows: PAGE_ROWS, empty }
}

/// What was searched for.
pub struct Found<'a> {
    /// An id or an address; empty for nothing.
    pub asked: &'a str,
    /// Nobody has it.
    pub missed: bool,
}

/// The list, and a way to any other.
pub fn list(shell: &Shell, wanted: &Wanted<'_>, table: &Table, found: &Found<'_>) -> Content {
    let w = shell.words::<Journeys>();
    let find = Html::of(&Find { w, id: found.asked, missed: found.missed });
    let newest = !table.rows.is_empty() && (found.asked.is_empty() || found.missed);
    let lead = if newest { w.newest_customers } else { "" };
    let parts = vec![find, table.html(&shell.reader, wanted)];
    Content { title: w.customers.into(), lead: lead.into(), parts, ..Content::default() }
}

/// Everything of one customer.
pub struct Life<'a> {
    /// The customer.
    pub customer: &'a Customer,
    /// Its touchpoints, in the order of time.
    pub touches: Vec<Touch>,
    /// How many there were, where some are not shown.
    pub cut: Option<usize>,
    /// Its conversions, the newest first.
    pub conversions: Vec<Conversion>,
    /// Its deals.
    pub deals: Vec<Deal>,
    /// Names of partners and links.
    pub names: Names,
}

impl Life<'_> {
    fn partner(&self, shell: &Shell, touch: &Touch) -> String {
        let name = touch.partner.map(|id| self.names.get(&id.uuid()).cloned().unwrap_or_else(|| id.to_string()));
        name.unwrap_or_else(|| shell.words::<Journeys>().our_teams.to_owned())
    }

    fn picture(&self, shell: &Shell) -> Timeline {
        let (w, names, reader) = (shell.words::<Journeys>(), shell.words::<Called>(), &shell.reader);
        let (places, lanes) = lanes(self.touches.iter().map(|touch| (touch.partner, self.partner(shell, touch))), w.others);
        let dot = |(touch, lane): (&Touch, usize)| {
            let mut told = vec![self.partner(shell, touch), reader.time(touch.at), names.kind(&touch.kind)];
            told.extend(links_of(&self.names, touch.link));
            // All of the same size: what share one has differs by conversion.
            Dot {
                at: touch.at,
                lane,
                share: Some(20_000_000),
                counted: touch.verdict == Verdict::Valid,
                told: told.join(" · "),
            }
        };
        let conversions = self.conversions.iter().map(|c| Mark { at: c.occurred_at, label: names.event(&c.event) });
        let opened =
            self.deals.iter().map(|deal| Mark { at: deal.opened_at, label: format!("{}: {}", w.deal_opened, deal.name) });
        let closed = self.deals.iter().filter_map(|deal| {
            let outcome = if deal.status == DealStatus::Won { w.won } else { w.lost };
            Some(Mark { at: deal.closed_at?, label: format!("{outcome}: {}", deal.name) })
        });
        let marks = conversions.chain(opened).chain(closed).take(MARKS_MAX).collect();
        Timeline {
            title: w.timeline.to_owned(),
            hint: "",
            lanes,
            dots: self.touches.iter().zip(places).map(dot).collect(),
            marks,
        }
    }

    /// Its tables.
    pub fn tables(&self, shell: &Shell) -> Vec<Table> {
        let mut tables = vec![self.conversions(shell), self.touchpoints(shell)];
        if !self.deals.is_empty() {
            tables.push(self.deals(shell));
        }
        tables
    }

    fn conversions(&self, shell: &Shell) -> Table {
        let (t, reader) = (shell.texts(), &shell.reader);
        let row = |c: &Conversion| {
            let money = c.amount.zip(c.currency).map(|(amount, currency)| Money { amount, currency });
            vec![
                Cell::time(reader, c.occurred_at).to(format!("/admin/conversions/{}", c.id)),
                Cell::named(&c.event, shell.words::<Called>().event(&c.event)),
                Cell::text(c.order_id.clone().unwrap_or_default()),
                Cell::money(reader, money.as_slice()),
                Cell::text(c.summary.as_deref().map_or(String::new(), |summary| reader.said(summary))),
            ]
        };
        let columns = vec![
            words("at", t.at),
            words("event", t.event),
            words("order", t.order),
            sums("amount", t.amount),
            long("reason", t.reason),
        ];
        let (rows, empty) =
            (self.conversions.iter().map(row).collect(), empty(shell.words::<Journeys>().nothing_of_customer, None));
        Table { id: "conversions", title: t.conversions.into(), columns, rows, page_rows: PAGE_ROWS, empty }
    }

    fn touchpoints(&self, shell: &Shell) -> Table {
        let (t, reader) = (shell.texts(), &shell.reader);
        let row = |touch: &Touch| {
            let good = if touch.verdict == Verdict::Valid { "good" } else { "bad" };
            let partner = Cell::text(self.partner(shell, touch));
            let link = Cell::text(links_of(&self.names, touch.link).unwrap_or_default());
            vec![
                Cell::time(reader, touch.at),
                Cell::named(&touch.kind, shell.words::<Called>().kind(&touch.kind)),
                touch.partner.map_or(partner.clone(), |id| partner.to(format!("/admin/partners/{id}"))),
                touch.link.map_or(link.clone(), |id| link.to(format!("/admin/links/{id}"))),
                Cell::badge(t.verdict(touch.verdict), good),
            ]
        };
        let columns = vec![
            words("at", t.at),
            words("kind", t.kind),
            words("partner", t.partner),
            words("link", t.link),
            words("verdict", t.verdict),
        ];
        let (rows, empty) = (self.touches.iter().rev().map(row).collect(), empty(shell.words::<Journeys>().no_journey, None));
        Table { id: "touchpoints", title: t.touchpoints.into(), columns, rows, page_rows: PAGE_ROWS, empty }
    }

    fn deals(&self, shell: &Shell) -> Table {
        let (t, w, reader) = (shell.texts(), shell.words::<Journeys>(), &shell.reader);
        let row = |deal: &Deal| {
            let money = deal.amount.zip(deal.currency).map(|(amount, currency)| Money { amount, currency });
            vec![
                Cell::time(reader, deal.opened_at),
                Cell::text(&deal.name),
                Cell::named(&deal.stage, shell.words::<Called>().stage(&deal.stage)),
                Cell::money(reader, money.as_slice()),
            ]
        };
        let columns =
            vec![words("opened", w.deal_opened), words("name", t.name), words("stage", w.stage), sums("amount", t.amount)];
        let rows = self.deals.iter().map(row).collect();
        Table { id: "deals", title: w.deals.into(), columns, rows, page_rows: PAGE_ROWS, empty: Html::default() }
    }

    /// The whole page.
    pub fn content(&self, shell: &Shell, wanted: &Wanted<'_>, tables: &[Table]) -> Content {
        let (w, reader, customer) = (shell.words::<Journeys>(), &shell.reader, self.customer);
        let others: Vec<&str> = customer.accounts.iter().map(String::as_str).filter(|id| *id != customer.id).collect();
        let emails: Vec<&str> = customer.emails.iter().filter_map(|email| email.address.as_deref()).collect();
        let partner = customer.partner_id.and_then(|id| self.names.get(&id.uuid()).cloned());
        let known = facts(vec![
            (w.first_seen, reader.time(customer.first_seen_at)),
            (w.known_as, others.join(", ")),
            (w.merged_into, customer.merged_into.clone().unwrap_or_default()),
            (w.part_of, customer.parent_id.clone().unwrap_or_default()),
            (w.is_partner, partner.unwrap_or_default()),
            (w.emails, emails.join(", ")),
            (w.browsers, reader.number(customer.visitors)),
        ]);
        let mut parts = vec![known];
        parts.extend(self.picture(shell).html(reader));
        if let Some(all) = self.cut {
            let count = |n: usize| reader.number(i64::try_from(n).unwrap_or(i64::MAX));
            parts.push(notice(&format!("{} {} {} {}.", w.cut, count(self.touches.len()), w.of, count(all))));
        }
        parts.extend(tables.iter().map(|table| table.html(reader, wanted)));
        let up = Some(("/admin/customers".to_owned(), w.customers.to_owned()));
        Content { title: customer.id.clone(), up, parts, ..Content::default() }
    }
}
