//! The file that is read, row by row, in whatever it is written.

use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, Read, Seek};
use std::path::Path;

use csv::StringRecord;
use encoding_rs::{Encoding, WINDOWS_1252};
use encoding_rs_io::DecodeReaderBytesBuilder;

use super::errors::{FORMULA, OWN_COLUMNS};
use crate::domain::import::delimiter;

/// The longest first line that is looked at for what stands between cells.
const FIRST_LINE_BYTES_MAX: u64 = 1 << 20;

/// A file with a header.
pub(super) struct Rows {
    reader: csv::Reader<Box<dyn Read>>,
    /// The same open file: how far it is read.
    file: File,
    /// Columns in front that an earlier import wrote beside rows that did not fit.
    ours: usize,
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
    /// A row that cannot be read, as far as it can, and why.
    Broken(StringRecord, String),
    End,
}

impl Rows {
    /// Opens a file that is written in `encoding`, and finds out what stands between its cells. A byte order mark wins over
    /// `encoding`; without either it is UTF-8.
    pub fn open(path: &Path, encoding: Option<&str>) -> Result<Rows, String> {
        let not = |why: &dyn std::fmt::Display| format!("{} cannot be read: {why}", path.display());
        let encoding = encoding.map(named).transpose()?;
        let file = File::open(path).map_err(|why| not(&why))?;
        if !file.metadata().is_ok_and(|meta| meta.is_file()) {
            return Err(not(&"it is not a file; it is read twice, so save what a pipe says first"));
        }
        let read = file.try_clone().map_err(|why| not(&why))?;
        let decoded = DecodeReaderBytesBuilder::new().encoding(encoding).utf8_passthru(true).bom_override(true).build(read);
        let mut text = BufReader::new(decoded);
        let mut first = Vec::new();
        text.by_ref().take(FIRST_LINE_BYTES_MAX).read_until(b'\n', &mut first).map_err(|why| not(&why))?;
        if first.contains(&0) {
            return Err(not(&"it looks like UTF-16; say so with --encoding utf-16le, or save it as CSV UTF-8"));
        }
        let told = separator(&first);
        if told.is_some() {
            first.clear();
        }
        let delimiter = told.unwrap_or_else(|| delimiter(&first));
        let whole: Box<dyn Read> = Box::new(Cursor::new(first).chain(text));
        let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(whole);
        let headers = reader.headers().map_err(|why| match why.kind() {
            csv::ErrorKind::Utf8 { .. } => not(&format!("its first line {NOT_UTF8}")),
            _ => not(&why),
        })?;
        let ours = if headers.iter().take(3).eq(OWN_COLUMNS) { OWN_COLUMNS.len() } else { 0 };
        let headers: StringRecord = headers.iter().skip(ours).collect();
        if headers.iter().all(|header| header.trim().is_empty()) {
            return Err(not(&"its first line must name the columns"));
        }
        Ok(Rows { reader, file, ours, headers, number: 1 + u64::from(told.is_some()) })
    }

    /// How many bytes of the file were read.
    pub fn position(&mut self) -> u64 {
        self.file.stream_position().unwrap_or(0)
    }

    pub fn next(&mut self) -> Result<Next, String> {
        let mut bytes = csv::ByteRecord::new();
        let read = self.reader.read_byte_record(&mut bytes);
        self.number += 1;
        if !read.map_err(|why| format!("row {}: {why}", self.number))? {
            return Ok(Next::End);
        }
        let record = match StringRecord::from_byte_record(bytes) {
            Ok(record) => self.own(record.iter()),
            Err(why) => {
                // What it most likely is, so that whoever mends the row sees its words.
                let cells: Vec<_> =
                    why.into_byte_record().iter().map(|cell| WINDOWS_1252.decode(cell).0.into_owned()).collect();
                let record = self.own(cells.iter().map(String::as_str));
                return Ok(Next::Broken(record, NOT_UTF8.to_owned()));
            }
        };
        let (cells, columns) = (record.len(), self.headers.len());
        Ok(match cells {
            _ if record.iter().all(|cell| cell.trim().is_empty()) => Next::Remark,
            1 if columns > 1 => Next::Remark,
            _ if cells > columns && record.iter().skip(columns).any(|cell| !cell.trim().is_empty()) => {
                Next::Broken(record, format!("has {cells} cells, but there are {columns} columns"))
            }
            _ => Next::Row(record.iter().take(columns).collect()),
        })
    }

    /// A record without what an earlier import added to it.
    fn own<'a>(&self, cells: impl Iterator<Item = &'a str>) -> StringRecord {
        let plain = |cell: &'a str| match cell.strip_prefix('\'') {
            Some(rest) if self.ours > 0 && rest.starts_with(FORMULA) => rest,
            _ => cell,
        };
        cells.skip(self.ours).map(plain).collect()
    }
}

const NOT_UTF8: &str = "is not UTF-8 text; save the file as CSV UTF-8, or say what it is: --encoding windows-1252";

/// The encoding of that name.
fn named(label: &str) -> Result<&'static Encoding, String> {
    Encoding::for_label(label.as_bytes())
        .ok_or_else(|| format!("encoding: {label:?} is not known; it may be utf-8, utf-16le, windows-1252, iso-8859-15 .."))
}

/// What a first line `sep=;` says, as spreadsheets write it.
fn separator(line: &[u8]) -> Option<u8> {
    match line.trim_ascii_end().strip_prefix(b"\xef\xbb\xbf").unwrap_or(line.trim_ascii_end()) {
        [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', sign] => Some(*sign),
        _ => None,
    }
}
