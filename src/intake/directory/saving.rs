//! The directory in a snapshot, and out of one. The salt in it is taken out once its day is over.

use std::io;
use std::path::Path;
use std::sync::{Arc, PoisonError};

use super::{Directory, RECENT_HOURS, Salted, put, read};
use crate::domain::time::DAY_MS;
use crate::error::{Error, Result};
use crate::intake::snapshot::{self, Head, NO_SALT};

impl Directory {
    /// Fills an empty directory from the snapshot in `dir`; false when there is none that can be used.
    ///
    /// # Errors
    /// The machine has no random bytes.
    pub fn restore(&self, dir: &Path) -> Result<bool> {
        let read = snapshot::read(dir, |target| {
            if self.links.len() < self.links.most() {
                self.links.put_if_new(target, RECENT_HOURS + 1);
            }
        });
        let (head, secret) = match read {
            Ok(Some(found)) => found,
            Ok(None) => return Ok(false),
            Err(why) => {
                self.links.clear();
                let file = dir.join(snapshot::NAME);
                tracing::error!(%why, "the snapshot {} is ignored", file.display());
                return Ok(false);
            }
        };
        put(&self.keys, Arc::new(head.keys.into_iter().map(|(hash, id, scope)| (hash, (id, scope))).collect()));
        put(&self.newest, head.change);
        put(&self.email_secret, head.email_secret);
        put(&self.salt, Salted { secret, at: head.salted_at });
        if secret == NO_SALT {
            self.make_salt()?;
        }
        self.throw_salt_away(dir)?;
        Ok(true)
    }

    /// A salt of its own for a node that cannot reach the database; the database's takes its place later.
    fn make_salt(&self) -> Result<()> {
        let mut secret = NO_SALT;
        getrandom::fill(&mut secret).map_err(|why| Error::internal("the machine has no random bytes", why))?;
        put(&self.salt, Salted { secret, at: self.clock.now() });
        Ok(())
    }

    /// Once the day of the salt is over it goes, here and in the snapshot; for when no database says which one follows.
    ///
    /// # Errors
    /// The machine has no random bytes.
    pub fn throw_salt_away(&self, dir: &Path) -> Result<()> {
        if self.clock.now() - read(&self.salt).at < DAY_MS {
            return Ok(());
        }
        if let Err(why) = snapshot::forget_salt(dir) {
            tracing::error!(%why, "an old salt cannot be overwritten in the snapshot");
        }
        self.make_salt()
    }

    /// Whether what is in memory is all that should be, and the snapshot does not know of every change to it.
    pub fn is_unsaved(&self) -> bool {
        *self.loaded.borrow() && read(&self.saved) != Some(read(&self.newest))
    }

    /// Whether a snapshot would be another for more than changes: it would hold the links that were used since.
    pub fn has_drifted(&self) -> bool {
        *self.loaded.borrow() && !self.links.is_whole()
    }

    /// Saves a snapshot in `dir`. Blocks for as long as the disk takes.
    ///
    /// # Errors
    /// Whatever the disk says.
    pub fn save(&self, dir: &Path) -> io::Result<()> {
        let _alone = self.saving.lock().unwrap_or_else(PoisonError::into_inner);
        // First: what is changed while the links are written is applied to them once more, which does no harm.
        let (change, salt) = (read(&self.newest), read(&self.salt));
        let keys = read(&self.keys).iter().map(|(hash, (id, scope))| (*hash, *id, *scope)).collect();
        let head = Head { change: change.clone(), salted_at: salt.at, keys, email_secret: self.email_secret() };
        snapshot::write(dir, &head, salt.secret, |visit| self.links.visit(visit))?;
        put(&self.saved, Some(change));
        Ok(())
    }
}
