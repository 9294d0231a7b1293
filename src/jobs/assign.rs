//! From a journey and a policy version to the credits of one conversion.

use crate::domain::attribution::{Considered, Outcome, Touch, attribute, by_team};
use crate::domain::policy::{PolicyScope, RuleBook, Version};
use crate::error::Result;
use crate::store::{Attributed, Credited, Due, Teams, Tx};

/// What is said of a conversion when no policy was in force.
pub const NO_POLICY: &str = "no policy was in force at the time of this conversion";

/// The conversions with their journeys, in the order given, and with their milestones where they are asked for.
///
/// # Errors
/// The database does not answer.
pub async fn journeys(tx: &mut Tx, mut due: Vec<Due>, milestones: bool) -> Result<Vec<(Due, Vec<Touch>)>> {
    let mut journeys = tx.journeys(&due).await?;
    if milestones {
        tx.look_up_milestones(&mut due).await?;
    }
    let with_journey = |due: Due| {
        let mut touches = journeys.remove(&due.id).unwrap_or_default();
        // What came later earns nothing and may still be on its way: without it the outcome is the same in any order of arrival.
        touches.retain(|touch| touch.own_code || touch.at <= due.occurred_at);
        (due, touches)
    };
    Ok(due.into_iter().map(with_journey).collect())
}

/// The version that a conversion follows: the one it is pinned to, else the one in force.
///
/// # Errors
/// The rules of a version that it may follow cannot be read.
pub fn version<'a>(book: &'a RuleBook, due: &Due, touches: &[Touch]) -> Result<Option<&'a Version>> {
    match due.pinned {
        Some(id) => book.version(id).map(Some),
        None => book.choose(PolicyScope::Partners, &due.facts(), touches),
    }
}

/// The credit of one conversion, among partners under `version` and among the teams under the policy of theirs.
///
/// # Errors
/// The rules of a version that it follows cannot be read.
pub fn assign(book: &RuleBook, version: Option<&Version>, due: Due, touches: Vec<Touch>) -> Result<Attributed> {
    let sale = due.facts().sale;
    let (summary, credits, touches) = match version {
        None => (NO_POLICY.to_owned(), Vec::new(), touches),
        Some(version) => {
            let outcome = attribute(&sale, version.rules()?, touches);
            let credits = credited(&outcome);
            let touches = outcome.considered.into_iter().map(|Considered { touch, .. }| touch).collect();
            (outcome.summary, credits, touches)
        }
    };
    let teams = teams(book, &due, touches)?;
    Ok(Attributed { due, policy: version.map(|version| version.id), summary, credits, teams })
}

/// What the teams share of a conversion under the policy of theirs that it follows; none where there is none, or nothing counts.
///
/// # Errors
/// The rules of a version that it may follow cannot be read.
pub fn teams(book: &RuleBook, due: &Due, touches: Vec<Touch>) -> Result<Option<Teams>> {
    let facts = due.facts();
    let Some(version) = book.choose(PolicyScope::Teams, &facts, &touches)? else { return Ok(None) };
    let shares = by_team(&attribute(&facts.sale, version.rules()?, touches));
    Ok((!shares.is_empty()).then_some(Teams { policy: version.id, shares }))
}

fn credited(outcome: &Outcome) -> Vec<Credited> {
    let credit = |(touch, share, amount, reason): (&Touch, u64, i64, &str)| {
        Some(Credited {
            touchpoint: touch.id,
            partner: touch.partner?,
            link: touch.link,
            campaign: touch.campaign,
            share: i64::try_from(share).ok()?,
            amount,
            reason: reason.to_owned(),
        })
    };
    outcome.credits().filter_map(credit).collect()
}
