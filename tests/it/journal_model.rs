//! Random lives of a journal against a model of the promise.

use std::collections::BTreeSet;
use std::sync::Arc;

use kudos::journal::{Health, open};
use proptest::prelude::*;

use super::journal_rig::{Rig, block_on, dir, options, segments, until};
use super::sim_disk::{EIO, ENOSPC, Op, SimDisk};

/// What happens next. Sizes are payload bytes.
#[derive(Debug, Clone)]
enum Step {
    /// Appends these at once.
    Append(Vec<usize>),
    /// Lets an operation fail, after so many that succeed.
    Fault(Op, u64, i32),
    /// Fills the disk, but for so many bytes.
    Fill(usize),
    MakeRoom,
    /// Delivers up to so many records, and commits them or not.
    Drain(usize, bool),
    Restart,
    /// Power is lost; which un-synced sectors, lengths and names survive depends on the seed.
    Crash(Survivors),
    /// The same while these are being written.
    CrashIn(Vec<usize>, Survivors),
    /// A restart in which an operation fails, and another one.
    RestartWithFault(Op, u64),
}

#[derive(Debug, Clone, Copy)]
enum Survivors {
    None,
    /// As after a SIGKILL.
    All,
    Some(u64),
}

impl Survivors {
    fn pick(self) -> impl FnMut() -> bool {
        let mut state = match self {
            Self::None | Self::All => 0,
            Self::Some(seed) => seed | 1,
        };
        move || match self {
            Self::None => false,
            Self::All => true,
            Self::Some(_) => {
                // xorshift: good enough to toss coins.
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                state & 64 == 0
            }
        }
    }
}

fn survivors() -> impl Strategy<Value = Survivors> {
    prop_oneof![
        1 => Just(Survivors::None),
        1 => Just(Survivors::All),
        4 => any::<u64>().prop_map(Survivors::Some),
    ]
}

fn sizes() -> impl Strategy<Value = Vec<usize>> {
    let size = prop_oneof![4 => 4..300usize, 1 => 3000..4096usize];
    prop::collection::vec(size, 1..24)
}

fn step() -> impl Strategy<Value = Step> {
    let fault = prop_oneof![
        4 => (Just(Op::Write), Just(ENOSPC)),
        1 => (Just(Op::Write), Just(EIO)),
        2 => (Just(Op::Create), Just(ENOSPC)),
        2 => (Just(Op::Rename), Just(ENOSPC)),
        2 => (Just(Op::Sync), Just(EIO)),
        1 => (Just(Op::SyncDir), Just(EIO)),
        1 => (Just(Op::Remove), Just(EIO)),
        1 => (Just(Op::SetLen), Just(EIO)),
    ];
    let in_open = prop::sample::select(vec![Op::Write, Op::Sync, Op::SetLen, Op::Remove, Op::SyncDir]);
    prop_oneof![
        8 => sizes().prop_map(Step::Append),
        2 => (fault, 0..4u64).prop_map(|((op, errno), after)| Step::Fault(op, after, errno)),
        1 => (0..70_000usize).prop_map(Step::Fill),
        1 => Just(Step::MakeRoom),
        4 => (1..40usize, any::<bool>()).prop_map(|(n, commit)| Step::Drain(n, commit)),
        1 => Just(Step::Restart),
        1 => survivors().prop_map(Step::Crash),
        3 => (sizes(), survivors()).prop_map(|(sizes, survivors)| Step::CrashIn(sizes, survivors)),
        1 => (in_open, 0..3u64).prop_map(|(op, after)| Step::RestartWithFault(op, after)),
    ]
}

struct World {
    disk: Arc<SimDisk>,
    rig: Option<Rig>,
    /// By id, which is its first four bytes.
    appended: Vec<Vec<u8>>,
    acked: BTreeSet<u32>,
    committed: BTreeSet<u32>,
    /// Delivered since the last start, in order.
    delivered: Vec<u32>,
}

impl World {
    fn new() -> Self {
        let disk = SimDisk::new();
        let rig = Some(Rig::open(&disk));
        let none = BTreeSet::new;
        Self { disk, rig, appended: vec![], acked: none(), committed: none(), delivered: vec![] }
    }

    fn rig(&mut self) -> &mut Rig {
        self.rig.as_mut().unwrap()
    }

    fn mint(&mut self, sizes: &[usize]) -> Vec<Vec<u8>> {
        let from = self.appended.len();
        for (id, size) in (from as u32..).zip(sizes) {
            let mut payload = id.to_le_bytes().to_vec();
            payload.resize(*size, id as u8);
            self.appended.push(payload);
        }
        self.appended[from..].to_vec()
    }

    async fn run(&mut self, step: Step) {
        match step {
            Step::Append(sizes) => {
                let payloads = self.mint(&sizes);
                let outcomes = self.rig().append(&payloads).await;
                self.note(&payloads, outcomes.iter().map(Result::is_ok));
            }
            Step::Fault(op, after, errno) => self.disk.fail(op, after, errno),
            Step::Fill(spare) => self.disk.set_room(Some(spare)),
            Step::MakeRoom => {
                self.disk.set_room(None);
                let journal = self.rig().journal.clone();
                until("there is room", || journal.status().health != Health::Full).await;
            }
            Step::Drain(records_max, commit) => self.drain(records_max, commit),
            Step::Restart => self.restart(),
            Step::Crash(survivors) => {
                self.disk.lose_power(survivors.pick());
                self.restart();
            }
            Step::CrashIn(sizes, survivors) => self.crash_in(&sizes, survivors).await,
            Step::RestartWithFault(op, after) => {
                self.check_quarantine();
                self.rig = None;
                self.disk.forgive();
                self.disk.fail(op, after, EIO);
                drop(open(self.disk.clone(), dir(), options()));
                self.restart();
            }
        }
        if self.rig().journal.status().health == Health::Failed {
            self.restart();
        }
    }

    fn note(&mut self, payloads: &[Vec<u8>], outcomes: impl Iterator<Item = bool>) {
        let acked = payloads.iter().zip(outcomes).filter(|(_, ok)| *ok);
        self.acked.extend(acked.map(|(payload, _)| id(payload)));
    }

    /// Cuts the power while a batch has been written and its sync has not returned.
    async fn crash_in(&mut self, sizes: &[usize], survivors: Survivors) {
        let payloads = self.mint(sizes);
        let disk = self.disk.clone();
        disk.hold_syncs(true);
        let waiting: Vec<_> = payloads.iter().map(|payload| self.rig().spawn(payload)).collect();
        tokio::task::yield_now().await;
        for _ in 0..50 {
            std::thread::yield_now();
        }
        disk.lose_power(survivors.pick());
        let mut outcomes = Vec::new();
        for waiting in waiting {
            outcomes.push(waiting.await.unwrap().is_ok());
        }
        self.note(&payloads, outcomes.into_iter());
        self.restart();
    }

    fn restart(&mut self) {
        self.check_quarantine();
        self.rig = None;
        self.disk.forgive();
        self.delivered.clear();
        self.rig = Some(Rig::open(&self.disk));
    }

    fn drain(&mut self, records_max: usize, commit: bool) {
        let Self { rig, appended, delivered, committed, .. } = self;
        let rig = rig.as_mut().unwrap();
        let Some(Ok(Some(batch))) = super::journal_rig::now(rig.drain.next(records_max)) else { return };
        assert!(batch.records.len() <= records_max && batch.end <= rig.journal.durable());
        for payload in &batch.records {
            let id = id(payload);
            assert_eq!(appended.get(id as usize).map(Vec::as_slice), Some(&payload[..]), "it was appended");
            assert!(delivered.last() < Some(&id), "in order, and once in a run: {id} after {delivered:?}");
            delivered.push(id);
        }
        if commit {
            // May fail to delete; that is for later.
            let _ = rig.drain.committed(batch.end);
            committed.extend(&*delivered);
        }
    }

    fn check_quarantine(&self) {
        let quarantined = self.rig.as_ref().map_or(0, |rig| rig.journal.status().quarantined_total);
        assert_eq!(quarantined, 0, "what a crash tears is not damage");
    }

    /// Delivers and commits everything, then closes.
    async fn end(&mut self) {
        self.disk.set_room(None);
        self.restart();
        loop {
            let before = self.delivered.len();
            self.drain(64, true);
            if self.delivered.len() == before {
                break;
            }
        }
        let lost: Vec<_> = self.acked.difference(&self.committed).collect();
        assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
        self.check_quarantine();
        self.rig().journal.close().await;
        assert!(self.rig().drain.next(1).await.unwrap().is_none());
        assert_eq!(self.disk.names(), Vec::<String>::new());
    }
}

fn id(payload: &[u8]) -> u32 {
    u32::from_le_bytes(*payload.first_chunk().unwrap())
}

/// A change to the bytes of a file.
#[derive(Debug, Clone)]
enum Spoil {
    Flip(usize, u8),
    Zero(usize, usize),
    Copy(usize, usize, usize),
    Truncate(usize),
}

const FILE: usize = 64 * 1024;

fn spoil() -> impl Strategy<Value = Spoil> {
    // Most records lie at the beginning.
    let at = || prop_oneof![3 => 0..4096usize, 1 => 0..FILE];
    prop_oneof![
        4 => (at(), 1..=u8::MAX).prop_map(|(at, bits)| Spoil::Flip(at, bits)),
        2 => (at(), 1..1000usize).prop_map(|(at, len)| Spoil::Zero(at, len)),
        2 => (at(), at(), 1..1000usize).prop_map(|(from, to, len)| Spoil::Copy(from, to, len)),
        1 => at().prop_map(Spoil::Truncate),
    ]
}

impl Spoil {
    /// Applies it; returns the range that was touched.
    fn apply(&self, bytes: &mut Vec<u8>) -> std::ops::Range<usize> {
        let end = bytes.len();
        match *self {
            Self::Flip(at, bits) if at < end => {
                bytes[at] ^= bits;
                at..at + 1
            }
            Self::Zero(at, len) if at < end => {
                let range = at..(at + len).min(end);
                bytes[range.clone()].fill(0);
                range
            }
            Self::Copy(from, to, len) if from.max(to) < end => {
                let len = len.min(end - from.max(to));
                bytes.copy_within(from..from + len, to);
                to..to + len
            }
            Self::Truncate(at) if at < end => {
                bytes.truncate(at);
                at..FILE
            }
            _ => 0..0,
        }
    }
}

/// Two segments of 30 records of 84 bytes, so of 104 bytes a frame, after a header of 64.
async fn two_segments() -> (Arc<SimDisk>, Vec<Vec<u8>>) {
    let disk = SimDisk::new();
    let payloads: Vec<_> = (0..60u8).map(|i| vec![i; 84]).collect();
    for half in payloads.chunks(30) {
        let rig = Rig::open(&disk);
        for batch in half.chunks(4) {
            rig.append(batch).await;
        }
    }
    assert_eq!(segments(&disk).len(), 2);
    (disk, payloads)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_promise_is_kept(steps in prop::collection::vec(step(), 1..40)) {
        block_on(async {
            let mut world = World::new();
            for step in steps {
                world.run(step).await;
            }
            world.end().await;
        });
    }

    #[test]
    fn damage_costs_the_records_it_touches_and_no_other(
        spoils in prop::collection::vec((0..2usize, spoil()), 1..8),
    ) {
        block_on(async {
            let (disk, payloads) = two_segments().await;
            let mut intact: BTreeSet<u8> = (0..60).collect();
            for (file, spoil) in &spoils {
                let path = dir().join(&segments(&disk)[*file]);
                let mut bytes = disk.bytes(&path);
                let touched = spoil.apply(&mut bytes);
                disk.put(&path, &bytes);
                let header = !touched.is_empty() && touched.start < 64;
                for i in 0..30 {
                    let frame = 64 + i * 104..64 + (i + 1) * 104;
                    if header || (touched.start < frame.end && frame.start < touched.end) {
                        intact.remove(&((*file * 30 + i) as u8));
                    }
                }
            }
            for _ in 0..2 {
                let mut rig = Rig::open(&disk);
                let rest = rig.rest();
                prop_assert!(rest.iter().all(|payload| payloads.iter().any(|known| known == payload)));
                let seen: BTreeSet<u8> = rest.iter().map(|payload| payload[0]).collect();
                prop_assert!(seen.is_superset(&intact), "{:?} of {:?}", seen, intact);
            }
            Ok(())
        })?;
    }

    #[test]
    fn no_bytes_make_it_panic(
        words in prop::collection::vec((0..12u8, any::<u32>()), 0..4000),
        tail in prop::collection::vec(any::<u8>(), 0..9),
        keep_header in prop::bool::weighted(0.9),
    ) {
        block_on(async {
            let (disk, _) = two_segments().await;
            for name in segments(&disk) {
                let path = dir().join(name);
                let mut bytes = disk.bytes(&path);
                let mark: [u8; 4] = bytes[12..16].try_into().unwrap();
                bytes.truncate(if keep_header { 64 } else { 0 });
                for (kind, word) in &words {
                    bytes.extend(match kind {
                        0..4 => mark,
                        4 => [0; 4],
                        5..8 => (word % 256).to_le_bytes(),
                        8 => ((word % 256) | (1 << 31)).to_le_bytes(),
                        9 => u32::MAX.to_le_bytes(),
                        _ => word.to_le_bytes(),
                    });
                }
                bytes.extend(&tail);
                disk.put(&path, &bytes);
            }
            let mut rig = Rig::open(&disk);
            assert_eq!(rig.rest().len(), 0);
            assert_eq!(rig.append(&[b"well".to_vec()]).await, [Ok(())]);
            assert_eq!(rig.rest(), ["well"]);
        });
    }
}
