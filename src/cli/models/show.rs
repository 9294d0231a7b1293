//! The result, as a table for people, as JSON or as CSV.

use std::io::{self, Write};

use serde::Serialize;

use crate::domain::attribution::Row;
use crate::domain::policy::Model;

/// What a model gives.
type Given = (Model, Vec<Row>);

/// The columns of a table by position.
const POSITIONS_SHOWN: usize = 8;

/// Writes it to stdout.
pub(super) fn write(format: &str, results: &[Given]) -> io::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    match format {
        "json" => json(&mut out, results)?,
        "csv" => csv(&mut out, results)?,
        _ => table(&mut out, results)?,
    }
    out.flush()
}

/// To 12 decimals: what is beyond them is the rounding of a sum.
fn round(number: f64) -> f64 {
    format!("{number:.12}").parse::<f64>().unwrap_or(number) + 0.0
}

#[derive(Serialize)]
struct OfModel {
    model: Model,
    rows: Vec<OfKey>,
}

#[derive(Serialize)]
struct OfKey {
    key: String,
    conversions: f64,
    value: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    positions: Option<Vec<f64>>,
}

fn json(out: &mut impl Write, results: &[Given]) -> io::Result<()> {
    let of_key = |row: &Row| OfKey {
        key: row.key.clone(),
        conversions: round(row.conversions),
        value: round(row.value),
        positions: row.positions.as_ref().map(|at| at.iter().copied().map(round).collect()),
    };
    let all = results.iter().map(|(model, rows)| OfModel { model: *model, rows: rows.iter().map(of_key).collect() });
    serde_json::to_writer(&mut *out, &all.collect::<Vec<_>>())?;
    writeln!(out)
}

fn csv(out: &mut impl Write, results: &[Given]) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    let positions = positions(results);
    let names = ["model", "key", "conversions", "value"].map(str::to_owned);
    writer.write_record(names.into_iter().chain((1..=positions).map(|position| format!("position_{position}"))))?;
    for (model, rows) in results {
        for row in rows {
            let sums = [round(row.conversions).to_string(), round(row.value).to_string()];
            let at = |place| row.positions.as_ref().map_or(String::new(), |at| round(part(at, place)).to_string());
            let cells = [model.as_str().to_owned(), safe(&row.key)].into_iter().chain(sums);
            writer.write_record(cells.chain((0..positions).map(at)))?;
        }
    }
    writer.flush()
}

/// How many positions the longest journey has that a model tells apart; 0 where none does.
fn positions(results: &[Given]) -> usize {
    let all = results.iter().flat_map(|(_, rows)| rows);
    all.filter_map(|row| row.positions.as_ref()).map(Vec::len).max().unwrap_or(0)
}

/// What a key has at a position, from 0.
fn part(at: &[f64], place: usize) -> f64 {
    at.get(place).copied().unwrap_or(0.0)
}

/// A cell that a spreadsheet would run as a formula gets an apostrophe before it, which makes it text there.
fn safe(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell.to_owned() }
}

/// A row for each key, a column for each model; conversions first, then the value, where there is any.
fn table(out: &mut impl Write, results: &[Given]) -> io::Result<()> {
    block(out, "conversions", results, |row| row.conversions)?;
    if results.iter().flat_map(|(_, rows)| rows).any(|row| row.value != 0.0) {
        writeln!(out)?;
        block(out, "value", results, |row| row.value)?;
    }
    for (_, rows) in results {
        by_position(out, rows)?;
    }
    Ok(())
}

fn block(out: &mut impl Write, title: &str, results: &[Given], number: impl Fn(&Row) -> f64) -> io::Result<()> {
    let keys = results.first().map_or(&[][..], |(_, rows)| rows);
    let names = results.iter().map(|(model, _)| model.to_string());
    lines(out, title, keys, names, |place, column| results[column].1.get(place).map_or(0.0, &number))
}

/// The conversions of each key at each position; those from [`POSITIONS_SHOWN`] on in one column.
fn by_position(out: &mut impl Write, rows: &[Row]) -> io::Result<()> {
    let Some(most) = rows.iter().filter_map(|row| row.positions.as_ref()).map(Vec::len).max() else { return Ok(()) };
    writeln!(out)?;
    let name = |position: usize| match position {
        POSITIONS_SHOWN if most > POSITIONS_SHOWN => format!("{position} and later"),
        _ => position.to_string(),
    };
    lines(out, "at position", rows, (1..=most.min(POSITIONS_SHOWN)).map(name), |place, column| {
        let at = rows[place].positions.as_deref().unwrap_or_default();
        if column + 1 == POSITIONS_SHOWN { at.iter().skip(column).sum() } else { part(at, column) }
    })
}

/// A line for each key, under a title and the names of the columns; `cell` is asked for the number of a line in a column.
fn lines(
    out: &mut impl Write, title: &str, keys: &[Row], columns: impl Iterator<Item = String>, cell: impl Fn(usize, usize) -> f64,
) -> io::Result<()> {
    let width = keys.iter().map(|row| row.key.chars().count()).max().unwrap_or(0).max(title.len());
    write!(out, "{title:width$}")?;
    let mut count = 0;
    for name in columns {
        write!(out, "  {name:>14}")?;
        count += 1;
    }
    writeln!(out)?;
    for (place, row) in keys.iter().enumerate() {
        // A key that holds control characters must not move the terminal's cursor.
        let key: String = row.key.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
        write!(out, "{key:width$}")?;
        for column in 0..count {
            write!(out, "  {:>14}", fixed(cell(place, column)))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// With four decimals; what rounds to nothing has no sign.
fn fixed(number: f64) -> String {
    let text = format!("{number:.4}");
    if text == "-0.0000" { text.replace('-', "") } else { text }
}
