//! The one consumer: reads the segments in order, and deletes those that are committed.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;

use bytes::Bytes;

use super::Position;
use super::quarantine;
use super::scan::{Gap, Item, Scanner};
use super::shared::{Place, Segment, Shared};
use super::spare::Spares;

/// Payload bytes of one batch, above which it ends whatever the number of records.
const BATCH_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Hands out records; there is one a journal. Its reads block: run it on a thread of its own.
pub struct Drain {
    place: Arc<Place>,
    shared: Arc<Shared>,
    spares: Arc<Spares>,
    reading: Option<Reading>,
    /// The number of the last segment that was begun.
    begun: u32,
    /// The end of the last record handed out.
    delivered: Position,
    committed: Position,
    /// Segments read to their end, in order.
    finished: VecDeque<Finished>,
}

/// Records in the order of their segment.
#[derive(Debug, Clone)]
pub struct Batch {
    /// Payloads; they share the memory of one read, so do not keep a few of many.
    pub records: Vec<Bytes>,
    /// The end of the last one: to be given to `Drain::committed`.
    pub end: Position,
}

struct Reading {
    segment: Segment,
    file: Arc<dyn super::DiskFile>,
    scanner: Scanner,
    /// Something in it could be kept nowhere else: not to be deleted in this run.
    keep: bool,
}

struct Finished {
    number: u32,
    /// Once all up to here is committed, so is this segment.
    after: Position,
    keep: bool,
}

enum Step {
    Batch(Batch),
    Wait,
    Dry,
}

impl Drain {
    pub(super) fn new(place: Arc<Place>, shared: Arc<Shared>, spares: Arc<Spares>) -> Self {
        Self {
            place,
            shared,
            spares,
            reading: None,
            begun: 0,
            delivered: Position::default(),
            committed: Position::default(),
            finished: VecDeque::new(),
        }
    }

    /// Waits for records and returns at least one and at most `records_max` (at least 1) of them, of
    /// about 4 MiB at most. `None` when the journal has ended, by `close` or by failure, and
    /// everything was delivered. Cancel safe.
    ///
    /// # Errors
    /// A segment cannot be opened or deleted. Calling again tries again; no record is skipped.
    pub async fn next(&mut self, records_max: usize) -> io::Result<Option<Batch>> {
        loop {
            match self.step(records_max.max(1))? {
                Step::Batch(batch) => return Ok(Some(batch)),
                Step::Dry => return Ok(None),
                Step::Wait => self.shared.grown.notified().await,
            }
        }
    }

    /// Confirms all records up to `end`, the end of a batch: they will be handed out no more in this
    /// run. Segments that are wholly confirmed are deleted.
    ///
    /// # Errors
    /// A segment cannot be deleted; it is tried again with the next call.
    pub fn committed(&mut self, end: Position) -> io::Result<()> {
        self.committed = self.committed.max(end.min(self.delivered));
        self.shared.set_committed(self.committed);
        self.sweep()
    }

    fn step(&mut self, records_max: usize) -> io::Result<Step> {
        loop {
            let Some(reading) = &mut self.reading else {
                match self.shared.segment_after(self.begun) {
                    Ok(segment) => self.begin(segment)?,
                    Err(true) => return Ok(Step::Dry),
                    Err(false) => return Ok(Step::Wait),
                }
                continue;
            };
            let (limit, sealed) = self.shared.readable(reading.segment.number);
            reading.scanner.extend(limit);
            if let Some(batch) = self.collect(records_max) {
                return Ok(Step::Batch(batch));
            }
            if !sealed {
                return Ok(Step::Wait);
            }
            self.finish();
            self.sweep()?;
        }
    }

    fn begin(&mut self, segment: Segment) -> io::Result<()> {
        let file = self.place.disk.open(&self.place.segment(segment.number))?;
        let scanner = Scanner::new(file.clone(), segment.mark, 0);
        self.begun = segment.number;
        self.reading = Some(Reading { segment, file, scanner, keep: false });
        Ok(())
    }

    fn collect(&mut self, records_max: usize) -> Option<Batch> {
        let reading = self.reading.as_mut()?;
        let mut records = Vec::new();
        let mut bytes = 0;
        while records.len() < records_max && bytes < BATCH_BYTES_MAX {
            match reading.scanner.next() {
                Some(Item::Record { payload, end, .. }) => {
                    bytes += payload.len();
                    records.push(payload);
                    self.delivered = Position::new(reading.segment.number, end);
                }
                Some(Item::Filler) => {}
                Some(Item::Gap(gap)) => reading.keep |= report(&self.place, &self.shared, reading, gap),
                None => break,
            }
        }
        (!records.is_empty()).then_some(Batch { records, end: self.delivered })
    }

    fn finish(&mut self) {
        if let Some(Reading { segment, keep, .. }) = self.reading.take() {
            self.finished.push_back(Finished { number: segment.number, after: self.delivered, keep });
        }
    }

    /// Deletes the segments that are done with.
    fn sweep(&mut self) -> io::Result<()> {
        let mut deleted = false;
        while let Some(first) = self.finished.front().filter(|first| first.after <= self.committed) {
            if !first.keep {
                match self.place.disk.remove(&self.place.segment(first.number)) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                    _ => deleted = true,
                }
            }
            self.shared.forget_segment(first.number);
            self.finished.pop_front();
        }
        if deleted {
            self.spares.freed();
            self.place.disk.sync_dir(&self.place.dir)?;
        }
        Ok(())
    }
}

/// Keeps a damaged stretch; `true` when that failed, so that the segment has to stay.
fn report(place: &Place, shared: &Shared, reading: &Reading, gap: Gap) -> bool {
    let Reading { segment, file, .. } = reading;
    let to_the_end = gap.range.end >= segment.end.unwrap_or(u32::MAX);
    if to_the_end && gap.is_blank() {
        return false;
    }
    // A blank stretch between records was once full of them.
    let range = gap.range.start..if to_the_end { gap.dirty_end } else { gap.range.end };
    let (number, from, to) = (segment.number, range.start, range.end);
    let gap = Gap { range, ..gap };
    shared.count_quarantined(1);
    match quarantine::keep_stretch(&*place.disk, &place.dir, number, &**file, &gap) {
        Ok(kept) => {
            let kept = kept.display();
            tracing::error!(segment = number, from, to, %kept, "damaged records in the journal");
            gap.unreadable
        }
        Err(error) => {
            tracing::error!(segment = number, from, to, %error, "damaged records in the journal, which could not be copied");
            true
        }
    }
}
