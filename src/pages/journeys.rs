//! The journey explorer: which ways led to conversions.

mod filters;
mod such;

use std::collections::HashMap;

use crate::domain::attribution::{CommonPath, OfTime, Pair, WaysReport};
use crate::domain::policy::Dimension;
use crate::pages::Html;
use crate::pages::chart::{self, Chart, Heat, Sankey, Series, Unit};
use crate::pages::shell::{Content, Shell};
use crate::pages::table::{Cell, FEW_ROWS, Table, Wanted, empty, numbers, words};
use crate::pages::texts::{Called, Journeys, fill};
use crate::pages::tiles::{Tile, tiles};

pub use filters::{Filters, bounded};
pub use such::{IN_FORCE, Listed, Scope, keys, such};

/// Steps of a path that the picture shows; longer ones say so.
const STEPS_DRAWN: usize = 4;
/// Names of one step that the picture shows; the others are drawn as one.
const NAMES_DRAWN: usize = 7;
/// Lengths that have a bar of their own.
const LENGTHS_DRAWN: usize = 12;
/// Rows and columns of the heat map.
const HEAT_MAX: usize = 10;

/// What the page is made of.
pub struct Explorer {
    /// What is looked at.
    pub scope: Scope,
    /// The report.
    pub ways: WaysReport,
}

impl Explorer {
    fn name(&self, shell: &Shell, key: &str) -> String {
        let own = || match self.scope.by {
            // A channel is a medium, or else a kind.
            Dimension::Kind | Dimension::Channel => shell.words::<Called>().kind(key),
            _ => key.to_owned(),
        };
        self.ways.labels.get(key).cloned().unwrap_or_else(own)
    }

    /// Its tables.
    pub fn tables(&self, shell: &Shell) -> Vec<Table> {
        vec![self.paths(shell), self.lengths(shell), self.times(shell), self.pairs(shell, false), self.pairs(shell, true)]
    }

    fn paths(&self, shell: &Shell) -> Table {
        let (t, w, reader) = (shell.texts(), shell.words::<Journeys>(), &shell.reader);
        let all = i64::try_from(self.ways.conversions).unwrap_or(i64::MAX);
        let row = |path: &CommonPath| {
            let names: Vec<String> = path.path.iter().map(|key| self.name(shell, key)).collect();
            let (count, steps) = (number(path.conversions), i64::try_from(path.path.len()).unwrap_or(i64::MAX));
            let keys: Vec<(&str, &str)> = path.path.iter().map(|key| ("path", key.as_str())).collect();
            vec![
                Cell::text(names.join(" → ")),
                Cell::number(reader, steps),
                Cell::number(reader, count).to(self.scope.list(&keys)),
                Cell::text(reader.share(count, all)),
            ]
        };
        let columns = vec![
            words("path", w.path),
            numbers("steps", w.steps),
            numbers("conversions", t.conversions),
            numbers("part", w.part),
        ];
        self.table(shell, "paths", w.paths, columns, self.ways.paths.iter().map(row).collect())
    }

    fn lengths(&self, shell: &Shell) -> Table {
        let (t, w, reader) = (shell.texts(), shell.words::<Journeys>(), &shell.reader);
        let columns = vec![numbers("touchpoints", w.touches), numbers("conversions", t.conversions)];
        let row = |of: &crate::domain::attribution::OfLength| {
            let href = self.scope.list(&[("touchpoints", &of.touchpoints.to_string())]);
            vec![Cell::number(reader, number(of.touchpoints)), Cell::number(reader, number(of.conversions)).to(href)]
        };
        self.table(shell, "lengths", w.length, columns, self.ways.lengths.iter().map(row).collect())
    }

    fn times(&self, shell: &Shell) -> Table {
        let (t, w, reader) = (shell.texts(), shell.words::<Journeys>(), &shell.reader);
        let columns = vec![words("days", w.day_class), numbers("conversions", t.conversions)];
        let row = |of: &OfTime| {
            let (from, to) = (of.from_days.to_string(), of.to_days.map(|days| days.to_string()).unwrap_or_default());
            let href = self.scope.list(&[("from_days", &from), ("to_days", &to)]);
            let count = Cell::number(reader, number(of.conversions)).to_if(of.conversions > 0, href);
            vec![Cell::text(class(w, of.from_days, of.to_days)), count]
        };
        self.table(shell, "times", w.time_to_convert, columns, self.ways.times.iter().map(row).collect())
    }

    fn pairs(&self, shell: &Shell, transitions: bool) -> Table {
        let (t, w, reader) = (shell.texts(), shell.words::<Journeys>(), &shell.reader);
        let (id, title, pairs) = match transitions {
            true => ("transitions", w.transitions, &self.ways.transitions),
            false => ("first_last", w.first_last, &self.ways.first_last),
        };
        let columns = match transitions {
            true => vec![words("from", w.from_step), words("to", w.to_step), numbers("times", w.times)],
            false => vec![words("first", w.first), words("last", w.last), numbers("conversions", t.conversions)],
        };
        let [from, to, both] = if transitions { ["with", "with", "before"] } else { ["first", "last", "first"] };
        let row = |pair: &Pair| {
            let ends = [(both, pair.from.as_str()), (if transitions { "after" } else { "last" }, pair.to.as_str())];
            vec![
                Cell::text(self.name(shell, &pair.from)).to(self.scope.list(&[(from, &pair.from)])),
                Cell::text(self.name(shell, &pair.to)).to(self.scope.list(&[(to, &pair.to)])),
                Cell::number(reader, number(pair.count)).to(self.scope.list(&ends)),
            ]
        };
        self.table(shell, id, title, columns, pairs.iter().map(row).collect())
    }

    fn table(
        &self, shell: &Shell, id: &'static str, title: &str, columns: Vec<crate::pages::table::Column>, rows: Vec<Vec<Cell>>,
    ) -> Table {
        let empty = empty(shell.words::<Journeys>().no_ways, None);
        Table { id, title: title.to_owned(), columns, rows, page_rows: FEW_ROWS, empty }
    }

    /// Paths as flows from step to step. Every step has nodes of its own, so that no way leads back.
    fn sankey(&self, shell: &Shell) -> Html {
        let w = shell.words::<Journeys>();
        let mut counts: HashMap<(usize, &str), u64> = HashMap::new();
        for path in &self.ways.paths {
            for (step, key) in path.path.iter().take(STEPS_DRAWN).enumerate() {
                *counts.entry((step, key)).or_default() += path.conversions;
            }
        }
        let drawn = |step: usize, key: &str| {
            let own = counts.get(&(step, key)).copied().unwrap_or(0);
            let larger = |((other, name), count): (&(usize, &str), &u64)| {
                *other == step && (*count, std::cmp::Reverse(*name)) > (own, std::cmp::Reverse(key))
            };
            counts.iter().filter(|one| larger(*one)).count() < NAMES_DRAWN
        };
        let shown: u64 = self.ways.paths.iter().map(|path| path.conversions).sum();
        let total = [shown, self.ways.conversions].map(|count| shell.reader.number(number(count)));
        let total = match shown == self.ways.conversions {
            true => total[0].clone(),
            false => fill(w.of_commonest, &[&total[0], &total[1], &self.ways.paths.len().to_string()]),
        };
        let mut sankey = Sankey { id: "paths", title: w.paths_chart.into(), total, ..Sankey::default() };
        let (mut places, mut tints): (HashMap<(usize, String), usize>, Vec<String>) = (HashMap::new(), Vec::new());
        let mut flows: Vec<(usize, usize, i64)> = Vec::new();
        for path in &self.ways.paths {
            let step = |(step, key): (usize, &String)| {
                (step, if drawn(step, key) { self.name(shell, key) } else { w.others.to_owned() })
            };
            let mut way: Vec<(usize, String)> = path.path.iter().take(STEPS_DRAWN).enumerate().map(step).collect();
            if path.path.len() > STEPS_DRAWN {
                way.push((STEPS_DRAWN, w.more_steps.to_owned()));
            }
            way.push((usize::MAX, w.conversion.to_owned()));
            let nodes: Vec<usize> = way
                .into_iter()
                .map(|node| {
                    *places.entry(node).or_insert_with_key(|(_, name)| {
                        let tint = tints.iter().position(|known| known == name).unwrap_or_else(|| {
                            tints.push(name.clone());
                            tints.len() - 1
                        });
                        sankey.nodes.push((name.clone(), tint));
                        sankey.nodes.len() - 1
                    })
                })
                .collect();
            for pair in nodes.windows(2) {
                match flows.iter_mut().find(|(from, to, _)| [*from, *to] == *pair) {
                    Some((_, _, count)) => *count += number(path.conversions),
                    None => flows.push((pair[0], pair[1], number(path.conversions))),
                }
            }
        }
        flows.sort_by_key(|(_, _, count)| std::cmp::Reverse(*count));
        sankey.flows = flows;
        chart::sankey(&sankey)
    }

    fn bars(&self, shell: &Shell) -> [Html; 2] {
        let (t, w) = (shell.texts(), shell.words::<Journeys>());
        let bars = |id, title: &str, bars: Vec<(String, u64)>| {
            let series = vec![Series::whole(t.conversions, bars.iter().map(|(_, count)| number(*count)))];
            let labels = bars.into_iter().map(|(label, _)| label).collect();
            chart::bars(&Chart { id, title: title.to_owned(), total: String::new(), unit: Unit::Count, labels, series })
        };
        let lengths = &self.ways.lengths;
        let mut by_length: Vec<(String, u64)> =
            lengths.iter().take(LENGTHS_DRAWN).map(|of| (of.touchpoints.to_string(), of.conversions)).collect();
        let beyond: u64 = lengths.iter().skip(LENGTHS_DRAWN).map(|of| of.conversions).sum();
        if beyond > 0 {
            by_length.push((w.more_steps.to_owned(), beyond));
        }
        let by_time = self.ways.times.iter().map(|of| (class(w, of.from_days, of.to_days), of.conversions)).collect();
        [bars("lengths", w.length, by_length), bars("times", w.time_to_convert, by_time)]
    }

    fn heat(&self, shell: &Shell) -> Html {
        let w = shell.words::<Journeys>();
        let most = |end: fn(&Pair) -> &String| {
            let mut counts: HashMap<&str, u64> = HashMap::new();
            for pair in &self.ways.first_last {
                *counts.entry(end(pair)).or_default() += pair.count;
            }
            let mut keys: Vec<(&str, u64)> = counts.into_iter().collect();
            keys.sort_by_key(|(key, count)| (std::cmp::Reverse(*count), *key));
            keys.truncate(HEAT_MAX);
            keys.into_iter().map(|(key, _)| key.to_owned()).collect::<Vec<String>>()
        };
        let (rows, columns) = (most(|pair| &pair.from), most(|pair| &pair.to));
        let place = |keys: &[String], key: &str| keys.iter().position(|one| one == key);
        let cell = |pair: &Pair| {
            let href = self.scope.list(&[("first", &pair.from), ("last", &pair.to)]);
            Some((place(&rows, &pair.from)?, place(&columns, &pair.to)?, number(pair.count), href))
        };
        let cells = self.ways.first_last.iter().filter_map(cell).collect();
        let names = |keys: &[String]| keys.iter().map(|key| self.name(shell, key)).collect();
        chart::heat(
            &shell.reader,
            &Heat {
                id: "heat",
                title: w.first_last.into(),
                lead: w.first_last_lead.into(),
                axes: (w.first.into(), w.last.into()),
                rows: names(&rows),
                columns: names(&columns),
                cells,
            },
        )
    }

    /// The whole page, below its filters.
    pub fn content(&self, shell: &Shell, wanted: &Wanted<'_>, filters: Vec<Html>, tables: &[Table]) -> Content {
        let (w, reader) = (shell.words::<Journeys>(), &shell.reader);
        let (title, lead, mut parts) = (w.journeys.to_owned(), w.journeys_lead.to_owned(), filters);
        if self.ways.conversions == 0 {
            parts.push(crate::pages::conversion::notice(w.no_ways));
            return Content { title, lead, parts, ..Content::default() };
        }
        let tile = |label, value, such: &[(&str, &str)]| Tile { label, value, change: None, href: self.scope.list(such) };
        let days = |days: Option<f64>| days.map_or("–".to_owned(), |days| format!("{} {}", reader.decimal(days), w.days));
        let numbers = [
            tile(w.with_way, reader.number(number(self.ways.conversions)), &[]),
            tile(w.without_way, reader.number(number(self.ways.without_journey)), &[("none", "1")]),
            tile(w.median_days, days(self.ways.median_days), &[]),
            tile(w.mean_days, days(self.ways.mean_days), &[]),
        ];
        parts.push(tiles(&numbers, ""));
        let [lengths, times] = self.bars(shell);
        let table = |place: usize| tables.get(place).map(|table: &Table| table.html(reader, wanted));
        parts.push(self.sankey(shell));
        parts.extend(table(0));
        parts.extend([lengths, times]);
        parts.extend([table(1), table(2)].into_iter().flatten());
        parts.push(self.heat(shell));
        parts.extend([table(3), table(4)].into_iter().flatten());
        Content { title, lead, parts, ..Content::default() }
    }
}

fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A class of days: `0`, `2–3`, `91 or more`.
fn class(w: &Journeys, from: i64, to: Option<i64>) -> String {
    match to {
        Some(to) if to - from <= 1 => from.to_string(),
        Some(to) => format!("{from}–{}", to - 1),
        None => format!("{from} {}", w.or_more),
    }
}
