//! Credit that people gave by hand, laid over what attribution found.

use std::collections::HashMap;

use crate::domain::attribution::{split_amount, with_fixed};
use crate::domain::id::ConversionId;
use crate::domain::manual_credit::ManualCredit;
use crate::error::Result;
use crate::store::{Attributed, Credited, Due, Tx};

/// What people gave for each conversion, what they took back among it.
type Given = HashMap<ConversionId, Vec<ManualCredit>>;

/// Gives each conversion the credit that was given by hand; the others share the rest as before.
pub(super) fn lay_over(attributed: &mut [Attributed], given: &Given) {
    for one in attributed.iter_mut().filter(|one| one.policy.is_some()) {
        let manual: Vec<_> =
            given.get(&one.due.id).into_iter().flatten().filter(|credit| credit.removed_at.is_none()).collect();
        if !manual.is_empty() {
            one.credits.extend(manual.iter().map(|credit| credited(credit)));
            share(one, manual.len());
            let s = if manual.len() == 1 { "" } else { "s" };
            one.summary += &format!("; {} credit{s} given by hand", manual.len());
        }
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
