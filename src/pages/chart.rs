//! Charts as inline SVG: no script, no inline style; the same numbers stand in a table on the page.

use std::fmt::Write as _;

use askama::Template;

use crate::pages::Html;
use crate::pages::reader::Reader;

/// The drawing, in units of the SVG; the margins hold the labels of the axes.
const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 200.0;
const LEFT: f64 = 52.0;
const BOTTOM: f64 = 24.0;
const TOP: f64 = 10.0;

/// A point of a series: what it is called, and its value.
pub type Point = (String, i64);

struct Tick {
    y: f64,
    label: String,
}

struct Spot {
    x: f64,
    width: f64,
    label: String,
    value: String,
}

#[derive(Template)]
#[template(path = "line.html")]
struct Line<'a> {
    id: &'a str,
    title: &'a str,
    total: String,
    line: String,
    area: String,
    ticks: Vec<Tick>,
    spots: Vec<Spot>,
    first: &'a str,
    last: &'a str,
}

/// The smallest of 1, 2, 5, 10, 20, 50 .. that is not below `value`, so that the axis ends at a round number.
fn round_up(value: i64) -> i64 {
    let mut step: i64 = 1;
    while step < i64::MAX / 10 {
        for factor in [1, 2, 5] {
            if step * factor >= value {
                return step * factor;
            }
        }
        step *= 10;
    }
    value
}

/// A series over time.
pub fn line(reader: &Reader, id: &str, title: &str, points: &[Point]) -> Html {
    let most = round_up(points.iter().map(|(_, value)| *value).max().unwrap_or(0).max(4));
    let step = (WIDTH - LEFT) / points.len().max(1) as f64;
    let y = |value: i64| TOP + (HEIGHT - TOP - BOTTOM) * (1.0 - value.max(0) as f64 / most as f64);
    let x = |place: usize| LEFT + step * (place as f64 + 0.5);
    let mut line = String::new();
    for (place, (_, value)) in points.iter().enumerate() {
        let _ = write!(line, "{}{:.1} {:.1}", if place == 0 { "M" } else { "L" }, x(place), y(*value)); // a String takes everything
    }
    let end = x(points.len().saturating_sub(1));
    let area = if line.is_empty() { String::new() } else { format!("{line}L{end:.1} {0:.1}L{1:.1} {0:.1}Z", y(0), x(0)) };
    let spot = |(place, (label, value)): (usize, &Point)| Spot {
        x: LEFT + step * place as f64,
        width: step,
        label: label.clone(),
        value: reader.number(*value),
    };
    Html::of(&Line {
        id,
        title,
        total: reader.number(points.iter().map(|(_, value)| value).sum()),
        line,
        area,
        ticks: [0, most / 2, most].map(|value| Tick { y: y(value), label: reader.number(value) }).into(),
        spots: points.iter().enumerate().map(spot).collect(),
        first: points.first().map_or("", |(label, _)| label),
        last: points.last().map_or("", |(label, _)| label),
    })
}

/// One step of a funnel.
pub struct Step {
    /// What it counts.
    pub label: &'static str,
    /// How many.
    pub count: i64,
    /// Where to see them.
    pub href: String,
}

struct Bar<'a> {
    step: &'a Step,
    count: String,
    share: String,
    width: String,
}

#[derive(Template)]
#[template(path = "funnel.html")]
struct Funnel<'a> {
    title: &'a str,
    of_first: &'a str,
    bars: Vec<Bar<'a>>,
}

/// How many of the first step came how far.
pub fn funnel(reader: &Reader, title: &str, of_first: &str, steps: &[Step]) -> Html {
    let most = steps.iter().map(|step| step.count).max().unwrap_or(0).max(1) as f64;
    let first = steps.first().map_or(0, |step| step.count);
    let bars = steps.iter().enumerate().map(|(place, step)| Bar {
        count: reader.number(step.count),
        share: if place == 0 || first == 0 { String::new() } else { reader.share(step.count, first) },
        width: format!("{:.1}", step.count.max(0) as f64 / most * 100.0),
        step,
    });
    Html::of(&Funnel { title, of_first, bars: bars.collect() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::user::Language;

    #[test]
    fn axes_end_at_round_numbers_and_any_series_can_be_drawn() {
        for (value, expected) in [(0, 1), (3, 5), (10, 10), (11, 20), (4_321, 5_000), (i64::MAX, i64::MAX)] {
            assert_eq!(round_up(value), expected);
        }
        let reader = Reader::new(Language::English, None);
        for points in [vec![], vec![("<b>".to_owned(), 0)], vec![("a".to_owned(), i64::MAX / 2), ("b".to_owned(), -1)]] {
            let html = line(&reader, "x", "Clicks", &points).into_text();
            assert!(!html.contains("<b>") && !html.contains("NaN") && !html.contains("style="), "{html}");
        }
    }
}
