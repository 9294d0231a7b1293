//! Links, keys and the salt in memory: what the edge must know without asking the database.
//!
//! Filled once at start, then kept current from the `changes` table: by a poll, for what other processes changed, and
//! by whoever changed something here, before the change is answered.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::Mutex;
use uuid::Uuid;

use crate::clock::Clock;
use crate::domain::id::KeyId;
use crate::domain::key::{self, Scope};
use crate::domain::link::Target;
use crate::error::Result;
use crate::store::{Change, Entity, Store};

/// Links loaded at a time: some megabytes of rows.
const PAGE: i64 = 5_000;
/// Changes loaded at a time.
const CHANGES_MAX: i64 = 1_000;

type Keys = HashMap<[u8; 32], (KeyId, Scope)>;

/// What the edge must know.
pub struct Directory {
    targets: papaya::HashMap<Box<str>, Arc<Target>, foldhash::fast::RandomState>,
    keys: RwLock<Arc<Keys>>,
    salt: RwLock<[u8; 32]>,
    clock: Clock,
    /// The version of the newest change that is in; the lock keeps two from catching up at once.
    version: Mutex<i64>,
}

impl Directory {
    /// Loads everything.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn load(store: &Store, clock: Clock) -> Result<Directory> {
        let directory = Directory {
            targets: papaya::HashMap::default(),
            keys: RwLock::default(),
            salt: RwLock::default(),
            clock,
            version: Mutex::new(0),
        };
        let mut tx = store.read().await?;
        *directory.version.lock().await = tx.change_version().await?;
        directory.set_keys(tx.key_hashes().await?);
        let mut cursor = None;
        loop {
            let page = tx.targets(cursor, PAGE).await?;
            let Some((_, last)) = page.last() else { break };
            cursor = Some(last.id);
            directory.insert(page);
        }
        drop(tx);
        // After the version was read: a salt made since then is in force either way.
        directory.load_salt(store).await?;
        Ok(directory)
    }

    /// The target of a slug, in the form of [`crate::domain::link::slug_key`].
    pub fn target(&self, slug_key: &str) -> Option<Arc<Target>> {
        self.targets.pin().get(slug_key).cloned()
    }

    /// How many links are in memory.
    pub fn len(&self) -> usize {
        self.targets.len()
    }

    /// Whether no link is in memory.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Who holds this key. The hash is looked up, never the secret, so timing tells nothing about it.
    pub fn key(&self, secret: &str) -> Option<(KeyId, Scope)> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).get(&key::hash(secret)).copied()
    }

    /// The salt under which client addresses are hashed now.
    pub fn salt(&self) -> [u8; 32] {
        *self.salt.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Loads what changed since the last time.
    ///
    /// # Errors
    /// The database does not answer; the next call begins where this one stopped.
    pub async fn catch_up(&self, store: &Store) -> Result<()> {
        let mut version = self.version.lock().await;
        loop {
            let changes = store.read().await?.changes_after(*version, CHANGES_MAX).await?;
            let Some(last) = changes.last().map(|change| change.version) else { return Ok(()) };
            self.apply(store, &changes).await?;
            *version = last;
        }
    }

    async fn apply(&self, store: &Store, changes: &[Change]) -> Result<()> {
        let mut tx = store.read().await?;
        if changes.iter().any(|change| change.entity == Entity::Key) {
            self.set_keys(tx.key_hashes().await?);
        }
        for change in changes {
            let targets = tx.targets_of(change.entity, change.subject).await?;
            if change.entity == Entity::Slug {
                self.forget_old_slug(change.subject, &targets);
            }
            self.insert(targets);
        }
        drop(tx);
        if changes.iter().any(|change| change.entity == Entity::Salt) {
            self.load_salt(store).await?;
        }
        Ok(())
    }

    fn insert(&self, targets: Vec<(Box<str>, Target)>) {
        let map = self.targets.pin();
        for (slug_key, target) in targets {
            map.insert(slug_key, Arc::new(target));
        }
    }

    /// Renames are rare, so they look through all links rather than each link remembering its slug.
    fn forget_old_slug(&self, link: Uuid, now: &[(Box<str>, Target)]) {
        let stays = |key: &str, target: &Target| target.id.uuid() != link || now.iter().any(|(slug, _)| **slug == *key);
        self.targets.pin().retain(|key, target| stays(key, target));
    }

    fn set_keys(&self, keys: Vec<(Vec<u8>, KeyId, Scope)>) {
        let keys = keys.into_iter().filter_map(|(hash, id, scope)| Some((hash.try_into().ok()?, (id, scope)))).collect();
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
    }

    async fn load_salt(&self, store: &Store) -> Result<()> {
        let mut tx = store.write().await?;
        let secret = tx.current_salt(self.clock.now()).await?.secret;
        tx.commit().await?;
        *self.salt.write().unwrap_or_else(PoisonError::into_inner) = secret;
        Ok(())
    }
}
