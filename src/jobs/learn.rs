//! What a data-driven model learns from a period when a policy version is made. It is frozen in the version's rules, so that a
//! conversion has the same credits whenever they are assigned.

use crate::domain::attribution::{Held, Keys, Path, Sale, Tally, Touch, counted};
use crate::domain::policy::{Effects, Rules, TrainedOn};
use crate::domain::time::Time;
use crate::error::{Error, Result};
use crate::jobs::period;
use crate::store::{Period, Tx};

/// The most keys of one version: it is read whenever credit is assigned.
const KEYS_MAX: usize = 10_000;

/// What the model of these rules learns from their period; nothing where it does not learn. Every conversion of the period that fits
/// the filters counts as one; who was seen in it and did not convert is a null path, as of the last touchpoint, where the journey
/// fits the filters.
///
/// # Errors
/// The database does not answer, the period has nothing to learn from, or has too many keys.
pub async fn learn(tx: &mut Tx, rules: &Rules) -> Result<Option<Effects>> {
    let (true, Some(TrainedOn { from, to })) = (rules.model.is_data_driven(), rules.trained_on) else { return Ok(None) };
    let period = Period { from, to };
    let rules = &rules.clone().with_kinds(&tx.kinds().await?);
    let mut journeys = Journeys { rules, keys: Keys::default(), tally: Tally::new(rules), conversions: 0 };
    period::conversions(tx, period, usize::MAX, false, |due, touches| match rules.fit(&due.facts(), &touches) {
        true => journeys.add(due.occurred_at, &touches, true),
        false => Ok(()),
    })
    .await?;
    period::without_conversion(tx, period, |touches| {
        let last = touches.iter().map(|touch| touch.at).max().unwrap_or(from);
        journeys.add(last, &touches, false)
    })
    .await?;
    if journeys.conversions == 0 {
        let message = format!("no conversion from {from} to {to} has a touchpoint that counts; choose another period");
        return Err(Error::invalid("trained_on", message));
    }
    // Thousands of keys take seconds, in which this thread has others to answer.
    let Journeys { tally, keys, .. } = journeys;
    let solved = tokio::task::spawn_blocking(move || tally.effects(&keys)).await;
    solved.map(Some).map_err(|why| Error::internal("the model could not be solved", why))
}

struct Journeys<'r> {
    rules: &'r Rules,
    keys: Keys,
    tally: Tally,
    /// With at least one touchpoint that counts.
    conversions: u64,
}

impl Journeys<'_> {
    fn add(&mut self, at: Time, touches: &[Touch], converted: bool) -> Result<()> {
        let sale = Sale { at, amount: 0, milestones: Default::default() };
        let too_many = |why: String| Error::invalid("by", why);
        let counted = counted(&sale, self.rules, touches);
        if !converted && !self.rules.filters.fit_journey(&counted) {
            return Ok(());
        }
        let mut path = Vec::new();
        for key in counted.iter().filter_map(|touch| touch.key(self.rules.by)) {
            path.push(self.keys.number(&key).map_err(too_many)?);
        }
        if self.keys.len() > KEYS_MAX {
            return Err(too_many(format!(
                "the period has more than {KEYS_MAX} of them; tell touchpoints apart by something coarser"
            )));
        }
        let (conversions, nulls) = if converted { (1.0, 0.0) } else { (0.0, 1.0) };
        self.conversions += u64::from(converted && !path.is_empty());
        let held = Held::default();
        self.tally.add(&Path { keys: &path, points: &[], held, conversions, value: 0.0, nulls }).map_err(too_many)
    }
}
