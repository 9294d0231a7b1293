//! What `open` does to the files it finds. Damage to sealed data is left for the drain to find.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::path::Path;
use std::sync::Arc;

use super::OpenError;
use super::disk::{Disk, DiskFile, LockGuard};
use super::frame::{HEADER_BYTES, Header, filler};
use super::quarantine;
use super::scan::{Gap, Item, Scanner, fill};
use super::shared::{Segment, segment_name};
use super::spare::is_full;

/// A segment is read this far, whatever its length: twice the longest that we write.
const READ_BYTES_MAX: u64 = 1 << 31;

/// The journal's directory after recovery.
pub(super) struct Found {
    pub lock: LockGuard,
    /// Segments to be drained, in order.
    pub segments: VecDeque<Segment>,
    /// The first number that was never used.
    pub next_number: u32,
    /// Files that were moved to quarantine.
    pub quarantined: u64,
}

pub(super) fn recover(disk: &dyn Disk, dir: &Path) -> Result<Found, OpenError> {
    let doing = |what: &str| {
        let doing = format!("{what} {}", dir.display());
        move |source| OpenError::Io { doing, source }
    };
    let place = dir.join(quarantine::DIR);
    disk.create_dir(&place).map_err(doing("create"))?;
    let lock = lock(disk, dir)?;
    let names = disk.list(dir).map_err(doing("list"))?;
    let kept = disk.list(&place).map_err(doing("list the quarantine of"))?;
    // A number in quarantine is not used again, so that nothing there is ever replaced.
    let greatest = names.iter().chain(&kept).filter_map(|name| number_of(name)).max().unwrap_or(0);
    for draft in names.iter().filter(|name| name.ends_with(".tmp")) {
        disk.remove(&dir.join(draft)).map_err(doing("remove a draft in"))?;
    }
    let mut state = Recovery { disk, dir, segments: BTreeMap::new(), tail_seen: false, quarantined: 0 };
    let mut numbers: Vec<u32> = segments(&names).collect();
    numbers.sort_unstable();
    for number in numbers.into_iter().rev() {
        state.visit(number).map_err(doing(&format!("recover segment {number} in")))?;
    }
    disk.sync_dir(dir).map_err(doing("sync"))?;
    Ok(Found {
        lock,
        segments: state.segments.into_values().collect(),
        next_number: greatest.saturating_add(1),
        quarantined: state.quarantined,
    })
}

pub(super) fn lock(disk: &dyn Disk, dir: &Path) -> Result<LockGuard, OpenError> {
    disk.lock(&dir.join("lock")).map_err(|source| match source.kind() {
        io::ErrorKind::WouldBlock => OpenError::Locked(dir.display().to_string()),
        _ => OpenError::Io { doing: format!("lock {}", dir.display()), source },
    })
}

pub(super) fn holds_records(disk: &dyn Disk, dir: &Path) -> io::Result<bool> {
    for number in segments(&disk.list(dir)?) {
        let file = disk.open(&dir.join(segment_name(number)))?;
        let mut bytes = [0; HEADER_BYTES as usize];
        let got = fill(&*file, &mut bytes, 0).unwrap_or(0);
        let Some(header) = Header::decode(&bytes[..got]).filter(|header| header.number == number) else { return Ok(true) };
        let end = file.size()?.min(READ_BYTES_MAX) as u32;
        let mut items = Scanner::new(file, header.mark, end);
        let empty = |item: Item| match item {
            Item::Record { .. } => false,
            Item::Filler => true,
            Item::Gap(gap) => gap.is_blank() && !gap.unreadable,
        };
        if !std::iter::from_fn(|| items.next()).all(empty) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The numbers of the segments among the names in the directory.
fn segments(names: &[String]) -> impl Iterator<Item = u32> {
    names.iter().filter(|name| name.ends_with(".seg")).filter_map(|name| number_of(name).filter(|n| *name == segment_name(*n)))
}

/// The number that a name in the directory begins with.
fn number_of(name: &str) -> Option<u32> {
    name.get(..16)?.parse().ok()
}

struct Recovery<'a> {
    disk: &'a dyn Disk,
    dir: &'a Path,
    segments: BTreeMap<u32, Segment>,
    /// The last segment that holds anything has been met: all before it are sealed.
    tail_seen: bool,
    quarantined: u64,
}

impl Recovery<'_> {
    /// Takes up one segment; the greatest number comes first.
    fn visit(&mut self, number: u32) -> io::Result<()> {
        let path = self.dir.join(segment_name(number));
        let file = self.disk.open(&path)?;
        let mut bytes = [0; HEADER_BYTES as usize];
        let got = fill(&*file, &mut bytes, 0).unwrap_or(0);
        let header = Header::decode(&bytes[..got]).filter(|header| header.number == number);
        let Some(Header { mark, .. }) = header else {
            self.tail_seen = true;
            self.quarantined += 1;
            return self.keep_file(number);
        };
        let end = file.size()?.min(READ_BYTES_MAX) as u32;
        let mut segment = Segment { number, mark, end: Some(end) };
        if !self.tail_seen {
            let kept = mend_tail(&file, number, mark, end)?;
            self.tail_seen = kept.is_some();
            // Nothing is left of a first batch that was torn, so nobody must wait until it is drained.
            match kept.filter(|end| *end > HEADER_BYTES) {
                None => return self.disk.remove(&path),
                Some(end) => segment.end = Some(end),
            }
        }
        self.segments.insert(number, segment);
        Ok(())
    }

    fn keep_file(&self, number: u32) -> io::Result<()> {
        match quarantine::keep_file(self.disk, self.dir, number) {
            Ok(path) => {
                let kept = path.display();
                tracing::error!(segment = number, %kept, "a journal file has no sound header");
            }
            // Left where it is, it does no harm: it is looked at again at the next start.
            Err(error) => {
                tracing::error!(segment = number, %error, "a journal file has no sound header, and cannot be moved away")
            }
        }
        Ok(())
    }
}

/// Cuts what the crash tore off the last segment, and makes the rest durable, since what the drain
/// will read may so far lie in the page cache only. Returns the new end; `None`: it never held
/// anything.
fn mend_tail(file: &Arc<dyn DiskFile>, number: u32, mark: u32, end: u32) -> io::Result<Option<u32>> {
    let tail = survey(file, mark, end);
    if tail.sound_end == HEADER_BYTES && tail.gaps.iter().all(|gap| gap.is_blank() && !gap.unreadable) {
        return Ok(None);
    }
    let mut new_end = end;
    for gap in tail.gaps.iter().filter(|gap| gap.range.start >= tail.synced_to && !gap.unreadable) {
        let (from, to) = (gap.range.start, gap.range.end);
        if !gap.is_blank() || to < end {
            tracing::warn!(segment = number, from, to, "the journal's last write was torn: skipping it");
        }
        match skip(&**file, gap, mark, end) {
            Ok(()) if to >= end => new_end = from,
            Ok(()) => {}
            // What is not skipped will be kept as damage: a false alarm, but no reason not to start.
            Err(error) if is_full(&error) => tracing::warn!(segment = number, %error, "cannot skip it"),
            Err(error) => return Err(error),
        }
    }
    file.sync()?;
    Ok(Some(new_end))
}

fn skip(file: &dyn DiskFile, gap: &Gap, mark: u32, end: u32) -> io::Result<()> {
    if gap.range.end >= end {
        return file.set_len(u64::from(gap.range.start));
    }
    let filler = filler(&gap.range, mark);
    filler.map_or(Ok(()), |bytes| file.write_at(&bytes, u64::from(gap.range.start)))
}

struct Tail {
    gaps: Vec<Gap>,
    /// All before this file offset had been synced.
    synced_to: u32,
    /// The end of the last sound frame.
    sound_end: u32,
}

fn survey(file: &Arc<dyn DiskFile>, mark: u32, end: u32) -> Tail {
    let mut tail = Tail { gaps: Vec::new(), synced_to: HEADER_BYTES, sound_end: HEADER_BYTES };
    let mut scanner = Scanner::new(file.clone(), mark, end);
    while let Some(item) = scanner.next() {
        match item {
            Item::Record { batch_start, end, .. } => {
                tail.synced_to = tail.synced_to.max(batch_start);
                tail.sound_end = end;
            }
            Item::Filler => {}
            Item::Gap(gap) => tail.gaps.push(gap),
        }
    }
    tail
}
