//! What the appenders, the journal thread and the drain share.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, watch};

use super::disk::{Disk, LockGuard};
use super::frame::{self, HEADER_BYTES};
use super::lane::{Group, Hub, Outcome};
use super::{AppendError, Health, Options, Position, Status};

/// A buffer this large is kept for the next batch; a larger one came from a stall and is given back.
const BUFFER_BYTES_KEPT: usize = 1024 * 1024;

/// The directory, locked for as long as anybody may touch it.
pub(super) struct Place {
    pub disk: Arc<dyn Disk>,
    pub dir: PathBuf,
    pub _lock: LockGuard,
}

impl Place {
    pub fn segment(&self, number: u32) -> PathBuf {
        self.dir.join(segment_name(number))
    }
}

pub(super) fn segment_name(number: u32) -> String {
    format!("{number:016}.seg")
}

/// The records of one batch, framed but for their place, and those who wait for them.
#[derive(Default)]
pub(super) struct Filling {
    pub frames: Vec<u8>,
    /// Records in `frames`.
    pub records: u64,
    /// By lane.
    pub groups: Vec<Option<Arc<Group>>>,
}

impl Filling {
    pub fn finish(&mut self, outcome: Outcome) {
        for group in self.groups.iter_mut().filter_map(Option::take) {
            group.finish(outcome);
        }
        self.frames.clear();
        self.records = 0;
        self.frames.shrink_to(BUFFER_BYTES_KEPT);
    }
}

struct Pending {
    filling: Filling,
    health: Health,
    /// The journal thread waits for so many records; 0: it does not wait.
    wake_at: u64,
    hubs: Vec<Arc<Hub>>,
}

/// A segment that may hold records not yet committed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Segment {
    pub number: u32,
    pub mark: u32,
    /// The file offset after the last byte to be read; `None` while it is being written.
    pub end: Option<u32>,
}

struct Live {
    /// In order of their numbers.
    segments: VecDeque<Segment>,
    durable: Position,
    committed: Position,
    /// No segment will be added and none grows.
    ended: bool,
    counts: Counts,
}

impl Live {
    /// The file offset up to which `segment` may be read.
    fn reach(&self, segment: &Segment) -> u32 {
        let durable = self.durable;
        let written = if durable.segment() == segment.number { durable.offset() } else { HEADER_BYTES };
        segment.end.unwrap_or(written)
    }
}

/// Running totals of this run; see `Status`.
#[derive(Default, Clone, Copy)]
struct Counts {
    records: u64,
    bytes: u64,
    syncs: u64,
    sync_micros: u64,
    last_batch_records: u64,
    last_sync_micros: u64,
    quarantined: u64,
}

/// What one sync has made durable.
pub(super) struct Synced {
    pub end: Position,
    pub records: u64,
    pub bytes: u64,
    pub micros: u64,
}

#[derive(Clone)]
pub(super) enum Ending {
    NotYet,
    Closed,
    Failed(Arc<str>),
}

pub(super) struct Shared {
    options: Options,
    pending: Mutex<Pending>,
    work: Condvar,
    live: Mutex<Live>,
    /// The drain has something new to look at.
    pub grown: Notify,
    ending: watch::Sender<Ending>,
}

/// Locks; what a panicking thread left behind is still whole, as every critical section here is.
pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    pub fn new(options: Options, segments: VecDeque<Segment>) -> Self {
        let durable =
            segments.back().map_or_else(Position::default, |last| Position::new(last.number, last.end.unwrap_or(HEADER_BYTES)));
        let counts = Counts::default();
        let committed = Position::default();
        Self {
            options,
            pending: Mutex::new(Pending { filling: Filling::default(), health: Health::Ok, wake_at: 0, hubs: Vec::new() }),
            work: Condvar::new(),
            live: Mutex::new(Live { segments, durable, committed, ended: false, counts }),
            grown: Notify::new(),
            ending: watch::Sender::new(Ending::NotYet),
        }
    }

    // The appenders' side.

    pub fn add_hub(&self, make: impl FnOnce(usize) -> Arc<Hub>) -> Arc<Hub> {
        let mut pending = locked(&self.pending);
        let hub = make(pending.hubs.len());
        pending.hubs.push(hub.clone());
        if self.has_ended() {
            hub.end();
        }
        hub
    }

    /// Frames a record into the next batch. True beside its group: the journal thread waits for this very record.
    pub fn enqueue(&self, hub: &Arc<Hub>, payload: &[u8]) -> Result<(Arc<Group>, bool), AppendError> {
        if payload.len() > self.options.record_bytes_max as usize {
            return Err(AppendError::TooLarge);
        }
        let crc = crc32c::crc32c(payload);
        let mut pending = locked(&self.pending);
        match pending.health {
            Health::Ok => {}
            Health::Full => return Err(AppendError::Full),
            Health::Failed => return Err(AppendError::Failed),
            Health::Closed => return Err(AppendError::Closed),
        }
        let filling = &mut pending.filling;
        let waiting = filling.frames.len() + frame::frame_len(payload.len());
        if waiting > self.options.pending_bytes_max {
            return Err(AppendError::Full);
        }
        frame::push(&mut filling.frames, payload, crc);
        filling.records += 1;
        let records = filling.records;
        if filling.groups.len() <= hub.id {
            filling.groups.resize(hub.id + 1, None);
        }
        let group = filling.groups[hub.id].get_or_insert_with(|| Group::new(hub.clone())).clone();
        // Exactly once a batch: more records come while the journal thread gets up.
        let wake = records == pending.wake_at;
        Ok((group, wake))
    }

    pub fn wake_writer(&self) {
        self.work.notify_one();
    }

    // The journal thread's side.

    /// Swaps `batch`, which is finished, for what is pending. Waits for a first record, and before
    /// that until `gather` for a batch worth its sync: half of those who now keep the disk busy (who
    /// came during the last write, and its `batch_records`, who have just been answered). While one
    /// half is written the other is served: neither the disk nor the processor waits for the other.
    /// `false`: closed and empty.
    pub fn next_batch(&self, batch: &mut Filling, batch_records: u64, gather: Duration) -> bool {
        let until = Instant::now() + gather;
        let mut pending = locked(&self.pending);
        let expected = (pending.filling.records + batch_records).div_ceil(2);
        while pending.filling.records < expected && pending.health != Health::Closed {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            pending.wake_at = expected;
            let woken = self.work.wait_timeout(pending, left);
            pending = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
        while pending.filling.records == 0 {
            if pending.health == Health::Closed {
                return false;
            }
            pending.wake_at = 1;
            pending = self.work.wait(pending).unwrap_or_else(PoisonError::into_inner);
        }
        pending.wake_at = 0;
        std::mem::swap(&mut pending.filling, batch);
        true
    }

    /// Turns away all who wait and all who come, until `reopen`. A journal that is closing stays so.
    pub fn refuse(&self, batch: &mut Filling, health: Health, error: AppendError) {
        let mut pending = locked(&self.pending);
        if pending.health != Health::Closed || health == Health::Failed {
            pending.health = health;
        }
        let mut waiting = std::mem::take(&mut pending.filling);
        drop(pending);
        batch.finish(Err(error));
        waiting.finish(Err(error));
    }

    /// Lets appends in again after a full disk.
    pub fn reopen(&self) {
        let mut pending = locked(&self.pending);
        if pending.health == Health::Full {
            pending.health = Health::Ok;
        }
    }

    pub fn add_segment(&self, number: u32, mark: u32) {
        locked(&self.live).segments.push_back(Segment { number, mark, end: None });
    }

    pub fn seal_segment(&self, number: u32, end: u32) {
        let mut live = locked(&self.live);
        if let Some(segment) = live.segments.iter_mut().find(|segment| segment.number == number) {
            segment.end = Some(end);
        }
        drop(live);
        self.grown.notify_one();
    }

    pub fn publish(&self, synced: &Synced) {
        let mut live = locked(&self.live);
        live.durable = synced.end;
        live.counts.records += synced.records;
        live.counts.bytes += synced.bytes;
        live.counts.syncs += 1;
        live.counts.sync_micros += synced.micros;
        live.counts.last_batch_records = synced.records;
        live.counts.last_sync_micros = synced.micros;
        drop(live);
        self.grown.notify_one();
    }

    /// Nothing will be written any more, for the reason given. The first ending stays.
    pub fn end(&self, ending: Ending) {
        let mut live = locked(&self.live);
        // After a failure the last segment was not sealed: only what was published may be read.
        if let Some(last) = live.segments.back().copied() {
            let end = live.reach(&last);
            live.segments.back_mut().into_iter().for_each(|last| last.end = Some(end));
        }
        live.ended = true;
        drop(live);
        self.ending.send_if_modified(|now| {
            let first = matches!(now, Ending::NotYet);
            if first {
                *now = ending;
            }
            first
        });
        for hub in &locked(&self.pending).hubs {
            hub.end();
        }
        self.grown.notify_one();
    }

    // The owner's side.

    pub fn begin_close(&self) {
        let mut pending = locked(&self.pending);
        if pending.health != Health::Failed {
            pending.health = Health::Closed;
        }
        drop(pending);
        self.work.notify_one();
    }

    pub async fn ended(&self) {
        let mut ending = self.ending.subscribe();
        // Cannot fail: `self` holds the sender.
        let _ = ending.wait_for(|now| !matches!(now, Ending::NotYet)).await;
    }

    pub async fn failed(&self) -> String {
        self.ended().await;
        if let Ending::Failed(text) = &*self.ending.borrow() {
            return text.to_string();
        }
        std::future::pending().await
    }

    pub fn has_ended(&self) -> bool {
        !matches!(*self.ending.borrow(), Ending::NotYet)
    }

    pub fn durable(&self) -> Position {
        locked(&self.live).durable
    }

    pub fn status(&self) -> Status {
        let pending = locked(&self.pending);
        let (health, pending_bytes) = (pending.health, pending.filling.frames.len());
        drop(pending);
        let live = locked(&self.live);
        let (committed, counts) = (live.committed, live.counts);
        let undrained = |segment: &Segment| {
            let here = committed.segment() == segment.number;
            let from = if here { committed.offset() } else { HEADER_BYTES };
            u64::from(live.reach(segment).saturating_sub(from))
        };
        Status {
            health,
            segments_live: live.segments.len(),
            undrained_bytes: live.segments.iter().map(undrained).sum(),
            pending_bytes,
            records_total: counts.records,
            bytes_total: counts.bytes,
            syncs_total: counts.syncs,
            sync_micros_total: counts.sync_micros,
            last_batch_records: counts.last_batch_records,
            last_sync_micros: counts.last_sync_micros,
            quarantined_total: counts.quarantined,
        }
    }

    // The drain's side.

    /// The first segment after `number`, or whether there will be none.
    pub fn segment_after(&self, number: u32) -> Result<Segment, bool> {
        let live = locked(&self.live);
        let next = live.segments.iter().find(|segment| segment.number > number);
        next.copied().ok_or(live.ended)
    }

    /// How far segment `number` may be read, and whether that is its end.
    pub fn readable(&self, number: u32) -> (u32, bool) {
        let live = locked(&self.live);
        match live.segments.iter().find(|segment| segment.number == number) {
            Some(segment) => (live.reach(segment), segment.end.is_some()),
            None => (HEADER_BYTES, true),
        }
    }

    pub fn set_committed(&self, committed: Position) {
        locked(&self.live).committed = committed;
    }

    pub fn forget_segment(&self, number: u32) {
        locked(&self.live).segments.retain(|segment| segment.number != number);
    }

    pub fn count_quarantined(&self, n: u64) {
        locked(&self.live).counts.quarantined += n;
    }
}
