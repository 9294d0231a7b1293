//! Timed journeys, one JSON object a line.

use std::borrow::Cow;
use std::io::Read;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Deserialize;

use super::blocks::{Blocks, share, turn};
use super::{Found, NUMBER_MAX, Work};
use crate::domain::attribution::{Held, Path as Route, Point};
use crate::domain::named;
use crate::domain::policy::Model;
use crate::domain::time::{DAY_MS, Time};

/// The longest line, in bytes: ten thousand touchpoints.
const LINE_MAX: usize = 1 << 20;

named! {
    /// What a buyer reaches.
    pub enum Milestone {
        /// A lead.
        Lead = "lead",
        /// An opportunity.
        Opportunity = "opportunity",
    }
}

/// One line.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Journey<'a> {
    #[serde(borrow)]
    touches: Vec<Touch<'a>>,
    converted_at: Option<Time>,
    #[serde(default)]
    value: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Touch<'a> {
    #[serde(borrow)]
    key: Cow<'a, str>,
    at: Time,
    #[serde(borrow, default)]
    kind: Option<Cow<'a, str>>,
    #[serde(default)]
    milestone: Option<Milestones>,
}

/// One or several.
#[derive(Deserialize)]
#[serde(untagged, expecting = "milestone must be \"lead\", \"opportunity\" or a list of them")]
enum Milestones {
    One(Milestone),
    Several(Vec<Milestone>),
}

impl Milestones {
    fn has(&self, milestone: Milestone) -> bool {
        match self {
            Milestones::One(one) => *one == milestone,
            Milestones::Several(several) => several.contains(&milestone),
        }
    }
}

pub(super) fn read(reader: impl Read + Send, work: &mut Work, lookback_days: Option<f64>) -> Found<()> {
    let has_milestones = AtomicBool::new(false);
    share(Blocks::new(reader), work, |blocks, work| {
        loop {
            let Some(block) = turn(blocks).next()? else { return Ok(()) };
            for (number, line) in (block.line..).zip(block.text.split(|byte| *byte == b'\n')) {
                let journey = journey(line).map_err(|why| (number, format!("line {number}{why}")))?;
                let Some(journey) = journey else { continue };
                if journey.touches.iter().any(|touch| touch.milestone.is_some()) {
                    has_milestones.store(true, Ordering::Relaxed);
                }
                add(journey, work, lookback_days).map_err(|why| (number, format!("line {number}: {why}")))?;
            }
        }
    })?;
    match work.wants(Model::has_milestones) {
        Some(model) if !has_milestones.into_inner() => {
            Err(format!("{model} needs milestones, and no touchpoint has one; add \"milestone\":\"lead\" or \"opportunity\""))
        }
        _ => Ok(()),
    }
}

/// The journey of a line; none where it is empty.
fn journey(line: &[u8]) -> Found<Option<Journey<'_>>> {
    if line.len() > LINE_MAX {
        return Err(format!(" is longer than {LINE_MAX} bytes; give one journey a line"));
    }
    if line.trim_ascii().is_empty() {
        return Ok(None);
    }
    serde_json::from_slice(line).map(Some).map_err(|why: serde_json::Error| {
        let (column, why) = (why.column(), why.to_string());
        let why = why.rsplit_once(" at line ").map_or(why.as_str(), |(why, _)| why);
        format!(
            ", column {column}: {why}; a journey reads {{\"touches\":[{{\"key\":\"a\",\"at\":\"2026-01-05T00:00:00Z\"}}],\"converted_at\":null}}"
        )
    })
}

fn add(mut journey: Journey, work: &mut Work, lookback_days: Option<f64>) -> Found<()> {
    let needs_kinds = work.rules.iter().find(|rules| rules.model == Model::Custom);
    for (place, touch) in journey.touches.iter().enumerate() {
        if touch.key.trim().is_empty() {
            return Err(format!("touches[{place}].key is empty; name the touchpoint"));
        }
        if needs_kinds.is_some() && touch.kind.is_none() {
            return Err(format!("touches[{place}].kind is missing, which custom needs; add \"kind\":\"click\""));
        }
    }
    if let Some(value) = journey.value.filter(|value| value.abs() > NUMBER_MAX) {
        return Err(format!("value {value:e} is larger than {NUMBER_MAX:e}"));
    }
    // Stable: of the same moment, those that stand first.
    journey.touches.sort_by_key(|touch| touch.at);
    if let Some(at) = journey.converted_at {
        let lookback_ms = lookback_days.map_or(f64::INFINITY, |days| days * DAY_MS as f64);
        journey.touches.retain(|touch| touch.at <= at && (at - touch.at) as f64 <= lookback_ms);
    }
    let mut keys = Vec::with_capacity(journey.touches.len());
    for touch in &journey.touches {
        keys.push(work.keys.number(touch.key.trim())?);
    }
    let end = journey.converted_at.unwrap_or_default();
    let mut points = Vec::with_capacity(keys.len());
    for touch in &journey.touches {
        let age_ms = (end - touch.at).max(0).unsigned_abs();
        points.push(Point { kind: touch.kind.as_deref().unwrap_or_default(), age_ms, key: None });
    }
    let holder = |milestone| {
        let holds = |touch: &Touch| touch.milestone.as_ref().is_some_and(|held| held.has(milestone));
        journey.touches.iter().position(holds)
    };
    let held = Held { lead: holder(Milestone::Lead), opportunity: holder(Milestone::Opportunity) };
    let (conversions, nulls) = if journey.converted_at.is_some() { (1.0, 0.0) } else { (0.0, 1.0) };
    let value = if conversions > 0.0 { journey.value.unwrap_or(0.0) } else { 0.0 };
    work.add(&Route { keys: &keys, points: &points, held, conversions, value, nulls })
}
