//! The same conversions under several models, beside the policy in force.

use crate::domain::attribution::{Compared, Earned};
use crate::domain::policy::{Dimension, Model};
use crate::pages::Html;
use crate::pages::chart::{self, Chart, Series};
use crate::pages::conversion::{conversions_path, notice};
use crate::pages::overview::Days;
use crate::pages::shell::{Content, Shell};
use crate::pages::table::{Cell, Column, PAGE_ROWS, Table, Wanted, empty, numbers, sums, words};
use crate::pages::texts::{Called, Journeys};

/// Rows that the chart shows: those that earned most.
const ROWS_DRAWN: usize = 10;

/// What the page is made of.
pub struct Models {
    /// Of which days.
    pub days: Days,
    /// What a row is.
    pub by: Dimension,
    /// The event that is looked at; empty for all.
    pub event: String,
    /// The models, in the order of the columns.
    pub models: Vec<Model>,
    /// A row for each key.
    pub rows: Vec<Compared>,
}

impl Models {
    fn name(&self, shell: &Shell, row: &Compared) -> String {
        let name = || match self.by {
            // A channel is a medium, or else a kind.
            Dimension::Kind | Dimension::Channel => row.key.as_deref().map(|key| shell.words::<Called>().kind(key)),
            _ => row.key.clone(),
        };
        row.label.clone().or_else(name).unwrap_or_else(|| shell.texts().none.to_owned())
    }

    fn first(&self, shell: &Shell, row: &Compared) -> Cell {
        let cell = Cell::text(self.name(shell, row));
        let name = match self.by {
            Dimension::Partner => "partner_id",
            Dimension::Link => "link_id",
            Dimension::Campaign => "campaign_id",
            _ => return cell,
        };
        let Some(key) = &row.key else { return cell };
        let (from, to) = (self.days.from.as_str(), self.days.to.as_str());
        cell.to(conversions_path(shell, &[("from", from), ("to", to), ("event", &self.event), (name, key)]))
    }

    /// Its tables: what each would have, what that differs, and in money.
    pub fn tables(&self, shell: &Shell) -> Vec<Table> {
        let (w, reader) = (shell.words::<Journeys>(), &shell.reader);
        let conversions = |earned: &Earned| Cell::decimal(reader, earned.conversions);
        let money = |earned: &Earned| Cell::money(reader, &earned.revenue);
        vec![
            self.table(
                shell,
                "comparison",
                w.comparison,
                true,
                |row| row.models.iter().map(|m| conversions(&m.earned)).collect(),
                conversions,
            ),
            self.table(
                shell,
                "difference",
                w.difference,
                false,
                |row| row.models.iter().map(|m| Cell::difference(reader, m.difference.conversions)).collect(),
                conversions,
            ),
            self.table(
                shell,
                "revenue",
                w.revenue_by_model,
                true,
                |row| row.models.iter().map(|m| money(&m.earned)).collect(),
                money,
            ),
        ]
    }

    fn table(
        &self, shell: &Shell, id: &'static str, title: &str, with_force: bool, cells: impl Fn(&Compared) -> Vec<Cell>,
        in_force: impl Fn(&Earned) -> Cell,
    ) -> Table {
        let w = shell.words::<Journeys>();
        let column = if id == "revenue" { sums } else { numbers };
        let mut columns: Vec<Column> = vec![words(self.by.as_str(), w.dimension(self.by))];
        columns.extend(with_force.then(|| column("in_force", w.in_force)));
        columns.extend(self.models.iter().map(|model| column(model.as_str(), w.model(*model))));
        let row = |row: &Compared| {
            let force = with_force.then(|| in_force(&row.in_force));
            [self.first(shell, row)].into_iter().chain(force).chain(cells(row)).collect()
        };
        let rows = self.rows.iter().map(row).collect();
        Table { id, title: title.to_owned(), columns, rows, page_rows: PAGE_ROWS, empty: empty(w.no_ways, None) }
    }

    fn chart(&self, shell: &Shell) -> Html {
        let w = shell.words::<Journeys>();
        let rows = || self.rows.iter().take(ROWS_DRAWN);
        let mut series = vec![Series::new(w.in_force, rows().map(|row| row.in_force.conversions))];
        series.extend(self.models.iter().enumerate().map(|(place, model)| {
            let of = |row: &Compared| row.models.get(place).map_or(0.0, |under| under.earned.conversions);
            Series::new(w.model(*model), rows().map(of))
        }));
        let labels = rows().map(|row| self.name(shell, row)).collect();
        chart::rows(&Chart { id: "models", title: w.comparison.to_owned(), labels, series, ..Chart::default() })
    }

    /// The whole page, below its filters.
    pub fn content(&self, shell: &Shell, wanted: &Wanted<'_>, filters: Vec<Html>, tables: &[Table]) -> Content {
        let w = shell.words::<Journeys>();
        let mut parts = filters;
        match self.rows.is_empty() {
            true => parts.push(notice(w.no_ways)),
            false => {
                parts.push(self.chart(shell));
                parts.extend(tables.iter().map(|table| table.html(&shell.reader, wanted)));
            }
        }
        Content { title: w.models.into(), lead: w.models_lead.into(), parts, ..Content::default() }
    }
}
