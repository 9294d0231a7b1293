//! Where the journal stands, for its owner and for metrics.

/// A place in the journal: segment number, then byte offset in its file. Grows with time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Position(u64);

impl Position {
    /// The place `offset` bytes into segment `segment`.
    pub fn new(segment: u32, offset: u32) -> Self {
        Self(u64::from(segment) << 32 | u64::from(offset))
    }

    /// The segment's number; the first one ever is 1.
    pub fn segment(self) -> u32 {
        (self.0 >> 32) as u32
    }

    /// Bytes from the beginning of the segment's file.
    pub fn offset(self) -> u32 {
        self.0 as u32
    }
}

/// Whether the journal can record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// It can.
    Ok,
    /// The disk is full; it is being tried again.
    Full,
    /// The disk failed, until a restart.
    Failed,
    /// Closed, or closing.
    Closed,
}

/// A snapshot of the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Whether it can record.
    pub health: Health,
    /// Segment files that hold, or may come to hold, records not yet committed.
    pub segments_live: usize,
    /// Bytes of segments from the last committed record on; in segments of an earlier run this
    /// includes what was preallocated and not used.
    pub undrained_bytes: u64,
    /// Bytes that wait for the journal thread.
    pub pending_bytes: usize,
    /// Records made durable in this run.
    pub records_total: u64,
    /// Bytes made durable in this run, frames included.
    pub bytes_total: u64,
    /// Batches synced in this run; `records_total` over it is the worth of group commit.
    pub syncs_total: u64,
    /// Microseconds spent in write and fdatasync in this run.
    pub sync_micros_total: u64,
    /// Records of the last batch.
    pub last_batch_records: u64,
    /// Microseconds that the last batch's write and fdatasync took.
    pub last_sync_micros: u64,
    /// Damaged stretches and files met in this run (those kept in `quarantine/`, and those that
    /// could not be copied there).
    pub quarantined_total: u64,
}
