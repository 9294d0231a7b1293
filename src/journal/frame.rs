//! The bytes on disk: segment header and record frame. All integers are little-endian.
//!
//! ```text
//! header, 64 bytes   "KUDOSJ01" | number u32 | mark u32 | zeros | crc u32 over the 60 bytes before
//! frame, at 8n       mark u32 | length u32 | crc u32 | batch_start u32 | payload | zeros to 8n
//! ```
//! The crc of a frame is CRC32C over payload, length, batch_start: in this order, so that the
//! payload's part can be computed before anybody knows where the frame will lie.
//! A length with the top bit set makes a *filler*: its crc leaves the payload out, readers skip it.

use std::ops::Range;

/// Bytes of a segment's header; the first frame begins here.
pub(super) const HEADER_BYTES: u32 = 64;
/// Bytes of a frame before its payload.
pub(super) const FRAME_BYTES: u32 = 16;
/// Frames begin at multiples of this, so a search for the next one looks at few places.
pub(super) const ALIGN: u32 = 8;

const MAGIC: [u8; 8] = *b"KUDOSJ01";
const FILLER: u32 = 1 << 31;
const CRC_AT: usize = 60;

/// What a segment's header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    /// The number of the segment, also in its file name.
    pub number: u32,
    /// Random, begins every frame: bytes inside a payload cannot pass for a frame.
    pub mark: u32,
}

impl Header {
    pub fn encode(self) -> [u8; HEADER_BYTES as usize] {
        let mut bytes = [0; HEADER_BYTES as usize];
        bytes[..8].copy_from_slice(&MAGIC);
        bytes[8..12].copy_from_slice(&self.number.to_le_bytes());
        bytes[12..16].copy_from_slice(&self.mark.to_le_bytes());
        let crc = crc32c::crc32c(&bytes[..CRC_AT]);
        bytes[CRC_AT..].copy_from_slice(&crc.to_le_bytes());
        bytes
    }

    /// `None` when the bytes are no header, or a damaged one.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let sound = bytes.len() == HEADER_BYTES as usize
            && bytes.starts_with(&MAGIC)
            && u32_at(bytes, CRC_AT)? == crc32c::crc32c(&bytes[..CRC_AT]);
        if !sound {
            return None;
        }
        Some(Self { number: u32_at(bytes, 8)?, mark: u32_at(bytes, 12)? })
    }
}

/// A frame whose header has been read and found plausible; the crc is not checked yet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    pub filler: bool,
    /// Payload bytes.
    pub length: u32,
    /// File offset at which the write batch of this frame began.
    pub batch_start: u32,
    crc: u32,
}

impl Frame {
    /// Reads the 16 bytes at file offset `at`; `None` when no frame can begin with them.
    pub fn decode(bytes: &[u8], mark: u32, at: u32, limit: u32) -> Option<Self> {
        if u32_at(bytes, 0)? != mark {
            return None;
        }
        let word = u32_at(bytes, 4)?;
        let (filler, length) = (word & FILLER != 0, word & !FILLER);
        let frame = Self { filler, length, crc: u32_at(bytes, 8)?, batch_start: u32_at(bytes, 12)? };
        let fits = length <= limit.checked_sub(at)?.checked_sub(FRAME_BYTES)?;
        let sane = (HEADER_BYTES..=at).contains(&frame.batch_start);
        (fits && sane).then_some(frame)
    }

    /// Whether the crc fits the payload (which a filler ignores).
    pub fn holds(&self, payload: &[u8]) -> bool {
        let word = if self.filler { self.length | FILLER } else { self.length };
        let of_payload = if self.filler { 0 } else { crc32c::crc32c(payload) };
        self.crc == seal(of_payload, word, self.batch_start)
    }
}

/// Bytes a record of `payload` bytes takes in a segment.
pub(super) fn frame_len(payload: usize) -> usize {
    (FRAME_BYTES as usize + payload).next_multiple_of(ALIGN as usize)
}

/// Appends a frame without mark and batch_start: `stamp` completes it once its place is known.
pub(super) fn push(buffer: &mut Vec<u8>, payload: &[u8], payload_crc: u32) {
    let end = buffer.len() + frame_len(payload.len());
    buffer.extend_from_slice(&[0; 4]);
    buffer.extend_from_slice(&(payload.len() as u32).to_le_bytes());
    buffer.extend_from_slice(&payload_crc.to_le_bytes());
    buffer.extend_from_slice(&[0; 4]);
    buffer.extend_from_slice(payload);
    buffer.resize(end, 0);
}

/// Completes the leading frames of `frames` that fit into `room` bytes as one batch at file offset
/// `at`; returns their bytes and their number.
pub(super) fn stamp(frames: &mut [u8], mark: u32, at: u32, room: u32) -> (usize, u64) {
    let (mut done, mut records) = (0, 0);
    while let Some(length) = u32_at(frames, done + 4) {
        let end = done + frame_len(length as usize);
        if end > room as usize {
            break;
        }
        let crc = u32_at(frames, done + 8).unwrap_or(0);
        frames[done..done + 4].copy_from_slice(&mark.to_le_bytes());
        frames[done + 8..done + 12].copy_from_slice(&seal(crc, length, at).to_le_bytes());
        frames[done + 12..done + 16].copy_from_slice(&at.to_le_bytes());
        done = end;
        records += 1;
    }
    (done, records)
}

/// A frame that makes readers skip `range` (file offsets); `None` when it is too short for one.
pub(super) fn filler(range: &Range<u32>, mark: u32) -> Option<[u8; FRAME_BYTES as usize]> {
    let word = (range.end - range.start).checked_sub(FRAME_BYTES)? | FILLER;
    let mut bytes = [0; FRAME_BYTES as usize];
    bytes[..4].copy_from_slice(&mark.to_le_bytes());
    bytes[4..8].copy_from_slice(&word.to_le_bytes());
    // The smallest batch_start says nothing about what was synced.
    bytes[8..12].copy_from_slice(&seal(0, word, HEADER_BYTES).to_le_bytes());
    bytes[12..].copy_from_slice(&HEADER_BYTES.to_le_bytes());
    Some(bytes)
}

fn seal(payload_crc: u32, length: u32, batch_start: u32) -> u32 {
    let mut rest = [0; 8];
    rest[..4].copy_from_slice(&length.to_le_bytes());
    rest[4..].copy_from_slice(&batch_start.to_le_bytes());
    crc32c::crc32c_append(payload_crc, &rest)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}
