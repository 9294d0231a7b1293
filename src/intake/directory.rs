//! Links, keys and the salt in memory: what the edge must know without asking the database.
//!
//! Filled at start, newest links first and while the edge already answers; then kept current from the `changes` table: by a
//! poll, for what other processes changed, and by whoever changed something here, before the change is answered.
//!
//! Whoever puts something in holds `turn` from before it reads the store until it is in. So what is put in later was read
//! later, and no old state takes the place of a newer one.

mod saving;
mod uses;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::{Mutex, watch};
use uuid::Uuid;

use crate::clock::Clock;
use crate::domain::id::{KeyId, LinkId};
use crate::domain::key::{self, Scope};
use crate::domain::target::Target;
use crate::domain::time::{HOUR_MS, Time};
use crate::error::{Error, Result};
use crate::intake::links::{Known, Links};
use crate::intake::misses::{DEADLINE, Misses};
use crate::intake::snapshot::NO_SALT;
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
    links: Arc<Links>,
    misses: Misses,
    keys: RwLock<Arc<Keys>>,
    uses: uses::Uses,
    salt: RwLock<Salted>,
    email_secret: RwLock<Option<[u8; 32]>>,
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
            links: Arc::new(Links::new(links_in_memory)),
            misses: Misses::default(),
            keys: RwLock::default(),
            uses: Default::default(),
            salt: RwLock::new(Salted { secret: NO_SALT, at: Time::EPOCH }),
            email_secret: RwLock::default(),
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
        let found = read(&self.keys).get(&key::hash(secret)).copied();
        if let Some((id, _)) = found {
            self.uses.note(id, self.clock.now());
        }
        found
    }

    /// When a key was last shown to this node, where the store does not know it yet.
    pub fn key_use(&self, id: KeyId) -> Option<Time> {
        self.uses.of(id)
    }

    /// Writes into the store when keys were last shown.
    ///
    /// # Errors
    /// The database does not answer; the next call writes it.
    pub async fn save_key_uses(&self, store: &Store) -> Result<()> {
        self.uses.save(store).await
    }

    /// The salt under which client addresses are hashed now.
    pub fn salt(&self) -> [u8; 32] {
        read(&self.salt).secret
    }

    /// The secret under which e-mail addresses are hashed; none before the database was there, unless a snapshot has it.
    pub fn email_secret(&self) -> Option<[u8; 32]> {
        read(&self.email_secret)
    }

    /// Loads keys and the salt, and catches up with what changed since the snapshot, where there was one. Links are loaded
    /// by [`Directory::keep_loaded`].
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn begin(&self, store: &Store) -> Result<()> {
        let turn = self.turn.lock().await;
        if read(&self.newest).is_none() {
            return self.begin_anew(store).await;
        }
        // Of a snapshot: perhaps from before a key was revoked by somebody who then cut the trail.
        self.load_salt(store).await?;
        self.load_keys(store).await?;
        drop(turn);
        self.catch_up(store).await
    }

    async fn begin_anew(&self, store: &Store) -> Result<()> {
        // Before anything else is read: what changes meanwhile is loaded once more than need be, not once less.
        let newest = store.read().await?.newest_change().await?;
        self.load_salt(store).await?;
        self.load_keys(store).await?;
        self.links.clear();
        self.beginnings.fetch_add(1, Ordering::Relaxed);
        self.loaded.send_replace(false);
        put(&self.newest, newest);
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
                    self.again(store, move |target| target.partner.uuid() == subject).await?
                }
                Entity::Campaign if !self.links.is_whole() => {
                    self.again(store, move |target| target.campaign.is_some_and(|campaign| campaign.uuid() == subject)).await?
                }
                entity => tx.targets_of(entity, subject).await?,
            };
            if change.entity == Entity::Slug {
                let now = targets.first().map(|target| target.slug_key().to_owned());
                self.walk(move |links| links.forget_old_slugs(subject, now.as_deref())).await?;
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
    async fn again(&self, store: &Store, wanted: impl Fn(&Target) -> bool + Send + 'static) -> Result<Vec<Target>> {
        let mut targets = Vec::new();
        for slugs in self.walk(|links| links.slugs_of(wanted)).await?.chunks(PAGE as usize) {
            targets.extend(store.read().await?.targets_under(slugs).await?);
        }
        Ok(targets)
    }

    /// Takes out links when there are more than there should be.
    ///
    /// # Errors
    /// A defect.
    pub async fn keep_in_bounds(&self) -> Result<()> {
        if self.links.is_over() { self.walk(Links::evict).await } else { Ok(()) }
    }

    /// Does what walks over every link, on a thread where nobody waits for anything else.
    async fn walk<T: Send + 'static>(&self, work: impl FnOnce(&Links) -> T + Send + 'static) -> Result<T> {
        let links = self.links.clone();
        let walked = tokio::task::spawn_blocking(move || work(&links)).await;
        walked.map_err(|why| Error::internal("the links in memory could not be walked over", why))
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
        let book = tx.email_book().await?;
        tx.commit().await?;
        put(&self.email_secret, Some(book.secret()));
        put(&self.salt, Salted { secret: salt.secret, at: salt.created_at });
        Ok(())
    }
}

fn read<T: Clone>(cell: &RwLock<T>) -> T {
    cell.read().unwrap_or_else(PoisonError::into_inner).clone()
}

fn put<T>(cell: &RwLock<T>, value: T) {
    *cell.write().unwrap_or_else(PoisonError::into_inner) = value;
}
