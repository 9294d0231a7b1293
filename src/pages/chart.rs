//! Charts. The page carries their numbers as data, `static/charts.js` draws them with the vendored library, which is loaded only by
//! pages that have one. Without scripts no figure is shown: the same numbers have to stand in a table on the page. A funnel and
//! a heat map are plain HTML, for everybody.

mod funnel;
mod heat;

use askama::Template;
use serde::Serialize;

use crate::domain::money::Currency;
use crate::pages::Html;

pub use funnel::{Step, funnel};
pub use heat::{Heat, heat};

/// What the values of a chart are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unit {
    /// How many; parts of one are possible, as of conversions that are shared.
    #[default]
    Count,
    /// Hundredths.
    Percent,
    /// Minor units of a currency.
    Money(Currency),
}

/// One line, or the bars of one colour.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Series {
    /// What it is called.
    name: String,
    /// A value a label; none is a gap.
    values: Vec<Option<f64>>,
    /// Whether its line is dashed.
    dashed: bool,
}

impl Series {
    /// Values, one a label.
    pub fn new(name: impl Into<String>, values: impl IntoIterator<Item = f64>) -> Series {
        Series { name: name.into(), values: values.into_iter().map(Some).collect(), dashed: false }
    }

    /// Counts or minor units, one a label.
    pub fn whole(name: impl Into<String>, values: impl IntoIterator<Item = i64>) -> Series {
        Series::new(name, values.into_iter().map(|value| value as f64))
    }

    /// What it is compared with: a thinner, dashed line.
    pub fn dashed(self) -> Series {
        Series { dashed: true, ..self }
    }
}

/// A chart with one axis of labels and one of values.
#[derive(Clone, Debug, Default)]
pub struct Chart {
    /// Names it within its page.
    pub id: &'static str,
    /// Its caption.
    pub title: String,
    /// A number beside the caption, such as the sum; empty for none.
    pub total: String,
    /// What the values are.
    pub unit: Unit,
    /// What stands along the axis.
    pub labels: Vec<String>,
    /// What is drawn, the most important first.
    pub series: Vec<Series>,
}

/// What flows from where to where: nodes by their place.
#[derive(Clone, Debug, Default)]
pub struct Sankey {
    /// Names it within its page.
    pub id: &'static str,
    /// Its caption.
    pub title: String,
    /// A number beside the caption; empty for none.
    pub total: String,
    /// Names of the nodes, and which share a colour.
    pub nodes: Vec<(String, usize)>,
    /// From, to and how many. No way may lead back to where it came from.
    pub flows: Vec<(usize, usize, i64)>,
}

#[derive(Serialize)]
struct UnitSpec {
    whole: bool,
    percent: bool,
    exponent: u32,
    currency: Option<Currency>,
}

/// What the script reads.
#[derive(Serialize)]
struct Spec<'a> {
    kind: &'static str,
    unit: UnitSpec,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    labels: &'a [String],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    series: &'a [Series],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    nodes: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tints: Vec<usize>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    flows: &'a [(usize, usize, i64)],
}

#[derive(Template)]
#[template(path = "chart.html")]
struct Figure<'a> {
    id: &'a str,
    title: &'a str,
    total: &'a str,
    kind: &'static str,
    described: String,
    /// As JSON; the template makes it inert within its attribute.
    spec: String,
}

/// Values over time.
pub fn lines(chart: &Chart) -> Html {
    axes("lines", chart)
}

/// Classes side by side.
pub fn bars(chart: &Chart) -> Html {
    axes("bars", chart)
}

/// Bars that lie, with room for names before them; with several series, grouped.
pub fn rows(chart: &Chart) -> Html {
    axes("rows", chart)
}

fn axes(kind: &'static str, chart: &Chart) -> Html {
    let Chart { id, title, total, unit, labels, series } = chart;
    let named = series.iter().map(|series| series.name.as_str()).collect::<Vec<_>>().join(", ");
    let span = match (labels.first(), labels.last()) {
        (Some(first), Some(last)) if labels.len() > 1 => format!("{first} – {last}"),
        (Some(only), _) => only.clone(),
        _ => String::new(),
    };
    let told = [named.as_str(), &span, total].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ");
    let spec = Spec { kind, unit: unit.spec(), labels, series, nodes: Vec::new(), tints: Vec::new(), flows: &[] };
    figure(id, title, total, &spec, format!("{title}: {told}"))
}

/// What flows from where to where.
pub fn sankey(sankey: &Sankey) -> Html {
    let Sankey { id, title, total, nodes, flows } = sankey;
    let name = |place: usize| nodes.get(place).map_or("", |(name, _)| name.as_str());
    let told: Vec<String> =
        flows.iter().take(8).map(|(from, to, count)| format!("{} → {}: {count}", name(*from), name(*to))).collect();
    let spec = Spec {
        kind: "sankey",
        unit: Unit::Count.spec(),
        labels: &[],
        series: &[],
        nodes: nodes.iter().map(|(name, _)| name.as_str()).collect(),
        tints: nodes.iter().map(|(_, tint)| *tint).collect(),
        flows,
    };
    figure(id, title, total, &spec, format!("{title}: {}", told.join("; ")))
}

fn figure(id: &str, title: &str, total: &str, spec: &Spec<'_>, described: String) -> Html {
    let kind = spec.kind;
    // Serializing numbers and texts does not fail.
    let spec = serde_json::to_string(spec).unwrap_or_default();
    Html::of(&Figure { id, title, total, kind, described, spec })
}

impl Unit {
    fn spec(self) -> UnitSpec {
        let currency = if let Unit::Money(currency) = self { Some(currency) } else { None };
        UnitSpec {
            whole: self == Unit::Count,
            percent: self == Unit::Percent,
            exponent: currency.map_or(0, |currency| currency.exponent()),
            currency,
        }
    }
}

/// Whether a piece of HTML has a chart that is to be drawn. Nobody's text can: it would be escaped.
pub(super) fn is_in(html: &Html) -> bool {
    html.as_str().contains(" data-chart=\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_inert_and_any_series_can_be_drawn() {
        let evil = "</script><b title='x'>\" data-chart=\"{}";
        for values in [vec![], vec![0.0], vec![f64::MAX, -1.0, f64::NAN]] {
            let labels: Vec<String> = values.iter().map(|_| evil.to_owned()).collect();
            let series = vec![Series::new(evil, values.clone()), Series::new(evil, values).dashed()];
            let chart = Chart { id: "x", title: evil.into(), labels, series, ..Chart::default() };
            for html in [lines(&chart), bars(&chart), rows(&chart)] {
                assert!(is_in(&html));
                let html = html.into_text();
                assert_eq!(html.matches("data-chart=\"").count(), 1, "{html}");
                assert!(!html.contains("<b") && !html.contains("</script") && !html.contains("style="), "{html}");
            }
        }
        let (id, nodes) = ("x", vec![(evil.into(), 0)]);
        let flows = Sankey { id, title: evil.into(), total: evil.into(), nodes, flows: vec![(0, 7, 1)] };
        let html = sankey(&flows).into_text();
        assert!(!html.contains("<b") && html.matches("data-chart=\"").count() == 1, "{html}");
    }

    #[test]
    fn money_tells_its_currency_and_where_the_decimals_begin() {
        let currency = "JPY".parse().unwrap();
        let chart = Chart { unit: Unit::Money(currency), series: vec![Series::whole("a", [5])], ..Chart::default() };
        let html = lines(&chart).into_text().replace("&#34;", "\"");
        assert!(html.contains(r#""exponent":0,"currency":"JPY""#) && html.contains("\"values\":[5.0]"), "{html}");
    }
}
