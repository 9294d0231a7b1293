//! A journal on a simulated disk, opened for a test, and the ways to push it around.

use std::future::Future;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use bytes::Bytes;
use kudos::journal::{AppendError, Batch, Disk, Drain, Journal, Lane, Options, open};

use super::sim_disk::{Done, SimDisk};

/// Nothing here takes this long unless it hangs.
const DEADLINE: Duration = Duration::from_secs(30);

/// The journal's directory on a simulated disk.
pub fn dir() -> &'static Path {
    Path::new("/journal")
}

/// Small enough that a few records roll a segment.
pub fn options() -> Options {
    Options {
        segment_bytes: 64 * 1024,
        record_bytes_max: 4096,
        pending_bytes_max: 256 * 1024,
        full_retry: Duration::from_millis(5),
    }
}

/// Runs a test on a runtime like that of an edge thread.
pub fn block_on<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async { tokio::time::timeout(DEADLINE, test).await.expect("the test hangs") })
}

/// Waits until `condition` holds.
pub async fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + DEADLINE / 2;
    while !condition() {
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// Polls once.
pub fn now<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

/// An open journal with one lane.
pub struct Rig {
    pub journal: Journal,
    pub drain: Drain,
    pub lane: Lane,
}

impl Rig {
    /// Opens the journal in `dir()`; panics when that fails.
    pub fn open(disk: &Arc<impl Disk + 'static>) -> Self {
        Self::open_with(disk, options())
    }

    pub fn open_with(disk: &Arc<impl Disk + 'static>, options: Options) -> Self {
        let (journal, drain) = open(disk.clone(), dir(), options).expect("the journal opens");
        let (lane, driver) = journal.lane();
        tokio::spawn(driver);
        Self { journal, drain, lane }
    }

    /// Appends all at once, in order, and waits for the outcomes.
    pub async fn append(&self, payloads: &[Vec<u8>]) -> Vec<Result<(), AppendError>> {
        let tasks: Vec<_> = payloads.iter().map(|payload| self.spawn(payload)).collect();
        let mut outcomes = Vec::new();
        for task in tasks {
            outcomes.push(task.await.unwrap());
        }
        outcomes
    }

    pub fn spawn(&self, payload: &[u8]) -> tokio::task::JoinHandle<Result<(), AppendError>> {
        let (lane, payload) = (self.lane.clone(), payload.to_vec());
        tokio::spawn(async move { lane.append(&payload).await })
    }

    /// What is there now; all of it when the drain keeps being asked.
    pub fn batch(&mut self, records_max: usize) -> Option<Batch> {
        now(self.drain.next(records_max)).and_then(|batch| batch.expect("the drain reads"))
    }

    /// Everything that is durable and was not yet delivered; commits none of it.
    pub fn rest(&mut self) -> Vec<Bytes> {
        std::iter::from_fn(|| self.batch(7)).flat_map(|batch| batch.records).collect()
    }

    /// Waits until the journal has an active segment and a spare, so that its second thread is idle.
    pub async fn settled(&self, disk: &SimDisk) {
        let live = self.journal.status().segments_live;
        until("the spare is there, name and all", || {
            let log = disk.log();
            let named = log.iter().rposition(|done| matches!(done, Done::Rename(..)));
            let durable = named.is_some_and(|named| log[named..].contains(&Done::SyncDir));
            segments(disk).len() > live && durable
        })
        .await;
    }
}

/// The segment files on the disk, sorted.
pub fn segments(disk: &SimDisk) -> Vec<String> {
    let names = disk.names().into_iter();
    names.filter(|name| name.ends_with(".seg")).collect()
}
