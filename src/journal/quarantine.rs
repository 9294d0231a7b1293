//! Keeps what could not be understood, for a human to look at.

use std::io;
use std::path::{Path, PathBuf};

use super::disk::{Disk, DiskFile};
use super::scan::{Gap, fill};
use super::shared::segment_name;

/// The directory's name inside the journal's.
pub(super) const DIR: &str = "quarantine";
/// Bytes copied at once.
const CHUNK_BYTES: usize = 256 * 1024;

/// Copies a damaged stretch of segment `number` to a file named after both, and syncs it. Done twice
/// it gives the same file.
///
/// # Errors
/// Whatever the disk says; the copy is then not to be relied upon.
pub(super) fn keep_stretch(disk: &dyn Disk, dir: &Path, number: u32, from: &dyn DiskFile, gap: &Gap) -> io::Result<PathBuf> {
    let place = dir.join(DIR);
    let path = place.join(format!("{number:016}-{:08x}.bad", gap.range.start));
    let copy = disk.create(&path)?;
    let (mut at, end) = (u64::from(gap.range.start), u64::from(gap.range.end));
    let mut chunk = vec![0; CHUNK_BYTES.min((end - at) as usize)];
    let start = at;
    while at < end {
        let want = chunk.len().min((end - at) as usize);
        let got = fill(from, &mut chunk[..want], at)?;
        if got == 0 {
            break;
        }
        copy.write_at(&chunk[..got], at - start)?;
        at += got as u64;
    }
    copy.sync()?;
    disk.sync_dir(&place)?;
    Ok(path)
}

/// Moves a whole segment file away, because its header is not one.
///
/// # Errors
/// Whatever the disk says.
pub(super) fn keep_file(disk: &dyn Disk, dir: &Path, number: u32) -> io::Result<PathBuf> {
    let place = dir.join(DIR);
    let name = segment_name(number);
    let path = place.join(&name);
    disk.rename(&dir.join(&name), &path)?;
    disk.sync_dir(&place)?;
    disk.sync_dir(dir)?;
    Ok(path)
}
