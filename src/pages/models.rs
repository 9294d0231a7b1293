//! The same conversions under several models, beside the policy in force.

use crate::domain::attribution::{Compared, Earned, UnderModel};
use crate::domain::policy::{Dimension, Model};
use crate::pages::Html;
use crate::pages::chart::{self, Chart, Series};
use crate::pages::conversion::notice;
use crate::pages::journeys::{IN_FORCE, Scope};
use crate::pages::shell::{Content, Shell};
use crate::pages::table::{Cell, Column, FEW_ROWS, Table, Wanted, empty, numbers, sums, words};
use crate::pages::texts::{Called, Journeys};

/// Rows that the chart shows: those that earned most.
const ROWS_DRAWN: usize = 10;

/// What the page is made of.
pub struct Models {
    /// What is looked at.
    pub scope: Scope,
    /// What a row is.
    pub by: Dimension,
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

    /// Its tables: what each would have, what that differs, and in money.
    pub fn tables(&self, shell: &Shell) -> Vec<Table> {
        let (w, reader) = (shell.words::<Journeys>(), &shell.reader);
        let conversions = |earned: &Earned| Cell::decimal(reader, earned.conversions);
        let money = |earned: &Earned| Cell::money(reader, &earned.revenue);
        vec![
            self.table(shell, "comparison", w.comparison, true, |m| conversions(&m.earned), conversions),
            self.table(
                shell,
                "difference",
                w.difference,
                false,
                |m| Cell::difference(reader, m.difference.conversions),
                conversions,
            ),
            self.table(shell, "revenue", w.revenue_by_model, true, |m| money(&m.earned), money),
        ]
    }

    fn table(
        &self, shell: &Shell, id: &'static str, title: &str, with_force: bool, cell: impl Fn(&UnderModel) -> Cell,
        in_force: impl Fn(&Earned) -> Cell,
    ) -> Table {
        let w = shell.words::<Journeys>();
        let column = if id == "revenue" { sums } else { numbers };
        let mut columns: Vec<Column> = vec![words(self.by.as_str(), w.dimension(self.by))];
        columns.extend(with_force.then(|| column("in_force", w.in_force)));
        columns.extend(self.models.iter().map(|model| column(model.as_str(), w.model(*model))));
        let row = |row: &Compared| {
            // A number leads to the conversions of which the key has a part under that model; a difference, to all of its own.
            let key = row.key.as_deref();
            let under = |name: &str| self.scope.of_key(key, &[("under", name)]);
            let name = Cell::text(self.name(shell, row)).to(self.scope.of_key(key, &[]));
            let force = with_force.then(|| in_force(&row.in_force).to_if(row.in_force.conversions > 0.0, under(IN_FORCE)));
            let cells = row.models.iter().map(|m| match with_force {
                true => cell(m).to_if(m.earned.conversions > 0.0, under(m.model.as_str())),
                false => cell(m).to(self.scope.of_key(key, &[])),
            });
            [name].into_iter().chain(force).chain(cells).collect()
        };
        let rows = self.rows.iter().map(row).collect();
        Table { id, title: title.to_owned(), columns, rows, page_rows: FEW_ROWS, empty: empty(w.no_ways, None) }
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
