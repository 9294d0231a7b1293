//! A few rows that somebody pasted: cells under the names of their columns.

use csv::{ReaderBuilder, StringRecord, WriterBuilder};

/// The most rows of one sheet.
pub const SHEET_ROWS_MAX: usize = 1_000;

/// What stands between the cells of a file, by its first line: whichever of comma, semicolon and tab is there most often
/// outside quotes.
pub fn delimiter(first: &[u8]) -> u8 {
    let mut quoted = false;
    let mut counts = [(b'\t', 0), (b';', 0), (b',', 0)];
    for byte in first {
        quoted ^= *byte == b'"';
        counts.iter_mut().filter(|(sign, _)| !quoted && sign == byte).for_each(|(_, count)| *count += 1);
    }
    counts.iter().max_by_key(|(_, count)| *count).map_or(b',', |(sign, _)| *sign)
}

/// A sheet.
#[derive(Debug, PartialEq)]
pub struct Sheet {
    /// The names of the columns: in lower case, with `_` for blanks.
    pub columns: Vec<String>,
    /// Each row with its number as a spreadsheet counts them: the names are 1.
    pub rows: Vec<(usize, Vec<String>)>,
}

/// Why there is no sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoSheet {
    /// There is no row below the names.
    Empty,
    /// There are more than [`SHEET_ROWS_MAX`].
    TooMany,
    /// A quote is opened in the row with this number and not closed where its cell ends.
    Open(usize),
}

/// The row in which a quote is opened that swallows others: it is closed nowhere, or further down amid another cell, as the first
/// quote of that one. Cells of several lines end as they should.
fn open_quote(text: &str, delimiter: char) -> Option<usize> {
    let (mut row, mut begins) = (1, true);
    let mut rest = text.chars().peekable();
    while let Some(sign) = rest.next() {
        if !(begins && sign == '"') {
            row += usize::from(sign == '\n');
            begins = sign == delimiter || sign == '\n';
            continue;
        }
        let (mut closed, mut lines) = (false, 0);
        while let Some(sign) = rest.next() {
            lines += usize::from(sign == '\n');
            // Two of them are one that is meant.
            if sign == '"' && rest.next_if_eq(&'"').is_none() {
                closed = true;
                break;
            }
        }
        let ends = rest.peek().is_none_or(|next| *next == delimiter || next.is_whitespace());
        if !closed || (lines > 0 && !ends) {
            return Some(row);
        }
        begins = false;
    }
    None
}

impl Sheet {
    /// Reads it; blank rows are left out, cells are without blanks around them.
    ///
    /// # Errors
    /// Why there is none.
    pub fn read(text: &str) -> Result<Sheet, NoSheet> {
        let text = text.trim_start_matches('\u{feff}').trim_start();
        let delimiter = delimiter(text.lines().next().unwrap_or_default().as_bytes());
        if let Some(row) = open_quote(text, char::from(delimiter)) {
            return Err(NoSheet::Open(row));
        }
        let mut reader = ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(text.as_bytes());
        // What is a text and flexible is always read.
        let names = reader.headers().map_err(|_| NoSheet::Empty)?;
        let columns = names.iter().map(|name| name.trim().to_lowercase().replace([' ', '-'], "_")).collect();
        let (mut rows, mut record) = (Vec::new(), StringRecord::new());
        while reader.read_record(&mut record).map_err(|_| NoSheet::Empty)? {
            if record.iter().all(|cell| cell.trim().is_empty()) {
                continue;
            }
            if rows.len() == SHEET_ROWS_MAX {
                return Err(NoSheet::TooMany);
            }
            let line = record.position().map_or(0, |place| usize::try_from(place.record()).unwrap_or(0));
            rows.push((line + 1, record.iter().map(|cell| cell.trim().to_owned()).collect()));
        }
        if rows.is_empty() { Err(NoSheet::Empty) } else { Ok(Sheet { columns, rows }) }
    }

    /// The rows with these numbers below the names of the columns, as CSV.
    pub fn part(&self, numbers: &[usize]) -> String {
        let mut writer = WriterBuilder::new().flexible(true).from_writer(Vec::new());
        let rows = self.rows.iter().filter(|(number, _)| numbers.contains(number)).map(|(_, row)| row);
        for row in std::iter::once(&self.columns).chain(rows) {
            // Writing to memory does not fail.
            drop(writer.write_record(row));
        }
        String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
    }

    /// The cell of a row under the first of these names that the sheet has; none when it is empty.
    pub fn cell<'a>(&self, row: &'a [String], names: &[&str]) -> Option<&'a str> {
        let place = self.columns.iter().position(|column| names.contains(&column.as_str()))?;
        row.get(place).map(String::as_str).filter(|cell| !cell.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sheets_are_read_whatever_stands_between_their_cells() {
        for text in [
            "Name,External ID\nFern, f-1 \n\n,\nMoss,\n",
            "\u{feff}name;external-id\r\nFern;f-1\r\nMoss;",
            "NAME\tEXTERNAL ID\nFern\tf-1\n\nMoss\t",
        ] {
            let sheet = Sheet::read(text).unwrap();
            assert_eq!(sheet.columns, ["name", "external_id"]);
            let cells: Vec<_> = sheet.rows.iter().map(|(_, row)| sheet.cell(row, &["external_id"])).collect();
            assert_eq!(cells, [Some("f-1"), None], "{text:?}");
        }
        assert_eq!(Sheet::read("a,b\n1,2\n3\n").unwrap().rows[1], (3, vec!["3".to_owned()]));
        let sheet = Sheet::read("Name;note\nFern;\"a, \"\"b\"\"\"\nMoss\nOak;x\n").unwrap();
        assert_eq!(sheet.part(&[2, 3]), "name,note\nFern,\"a, \"\"b\"\"\"\nMoss\n");
        assert_eq!(Sheet::read(&sheet.part(&[2, 4])).unwrap().rows[1].1, ["Oak", "x"]);
        for (text, row) in [
            ("name,note\nFern,\"a\nMoss,b\nOak,c\n", Some(2)),
            ("name,note\nFern,a\n\"Moss,b\nOak,\"c\"\n", Some(3)),
            ("name,note\n\nFern,\"a\"\"\nMoss,b\n", Some(3)),
            ("\"name,note\nFern,a\n", Some(1)),
            ("name,note\nFern,\"a\nb\"\nMoss,5\" tube\n\"Oak\" Ltd,c\n", None),
            ("name;note\r\nFern;\"a\r\nb\"\r\n", None),
        ] {
            assert_eq!(Sheet::read(text).err(), row.map(NoSheet::Open), "{text:?}");
        }
        assert_eq!(Sheet::read("name\n").unwrap_err(), NoSheet::Empty);
        assert_eq!(Sheet::read("").unwrap_err(), NoSheet::Empty);
        assert_eq!(Sheet::read(&format!("a\n{}", "x\n".repeat(1_001))).unwrap_err(), NoSheet::TooMany);
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text: String) {
            if let Ok(sheet) = Sheet::read(&text) {
                prop_assert!(sheet.rows.len() <= SHEET_ROWS_MAX);
            }
        }
    }
}
