//! The pipeline: what partners change about deals, deals by stage, and what goes with winning.

use askama::Template;

use crate::domain::deal::OpenStage;
use crate::domain::money::{Currency, Money};
use crate::domain::pipeline::{Lift, Measured, Metrics, PipelineRow, Stay};
use crate::domain::time::Time;
use crate::pages::facts::hint;
use crate::pages::overview::{Days, period};
use crate::pages::reader::Reader;
use crate::pages::shell::{Content, Shell};
use crate::pages::table::{Cell, PAGE_ROWS, Table, Wanted, empty, long, numbers, sums, words};
use crate::pages::texts::{Called, Deals, fill};
use crate::pages::tiles::{Tile, tiles};
use crate::pages::{Html, path_with};

/// A lift below this is none: with the numbers of deals that programs have, less is chance.
const LIFT_MIN: f64 = 0.1;
/// Closed deals with and without an activity that it takes to say anything.
const CLOSED_MIN: i64 = 3;

/// What the page shows.
pub struct Report {
    /// Deals opened on these days.
    pub days: Days,
    /// Sourced, influenced, neither.
    pub parts: Vec<Measured>,
    /// The same by the stage they are in, in the order of stages.
    pub stages: Vec<PipelineRow>,
    /// By kind: with, without.
    pub kinds: Vec<PipelineRow>,
    /// How long they were in each stage.
    pub stays: Vec<Stay>,
    /// Every deal that is open, whenever it was opened, by stage.
    pub open_now: Vec<OpenStage>,
}

struct Segment {
    x: String,
    width: String,
    class: &'static str,
}

struct Bar {
    label: String,
    value: String,
    more: String,
    href: String,
    segments: Vec<Segment>,
}

#[derive(Template)]
#[template(path = "bars.html")]
struct Bars<'a> {
    id: &'a str,
    title: &'a str,
    hint: &'a str,
    legend: Vec<(&'static str, &'static str)>,
    bars: Vec<Bar>,
}

/// Sums of the parts, a currency at a time.
fn merged<'a>(monies: impl Iterator<Item = &'a Money>) -> Vec<Money> {
    let mut all: Vec<Money> = Vec::new();
    for money in monies {
        match all.iter_mut().find(|sum| sum.currency == money.currency) {
            Some(sum) => sum.amount = sum.amount.saturating_add(money.amount),
            None => all.push(*money),
        }
    }
    all
}

impl Report {
    fn deals(&self, more: &[(&str, &str)]) -> String {
        let days = [("from", self.days.from.as_str()), ("to", self.days.to.as_str())];
        path_with("/admin/deals", &[&days[..], more].concat())
    }

    fn sum(&self, of: fn(&Metrics) -> i64) -> i64 {
        self.parts.iter().map(|part| of(&part.metrics)).sum()
    }

    fn tiles(&self, shell: &Shell) -> Html {
        let (w, reader) = (shell.words::<Deals>(), &shell.reader);
        let all = merged(self.parts.iter().flat_map(|part| &part.metrics.amount));
        let currencies: Vec<Currency> = all.iter().map(|money| money.currency).collect();
        let value = |deals: i64, monies: &[Money]| match monies {
            [] => reader.number(deals),
            monies => format!("{}\n{}", reader.number(deals), reader.lines(&currencies, monies)),
        };
        let tile = |label, value, href| Tile { label, value, change: None, href };
        let mut list = vec![tile(w.opened, value(self.sum(|metrics| metrics.deals), &all), self.deals(&[]))];
        for Measured { part, metrics, .. } in &self.parts {
            let href = self.deals(&[("part", part.as_str())]);
            list.push(tile(w.part_name(*part), value(metrics.deals, &metrics.amount), href));
        }
        tiles(&list, "")
    }

    /// What came of some deals, each number with a second line against the others where that is known.
    fn figures(&self, reader: &Reader, metrics: &Metrics, lift: Option<&Lift>, of: &[(&str, &str)]) -> Vec<Cell> {
        let with = |shown: String, lift: Option<f64>| match reader.lift(lift) {
            Some(lift) => format!("{shown}\n{lift}"),
            None => shown,
        };
        let to = |state: &str| self.deals(&[of, &[("state", state)]].concat());
        let rate = |rate: Option<f64>, against: Option<f64>, state: &str| {
            let plain = rate.map_or(String::new(), |rate| rate.to_string());
            Cell::figure(with(reader.rate(rate), against), rate.unwrap_or(-1.0), plain).to_if(rate.is_some(), to(state))
        };
        let average = metrics.average_deal.iter().map(|money| {
            let against = lift.and_then(|lift| lift.average_deal.iter().find(|one| one.currency == money.currency));
            with(reader.money(*money), against.map(|one| one.lift))
        });
        let average: Vec<String> = average.collect();
        let average = if average.is_empty() { "–".to_owned() } else { average.join("\n") };
        let days = metrics.days_to_close;
        let days_shown = with(reader.tenths(days), lift.and_then(|lift| lift.days_to_close));
        vec![
            rate(metrics.win_rate, lift.and_then(|lift| lift.win_rate), "closed"),
            Cell::money(reader, &metrics.average_deal).shown_as(average).to_if(!metrics.average_deal.is_empty(), to("won")),
            Cell::figure(days_shown, days.unwrap_or(-1.0), days.map_or(String::new(), |days| days.to_string()))
                .to_if(days.is_some(), to("won")),
            rate(metrics.stall_rate, lift.and_then(|lift| lift.stall_rate), "stalled"),
        ]
    }

    /// What partners change, and what goes with winning.
    pub fn tables(&self, shell: &Shell) -> [Table; 3] {
        let (w, reader) = (shell.words::<Deals>(), &shell.reader);
        let measures = || {
            [
                numbers("win_rate", w.win_rate),
                sums("average", w.average),
                numbers("days_to_close", w.days_to_close),
                numbers("stalled", w.stalled),
            ]
        };
        let part = |Measured { part, metrics, lift }: &Measured| {
            let of = [("part", part.as_str())];
            let mut row = vec![
                Cell::text(w.part_name(*part)).to(self.deals(&of)),
                Cell::number(reader, metrics.deals).to(self.deals(&of)),
                Cell::money(reader, &metrics.amount).to_if(!metrics.amount.is_empty(), self.deals(&of)),
            ];
            row.extend(self.figures(reader, metrics, lift.as_ref(), &of));
            row
        };
        let columns = vec![words("part", w.part), numbers("deals", w.deals), sums("worth", w.worth)];
        let parts = Table {
            id: "parts",
            title: w.parts_title.into(),
            columns: columns.into_iter().chain(measures()).collect(),
            rows: self.parts.iter().map(part).collect(),
            page_rows: PAGE_ROWS,
            empty: Html::default(),
        };
        let mut kinds: Vec<&PipelineRow> = self.kinds.iter().filter(|row| row.parts.len() == 2).collect();
        kinds.sort_by_key(|row| std::cmp::Reverse(row.parts[0].metrics.deals));
        let kind = |row: &&PipelineRow| {
            let name = row.key.as_deref().unwrap_or_default();
            let ([with, without], of) = ([&row.parts[0], &row.parts[1]], [("kind", name)]);
            let mut cells = vec![
                Cell::named(name, shell.words::<Called>().kind(name)).to(self.deals(&of)),
                Cell::number(reader, with.metrics.deals).to(self.deals(&of)),
            ];
            cells.extend(self.figures(reader, &with.metrics, with.lift.as_ref(), &of));
            cells.push(Cell::text(in_words(w, with, without)).to(self.deals(&[("without", name)])));
            cells
        };
        let columns = vec![words("activity", w.activity), numbers("deals", w.with_it)];
        let activities = Table {
            id: "activities",
            title: w.activities.into(),
            columns: columns.into_iter().chain(measures()).chain([long("words", w.in_words)]).collect(),
            rows: kinds.iter().map(kind).collect(),
            page_rows: PAGE_ROWS,
            empty: empty(w.activities_empty, None),
        };
        [parts, activities, self.open_now(shell)]
    }

    /// The whole of what is open.
    fn open_now(&self, shell: &Shell) -> Table {
        let (w, reader) = (shell.words::<Deals>(), &shell.reader);
        let row = |open: &OpenStage| {
            let href = path_with("/admin/deals", &[("state", "open"), ("stage", &open.stage)]);
            vec![
                Cell::named(&open.stage, shell.words::<Called>().stage(&open.stage)).to(href.clone()),
                Cell::number(reader, open.deals).to(href.clone()),
                Cell::money(reader, &open.worth).to_if(!open.worth.is_empty(), href),
            ]
        };
        Table {
            id: "open",
            title: w.open_now.into(),
            columns: vec![words("stage", w.stage), numbers("deals", w.deals).counted(), sums("worth", w.worth)],
            rows: self.open_now.iter().map(row).collect(),
            page_rows: PAGE_ROWS,
            empty: empty(w.nothing_open, None),
        }
    }

    fn stages(&self, shell: &Shell) -> Html {
        let (w, reader) = (shell.words::<Deals>(), &shell.reader);
        let count = |row: &PipelineRow| row.parts.iter().map(|part| part.metrics.deals).sum::<i64>();
        let most = self.stages.iter().map(count).max().unwrap_or(0).max(1) as f64;
        let bar = |row: &PipelineRow| {
            let label = row.label.clone().unwrap_or_default();
            let mut x = 0.0;
            let segment = |(part, class): (&Measured, &'static str)| {
                let (start, width) = (x, part.metrics.deals as f64 / most * 100.0);
                x += width;
                Segment { x: format!("{start:.2}"), width: format!("{width:.2}"), class }
            };
            let segments = row.parts.iter().zip(["fill", "fill second", "fill third"]).map(segment).collect();
            Bar {
                value: reader.number(count(row)),
                more: reader.monies(&merged(row.parts.iter().flat_map(|part| &part.metrics.amount))).replace('\n', " + "),
                href: self.deals(&[("stage", &label)]),
                segments,
                label: shell.words::<Called>().stage(&label),
            }
        };
        let bars = self.stages.iter().map(bar).collect();
        let legend = vec![("fill", w.part_sourced), ("fill second", w.part_influenced), ("fill third", w.part_neither)];
        Html::of(&Bars { id: "stages", title: w.by_stage, hint: "", legend, bars })
    }

    fn stays(&self, shell: &Shell) -> Html {
        let (w, reader) = (shell.words::<Deals>(), &shell.reader);
        let most = self.stays.iter().map(|stay| stay.days).fold(0.1, f64::max);
        let bar = |stay: &Stay| Bar {
            label: shell.words::<Called>().stage(&stay.stage),
            value: fill(w.days_n, &[&reader.tenths(Some(stay.days))]),
            more: format!("{}: {}", w.deals, reader.number(stay.deals)),
            href: self.deals(&[("reached", &stay.stage)]),
            segments: vec![Segment {
                x: "0".into(),
                width: format!("{:.2}", stay.days.max(0.0) / most * 100.0),
                class: "fill",
            }],
        };
        let bars = self.stays.iter().map(bar).collect();
        Html::of(&Bars { id: "stays", title: w.stays, hint: w.stays_hint, legend: Vec::new(), bars })
    }

    /// The page, with its tables.
    pub fn content(&self, shell: &Shell, wanted: &Wanted<'_>, now: Time, [partners, activities, open]: &[Table; 3]) -> Content {
        let (w, reader) = (shell.words::<Deals>(), &shell.reader);
        let mut parts = vec![period(shell, wanted, &self.days, now)];
        if self.sum(|metrics| metrics.deals) == 0 {
            let next = shell.may_change().then_some(("/admin/deals/new", w.new_deal));
            parts.push(crate::pages::deals::card(empty(w.pipeline_empty, next)));
        } else {
            parts.extend([self.tiles(shell), partners.html(reader, wanted), hint(w.parts_hint)]);
            parts.extend([self.stages(shell), self.stays(shell)]);
            parts.extend([activities.html(reader, wanted), hint(w.activities_hint), hint(w.stalled_hint)]);
        }
        parts.extend([open.html(reader, wanted), hint(w.open_now_hint)]);
        Content { title: w.pipeline.into(), lead: w.pipeline_lead.into(), parts, ..Content::default() }
    }
}

/// What goes with an activity, in a sentence.
fn in_words(w: &Deals, with: &Measured, without: &Measured) -> String {
    let closed = |metrics: &Metrics| metrics.won + metrics.lost;
    if closed(&with.metrics) < CLOSED_MIN || closed(&without.metrics) < CLOSED_MIN {
        return w.too_few.to_owned();
    }
    let Some(lift) = &with.lift else { return w.no_difference.to_owned() };
    let average = lift.average_deal.first().map(|one| one.lift);
    let clauses = [
        (lift.win_rate, w.more_won, w.less_won),
        (lift.days_to_close, w.slower, w.faster),
        (average, w.bigger, w.smaller),
        (lift.stall_rate, w.more_stalled, w.less_stalled),
    ];
    let clauses = clauses.into_iter().filter_map(|(lift, more, less)| match lift? {
        lift if lift >= LIFT_MIN => Some(more),
        lift if lift <= -LIFT_MIN => Some(less),
        _ => None,
    });
    let sentence = clauses.collect::<Vec<_>>().join(", ");
    let mut letters = sentence.chars();
    match letters.next() {
        None => w.no_difference.to_owned(),
        Some(first) => format!("{}{}.", first.to_uppercase(), letters.as_str()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::pipeline::{CurrencyLift, Part};
    use crate::domain::user::Language;
    use crate::pages::texts::Words as _;

    fn measured(closed: i64, lift: [Option<f64>; 4]) -> Measured {
        let metrics = Metrics {
            deals: closed,
            open: 0,
            won: closed,
            lost: 0,
            stalled: 0,
            amount: Vec::new(),
            won_amount: Vec::new(),
            win_rate: None,
            average_deal: Vec::new(),
            days_to_close: None,
            stall_rate: None,
        };
        let average = lift[2].map(|lift| CurrencyLift { currency: "EUR".parse().unwrap(), lift });
        let average_deal = average.into_iter().collect();
        let lift = Lift { win_rate: lift[0], days_to_close: lift[1], average_deal, stall_rate: lift[3] };
        Measured { part: Part::With, metrics, lift: Some(lift) }
    }

    #[test]
    fn what_goes_with_an_activity_is_told_in_words() {
        let (english, german) = (Deals::in_language(Language::English), Deals::in_language(Language::German));
        for (closed, lift, expected) in [
            (2, [Some(1.0), None, None, None], english.too_few),
            (3, [Some(0.05), Some(-0.05), None, None], english.no_difference),
            (3, [Some(0.25), Some(-0.3), Some(0.1), Some(-0.1)], "Won more often, closed faster, bigger, stalled less."),
            (9, [Some(-0.25), Some(0.3), Some(-0.1), Some(0.1)], "Won less often, closed slower, smaller, stalled more."),
            (9, [None, None, None, Some(0.5)], "Stalled more."),
        ] {
            let (with, without) = (measured(closed, lift), measured(3, [None; 4]));
            assert_eq!(in_words(english, &with, &without), expected);
            assert!(in_words(german, &with, &without).ends_with('.'));
        }
    }
}
