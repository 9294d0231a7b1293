//! Links, keys and the salt in memory: what the edge must know without asking the database.
//!
//! Filled at start, newest links first and while the edge already answers; then kept current from the `changes` table: by a
//! poll, for what other processes changed, and by whoever changed something here, before the change is answered.
//!
//! Whoever puts something in holds `turn` from before it reads the store until it is in. So what is put in later was read
//! later, and no old state takes the place of a newer one.

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::{Mutex, watch};
use uuid::Uuid;

use crate::clock::Clock;
use crate::domain::id::{KeyId, LinkId};
use crate::domain::key::{self, Scope};
use crate::domain::target::Target;
use crate::domain::time::{DAY_MS, HOUR_MS, Time};
use crate::error::{Error, Result};
use crate::intake::links::{Known, Links};
use crate::intake::misses::{DEADLINE, Misses};
use crate::intake::snapshot::{self, Head, NO_SALT};
use crate::store::{Change, Entity, Store};

/// Links loaded at a time: some megabytes of rows.
const PAGE: i64 = 5_000;
/// Changes loaded at a time.
const CHANGES_MAX: i64 = 1_000;
/// Hours back from now whose clicked links are loaded first when not all find room: two days, so that what is used daily is in.
const RECENT_HOURS: u32 = 48;
/// Links of one such hour, a few hundred megabytes of rows for a moment.
const RECENT_MAX: i64 = 100_000;
/// The share of the room that a start leaves free, so that it does not end with an eviction.
const LEFT_FREE: usize = 8;

type Keys = HashMap<[u8; 32], (KeyId, Scope)>;

#[derive(Clone, Copy)]
struct Salted {
    secret: [u8; 32],
    at: Time,
}

/// What the edge must know.
pub struct Directory {
    links: Links,
    misses: Misses,
    keys: RwLock<Arc<Keys>>,
    salt: RwLock<Salted>,
    clock: Clock,
    /// Held by whoever puts something in.
    turn: Mutex<()>,
    /// The newest change that is in.
    newest: RwLock<Option<Change>>,
    /// Counts how often the directory began anew: what was loaded before that is gone.
    beginnings: AtomicU32,
    /// Turns false when links have to be loaded, true when as many are in as find room.
    loaded: watch::Sender<bool>,
    /// The newest change that is in the snapshot, when there is one of this run.
    saved: RwLock<Option<Option<Change>>>,
    /// Held by whoever writes a snapshot.
    saving: std::sync::Mutex<()>,
}

impl Directory {
    /// An empty directory with room for `links_in_memory` links.
    pub fn new(clock: Clock, links_in_memory: usize) -> Directory {
        Directory {
            links: Links::new(links_in_memory),
            misses: Misses::default(),
            keys: RwLock::default(),
            salt: RwLock::new(Salted { secret: NO_SALT, at: Time::EPOCH }),
            clock,
            turn: Mutex::default(),
            newest: RwLock::default(),
            beginnings: AtomicU32::new(0),
            loaded: watch::Sender::new(false),
            saved: RwLock::default(),
            saving: std::sync::Mutex::default(),
        }
    }

    /// What is known of a slug, in the form of [`crate::domain::link::slug_key`]; `make` takes from the target what is wanted.
    pub fn find<T>(&self, slug_key: &str, make: impl FnOnce(&Target) -> T) -> Known<T> {
        self.links.find(slug_key, make)
    }

    /// Asks the store about a slug that is [`Known::Unknown`].
    ///
    /// # Errors
    /// [`crate::error::Code::Unavailable`] when it does not answer in time.
    pub async fn ask(&self, slug_key: &str) -> Result<Option<Arc<Target>>> {
        self.misses.ask(slug_key).await
    }

    /// The links in memory.
    pub fn links(&self) -> &Links {
        &self.links
    }

    /// Who holds this key. The hash is looked up, never the secret, so timing tells nothing about it.
    pub fn key(&self, secret: &str) -> Option<(KeyId, Scope)> {
        read(&self.keys).get(&key::hash(secret)).copied()
    }

    /// The salt under which client addresses are hashed now.
    pub fn salt(&self) -> [u8; 32] {
        read(&self.salt).secret
    }

    /// Loads keys and the salt, and catches up with what changed since the snapshot, where there was one. Links are loaded
    /// by [`Directory::keep_loaded`].
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn begin(&self, store: &Store) -> Result<()> {
        let turn = self.turn.lock().await;
        self.load_salt(store).await?;
        self.load_keys(store).await?;
        if read(&self.newest).is_none() {
            self.begin_anew(store).await?;
        }
        drop(turn);
        self.catch_up(store).await
    }

    async fn begin_anew(&self, store: &Store) -> Result<()> {
        // Before the first link is read: what changes meanwhile is loaded once more than need be, not once less.
        let newest = store.read().await?.newest_change().await?;
        self.links.clear();
        put(&self.newest, newest);
        self.beginnings.fetch_add(1, Ordering::Relaxed);
        self.loaded.send_replace(false);
        Ok(())
    }

    /// Loads links whenever there is a reason to; ends only when the database does not answer.
    ///
    /// # Errors
    /// The database does not answer; the next call goes on.
    pub async fn keep_loaded(&self, store: &Store) -> Result<()> {
        let mut loaded = self.loaded.subscribe();
        loop {
            // The sender is ours.
            let _ = loaded.wait_for(|loaded| !loaded).await;
            self.load_links(store).await?;
        }
    }

    /// Resolves when as many links are in memory as find room.
    pub async fn until_loaded(&self) {
        // The sender is ours.
        let _ = self.loaded.subscribe().wait_for(|loaded| *loaded).await;
    }

    async fn load_links(&self, store: &Store) -> Result<()> {
        let (most, beginnings) = (self.links.most(), self.beginnings.load(Ordering::Relaxed));
        let too_many = store.read().await?.has_more_links_than(most).await?;
        let room = if too_many { most - most / LEFT_FREE } else { usize::MAX };
        if too_many {
            self.load_recent(store, room).await?;
        }
        let mut oldest = LinkId::from(Uuid::max());
        loop {
            let _turn = self.turn.lock().await;
            if self.beginnings.load(Ordering::Relaxed) != beginnings {
                return Ok(()); // half of it is gone again: once more, from the newest
            }
            let left = i64::try_from(room.saturating_sub(self.links.len())).unwrap_or(PAGE).min(PAGE);
            let page = if left > 0 { store.read().await?.targets(oldest, left).await? } else { Vec::new() };
            let Some(last) = page.last() else {
                self.links.set_whole(!too_many && self.links.len() <= most);
                self.loaded.send_replace(true);
                return Ok(());
            };
            oldest = last.id;
            page.into_iter().for_each(|target| self.links.put_if_new(target, RECENT_HOURS + 1));
        }
    }

    /// Loads the links that were clicked in the last hours, the last hour first.
    async fn load_recent(&self, store: &Store, room: usize) -> Result<()> {
        let now = self.clock.now();
        for ago in 0..RECENT_HOURS {
            let hour = (now - i64::from(ago) * HOUR_MS).hour();
            let _turn = self.turn.lock().await;
            let left = i64::try_from(room.saturating_sub(self.links.len())).unwrap_or(i64::MAX).min(RECENT_MAX);
            if left == 0 {
                break;
            }
            let targets = store.read().await?.targets_clicked(hour, left).await?;
            targets.into_iter().for_each(|target| self.links.put_if_new(target, ago + 1));
        }
        Ok(())
    }

    /// Answers those who [`Directory::ask`]; runs as long as the process.
    pub async fn answer_misses(&self, store: &Store) {
        loop {
            let slugs = self.misses.next().await;
            let found = tokio::time::timeout(DEADLINE, self.look_up(store, &slugs)).await;
            let found =
                found.ok().and_then(|found| found.inspect_err(|error| tracing::debug!(%error, "links not looked up")).ok());
            for slug in &slugs {
                self.misses.answer(slug, found.as_ref().map(|found| found.get(slug).cloned()).ok_or(()));
            }
        }
    }

    async fn look_up(&self, store: &Store, slugs: &[String]) -> Result<HashMap<String, Arc<Target>>> {
        let _turn = self.turn.lock().await;
        let targets = store.read().await?.targets_under(slugs).await?;
        let mut found = HashMap::new();
        for target in targets {
            found.insert(target.slug_key().to_owned(), Arc::new(target.clone()));
            self.links.put(target, 0);
        }
        slugs.iter().filter(|slug| !found.contains_key(*slug)).for_each(|slug| self.links.put_nowhere(slug));
        Ok(found)
    }

    /// Loads what changed since the last time.
    ///
    /// # Errors
    /// The database does not answer; the next call begins where this one stopped.
    pub async fn catch_up(&self, store: &Store) -> Result<()> {
        let _turn = self.turn.lock().await;
        loop {
            let newest = read(&self.newest);
            let Some(changes) = store.read().await?.changes_after(newest.as_ref(), CHANGES_MAX).await? else {
                tracing::warn!("the database is another, or was away for days: everything is loaded anew");
                self.load_salt(store).await?;
                self.load_keys(store).await?;
                return self.begin_anew(store).await;
            };
            let Some(last) = changes.last().cloned() else { return Ok(()) };
            self.apply(store, &changes).await?;
            put(&self.newest, Some(last));
        }
    }

    async fn apply(&self, store: &Store, changes: &[Change]) -> Result<()> {
        let mut tx = store.read().await?;
        for change in changes {
            let subject = change.subject;
            let targets = match change.entity {
                Entity::Partner if !self.links.is_whole() => {
                    self.again(store, |target| target.partner.uuid() == subject).await?
                }
                Entity::Campaign if !self.links.is_whole() => {
                    self.again(store, |target| target.campaign.is_some_and(|campaign| campaign.uuid() == subject)).await?
                }
                entity => tx.targets_of(entity, subject).await?,
            };
            if change.entity == Entity::Slug {
                self.links.forget_old_slugs(subject, targets.first().map(Target::slug_key));
            }
            for target in targets {
                self.links.put(target, 0);
            }
        }
        drop(tx);
        if changes.iter().any(|change| change.entity == Entity::Key) {
            self.load_keys(store).await?;
        }
        if changes.iter().any(|change| change.entity == Entity::Salt) {
            self.load_salt(store).await?;
        }
        Ok(())
    }

    /// Reads those of the links in memory once more for which `wanted` holds: of a partner's millions only these matter.
    async fn again(&self, store: &Store, wanted: impl Fn(&Target) -> bool) -> Result<Vec<Target>> {
        let mut targets = Vec::new();
        for slugs in self.links.slugs_of(wanted).chunks(PAGE as usize) {
            targets.extend(store.read().await?.targets_under(slugs).await?);
        }
        Ok(targets)
    }

    async fn load_keys(&self, store: &Store) -> Result<()> {
        let keys = store.read().await?.key_hashes().await?;
        let keys = keys.into_iter().filter_map(|(hash, id, scope)| Some((hash.try_into().ok()?, (id, scope)))).collect();
        put(&self.keys, Arc::new(keys));
        Ok(())
    }

    async fn load_salt(&self, store: &Store) -> Result<()> {
        let mut tx = store.write().await?;
        let salt = tx.current_salt(self.clock.now()).await?;
        tx.commit().await?;
        put(&self.salt, Salted { secret: salt.secret, at: salt.created_at });
        Ok(())
    }

    /// Fills an empty directory from the snapshot in `dir`; false when there is none that can be used.
    ///
    /// # Errors
    /// The machine has no random bytes.
    pub fn restore(&self, dir: &Path) -> Result<bool> {
        let read = snapshot::read(dir, |target| self.links.put_if_new(target, RECENT_HOURS + 1));
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
        let head = Head { change: change.clone(), salted_at: salt.at, keys };
        snapshot::write(dir, &head, salt.secret, |visit| self.links.visit(visit))?;
        put(&self.saved, Some(change));
        Ok(())
    }
}

fn read<T: Clone>(cell: &RwLock<T>) -> T {
    cell.read().unwrap_or_else(PoisonError::into_inner).clone()
}

fn put<T>(cell: &RwLock<T>, value: T) {
    *cell.write().unwrap_or_else(PoisonError::into_inner) = value;
}
