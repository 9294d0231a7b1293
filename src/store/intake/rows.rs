//! A whole batch as one bound value: a JSON array with an array for each row, ids as hex.
//!
//! One statement a table a batch is what makes the drain fast: a statement a row costs a thread hop each.

use uuid::Uuid;

/// Collects rows; each value is the next column of the last row begun.
#[derive(Debug)]
pub(in crate::store) struct Rows {
    text: String,
    count: u64,
}

impl Rows {
    /// Room for `rows` of about `bytes` each.
    pub fn with_capacity(rows: usize, bytes: usize) -> Self {
        let mut text = String::with_capacity(rows * bytes + 2);
        text.push('[');
        Rows { text, count: 0 }
    }

    /// A list of ids, each a row of its own without columns.
    pub fn of_ids(ids: impl IntoIterator<Item = Uuid>) -> Self {
        let mut rows = Rows::with_capacity(0, 0);
        for id in ids {
            rows.count += 1;
            rows.push_hex(id.as_bytes());
        }
        rows
    }

    /// A list of texts, each a row of its own without columns.
    pub fn of_texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut rows = Rows::with_capacity(0, 0);
        for text in texts {
            rows.count += 1;
            rows.push_text(text);
        }
        rows
    }

    /// Begins a row.
    pub fn begin(&mut self) -> &mut Self {
        if self.count > 0 {
            self.text.pop();
            self.text.push_str("],");
        }
        self.text.push('[');
        self.count += 1;
        self
    }

    /// An id, or null.
    pub fn id(&mut self, id: Option<impl Into<Uuid>>) -> &mut Self {
        match id {
            Some(id) => self.push_hex(id.into().as_bytes()),
            None => self.text.push_str("null,"),
        }
        self
    }

    /// Bytes, or null.
    pub fn bytes(&mut self, bytes: Option<&[u8]>) -> &mut Self {
        match bytes {
            Some(bytes) => self.push_hex(bytes),
            None => self.text.push_str("null,"),
        }
        self
    }

    /// A whole number, or null.
    pub fn int(&mut self, int: impl Into<Option<i64>>) -> &mut Self {
        match int.into() {
            Some(int) => {
                use std::fmt::Write as _;
                // Writing into a string cannot fail.
                let _ = write!(self.text, "{int},");
            }
            None => self.text.push_str("null,"),
        }
        self
    }

    /// A text, or null.
    pub fn text<'a>(&mut self, text: impl Into<Option<&'a str>>) -> &mut Self {
        match text.into() {
            Some(text) => self.push_text(text),
            None => self.text.push_str("null,"),
        }
        self
    }

    /// How many rows there are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The value to bind.
    pub fn finish(mut self) -> String {
        let in_row = self.text.starts_with("[[");
        if self.count > 0 {
            self.text.pop();
        }
        self.text.push_str(if in_row { "]]" } else { "]" });
        self.text
    }

    fn push_hex(&mut self, bytes: &[u8]) {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        self.text.push('"');
        for byte in bytes {
            self.text.push(char::from(DIGITS[usize::from(byte >> 4)]));
            self.text.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
        self.text.push_str("\",");
    }

    fn push_text(&mut self, text: &str) {
        let plain = |byte: u8| byte >= 0x20 && byte != b'"' && byte != b'\\';
        self.text.push('"');
        for piece in text.split_inclusive(|c: char| c.is_ascii() && !plain(c as u8)) {
            let Some(last) = piece.bytes().last().filter(|&last| !plain(last)) else {
                self.text.push_str(piece);
                continue;
            };
            self.text.push_str(&piece[..piece.len() - 1]);
            match last {
                b'"' => self.text.push_str("\\\""),
                b'\\' => self.text.push_str("\\\\"),
                control => {
                    use std::fmt::Write as _;
                    let _ = write!(self.text, "\\u{control:04x}");
                }
            }
        }
        self.text.push_str("\",");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rows_are_json() {
        let mut rows = Rows::with_capacity(2, 10);
        rows.begin().id(Some(Uuid::nil())).int(-5).text("a\"b").text(None).int(None);
        rows.begin().bytes(Some(&[255, 0])).id(None::<Uuid>).text("");
        assert_eq!(rows.count(), 2);
        let nil = "0".repeat(32);
        assert_eq!(rows.finish(), format!(r#"[["{nil}",-5,"a\"b",null,null],["ff00",null,""]]"#));
        assert_eq!(Rows::with_capacity(0, 0).finish(), "[]");
        assert_eq!(Rows::of_ids([Uuid::nil()]).finish(), format!("[\"{nil}\"]"));
        assert_eq!(Rows::of_texts(["a", "b"]).finish(), r#"["a","b"]"#);
    }

    proptest! {
        #[test]
        fn any_text_reads_back(text: String) {
            let mut rows = Rows::with_capacity(0, 0);
            rows.begin().text(text.as_str());
            let read: Vec<Vec<String>> = serde_json::from_str(&rows.finish()).unwrap();
            prop_assert_eq!(&read[0][0], &text);
        }
    }
}
