//! The journal thread: swap, write, sync, publish, wake.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::disk::DiskFile;
use super::frame::{self, HEADER_BYTES};
use super::shared::{Ending, Filling, Place, Shared, Synced};
use super::spare::{NoRoom, Spares, is_full};
use super::{AppendError, Health, Options, Position};

/// The longest that a batch is waited for after the one before it, whatever the disk does.
const GATHER_MAX: Duration = Duration::from_millis(1);

pub(super) struct Writer {
    place: Arc<Place>,
    shared: Arc<Shared>,
    spares: Arc<Spares>,
    options: Options,
    active: Option<Active>,
    /// The batch in hand.
    batch: Filling,
}

/// The segment being written.
struct Active {
    number: u32,
    mark: u32,
    file: Arc<dyn DiskFile>,
    /// File offset of the next batch.
    at: u32,
}

impl Writer {
    pub fn new(place: Arc<Place>, shared: Arc<Shared>, spares: Arc<Spares>, options: Options) -> Self {
        Self { place, shared, spares, options, active: None, batch: Filling::default() }
    }

    pub fn run(mut self) {
        let (mut records, mut gather) = (0, Duration::ZERO);
        while self.shared.next_batch(&mut self.batch, records, gather) {
            let begun = Instant::now();
            records = self.batch.records;
            match self.write_batch() {
                Ok(()) => self.batch.finish(Ok(())),
                Err(NoRoom::Full { pause }) => {
                    tracing::error!(dir = %self.place.dir.display(), "the journal's disk is full");
                    self.shared.refuse(&mut self.batch, Health::Full, AppendError::Full);
                    self.spares.wait_for_room(pause);
                    self.shared.reopen();
                }
                Err(NoRoom::Failed(text)) => return self.fail(&text),
            }
            gather = begun.elapsed().min(GATHER_MAX);
        }
        self.seal();
        self.shared.end(Ending::Closed);
    }

    /// Writes and syncs the batch, over as many segments as it takes.
    fn write_batch(&mut self) -> Result<(), NoRoom> {
        let mut frames = std::mem::take(&mut self.batch.frames);
        let mut done = 0;
        let mut result = Ok(());
        while done < frames.len() && result.is_ok() {
            result = self.write_some(&mut frames[done..]).map(|written| done += written);
        }
        self.batch.frames = frames;
        result
    }

    /// Writes what fits into the active segment, or rolls; returns the bytes written.
    fn write_some(&mut self, frames: &mut [u8]) -> Result<usize, NoRoom> {
        let Some(active) = &mut self.active else {
            return self.roll().map(|()| 0);
        };
        let room = self.options.segment_bytes.saturating_sub(active.at);
        let (len, records) = frame::stamp(frames, active.mark, active.at, room);
        if len == 0 {
            return self.roll().map(|()| 0);
        }
        let begun = Instant::now();
        if let Err(error) = active.file.write_at(&frames[..len], u64::from(active.at)) {
            return Err(self.give_up_segment(&error));
        }
        active.file.sync().map_err(|error| failed("sync a segment", &error))?;
        active.at += len as u32;
        let end = Position::new(active.number, active.at);
        let micros = begun.elapsed().as_micros() as u64;
        self.shared.publish(&Synced { end, records, bytes: len as u64, micros });
        Ok(len)
    }

    fn roll(&mut self) -> Result<(), NoRoom> {
        let spare = self.spares.take()?;
        self.seal();
        self.shared.add_segment(spare.number, spare.mark);
        let (number, mark, file) = (spare.number, spare.mark, spare.file);
        self.active = Some(Active { number, mark, file, at: HEADER_BYTES });
        Ok(())
    }

    fn seal(&mut self) {
        if let Some(active) = self.active.take() {
            self.shared.seal_segment(active.number, active.at);
        }
    }

    /// After a failed write: cuts what it may have left, so that it is never taken for damage to
    /// acknowledged records, and leaves the segment.
    fn give_up_segment(&mut self, error: &io::Error) -> NoRoom {
        if !is_full(error) {
            return failed("write to a segment", error);
        }
        if let Some(active) = &self.active {
            match active.file.set_len(u64::from(active.at)) {
                Err(error) if is_full(&error) => {} // A false alarm later is better than to fail now.
                Err(error) => return failed("cut a segment", &error),
                Ok(()) => {
                    if let Err(error) = active.file.sync() {
                        return failed("sync a segment", &error);
                    }
                }
            }
        }
        self.seal();
        NoRoom::Full { pause: self.options.full_retry }
    }

    fn fail(&mut self, text: &str) {
        tracing::error!(error = text, "the journal has failed");
        self.shared.refuse(&mut self.batch, Health::Failed, AppendError::Failed);
        self.shared.end(Ending::Failed(text.into()));
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if !self.shared.has_ended() {
            self.fail("the journal thread has panicked");
        }
        self.spares.stop();
    }
}

fn failed(doing: &str, error: &io::Error) -> NoRoom {
    NoRoom::Failed(format!("cannot {doing}: {error}").into())
}
