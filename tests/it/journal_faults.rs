//! The journal on a disk that is full, fails, or lies.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use kudos::journal::{AppendError, Disk, Health, Options, open};

use super::journal_lossy_disk::LossyDisk;
use super::journal_rig::{Rig, block_on, now, options, until};
use super::sim_disk::{Done, EIO, ENOSPC, Op, SimDisk};

#[test]
fn a_full_disk_turns_appends_away_and_recovers() {
    block_on(async {
        let disk = SimDisk::new();
        let mut rig = Rig::open(&disk);
        rig.lane.append(b"first").await.unwrap();
        rig.settled(&disk).await;
        disk.set_room(Some(1000));
        let mut recorded = 1;
        while rig.lane.append(&[7; 4000]).await.is_ok() {
            recorded += 1;
        }
        assert!(recorded > 16, "what is preallocated is used");
        assert_eq!(rig.journal.status().health, Health::Full);
        assert_eq!(now(rig.lane.append(b"fast")), Some(Err(AppendError::Full)));
        disk.set_room(None);
        until("it recovers", || rig.journal.status().health == Health::Ok).await;
        assert_eq!(rig.lane.append(b"last").await, Ok(()));
        assert_eq!(rig.rest().len(), recorded + 1);
        assert!(now(rig.journal.failed()).is_none());
    });
}

#[test]
fn a_deleted_segment_ends_the_wait_for_room() {
    block_on(async {
        let disk = SimDisk::new();
        let patient = Options { full_retry: Duration::from_secs(3600), ..options() };
        let mut rig = Rig::open_with(&disk, patient);
        rig.lane.append(b"first").await.unwrap();
        rig.settled(&disk).await;
        disk.set_room(Some(1000));
        while rig.lane.append(&[7; 4000]).await.is_ok() {}
        while let Some(batch) = rig.batch(100) {
            rig.drain.committed(batch.end).unwrap();
        }
        until("it recovers", || rig.journal.status().health == Health::Ok).await;
        assert_eq!(rig.lane.append(b"last").await, Ok(()));
    });
}

#[test]
fn a_journal_starts_on_a_full_disk() {
    block_on(async {
        let disk = SimDisk::new();
        disk.set_room(Some(10));
        let rig = Rig::open(&disk);
        assert_eq!(rig.lane.append(b"no").await, Err(AppendError::Full));
        disk.set_room(None);
        until("it recovers", || rig.journal.status().health == Health::Ok).await;
        assert_eq!(rig.lane.append(b"yes").await, Ok(()));
        disk.set_room(Some(0));
        rig.journal.close().await;
    });
}

/// Faults that mean "full", and what they hit; the journal has an active segment and a spare.
#[test]
fn every_kind_of_full_is_survived_and_leaves_no_damage() {
    for (op, after) in [(Op::Write, 0), (Op::Write, 1), (Op::Create, 0), (Op::Rename, 0)] {
        block_on(async {
            let disk = SimDisk::new();
            let mut rig = Rig::open(&disk);
            rig.append(&[vec![1; 500], vec![2; 500]]).await;
            rig.settled(&disk).await;
            disk.fail(op, after, ENOSPC);
            let mut acked = 2;
            for _ in 0..40 {
                match rig.lane.append(&[3; 4000]).await {
                    Ok(()) => acked += 1,
                    Err(error) => {
                        assert_eq!(error, AppendError::Full);
                        until("it recovers", || rig.journal.status().health == Health::Ok).await;
                    }
                }
            }
            assert!(acked >= 40, "{op:?}: {acked}");
            assert_eq!(rig.rest().len(), acked, "{op:?}");
            drop(rig);
            disk.lose_power(|| true);
            let mut rig = Rig::open(&disk);
            assert_eq!(rig.rest().len(), acked, "{op:?} after a restart");
            assert_eq!(rig.journal.status().quarantined_total, 0, "{op:?}");
        });
    }
}

#[test]
fn a_failed_sync_or_write_is_final() {
    for (op, errno) in [(Op::Sync, EIO), (Op::Sync, ENOSPC), (Op::Write, EIO)] {
        block_on(async {
            let disk = SimDisk::new();
            let mut rig = Rig::open(&disk);
            rig.lane.append(b"kept").await.unwrap();
            rig.settled(&disk).await;
            disk.fail(op, 0, errno);
            let syncs = || disk.log().iter().filter(|done| matches!(done, Done::Sync(_))).count();
            let before = syncs();
            let outcomes = rig.append(&[b"a".to_vec(), b"b".to_vec()]).await;
            assert_eq!(outcomes, [Err(AppendError::Failed); 2]);
            assert_eq!(rig.lane.append(b"c").await, Err(AppendError::Failed));
            assert!(rig.journal.failed().await.contains("segment"));
            assert_eq!(rig.journal.status().health, Health::Failed);
            rig.journal.close().await;
            assert_eq!(syncs(), before, "nothing was synced after that");
            assert_eq!(rig.rest(), ["kept"]);
            assert!(rig.drain.next(1).await.unwrap().is_none());
            drop(rig);
            disk.lose_power(|| false);
            assert_eq!(Rig::open(&disk).rest(), ["kept"]);
        });
    }
}

#[test]
fn a_failure_to_preallocate_is_final_once_there_is_no_room() {
    block_on(async {
        let disk = SimDisk::new();
        disk.fail(Op::SyncDir, 1, ENOSPC);
        let rig = Rig::open(&disk);
        assert_eq!(rig.lane.append(b"no").await, Err(AppendError::Failed));
        assert!(rig.journal.failed().await.contains("next segment"));
    });
}

#[test]
fn a_segment_that_cannot_be_deleted_is_tried_again() {
    block_on(async {
        let disk = SimDisk::new();
        let mut rig = Rig::open(&disk);
        rig.lane.append(b"one").await.unwrap();
        rig.journal.close().await;
        let batch = rig.batch(1).unwrap();
        rig.drain.committed(batch.end).unwrap();
        disk.fail(Op::Remove, 0, EIO);
        assert!(rig.drain.next(1).await.is_err());
        rig.drain.committed(batch.end).unwrap();
        assert!(rig.drain.next(1).await.unwrap().is_none());
        assert_eq!(disk.names(), Vec::<String>::new());
    });
}

/// The test of the test: the same crash loses nothing on an honest disk, and something on a liar.
#[test]
fn a_lossy_disk_keeps_what_was_synced_and_a_liar_does_not() {
    for lie in [false, true] {
        let dir = tempfile::tempdir().unwrap();
        let lossy = LossyDisk::default();
        lossy.sync_is_a_lie.store(lie, Ordering::Relaxed);
        let reopen = |disk: Arc<dyn Disk>| open(disk, dir.path(), options()).unwrap();
        block_on(async {
            let (journal, drain) = reopen(Arc::new(lossy));
            let (lane, driver) = journal.lane();
            tokio::spawn(driver);
            lane.append(b"promised").await.unwrap();
            drop((journal, drain));
            let (_journal, mut drain) = reopen(Arc::new(LossyDisk::default()));
            let found = now(drain.next(1)).is_some();
            assert_eq!(found, !lie);
        });
    }
}
