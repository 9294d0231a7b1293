//! The disk's own latency, to hold the others against.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::time::{Duration, Instant};

pub struct Latency {
    pub p50: Duration,
    pub p99: Duration,
}

/// Overwrites 4 KiB of a file whose blocks exist, and syncs, a thousand times.
pub fn fdatasync() -> Latency {
    const WRITES: u64 = 1_000;
    let dir = tempfile::tempdir().expect("a directory");
    let file = File::create(dir.path().join("probe")).expect("a file");
    file.write_all_at(&vec![0; WRITES as usize * 4_096], 0).expect("room");
    file.sync_all().expect("a disk");
    let mut times: Vec<Duration> = (0..WRITES)
        .map(|place| {
            let start = Instant::now();
            file.write_all_at(&[1; 4_096], place * 4_096).expect("a write");
            file.sync_data().expect("a sync");
            start.elapsed()
        })
        .collect();
    times.sort();
    Latency { p50: times[times.len() / 2], p99: times[times.len() * 99 / 100] }
}
