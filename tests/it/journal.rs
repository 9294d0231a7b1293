//! The journal on a healthy disk, its order of doing things, and its ends.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Wake, Waker};

use kudos::journal::{AppendError, Health, OpenError, Options, RealDisk, open};

use super::journal_rig::{Rig, block_on, dir, now, options, segments, until};
use super::sim_disk::{Done, SimDisk};

fn record(i: usize) -> Vec<u8> {
    let mut payload = format!("record {i} ").into_bytes();
    payload.resize(10 + i * 37 % 900, b'.');
    payload
}

fn records(n: usize) -> Vec<Vec<u8>> {
    (0..n).map(record).collect()
}

#[test]
fn what_was_appended_is_drained_once_and_close_leaves_nothing() {
    block_on(async {
        let disk = SimDisk::new();
        let mut rig = Rig::open(&disk);
        assert!(now(rig.drain.next(1)).is_none(), "there is nothing yet");
        let outcomes = rig.append(&records(300)).await;
        assert!(outcomes.iter().all(Result::is_ok));
        rig.journal.close().await;
        assert_eq!(rig.lane.append(b"late").await, Err(AppendError::Closed));
        let mut seen = Vec::new();
        while let Some(batch) = rig.drain.next(50).await.unwrap() {
            assert!(batch.records.len() <= 50 && batch.end <= rig.journal.durable());
            seen.extend(batch.records);
            rig.drain.committed(batch.end).unwrap();
        }
        assert_eq!(seen, records(300));
        assert_eq!(disk.names(), Vec::<String>::new());
        let status = rig.journal.status();
        assert_eq!((status.health, status.records_total), (Health::Closed, 300));
        assert_eq!((status.segments_live, status.undrained_bytes), (0, 0));
    });
}

#[test]
fn segments_roll_by_size_and_only_whole_committed_ones_go() {
    block_on(async {
        let disk = SimDisk::new();
        let mut rig = Rig::open(&disk);
        let payloads: Vec<_> = (0..50u8).map(|i| vec![i; 4000]).collect();
        for payload in &payloads {
            assert_eq!(rig.lane.append(payload).await, Ok(()));
        }
        // A segment of 64 KiB takes 16 frames of 4016 bytes.
        assert_eq!(rig.journal.status().segments_live, 4);
        rig.settled(&disk).await;
        for committed in 1..=50 {
            let batch = rig.batch(1).unwrap();
            assert_eq!(batch.records, [payloads[committed - 1].as_slice()]);
            rig.drain.committed(batch.end).unwrap();
            // A segment is known to be done with once its successor is looked at.
            let gone = 5 - segments(&disk).len();
            assert!(gone <= committed / 16 && gone + 1 >= committed / 16, "{committed}: {gone}");
        }
        assert!(rig.batch(1).is_none());
        assert_eq!(segments(&disk).len(), 2, "the active one and the spare");
    });
}

#[test]
fn a_restart_replays_whole_segments() {
    block_on(async {
        let disk = SimDisk::new();
        let mut rig = Rig::open(&disk);
        rig.append(&records(10)).await;
        let batch = rig.batch(5).unwrap();
        rig.drain.committed(batch.end).unwrap();
        drop(rig);
        for _ in 0..2 {
            let mut rig = Rig::open(&disk);
            assert_eq!(rig.rest(), records(10));
        }
        let mut rig = Rig::open(&disk);
        rig.append(&[b"new".to_vec()]).await;
        let mut expected = records(10);
        expected.push(b"new".to_vec());
        assert_eq!(rig.rest(), expected);
    });
}

#[test]
fn names_are_durable_before_the_first_answer_and_go_after_the_commit() {
    block_on(async {
        let disk = SimDisk::new();
        let mut rig = Rig::open(&disk);
        rig.lane.append(b"one").await.unwrap();
        disk.note("acked");
        let name = segments(&disk)[0].clone();
        let batch = rig.batch(9).unwrap();
        rig.journal.close().await;
        disk.note("committed");
        rig.drain.committed(batch.end).unwrap();
        assert!(rig.drain.next(9).await.unwrap().is_none());
        let log = disk.log();
        let at = |what: &Done| log.iter().position(|done| done == what).expect("it was done");
        let rename = at(&Done::Rename(name.replace("seg", "tmp"), name.clone()));
        let draft_synced = at(&Done::Sync(name.replace("seg", "tmp")));
        let dir_synced = rename + log[rename..].iter().position(|done| *done == Done::SyncDir).unwrap();
        let order = [
            draft_synced,
            rename,
            dir_synced,
            at(&Done::Write(name.clone())),
            at(&Done::Sync(name.clone())),
            at(&Done::Note("acked")),
            at(&Done::Note("committed")),
            at(&Done::Remove(name)),
            log.len() - 1,
        ];
        assert!(order.is_sorted(), "{order:?} of {log:#?}");
        assert_eq!(log.last(), Some(&Done::SyncDir));
    });
}

#[test]
fn records_up_to_the_limit_and_no_longer() {
    block_on(async {
        let disk = SimDisk::new();
        let mut rig = Rig::open(&disk);
        assert_eq!(rig.lane.append(&[1; 4097]).await, Err(AppendError::TooLarge));
        assert_eq!(rig.lane.append(&[1; 4096]).await, Ok(()));
        assert_eq!(rig.lane.append(b"").await, Ok(()));
        let lengths: Vec<_> = rig.rest().iter().map(|payload| payload.len()).collect();
        assert_eq!(lengths, [4096, 0]);
    });
}

#[test]
fn a_second_open_is_refused_until_the_first_is_gone() {
    let dir = tempfile::tempdir().unwrap();
    let open = || open(Arc::new(RealDisk), dir.path(), options());
    let first = open().unwrap();
    let refused = open().err().expect("the directory is in use");
    assert!(matches!(refused, OpenError::Locked(_)), "{refused}");
    drop(first);
    drop(open().expect("the directory is free again"));
}

#[test]
fn options_that_contradict_each_other_are_refused() {
    let wrong = [
        Options { segment_bytes: 4096, ..options() },
        Options { segment_bytes: u32::MAX, ..options() },
        Options { pending_bytes_max: 4096, ..options() },
    ];
    for options in wrong {
        let refused = open(SimDisk::new(), dir(), options).err().expect("refused");
        assert!(matches!(refused, OpenError::Options(_)), "{refused}");
    }
}

#[test]
fn appends_that_are_given_up_harm_nobody() {
    block_on(async {
        let disk = SimDisk::new();
        let mut rig = Rig::open(&disk);
        rig.lane.append(b"first").await.unwrap();
        rig.settled(&disk).await;
        disk.hold_syncs(true);
        for _ in 0..3 {
            assert!(now(rig.lane.append(b"given up")).is_none());
        }
        let patient = rig.spawn(b"patient");
        tokio::task::yield_now().await;
        disk.hold_syncs(false);
        assert_eq!(patient.await.unwrap(), Ok(()));
        assert_eq!(rig.lane.append(b"last").await, Ok(()));
        assert_eq!(rig.rest(), ["first", "given up", "given up", "given up", "patient", "last"]);
    });
}

#[test]
fn a_lane_without_a_driver_works_and_hinders_nobody() {
    block_on(async {
        let disk = SimDisk::new();
        let mut rig = Rig::open(&disk);
        let (never_driven, driver) = rig.journal.lane();
        assert_eq!(never_driven.append(b"1").await, Ok(()));
        let lane = rig.journal.lane();
        let left_behind = std::thread::spawn(move || {
            let (lane, driver) = lane;
            let waiting = lane.clone();
            block_on(async move {
                tokio::spawn(driver);
                tokio::spawn(async move { waiting.append(b"2").await });
                tokio::task::yield_now().await;
            });
            lane
        });
        let left_behind = left_behind.join().unwrap();
        assert_eq!(rig.lane.append(b"3").await, Ok(()));
        assert_eq!(left_behind.append(b"4").await, Ok(()));
        drop(driver);
        assert_eq!(never_driven.append(b"5").await, Ok(()));
        let seen: Vec<_> = rig.rest();
        assert_eq!(seen, ["1", "2", "3", "4", "5"]);
    });
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn a_driver_that_goes_wakes_those_it_leaves() {
    block_on(async {
        let disk = SimDisk::new();
        let rig = Rig::open(&disk);
        let (lane, mut driver) = rig.journal.lane();
        assert!(now(&mut driver).is_none(), "it drives");
        let woken = Arc::new(Woken(AtomicBool::new(false)));
        let waker = Waker::from(woken.clone());
        let mut append = pin!(lane.append(b"waits"));
        assert!(append.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        assert!(now(&mut driver).is_none(), "it wakes the journal's thread");
        until("the record is written", || rig.journal.status().records_total == 1).await;
        assert_eq!(rig.lane.append(b"its batch is over").await, Ok(()));
        assert!(!woken.0.load(Ordering::Relaxed), "that is the driver's business");
        drop(driver);
        assert!(woken.0.load(Ordering::Relaxed));
        assert_eq!(append.await, Ok(()));
    });
}

#[test]
fn what_waits_for_the_disk_is_bounded() {
    block_on(async {
        let disk = SimDisk::new();
        let rig = Rig::open(&disk);
        rig.lane.append(b"first").await.unwrap();
        rig.settled(&disk).await;
        disk.hold_syncs(true);
        let mut waiting = Vec::new();
        until("an append is turned away", || {
            let mut append = Box::pin({
                let lane = rig.lane.clone();
                async move { lane.append(&[0; 4000]).await }
            });
            match now(&mut append) {
                Some(outcome) => outcome == Err(AppendError::Full),
                None => {
                    waiting.push(append);
                    false
                }
            }
        })
        .await;
        assert!(rig.journal.status().pending_bytes <= options().pending_bytes_max);
        assert_eq!(rig.journal.status().health, Health::Ok);
        disk.hold_syncs(false);
        for append in waiting {
            assert_eq!(append.await, Ok(()));
        }
    });
}

#[test]
fn close_writes_what_was_accepted() {
    block_on(async {
        let disk = SimDisk::new();
        let mut rig = Rig::open(&disk);
        rig.lane.append(b"1").await.unwrap();
        rig.settled(&disk).await;
        disk.hold_syncs(true);
        let accepted = [rig.spawn(b"2"), rig.spawn(b"3")];
        tokio::task::yield_now().await;
        let journal = rig.journal.clone();
        let closing = tokio::spawn(async move { journal.close().await });
        until("it is closing", || rig.journal.status().health == Health::Closed).await;
        assert_eq!(rig.lane.append(b"4").await, Err(AppendError::Closed));
        disk.hold_syncs(false);
        closing.await.unwrap();
        for accepted in accepted {
            assert_eq!(accepted.await.unwrap(), Ok(()));
        }
        rig.journal.close().await;
        assert_eq!(rig.rest(), ["1", "2", "3"]);
    });
}

#[test]
fn two_threads_and_a_drain_on_a_real_disk() {
    const EACH: u32 = 2000;
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("data/journal");
    let options = Options { segment_bytes: 256 * 1024, pending_bytes_max: 4 << 20, ..options() };
    let (journal, mut drain) = open(Arc::new(RealDisk), &dir, options).unwrap();
    let edge = |thread: u32| {
        let (lane, driver) = journal.lane();
        std::thread::spawn(move || {
            block_on(async move {
                tokio::spawn(driver);
                let append = |i: u32| {
                    let (lane, id) = (lane.clone(), thread * EACH + i);
                    tokio::spawn(async move { lane.append(&id.to_le_bytes().repeat(60)).await })
                };
                for append in (0..EACH).map(append).collect::<Vec<_>>() {
                    assert_eq!(append.await.unwrap(), Ok(()));
                }
            });
        })
    };
    let edges = [edge(0), edge(1)];
    let intake = std::thread::spawn(move || {
        block_on(async move {
            let mut seen = Vec::new();
            while let Some(batch) = drain.next(100).await.unwrap() {
                let ids = batch.records.iter().map(|payload| payload.first_chunk().unwrap());
                seen.extend(ids.map(|id| u32::from_le_bytes(*id)));
                drain.committed(batch.end).unwrap();
            }
            seen
        })
    });
    for edge in edges {
        edge.join().unwrap();
    }
    block_on(journal.close());
    let mut seen = intake.join().unwrap();
    seen.sort_unstable();
    assert!(seen.into_iter().eq(0..2 * EACH), "each once");
    let mut left: Vec<_> = std::fs::read_dir(&dir).unwrap().map(|e| e.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["lock", "quarantine"]);
}
