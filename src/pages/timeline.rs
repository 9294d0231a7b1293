//! A journey as a picture: touchpoints along time, a lane for each partner, and what was reached. Drawn by the server, as SVG whose
//! places are percentages, so that it fits any width with letters of the same size.

use askama::Template;

use crate::domain::time::Time;
use crate::pages::Html;
use crate::pages::reader::Reader;

/// From the left edge to the first moment, and from the last one to the right edge, in percent.
const EDGE: f64 = 3.0;
/// Height of a lane and of a line of labels, and the room for dates at the bottom, in pixels.
const LANE: usize = 50;
const LABEL: usize = 18;
const DATES: usize = 26;
/// Labels of what was reached stand in up to so many lines, so that close ones do not cover each other.
const LABEL_LINES: usize = 3;
/// Radius of a dot without a share, and what is added for the whole, in pixels.
const DOT: f64 = 4.5;
const DOT_GROWS: f64 = 13.0;
/// The whole of a conversion.
const WHOLE: f64 = 1e9;

/// A touchpoint.
#[derive(Clone, Debug)]
pub struct Dot {
    /// When.
    pub at: Time,
    /// In which lane.
    pub lane: usize,
    /// Its share, in billionths; none where it is not told.
    pub share: Option<u64>,
    /// Whether it counts.
    pub counted: bool,
    /// What is told of it.
    pub told: String,
}

/// Something that was reached.
#[derive(Clone, Debug)]
pub struct Mark {
    /// When.
    pub at: Time,
    /// What.
    pub label: String,
}

/// A journey.
#[derive(Clone, Debug, Default)]
pub struct Timeline {
    /// Its heading.
    pub title: String,
    /// How it is read.
    pub hint: &'static str,
    /// What the lanes are called.
    pub lanes: Vec<String>,
    /// Touchpoints.
    pub dots: Vec<Dot>,
    /// What was reached.
    pub marks: Vec<Mark>,
}

struct Lane<'a> {
    name: &'a str,
    text_y: usize,
    line_y: usize,
}

struct Circle<'a> {
    x: String,
    y: usize,
    radius: String,
    class: String,
    told: &'a str,
}

struct Line<'a> {
    x: String,
    y: usize,
    label: &'a str,
    anchor: &'static str,
    shift: i32,
}

#[derive(Template)]
#[template(path = "timeline.html")]
struct Shown<'a> {
    timeline: &'a Timeline,
    described: String,
    lanes: Vec<Lane<'a>>,
    circles: Vec<Circle<'a>>,
    lines: Vec<Line<'a>>,
    height: usize,
    bottom: usize,
    first: String,
    last: String,
}

impl Timeline {
    /// The picture; nothing where there is nothing to show.
    pub fn html<'a>(&'a self, reader: &Reader) -> Option<Html> {
        let moments = || self.dots.iter().map(|dot| dot.at).chain(self.marks.iter().map(|mark| mark.at));
        let (first, last) = (moments().min()?, moments().max()?);
        let place = |at: Time| match last - first {
            0 => 50.0,
            span => EDGE + (100.0 - 2.0 * EDGE) * (at - first) as f64 / span as f64,
        };
        let label_lines = self.marks.len().min(LABEL_LINES);
        let top = label_lines * LABEL + 8;
        let lane = |(place, name): (usize, &'a String)| {
            let y = top + place * LANE;
            Lane { name, text_y: y + 12, line_y: y + 32 }
        };
        let lanes: Vec<Lane> = self.lanes.iter().enumerate().map(lane).collect();
        let circle = |dot: &'a Dot| {
            let share = dot.share.filter(|_| dot.counted).map_or(0.0, |share| (share as f64 / WHOLE).clamp(0.0, 1.0));
            Some(Circle {
                x: format!("{:.2}%", place(dot.at)),
                y: lanes.get(dot.lane)?.line_y,
                radius: format!("{:.1}", DOT + DOT_GROWS * share.sqrt()),
                class: match dot.share {
                    None => "dot untold".to_owned(),
                    Some(_) if dot.counted => format!("dot tint-{}", dot.lane % 8 + 1),
                    Some(_) => "dot out".to_owned(),
                },
                told: &dot.told,
            })
        };
        let mut dots: Vec<&Dot> = self.dots.iter().collect();
        dots.sort_by_key(|dot| std::cmp::Reverse((dot.counted, dot.share))); // small ones above large ones
        let circles = dots.into_iter().filter_map(circle).collect();
        let mut marks: Vec<&Mark> = self.marks.iter().collect();
        marks.sort_by_key(|mark| mark.at);
        let line = |(number, mark): (usize, &&'a Mark)| {
            let x = place(mark.at);
            let (anchor, shift) = if x > 50.0 { ("end", -6) } else { ("start", 6) };
            let y = LABEL * (number % label_lines.max(1)) + 14;
            Line { x: format!("{x:.2}%"), y, label: &mark.label, anchor, shift }
        };
        let lines = marks.iter().enumerate().map(line).collect();
        let told: Vec<String> = marks.iter().map(|mark| format!("{} {}", mark.label, reader.time(mark.at))).collect();
        let bottom = top + self.lanes.len() * LANE;
        Some(Html::of(&Shown {
            timeline: self,
            described: format!("{}: {}. {}", self.title, self.lanes.join(", "), told.join("; ")),
            lanes,
            circles,
            lines,
            height: bottom + DATES,
            bottom,
            first: reader.time(first),
            last: if first == last { String::new() } else { reader.time(last) },
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::user::Language;

    #[test]
    fn larger_shares_are_larger_dots_and_names_stay_inert() {
        let reader = Reader::new(Language::English, None);
        let at = |text: &str| text.parse::<Time>().unwrap();
        let dot = |when, share, counted| Dot { at: at(when), lane: 0, share, counted, told: "<b>".into() };
        let dots = vec![
            dot("2026-01-01T00:00:00Z", Some(1_000_000_000), true),
            dot("2026-01-06T00:00:00Z", Some(0), true),
            dot("2026-01-11T00:00:00Z", Some(0), false),
            dot("2026-01-11T00:00:00Z", None, true),
        ];
        let marks = vec![Mark { at: at("2026-01-11T00:00:00Z"), label: "<i>Sale".into() }];
        let timeline = Timeline { title: "T".into(), lanes: vec!["<u>".into()], dots, marks, ..Timeline::default() };
        let html = timeline.html(&reader).unwrap().into_text();
        for expected in [
            "cx=\"3.00%\"",
            "cx=\"50.00%\"",
            "cx=\"97.00%\"",
            "r=\"17.5\"",
            "r=\"4.5\"",
            "dot out",
            "dot untold",
            "text-anchor=\"end\"",
        ] {
            assert!(html.contains(expected), "{expected}: {html}");
        }
        assert!(!html.contains("<b>") && !html.contains("<i>") && !html.contains("<u>") && !html.contains("style="), "{html}");
        assert!(Timeline::default().html(&reader).is_none());
    }
}
