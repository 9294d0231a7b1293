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

const PARTNERS: PolicyScope = PolicyScope::Partners;

/// What conversions are to follow.
#[derive(Clone, Copy, Debug)]
pub enum Under<'a> {
    /// Each the policy in force at its time, whatever an admin chose for it before.
    InForce,
    /// This version, as far as they fit its filters, whatever an admin chose for them before.
    Version(&'a Version),
    /// The same, but for those that an admin chose a version for: no new policy changes that.
    Draft(&'a Version),
    /// What they would follow with the draft among the policies: it, or another one, or none. But for those that an admin chose a
    /// version for.
    Published {
        /// The draft.
        draft: &'a Version,
        /// The policies with it in its place.
        book: &'a RuleBook,
    },
}

impl<'a> Under<'a> {
    fn named(self) -> Option<&'a Version> {
        match self {
            Under::InForce => None,
            Under::Version(version) | Under::Draft(version) | Under::Published { draft: version, .. } => Some(version),
        }
    }

    /// Whether a conversion with these touchpoints follows the version that is named.
    fn holds(self, due: &Due, touches: &[Touch]) -> Result<bool> {
        let spared = matches!(self, Under::Draft(_) | Under::Published { .. }) && due.pinned.is_some();
        self.named().map_or(Ok(false), |version| Ok(!spared && version.fits(&due.facts(), touches)?))
    }

    /// The version that decides whether a renewal goes by the first sale of its customer.
    fn of_renewal(self, book: &'a RuleBook, due: &Due) -> Option<&'a Version> {
        match self {
            Under::InForce => renewals::in_force(book, due),
            Under::Published { book, .. } if due.pinned.is_none() => renewals::in_force(book, due),
            _ if self.holds(due, &[]).unwrap_or(false) => self.named(),
            _ => renewals::version(book, due),
        }
    }
}

/// What becomes of a conversion.
#[derive(Debug)]
pub enum Reassigned {
    /// It stays as it is.
    Stays(Due),
    /// It gets these credits.
    Follows(Box<Attributed>),
    /// It does not follow the rules, and has these credits all the same: when the first sale of its customer has those that are
    /// its own under the rules, or when they take the place of the policy that it followed.
    GoesAlong(Box<Attributed>),
}

/// The credit of these conversions under other rules, in no order. Renewals that go by their customer's first sale have the
/// credits that it has under those rules, where it happened in the period that they are tried on.
///
/// # Errors
/// The database does not answer, or the rules of a version cannot be read.
pub async fn reassign(
    tx: &mut Tx, book: &RuleBook, under: Under<'_>, period: Period, dues: Vec<Due>,
) -> Result<Vec<Reassigned>> {
    let given = tx.given_by_hand(dues.iter().map(|due| due.id.uuid())).await?;
    let (followers, dues) = renewals::split(tx, dues, |due| under.of_renewal(book, due)).await?;
    let mut all = by_own_journey(tx, book, under, dues).await?;
    if followers.is_empty() {
        return Ok(all);
    }
    let ids = renewals::sales(&followers);
    let mut credits = tx.standing_credits(ids.iter().copied()).await?;
    let mut sales = tx.due_conversions(ids).await?;
    sales.retain(|sale| period.from <= sale.occurred_at && sale.occurred_at < period.to);
    for one in by_own_journey(tx, book, under, sales).await? {
        if let Reassigned::Follows(sale) | Reassigned::GoesAlong(sale) = one {
            credits.insert(sale.due.id, sale.credits);
        }
    }
    let mut followed = renewals::follow(followers, &credits);
    by_hand::lay_over(&mut followed, &given);
    all.extend(followed.into_iter().map(|one| match under.named() {
        Some(version) if one.policy != Some(version.id) => Reassigned::GoesAlong(Box::new(one)),
        _ => Reassigned::Follows(Box::new(one)),
    }));
    Ok(all)
}

/// The credit that a conversion will have when it is assigned anew, with what was given by hand; none where it stays as it is.
///
/// # Errors
/// The database does not answer, or the rules of a version cannot be read.
pub async fn coming(tx: &mut Tx, book: &RuleBook, due: Due) -> Result<Option<Attributed>> {
    let under = due.pinned.map(|id| book.version(id)).transpose()?.map_or(Under::InForce, Under::Version);
    let moment = Period { from: due.occurred_at, to: due.occurred_at + 1 };
    Ok(match reassign(tx, book, under, moment, vec![due]).await?.pop() {
        Some(Reassigned::Follows(one) | Reassigned::GoesAlong(one)) => Some(*one),
        Some(Reassigned::Stays(_)) | None => None,
    })
}

/// The credit of these conversions by their own journeys. Those stay as they are that do not fit the filters, or of which some of the
/// touchpoints that could count are so old that they are not kept any more.
async fn by_own_journey(tx: &mut Tx, book: &RuleBook, under: Under<'_>, dues: Vec<Due>) -> Result<Vec<Reassigned>> {
    let kept_from = tx.touchpoints_from().await?;
    let given = tx.given_by_hand(dues.iter().map(|due| due.id.uuid())).await?;
    let one = |(due, touches): (Due, Vec<Touch>)| {
        let version = match under {
            Under::InForce => book.choose(PARTNERS, &due.facts(), &touches)?,
            Under::Published { book: then, .. } if due.pinned.is_none() => {
                let (now, then) =
                    (book.choose(PARTNERS, &due.facts(), &touches)?, then.choose(PARTNERS, &due.facts(), &touches)?);
                if now.map(|version| version.id) == then.map(|version| version.id) {
                    return Ok(Reassigned::Stays(due));
                }
                then
            }
            _ if under.holds(&due, &touches)? => under.named(),
            _ => return Ok(Reassigned::Stays(due)),
        };
        let days = version.map(|version| version.rules().map(|rules| rules.lookback_days.longest_days())).transpose()?;
        let whole = due.occurred_at - i64::from(days.unwrap_or(0)) * DAY_MS >= kept_from;
        if !whole && due.policy_id.is_some() {
            return Ok(Reassigned::Stays(due));
        }
        let mut attributed = assign(book, version, due, touches)?;
        by_hand::lay_over(std::slice::from_mut(&mut attributed), &given);
        let named = under.named().map(|version| version.id);
        Ok(match named.is_some() && attributed.policy != named {
            true => Reassigned::GoesAlong(Box::new(attributed)),
            false => Reassigned::Follows(Box::new(attributed)),
        })
    };
    // The teams share under the policy of theirs all the same.
    let milestones = book.asks_milestones() || under.named().is_some_and(Version::asks_milestones);
    journeys(tx, dues, milestones).await?.into_iter().map(one).collect()
}

/// Adds the next page of a period to the tally: where the page after it begins, none when this was the last.
///
/// # Errors
/// The database does not answer, or the rules of a version cannot be read.
pub async fn look(
    tx: &mut Tx, book: &RuleBook, under: Under<'_>, period: Period, after: Cursor, tally: &mut Tally,
) -> Result<Option<Cursor>> {
    let page = tx.conversions_of(period, after, PAGE).await?;
    let next = page.last().filter(|_| page.len() as i64 == PAGE).map(|due| Cursor(due.occurred_at, due.id));
    let ids: Vec<Uuid> = page.iter().map(|due| due.id.uuid()).collect();
    let mut standing = tx.standing_credits(ids).await?;
    let mut now = |id| standing.remove(&id).unwrap_or_default().iter().map(Credited::part).collect::<Vec<Share>>();
    for one in reassign(tx, book, under, period, page).await? {
        match one {
            Reassigned::Stays(due) => tally.stays(due.currency, &now(due.id)),
            Reassigned::Follows(one) => tally.follows(one.due.currency, &now(one.due.id), &one.parts()),
            Reassigned::GoesAlong(one) if one.policy.is_none() => {
                tally.without_policy += 1;
                tally.goes_along(one.due.currency, &now(one.due.id), &[]);
            }
            Reassigned::GoesAlong(one) => tally.goes_along(one.due.currency, &now(one.due.id), &one.parts()),
        }
    }
    Ok(next)
}
