//! The result, as a table for people, as JSON or as CSV.

use std::io::{self, Write};

use serde::Serialize;

use crate::domain::attribution::Row;
use crate::domain::policy::Model;

/// What a model gives.
type Given = (Model, Vec<Row>);

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
    writer.write_record(["model", "key", "conversions", "value"])?;
    for (model, rows) in results {
        for row in rows {
            let (conversions, value) = (round(row.conversions).to_string(), round(row.value).to_string());
            writer.write_record([model.as_str(), &safe(&row.key), &conversions, &value])?;
        }
    }
    writer.flush()
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
    Ok(())
}

fn block(out: &mut impl Write, title: &str, results: &[Given], number: impl Fn(&Row) -> f64) -> io::Result<()> {
    let keys = results.first().map_or(&[][..], |(_, rows)| rows);
    let width = keys.iter().map(|row| row.key.chars().count()).max().unwrap_or(0).max(title.len());
    write!(out, "{title:width$}")?;
    for (model, _) in results {
        write!(out, "  {model:>14}")?;
    }
    writeln!(out)?;
    for (place, row) in keys.iter().enumerate() {
        // A key that holds control characters must not move the terminal's cursor.
        let key: String = row.key.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
        write!(out, "{key:width$}")?;
        for (_, rows) in results {
            write!(out, "  {:>14.4}", rows.get(place).map_or(0.0, &number))?;
        }
        writeln!(out)?;
    }
    Ok(())
}
