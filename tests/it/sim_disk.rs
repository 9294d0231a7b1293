//! A disk that misbehaves, for the journal's tests: a file system in memory that keeps what is live
//! and what is durable apart, fails any operation on demand, and can lose power.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

use kudos::journal::{Disk, DiskFile, LockGuard};

/// The unit that a disk writes whole or not at all.
const SECTOR: usize = 512;
pub const ENOSPC: i32 = 28;
pub const EIO: i32 = 5;

/// Kinds of operations that can be made to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Op {
    Create,
    Read,
    Write,
    Sync,
    SetLen,
    Rename,
    Remove,
    SyncDir,
}

/// One successful operation, with the file's name at that time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Done {
    Write(String),
    Sync(String),
    Rename(String, String),
    Remove(String),
    SyncDir,
    /// Put in by a test.
    Note(&'static str),
}

#[derive(Default)]
struct Inode {
    live: Vec<u8>,
    durable: Vec<u8>,
    dirty: BTreeSet<usize>,
    name: String,
}

#[derive(Default)]
struct State {
    /// Grows with each power loss; handles of an earlier life are dead.
    life: u64,
    inodes: BTreeMap<u64, Inode>,
    next_inode: u64,
    live: BTreeMap<PathBuf, u64>,
    durable: BTreeMap<PathBuf, u64>,
    locks: BTreeSet<PathBuf>,
    /// Operation, how many more succeed, errno.
    faults: Vec<(Op, u64, i32)>,
    capacity: Option<usize>,
    syncs_held: bool,
    /// After a power loss, until somebody takes a lock: what the dead process still tries fails.
    off: bool,
    log: Vec<Done>,
}

/// A simulated disk; clones are the same disk.
#[derive(Clone, Default)]
pub struct SimDisk(Arc<(Mutex<State>, Condvar)>);

struct SimFile {
    disk: SimDisk,
    inode: u64,
    life: u64,
}

struct SimLock(SimDisk, PathBuf, u64);

impl State {
    fn check(&mut self, op: Op) -> io::Result<()> {
        if self.off {
            return Err(io::Error::from_raw_os_error(EIO));
        }
        let Some(index) = self.faults.iter().position(|fault| fault.0 == op) else { return Ok(()) };
        if self.faults[index].1 > 0 {
            self.faults[index].1 -= 1;
            return Ok(());
        }
        Err(io::Error::from_raw_os_error(self.faults.remove(index).2))
    }

    fn used(&self) -> usize {
        self.live.values().map(|inode| self.inodes[inode].live.len()).sum()
    }

    fn inode(&mut self, life: u64, inode: u64) -> io::Result<&mut Inode> {
        if life != self.life {
            return Err(io::Error::from_raw_os_error(EIO));
        }
        self.inodes.get_mut(&inode).ok_or_else(|| io::Error::from_raw_os_error(EIO))
    }
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

fn not_found() -> io::Error {
    io::Error::from(io::ErrorKind::NotFound)
}

impl SimDisk {
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.0.lock().unwrap()
    }

    /// Lets `after` operations of a kind succeed and fails the one after them with `errno`.
    pub fn fail(&self, op: Op, after: u64, errno: i32) {
        self.state().faults.push((op, after, errno));
    }

    pub fn forgive(&self) {
        self.state().faults.clear();
    }

    /// Lets files grow to `spare` bytes more than now, all together; `None`: without bounds.
    pub fn set_room(&self, spare: Option<usize>) {
        let mut state = self.state();
        state.capacity = spare.map(|spare| state.used() + spare);
    }

    /// While held, `sync` waits.
    pub fn hold_syncs(&self, held: bool) {
        self.state().syncs_held = held;
        self.0.1.notify_all();
    }

    /// Forgets what is not durable, but for the sectors, lengths and names that `survives` picks.
    /// Files opened before are dead.
    pub fn lose_power(&self, mut survives: impl FnMut() -> bool) {
        let mut state = self.state();
        let state = &mut *state;
        state.life += 1;
        state.off = true;
        state.locks.clear();
        state.faults.clear();
        state.syncs_held = false;
        for inode in state.inodes.values_mut() {
            let mut image = std::mem::take(&mut inode.durable);
            if inode.live.len() != image.len() && survives() {
                image.resize(inode.live.len(), 0);
            }
            for sector in std::mem::take(&mut inode.dirty) {
                let range = sector * SECTOR..((sector + 1) * SECTOR).min(inode.live.len()).min(image.len());
                if survives() && !range.is_empty() {
                    image[range.clone()].copy_from_slice(&inode.live[range]);
                }
            }
            inode.live.clone_from(&image);
            inode.durable = image;
        }
        let names: BTreeSet<_> = state.live.keys().chain(state.durable.keys()).cloned().collect();
        for name in names {
            if state.live.get(&name) != state.durable.get(&name) && survives() {
                match state.live.get(&name) {
                    Some(inode) => state.durable.insert(name, *inode),
                    None => state.durable.remove(&name),
                };
            }
        }
        state.live.clone_from(&state.durable);
        self.0.1.notify_all();
    }

    /// File names in the whole disk, sorted.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = self.state().live.keys().map(|path| name_of(path)).collect();
        names.sort();
        names
    }

    /// File names in `dir`.
    pub fn files_in(&self, dir: &Path) -> Vec<String> {
        self.list(dir).unwrap()
    }

    pub fn bytes(&self, path: &Path) -> Vec<u8> {
        let state = self.state();
        state.inodes[&state.live[path]].live.clone()
    }

    /// Puts a durable file there.
    pub fn put(&self, path: &Path, bytes: &[u8]) {
        let file = self.create(path).unwrap();
        file.set_len(bytes.len() as u64).unwrap();
        file.write_at(bytes, 0).unwrap();
        file.sync().unwrap();
        self.sync_dir(path.parent().unwrap()).unwrap();
    }

    pub fn note(&self, text: &'static str) {
        self.state().log.push(Done::Note(text));
    }

    pub fn log(&self) -> Vec<Done> {
        self.state().log.clone()
    }
}

impl Disk for SimDisk {
    fn create(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>> {
        let mut state = self.state();
        state.check(Op::Create)?;
        let inode = state.next_inode;
        state.next_inode += 1;
        state.inodes.insert(inode, Inode { name: name_of(path), ..Inode::default() });
        state.live.insert(path.to_owned(), inode);
        Ok(Arc::new(SimFile { disk: self.clone(), inode, life: state.life }))
    }

    fn open(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>> {
        let state = self.state();
        let inode = *state.live.get(path).ok_or_else(not_found)?;
        Ok(Arc::new(SimFile { disk: self.clone(), inode, life: state.life }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.check(Op::Rename)?;
        let inode = state.live.remove(from).ok_or_else(not_found)?;
        state.live.insert(to.to_owned(), inode);
        state.inodes.get_mut(&inode).unwrap().name = name_of(to);
        state.log.push(Done::Rename(name_of(from), name_of(to)));
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.check(Op::Remove)?;
        state.live.remove(path).ok_or_else(not_found)?;
        state.log.push(Done::Remove(name_of(path)));
        Ok(())
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        let state = self.state();
        let inside = state.live.keys().filter(|path| path.parent() == Some(dir));
        Ok(inside.map(|path| name_of(path)).collect())
    }

    fn create_dir(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.check(Op::SyncDir)?;
        let inside = |path: &Path| path.parent() == Some(dir);
        state.durable.retain(|path, _| !inside(path));
        let live: Vec<_> = state.live.iter().filter(|(path, _)| inside(path)).collect();
        let live: Vec<_> = live.into_iter().map(|(path, inode)| (path.clone(), *inode)).collect();
        state.durable.extend(live);
        state.log.push(Done::SyncDir);
        Ok(())
    }

    fn lock(&self, path: &Path) -> io::Result<LockGuard> {
        let mut state = self.state();
        state.off = false;
        if !state.locks.insert(path.to_owned()) {
            return Err(io::Error::from(io::ErrorKind::WouldBlock));
        }
        Ok(Box::new(SimLock(self.clone(), path.to_owned(), state.life)))
    }
}

impl Drop for SimLock {
    fn drop(&mut self) {
        let mut state = self.0.state();
        if state.life == self.2 {
            state.locks.remove(&self.1);
        }
    }
}

impl DiskFile for SimFile {
    fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut state = self.disk.state();
        state.check(Op::Read)?;
        let live = &state.inode(self.life, self.inode)?.live;
        let from = live.get(offset as usize..).unwrap_or_default();
        let len = from.len().min(buf.len());
        buf[..len].copy_from_slice(&from[..len]);
        Ok(len)
    }

    /// A write that fails has written its first half.
    fn write_at(&self, buf: &[u8], offset: u64) -> io::Result<()> {
        let mut state = self.disk.state();
        let mut fault = state.check(Op::Write);
        let (used, capacity) = (state.used(), state.capacity);
        let inode = state.inode(self.life, self.inode)?;
        let offset = offset as usize;
        let growth = (offset + buf.len()).saturating_sub(inode.live.len());
        if growth > 0 && capacity.is_some_and(|capacity| used + growth > capacity) {
            fault = Err(io::Error::from_raw_os_error(ENOSPC));
        }
        let done = if fault.is_ok() { buf.len() } else { buf.len() / 2 };
        if inode.live.len() < offset + done {
            inode.live.resize(offset + done, 0);
        }
        inode.live[offset..offset + done].copy_from_slice(&buf[..done]);
        if done > 0 {
            inode.dirty.extend(offset / SECTOR..=(offset + done - 1) / SECTOR);
        }
        let name = inode.name.clone();
        fault?;
        state.log.push(Done::Write(name));
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let mut state = self.disk.state();
        while state.syncs_held && state.life == self.life {
            state = self.disk.0.1.wait(state).unwrap();
        }
        state.check(Op::Sync)?;
        let inode = state.inode(self.life, self.inode)?;
        inode.durable.resize(inode.live.len(), 0);
        for sector in std::mem::take(&mut inode.dirty) {
            let range = (sector * SECTOR).min(inode.live.len())..((sector + 1) * SECTOR).min(inode.live.len());
            inode.durable[range.clone()].copy_from_slice(&inode.live[range]);
        }
        let name = inode.name.clone();
        state.log.push(Done::Sync(name));
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut state = self.disk.state();
        state.check(Op::SetLen)?;
        let inode = state.inode(self.life, self.inode)?;
        let (old, new) = (inode.live.len(), len as usize);
        inode.live.resize(new, 0);
        // What is cut and written again must not bring old bytes back.
        inode.dirty.extend(old.min(new) / SECTOR..old.max(new).div_ceil(SECTOR));
        Ok(())
    }

    fn size(&self) -> io::Result<u64> {
        Ok(self.disk.state().inode(self.life, self.inode)?.live.len() as u64)
    }
}
