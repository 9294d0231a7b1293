//! What `open` and the drain make of files that a crash tore or a disk damaged.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use super::journal_rig::{Rig, block_on, dir, segments};
use super::sim_disk::{EIO, Op, SimDisk};

const HEADER: usize = 64;
/// A payload of 100 bytes, its frame's 16, and the padding to 8.
const FRAME: usize = 120;
const SEGMENT: usize = 64 * 1024;

fn payload(letter: char) -> Vec<u8> {
    vec![letter as u8; 100]
}

/// The file range of the nth frame.
fn frame(n: usize) -> Range<usize> {
    HEADER + n * FRAME..HEADER + (n + 1) * FRAME
}

fn path(number: u32) -> PathBuf {
    dir().join(format!("{number:016}.seg"))
}

/// A disk with one segment: the batches `a`, `b`, and `c d e` in one.
async fn five_records() -> Arc<SimDisk> {
    let disk = SimDisk::new();
    let rig = Rig::open(&disk);
    rig.append(&[payload('a')]).await;
    rig.settled(&disk).await;
    disk.hold_syncs(true);
    let b = rig.spawn(&payload('b'));
    super::journal_rig::until("b is being synced", || now_pending(&rig) == 0 && disk.bytes(&path(1))[frame(1).start] != 0)
        .await;
    let cde = ['c', 'd', 'e'].map(|letter| rig.spawn(&payload(letter)));
    super::journal_rig::until("c, d, e wait", || now_pending(&rig) == 3 * FRAME).await;
    disk.hold_syncs(false);
    b.await.unwrap().unwrap();
    for waiting in cde {
        waiting.await.unwrap().unwrap();
    }
    drop(rig);
    assert_eq!(segments(&disk).len(), 1);
    disk
}

fn now_pending(rig: &Rig) -> usize {
    rig.journal.status().pending_bytes
}

fn letters(rig: &mut Rig) -> String {
    rig.rest().iter().map(|payload| payload[0] as char).collect()
}

type Spoil = fn(&mut Vec<u8>);
/// What is delivered, and how many stretches are quarantined.
type Outcome = (&'static str, u64);

fn scribble(bytes: &mut [u8]) {
    bytes.iter_mut().enumerate().for_each(|(i, byte)| *byte ^= 0x5a ^ i as u8 | 1);
}

/// Name, what happens to the file, what is then delivered and how many stretches are quarantined when
/// the file is the last one, and the same when a later segment shows that all of it had been synced.
const CASES: &[(&str, Spoil, Outcome, Outcome)] = &[
    ("nothing", |_| {}, ("abcde", 0), ("abcde", 0)),
    ("torn end", |f| scribble(&mut f[frame(4)]), ("abcd", 0), ("abcd", 1)),
    ("torn end, one byte", |f| f[frame(4).start + 20] ^= 1, ("abcd", 0), ("abcd", 1)),
    ("end not written", |f| f[frame(4)].fill(0), ("abcd", 0), ("abcd", 0)),
    ("end half written", |f| f[frame(4)][50..].fill(0), ("abcd", 0), ("abcd", 1)),
    ("torn middle of the last batch", |f| scribble(&mut f[frame(3)]), ("abce", 0), ("abce", 1)),
    ("middle not written", |f| f[frame(3)].fill(0), ("abce", 0), ("abce", 1)),
    ("torn begin of the last batch", |f| scribble(&mut f[frame(2)]), ("abde", 0), ("abde", 1)),
    ("two torn stretches", |f| (scribble(&mut f[frame(2)]), f[frame(4)].fill(9)).1, ("abd", 0), ("abd", 2)),
    ("whole last batch torn", |f| scribble(&mut f[frame(2).start..frame(4).end]), ("ab", 0), ("ab", 1)),
    ("damage", |f| scribble(&mut f[frame(1)]), ("acde", 1), ("acde", 1)),
    ("damage to one bit", |f| f[frame(1).start + 77] ^= 4, ("acde", 1), ("acde", 1)),
    ("damage to a length", |f| f[frame(0).start + 6] = 1, ("bcde", 1), ("bcde", 1)),
    ("damage, zeros", |f| f[frame(0)].fill(0), ("bcde", 1), ("bcde", 1)),
    ("damage to two neighbours", |f| f[frame(0).start + 30..frame(1).end - 9].fill(3), ("cde", 1), ("cde", 1)),
    ("damage to two apart, and torn", |f| [0, 2, 4].map(|n| scribble(&mut f[frame(n)])).fill(()), ("bd", 1), ("bd", 3)),
    ("garbage behind the end", |f| f[SEGMENT - 100..].fill(1), ("abcde", 0), ("abcde", 1)),
    ("cut off in a record", |f| f.truncate(frame(4).end - 30), ("abcd", 0), ("abcd", 1)),
    ("cut off between records", |f| f.truncate(frame(3).end), ("abcd", 0), ("abcd", 0)),
    ("cut off after the header", |f| f.truncate(HEADER), ("", 0), ("", 0)),
    ("longer than it should be", |f| f.resize(2 * SEGMENT + 3, 0), ("abcde", 0), ("abcde", 0)),
    ("damaged header", |f| f[9] ^= 1, ("", 1), ("", 1)),
    ("half a header", |f| f.truncate(30), ("", 1), ("", 1)),
    ("empty file", |f| f.clear(), ("", 1), ("", 1)),
    ("all garbage", |f| f.fill(0xa7), ("", 1), ("", 1)),
    ("all records garbage", |f| f[HEADER..].fill(0xa7), ("", 0), ("", 1)),
];

#[test]
fn the_last_segment_is_cut_where_it_is_torn_and_kept_where_it_is_damaged() {
    for (name, spoil, (delivered, quarantined), _) in CASES {
        block_on(async {
            let disk = five_records().await;
            let mut bytes = disk.bytes(&path(1));
            spoil(&mut bytes);
            disk.put(&path(1), &bytes);
            for start in ["first", "second"] {
                let mut rig = Rig::open(&disk);
                assert_eq!(letters(&mut rig), *delivered, "{name}, {start} start");
                let whole_files = if start == "first" { 0 } else { quarantined_files(&disk) };
                let counted = rig.journal.status().quarantined_total;
                assert_eq!(counted + whole_files, *quarantined, "{name}, {start} start");
            }
            let rig = Rig::open(&disk);
            rig.append(&[payload('z')]).await;
            drop(rig);
            // Now that a later segment has records, what was torn must not turn into damage.
            let mut rig = Rig::open(&disk);
            assert_eq!(letters(&mut rig), format!("{delivered}z"), "{name}, sealed");
            let counted = rig.journal.status().quarantined_total;
            assert_eq!(counted + quarantined_files(&disk), *quarantined, "{name}, sealed");
        });
    }
}

/// Whole files in quarantine; they are met at one start only.
fn quarantined_files(disk: &SimDisk) -> u64 {
    disk.files_in(&dir().join("quarantine")).iter().filter(|name| name.ends_with(".seg")).count() as u64
}

#[test]
fn an_earlier_segment_is_never_cut() {
    for (name, spoil, _, (delivered, quarantined)) in CASES {
        block_on(async {
            let disk = five_records().await;
            let rig = Rig::open(&disk);
            rig.append(&[payload('z')]).await;
            drop(rig);
            let mut bytes = disk.bytes(&path(1));
            bytes.resize(SEGMENT, 0);
            spoil(&mut bytes);
            disk.put(&path(1), &bytes);
            let mut rig = Rig::open(&disk);
            assert_eq!(letters(&mut rig), format!("{delivered}z"), "{name}");
            assert_eq!(rig.journal.status().quarantined_total, *quarantined, "{name}");
            let kept = disk.files_in(&dir().join("quarantine"));
            assert_eq!(kept.len() as u64, *quarantined, "{name}: {kept:?}");
        });
    }
}

#[test]
fn the_quarantine_has_the_bytes_and_their_place() {
    block_on(async {
        let disk = five_records().await;
        let mut bytes = disk.bytes(&path(1));
        scribble(&mut bytes[frame(1)]);
        disk.put(&path(1), &bytes);
        let mut rig = Rig::open(&disk);
        assert_eq!(letters(&mut rig), "acde");
        let kept = dir().join("quarantine/0000000000000001-000000b8.bad");
        assert_eq!(frame(1).start, 0xb8);
        assert_eq!(disk.bytes(&kept), bytes[frame(1)]);
        rig.journal.close().await;
        let end = rig.journal.durable();
        rig.drain.committed(end).unwrap();
        assert!(rig.drain.next(1).await.unwrap().is_none());
        assert_eq!(segments(&disk), Vec::<String>::new(), "the rest was committed");
        assert_eq!(disk.bytes(&kept), bytes[frame(1)]);
    });
}

#[test]
fn damage_that_cannot_be_copied_keeps_its_segment() {
    block_on(async {
        let disk = five_records().await;
        let mut bytes = disk.bytes(&path(1));
        scribble(&mut bytes[frame(1)]);
        disk.put(&path(1), &bytes);
        let mut rig = Rig::open(&disk);
        rig.settled(&disk).await;
        disk.set_room(Some(10));
        while let Some(batch) = rig.batch(10) {
            rig.drain.committed(batch.end).unwrap();
        }
        rig.journal.close().await;
        assert!(rig.drain.next(1).await.unwrap().is_none());
        assert_eq!(rig.journal.status().quarantined_total, 1);
        assert_eq!(segments(&disk).len(), 1, "kept for the next start");
    });
}

#[test]
fn an_unreadable_sector_costs_its_records_only_and_its_segment_stays() {
    block_on(async {
        let disk = SimDisk::new();
        let rig = Rig::open(&disk);
        let payloads: Vec<_> = (0..100).map(|i| vec![i; 84]).collect();
        rig.append(&payloads).await;
        drop(rig);
        let mut rig = Rig::open(&disk);
        rig.settled(&disk).await;
        // The chunk, then the second of its pieces of 4096 bytes.
        disk.fail(Op::Read, 0, EIO);
        disk.fail(Op::Read, 1, EIO);
        let batch = rig.batch(1000).unwrap();
        // Frames of 104 bytes from offset 64 on; the pieces begin there too.
        let lost = 4096 / 104..8192_usize.div_ceil(104);
        let seen: Vec<_> = batch.records.iter().map(|payload| payload[0] as usize).collect();
        assert!(seen.into_iter().eq((0..100).filter(|i| !lost.contains(i))));
        rig.drain.committed(batch.end).unwrap();
        assert!(rig.batch(1).is_none());
        assert_eq!(segments(&disk)[0], "0000000000000001.seg");
        drop(rig);
        assert_eq!(Rig::open(&disk).rest(), payloads, "it was only for a while");
    });
}

#[test]
fn drafts_and_strangers_do_not_matter() {
    block_on(async {
        let disk = five_records().await;
        for stranger in ["0000000000000009.tmp", "notes.txt", "x.seg", "00000000000000zz.seg", "é"] {
            disk.put(&dir().join(stranger), b"???");
        }
        let mut rig = Rig::open(&disk);
        assert_eq!(letters(&mut rig), "abcde");
        assert!(!disk.names().contains(&"0000000000000009.tmp".to_owned()));
        rig.settled(&disk).await;
        rig.append(&[payload('f')]).await;
        let names = segments(&disk);
        assert!(names.contains(&"0000000000000010.seg".to_owned()), "{names:?}");
    });
}

#[test]
fn a_torn_first_batch_leaves_nothing_to_wait_for() {
    block_on(async {
        let disk = SimDisk::new();
        let rig = Rig::open(&disk);
        rig.append(&[payload('a')]).await;
        rig.settled(&disk).await;
        drop(rig);
        let mut bytes = disk.bytes(&path(1));
        scribble(&mut bytes[frame(0)]);
        disk.put(&path(1), &bytes);
        let mut rig = Rig::open(&disk);
        assert_eq!(letters(&mut rig), "");
        // What is durable must be reached by draining: callers wait for that.
        assert_eq!(rig.journal.durable(), kudos::journal::Position::default());
    });
}
