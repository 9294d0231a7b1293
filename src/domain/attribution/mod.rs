//! Attribution: who earned which part of a conversion, and why. Pure functions of a sale, the rules of one policy version and
//! the touchpoints of the buyer's identity.
//!
//! First the exclusions, then one model weighs what is left, then the weights become exact shares and the shares exact
//! amounts. Invariants: whenever anything counts, the shares sum to exactly [`WHOLE`] and the amounts to exactly the sale's;
//! what is excluded earns nothing; the same touchpoints in another order give the same outcome. Formulas: ATTRIBUTION.md, 1, 2.

mod compare;
mod custom;
mod effects;
mod exclusion;
mod first;
mod full_path;
mod inverse_j;
mod j_shaped;
mod journey;
mod kinds;
mod last;
mod linear;
mod markov;
mod milestone;
mod position;
mod shape;
mod shapley;
mod share;
mod such;
mod tally;
mod teams;
mod telling;
mod time_decay;
mod w_shaped;
mod ways;

use exclusion::Exclusion;
use journey::{Journey, Step};

pub use compare::{Compared, Comparison, Earned, UnderModel};
pub use journey::Touch;
pub use markov::{Chain, Removal};
pub use shape::{Held, Milestones, Point};
pub use shapley::Game;
pub(crate) use share::billionths;
pub use share::{WHOLE, split_amount, split_shares, with_fixed};
pub use such::Such;
pub use tally::{KEYS_MAX, Keys, Path, Row, Sum, Tally};
pub use teams::{TeamShare, by_team};
pub use telling::{Rule, Told, sentences, title};
pub use ways::{CommonPath, OfLength, OfTime, Pair, Ways, WaysReport};

use crate::domain::policy::{CodePriority, Rules};
use crate::domain::time::Time;

/// What attribution knows of a conversion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sale {
    /// When it happened.
    pub at: Time,
    /// Minor units; 0 when it has no amount.
    pub amount: i64,
    /// What the buyer reached on the way.
    pub milestones: Milestones,
}

/// What became of one touchpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It takes part.
    Counted {
        /// Its share of the conversion, in units of 1/[`WHOLE`]; 0 where the model gives it nothing (`first`: the later ones).
        share: u64,
        /// Its part of the sale's amount, in minor units.
        amount: i64,
        /// A sentence the partner can read.
        reason: String,
    },
    /// It takes no part; the others share all.
    Excluded {
        /// A sentence the partner can read.
        reason: String,
    },
}

/// A touchpoint and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Considered {
    /// The touchpoint, as it was given.
    pub touch: Touch,
    /// Counted or not, and why.
    pub decision: Decision,
}

/// The attribution of one conversion.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Every touchpoint given, in journey order: by time, then by id.
    pub considered: Vec<Considered>,
    /// One sentence for a person; when there is no credit it says why.
    pub summary: String,
}

impl Outcome {
    /// What is to be credited, in journey order: touchpoint, share (more than 0, in units of 1/[`WHOLE`]), minor units, reason.
    /// Empty when nothing counts, else the shares sum to [`WHOLE`] and the amounts to the sale's.
    pub fn credits(&self) -> impl Iterator<Item = (&Touch, u64, i64, &str)> {
        self.considered.iter().filter_map(|considered| match &considered.decision {
            Decision::Counted { share: 0, .. } | Decision::Excluded { .. } => None,
            Decision::Counted { share, amount, reason } => Some((&considered.touch, *share, *amount, reason.as_str())),
        })
    }
}

/// Shares one sale over the touchpoints of its journey. Pure, and independent of the order of `touches`, whose ids differ.
pub fn attribute(sale: &Sale, rules: &Rules, mut touches: Vec<Touch>) -> Outcome {
    touches.sort_by_key(|touch| (touch.at, touch.id));
    let steps = journey::steps(sale.at, rules, &touches);
    let exclusions = exclude(sale, rules, &steps);
    let counted = steps.iter().zip(&exclusions).filter(|(_, excluded)| excluded.is_none()).map(|(step, _)| *step).collect();
    let journey = Journey::new(rules, sale.milestones, counted);

    let summary = summarise(rules, journey.as_ref(), &exclusions);
    let mut credited = journey.map(|journey| share_out(sale, &journey)).unwrap_or_default().into_iter();
    let decide = |excluded: Option<Exclusion>| match excluded {
        Some(exclusion) => Some(Decision::Excluded { reason: exclusion.to_string() }),
        None => credited.next(), // one for each step without an exclusion, in the same order
    };
    let decisions: Vec<Decision> = exclusions.into_iter().map_while(decide).collect();
    let considered = touches.into_iter().zip(decisions).map(|(touch, decision)| Considered { touch, decision }).collect();
    Outcome { considered, summary }
}

/// The touchpoints that count under the rules, in journey order.
pub fn counted<'a>(sale: &Sale, rules: &Rules, touches: &'a [Touch]) -> Vec<&'a Touch> {
    let steps = journey::steps(sale.at, rules, touches);
    let exclusions = exclude(sale, rules, &steps);
    let mut counted: Vec<&Touch> =
        steps.iter().zip(&exclusions).filter(|(_, excluded)| excluded.is_none()).map(|(step, _)| step.touch).collect();
    counted.sort_by_key(|touch| (touch.at, touch.id));
    counted
}

/// The exclusion of every step, in order; none for those that count.
fn exclude(sale: &Sale, rules: &Rules, steps: &[Step]) -> Vec<Option<Exclusion>> {
    let mut exclusions: Vec<Option<Exclusion>> = steps.iter().map(|step| Exclusion::of(step, sale.at, rules)).collect();
    let mut decided = steps.iter().zip(&exclusions);
    let code_counts = decided.any(|(step, exclusion)| step.touch.own_code && exclusion.is_none());
    if code_counts && rules.code_priority == CodePriority::Wins {
        for (step, exclusion) in steps.iter().zip(&mut exclusions) {
            if !step.touch.own_code && exclusion.is_none() {
                *exclusion = Some(Exclusion::CodeWins);
            }
        }
    }
    exclusions
}

/// Weights, shares, amounts and reasons of the steps that count, in their order.
fn share_out(sale: &Sale, journey: &Journey) -> Vec<Decision> {
    let shares = split_shares(&journey.shape.weights());
    let amounts = split_amount(sale.amount, &shares);
    let own = journey.shape.weighted.then(|| split_shares(&journey.shape.own_weights()));
    let decide = |(place, (share, amount))| {
        let own = own.as_ref().map_or(share, |own| own[place]);
        Decision::Counted { share, amount, reason: reason(journey, place, own, share) }
    };
    shares.into_iter().zip(amounts).enumerate().map(decide).collect()
}

/// Why a step that counts has its share, of which the model alone would give it `own`.
fn reason(journey: &Journey, place: usize, own: u64, share: u64) -> String {
    let step = &journey.steps[place];
    let mut reason = match code_won(journey) && journey.len() == 1 {
        true => "the code given with the conversion wins: it takes all".into(),
        false => journey.shape.reason(place, &percent(own), &percent(share)),
    };
    if step.latest_at > step.at {
        reason += &format!("; renewed {}", step.latest_at);
    }
    reason
}

fn code_won(journey: &Journey) -> bool {
    journey.shape.rules.code_priority == CodePriority::Wins && journey.steps.iter().any(|step| step.touch.own_code)
}

/// A share for people, to two decimals: `"40 %"`, `"33.33 %"`.
pub fn percent(share: u64) -> String {
    let hundredths = (share + WHOLE / 20_000) / (WHOLE / 10_000);
    match (hundredths / 100, hundredths % 100) {
        (0, 0) if share > 0 => "less than 0.01 %".into(),
        (whole, 0) => format!("{whole} %"),
        (whole, part) if part % 10 == 0 => format!("{whole}.{} %", part / 10),
        (whole, part) => format!("{whole}.{part:02} %"),
    }
}

fn summarise(rules: &Rules, journey: Option<&Journey>, exclusions: &[Option<Exclusion>]) -> String {
    let left_out = exclusion::tally(exclusions.iter().flatten());
    let counted = match journey.map_or(0, Journey::len) {
        0 if left_out.is_empty() => return "no touchpoint is known for this conversion".into(),
        0 => return format!("no touchpoint counts: {left_out}"),
        1 => "1 touchpoint counts".to_owned(),
        n => format!("{n} touchpoints count"),
    };
    let how = match journey {
        Some(journey) if code_won(journey) => "the code given with the conversion wins".to_owned(),
        _ => format!("credited by {}", rules.model),
    };
    let so_far = format!("{counted}, {how}");
    if left_out.is_empty() { so_far } else { format!("{so_far}; {left_out}") }
}
