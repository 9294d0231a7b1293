//! What a draft would change: partner by partner, now, then and the difference.

use askama::Template;

use crate::domain::conversion::Weight;
use crate::domain::money::{Currency, Money};
use crate::domain::whatif::{Change, Outlook, Simulation};
use crate::error::FieldError;
use crate::pages::confirm::paragraph;
use crate::pages::overview::{Days, cut};
use crate::pages::reader::Reader;
use crate::pages::shell::Shell;
use crate::pages::table::{Cell, PAGE_ROWS, Table, Wanted, empty, numbers, sums, words};
use crate::pages::texts::policies::Policies;
use crate::pages::texts::{Texts, fill};
use crate::pages::tiles::{Tile, tiles};
use crate::pages::{Html, path_with};

/// A sum of shares: `12.50`.
fn shares(reader: &Reader, weight: Weight) -> Cell {
    Cell::decimal(reader, weight.0 as f64 / 1e9)
}

/// With the sign that says which way.
pub(super) fn gained(reader: &Reader, monies: &[Money]) -> String {
    reader.gains(&monies.iter().map(|money| money.currency).collect::<Vec<_>>(), monies)
}

/// Where the conversions of the period are, of one partner or of all.
fn conversions(days: &Days, partner: &str) -> String {
    path_with("/admin/conversions", &[("from", &days.from), ("to", &days.to), ("partner_id", partner)])
}

/// A row a partner, the greatest change first.
pub fn table(shell: &Shell, simulation: &Simulation, days: &Days) -> Table {
    let (t, reader): (&Policies, _) = (shell.words(), &shell.reader);
    let row = |outlook: &Outlook| {
        let Outlook { partner_id, name, change: Change { now, then, difference } } = outlook;
        let id = partner_id.to_string();
        vec![
            Cell::text(name.clone().unwrap_or_else(|| id.clone())).to(format!("/admin/partners/{id}")),
            shares(reader, now.weight).to(conversions(days, &id)),
            shares(reader, then.weight),
            Cell::money(reader, &now.amounts).to(conversions(days, &id)),
            Cell::money(reader, &then.amounts),
            Cell::gains(reader, &difference.amounts),
        ]
    };
    let columns = vec![
        words("partner", shell.texts().partner),
        numbers("shares_now", t.shares_now),
        numbers("shares_then", t.shares_then),
        sums("now", t.now),
        sums("then", t.then),
        sums("difference", t.difference),
    ];
    let rows = simulation.data.iter().map(row).collect();
    let empty = empty(t.nothing_to_compare, None);
    Table { id: "simulation", title: shell.texts().partners.into(), columns, rows, page_rows: PAGE_ROWS, empty }
}

/// The form that asks for a period.
#[derive(Template)]
#[template(
    source = r##"<form method="get" action="{{ path }}" class="card try" id="simulate"><h2>{{ t.simulate_title }}</h2>
<div class="period"><div class="field"><label for="from">{{ x.from }}</label><input id="from" type="date" name="from" value="{{ days.from }}" required></div>
<div class="field"><label for="to">{{ x.to }}</label><input id="to" type="date" name="to" value="{{ days.to }}" required></div>
<button class="main">{{ t.simulate }}</button></div>
{% for problem in problems %}<p class="error" role="alert">{{ problem }}</p>{% endfor -%}
<p class="hint">{{ t.simulate_lead }}</p></form>"##,
    ext = "html"
)]
struct Asking<'a> {
    t: &'static Policies,
    x: &'static Texts,
    path: &'a str,
    days: &'a Days,
    problems: Vec<String>,
}

/// The form and, once it was sent, what came of it; `total` is the first of the parts that stand on the page.
pub fn parts(
    shell: &Shell, wanted: &Wanted<'_>, days: &Days, tried: Option<(&Simulation, &Table)>, problems: &[FieldError],
) -> Vec<Html> {
    let (t, reader): (&Policies, _) = (shell.words(), &shell.reader);
    let said = problems.iter().map(|problem| shell.reader.said(&problem.message)).chain(cut(shell, wanted, days));
    let mut parts = vec![Html::of(&Asking { t, x: shell.texts(), path: wanted.path, days, problems: said.collect() })];
    let Some((simulation, table)) = tried else { return parts };
    let all = conversions(days, "");
    let tile = |label, value: String| Tile { label, value, change: None, href: all.clone() };
    let Change { now, then, difference } = &simulation.total;
    let mut currencies: Vec<Currency> = now.amounts.iter().chain(&then.amounts).map(|money| money.currency).collect();
    currencies.sort_unstable();
    currencies.dedup();
    parts.push(tiles(
        &[
            tile(t.conversions_looked, reader.number(simulation.conversions)),
            tile(t.would_follow, reader.number(simulation.following)),
            tile(t.would_change, reader.number(simulation.changed)),
            tile(t.now, reader.lines(&currencies, &now.amounts)),
            Tile {
                change: Some(reader.gains(&currencies, &difference.amounts)),
                ..tile(t.then, reader.lines(&currencies, &then.amounts))
            },
        ],
        "",
    ));
    if simulation.without_policy > 0 {
        parts.push(paragraph(&fill(t.without_policy, &[&reader.number(simulation.without_policy)])));
    }
    parts.extend(simulation.warnings.iter().map(|warning| paragraph(warning)));
    parts.push(table.html(reader, wanted));
    parts
}

/// What is said where there is nothing to try.
pub fn none(shell: &Shell) -> Vec<Html> {
    let t: &Policies = shell.words();
    vec![paragraph(t.simulate_not)]
}
