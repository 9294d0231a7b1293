//! The next segment, preallocated ahead of need by a thread of its own.
//!
//! Zeros are really written: overwriting allocated blocks lets an fdatasync leave the file system's
//! own journal alone, which makes it about twice as fast as one that appends.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::Options;
use super::disk::DiskFile;
use super::frame::Header;
use super::shared::{Place, locked};

/// Zeros written and synced at once: a larger piece would make the hot path's fdatasync wait for it.
const PIECE_BYTES: usize = 128 * 1024;

/// A segment that is ready to be written to: zeros, durable, and so is its name.
pub(super) struct Spare {
    pub number: u32,
    pub mark: u32,
    pub file: Arc<dyn DiskFile>,
}

/// Why there is no room to write to.
pub(super) enum NoRoom {
    /// The disk is full; to be tried again after `pause`, and when there is a spare.
    Full {
        pause: Duration,
    },
    Failed(Arc<str>),
}

/// Where the maker leaves the next segment and the writer takes it.
pub(super) struct Spares {
    slot: Mutex<Slot>,
    changed: Condvar,
}

struct Slot {
    stock: Stock,
    /// Counts deletions of segments: each is a reason to try a full disk again.
    freed: u64,
    closing: bool,
    stop: bool,
}

enum Stock {
    Making,
    Ready(Spare),
    Full,
    Failed(Arc<str>),
}

/// Whether `error` means that there is no room, on the disk or in the table of open files: the kind of failure that may pass.
pub(super) fn is_full(error: &io::Error) -> bool {
    use rustix::io::Errno;
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
        || matches!(Errno::from_io_error(error), Some(Errno::MFILE | Errno::NFILE))
}

impl Spares {
    pub fn new() -> Self {
        let slot = Slot { stock: Stock::Making, freed: 0, closing: false, stop: false };
        Self { slot: Mutex::new(slot), changed: Condvar::new() }
    }

    /// The next segment; waits while it is being made.
    pub fn take(&self) -> Result<Spare, NoRoom> {
        let mut slot = locked(&self.slot);
        loop {
            match std::mem::replace(&mut slot.stock, Stock::Making) {
                Stock::Ready(spare) => {
                    self.changed.notify_all();
                    return Ok(spare);
                }
                Stock::Full => {
                    slot.stock = Stock::Full;
                    return Err(NoRoom::Full { pause: Duration::ZERO });
                }
                Stock::Failed(text) => {
                    slot.stock = Stock::Failed(text.clone());
                    return Err(NoRoom::Failed(text));
                }
                Stock::Making => {}
            }
            slot = wait(&self.changed, slot);
        }
    }

    /// Waits until there is a spare again, and either `pause` has passed or a segment was deleted.
    /// Returns early when the journal closes or the maker failed.
    pub fn wait_for_room(&self, pause: Duration) {
        let until = Instant::now() + pause;
        let mut slot = locked(&self.slot);
        let freed = slot.freed;
        while !slot.closing {
            let left = until.saturating_duration_since(Instant::now());
            let rested = left.is_zero() || slot.freed != freed;
            match slot.stock {
                Stock::Failed(_) => return,
                Stock::Ready(_) if rested => return,
                Stock::Ready(_) => slot = wait_timeout(&self.changed, slot, left),
                _ => slot = wait(&self.changed, slot),
            }
        }
    }

    /// A segment was deleted.
    pub fn freed(&self) {
        locked(&self.slot).freed += 1;
        self.changed.notify_all();
    }

    /// Ends `wait_for_room`, now and later.
    pub fn interrupt(&self) {
        locked(&self.slot).closing = true;
        self.changed.notify_all();
    }

    /// Ends the maker.
    pub fn stop(&self) {
        locked(&self.slot).stop = true;
        self.changed.notify_all();
    }

    fn stopped(&self) -> bool {
        locked(&self.slot).stop
    }

    fn put(&self, stock: Stock) {
        locked(&self.slot).stock = stock;
        self.changed.notify_all();
    }
}

/// The thread that makes spares.
pub(super) struct Maker {
    place: Arc<Place>,
    spares: Arc<Spares>,
    segment_bytes: u32,
    retry: Duration,
    next_number: u32,
}

impl Maker {
    pub fn new(place: Arc<Place>, spares: Arc<Spares>, options: &Options, next_number: u32) -> Self {
        let (segment_bytes, retry) = (options.segment_bytes, options.full_retry);
        Self { place, spares, segment_bytes, retry, next_number }
    }

    pub fn run(mut self) {
        while self.wanted() {
            let freed = locked(&self.spares.slot).freed;
            match self.make() {
                Ok(spare) => {
                    self.next_number += 1;
                    self.spares.put(Stock::Ready(spare));
                }
                Err(error) if is_full(&error) => {
                    tracing::warn!(%error, "no room on the disk for the journal's next segment");
                    self.spares.put(Stock::Full);
                    self.pause(freed);
                }
                Err(_) if self.spares.stopped() => break,
                Err(error) => {
                    let text = format!("cannot make the journal's next segment: {error}");
                    self.spares.put(Stock::Failed(text.into()));
                    return;
                }
            }
        }
        self.discard();
    }

    /// Waits until a spare is wanted; `false` when none ever will be.
    fn wanted(&self) -> bool {
        let mut slot = locked(&self.spares.slot);
        while !slot.stop && matches!(slot.stock, Stock::Ready(_)) {
            slot = wait(&self.spares.changed, slot);
        }
        !slot.stop
    }

    /// Waits a while, or until a segment has been deleted since `freed` was read.
    fn pause(&self, freed: u64) {
        let until = Instant::now() + self.retry;
        let mut slot = locked(&self.spares.slot);
        while !slot.stop && slot.freed == freed {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            slot = wait_timeout(&self.spares.changed, slot, left);
        }
    }

    fn make(&self) -> io::Result<Spare> {
        let number = self.next_number;
        if number == u32::MAX {
            return Err(io::Error::other("the numbers of segments are used up"));
        }
        let draft = self.draft(number);
        let written = self
            .write(number, &draft)
            .and_then(|spare| self.place.disk.rename(&draft, &self.place.segment(number)).map(|()| spare));
        if written.is_err() {
            // Give the room back; if that fails, the next attempt empties the file.
            let _ = self.place.disk.remove(&draft);
        }
        let spare = written?;
        // Not "full" whatever it says: the name may or may not be durable now.
        self.place.disk.sync_dir(&self.place.dir).map_err(|error| io::Error::other(error.to_string()))?;
        Ok(spare)
    }

    fn write(&self, number: u32, draft: &Path) -> io::Result<Spare> {
        let file = self.place.disk.create(draft)?;
        let header = Header { number, mark: random_mark()? };
        let mut piece = vec![0; PIECE_BYTES.min(self.segment_bytes as usize)];
        let mut at = 0;
        while at < self.segment_bytes as usize {
            if self.spares.stopped() {
                return Err(io::Error::from(io::ErrorKind::Interrupted));
            }
            let len = piece.len().min(self.segment_bytes as usize - at);
            if at == 0 {
                piece[..header.encode().len()].copy_from_slice(&header.encode());
            }
            file.write_at(&piece[..len], at as u64)?;
            file.sync()?;
            piece[..header.encode().len()].fill(0);
            at += len;
        }
        Ok(Spare { number, mark: header.mark, file })
    }

    /// Removes the spare that nobody took. Left behind it would do no harm: it is empty.
    fn discard(&self) {
        let stock = std::mem::replace(&mut locked(&self.spares.slot).stock, Stock::Full);
        if let Stock::Ready(spare) = stock {
            let _ = self.place.disk.remove(&self.place.segment(spare.number));
            let _ = self.place.disk.sync_dir(&self.place.dir);
        }
    }

    fn draft(&self, number: u32) -> PathBuf {
        self.place.dir.join(format!("{number:016}.tmp"))
    }
}

impl Drop for Maker {
    fn drop(&mut self) {
        let mut slot = locked(&self.spares.slot);
        if matches!(slot.stock, Stock::Making) {
            slot.stock = Stock::Failed("the thread that makes segments has ended".into());
        }
        drop(slot);
        self.spares.changed.notify_all();
    }
}

fn wait<'a>(changed: &Condvar, slot: MutexGuard<'a, Slot>) -> MutexGuard<'a, Slot> {
    changed.wait(slot).unwrap_or_else(PoisonError::into_inner)
}

fn wait_timeout<'a>(changed: &Condvar, slot: MutexGuard<'a, Slot>, timeout: Duration) -> MutexGuard<'a, Slot> {
    changed.wait_timeout(slot, timeout).unwrap_or_else(PoisonError::into_inner).0
}

fn random_mark() -> io::Result<u32> {
    // Not zero, so that zeros are never taken for the beginning of a frame.
    Ok(getrandom::u32().map_err(io::Error::other)? | 1)
}
