//! The live feed: new touchpoints as server-sent events (WHATWG HTML, 9.2).
//!
//! One poller a node looks at the newest touchpoints once a second, for as long as anybody listens; so it sees what every node
//! wrote, and costs intake nothing. Each listener has a task of its own on the control runtime, which ends with the listener,
//! its session, or the server.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{broadcast, mpsc, watch};
use tokio::time::{MissedTickBehavior, interval};
use uuid::Uuid;

use crate::clock::Clock;
use crate::domain::id::{SessionId, TouchpointId};
use crate::domain::partner::Status;
use crate::domain::touchpoint::Touchpoint;
use crate::domain::user::{Stay, User};
use crate::error::{Code, Error, Result};
use crate::http::pages::answer::Answer;
use crate::http::pages::asked::{Asked, Signed};
use crate::http::pages::overview::{names, narrow};
use crate::pages::evidence::Names;
use crate::pages::live::{LIVE_ROWS, row};
use crate::pages::shell::Shell;
use crate::pages::texts::Promotion;
use crate::store::{Narrow, Period, Store};

/// How often the poller looks.
const LOOK: Duration = Duration::from_secs(1);
/// How far back it looks: what a node records is stored a moment later, or after a rest of the database.
const BACK_MS: i64 = 2 * 60_000;
/// The most it reads at once; beyond so many a second the feed is a sample, as nobody reads faster.
const READ_MAX: i64 = 200;
/// How often a session is looked at.
const SESSION: Duration = Duration::from_secs(5);
/// Looks at the session before a listener hears something, so that nothing between takes its connection for dead.
const HEARTBEAT_EVERY: u32 = 3;
/// Listeners of a node, and of one user: each holds a connection.
const LISTENERS_MAX: usize = 200;
const PER_USER_MAX: usize = 6;
/// Seconds' worth of events that a listener may be behind.
const BEHIND_MAX: usize = 16;

/// What was new at one look.
struct News {
    touches: Vec<Touchpoint>,
    names: Names,
}

#[derive(Default)]
struct Listeners {
    by_user: HashMap<Uuid, usize>,
    polled: bool,
}

/// One for the whole process.
pub struct Live {
    stop: watch::Receiver<bool>,
    news: broadcast::Sender<Arc<News>>,
    listeners: Arc<Mutex<Listeners>>,
}

/// A place among the listeners, given back with it.
struct Place {
    user: Uuid,
    listeners: Arc<Mutex<Listeners>>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut listeners = self.listeners.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = listeners.by_user.get_mut(&self.user) {
            *count -= 1;
            if *count == 0 {
                listeners.by_user.remove(&self.user);
            }
        }
    }
}

impl Live {
    /// `stop` turns true when the server is to stop.
    pub fn new(stop: watch::Receiver<bool>) -> Live {
        Live { stop, news: broadcast::channel(BEHIND_MAX).0, listeners: Arc::default() }
    }

    /// A place, and whether the poller has to be started.
    fn join(&self, user: Uuid) -> Option<(Place, bool)> {
        let mut listeners = self.listeners.lock().unwrap_or_else(PoisonError::into_inner);
        let own = listeners.by_user.get(&user).copied().unwrap_or_default();
        if own >= PER_USER_MAX || listeners.by_user.values().sum::<usize>() >= LISTENERS_MAX {
            return None;
        }
        listeners.by_user.insert(user, own + 1);
        let start = !std::mem::replace(&mut listeners.polled, true);
        Some((Place { user, listeners: self.listeners.clone() }, start))
    }

    fn poll(&self, store: Store, clock: Clock) {
        let (news, listeners, mut stop) = (self.news.clone(), self.listeners.clone(), self.stop.clone());
        tokio::spawn(async move {
            let mut seen = HashSet::new();
            let mut looks = interval(LOOK);
            looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                tokio::select! {
                    _ = looks.tick() => {}
                    () = stopped(&mut stop) => return,
                }
                {
                    let mut listeners = listeners.lock().unwrap_or_else(PoisonError::into_inner);
                    if listeners.by_user.is_empty() {
                        listeners.polled = false;
                        return;
                    }
                }
                // The database may rest: the feed goes on when it is back.
                let Ok(found) = look(&store, &clock, &mut seen).await else { continue };
                if !found.touches.is_empty() {
                    let _ = news.send(Arc::new(found));
                }
            }
        });
    }
}

/// The touchpoints that were not there at the look before.
async fn look(store: &Store, clock: &Clock, seen: &mut HashSet<TouchpointId>) -> Result<News> {
    let mut tx = store.read().await?;
    let mut touches = tx.touchpoints_in(lately(clock), &Narrow::default(), READ_MAX).await?;
    let ids = touches.iter().map(|touch| touch.id).collect();
    touches.retain(|touch| !seen.contains(&touch.id));
    *seen = ids;
    let names = names(&mut tx, &touches).await?;
    Ok(News { touches, names })
}

/// Waits for the stop; a sender that is gone stops too.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

fn lately(clock: &Clock) -> Period {
    let now = clock.now();
    Period { from: now - BACK_MS, to: now + BACK_MS }
}

/// Whether a touchpoint is one of those that a feed shows.
fn fits(narrow: &Narrow, touch: &Touchpoint) -> bool {
    let Narrow { partner_id, link_id, campaign_id, country, device, kind, verdict, .. } = narrow;
    (partner_id.is_none() || touch.partner_id == *partner_id)
        && (link_id.is_none() || touch.link_id == *link_id)
        && (campaign_id.is_none() || touch.campaign_id == *campaign_id)
        && (country.is_none() || touch.country == *country)
        && (device.is_none() || touch.device.device == *device)
        && kind.as_ref().is_none_or(|kind| touch.kind == *kind)
        && verdict.is_none_or(|verdict| touch.verdict == verdict)
}

/// Events, the oldest first, of the newest touchpoints among these.
fn events<'t>(shell: &Shell, touches: impl Iterator<Item = &'t Touchpoint>, names: &Names) -> Bytes {
    let newest: Vec<&Touchpoint> = touches.take(LIVE_ROWS).collect();
    let event = |touch: &&Touchpoint| format!("id: {}\ndata: {}\n\n", touch.id, row(shell, touch, names));
    newest.iter().rev().map(event).collect::<String>().into()
}

/// One who listens.
struct Listener {
    shell: Shell,
    narrow: Narrow,
    /// What it was told, or knows by the page.
    known: HashSet<TouchpointId>,
    session: SessionId,
    user: User,
    stay: Stay,
    store: Store,
    clock: Clock,
    out: mpsc::Sender<Bytes>,
    _place: Place,
}

impl Listener {
    /// Whether the one who signed in still is, as the same.
    async fn is_signed_in(&self) -> bool {
        let Ok(mut tx) = self.store.read().await else { return true };
        match tx.session_of_id(self.session).await {
            Ok(Some((session, user))) => {
                session.holds(self.stay, self.clock.now()) && user.status == Status::Active && user == self.user
            }
            Ok(None) => false,
            // Nothing is shown while the database does not answer.
            Err(_) => true,
        }
    }

    /// What is new to it.
    fn told(&self, News { touches, names }: &News) -> Bytes {
        let new = touches.iter().filter(|touch| fits(&self.narrow, touch) && !self.known.contains(&touch.id));
        events(&self.shell, new, names)
    }

    async fn run(self, mut news: broadcast::Receiver<Arc<News>>, mut stop: watch::Receiver<bool>) {
        let mut looks = interval(SESSION);
        let mut quiet = 0;
        loop {
            let said = tokio::select! {
                () = stopped(&mut stop) => return,
                () = self.out.closed() => return,
                found = news.recv() => match found {
                    Ok(found) => self.told(&found),
                    Err(broadcast::error::RecvError::Lagged(_)) => continue,
                    Err(broadcast::error::RecvError::Closed) => return,
                },
                _ = looks.tick() => {
                    if !self.is_signed_in().await {
                        return;
                    }
                    quiet += 1;
                    if quiet % HEARTBEAT_EVERY == 0 { Bytes::from_static(b":\n\n") } else { continue }
                }
            };
            // One who does not read is not waited for.
            if !said.is_empty() && self.out.try_send(said).is_err() {
                return;
            }
        }
    }
}

/// What the feed of this request shows, as events: those since the one that the page knows, and for whoever asks for a stream,
/// as browsers do, everything that comes.
pub(super) async fn listen(asked: &Asked<'_>) -> Result<Answer> {
    let (app, shell) = (asked.app, asked.shell);
    let Signed { session, user, .. } = asked.signed()?;
    let narrow = narrow(asked, "kind");
    let (out, body) = mpsc::channel(BEHIND_MAX);
    let news = app.live.news.subscribe();
    let mut tx = app.store.read().await?;
    let mut touches = tx.touchpoints_in(lately(&app.clock), &narrow, READ_MAX).await?;
    let known = touches.iter().map(|touch| touch.id).collect();
    if let Some(after) = asked.last_event.and_then(|id| id.parse::<TouchpointId>().ok()).or(asked.param("after")) {
        touches.retain(|touch| touch.id > after);
    }
    let names = names(&mut tx, &touches).await?;
    drop(tx);
    let mut begin = b"retry: 3000\n\n".to_vec();
    begin.extend_from_slice(&events(shell, touches.iter(), &names));
    // The channel is new: there is room.
    let _ = out.try_send(begin.into());
    if asked.wants_events {
        let full = || Error::new(Code::TooManyRequests, shell.words::<Promotion>().live_full);
        let (place, start) = app.live.join(user.id.uuid()).ok_or_else(full)?;
        if start {
            app.live.poll(app.store.clone(), app.clock.clone());
        }
        let (shell, narrow, user) = (shell.clone(), narrow, user.clone());
        let (store, clock, stay) = (app.store.clone(), app.clock.clone(), app.gate.stay);
        let listener = Listener { shell, narrow, known, session: session.id, user, stay, store, clock, out, _place: place };
        tokio::spawn(listener.run(news, app.live.stop.clone()));
    }
    Ok(Answer::events(body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_bounded_and_given_back() {
        let (_stop, stopped) = watch::channel(false);
        let live = Live::new(stopped);
        let user = Uuid::from_u128(1);
        let mut places: Vec<_> = (0..PER_USER_MAX).map(|_| live.join(user).unwrap()).collect();
        assert!(places[0].1 && !places[1].1, "the first one starts the poller");
        assert!(live.join(user).is_none());
        places.pop();
        places.push(live.join(user).unwrap());
        for other in 2..1_000 {
            places.extend(live.join(Uuid::from_u128(other)));
        }
        assert_eq!(places.len(), LISTENERS_MAX);
        drop(places);
        assert!(live.listeners.lock().unwrap().by_user.is_empty());
    }
}
