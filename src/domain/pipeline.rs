//! The pipeline report: which deals partners sourced or influenced, and what goes with deals that close.
//!
//! A touchpoint of a deal is one that names the deal, or one of the deal's customer that names no other deal. It *counts*
//! when its verdict is `valid`, its kind and team take part under the policy in force when the deal opened, it is no
//! self-referral (unless the policy lets those count), and it lies between the opening less the lookback of its kind and the
//! end: the moment the deal was closed, of an open deal now. Both ends are included.

mod kept;
mod sums;

use std::collections::BTreeMap;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::deal::{Deal, DealStatus};
use crate::domain::id::{DealId, PartnerId, StageId, TouchpointId};
use crate::domain::money::{Currency, Money};
use crate::domain::named;
use crate::domain::policy::{Rules, SourcedBy};
use crate::domain::time::{DAY_MS, Time};
use crate::domain::touchpoint::Team;
use crate::domain::verdict::Verdict;
pub use kept::Kept;
use sums::Sums;
pub use sums::{CurrencyLift, Lift, Metrics};

named! {
    /// What the pipeline report has a row for.
    pub enum PipelineBy {
        /// One row for every deal.
        None = "none",
        /// Partners: the deals that one sourced or influenced, against those it did neither for.
        Partner = "partner",
        /// Who works on the deal.
        Owner = "owner",
        /// What is to be sold.
        Product = "product",
        /// The stage the deal is in.
        Stage = "stage",
        /// Every stage the deal has ever been in.
        StageReached = "stage_reached",
        /// Kinds of touchpoint, of partners and of our own teams: deals with at least one that counts, against those without.
        Kind = "kind",
    }
}

named! {
    /// A part of the deals of a row.
    pub enum Part {
        /// Sourced by a partner, as the policy's `sourced_by` says.
        Sourced = "sourced",
        /// Not sourced, but with a touchpoint of a partner that counts.
        Influenced = "influenced",
        /// Neither of the two.
        Neither = "neither",
        /// By kind: with such a touchpoint that counts.
        With = "with",
        /// By kind: without.
        Without = "without",
    }
}

/// What the report reads of a deal.
#[derive(Clone, Debug, PartialEq)]
pub struct Opportunity {
    /// The deal.
    pub id: DealId,
    /// What it is worth.
    pub money: Option<Money>,
    /// Who works on it.
    pub owner: Option<String>,
    /// What is to be sold.
    pub product: Option<String>,
    /// The stage it is in.
    pub stage: StageId,
    /// Every stage it has been in, each once.
    pub reached: Vec<StageId>,
    /// What has become of it.
    pub status: DealStatus,
    /// When it became an opportunity.
    pub opened_at: Time,
    /// When it was won or lost.
    pub closed_at: Option<Time>,
    /// When it last came to a stage.
    pub moved_at: Time,
    /// The partner whose registration of it was approved, the earliest.
    pub registered_by: Option<PartnerId>,
}

/// One touchpoint of a deal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DealTouch {
    /// The touchpoint.
    pub touchpoint_id: TouchpointId,
    /// `click`, `view`, `code` or an offline kind.
    pub kind: String,
    /// Who made it.
    pub team: Team,
    /// Whose it is; none for our own teams.
    pub partner_id: Option<PartnerId>,
    /// When it happened.
    pub occurred_at: Time,
    /// The verdict of intake.
    pub verdict: Verdict,
    /// The buyer, or a company it is a part of, is this partner.
    pub self_referral: bool,
}

/// How many days an open deal stays in one stage before it counts as stalled: 1 to ten years.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ToSchema)]
#[schema(value_type = u32, minimum = 1, maximum = 3650, default = 30)]
pub struct StalledDays(pub u32);

impl StalledDays {
    const MAX: u32 = 3_650;
}

impl Default for StalledDays {
    fn default() -> Self {
        StalledDays(30)
    }
}

impl FromStr for StalledDays {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let days = text.parse().ok().filter(|days| (1..=Self::MAX).contains(days));
        days.map(StalledDays).ok_or_else(|| format!("must be between 1 and {}", Self::MAX))
    }
}

/// What partners have done for a deal.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Standing {
    /// The partner who sourced it.
    pub sourced_by: Option<PartnerId>,
    /// Partners with a touchpoint that counts, each once.
    pub partners: Vec<PartnerId>,
    /// Kinds of touchpoint that count, each once.
    pub kinds: Vec<String>,
}

impl Standing {
    /// Of every deal, by whomever.
    pub fn part(&self) -> Part {
        match (self.sourced_by, self.partners.is_empty()) {
            (Some(_), _) => Part::Sourced,
            (None, false) => Part::Influenced,
            (None, true) => Part::Neither,
        }
    }
}

/// A deal and what partners have done for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// The deal.
    pub deal: Deal,
    /// What partners have done for it.
    pub standing: Standing,
    /// When it last came to a stage.
    pub moved_at: Time,
}

impl Judged {
    /// A deal of which nobody has looked yet what partners have done.
    pub fn unseen(deal: Deal) -> Judged {
        Judged { moved_at: deal.opened_at, standing: Standing::default(), deal }
    }

    /// Whether it goes on, but came to its stage `stalled_days` days before `now` or earlier.
    pub fn is_stalled(&self, now: Time, stalled_days: u32) -> bool {
        self.deal.status == DealStatus::Open && now - self.moved_at >= i64::from(stalled_days) * DAY_MS
    }
}

/// How long deals stay in a stage.
#[derive(Clone, Debug, PartialEq)]
pub struct Stay {
    /// The name of the stage.
    pub stage: String,
    /// How many deals have been in it.
    pub deals: i64,
    /// The mean number of days that one was in it, all its times together; of one that still is, up to now.
    pub days: f64,
}

/// Whether a touchpoint of a deal counts; see the head of this file.
pub fn counts(touch: &DealTouch, opened_at: Time, end: Time, rules: &Rules) -> bool {
    let earliest = opened_at - i64::from(rules.lookback_days.days(&touch.kind)) * DAY_MS;
    touch.verdict == Verdict::Valid
        && (earliest..=end).contains(&touch.occurred_at)
        && rules.kinds.as_ref().is_none_or(|kinds| kinds.contains(&touch.kind))
        && rules.teams.as_ref().is_none_or(|teams| teams.contains(&touch.team))
        && !(touch.self_referral && rules.exclude_self_referral)
}

/// What partners have done for a deal up to its end.
///
/// *Sourced*: by `first_touch` (or `last_touch_before_open`) the partner of the first (the last) touchpoint that counts, of those
/// at or before the opening; when that touchpoint is of our own team, nobody. By `registration` the partner whose registration
/// was approved. *Influenced*: by every partner with a touchpoint that counts.
pub fn standing(deal: &Opportunity, touches: &[DealTouch], rules: &Rules, now: Time) -> Standing {
    let end = deal.closed_at.unwrap_or(now);
    let mut counting: Vec<&DealTouch> = touches.iter().filter(|touch| counts(touch, deal.opened_at, end, rules)).collect();
    counting.sort_by_key(|touch| (touch.occurred_at, touch.touchpoint_id));
    let before = || counting.iter().filter(|touch| touch.occurred_at <= deal.opened_at);
    let sourced_by = match rules.sourced_by {
        SourcedBy::FirstTouch => before().next().and_then(|touch| touch.partner_id),
        SourcedBy::LastTouchBeforeOpen => before().next_back().and_then(|touch| touch.partner_id),
        SourcedBy::Registration => deal.registered_by,
    };
    let mut standing = Standing { sourced_by, ..Standing::default() };
    for touch in counting {
        standing.partners.extend(touch.partner_id.filter(|partner| !standing.partners.contains(partner)));
        if !standing.kinds.contains(&touch.kind) {
            standing.kinds.push(touch.kind.clone());
        }
    }
    standing
}

/// What tells the rows apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// The one row.
    Whole,
    /// A partner's.
    Partner(PartnerId),
    /// A stage's.
    Stage(StageId),
    /// An owner's, a product's or a kind's; none where the deal names none.
    Text(Option<String>),
}

/// A row of the report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PipelineRow {
    /// Id or name; none for the one row of `none`, and for deals that name none.
    pub key: Option<String>,
    /// A name for people: the partner's, the stage's.
    pub label: Option<String>,
    /// `sourced`, `influenced` and `neither`; by kind `with` and `without`. The last is what the others' lift is against.
    pub parts: Vec<Measured>,
}

/// A part of a row, and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Measured {
    /// Which part.
    pub part: Part,
    /// What came of it.
    #[serde(flatten)]
    pub metrics: Metrics,
    /// How much better or worse than the last part; none for that part itself.
    pub lift: Option<Lift>,
}

/// Adds deals up, one after the other; holds rows, not deals.
#[derive(Debug)]
pub struct Pipeline {
    by: PipelineBy,
    now: Time,
    stalled_ms: i64,
    rows: BTreeMap<Key, [Sums; 3]>,
    total: Sums,
}

impl Pipeline {
    /// A report as of `now`; an open deal is stalled when it came to its stage `stalled_days` days ago or earlier.
    pub fn new(by: PipelineBy, now: Time, stalled_days: u32) -> Pipeline {
        let mut rows = BTreeMap::new();
        if by == PipelineBy::None {
            rows.insert(Key::Whole, Default::default());
        }
        Pipeline { by, now, stalled_ms: i64::from(stalled_days) * DAY_MS, rows, total: Sums::default() }
    }

    /// Adds a deal and what partners have done for it.
    pub fn add(&mut self, deal: &Opportunity, standing: &Standing) {
        let one = Sums::of(deal, deal.status == DealStatus::Open && self.now - deal.moved_at >= self.stalled_ms);
        self.total.add(&one);
        let part = standing.part() as usize;
        let mut add = |key: Key, part: usize| self.rows.entry(key).or_default()[part].add(&one);
        match self.by {
            PipelineBy::None => add(Key::Whole, part),
            PipelineBy::Owner => add(Key::Text(deal.owner.clone()), part),
            PipelineBy::Product => add(Key::Text(deal.product.clone()), part),
            PipelineBy::Stage => add(Key::Stage(deal.stage), part),
            PipelineBy::StageReached => deal.reached.iter().for_each(|stage| add(Key::Stage(*stage), part)),
            PipelineBy::Kind => standing.kinds.iter().for_each(|kind| add(Key::Text(Some(kind.clone())), 0)),
            PipelineBy::Partner => {
                standing.sourced_by.into_iter().for_each(|partner| add(Key::Partner(partner), Part::Sourced as usize));
                let others = standing.partners.iter().filter(|partner| standing.sourced_by != Some(**partner));
                others.for_each(|partner| add(Key::Partner(*partner), Part::Influenced as usize));
            }
        }
    }

    /// The rows, in the order of their keys.
    pub fn finish(self) -> Vec<(Key, Vec<Measured>)> {
        let Pipeline { by, rows, total, .. } = self;
        let measure = |(key, [first, second, mut rest]): (Key, [Sums; 3])| {
            // By partner and by kind the rest is every deal of no part of the row.
            if matches!(by, PipelineBy::Partner | PipelineBy::Kind) {
                rest = total.without(&first).without(&second);
            }
            let measured =
                |part: Part, sums: &Sums| Measured { part, metrics: sums.metrics(), lift: Some(sums.lift_over(&rest)) };
            let mut parts = match by {
                PipelineBy::Kind => vec![measured(Part::With, &first)],
                _ => vec![measured(Part::Sourced, &first), measured(Part::Influenced, &second)],
            };
            let last = if by == PipelineBy::Kind { Part::Without } else { Part::Neither };
            parts.push(Measured { part: last, metrics: rest.metrics(), lift: None });
            (key, parts)
        };
        rows.into_iter().map(measure).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    pub(super) fn any_deal() -> impl Strategy<Value = (Opportunity, Vec<DealTouch>)> {
        let touch = (0..4_u128, prop::sample::select(vec!["click", "demo", "intro"]), -300..60_i64, any::<bool>());
        let touches = prop::collection::vec(touch, 0..5);
        let deal = (prop::sample::select(DealStatus::ALL), 0..50_i64, prop::option::of(0..1_000_000_i64), 0..3_usize);
        (deal, touches).prop_map(|((status, days, amount, owner), touches)| {
            let at = |days: i64| Time::from_millis(1_760_000_000_000) + days * DAY_MS;
            let touch = |(place, (partner, kind, day, own)): (usize, (u128, &str, i64, bool))| DealTouch {
                touchpoint_id: Uuid::from_u128(place as u128).into(),
                kind: kind.to_owned(),
                team: if own { Team::Sales } else { Team::Partner },
                partner_id: (!own).then_some(PartnerId::from(Uuid::from_u128(partner))),
                occurred_at: at(day),
                verdict: Verdict::Valid,
                self_referral: partner == 3,
            };
            let deal = Opportunity {
                id: Uuid::nil().into(),
                money: amount.map(|amount| Money { amount, currency: "EUR".parse().unwrap() }),
                owner: ["Olga", "Pete"].get(owner).map(|&owner| owner.to_owned()),
                product: None,
                stage: Uuid::nil().into(),
                reached: vec![Uuid::nil().into()],
                status,
                opened_at: at(0),
                closed_at: (status != DealStatus::Open).then_some(at(days)),
                moved_at: at(0),
                registered_by: None,
            };
            (deal, touches.into_iter().enumerate().map(touch).collect())
        })
    }

    proptest! {
        #[test]
        fn every_deal_is_in_exactly_one_part_of_a_row(deals in prop::collection::vec(any_deal(), 1..30)) {
            let now = Time::from_millis(1_760_000_000_000) + 60 * DAY_MS;
            let sum = |parts: &[Measured], of: fn(&Metrics) -> i64| parts.iter().map(|part| of(&part.metrics)).sum::<i64>();
            let worth = |metrics: &Metrics| metrics.amount.iter().map(|money| money.amount).sum::<i64>();
            let all: i64 = deals.iter().filter_map(|(deal, _)| deal.money).map(|money| money.amount).sum();
            for &by in PipelineBy::ALL {
                let mut report = Pipeline::new(by, now, 30);
                for (deal, touches) in &deals {
                    report.add(deal, &standing(deal, touches, &Rules::default(), now));
                }
                let rows = report.finish();
                let counts: Vec<i64> = rows.iter().map(|(_, parts)| sum(parts, |metrics| metrics.deals)).collect();
                let amounts: Vec<i64> = rows.iter().map(|(_, parts)| sum(parts, worth)).collect();
                let whole = deals.len() as i64;
                match by {
                    // Each row is about every deal.
                    PipelineBy::Partner | PipelineBy::Kind => {
                        prop_assert!(counts.iter().all(|count| *count == whole) && amounts.iter().all(|sum| *sum == all));
                    }
                    // The rows share the deals.
                    _ => prop_assert_eq!((counts.iter().sum::<i64>(), amounts.iter().sum::<i64>()), (whole, all)),
                }
                for Measured { metrics, .. } in rows.iter().flat_map(|(_, parts)| parts) {
                    prop_assert_eq!(metrics.open + metrics.won + metrics.lost, metrics.deals);
                    prop_assert!(metrics.stalled <= metrics.open && metrics.win_rate.is_none_or(|rate| (0.0..=1.0).contains(&rate)));
                }
            }
        }
    }
}
