//! The journal: what it has taken is on disk. See the end of this header for the format.
//!
//! **Contract.** `Lane::append` resolves with `Ok` only after an fdatasync that covers the record
//! has succeeded. Such a record is handed to the one `Drain` at least once, in the order of its
//! segment, in this run or in a later one, until `Drain::committed` has confirmed it. An error from
//! `append` means "not promised", never "certainly not there". Payloads are bytes; the journal does
//! not look inside.
//!
//! **One way.** Appenders frame their records into one shared buffer and wait. The journal thread
//! swaps that buffer for an empty one, writes it with one write and one fdatasync, publishes the new
//! end, and wakes each lane (one runtime thread) once; the lane's driver wakes the waiters there. It
//! then waits, for at most as long as the write took, until half of those who keep the disk busy are
//! there: while one half is written the other is served. A second thread preallocates
//! the next segment ahead of need, so a roll is a pointer swap. The drain reads the files, never the
//! memory.
//!
//! **Invariants.**
//! - A segment's directory entry is durable before its first record is acknowledged.
//! - A batch is written only after the one before it has been synced, in any segment.
//! - Bytes after a failed write belong to no later batch: the segment is cut there and left.
//! - A failed sync is never retried: the journal is `Failed` for good, and so is every waiter.
//! - A file found at start is never appended to. New segments have greater numbers.
//! - A segment file is deleted only when all its records were delivered and committed. There is no
//!   ledger of offsets: what is not deleted is delivered again after a restart.
//! - No bytes in the directory make `open` or the drain panic or loop.
//!
//! **On disk.** `0000000000000007.seg` is a segment, `.tmp` one being preallocated (never holds a
//! record), `lock` keeps a second process out, `quarantine/` keeps what could not be understood:
//! whole files, or `{segment}-{offset, hex}.bad` for a stretch of one. A segment is a 64-byte header
//! and frames, each aligned to 8 bytes, then zeros; `frame.rs` has the layout. Every frame carries
//! `batch_start`, the offset at which the write of its batch began.
//!
//! **Recovery.** Let S be the greatest `batch_start` of a sound frame in the last segment that holds
//! anything. All before S had been synced when S was written, so a bad stretch before S, or anywhere
//! in an earlier segment, is damage to acknowledged data: it is copied to `quarantine/`, reported and
//! counted when the drain comes to it, and reading goes on with the next sound frame. A bad stretch
//! from S on is a write that the crash tore, which nobody was answered for: at the end it is cut off,
//! in the middle (sectors reach the disk in any order) it is marked to be skipped, and the sound
//! frames of that batch are kept. The one thing this cannot tell is damage to the very last batch,
//! which looks like a torn one.

mod disk;
mod drain;
mod frame;
mod lane;
mod quarantine;
mod recover;
mod scan;
mod shared;
mod spare;
mod status;
mod writer;

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

pub use disk::{Disk, DiskFile, LockGuard, RealDisk};
pub use drain::{Batch, Drain};
pub use lane::{Appending, Lane, LaneDriver};
pub use status::{Health, Position, Status};

use shared::{Shared, locked};

/// How a journal is laid out and bounded.
#[derive(Debug, Clone)]
pub struct Options {
    /// Bytes of a segment file, preallocated. Default 32 MiB: about a second of records at the
    /// highest rate we measured, so little is replayed, and a roll is rare.
    pub segment_bytes: u32,
    /// The longest payload in bytes. Default 256 KiB: twice the largest request the edge reads.
    pub record_bytes_max: u32,
    /// Bytes of framed records that may wait for the disk; beyond them `append` answers `Full` at
    /// once. Default 64 MiB: a disk that stalls for seconds, not a busy one.
    pub pending_bytes_max: usize,
    /// How often a full disk is tried again. Default 1 s.
    pub full_retry: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            segment_bytes: 32 * 1024 * 1024,
            record_bytes_max: 256 * 1024,
            pending_bytes_max: 64 * 1024 * 1024,
            full_retry: Duration::from_secs(1),
        }
    }
}

/// Why a record is not promised to be on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// No room: on the disk, or among the records that wait for it. Try again later.
    #[error("the journal has no room")]
    Full,
    /// The disk failed; the process has to restart.
    #[error("the journal's disk failed")]
    Failed,
    /// `Journal::close` was called.
    #[error("the journal is closed")]
    Closed,
    /// The payload is longer than `Options::record_bytes_max`.
    #[error("the record is too large for the journal")]
    TooLarge,
}

/// Why a journal could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process, or another journal of this one, has the directory.
    #[error("the journal in {0} is in use by another process")]
    Locked(String),
    /// The options contradict each other.
    #[error("journal options: {0}")]
    Options(&'static str),
    /// The disk refused.
    #[error("journal: cannot {doing}")]
    Io {
        /// What was tried, with the path.
        doing: String,
        /// What the system said.
        source: io::Error,
    },
}

/// Keeps every other process out of the journal in `dir`, which exists, until the guard is dropped.
///
/// # Errors
/// `Locked` when another has it; `Io` when the disk refuses.
pub fn lock(disk: &dyn Disk, dir: &Path) -> Result<LockGuard, OpenError> {
    recover::lock(disk, dir)
}

/// Whether the journal in `dir` holds anything that a start would hand to the drain, or would have to judge. For who holds
/// its lock; changes nothing.
///
/// # Errors
/// Whatever the disk says.
pub fn holds_records(disk: &dyn Disk, dir: &Path) -> io::Result<bool> {
    recover::holds_records(disk, dir)
}

/// Opens the journal in `dir` (created if absent), mends what a crash tore, and starts its threads.
/// A full disk is no error: the journal starts `Full` as soon as it needs room.
///
/// # Errors
/// `Locked` when the directory is in use; `Options` when a record would not fit into a segment or
/// segments exceed 1 GiB; `Io` when the disk cannot be read, locked or synced.
pub fn open(disk: Arc<dyn Disk>, dir: &Path, options: Options) -> Result<(Journal, Drain), OpenError> {
    check(&options)?;
    let found = recover::recover(&*disk, dir)?;
    let place = Arc::new(shared::Place { disk, dir: dir.to_owned(), _lock: found.lock });
    let shared = Arc::new(Shared::new(options.clone(), found.segments));
    shared.count_quarantined(found.quarantined);
    let spares = Arc::new(spare::Spares::new());
    let drain = Drain::new(place.clone(), shared.clone(), spares.clone());
    let threads = start(&place, &shared, &spares, options, found.next_number)
        .map_err(|source| OpenError::Io { doing: "start its threads".into(), source })?;
    let threads = Mutex::new(threads);
    Ok((Journal(Arc::new(Owner { shared, spares, threads })), drain))
}

fn check(options: &Options) -> Result<(), OpenError> {
    let longest = frame::frame_len(options.record_bytes_max as usize);
    if options.segment_bytes > 1024 * 1024 * 1024 {
        return Err(OpenError::Options("a segment must not exceed 1 GiB"));
    }
    if longest + frame::HEADER_BYTES as usize > options.segment_bytes as usize {
        return Err(OpenError::Options("the longest record must fit into a segment"));
    }
    if longest > options.pending_bytes_max {
        return Err(OpenError::Options("the longest record must fit into the pending bytes"));
    }
    Ok(())
}

fn start(
    place: &Arc<shared::Place>, shared: &Arc<Shared>, spares: &Arc<spare::Spares>, options: Options, first_number: u32,
) -> io::Result<Vec<JoinHandle<()>>> {
    let maker = spare::Maker::new(place.clone(), spares.clone(), &options, first_number);
    let writer = writer::Writer::new(place.clone(), shared.clone(), spares.clone(), options);
    let spawn = |name: &str, run: Box<dyn FnOnce() + Send>| thread::Builder::new().name(name.to_owned()).spawn(run);
    let maker = spawn("journal-spare", Box::new(|| maker.run()))?;
    // Should this spawn fail, dropping the writer stops the maker.
    Ok(vec![spawn("journal", Box::new(|| writer.run()))?, maker])
}

/// A handle to the journal. When the last clone is dropped the journal closes as by `close`,
/// without waiting for the drain.
#[derive(Clone)]
pub struct Journal(Arc<Owner>);

struct Owner {
    shared: Arc<Shared>,
    spares: Arc<spare::Spares>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Journal {
    /// A way in for one runtime thread, and the future that wakes its waiters: spawn it on that
    /// thread's runtime. While the driver is not polled the lane still works, at the price of a
    /// cross-thread wake a record. Call it once per thread: lanes are not reclaimed.
    pub fn lane(&self) -> (Lane, LaneDriver) {
        lane::new(self.0.shared.clone())
    }

    /// All acknowledged records lie at or before this position. It only grows.
    pub fn durable(&self) -> Position {
        self.0.shared.durable()
    }

    /// A snapshot for readiness checks and metrics; cheap.
    pub fn status(&self) -> Status {
        self.0.shared.status()
    }

    /// Resolves with what the system said when the disk failed, after which only a restart helps;
    /// otherwise never.
    pub async fn failed(&self) -> String {
        self.0.shared.failed().await
    }

    /// Refuses new appends, writes those that were accepted, seals the last segment and joins the
    /// journal's threads. It does not wait for the drain, whose `next` will say `None` when it has
    /// delivered everything. May be called more than once.
    pub async fn close(&self) {
        self.0.shared.begin_close();
        self.0.spares.interrupt();
        self.0.shared.ended().await;
        self.0.join();
    }
}

impl Owner {
    fn join(&self) {
        for thread in locked(&self.threads).drain(..) {
            // A panic there has been turned into `Failed` by the thread's own guard.
            let _ = thread.join();
        }
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.shared.begin_close();
        self.spares.interrupt();
        self.join();
    }
}
