//! What the drain writes: a batch of interpreted hits in one transaction, each exactly once.
//!
//! The id of a hit is the key of its row, and every insert is `on conflict do nothing`, or a copy, which is refused as a whole.
//! Counts and jobs follow only from rows that were really inserted. To know which those are costs nothing in the common case: the
//! database counts the rows it inserted, and when that is fewer than the batch has, the transaction is rolled back and begun
//! again carefully, with a look at what is stored before anything is derived.

mod identity;
mod people;
mod reports;
mod statements;
mod touches;

pub use touches::DUPLICATE_WINDOW_MS;

use crate::domain::interpret::{Followup, Identity, Meaning, Rejected, Reported};
use crate::domain::time::Time;
use crate::error::Result;
use crate::store::Store;
use crate::store::dialect::Turn;
use crate::store::rows::Rows;
use crate::store::sql::{Tx, args};
use identity::News;
use people::People;
use touches::Touches;

/// Whether to look at what is stored before writing.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Careful {
    No,
    Yes,
}

/// What a batch came to: only what was really new.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recorded {
    /// Clicks and views written.
    pub touchpoints: u64,
    /// Those of them that are duplicates.
    pub duplicates: u64,
    /// Conversions written.
    pub conversions: u64,
    /// Reports of conversions that were known.
    pub repeats: u64,
    /// Hits that could not be used.
    pub rejected: u64,
    /// Conversions queued for attribution.
    pub queued: u64,
}

/// A batch by what it holds, each in the order of the journal.
#[derive(Default)]
struct Sorted<'a> {
    touches: Vec<&'a Followup>,
    reports: Vec<&'a Reported>,
    identities: Vec<&'a Identity>,
    rejected: Vec<&'a Rejected>,
    people: People,
}

impl Store {
    /// Writes a batch of interpreted hits, durably and exactly once, however often it is repeated.
    ///
    /// # Errors
    /// [`crate::error::Code::Unavailable`] when the database does not answer; nothing was written then, or all of it. Any
    /// other code when it refuses something in the batch; nothing was written then.
    pub async fn record(&self, meanings: &[Meaning], now: Time) -> Result<Recorded> {
        let book = self.email_book_for(meanings).await?;
        let (people, filled) = People::of(meanings, book.as_ref());
        let mut batch = Sorted { people, ..Sorted::default() };
        for (place, meaning) in meanings.iter().enumerate() {
            match filled.get(&place).unwrap_or(meaning) {
                Meaning::Touchpoint(touch) => batch.touches.push(touch),
                Meaning::Conversion(report) => batch.reports.push(report),
                Meaning::Identity(identity) => batch.identities.push(identity),
                Meaning::Rejected(rejected) => batch.rejected.push(rejected),
            }
        }
        if let Some(recorded) = attempt(self, &batch, Careful::No, now).await? {
            return Ok(recorded);
        }
        // Careful writes are never half: what another node wrote meanwhile is found by the next attempt.
        let recorded = attempt(self, &batch, Careful::Yes, now).await?;
        recorded.ok_or_else(|| {
            crate::error::Error::new(crate::error::Code::Unavailable, "another node wrote the same hits; try again")
        })
    }
}

/// One transaction; none when a hit turned out to be stored already, and nothing was written.
async fn attempt(store: &Store, batch: &Sorted<'_>, careful: Careful, now: Time) -> Result<Option<Recorded>> {
    let mut tx = store.write_beside().await?;
    let mut recorded = Recorded::default();
    let mut news = News::default();

    let Some(touching) = tx.begin_touches(&batch.touches, careful).await? else { return tx.rollback().await.map(|()| None) };
    // What was written so far concerns no other node. From here on what is stored decides: which hits are duplicates, which
    // reports repeat another, which conversions a touchpoint may belong to. Of two transactions that concern each other one
    // has to see the other, so they take turns.
    tx.hold(Turn::Conclude).await?;
    let Touches::Written(touchpoints, duplicates) = tx.finish_touches(touching).await? else {
        return tx.rollback().await.map(|()| None);
    };
    recorded.touchpoints = touchpoints.len() as u64;
    recorded.duplicates = duplicates;
    news.touchpoints = touchpoints;

    let reports = tx.record_reports(&batch.reports, now).await?;
    recorded.conversions = reports.written.len() as u64;
    recorded.repeats = reports.repeats;
    news.leads = reports.leads;
    let rejected: Vec<&Rejected> = batch.rejected.iter().copied().chain(&reports.rejected).collect();
    recorded.rejected = tx.record_rejected(&rejected).await?;

    tx.write_people(&batch.people, &mut news).await?;
    tx.tie_conversions(&reports.written, &mut news).await?;
    if batch.reports.iter().any(|report| report.heard_from.is_some()) {
        news.touchpoints.extend(tx.hear(&reports.written).await?.1);
    }
    tx.tie_customers(&batch.identities, &mut news).await?;
    let touched = batch.touches.iter().map(|touch| touch.touchpoint.occurred_at);
    let reported = batch.reports.iter().map(|report| report.occurred_at());
    recorded.queued = tx.queue(news, touched.clone().chain(reported.clone()).min(), now).await?;
    tx.note_late(touched.chain(reported), now).await?;
    tx.commit().await?;
    Ok(Some(recorded))
}

impl Tx {
    async fn record_rejected(&mut self, rejected: &[&Rejected]) -> Result<u64> {
        let mut rows = Rows::new(self.database(), rejected.len(), 512);
        for hit in rejected {
            rows.begin()
                .id(Some(hit.id.uuid()))
                .text(hit.source.as_str())
                .int(hit.at.as_millis())
                .text(hit.query.as_str())
                .text(hit.referrer.as_deref())
                .text(hit.user_agent.as_str())
                .text(serde_json::to_string(&hit.reasons).unwrap_or_default().as_str());
        }
        self.execute(&statements::REJECTED, args![rows]).await
    }
}
