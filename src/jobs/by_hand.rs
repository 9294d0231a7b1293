//! Credit that people gave by hand, laid over what attribution found.
//!
//! The credits of a conversion sum to exactly 1 or there are none. So a part by hand needs somebody else to have the rest: where
//! nobody has, it is refused when it is given ([`rest`]); where nobody is left later on, none is credited until there is somebody
//! again or all of it is given, and the summary says so. A part never becomes more than what was given.

use std::collections::HashMap;

use crate::domain::attribution::{WHOLE, percent, split_amount, with_fixed};
use crate::domain::id::ConversionId;
use crate::domain::manual_credit::ManualCredit;
use crate::error::Result;
use crate::jobs::whatif::coming;
use crate::store::{Attributed, Credited, Due, Tx};

/// What people gave for each conversion, what they took back among it.
type Given = HashMap<ConversionId, Vec<ManualCredit>>;

/// Where the reason of a credit goes on that shares the conversion with credit by hand.
const BESIDE: &str = "; it shares the ";

/// Who has what people leave of a conversion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    /// Partners whose touchpoints count.
    Partners,
    /// Nobody: no touchpoint counts.
    Nobody,
    /// Nobody may have credit: no policy was in force.
    NoPolicy,
}

/// Who has the rest when a part of a conversion is given by hand. `given` are the credits by hand so far, those that were taken
/// back among them.
///
/// # Errors
/// The database does not answer, or the rules of a version cannot be read.
pub async fn rest(tx: &mut Tx, conversion: ConversionId, given: &[ManualCredit]) -> Result<Rest> {
    let is_found = |credit: &Credited| given.iter().all(|manual| manual.touchpoint() != credit.touchpoint);
    let standing = tx.standing_credits([conversion.uuid()]).await?.remove(&conversion).unwrap_or_default();
    if standing.iter().any(is_found) {
        return Ok(Rest::Partners);
    }
    // Credit may be due, or all of it be given by hand so far.
    let Some(due) = tx.due_conversions([conversion.uuid()]).await?.pop() else { return Ok(Rest::Nobody) };
    let book = tx.rule_book().await?;
    Ok(match coming(tx, &book, due).await? {
        Some(one) if one.policy.is_none() => Rest::NoPolicy,
        Some(one) if one.credits.iter().any(is_found) => Rest::Partners,
        _ => Rest::Nobody,
    })
}

/// Gives each conversion the credit that was given by hand; the others share the rest as before.
pub(super) fn lay_over(attributed: &mut [Attributed], given: &Given) {
    for one in attributed.iter_mut().filter(|one| one.policy.is_some()) {
        let manual: Vec<_> =
            given.get(&one.due.id).into_iter().flatten().filter(|credit| credit.removed_at.is_none()).collect();
        let sum: u64 = manual.iter().map(|credit| credit.weight.0).sum();
        let given = percent(sum);
        if manual.is_empty() {
            continue;
        }
        if one.credits.is_empty() && sum < WHOLE {
            one.summary += &format!(
                "; {given} was given by hand, but nobody has the rest, and a part alone is not credited: take it back and give all of it"
            );
            continue;
        }
        if sum >= WHOLE {
            one.summary = format!("all of it was given by hand; without that: {}", one.summary);
        } else {
            let left = percent(WHOLE - sum);
            one.credits.iter_mut().for_each(|credit| credit.reason += &format!("{BESIDE}{left} that was not given by hand"));
            let s = if manual.len() == 1 { "" } else { "s" };
            one.summary += &format!("; {} credit{s} given by hand, {given}", manual.len());
        }
        one.credits.extend(manual.iter().map(|credit| credited(credit)));
        share(one, manual.len());
    }
}

/// What attribution found of a conversion when its journey was whole: what stands without what people gave. None where
/// nothing is left of it.
///
/// # Errors
/// The database does not answer.
pub(super) async fn as_it_was(tx: &mut Tx, due: &Due, given: &Given) -> Result<Option<Attributed>> {
    let mut credits = tx.standing_credits([due.id.uuid()]).await?.remove(&due.id).unwrap_or_default();
    let is_manual = |credit: &Credited| given[&due.id].iter().any(|manual| manual.touchpoint() == credit.touchpoint);
    credits.retain(|credit| !is_manual(credit));
    credits.sort_by_key(|credit| credit.touchpoint);
    for credit in &mut credits {
        if let Some(end) = credit.reason.rfind(BESIDE) {
            credit.reason.truncate(end);
        }
    }
    let summary = match credits.len() {
        0 => return Ok(None),
        1 => "1 touchpoint counts, as when its journey was whole".to_owned(),
        n => format!("{n} touchpoints count, as when its journey was whole"),
    };
    let mut found = Attributed { due: due.clone(), policy: due.policy_id, summary, credits, teams: None };
    share(&mut found, 0);
    Ok(Some(found))
}

fn credited(manual: &ManualCredit) -> Credited {
    Credited {
        touchpoint: manual.touchpoint(),
        partner: manual.partner_id,
        link: None,
        campaign: None,
        share: i64::try_from(manual.weight.0).unwrap_or(0),
        amount: 0,
        reason: manual.sentence(),
    }
}

/// Shares a conversion anew: the last `fixed` of its credits have the share they say, the others the rest in proportion.
fn share(attributed: &mut Attributed, fixed: usize) {
    let shares: Vec<u64> = attributed.credits.iter().map(|credit| u64::try_from(credit.share).unwrap_or(0)).collect();
    let (others, fixed) = shares.split_at(shares.len() - fixed);
    let shares = with_fixed(others, fixed);
    let amounts = split_amount(attributed.due.amount.unwrap_or(0), &shares);
    for (credit, (share, amount)) in attributed.credits.iter_mut().zip(shares.into_iter().zip(amounts)) {
        (credit.share, credit.amount) = (i64::try_from(share).unwrap_or(0), amount);
    }
    attributed.credits.retain(|credit| credit.share > 0);
}
