//! The file of those rows that do not fit: to be mended there, and read as it is.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use csv::StringRecord;

use crate::cli::backup::create_for_owner;
use crate::error::Problems;

/// Signs with which a spreadsheet begins a formula.
pub(super) const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];
/// The columns in front of the row's own.
pub(super) const OWN_COLUMNS: [&str; 3] = ["row", "column", "reason"];

/// The rows that do not fit, beside the file they are from; made with the first of them.
pub(super) struct Errors {
    pub path: PathBuf,
    headers: StringRecord,
    writer: Option<csv::Writer<File>>,
    pub count: u64,
}

impl Errors {
    /// Nothing is wrong so far; what an earlier import found is taken away.
    pub fn beside(file: &Path, headers: &StringRecord) -> io::Result<Errors> {
        let path = crate::cli::backup::beside(file, ".errors.csv");
        match fs::remove_file(&path) {
            Err(why) if why.kind() != io::ErrorKind::NotFound => return Err(why),
            _ => {}
        }
        Ok(Errors { path, headers: headers.clone(), writer: None, count: 0 })
    }

    /// Notes a row, with whatever cells it has.
    pub fn add(&mut self, row: u64, record: &StringRecord, problems: Problems) -> Result<(), csv::Error> {
        let writer = match &mut self.writer {
            Some(writer) => writer,
            None => {
                let file = create_for_owner(&self.path)?;
                let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(file);
                writer.write_record(OWN_COLUMNS.into_iter().chain(self.headers.iter()))?;
                self.writer.insert(writer)
            }
        };
        self.count += 1;
        let fields = problems.into_fields();
        let columns: Vec<&str> = fields.iter().map(|field| field.field.as_str()).collect();
        let reasons: Vec<String> = fields.iter().map(|field| format!("{}: {}", field.field, field.message)).collect();
        let told = [row.to_string(), columns.join("; "), reasons.join("; ")];
        let padding = self.headers.len().saturating_sub(record.len());
        let cells = record.iter().chain(std::iter::repeat_n("", padding));
        writer.write_record(told.iter().map(String::as_str).chain(cells).map(safe))
    }

    /// Sees that all of it is written.
    pub fn finish(&mut self) -> io::Result<()> {
        self.writer.as_mut().map_or(Ok(()), csv::Writer::flush)
    }
}

/// A cell that no spreadsheet takes for a formula.
fn safe(cell: &str) -> String {
    if cell.starts_with(FORMULA) { format!("'{cell}") } else { cell.to_owned() }
}
