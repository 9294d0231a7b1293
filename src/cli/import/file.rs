//! The file that is read, row by row, and the file of those rows that do not fit.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Seek};
use std::path::{Path, PathBuf};

use csv::StringRecord;

use crate::cli::backup::create_for_owner;
use crate::domain::import::delimiter;
use crate::error::Problems;

/// Signs with which a spreadsheet begins a formula.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// A file with a header.
pub(super) struct Rows {
    reader: csv::Reader<File>,
    /// The names of its columns.
    pub headers: StringRecord,
    /// The row that was read last, as a spreadsheet counts them: the header is 1.
    pub number: u64,
}

/// What comes next in the file.
pub(super) enum Next {
    /// A row.
    Row(StringRecord),
    /// A line that is no row: blank, or what reports write below their tables.
    Remark,
    /// A row that cannot be read.
    Broken(String),
    End,
}

impl Rows {
    /// Opens a file, and finds out what stands between its cells.
    pub fn open(path: &Path) -> Result<Rows, String> {
        let not = |why: &dyn std::fmt::Display| format!("{} cannot be read: {why}", path.display());
        let mut file = File::open(path).map_err(|why| not(&why))?;
        let mut first = Vec::new();
        BufReader::new(&file).read_until(b'\n', &mut first).map_err(|why| not(&why))?;
        file.rewind().map_err(|why| not(&why))?;
        let mut reader = csv::ReaderBuilder::new().delimiter(delimiter(&first)).flexible(true).from_reader(file);
        let headers = reader.headers().map_err(|why| not(&why))?.clone();
        if headers.iter().all(|header| header.trim().is_empty()) {
            return Err(not(&"its first line must name the columns"));
        }
        Ok(Rows { reader, headers, number: 1 })
    }

    /// How many bytes were read.
    pub fn position(&self) -> u64 {
        self.reader.position().byte()
    }

    pub fn next(&mut self) -> Result<Next, String> {
        let mut record = StringRecord::new();
        let read = self.reader.read_record(&mut record);
        self.number += 1;
        match read {
            Ok(false) => Ok(Next::End),
            Ok(true) if record.iter().all(|cell| cell.trim().is_empty()) => Ok(Next::Remark),
            Ok(true) if record.len() == 1 && self.headers.len() > 1 => Ok(Next::Remark),
            Ok(true) if record.len() > self.headers.len() => {
                Ok(Next::Broken(format!("has {} cells, but there are {} columns", record.len(), self.headers.len())))
            }
            Ok(true) => Ok(Next::Row(record)),
            Err(why) if matches!(why.kind(), csv::ErrorKind::Utf8 { .. }) => {
                Ok(Next::Broken("is not UTF-8 text; save the file as CSV UTF-8".to_owned()))
            }
            Err(why) => Err(format!("row {}: {why}", self.number)),
        }
    }
}

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

    /// Notes a row.
    pub fn add(&mut self, row: u64, record: &StringRecord, problems: Problems) -> Result<(), csv::Error> {
        let writer = match &mut self.writer {
            Some(writer) => writer,
            None => {
                let mut writer = csv::Writer::from_writer(create_for_owner(&self.path)?);
                writer.write_record(["row", "column", "reason"].into_iter().chain(self.headers.iter()))?;
                self.writer.insert(writer)
            }
        };
        self.count += 1;
        let fields = problems.into_fields();
        let columns: Vec<&str> = fields.iter().map(|field| field.field.as_str()).collect();
        let reasons: Vec<String> = fields.iter().map(|field| format!("{}: {}", field.field, field.message)).collect();
        let told = [row.to_string(), columns.join("; "), reasons.join("; ")];
        let padding = self.headers.len().saturating_sub(record.len());
        let cells = record.iter().chain(std::iter::repeat_n("", padding)).take(self.headers.len());
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
