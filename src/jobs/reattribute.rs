//! Attributes the conversions of a period anew, beside whatever else goes on.
//!
//! Each batch is one short transaction, as a tick of attribution is. It claims the jobs of its conversions, so that no other
//! node assigns their credit meanwhile, and so that news of them waits and makes them due again. A conversion that was
//! re-attributed under a chosen version is pinned to it: a later touchpoint runs it again under that version. Without one it
//! follows the policy in force, and what it was pinned to before is forgotten.

use crate::domain::id::ConversionId;
use crate::domain::policy::Version;
use crate::domain::time::Time;
use crate::domain::whatif::differ;
use crate::error::Result;
use crate::jobs::renewals;
use crate::jobs::whatif::{PAGE, Reassigned, Under, reassign};
use crate::store::{ATTRIBUTE, Credited, Cursor, Period, Store};

/// What a batch came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// Conversions looked at.
    pub conversions: i64,
    /// Those that follow the rules now; the others stay as they were.
    pub following: i64,
    /// Those of which a partner has another part than before; renewals that go along with their first sale among them.
    pub changed: i64,
    /// Where the next batch begins; none at the end.
    pub next: Option<Cursor>,
}

/// Re-attributes the next conversions of a period after `after`: each under `version` as far as it fits its filters, or under the
/// policy in force. Safe to interrupt and to repeat: what is done already does not change again.
///
/// # Errors
/// The database does not answer, and nothing was written; or the rules of a version cannot be read.
pub async fn batch(store: &Store, version: Option<&Version>, period: Period, after: Cursor, now: Time) -> Result<Batch> {
    let mut tx = store.write_beside().await?;
    let ids: Vec<_> = tx.conversions_of(period, after, PAGE).await?.iter().map(|due| due.id.uuid()).collect();
    tx.claim_jobs(ATTRIBUTE, ids.iter().copied()).await?;
    // Only now they are nobody else's; what was read before may be old.
    let mut due = tx.due_conversions(ids).await?;
    due.sort_by_key(|due| (due.occurred_at, due.id));
    let mut batch = Batch { conversions: due.len() as i64, ..Batch::default() };
    batch.next = due.last().filter(|_| batch.conversions == PAGE).map(|due| Cursor(due.occurred_at, due.id));

    let book = tx.rule_book().await?;
    let under = version.map_or(Under::InForce, Under::Version);
    let (mut attributed, mut going_along, mut staying) = (Vec::new(), Vec::new(), Vec::new());
    for one in reassign(&mut tx, &book, under, period, due).await? {
        match one {
            Reassigned::Follows(one) => attributed.push(*one),
            Reassigned::Stays(due) => staying.push(due.id.uuid()),
            // It is due again as soon as the credits of its sale are written.
            Reassigned::GoesAlong(one) => {
                staying.push(one.due.id.uuid());
                going_along.push(*one);
            }
        }
    }
    batch.following = attributed.len() as i64;
    let standing = tx.standing_credits(going_along.iter().map(|one| one.due.id.uuid())).await?;
    let parts = |id| standing.get(&id).into_iter().flatten().map(Credited::part).collect::<Vec<_>>();
    let along = going_along.iter().filter(|one| differ(&parts(one.due.id), &one.parts())).count();
    batch.changed = (tx.write_credits(&attributed, now).await? + along) as i64;
    let following = || attributed.iter().map(|one| one.due.id).map(ConversionId::uuid);
    tx.pin(following(), version.map(|version| version.id)).await?;
    tx.finish_jobs(ATTRIBUTE, following()).await?;
    tx.release_jobs(ATTRIBUTE, staying).await?;
    renewals::enqueue(&mut tx, &book, &attributed, &attributed, now).await?;
    tx.commit().await?;
    Ok(batch)
}
