//! What a period would look like under other rules, page by page, without writing anything.

use uuid::Uuid;

use crate::domain::attribution::Touch;
use crate::domain::policy::{PolicyScope, RuleBook, Version};
use crate::domain::time::DAY_MS;
use crate::domain::whatif::{Share, Tally};
use crate::error::Result;
use crate::jobs::assign::{assign, journeys};
use crate::jobs::{by_hand, renewals};
use crate::store::{Attributed, Credited, Cursor, Due, Period, Tx};

/// Conversions of one page: with their journeys a few megabytes, and some milliseconds of arithmetic at a time.
pub const PAGE: i64 = 500;

/// What conversions are to follow.
#[derive(Clone, Copy, Debug)]
pub enum Under<'a> {
    /// Each the policy in force at its time, whatever an admin chose for it before.
    InForce,
    /// This version, as far as they fit its filters.
    Version(&'a Version),
}

/// The credit of these conversions under other rules, in the order given; none for those that stay as they are: they do not fit
/// the filters, they are renewals that go by their customer's first sale, or some of the touchpoints that could count are so old
/// that they are not kept any more.
///
/// # Errors
/// The database does not answer, or the rules of a version cannot be read.
pub async fn reassign(tx: &mut Tx, book: &RuleBook, under: Under<'_>, due: Vec<Due>) -> Result<Vec<Reassigned>> {
    let kept_from = tx.touchpoints_from().await?;
    let given = tx.given_by_hand(due.iter().map(|due| due.id.uuid())).await?;
    let first_sales = tx.first_sales(&renewals::of_customers(&due)).await?;
    let one = |(due, touches): (Due, Vec<Touch>)| {
        let version = match under {
            Under::InForce => book.choose(PolicyScope::Partners, &due.facts(), &touches)?,
            Under::Version(version) if version.fits(&due.facts(), &touches)? => Some(version),
            Under::Version(_) => return Ok(Reassigned::Stays(due)),
        };
        // It goes by the credits of another conversion, and follows them when those change.
        if first_sales.contains_key(&due.id) && version.is_some_and(renewals::by_first_sale) {
            return Ok(Reassigned::Stays(due));
        }
        let days = version.map(|version| version.rules().map(|rules| rules.lookback_days.longest_days())).transpose()?;
        let whole = due.occurred_at - i64::from(days.unwrap_or(0)) * DAY_MS >= kept_from;
        if !whole && due.policy_id.is_some() {
            return Ok(Reassigned::Stays(due));
        }
        let mut attributed = assign(book, version, due, touches)?;
        by_hand::lay_over(std::slice::from_mut(&mut attributed), &given);
        Ok(Reassigned::Follows(Box::new(attributed)))
    };
    let milestones = match under {
        Under::InForce => book.asks_milestones(),
        // The teams share under the policy of theirs all the same.
        Under::Version(version) => version.asks_milestones() || book.asks_milestones(),
    };
    journeys(tx, due, milestones).await?.into_iter().map(one).collect()
}

/// What becomes of a conversion.
#[derive(Debug)]
pub enum Reassigned {
    /// It stays as it is.
    Stays(Due),
    /// It gets these credits.
    Follows(Box<Attributed>),
}

/// Adds the next page of a period to the tally: where the page after it begins, none when this was the last. Of conversions that
/// an admin chose a version for, only a re-attribution can change that, no new policy: `pinned_too`.
///
/// # Errors
/// The database does not answer, or the rules of a version cannot be read.
pub async fn look(
    tx: &mut Tx, book: &RuleBook, under: Under<'_>, pinned_too: bool, period: Period, after: Cursor, tally: &mut Tally,
) -> Result<Option<Cursor>> {
    let page = tx.conversions_of(period, after, PAGE).await?;
    let next = page.last().filter(|_| page.len() as i64 == PAGE).map(|due| Cursor(due.occurred_at, due.id));
    let ids: Vec<Uuid> = page.iter().map(|due| due.id.uuid()).collect();
    let mut standing = tx.standing_credits(ids).await?;
    let shares = |credits: &[Credited]| credits.iter().map(share).collect::<Vec<Share>>();
    let mut now = |id| shares(&standing.remove(&id).unwrap_or_default());
    let (pinned, free): (Vec<Due>, Vec<Due>) = page.into_iter().partition(|due| due.pinned.is_some() && !pinned_too);
    let mut all = reassign(tx, book, under, free).await?;
    all.extend(pinned.into_iter().map(Reassigned::Stays));
    for one in all {
        match one {
            Reassigned::Stays(due) => tally.stays(due.currency, &now(due.id)),
            Reassigned::Follows(attributed) => {
                let Attributed { due, credits, .. } = *attributed;
                tally.follows(due.currency, &now(due.id), &shares(&credits));
            }
        }
    }
    Ok(next)
}

fn share(credit: &Credited) -> Share {
    (credit.partner, credit.share.unsigned_abs(), credit.amount)
}
