//! What attribution reads: the touchpoints of one identity, and the journey of those that count.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::shape::{Early, Held, Milestones, Point, Shape};
use crate::domain::id::{CampaignId, GroupId, LinkId, PartnerId, TouchpointId, VisitorId};
use crate::domain::policy::{Dimension, Rules};
use crate::domain::time::{DAY_MS, HOUR_MS, Time};
use crate::domain::touchpoint::Team;
use crate::domain::verdict::Verdict;

/// One touchpoint of the identity behind a conversion, as the store loaded it: counted or not is decided here.
#[derive(Clone, Debug, PartialEq)]
pub struct Touch {
    /// The touchpoint.
    pub id: TouchpointId,
    /// `click`, `view`, `code` or an offline kind.
    pub kind: String,
    /// Who made it.
    pub team: Team,
    /// When it happened.
    pub at: Time,
    /// The verdict of intake.
    pub verdict: Verdict,
    /// Whose it is; none for our own teams.
    pub partner: Option<PartnerId>,
    /// The link followed or shown.
    pub link: Option<LinkId>,
    /// The campaign.
    pub campaign: Option<CampaignId>,
    /// The group that the partner is in by now.
    pub group: Option<GroupId>,
    /// The medium of the link, or else of its campaign.
    pub channel: Option<String>,
    /// The browser.
    pub visitor: Option<VisitorId>,
    /// The code was given with this very conversion.
    pub own_code: bool,
    /// The buyer is this partner.
    pub self_referral: bool,
}

impl Touch {
    /// What tells it apart along a dimension: an id as the API shows it, a medium or a kind. None where it has no such thing.
    pub fn key(&self, by: Dimension) -> Option<String> {
        match by {
            Dimension::Partner => self.partner.map(|id| id.to_string()),
            Dimension::Group => self.group.map(|id| id.to_string()),
            Dimension::Link => self.link.map(|id| id.to_string()),
            Dimension::Campaign => self.campaign.map(|id| id.to_string()),
            Dimension::Channel => Some(self.channel.as_ref().unwrap_or(&self.kind).clone()),
            Dimension::Kind => Some(self.kind.clone()),
        }
    }
}

/// A touch on the way to one conversion, with the two moments the models ask for.
#[derive(Clone, Copy)]
pub(super) struct Step<'a> {
    pub touch: &'a Touch,
    /// When it first happened; of the conversion's own code, never after the conversion.
    pub at: Time,
    /// When it happened last: `at`, or the latest duplicate that renews it.
    pub latest_at: Time,
    /// From `latest_at` to the conversion, in milliseconds; 0 when it lies after it.
    pub age_ms: u64,
    /// Of a duplicate: the touchpoint it renews.
    pub renews: Option<TouchpointId>,
}

/// The steps that count, in journey order; there is at least one.
pub(super) struct Journey<'a> {
    pub steps: Vec<Step<'a>>,
    /// What the model sees of them.
    pub shape: Shape<'a>,
}

impl<'a> Journey<'a> {
    /// None when no step counts.
    ///
    /// The earliest step is that of the least `at`, then the least id; the latest that of the greatest `latest_at`, then the
    /// greatest id; the one of a milestone the last that had happened by then.
    pub fn new(rules: &'a Rules, milestones: Milestones, steps: Vec<Step<'a>>) -> Option<Self> {
        let places = 0..steps.len();
        let first = places.clone().min_by_key(|&i| (steps[i].at, steps[i].touch.id))?;
        let last = places.clone().max_by_key(|&i| (steps[i].latest_at, steps[i].touch.id))?;
        let reached = |moment: Option<Time>| {
            let moment = moment?;
            places.clone().filter(|&i| steps[i].at <= moment).max_by_key(|&i| (steps[i].at, steps[i].touch.id))
        };
        let held = Held { lead: reached(milestones.lead), opportunity: reached(milestones.opportunity) };
        let key = |step: &Step| if rules.model.is_data_driven() { step.touch.key(rules.by) } else { None };
        let points = steps.iter().map(|step| Point { kind: &step.touch.kind, age_ms: step.age_ms, key: key(step) }).collect();
        let mut shape = Shape::new(rules, points, first, last, held);
        let too_early = |moment: Option<Time>, held: Option<usize>| moment.is_some() && held.is_none();
        shape.early = Early {
            lead: too_early(milestones.lead, held.lead),
            opportunity: too_early(milestones.opportunity, held.opportunity),
        };
        Some(Journey { steps, shape })
    }

    pub fn len(&self) -> usize {
        self.steps.len()
    }
}

/// Every touch as a step, in the order given (journey order), after duplicates up to the conversion have renewed theirs.
///
/// A duplicate renews the latest valid touch at or before it of the same kind, visitor and link: it never earns by itself,
/// but it keeps that touch the latest one, unless the rules exclude duplicates.
pub(super) fn steps<'a>(converted_at: Time, rules: &Rules, touches: &'a [Touch]) -> Vec<Step<'a>> {
    let renewing = !rules.exclude.verdicts.contains(&Verdict::Duplicate);
    let mut steps: Vec<Step<'a>> = touches
        .iter()
        .map(|touch| {
            let at = if touch.own_code { touch.at.min(converted_at) } else { touch.at };
            Step { touch, at, latest_at: at, age_ms: 0, renews: None }
        })
        .collect();

    let mut order: Vec<usize> = (0..touches.len()).filter(|&i| touches[i].at <= converted_at).collect();
    // Of the same moment, the valid ones first: "at or before" includes it.
    order.sort_by_key(|&i| (touches[i].at, Reverse(touches[i].verdict == Verdict::Valid), touches[i].id));
    let mut latest_valid = HashMap::new();
    for i in order {
        let touch = &touches[i];
        let (Some(visitor), Some(link)) = (touch.visitor, touch.link) else { continue };
        let same = (touch.kind.as_str(), visitor, link);
        if touch.verdict == Verdict::Valid {
            latest_valid.insert(same, i);
        } else if touch.verdict == Verdict::Duplicate
            && renewing
            && let Some(&valid) = latest_valid.get(&same)
        {
            steps[valid].latest_at = touch.at; // in time order, so this only grows
            steps[i].renews = Some(touches[valid].id);
        }
    }

    for step in &mut steps {
        if step.latest_at <= converted_at {
            step.age_ms = converted_at.as_millis().abs_diff(step.latest_at.as_millis());
        }
    }
    steps
}

/// A length of time for people: hours below a day, else days to one decimal, never rounded up. `"4 days"`, `"2.5 days"`, `"1 hour"`.
pub(super) fn span(ms: u64) -> String {
    let (hour, day) = (HOUR_MS.unsigned_abs(), DAY_MS.unsigned_abs());
    if ms < hour {
        return "less than an hour".into();
    }
    let (tenths, unit) = if ms < day { (ms / hour * 10, "hour") } else { (ms / (day / 10), "day") };
    let plural = if tenths == 10 { "" } else { "s" };
    match tenths % 10 {
        0 => format!("{} {unit}{plural}", tenths / 10),
        tenth => format!("{}.{tenth} {unit}{plural}", tenths / 10),
    }
}
