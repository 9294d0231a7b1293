//! The overview: what came of the program, or of one partner's part in it.

use std::collections::HashMap;

use askama::Template;

use crate::domain::money::{Currency, Money};
use crate::domain::named;
use crate::domain::report::{Decisions, Funnel, Leading, Performance};
use crate::domain::time::{DAY_MS, Time};
use crate::pages::chart::{self, Chart, Series, Step};
use crate::pages::first::First;
use crate::pages::shell::{Content, Shell};
use crate::pages::table::{Cell, Column, FEW_ROWS, Table, Wanted, empty, numbers, sums, words};
use crate::pages::texts::{Called, Promotion, Texts, fill};
use crate::pages::tiles::{Tile, tiles};
use crate::pages::{Html, path_with};
use crate::pages::{decide, evidence};

/// From when to when, by whole UTC days; the last one counts too.
#[derive(Clone, Debug)]
pub struct Days {
    /// The first day, as `2026-01-05`.
    pub from: String,
    /// The last day.
    pub to: String,
}

named! {
    /// What a period is compared with.
    pub enum Compare {
        /// As many days before it.
        Before = "before",
        /// The same days a year before: 364 days, so that weekdays meet.
        Year = "year",
        /// Nothing.
        None = "none",
    }
}

/// The longest way from the first day of a period to its last: a chart has a point for each.
pub const DAYS_MAX: i64 = 1_100;

/// The touchpoints that a number of clicks counts, in the URL.
const COUNTED: [(&str, &str); 2] = [("kind", "click"), ("verdict", "valid")];

/// What the overview shows.
pub struct Overview {
    /// Of which days.
    pub days: Days,
    /// In all.
    pub now: Performance,
    /// What it is compared with.
    pub compare: Compare,
    /// In all, in the period that it is compared with.
    pub before: Performance,
    /// By day, in that period, and the days that it has.
    pub before_by_day: (Days, Vec<Performance>),
    /// By day; days without anything are missing.
    pub by_day: Vec<Performance>,
    /// From clicks to sales.
    pub funnel: Funnel,
    /// By partner; for staff only.
    pub partners: Vec<Performance>,
    /// By link.
    pub links: Leading,
    /// By campaign.
    pub campaigns: Vec<Performance>,
    /// By country.
    pub countries: Vec<Performance>,
    /// By device.
    pub devices: Vec<Performance>,
    /// What it is narrowed down to, as the URL says it; without the partner that a page is about.
    pub narrowed: Vec<(&'static str, String)>,
    /// The same for people.
    pub only: Vec<String>,
    /// What waits for a decision; for staff only.
    pub decisions: Option<Decisions>,
    /// The live feed.
    pub live: Html,
    /// What to begin with, where there is nothing to count yet.
    pub first: Option<First>,
}

#[derive(Template)]
#[template(path = "period.html")]
struct Period<'a> {
    t: &'static Texts,
    path: &'a str,
    days: &'a Days,
    kept: Vec<(&'a str, &'a str)>,
    spans: Vec<(String, String)>,
    compare: Choices,
    w: &'static Promotion,
    /// What is said of a period that is shorter than was asked for.
    cut: Option<String>,
}

/// Values, names, and which of them is chosen.
type Choices = Vec<(&'static str, &'static str, bool)>;

/// The choice of a period.
pub fn period(shell: &Shell, wanted: &Wanted<'_>, days: &Days, now: Time) -> Html {
    period_without(shell, wanted, days, now, &[])
}

/// The same, where other fields of its form, outside of it, say what `names` are.
pub fn period_without(shell: &Shell, wanted: &Wanted<'_>, days: &Days, now: Time, names: &[&str]) -> Html {
    period_compared(shell, wanted, days, now, Vec::new(), names)
}

fn period_compared(shell: &Shell, wanted: &Wanted<'_>, days: &Days, now: Time, compare: Choices, without: &[&str]) -> Html {
    let t = shell.texts();
    let span = |length: i64, label: &str| {
        let from = (now - (length - 1) * DAY_MS).date();
        (wanted.anew(&[("from", &from), ("to", &now.date())]), label.to_owned())
    };
    let spans = vec![span(7, t.days_7), span(30, t.days_30), span(90, t.days_90), span(365, t.days_365)];
    let kept = wanted
        .pageless()
        .filter(|(name, _)| !["from", "to", "csv", "done"].contains(name) && !without.contains(name))
        .filter(|(name, _)| compare.is_empty() || *name != "compare")
        .collect();
    let (path, cut) = (wanted.path, cut(shell, wanted, days));
    Html::of(&Period { t, w: shell.words::<Promotion>(), path, days, kept, spans, compare, cut })
}

/// What is said where the days that the URL names begin before those that are shown: of the first of both.
pub(super) fn cut(shell: &Shell, wanted: &Wanted<'_>, days: &Days) -> Option<String> {
    let day = |text: &str| Time::parse_date_or_time(text).ok().map(Time::day);
    let (shown, w) = (day(&days.from)?, shell.words::<Promotion>());
    let asked = ["from", "to"].into_iter().filter_map(|name| day(wanted.get(name)?)).min()?;
    let told = [shown, asked].map(|day| shell.reader.calendar_day(day));
    (asked < shown).then(|| fill(w.period_cut, &[&told[0], &told[1], &shell.reader.number(DAYS_MAX + 1)]))
}

fn calendar_day(shell: &Shell, day: &str) -> String {
    Time::parse_date_or_time(day).map_or_else(|_| day.to_owned(), |day| shell.reader.calendar_day(day))
}

impl Overview {
    /// Its tables; what belongs to them in the URL is in `wanted`.
    pub fn tables(&self, shell: &Shell) -> Vec<Table> {
        let t = shell.texts();
        let mut all = Vec::new();
        if shell.base() == "/admin" {
            all.push(self.partners_table(shell));
        }
        let links = self.table(shell, "links", t.top_links, words("link", t.link), &self.links.rows);
        all.push(links.beginning(self.links.count, self.links.nobodys));
        all.push(self.table(shell, "campaigns", t.top_campaigns, words("campaign", t.campaign), &self.campaigns));
        all.push(self.counts(shell, "countries", t.countries, words("country", t.country), &self.countries));
        all.push(self.counts(shell, "devices", t.devices, words("device", t.device), &self.devices));
        all.push(self.table(shell, "days", t.days, words("day", t.day), &self.by_day));
        all
    }

    /// What each partner has of it.
    pub fn partners_table(&self, shell: &Shell) -> Table {
        let t = shell.texts();
        self.table(shell, "partners", t.top_partners, words("partner", t.partner), &self.partners)
    }

    fn touchpoints(&self, shell: &Shell, more: &[(&str, &str)]) -> String {
        self.below(shell, "touchpoints", more)
    }

    fn conversions(&self, shell: &Shell, more: &[(&str, &str)]) -> String {
        self.below(shell, "conversions", more)
    }

    /// The period and what it is narrowed down to, and more.
    fn and<'a>(&'a self, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        let days = [("from", self.days.from.as_str()), ("to", self.days.to.as_str())];
        let narrowed = self.narrowed.iter().map(|(name, value)| (*name, value.as_str()));
        let own = days.into_iter().chain(narrowed).filter(|(name, _)| more.iter().all(|(other, _)| other != name));
        own.chain(more.iter().copied()).collect()
    }

    fn below(&self, shell: &Shell, what: &str, more: &[(&str, &str)]) -> String {
        path_with(&format!("{}/{what}", shell.base()), &self.and(more))
    }

    /// How a row is narrowed down to, by its table.
    fn narrowed<'a>(id: &str, key: &'a str) -> Vec<(&'static str, &'a str)> {
        match id {
            "partners" => vec![("partner_id", key)],
            "links" => vec![("link_id", key)],
            "campaigns" => vec![("campaign_id", key)],
            "countries" => vec![("country", key)],
            "devices" => vec![("device", key)],
            _ => vec![("from", key), ("to", key)],
        }
    }

    /// Where the numbers of a table lead, but for what narrows each row down: that is added row by row, of which there are thousands.
    fn leads(&self, shell: &Shell, id: &str, what: &str, more: &[(&str, &str)]) -> String {
        self.below(shell, what, &[more, &Self::narrowed(id, "")].concat())
    }

    fn first(&self, shell: &Shell, id: &str, period: &str, row: &Performance) -> Cell {
        let key = row.key.as_deref().unwrap_or_default();
        let t = shell.texts();
        let missing = if id == "campaigns" { t.none } else { t.unknown };
        let cell = match (id, row.key.as_deref()) {
            ("devices", Some(device)) => Cell::named(device, shell.words::<Called>().device(device)),
            ("days", Some(day)) => Cell::text(day).shown_as(calendar_day(shell, day)),
            (_, None) => Cell::text(row.label.as_deref().unwrap_or(missing)).of_nobody(),
            (_, Some(key)) => Cell::text(row.label.as_deref().unwrap_or(key)),
        };
        match id {
            _ if key.is_empty() => cell,
            "links" => cell.to(format!("{}/{id}/{key}{period}", shell.base())),
            "partners" | "campaigns" if shell.base() == "/admin" => cell.to(format!("/admin/{id}/{key}{period}")),
            "countries" | "devices" => cell.to(path_with(shell.base(), &self.and(&Self::narrowed(id, key)))),
            _ => cell,
        }
    }

    fn counts(&self, shell: &Shell, id: &'static str, title: &str, first: Column, rows: &[Performance]) -> Table {
        let (t, reader) = (shell.texts(), &shell.reader);
        let (period, clicks) = (path_with("", &self.and(&[])), self.leads(shell, id, "touchpoints", &COUNTED));
        let row = |row: &Performance| {
            let key = row.key.as_deref().unwrap_or_default();
            let to_clicks = path_with(&clicks, &Self::narrowed(id, key));
            vec![self.first(shell, id, &period, row), Cell::number(reader, row.clicks).to_if(!key.is_empty(), to_clicks)]
        };
        let columns = vec![first, numbers("clicks", t.clicks)];
        self.finished(
            shell,
            Table {
                id,
                title: title.into(),
                columns,
                rows: rows.iter().map(row).collect(),
                page_rows: FEW_ROWS,
                empty: Html::default(),
            },
        )
    }

    fn table(&self, shell: &Shell, id: &'static str, title: &str, first: Column, rows: &[Performance]) -> Table {
        let (t, reader) = (shell.texts(), &shell.reader);
        let period = path_with("", &self.and(&[]));
        let clicks = self.leads(shell, id, "touchpoints", &COUNTED);
        let conversions = self.leads(shell, id, "conversions", &[]);
        let row = |row: &Performance| {
            let key = row.key.as_deref().unwrap_or_default();
            let (narrowed, known) = (Self::narrowed(id, key), !key.is_empty());
            let conversions = path_with(&conversions, &narrowed);
            vec![
                self.first(shell, id, &period, row),
                Cell::number(reader, row.clicks).to_if(known, path_with(&clicks, &narrowed)),
                Cell::number(reader, row.conversions).to_if(known, conversions.clone()),
                Cell::money(reader, &row.revenue).to_if(known, conversions.clone()),
                Cell::money(reader, &row.credited).to_if(known, conversions),
            ]
        };
        let columns = vec![
            first,
            numbers("clicks", t.clicks),
            numbers("conversions", t.conversions),
            sums("revenue", t.revenue),
            sums("credited", t.credited),
        ];
        self.finished(
            shell,
            Table {
                id,
                title: title.into(),
                columns,
                rows: rows.iter().map(row).collect(),
                page_rows: FEW_ROWS,
                empty: Html::default(),
            },
        )
    }

    fn finished(&self, shell: &Shell, table: Table) -> Table {
        Table { empty: empty(shell.texts().nothing_in_period, None), ..table }
    }

    fn tiles(&self, shell: &Shell) -> Html {
        let (t, reader, now, before) = (shell.texts(), &shell.reader, &self.now, &self.before);
        let conversions = self.conversions(shell, &[]);
        let compared = self.compare != Compare::None;
        let tile =
            |label, value, change: Option<String>, href| Tile { label, value, change: change.filter(|_| compared), href };
        let counted = |label, now, before, href| tile(label, reader.number(now), reader.change(now, before), href);
        let mut currencies: Vec<Currency> = now.revenue.iter().chain(&now.credited).map(|money| money.currency).collect();
        currencies.sort_unstable();
        currencies.dedup();
        let money = |label, now: &[Money], before: &[Money], href| {
            tile(label, reader.lines(&currencies, now), reader.change_of_first(now, before), href)
        };
        let all = [
            counted(t.clicks, now.clicks, before.clicks, self.touchpoints(shell, &COUNTED)),
            counted(t.conversions, now.conversions, before.conversions, conversions.clone()),
            money(t.revenue, &now.revenue, &before.revenue, conversions.clone()),
            money(t.credited, &now.credited, &before.credited, conversions),
        ];
        let against = match self.compare {
            Compare::Year => shell.words::<Promotion>().against_year,
            _ => t.against_before,
        };
        tiles(&all, against)
    }

    /// What was counted day by day, with zeros for days on which nothing happened, beside the days that are compared with.
    fn chart(&self, shell: &Shell, id: &'static str, title: &str, value: impl Fn(&Performance) -> i64) -> Html {
        let (labels, values) = by_day(shell, &self.days, &self.by_day, &value);
        let total = shell.reader.number(values.iter().sum());
        let mut series = vec![Series::whole(title, values)];
        if self.compare != Compare::None {
            let (days, rows) = &self.before_by_day;
            let w = shell.words::<Promotion>();
            let name = if self.compare == Compare::Year { w.year_before } else { w.period_before };
            series.push(Series::whole(name, by_day(shell, days, rows, &value).1).dashed());
        }
        chart::lines(&Chart { id, title: title.to_owned(), total, labels, series, ..Chart::default() })
    }

    /// The numbers in all and by day, and the choice of the period.
    pub fn summary(&self, shell: &Shell, wanted: &Wanted<'_>, now: Time) -> Vec<Html> {
        let w = shell.words::<Promotion>();
        let choices = [(Compare::Before, w.compare_before), (Compare::Year, w.compare_year), (Compare::None, w.compare_none)];
        let compare = choices.map(|(value, label)| (value.as_str(), label, value == self.compare)).to_vec();
        let (t, reader) = (shell.texts(), &shell.reader);
        let step = |label, count, href| Step { label, count, href };
        let steps = [
            step(t.clicks, self.funnel.clicks, self.touchpoints(shell, &COUNTED)),
            step(t.leads, self.funnel.leads, self.conversions(shell, &[("event", "lead,signup")])),
            step(t.sales, self.funnel.sales, self.conversions(shell, &[("event", "sale")])),
        ];
        vec![
            period_compared(shell, wanted, &self.days, now, compare, &[]),
            self.tiles(shell),
            self.chart(shell, "clicks", t.clicks, |row| row.clicks),
            self.chart(shell, "conversions", t.conversions, |row| row.conversions),
            chart::funnel(reader, t.funnel, t.of_clicks, &steps),
        ]
    }

    /// The whole page; the tables are its own, made once: of thousands of links that takes a while.
    pub fn content(&self, shell: &Shell, wanted: &Wanted<'_>, now: Time, tables: &[&Table]) -> Content {
        let (t, reader) = (shell.texts(), &shell.reader);
        if let Some(first) = self.first {
            return Content { title: t.overview.into(), parts: vec![first.card(t)], ..Content::default() };
        }
        let mut parts = self.summary(shell, wanted, now);
        // Below the numbers.
        if let Some(waiting) = &self.decisions {
            parts.insert(2, decide::part(shell, waiting, now));
        }
        if !self.only.is_empty() {
            parts.insert(1, evidence::narrowed_to(shell, wanted, &self.only));
        }
        parts.push(self.live.clone());
        parts.extend(tables.iter().map(|table| table.html(reader, wanted)));
        Content { title: t.overview.into(), lead: t.days_are_utc.into(), parts, ..Content::default() }
    }
}

/// A label and a value a day.
fn by_day(shell: &Shell, days: &Days, rows: &[Performance], value: impl Fn(&Performance) -> i64) -> (Vec<String>, Vec<i64>) {
    let day = |text: &str| Time::parse_date_or_time(text).unwrap_or(Time::EPOCH);
    let (mut at, last) = (day(&days.from), day(&days.to));
    let rows: HashMap<&str, &Performance> = rows.iter().filter_map(|row| Some((row.key.as_deref()?, row))).collect();
    let (mut labels, mut values) = (Vec::new(), Vec::new());
    while at <= last {
        labels.push(shell.reader.day(at));
        values.push(rows.get(at.date().as_str()).map_or(0, |row| value(row)));
        at = at + DAY_MS;
    }
    (labels, values)
}
