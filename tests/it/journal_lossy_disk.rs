//! Real files whose un-synced writes live in this process only, so that a SIGKILL loses them as a power
//! cut would.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use kudos::journal::{Disk, DiskFile, LockGuard, RealDisk};

use crate::sim_disk::EIO;

/// Real files, whose writes reach the kernel only at `sync`. Clones are the same disk.
#[derive(Clone, Default)]
pub struct LossyDisk {
    /// `sync` says yes and does nothing: a crash test over such a disk has to fail.
    pub sync_is_a_lie: Arc<AtomicBool>,
    /// `sync` says that the disk is broken, and does nothing.
    pub sync_fails: Arc<AtomicBool>,
    files: Arc<Mutex<BTreeMap<PathBuf, Arc<LossyFile>>>>,
}

struct LossyFile {
    real: Arc<dyn DiskFile>,
    sync_is_a_lie: Arc<AtomicBool>,
    sync_fails: Arc<AtomicBool>,
    content: Mutex<Content>,
}

struct Content {
    image: Vec<u8>,
    /// Ranges of `image` that the real file does not have yet.
    dirty: Vec<(usize, usize)>,
}

impl LossyDisk {
    fn adopt(&self, path: &Path, real: Arc<dyn DiskFile>) -> io::Result<Arc<dyn DiskFile>> {
        let mut image = vec![0; real.size()? as usize];
        let got = real.read_at(&mut image, 0)?;
        image.truncate(got);
        let content = Mutex::new(Content { image, dirty: Vec::new() });
        let (sync_is_a_lie, sync_fails) = (self.sync_is_a_lie.clone(), self.sync_fails.clone());
        let file = Arc::new(LossyFile { real, sync_is_a_lie, sync_fails, content });
        self.files.lock().unwrap().insert(path.to_owned(), file.clone());
        Ok(file)
    }
}

impl Disk for LossyDisk {
    fn create(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>> {
        self.adopt(path, RealDisk.create(path)?)
    }

    fn open(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>> {
        if let Some(file) = self.files.lock().unwrap().get(path) {
            return Ok(file.clone());
        }
        self.adopt(path, RealDisk.open(path)?)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        RealDisk.rename(from, to)?;
        let mut files = self.files.lock().unwrap();
        if let Some(file) = files.remove(from) {
            files.insert(to.to_owned(), file);
        }
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.files.lock().unwrap().remove(path);
        RealDisk.remove(path)
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        RealDisk.list(dir)
    }

    fn create_dir(&self, dir: &Path) -> io::Result<()> {
        RealDisk.create_dir(dir)
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        RealDisk.sync_dir(dir)
    }

    fn lock(&self, path: &Path) -> io::Result<LockGuard> {
        RealDisk.lock(path)
    }
}

impl DiskFile for LossyFile {
    fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        let content = self.content.lock().unwrap();
        let from = content.image.get(offset as usize..).unwrap_or_default();
        let len = from.len().min(buf.len());
        buf[..len].copy_from_slice(&from[..len]);
        Ok(len)
    }

    fn write_at(&self, buf: &[u8], offset: u64) -> io::Result<()> {
        let mut content = self.content.lock().unwrap();
        let (from, to) = (offset as usize, offset as usize + buf.len());
        if content.image.len() < to {
            content.image.resize(to, 0);
        }
        content.image[from..to].copy_from_slice(buf);
        content.dirty.push((from, to));
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        if self.sync_is_a_lie.load(Ordering::Relaxed) {
            return Ok(());
        }
        if self.sync_fails.load(Ordering::Relaxed) {
            return Err(io::Error::from_raw_os_error(EIO));
        }
        let mut content = self.content.lock().unwrap();
        for (from, to) in std::mem::take(&mut content.dirty) {
            let to = to.min(content.image.len());
            if from < to {
                self.real.write_at(&content.image[from..to], from as u64)?;
            }
        }
        if self.real.size()? != content.image.len() as u64 {
            self.real.set_len(content.image.len() as u64)?;
        }
        self.real.sync()
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.content.lock().unwrap().image.resize(len as usize, 0);
        Ok(())
    }

    fn size(&self) -> io::Result<u64> {
        Ok(self.content.lock().unwrap().image.len() as u64)
    }
}
