//! The links in memory: all of them while they fit, else those that were used last.
//!
//! One table. A hit costs one lookup, and a note of when it was; nobody waits for anybody. Everything that puts something
//! in is called by one task at a time (see `directory.rs`), so that what is put in later is newer.

use std::borrow::Borrow;
use std::hash::{Hash, Hasher};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use quick_cache::sync::Cache;
use uuid::Uuid;

use crate::domain::link::check_slug;
use crate::domain::target::Target;

/// The share of the table that is emptied when it is full: so much that the walk over all of it is worth it.
const EMPTIED: usize = 16;
/// Slugs that are known to lead nowhere: some megabytes, and more than a scanner tries within [`NOWHERE_FOR`] without
/// being slowed down by the misses themselves.
const NOWHERE_MAX: usize = 50_000;
/// For how long that is believed. A link that is minted is taken out at once; this is for what was overlooked.
const NOWHERE_FOR: Duration = Duration::from_secs(10);
/// Where the time of use begins: links that were used before the start come below.
const START: u32 = 1_000;

/// A link as the table's key: found by its slug. In the table itself, so that a lookup follows no further pointer to it.
struct Slugged(Target);

impl Borrow<str> for Slugged {
    fn borrow(&self) -> &str {
        self.0.slug_key()
    }
}

impl Hash for Slugged {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.slug_key().hash(state);
    }
}

impl PartialEq for Slugged {
    fn eq(&self, other: &Self) -> bool {
        self.0.slug_key() == other.0.slug_key()
    }
}

impl Eq for Slugged {}

/// What is known of a slug.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Known<T> {
    /// What was made of where it leads.
    Target(T),
    /// No link has it.
    Nowhere,
    /// Only the store can tell.
    Unknown,
}

/// The links in memory.
pub struct Links {
    /// With each the time of its last use.
    table: papaya::HashMap<Slugged, AtomicU32, foldhash::fast::RandomState>,
    nowhere: Cache<Box<str>, Instant>,
    most: usize,
    /// Every link there is, is in the table.
    whole: AtomicBool,
    /// Counts up, twice a second or so.
    time: AtomicU32,
}

impl Links {
    /// An empty table for `most` links. It may hold some more for a moment.
    pub fn new(most: usize) -> Self {
        Links {
            table: papaya::HashMap::default(),
            nowhere: Cache::new(NOWHERE_MAX),
            most,
            whole: AtomicBool::new(false),
            time: AtomicU32::new(START),
        }
    }

    /// What is known of a slug in the form of [`crate::domain::link::slug_key`]; `make` takes from the target what is wanted.
    pub fn find<T>(&self, slug_key: &str, make: impl FnOnce(&Target) -> T) -> Known<T> {
        if let Some((link, used)) = self.table.pin().get_key_value(slug_key) {
            let now = self.time.load(Ordering::Relaxed);
            // Asked first: a popular link is written to once per step of the clock, not by every thread all the time.
            if used.load(Ordering::Relaxed) != now {
                used.store(now, Ordering::Relaxed);
            }
            return Known::Target(make(&link.0));
        }
        if self.is_whole() || check_slug(slug_key).is_err() || self.is_nowhere(slug_key) {
            Known::Nowhere
        } else {
            Known::Unknown
        }
    }

    fn is_nowhere(&self, slug_key: &str) -> bool {
        self.nowhere.get(slug_key).is_some_and(|since| since.elapsed() < NOWHERE_FOR)
    }

    /// How many are in memory.
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many may be in memory.
    pub fn most(&self) -> usize {
        self.most
    }

    /// Whether every link there is, is in memory.
    pub fn is_whole(&self) -> bool {
        self.whole.load(Ordering::Acquire)
    }

    /// Says that every link is in, or that some may not be.
    pub fn set_whole(&self, whole: bool) {
        self.whole.store(whole, Ordering::Release);
    }

    /// Puts a link in, or in the place of what its slug led to before. `age` says of a new one how long ago it was last used,
    /// on a scale of its own: 0 is now.
    pub fn put(&self, target: Target, age: u32) {
        let table = self.table.pin();
        let before = table.get(target.slug_key()).map(|used| used.load(Ordering::Relaxed));
        if before.is_none() && self.len() >= self.most {
            // Before it is in: from now on some may have to go.
            self.set_whole(false);
        }
        let now = self.time.load(Ordering::Relaxed);
        let used = before.unwrap_or(if age == 0 { now } else { START.saturating_sub(age) });
        self.nowhere.remove(target.slug_key());
        table.insert(Slugged(target), AtomicU32::new(used));
    }

    /// Puts a link in unless there is one under its slug.
    pub fn put_if_new(&self, target: Target, age: u32) {
        if !self.table.pin().contains_key(target.slug_key()) {
            self.put(target, age);
        }
    }

    /// Notes that no link has that slug.
    pub fn put_nowhere(&self, slug_key: &str) {
        self.table.pin().remove(slug_key);
        self.nowhere.insert(slug_key.into(), Instant::now());
    }

    /// Takes out what leads to a link under another slug than `now`. Renames are rare, so they look through all links rather
    /// than each link remembering its slugs.
    pub fn forget_old_slugs(&self, link: Uuid, now: Option<&str>) {
        self.table.pin().retain(|old, _| old.0.id.uuid() != link || now == Some(old.0.slug_key()));
    }

    /// Takes everything out.
    pub fn clear(&self) {
        self.set_whole(false);
        self.table.pin().clear();
        self.nowhere.clear();
    }

    /// The slugs in memory of links for which `wanted` holds.
    pub fn slugs_of(&self, wanted: impl Fn(&Target) -> bool) -> Vec<String> {
        let table = self.table.pin();
        table.keys().filter(|link| wanted(&link.0)).map(|link| link.0.slug_key().to_owned()).collect()
    }

    /// Calls `visit` with every link in memory.
    ///
    /// # Errors
    /// The first that `visit` gives.
    pub fn visit<E>(&self, mut visit: impl FnMut(&Target) -> Result<(), E>) -> Result<(), E> {
        self.table.pin().keys().try_for_each(|link| visit(&link.0))
    }

    /// Lets the clock of uses go on by one step.
    pub fn step(&self) {
        self.time.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether there are more than there should be.
    pub fn is_over(&self) -> bool {
        self.len() > self.most
    }

    /// Takes out those that were not used for the longest time. Takes a tenth of a second for a million links.
    pub fn evict(&self) {
        // Before the first is taken out: a link that is not in memory must not be taken for one that is not there.
        self.set_whole(false);
        let surplus = self.len().saturating_sub(self.most - self.most / EMPTIED);
        let table = self.table.pin();
        let mut uses: Vec<u32> = table.values().map(|used| used.load(Ordering::Relaxed)).collect();
        if surplus == 0 || uses.len() <= surplus {
            return;
        }
        let (_, &mut oldest_kept, _) = uses.select_nth_unstable(surplus);
        let mut left = surplus;
        table.retain(|_, used| {
            // Many may have that very age: of those, only as many as need be.
            let goes = left > 0 && used.load(Ordering::Relaxed) <= oldest_kept;
            left -= usize::from(goes);
            !goes
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::{LinkId, PartnerId};
    use crate::domain::target::TargetParts;
    use crate::domain::time::Time;

    fn target(slug_key: &str, destination: &str) -> Target {
        Target::from(TargetParts {
            id: LinkId::mint(Time::EPOCH),
            partner: PartnerId::mint(Time::EPOCH),
            campaign: None,
            slug_key,
            destination,
            defaults: "",
            fallback: None,
            expires_at: None,
            active: true,
            append_click_id: true,
        })
    }

    fn drop_it(_: &Target) {}

    fn leads(links: &Links, slug: &str) -> Option<String> {
        match links.find(slug, |target| target.destination().to_owned()) {
            Known::Target(destination) => Some(destination),
            _ => None,
        }
    }

    #[test]
    fn what_is_put_in_later_takes_the_place_of_what_was() {
        let links = Links::new(10);
        links.put(target("a", "https://one.example/"), 0);
        links.put(target("a", "https://two.example/"), 0);
        assert_eq!((links.len(), leads(&links, "a").as_deref()), (1, Some("https://two.example/")));
        links.put_if_new(target("a", "https://three.example/"), 0);
        assert_eq!(leads(&links, "a").as_deref(), Some("https://two.example/"));
    }

    #[test]
    fn a_miss_is_certain_only_while_every_link_is_in() {
        let links = Links::new(2);
        assert_eq!(links.find("a", drop_it), Known::Unknown);
        assert_eq!(links.find("no slug", drop_it), Known::Nowhere);
        links.put_nowhere("a");
        assert_eq!(links.find("a", drop_it), Known::Nowhere);
        links.put(target("a", "https://one.example/"), 0);
        assert!(leads(&links, "a").is_some(), "minted since");
        links.set_whole(true);
        assert_eq!(links.find("b", drop_it), Known::Nowhere);
        links.put(target("b", "https://one.example/"), 0);
        assert_eq!(links.find("c", drop_it), Known::Nowhere);
        links.put(target("c", "https://one.example/"), 0);
        assert_eq!(links.find("d", drop_it), Known::Unknown, "more links than there is room for");
    }

    #[test]
    fn those_used_last_stay() {
        let links = Links::new(160);
        for number in 0..320 {
            links.put(target(&format!("s{number}"), "https://one.example/"), 1);
            if number % 32 == 0 {
                links.step();
            }
        }
        let used: Vec<String> = (0..50).map(|number| format!("s{number}")).collect();
        assert!(used.iter().all(|slug| leads(&links, slug).is_some()));
        assert!(links.is_over());
        links.evict();
        assert_eq!(links.len(), 150);
        assert!(used.iter().all(|slug| leads(&links, slug).is_some()));
        links.evict();
        assert_eq!(links.len(), 150, "nothing is to be done");
    }
}
