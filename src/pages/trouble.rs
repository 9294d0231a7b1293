//! What went wrong: rejected hits, discrepancies, and what buyers say otherwise.

use std::collections::HashMap;

use crate::domain::conversion::{Conversion, Source};
use crate::domain::discrepancy::{Discrepancy, DiscrepancyKind};
use crate::domain::heard::{Disagreement, HeardMatch, SelfReport};
use crate::domain::id::ConversionId;
use crate::domain::interpret::Rejected;
use crate::domain::money::Money;
use crate::domain::time::Time;
use crate::pages::confirm::paragraph;
use crate::pages::evidence::{Names, ROWS_MAX, linked};
use crate::pages::overview::{Days, period};
use crate::pages::shell::{Content, Shell};
use crate::pages::table::{Cell, FEW_ROWS, PAGE_ROWS, Table, Wanted, empty, long, numbers, words};
use crate::pages::texts::Called;
use crate::pages::texts::trouble::Trouble;
use crate::pages::tiles::{Tile, tiles};
use crate::pages::{Html, path_with};

use askama::Template;

/// What people call the way by which something came in.
pub fn way(t: &'static Trouble, source: Source) -> &'static str {
    match source {
        Source::Pixel => t.way_pixel,
        Source::Postback => t.way_postback,
        Source::Tag => t.way_tag,
        Source::Api => t.way_api,
        Source::Import => t.way_import,
        Source::View => t.way_view,
    }
}

/// The ways to look at: each a link that narrows the list down.
#[derive(Template)]
#[template(
    source = r#"<nav class="only" aria-label="{{ label }}">{% for (href, name, on) in ways %}<a href="{{ href }}"{% if *on %} aria-current="true" class="badge good"{% endif %}>{{ name }}</a>{% endfor %}</nav>"#,
    ext = "html"
)]
struct Ways<'a> {
    label: &'a str,
    ways: Vec<(String, &'static str, bool)>,
}

/// The rejected hits, newest first.
pub fn rejected(shell: &Shell, rows: &[Rejected]) -> Table {
    let t: &Trouble = shell.words();
    let row = |hit: &Rejected| {
        let reasons: Vec<String> =
            hit.reasons.iter().map(|reason| format!("{}: {}", reason.field, shell.reader.said(&reason.message))).collect();
        vec![
            Cell::time(&shell.reader, hit.at),
            Cell::text(way(t, hit.source)),
            Cell::text(reasons.join("; ")),
            Cell::text(&hit.query),
            Cell::text(hit.referrer.clone().unwrap_or_default()),
            Cell::text(&hit.user_agent),
        ]
    };
    let columns = vec![
        words("at", shell.texts().at),
        words("source", t.way),
        long("reasons", t.reasons),
        long("query", t.sent),
        long("referrer", t.page_that_sent),
        long("user_agent", t.client),
    ];
    let rows = rows.iter().map(row).collect();
    Table { id: "rejected", title: t.rejected.into(), columns, rows, page_rows: PAGE_ROWS, empty: empty(t.none_rejected, None) }
}

/// The page of rejected hits.
pub fn rejected_page(
    shell: &Shell, wanted: &Wanted<'_>, days: &Days, now: Time, table: &Table, only: Option<Source>,
) -> Content {
    let t: &Trouble = shell.words();
    let mut ways = vec![(wanted.anew(&[("source", "")]), t.any_way, only.is_none())];
    let sources = Source::ALL.iter().filter(|source| **source != Source::Import);
    ways.extend(sources.map(|&source| (wanted.anew(&[("source", source.as_str())]), way(t, source), only == Some(source))));
    let mut parts = vec![period(shell, wanted, days, now), Html::of(&Ways { label: t.way, ways })];
    if table.rows.len() >= ROWS_MAX {
        parts.push(paragraph(t.more_than));
    }
    parts.push(table.html(&shell.reader, wanted));
    Content { title: t.rejected.into(), lead: t.rejected_lead.into(), parts, ..Content::default() }
}

/// What a kind is called, what it means, and what to do.
fn kind(t: &'static Trouble, kind: DiscrepancyKind) -> (&'static str, &'static str, &'static str) {
    match kind {
        DiscrepancyKind::ConversionWithoutJourney => ("without_journey", t.without_journey, t.without_journey_what),
        DiscrepancyKind::CreditToDisabledPartner => ("to_disabled", t.to_disabled, t.to_disabled_what),
        DiscrepancyKind::TouchpointAfterConversion => ("too_late", t.too_late, t.too_late_what),
        DiscrepancyKind::DealWithoutTouchpoints => ("bare_deals", t.bare_deals, t.bare_deals_what),
        DiscrepancyKind::OrderWithDifferentAmounts => ("other_amount", t.other_amount, t.other_amount_what),
    }
}

/// The conversions that are odd, by their ids.
pub type Sold = HashMap<ConversionId, Conversion>;

/// A conversion by its order, else its event, and its amount.
fn sold(shell: &Shell, conversion: &Conversion) -> String {
    let name = conversion.order_id.clone().unwrap_or_else(|| shell.words::<Called>().event(&conversion.event));
    let money = conversion.amount.zip(conversion.currency).map(|(amount, currency)| Money { amount, currency });
    money.map_or(name.clone(), |money| format!("{name} · {}", shell.reader.money(money)))
}

fn about(shell: &Shell, one: &Discrepancy, conversions: &Sold) -> Cell {
    let t: &Trouble = shell.words();
    match (one.kind, one.conversion_id) {
        (DiscrepancyKind::DealWithoutTouchpoints, _) => Cell::text(t.show_it).to(format!("/admin/deals/{}", one.id)),
        (_, Some(id)) => {
            let name = conversions.get(&id).map_or(t.conversion.to_owned(), |conversion| sold(shell, conversion));
            Cell::text(name).to(format!("/admin/conversions/{id}"))
        }
        (_, None) => {
            let day = one.at.date();
            Cell::text(t.show_it).to(path_with("/admin/touchpoints", &[("from", &day), ("to", &day)]))
        }
    }
}

/// A table a kind; what nothing is odd of has none.
pub fn discrepancies(
    shell: &Shell, found: &[(DiscrepancyKind, Vec<Discrepancy>)], partners: &Names, conversions: &Sold,
) -> Vec<Table> {
    let t: &Trouble = shell.words();
    let row = |one: &Discrepancy, of_partners: bool| {
        let partner = one.partner_id.and_then(|id| partners.get(&id.uuid()).cloned()).unwrap_or_default();
        let to = one.partner_id.map(|id| format!("/admin/partners/{id}")).unwrap_or_default();
        let mut cells = vec![Cell::time(&shell.reader, one.at), Cell::text(shell.reader.said(&one.detail))];
        cells.extend(of_partners.then(|| Cell::text(partner).to_if(one.partner_id.is_some(), to)));
        cells.push(about(shell, one, conversions));
        cells
    };
    let table = |(of, rows): &(DiscrepancyKind, Vec<Discrepancy>)| {
        let (id, title, _) = kind(t, *of);
        let of_partners = rows.iter().any(|one| one.partner_id.is_some());
        let mut columns = vec![words("at", shell.texts().at), long("detail", t.what_is_odd)];
        columns.extend(of_partners.then(|| words("partner", shell.texts().partner)));
        columns.push(words("about", t.about));
        Table {
            id,
            title: title.into(),
            columns,
            rows: rows.iter().map(|one| row(one, of_partners)).collect(),
            page_rows: FEW_ROWS,
            empty: Html::default(),
        }
    };
    found.iter().filter(|(_, rows)| !rows.is_empty()).map(table).collect()
}

/// The page of discrepancies: how many of each kind, then each with what it means and what to do.
pub fn discrepancies_page(
    shell: &Shell, wanted: &Wanted<'_>, days: &Days, now: Time, found: &[(DiscrepancyKind, Vec<Discrepancy>)], tables: &[Table],
) -> Content {
    let (t, reader): (&Trouble, _) = (shell.words(), &shell.reader);
    let mut parts = vec![period(shell, wanted, days, now)];
    if tables.is_empty() {
        parts.push(empty_card(t.all_sound));
    }
    for (of, rows) in found.iter().filter(|(_, rows)| !rows.is_empty()) {
        let (id, _, meaning) = kind(t, *of);
        parts.extend(tables.iter().filter(|table| table.id == id).map(|table| table.html(reader, wanted)));
        parts.push(paragraph(meaning));
        if rows.len() >= ROWS_MAX {
            parts.push(paragraph(t.more_than));
        }
    }
    Content { title: t.discrepancies.into(), lead: t.discrepancies_lead.into(), parts, ..Content::default() }
}

#[derive(Template)]
#[template(source = r#"<div class="card empty"><p>{{ text }}</p></div>"#, ext = "html")]
struct EmptyCard<'a> {
    text: &'a str,
}

fn empty_card(text: &str) -> Html {
    Html::of(&EmptyCard { text })
}

/// The list of those conversions whose buyers said something.
fn said(days: &Days, of: &[(&str, &str)]) -> String {
    path_with("/admin/conversions", &[&[("from", days.from.as_str()), ("to", days.to.as_str())], of].concat())
}

fn partner(names: &Names, id: crate::domain::id::PartnerId) -> Cell {
    Cell::text(names.get(&id.uuid()).cloned().unwrap_or_default()).to(format!("/admin/partners/{id}"))
}

/// What buyers say by partner, where it is not tracked, and names that nobody goes by.
pub fn self_reported(
    shell: &Shell, days: &Days, report: &SelfReport, disagreements: &[Disagreement], names: &Names,
) -> [Table; 3] {
    let (t, reader): (&Trouble, _) = (shell.words(), &shell.reader);
    let by_partner = report.data.iter().map(|row| {
        let id = row.partner_id.to_string();
        let count = |number: i64, of: &[(&str, &str)]| Cell::number(reader, number).to_if(number > 0, said(days, of));
        let (named, tracked) = (("heard_partner_id", id.as_str()), ("tracked_partner_id", id.as_str()));
        vec![
            Cell::text(row.name.clone().unwrap_or_default()).to(format!("/admin/partners/{id}")),
            count(row.said, &[named]),
            count(row.tracked, &[tracked]),
            count(row.both, &[named, tracked]),
        ]
    });
    let disagree = disagreements.iter().map(|one| {
        let order = one.order_id.clone().unwrap_or_else(|| t.show_it.to_owned());
        vec![
            Cell::time(reader, one.occurred_at),
            Cell::text(order).to(format!("/admin/conversions/{}", one.conversion_id)),
            Cell::text(&one.heard_from),
            partner(names, one.said_partner_id),
            match &one.tracked_partner_ids[..] {
                [] => Cell::text(t.nobody),
                tracked => linked(names, tracked),
            },
        ]
    });
    let unknown = report.unknown_names.iter().map(|name| {
        let list = said(days, &[("heard", HeardMatch::Unknown.as_str()), ("heard_from", &name.heard_from)]);
        vec![Cell::text(&name.heard_from), Cell::number(reader, name.conversions).to(list)]
    });
    let x = shell.texts();
    // Who names somebody unknown has said something.
    let is_silent = report.matched + report.ambiguous + report.unknown == 0;
    let (nothing, none_unknown) =
        if is_silent { (t.nothing_said, t.nothing_said) } else { (t.nobody_known_said, t.none_unknown) };
    let none_odd = if report.matched == 0 { nothing } else { t.none_odd };
    let table = |id, title: &str, columns, rows: Vec<Vec<Cell>>| {
        let empty = empty(if id == "disagreements" { none_odd } else { nothing }, None);
        Table { id, title: title.into(), columns, rows, page_rows: FEW_ROWS, empty }
    };
    [
        table(
            "disagreements",
            t.disagreements,
            vec![
                words("at", x.at),
                words("order", x.order),
                words("heard_from", t.words_of_buyer),
                words("said", t.means),
                words("tracked", t.tracked_for),
            ],
            disagree.collect(),
        ),
        table(
            "heard",
            x.partners,
            vec![words("partner", x.partner), numbers("said", t.said), numbers("tracked", t.tracked), numbers("both", t.both)],
            by_partner.collect(),
        ),
        Table {
            empty: empty(none_unknown, None),
            ..table("unknown", t.unknown_names, vec![words("name", x.name), numbers("times", t.times)], unknown.collect())
        },
    ]
}

/// The page of what buyers say.
pub fn self_reported_page(
    shell: &Shell, wanted: &Wanted<'_>, days: &Days, now: Time, report: &SelfReport, tables: &[Table; 3],
) -> Content {
    let (t, reader): (&Trouble, _) = (shell.words(), &shell.reader);
    let tile = |heard: HeardMatch, number| {
        let href = said(days, &[("heard", heard.as_str())]);
        Tile { label: t.heard_match(heard), value: reader.number(number), change: None, href }
    };
    let counts = [
        tile(HeardMatch::Partner, report.matched),
        tile(HeardMatch::Ambiguous, report.ambiguous),
        tile(HeardMatch::Unknown, report.unknown),
    ];
    let mut parts = vec![period(shell, wanted, days, now), tiles(&counts, "")];
    for (table, meaning) in tables.iter().zip([t.disagreements_what, "", t.unknown_names_what]) {
        parts.push(table.html(reader, wanted));
        if !meaning.is_empty() && !table.rows.is_empty() {
            parts.push(paragraph(meaning));
        }
    }
    Content { title: t.heard.into(), lead: t.heard_lead.into(), parts, ..Content::default() }
}
