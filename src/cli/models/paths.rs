//! Paths as CSV: `path,conversions,value,null`.

use std::collections::HashMap;
use std::io::Read;
use std::sync::Mutex;

use csv::{ByteRecord, Reader, ReaderBuilder};
use foldhash::fast::FixedState;

use super::blocks::{Block, Blocks, Misfit, share, turn};
use super::{Found, NUMBER_MAX, Work};
use crate::domain::attribution::{Held, Path as Route, Sum};
use crate::domain::policy::Model;

/// What stands between the touchpoints of a path.
const ARROW: char = '>';
/// Different paths that are gathered before they are added: people take the same ways, and what is the same is read once.
const GATHERED_MAX: usize = 1 << 15;
/// Our names of the columns, and those of the ChannelAttribution packages.
const COLUMNS: [(&str, &str); 4] =
    [("path", "path"), ("conversions", "total_conversions"), ("value", "total_conversion_value"), ("null", "total_null")];

/// The longest name of a column that is repeated to the reader.
const NAME_BYTES_MAX: usize = 100;

/// Where each of [`COLUMNS`] stands.
type Places = [Option<usize>; 4];

/// Rows of one path: its touchpoints; conversions, value and nulls.
struct Gathered {
    keys: Vec<u32>,
    sums: [Sum; 3],
}

/// Rows by path, as text.
type Paths = HashMap<Box<[u8]>, Gathered, FixedState>;

impl Gathered {
    fn add(&mut self, numbers: [f64; 3]) {
        self.sums.iter_mut().zip(numbers).for_each(|(sum, number)| sum.add(number));
    }
}

pub(super) fn read(reader: impl Read + Send, work: &mut Work) -> Found<()> {
    let more = |model| matches!(model, Model::TimeDecay | Model::Custom | Model::WShaped | Model::FullPath);
    if let Some(model) = work.wants(more) {
        let lacks = match model {
            Model::TimeDecay => "times of the touchpoints",
            Model::Custom => "kinds of the touchpoints",
            _ => "milestones (lead, opportunity)",
        };
        return Err(format!(
            "{model} needs {lacks}, which paths do not have; give journeys, one JSON object a line (see --help)"
        ));
    }
    let mut blocks = Blocks::new(reader);
    let mut first = blocks.next().map_err(|(_, why)| why)?.unwrap_or(Block { line: 1, text: Vec::new() });
    let first_line = first.text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let delimiter = [b',', b';', b'\t'].into_iter().find(|byte| first_line.contains(byte)).unwrap_or(b',');
    let (mut header, mut rows) = (ByteRecord::new(), records(delimiter, &first.text[..]));
    rows.read_byte_record(&mut header).map_err(|why| why.to_string())?;
    let table = Table { delimiter, places: places(&header)?, cells: header.len() };
    let (line, bytes) = (rows.position().line(), rows.position().byte() as usize);
    drop(rows);
    first.text.drain(..bytes);
    blocks.give_back(Block { line, text: first.text });
    share(blocks, work, |blocks, work| table.read(blocks, work))
}

fn records<R: Read>(delimiter: u8, reader: R) -> Reader<R> {
    ReaderBuilder::new().delimiter(delimiter).has_headers(false).flexible(true).from_reader(reader)
}

/// How the file is written.
struct Table {
    delimiter: u8,
    places: Places,
    cells: usize,
}

impl Table {
    /// Reads blocks until there are none.
    fn read<R: Read>(&self, blocks: &Mutex<Blocks<R>>, work: &mut Work) -> Result<(), Misfit> {
        let mut gathered = HashMap::default();
        loop {
            let mut turn = turn(blocks);
            let Some(block) = turn.next()? else { break };
            let line = block.line;
            // A quote may hide the end of a line: from the first one on a single thread reads.
            if block.text.contains(&b'"') {
                self.rows(line, turn.rest(block), &mut gathered, work)?;
                continue;
            }
            drop(turn);
            self.rows(line, &block.text[..], &mut gathered, work)?;
        }
        add(gathered.into_values(), work).map_err(|why| (u64::MAX, why))
    }

    /// Reads rows, the first of them in line `first`.
    fn rows(&self, first: u64, reader: impl Read, gathered: &mut Paths, work: &mut Work) -> Result<(), Misfit> {
        let (mut row, mut reader) = (ByteRecord::new(), records(self.delimiter, reader));
        while reader.read_byte_record(&mut row).map_err(|why| (first, why.to_string()))? {
            let line = first - 1 + row.position().map_or(0, csv::Position::line);
            self.row(&row, gathered, work).map_err(|why| (line, format!("line {line}{why}")))?;
        }
        Ok(())
    }

    fn row(&self, row: &ByteRecord, gathered: &mut Paths, work: &mut Work) -> Found<()> {
        if row.len() != self.cells {
            let (has, s) = (row.len(), if row.len() == 1 { "" } else { "s" });
            return Err(format!(" has {has} cell{s}, the header {}; put a cell with a comma in double quotes", self.cells));
        }
        let number = |column: usize, default: f64| match self.places[column].and_then(|place| row.get(place)) {
            None => Ok(default),
            Some(cell) => amount(cell, column).map_err(|why| format!(", column {}: {why}", COLUMNS[column].0)),
        };
        let numbers = [number(1, 1.0)?, number(2, 0.0)?, number(3, 0.0)?];
        let path = self.places[0].and_then(|place| row.get(place)).unwrap_or_default();
        if let Some(rows) = gathered.get_mut(path) {
            rows.add(numbers);
            return Ok(());
        }
        if gathered.len() == GATHERED_MAX {
            add(gathered.drain().map(|(_, rows)| rows), work).map_err(|why| format!(": {why}"))?;
        }
        let keys = touches(path, work).map_err(|why| format!(", column path: {why}"))?;
        let mut rows = Gathered { keys, sums: Default::default() };
        rows.add(numbers);
        gathered.insert(path.into(), rows);
        Ok(())
    }
}

fn add(gathered: impl Iterator<Item = Gathered>, work: &mut Work) -> Found<()> {
    for Gathered { keys, sums } in gathered {
        let [conversions, value, nulls] = sums.map(|sum| sum.total());
        work.add(&Route { keys: &keys, points: &[], held: Held::default(), conversions, value, nulls })?;
    }
    Ok(())
}

fn places(header: &ByteRecord) -> Found<Places> {
    let mut places = Places::default();
    for (place, cell) in header.iter().enumerate() {
        let cell = cell.strip_prefix("\u{feff}".as_bytes()).unwrap_or(cell);
        let name = String::from_utf8_lossy(cell).trim().to_ascii_lowercase();
        match COLUMNS.iter().position(|(ours, theirs)| name == *ours || name == *theirs) {
            None if cell.len() > NAME_BYTES_MAX => {
                return Err("line 1 is no header; it reads path,conversions,value,null".into());
            }
            None => return Err(format!("line 1: {name:?} is not a column; there are path, conversions, value and null")),
            Some(column) if places[column].is_some() => return Err(format!("line 1: column {name} is there twice")),
            Some(column) => places[column] = Some(place),
        }
    }
    match places[0] {
        None => Err("line 1: column path is missing; the header is path,conversions,value,null".into()),
        Some(_) => Ok(places),
    }
}

/// A number of conversions, 0 or more, or a value, which may be less.
fn amount(cell: &[u8], column: usize) -> Found<f64> {
    // Most cells of most files are short whole numbers, which are exact.
    if (1..=9).contains(&cell.len()) && cell.iter().all(u8::is_ascii_digit) {
        return Ok(f64::from(cell.iter().fold(0, |number, digit| number * 10 + u32::from(digit - b'0'))));
    }
    let text = String::from_utf8_lossy(cell.trim_ascii());
    match text.parse::<f64>() {
        Ok(number) if number.abs() > NUMBER_MAX => Err(format!("{text:?} is larger than {NUMBER_MAX:e}")),
        Ok(number) if number.is_finite() && (number >= 0.0 || COLUMNS[column].0 == "value") => Ok(number),
        Ok(_) => Err(format!("{text:?} must be 0 or more")),
        Err(_) => Err(format!("{text:?} is not a number such as 12 or 3.5")),
    }
}

fn touches(path: &[u8], work: &mut Work) -> Found<Vec<u32>> {
    let path = std::str::from_utf8(path).map_err(|_| "is not UTF-8 text".to_owned())?.trim();
    if path.is_empty() {
        return Err("is empty; a path reads a > b > c".into());
    }
    let key = |key: &str| match key.trim() {
        "" => Err(format!("{path:?} has a touchpoint without a name; a path reads a > b > c")),
        key => work.keys.number(key),
    };
    path.split(ARROW).map(key).collect()
}
