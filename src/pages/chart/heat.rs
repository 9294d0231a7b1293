//! A heat map: a table whose cells are shaded by their number, so that it is picture and table in one.

use askama::Template;

use crate::pages::Html;
use crate::pages::reader::Reader;

/// Shades between nothing and the most; `static/pages.css` has a colour for each.
const SHADES: i64 = 8;

/// How often the things at the left go with those above.
#[derive(Clone, Debug, Default)]
pub struct Heat {
    /// Names it within its page.
    pub id: &'static str,
    /// Its heading.
    pub title: String,
    /// A sentence on how to read it.
    pub lead: String,
    /// What stands at the left, and what above.
    pub axes: (String, String),
    /// Names at the left.
    pub rows: Vec<String>,
    /// Names above.
    pub columns: Vec<String>,
    /// Row, column, number, and where to see what it counts; what is missing is nothing.
    pub cells: Vec<(usize, usize, i64, String)>,
}

struct Cell<'a> {
    shade: i64,
    shown: String,
    href: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "heat.html")]
struct Shown<'a> {
    heat: &'a Heat,
    rows: Vec<(&'a str, Vec<Cell<'a>>)>,
}

/// As a table.
pub fn heat(reader: &Reader, heat: &Heat) -> Html {
    let most = heat.cells.iter().map(|(_, _, count, _)| *count).max().unwrap_or(0).max(1);
    let cell = |row: usize, column: usize| match heat.cells.iter().find(|(r, c, ..)| (*r, *c) == (row, column)) {
        Some((_, _, count, href)) if *count > 0 => {
            let shade = (count.saturating_mul(SHADES) / most).clamp(1, SHADES);
            Cell { shade, shown: reader.number(*count), href: Some(href) }
        }
        _ => Cell { shade: 0, shown: "·".into(), href: None },
    };
    let columns = heat.columns.len();
    let rows = heat.rows.iter().enumerate();
    let rows = rows.map(|(place, name)| (name.as_str(), (0..columns).map(|column| cell(place, column)).collect()));
    Html::of(&Shown { heat, rows: rows.collect() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::user::Language;

    #[test]
    fn cells_are_shaded_by_their_number() {
        let reader = Reader::new(Language::English, None);
        let cells = [(0, 0, 1_000), (0, 1, 1), (1, 0, 500), (9, 9, 3)];
        let cells = cells.map(|(row, column, count)| (row, column, count, format!("/list?n={count}"))).to_vec();
        let table =
            Heat { rows: vec!["<b>".into(), "b".into()], columns: vec!["a".into(), "b".into()], cells, ..Heat::default() };
        let html = heat(&reader, &table).into_text();
        for expected in
            ["heat-8\"><a href=\"/list?n=1000\">1,000<", "heat-1\"><a href=\"/list?n=1\">1<", "heat-4\">", "heat-0\">·"]
        {
            assert!(html.contains(expected), "{expected}: {html}");
        }
        assert!(!html.contains("<b>"), "{html}");
    }
}
