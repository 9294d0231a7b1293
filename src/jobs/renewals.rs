//! Renewals that follow the first sale of their customer: its touchpoints and shares, of the renewal's own amount.

use std::collections::{BTreeSet, HashMap};

use uuid::Uuid;

use crate::domain::attribution::split_amount;
use crate::domain::id::ConversionId;
use crate::domain::policy::{PolicyScope, RenewalFollows, RuleBook, Rules, Version};
use crate::domain::time::Time;
use crate::error::Result;
use crate::store::{Attributed, Credited, Due, FirstSale, Tx};

/// The conversions among these that go by the first sale of their customer, where there is one.
pub(super) fn among(book: &RuleBook, dues: &[Due]) -> Vec<Uuid> {
    let following = |due: &&Due| is_of_customer(due) && version_followed(book, due).is_some();
    dues.iter().filter(following).map(|due| due.id.uuid()).collect()
}

/// The renewals of customers that are known.
pub(super) fn of_customers(dues: &[Due]) -> Vec<Uuid> {
    dues.iter().filter(|due| is_of_customer(due)).map(|due| due.id.uuid()).collect()
}

fn is_of_customer(due: &Due) -> bool {
    due.event == "renewal" && due.customer_id.is_some()
}

/// The version under which a renewal goes by the first sale; none when it has its own journey. It has none of its own to fit a
/// filter on campaigns or groups, and rules that cannot be read are told where its own journey is looked at.
fn version_followed<'a>(book: &'a RuleBook, due: &Due) -> Option<&'a Version> {
    let version = match due.pinned {
        Some(id) => book.version(id).ok(),
        None => book.choose(PolicyScope::Partners, &due.facts(), &[]).ok().flatten(),
    };
    version.filter(|version| by_first_sale(version))
}

/// Whether renewals go by the first sale of their customer.
pub(super) fn by_first_sale(version: &Version) -> bool {
    version.rules().is_ok_and(says_first_sale)
}

fn says_first_sale(rules: &Rules) -> bool {
    rules.renewal_follows == RenewalFollows::FirstSale
}

/// The credit of renewals that follow a sale, as the sale's credits stand.
///
/// # Errors
/// The database does not answer.
pub(super) async fn follow(
    tx: &mut Tx, book: &RuleBook, dues: Vec<Due>, sales: &HashMap<ConversionId, FirstSale>,
) -> Result<Vec<Attributed>> {
    // Several may follow one sale.
    let ids: BTreeSet<Uuid> = sales.values().map(|sale| sale.id.uuid()).collect();
    let standing = tx.standing_credits(ids).await?;
    let mut followed = Vec::with_capacity(dues.len());
    for due in dues {
        let Some(sale) = sales.get(&due.id) else { continue };
        let policy = version_followed(book, &due).map(|version| version.id);
        let mut credits = standing.get(&sale.id).cloned().unwrap_or_default();
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
        followed.push(Attributed { due, policy, summary, credits, teams: None });
    }
    Ok(followed)
}

/// Makes credit due again for the renewals that may follow one of the sales in `attributed`, but for those that just did.
///
/// # Errors
/// The database does not answer.
pub(super) async fn enqueue(
    tx: &mut Tx, book: &RuleBook, attributed: &[Attributed], followed: &[Attributed], now: Time,
) -> Result<()> {
    if !book.any(says_first_sale) {
        return Ok(());
    }
    let sales = attributed.iter().map(|one| &one.due).filter(|due| due.event == "sale" && due.customer_id.is_some());
    let followed: Vec<Uuid> = followed.iter().map(|one| one.due.id.uuid()).collect();
    tx.enqueue_renewals(sales.map(|due| due.id.uuid()).collect(), &followed, now).await
}
