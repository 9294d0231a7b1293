//! Renewals that follow the first sale of their customer: its touchpoints and shares, of the renewal's own amount.

use std::collections::{BTreeSet, HashMap};

use uuid::Uuid;

use crate::domain::attribution::split_amount;
use crate::domain::id::{ConversionId, PolicyId};
use crate::domain::policy::{PolicyScope, RenewalFollows, RuleBook, Rules, Version};
use crate::domain::time::Time;
use crate::error::Result;
use crate::store::{Attributed, Credited, Due, FirstSale, Tx};

/// A renewal that goes by the first sale of its customer.
pub(super) struct Follower {
    /// The renewal.
    pub due: Due,
    /// The policy version that says so.
    pub policy: PolicyId,
    /// The sale.
    pub sale: FirstSale,
}

/// Tells the renewals that go by the first sale of their customer, where there is one, from all others: a renewal does so when the
/// version that `version` has for it says so.
///
/// # Errors
/// The database does not answer.
pub(super) async fn split<'a>(
    tx: &mut Tx, dues: Vec<Due>, version: impl Fn(&Due) -> Option<&'a Version>,
) -> Result<(Vec<Follower>, Vec<Due>)> {
    let of_customers = dues.iter().filter(|due| due.event == "renewal" && due.customer_id.is_some());
    let by_first_sale = |version: &&Version| version.rules().is_ok_and(says_first_sale);
    let policies: HashMap<ConversionId, PolicyId> =
        of_customers.filter_map(|due| Some((due.id, version(due).filter(by_first_sale)?.id))).collect();
    let ids: Vec<Uuid> = policies.keys().map(|id| id.uuid()).collect();
    let mut sales = tx.first_sales(&ids).await?;
    let (mut followers, mut others) = (Vec::new(), Vec::new());
    for due in dues {
        match (policies.get(&due.id), sales.remove(&due.id)) {
            (Some(&policy), Some(sale)) => followers.push(Follower { due, policy, sale }),
            _ => others.push(due),
        }
    }
    Ok((followers, others))
}

/// The version that decides whether a renewal goes by the first sale: the one it is pinned to, else the one in force. It has no
/// touchpoints of its own to fit a filter on campaigns or groups, and rules that cannot be read are told where its own journey is
/// looked at.
pub(super) fn version<'a>(book: &'a RuleBook, due: &Due) -> Option<&'a Version> {
    match due.pinned {
        Some(id) => book.version(id).ok(),
        None => in_force(book, due),
    }
}

/// The same, whatever an admin chose for it.
pub(super) fn in_force<'a>(book: &'a RuleBook, due: &Due) -> Option<&'a Version> {
    book.choose(PolicyScope::Partners, &due.facts(), &[]).ok().flatten()
}

fn says_first_sale(rules: &Rules) -> bool {
    rules.renewal_follows == RenewalFollows::FirstSale
}

/// The credit of renewals that follow a sale, by the credits of the sales.
pub(super) fn follow(followers: Vec<Follower>, credits_of: &HashMap<ConversionId, Vec<Credited>>) -> Vec<Attributed> {
    let one = |Follower { due, policy, sale }: Follower| {
        let mut credits = credits_of.get(&sale.id).cloned().unwrap_or_default();
        credits.sort_by_key(|credit| credit.touchpoint);
        let order = sale.order_id.as_ref().map_or_else(|| sale.id.to_string(), |order| format!("order {order}"));
        let summary = match credits.len() {
            0 => format!("it follows the customer's first sale, {order}, for which nobody has credit"),
            1 => format!("1 touchpoint counts, as for the customer's first sale, {order}"),
            n => format!("{n} touchpoints count, as for the customer's first sale, {order}"),
        };
        let shares: Vec<u64> = credits.iter().map(|credit| u64::try_from(credit.share).unwrap_or(0)).collect();
        let credit = |(credit, amount): (Credited, i64)| Credited {
            amount,
            reason: format!("as for the customer's first sale, {order}: {}", credit.reason),
            ..credit
        };
        let amounts = split_amount(due.amount.unwrap_or(0), &shares);
        let credits = credits.into_iter().zip(amounts).map(credit).collect();
        Attributed { due, policy: Some(policy), summary, credits, teams: None }
    };
    followers.into_iter().map(one).collect()
}

/// The sales that renewals follow, each once.
pub(super) fn sales(followers: &[Follower]) -> BTreeSet<Uuid> {
    followers.iter().map(|follower| follower.sale.id.uuid()).collect()
}

/// Makes credit due again for the renewals that may follow one of the sales in `attributed`, but for those that are `done`.
///
/// # Errors
/// The database does not answer.
pub(super) async fn enqueue(
    tx: &mut Tx, book: &RuleBook, attributed: &[Attributed], done: &[Attributed], now: Time,
) -> Result<()> {
    if !book.any(says_first_sale) {
        return Ok(());
    }
    let sales = attributed.iter().map(|one| &one.due).filter(|due| due.event == "sale" && due.customer_id.is_some());
    let done: Vec<Uuid> = done.iter().map(|one| one.due.id.uuid()).collect();
    tx.enqueue_renewals(sales.map(|due| due.id.uuid()).collect(), &done, now).await
}
