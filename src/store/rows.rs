//! A whole batch in one statement, which is what makes the drain fast: a statement a row costs a round trip each.
//!
//! SQLite gets the batch as one JSON value, an array with an array for each row, ids as hex; Postgres as one array a column,
//! in the binary form it wants. [`batched!`] writes the first lines of the statement for each, so that the statement itself
//! has one text: it reads the table `batch`.

use sqlx::encode::{Encode, IsNull};
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArgumentBuffer, PgTypeInfo, Postgres};
use uuid::Uuid;

use crate::store::sql::Database;

/// A statement over a batch: the number of its first parameter (what else is bound comes before it), the columns of the batch
/// with their types, and the statement, which reads them from the table `batch`. There `place` counts the rows from 0.
///
/// Spellings of `$1` cannot be counted by a macro, so the parameters are numbered by lists to take from.
macro_rules! batched {
    (1, $columns:tt, $body:expr) => {
        crate::store::rows::batched!(@ 1 "" [0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16] [1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17]
            $columns [] [] [] $body)
    };
    (2, $columns:tt, $body:expr) => {
        crate::store::rows::batched!(@ 2 "" [0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16] [2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18]
            $columns [] [] [] $body)
    };
    (3, $columns:tt, $body:expr) => {
        crate::store::rows::batched!(@ 3 "" [0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16] [3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19]
            $columns [] [] [] $body)
    };
    (4, $columns:tt, $body:expr) => {
        crate::store::rows::batched!(@ 4 "" [0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16] [4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20]
            $columns [] [] [] $body)
    };
    (9, $columns:tt, $body:expr) => {
        crate::store::rows::batched!(@ 9 "" [0 1 2 3] [9 10 11 12] $columns [] [] [] $body)
    };
    (@ $first:literal $comma:literal [$i:literal $($is:literal)*] [$n:literal $($ns:literal)*] [$name:ident id $(, $($more:tt)*)?]
        [$($names:expr),*] [$($values:expr),*] [$($arrays:expr),*] $body:expr) => {
        crate::store::rows::batched!(@ $first ", " [$($is)*] [$($ns)*] [$($($more)*)?]
            [$($names,)* $comma, stringify!($name)] [$($values,)* $comma, "unhex(value->>", $i, ")"]
            [$($arrays,)* $comma, "cast($", $n, " as uuid[])"] $body)
    };
    (@ $first:literal $comma:literal [$i:literal $($is:literal)*] [$n:literal $($ns:literal)*] [$name:ident bytes $(, $($more:tt)*)?]
        [$($names:expr),*] [$($values:expr),*] [$($arrays:expr),*] $body:expr) => {
        crate::store::rows::batched!(@ $first ", " [$($is)*] [$($ns)*] [$($($more)*)?]
            [$($names,)* $comma, stringify!($name)] [$($values,)* $comma, "unhex(value->>", $i, ")"]
            [$($arrays,)* $comma, "cast($", $n, " as bytea[])"] $body)
    };
    (@ $first:literal $comma:literal [$i:literal $($is:literal)*] [$n:literal $($ns:literal)*] [$name:ident int $(, $($more:tt)*)?]
        [$($names:expr),*] [$($values:expr),*] [$($arrays:expr),*] $body:expr) => {
        crate::store::rows::batched!(@ $first ", " [$($is)*] [$($ns)*] [$($($more)*)?]
            [$($names,)* $comma, stringify!($name)] [$($values,)* $comma, "value->>", $i]
            [$($arrays,)* $comma, "cast($", $n, " as bigint[])"] $body)
    };
    (@ $first:literal $comma:literal [$i:literal $($is:literal)*] [$n:literal $($ns:literal)*] [$name:ident text $(, $($more:tt)*)?]
        [$($names:expr),*] [$($values:expr),*] [$($arrays:expr),*] $body:expr) => {
        crate::store::rows::batched!(@ $first ", " [$($is)*] [$($ns)*] [$($($more)*)?]
            [$($names,)* $comma, stringify!($name)] [$($values,)* $comma, "value->>", $i]
            [$($arrays,)* $comma, "cast($", $n, " as text[])"] $body)
    };
    (@ $first:literal $comma:literal [$($is:literal)*] [$($ns:literal)*] []
        [$($names:expr),*] [$($values:expr),*] [$($arrays:expr),*] $body:expr) => {
        crate::store::dialect::PerDatabase {
            sqlite: concat!("with batch (", $($names,)* ", place) as (select ", $($values,)*
                ", key from jsonb_each(jsonb($", $first, "))) ", $body),
            postgres: concat!("with batch (", $($names,)* ", place) as (select ", $($names,)*
                ", place - 1 from unnest(", $($arrays,)* ") with ordinality as u (", $($names,)* ", place)) ", $body),
        }
    };
}
pub(super) use batched;

/// Collects rows; each value is the next column of the last row begun.
#[derive(Debug)]
pub(super) struct Rows {
    form: Form,
    count: u64,
}

#[derive(Debug)]
enum Form {
    Json(String),
    /// The columns, and which is next.
    Columns(Vec<Column>, usize),
}

impl Rows {
    /// Room for `rows` of about `bytes` each.
    pub fn new(database: Database, rows: usize, bytes: usize) -> Self {
        let form = match database {
            Database::Sqlite => {
                let mut text = String::with_capacity(rows * bytes + 2);
                text.push('[');
                Form::Json(text)
            }
            Database::Postgres => Form::Columns(Vec::new(), 0),
        };
        Rows { form, count: 0 }
    }

    /// A list of ids.
    pub fn of_ids(database: Database, ids: impl IntoIterator<Item = Uuid>) -> Self {
        let mut rows = Rows::new(database, 0, 0);
        for id in ids {
            rows.begin().id(Some(id));
        }
        rows
    }

    /// A list of texts.
    pub fn of_texts<'a>(database: Database, texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut rows = Rows::new(database, 0, 0);
        for text in texts {
            rows.begin().text(text);
        }
        rows
    }

    /// Begins a row.
    pub fn begin(&mut self) -> &mut Self {
        match &mut self.form {
            Form::Json(text) => {
                if self.count > 0 {
                    text.pop();
                    text.push_str("],");
                }
                text.push('[');
            }
            Form::Columns(_, next) => *next = 0,
        }
        self.count += 1;
        self
    }

    /// An id, or null.
    pub fn id(&mut self, id: Option<impl Into<Uuid>>) -> &mut Self {
        let id = id.map(Into::into);
        self.binary(Kind::Id, id.as_ref().map(|id| id.as_bytes().as_slice()))
    }

    /// Bytes, or null.
    pub fn bytes(&mut self, bytes: Option<&[u8]>) -> &mut Self {
        self.binary(Kind::Bytes, bytes)
    }

    fn binary(&mut self, kind: Kind, bytes: Option<&[u8]>) -> &mut Self {
        match (&mut self.form, bytes) {
            (Form::Json(json), Some(bytes)) => push_hex(json, bytes),
            (Form::Json(json), None) => json.push_str("null,"),
            (Form::Columns(columns, next), bytes) => column(columns, next, kind).push(bytes),
        }
        self
    }

    /// A whole number, or null.
    pub fn int(&mut self, int: impl Into<Option<i64>>) -> &mut Self {
        match (&mut self.form, int.into()) {
            (Form::Json(json), Some(int)) => {
                use std::fmt::Write as _;
                // Writing into a string cannot fail.
                let _ = write!(json, "{int},");
            }
            (Form::Json(json), None) => json.push_str("null,"),
            (Form::Columns(columns, next), int) => {
                let bytes = int.map(i64::to_be_bytes);
                column(columns, next, Kind::Int).push(bytes.as_ref().map(<[u8; 8]>::as_slice));
            }
        }
        self
    }

    /// A text, or null.
    pub fn text<'a>(&mut self, text: impl Into<Option<&'a str>>) -> &mut Self {
        match (&mut self.form, text.into()) {
            (Form::Json(json), Some(text)) => push_text(json, text),
            (Form::Json(json), None) => json.push_str("null,"),
            (Form::Columns(columns, next), text) => {
                let text = text.map(without_nul);
                column(columns, next, Kind::Text).push(text.as_deref().map(str::as_bytes));
            }
        }
        self
    }

    /// How many rows there are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The one JSON value that SQLite gets.
    pub fn into_json(self) -> String {
        let Form::Json(mut text) = self.form else { return "[]".into() };
        if self.count > 0 {
            text.pop();
            text.push(']');
        }
        text.push(']');
        text
    }

    /// The rows as the binary form of Postgres' `copy` has them: a signature, flags and no more of a header, each row with how many
    /// values it has, and an end.
    pub fn into_copy(self) -> Vec<u8> {
        let Form::Columns(columns, _) = self.form else { return Vec::new() };
        let width = i16::try_from(columns.len()).unwrap_or(i16::MAX);
        let mut copy = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0".to_vec();
        let mut columns: Vec<&[u8]> = columns.iter().map(|column| column.bytes.as_slice()).collect();
        for _ in 0..self.count {
            copy.extend(width.to_be_bytes());
            for column in &mut columns {
                let (value, rest) = column.split_at(first_value(column));
                copy.extend(value);
                *column = rest;
            }
        }
        copy.extend((-1_i16).to_be_bytes());
        copy
    }

    /// The columns that Postgres gets.
    pub fn into_arrays(self) -> Vec<Array> {
        let Form::Columns(columns, _) = self.form else { return Vec::new() };
        let length = i32::try_from(self.count).unwrap_or(i32::MAX);
        columns.into_iter().map(|column| Array { column, length }).collect()
    }
}

/// Postgres has no text with a zero byte in it. Such a text is no less a mistake of its sender's for being stored with the
/// mark of an unreadable character instead, and to refuse it would hold up all that came with it.
pub(super) fn without_nul(text: &str) -> std::borrow::Cow<'_, str> {
    if text.contains('\0') { text.replace('\0', "\u{fffd}").into() } else { text.into() }
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Id,
    Int,
    Text,
    Bytes,
}

/// A column as it is written on the wire: each value with its length before it.
#[derive(Debug)]
struct Column {
    kind: Kind,
    nulls: bool,
    bytes: Vec<u8>,
}

impl Column {
    fn push(&mut self, value: Option<&[u8]>) {
        let length = value.map_or(-1, |value| i32::try_from(value.len()).unwrap_or(i32::MAX));
        self.nulls |= value.is_none();
        self.bytes.extend(length.to_be_bytes());
        self.bytes.extend(value.unwrap_or_default());
    }
}

/// Bytes of the first value of a column, with its length before it.
fn first_value(column: &[u8]) -> usize {
    let length = column.first_chunk().map_or(0, |length| i32::from_be_bytes(*length));
    column.len().min(4 + usize::try_from(length).unwrap_or(0))
}

/// The next column; the first row makes them.
fn column<'a>(columns: &'a mut Vec<Column>, next: &mut usize, kind: Kind) -> &'a mut Column {
    if *next == columns.len() {
        columns.push(Column { kind, nulls: false, bytes: Vec::new() });
    }
    *next += 1;
    &mut columns[*next - 1]
}

/// A column as a one-dimensional array.
#[derive(Debug)]
pub(super) struct Array {
    column: Column,
    length: i32,
}

impl sqlx::Type<Postgres> for Array {
    fn type_info() -> PgTypeInfo {
        <Vec<Uuid> as sqlx::Type<Postgres>>::type_info()
    }
}

impl Encode<'_, Postgres> for Array {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> std::result::Result<IsNull, BoxDynError> {
        // The numbers that Postgres has for its own types never change.
        let element: i32 = match self.column.kind {
            Kind::Id => 2950,
            Kind::Int => 20,
            Kind::Text => 25,
            Kind::Bytes => 17,
        };
        // One dimension, whether there are nulls, what it holds, how many, counted from 1.
        for number in [1, i32::from(self.column.nulls), element, self.length, 1] {
            buffer.extend(number.to_be_bytes());
        }
        buffer.extend_from_slice(&self.column.bytes);
        Ok(IsNull::No)
    }

    fn produces(&self) -> Option<PgTypeInfo> {
        use sqlx::Type;
        Some(match self.column.kind {
            Kind::Id => <Vec<Uuid> as Type<Postgres>>::type_info(),
            Kind::Int => <Vec<i64> as Type<Postgres>>::type_info(),
            Kind::Text => <Vec<String> as Type<Postgres>>::type_info(),
            Kind::Bytes => <Vec<Vec<u8>> as Type<Postgres>>::type_info(),
        })
    }
}

fn push_hex(json: &mut String, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    json.push('"');
    for byte in bytes {
        json.push(char::from(DIGITS[usize::from(byte >> 4)]));
        json.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    json.push_str("\",");
}

fn push_text(json: &mut String, text: &str) {
    let plain = |byte: u8| byte >= 0x20 && byte != b'"' && byte != b'\\';
    json.push('"');
    for piece in text.split_inclusive(|c: char| c.is_ascii() && !plain(c as u8)) {
        let Some(last) = piece.bytes().last().filter(|&last| !plain(last)) else {
            json.push_str(piece);
            continue;
        };
        json.push_str(&piece[..piece.len() - 1]);
        match last {
            b'"' => json.push_str("\\\""),
            b'\\' => json.push_str("\\\\"),
            control => {
                use std::fmt::Write as _;
                let _ = write!(json, "\\u{control:04x}");
            }
        }
    }
    json.push_str("\",");
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rows_are_json() {
        let mut rows = Rows::new(Database::Sqlite, 2, 10);
        rows.begin().id(Some(Uuid::nil())).int(-5).text("a\"b").text(None).int(None);
        rows.begin().bytes(Some(&[255, 0])).id(None::<Uuid>).text("");
        assert_eq!(rows.count(), 2);
        let nil = "0".repeat(32);
        assert_eq!(rows.into_json(), format!(r#"[["{nil}",-5,"a\"b",null,null],["ff00",null,""]]"#));
        assert_eq!(Rows::new(Database::Sqlite, 0, 0).into_json(), "[]");
        assert_eq!(Rows::of_texts(Database::Sqlite, ["a", "b"]).into_json(), r#"[["a"],["b"]]"#);
    }

    #[test]
    fn a_batch_is_a_table_in_the_words_of_each_database() {
        let statement = batched!(2, [id id, at int], "select id from batch where at > $1");
        assert_eq!(
            statement.sqlite,
            "with batch (id, at, place) as (select unhex(value->>0), value->>1, key from jsonb_each(jsonb($2))) \
             select id from batch where at > $1"
        );
        assert_eq!(
            statement.postgres,
            "with batch (id, at, place) as (select id, at, place - 1 from unnest(cast($2 as uuid[]), cast($3 as bigint[])) \
             with ordinality as u (id, at, place)) select id from batch where at > $1"
        );
    }

    #[test]
    fn rows_are_a_copy() {
        let mut rows = Rows::new(Database::Postgres, 0, 0);
        rows.begin().int(-1).text("ab");
        rows.begin().int(None).text("");
        let header = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0".as_slice();
        let first = b"\0\x02\0\0\0\x08\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\x02ab".as_slice();
        let second = b"\0\x02\xff\xff\xff\xff\0\0\0\0".as_slice();
        assert_eq!(rows.into_copy(), [header, first, second, b"\xff\xff"].concat());
    }

    proptest! {
        #[test]
        fn any_text_reads_back(text: String) {
            let mut rows = Rows::new(Database::Sqlite, 0, 0);
            rows.begin().text(text.as_str());
            let read: Vec<Vec<String>> = serde_json::from_str(&rows.into_json()).unwrap();
            prop_assert_eq!(&read[0][0], &text);
        }
    }
}
