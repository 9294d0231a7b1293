//! A funnel, as a list with bars.

use askama::Template;

use crate::pages::Html;
use crate::pages::reader::Reader;

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
