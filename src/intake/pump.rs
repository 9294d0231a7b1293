//! Pumps the journal into the store: batch by batch, in order, each in one transaction, then confirms it to the journal.
//!
//! Nothing is lost when the store fails: the batch stays in memory, its segment on disk, and it is tried again until it is in
//! the store or the process stops. Nothing blocks for ever either: a batch that the store refuses for what it holds is split
//! until the one record at fault is found; that one is kept as rejected, with the reason.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{Notify, watch};

use super::batch::{ReadAgent, read_all, remains};
use super::progress::Progress;
use crate::clock::Clock;
use crate::domain::hit::Hit;
use crate::domain::interpret::Meaning;
use crate::error::{Code, Error, sentences};
use crate::journal::{Batch, Drain, Position};
use crate::store::{Recorded, Store};

/// The most records of one transaction: an fdatasync is then a few tenths of a microsecond a record, and the one writer is
/// held for tens of milliseconds, which an admin who saves a form does not notice.
pub const BATCH_RECORDS_MAX: usize = 4_096;
/// After a batch of fewer records the pump rests, so that the next is larger: a transaction, with an fdatasync of its own
/// that competes with the journal's, for every few hits would be a waste.
const GATHER_BELOW: usize = BATCH_RECORDS_MAX / 8;
/// How long it rests: not noticed by somebody who waits for credits, and at most fifty transactions a second.
const GATHER: Duration = Duration::from_millis(20);
/// The first and the longest pause before the store, or the journal's disk, is asked again.
const BACK_OFF: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(2));
/// How often the store may refuse a batch before its content is blamed.
const REFUSALS_MAX: u32 = 3;

/// What the pump works with.
pub struct Pump {
    /// Where hits end up.
    pub store: Store,
    /// Tells what a user agent is.
    pub agent: ReadAgent,
    /// The time.
    pub clock: Clock,
    /// Told how far intake has come.
    pub progress: Progress,
    /// Woken when conversions were queued for attribution.
    pub wake_jobs: Arc<Notify>,
    /// Told what was written, for metrics.
    pub recorded: Box<dyn Fn(&Recorded) + Send>,
    /// True once the process stops: then a store that fails is asked no more, and the journal keeps the rest.
    pub stopping: watch::Receiver<bool>,
}

/// Pumps until the journal has ended and everything is in the store, or until the process stops and the store fails.
pub async fn run(mut drain: Drain, mut pump: Pump) {
    let mut pause = Pause::default();
    loop {
        match drain.next(BATCH_RECORDS_MAX).await {
            Ok(Some(batch)) => {
                pause.reset();
                if !pump.write(&batch).await {
                    tracing::warn!("the store does not answer; the rest stays in the journal until the next start");
                    return;
                }
                confirm(&mut drain, batch.end);
                pump.progress.committed(batch.end);
                if batch.records.len() < GATHER_BELOW {
                    tokio::time::sleep(GATHER).await;
                }
            }
            Ok(None) => return,
            Err(error) => {
                pause.log_once(|| tracing::error!(%error, "the journal cannot be read; trying again"));
                if !pause.wait(&mut pump.stopping).await {
                    return;
                }
            }
        }
    }
}

fn confirm(drain: &mut Drain, end: Position) {
    if let Err(error) = drain.committed(end) {
        // The next call tries again. Until then the segment is only too many on the disk: a replay changes nothing.
        tracing::error!(%error, "a journal segment that is in the store cannot be deleted");
    }
}

impl Pump {
    /// False when the process stops before the batch is in the store.
    async fn write(&mut self, batch: &Batch) -> bool {
        self.progress.writing(batch.records.first().and_then(|record| Hit::decode(record).ok()).map(|hit| hit.at));
        let mut meanings = read_all(&batch.records, self.agent);
        // Parts of the batch, the first one last; a part that is refused is replaced by its halves.
        let mut parts: Vec<_> = std::iter::once(0..meanings.len()).collect();
        let (mut refusals, mut pause) = (0, Pause::default());
        while let Some(part) = parts.last().cloned() {
            let error = match self.store.record(&meanings[part.clone()], self.clock.now()).await {
                Ok(recorded) => {
                    (self.recorded)(&recorded);
                    if recorded.queued > 0 {
                        self.wake_jobs.notify_one();
                    }
                    parts.pop();
                    (refusals, pause) = (0, Pause::default());
                    continue;
                }
                Err(error) => error,
            };
            self.progress.stuck();
            refusals += u32::from(error.code != Code::Unavailable);
            if refusals < REFUSALS_MAX {
                pause.log_once(
                    || tracing::error!(error = %chain(&error), records = part.len(), "the store failed; trying again"),
                );
                if !pause.wait(&mut self.stopping).await {
                    return false;
                }
                continue;
            }
            if part.len() > 1 {
                let middle = part.start + part.len() / 2;
                parts.pop();
                parts.extend([middle..part.end, part.start..middle]);
            } else if !reject(&mut meanings[part.start], &batch.records[part.start], &error) {
                // Even as rejected it is refused: then the store itself is at fault.
                if !pause.wait(&mut self.stopping).await {
                    return false;
                }
            }
        }
        true
    }
}

/// Turns a record that the store refuses into a rejected one; false when it is one already.
fn reject(meaning: &mut Meaning, record: &Bytes, error: &Error) -> bool {
    let reason = format!("refused by the store: {}", chain(error));
    let rejected = remains(record, reason);
    let again = matches!(meaning, Meaning::Rejected(before) if before.id == rejected.id && before.query == rejected.query);
    tracing::error!(id = %rejected.id, error = %chain(error), "the store refuses a record; it is kept as rejected");
    *meaning = Meaning::Rejected(Box::new(rejected));
    !again
}

/// An error and its causes in one line.
fn chain(error: &Error) -> String {
    sentences(error).join(": ")
}

/// Pauses that grow, and one line of log for all of them.
#[derive(Default)]
struct Pause {
    last: Option<Duration>,
}

impl Pause {
    fn reset(&mut self) {
        self.last = None;
    }

    fn log_once(&self, log: impl FnOnce()) {
        if self.last.is_none() {
            log();
        }
    }

    /// False when the process is stopping.
    async fn wait(&mut self, stopping: &mut watch::Receiver<bool>) -> bool {
        let (first, longest) = BACK_OFF;
        let next = self.last.map_or(first, |last| (last * 2).min(longest));
        self.last = Some(next);
        let stop = async {
            if stopping.wait_for(|stop| *stop).await.is_err() {
                std::future::pending::<()>().await; // a sender that is gone never says stop
            }
        };
        tokio::select! {
            () = stop => false,
            () = tokio::time::sleep(next) => true,
        }
    }
}
