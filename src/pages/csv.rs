//! Exports, as RFC 4180 writes them, with cells that no spreadsheet takes for a formula.

use crate::domain::money::Money;

/// A cell of an export.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// What somebody wrote: never a formula.
    Text(String),
    /// Made here: a number, a sum, a moment.
    Plain(String),
}

/// Writes rows, the first of which is the heading.
pub fn write(heading: &[String], rows: &[Vec<Value>]) -> String {
    let mut text = String::new();
    let heading: Vec<Value> = heading.iter().map(|name| Value::Plain(name.clone())).collect();
    for row in std::iter::once(&heading).chain(rows) {
        let cells: Vec<String> = row.iter().map(cell).collect();
        text.push_str(&cells.join(","));
        text.push_str("\r\n");
    }
    text
}

/// A sum as two cells: a plain number in major units, and its currency; two empty ones where there is none.
pub fn money(money: Option<&Money>) -> [Value; 2] {
    let text = money.map_or(String::new(), ToString::to_string);
    let (number, currency) = text.split_once(' ').unwrap_or_default();
    [number, currency].map(|part| Value::Plain(part.to_owned()))
}

fn cell(value: &Value) -> String {
    let text = match value {
        Value::Text(text) if is_formula(text) => format!("'{text}"),
        Value::Text(text) | Value::Plain(text) => text.clone(),
    };
    if text.contains([',', '"', '\r', '\n', ';', '\t', '\'']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

/// Whether a spreadsheet would run it: OWASP, CSV injection. Blanks before it do not help.
fn is_formula(text: &str) -> bool {
    text.starts_with(['\t', '\r', '\n']) || text.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn cells_are_quoted_and_no_formula() {
        let text = |text: &str| Value::Text(text.into());
        let rows = vec![vec![text("=1+1"), Value::Plain("-5".into())], vec![text("a \"b\", c"), text(" @SUM(A1)")]];
        assert_eq!(
            write(&["name".to_owned(), "n".to_owned()], &rows),
            "name,n\r\n\"'=1+1\",-5\r\n\"a \"\"b\"\", c\",\"' @SUM(A1)\"\r\n"
        );
    }

    proptest! {
        #[test]
        fn no_text_is_run_and_every_text_is_one_cell(text in "[=+@\\-\t\r\n ,;\"'a-z]{0,12}") {
            let written = cell(&Value::Text(text.clone()));
            let bare = written.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
            let read = bare.map_or(written.clone(), |bare| bare.replace("\"\"", "\""));
            prop_assert!(!is_formula(&read));
            prop_assert!(read == text || read.strip_prefix('\'') == Some(text.as_str()), "{}", read);
        }
    }
}
