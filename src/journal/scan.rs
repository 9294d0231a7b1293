//! Walks the frames of one segment, and finds the next one after a bad stretch.

use std::io;
use std::ops::Range;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};

use super::disk::DiskFile;
use super::frame::{ALIGN, FRAME_BYTES, Frame, HEADER_BYTES};

/// Bytes read at once: large enough to be cheap, small beside the idle memory budget.
const CHUNK_BYTES: u32 = 1024 * 1024;
/// An unreadable chunk is tried again in pieces of this size: a disk's physical sector.
const PIECE_BYTES: usize = 4096;

/// What lies at a place of a segment.
pub(super) enum Item {
    /// A sound record; `end` is the file offset after it.
    Record {
        payload: Bytes,
        batch_start: u32,
        end: u32,
    },
    /// A stretch that recovery has marked as to be skipped.
    Filler,
    Gap(Gap),
}

/// A stretch without a sound frame.
#[derive(Debug, Clone)]
pub(super) struct Gap {
    /// File offsets.
    pub range: Range<u32>,
    /// The end of the last word that is not zero; `range.start` when all are zero.
    pub dirty_end: u32,
    /// A part of it could not be read.
    pub unreadable: bool,
}

impl Gap {
    pub fn is_blank(&self) -> bool {
        self.dirty_end == self.range.start
    }
}

pub(super) struct Scanner {
    file: Arc<dyn DiskFile>,
    mark: u32,
    at: u32,
    limit: u32,
    chunk: Bytes,
    chunk_at: u32,
    /// The end of the unreadable pieces seen so far.
    unreadable_end: u32,
}

impl Scanner {
    /// Scans from the header up to file offset `limit`.
    pub fn new(file: Arc<dyn DiskFile>, mark: u32, limit: u32) -> Self {
        let at = HEADER_BYTES;
        Self { file, mark, at, limit, chunk: Bytes::new(), chunk_at: at, unreadable_end: 0 }
    }

    /// Lets the scan go on up to `limit`, which never shrinks.
    pub fn extend(&mut self, limit: u32) {
        self.limit = self.limit.max(limit);
    }

    /// The next item, or `None` at the limit.
    pub fn next(&mut self) -> Option<Item> {
        if self.at >= self.limit {
            return None;
        }
        if let Some((frame, payload)) = self.frame() {
            let end = self.at + FRAME_BYTES + frame.length;
            self.at = end.next_multiple_of(ALIGN).min(self.limit);
            return Some(match frame.filler {
                true => Item::Filler,
                false => Item::Record { payload, batch_start: frame.batch_start, end: self.at },
            });
        }
        Some(Item::Gap(self.gap()))
    }

    fn gap(&mut self) -> Gap {
        let start = self.at;
        let mut dirty_end = start;
        loop {
            let at = self.at;
            let word = self.peek(ALIGN);
            if word.iter().any(|byte| *byte != 0) {
                dirty_end = at + word.len() as u32;
            }
            self.at = self.at.saturating_add(ALIGN).min(self.limit);
            if self.at >= self.limit || self.frame().is_some() {
                let unreadable = self.unreadable_end > start;
                return Gap { range: start..self.at, dirty_end, unreadable };
            }
        }
    }

    /// The sound frame at the current offset. A filler's payload is left empty.
    fn frame(&mut self) -> Option<(Frame, Bytes)> {
        let (mark, at, limit) = (self.mark, self.at, self.limit);
        let frame = Frame::decode(self.peek(FRAME_BYTES), mark, at, limit)?;
        if frame.filler {
            return frame.holds(&[]).then_some((frame, Bytes::new()));
        }
        let whole = FRAME_BYTES + frame.length;
        if !frame.holds(&self.peek(whole)[FRAME_BYTES as usize..]) {
            return None;
        }
        let from = (at - self.chunk_at) as usize;
        let payload = self.chunk.slice(from + FRAME_BYTES as usize..from + whole as usize);
        Some((frame, payload))
    }

    /// The `len` bytes at the current offset, or fewer before the limit.
    fn peek(&mut self, len: u32) -> &[u8] {
        let len = len.min(self.limit - self.at);
        let held = self.chunk_at + self.chunk.len() as u32;
        if self.at < self.chunk_at || self.at + len > held {
            let want = len.max(CHUNK_BYTES).min(self.limit - self.at);
            self.chunk = self.read(want as usize);
            self.chunk_at = self.at;
        }
        let from = (self.at - self.chunk_at) as usize;
        &self.chunk[from..from + len as usize]
    }

    /// Reads `want` bytes; what lies behind the end of the file is zero, what the disk refuses is
    /// not, so that it is taken for damage.
    fn read(&mut self, want: usize) -> Bytes {
        let mut chunk = BytesMut::zeroed(want);
        if fill(&*self.file, &mut chunk, u64::from(self.at)).is_ok() {
            return chunk.freeze();
        }
        let mut at = self.at;
        for piece in chunk.chunks_mut(PIECE_BYTES) {
            let end = at + piece.len() as u32;
            if let Err(error) = fill(&*self.file, piece, u64::from(at)) {
                tracing::error!(offset = at, %error, "a piece of a journal segment cannot be read");
                piece.fill(u8::MAX);
                self.unreadable_end = end;
            }
            at = end;
        }
        chunk.freeze()
    }
}

/// Reads until `buf` is full or the file ends; the rest of `buf` stays as it was.
pub(super) fn fill(file: &dyn DiskFile, buf: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut done = 0;
    while done < buf.len() {
        match file.read_at(&mut buf[done..], offset + done as u64) {
            Ok(0) => break,
            Ok(n) => done += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(done)
}
