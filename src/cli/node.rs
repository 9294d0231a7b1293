//! Wiring: one node, from its settings to its threads, and back.
//!
//! Threads: one control runtime (the caller's: API, jobs, polls), one for intake, the journal's two, and one for each
//! share of the edge.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::io::DuplexStream;
use tokio::runtime::Handle;
use tokio::sync::{Notify, Semaphore, watch};
use tokio::task::JoinSet;

use crate::cli::draining::Draining;
use crate::cli::opening::{self, Opening};
use crate::cli::reach::{note_url, own_urls, public_url};
use crate::cli::{login_link, make_data_dir, runtime};
use crate::clock::Clock;
use crate::config::{Config, Role, Secret};
use crate::domain::audit::{Actor, By};
use crate::domain::key::Scope;
use crate::error::{Error, Result};
use crate::http::api::simulate::SIMULATIONS_MAX;
use crate::http::app::{App, Shared};
use crate::http::dispatch::Limits;
use crate::http::edge::cookie::VisitorCookie;
use crate::http::edge::visitor::Proxies;
use crate::http::edge::{Edge, Inside};
use crate::http::flood::Flood;
use crate::http::pages::{Gate, Live};
use crate::http::server::{INTERNAL_PEER, Server, bind};
use crate::intake::agent::Agents;
use crate::intake::directory::Directory;
use crate::intake::progress::Progress;
use crate::jobs::{attribute, days, months, registrations, retention, standings};
use crate::journal::{self, Disk, RealDisk};
use crate::store::Store;

/// How often changes made by other processes are looked for.
const POLL: Duration = Duration::from_millis(500);
/// How long the store may take to tell of changes before it counts as one that does not answer.
const SILENCE_MAX: Duration = Duration::from_secs(3);
/// How long a start waits for links to be loaded before it answers without all of them.
const LOAD_PATIENCE: Duration = Duration::from_millis(500);
/// How often clients that are quiet again are forgotten.
const SWEEP: Duration = Duration::from_secs(60);
/// How long nobody new comes before the compiled lists of user agents are let go of.
const AGENTS_REST: Duration = Duration::from_secs(600);
/// Hits a minute of one client on an internal connection beyond which they are a flood: few, as so is everything it sends.
const INSIDE_FLOOD_PER_MINUTE: u32 = 60;

/// File descriptors that connections leave free: the store's, the journal's and the runtimes' are about thirty.
const DESCRIPTORS_KEPT: usize = 64;

/// What tests and the demo put in the place of the machine's own.
pub struct Parts {
    /// The time.
    pub clock: Clock,
    /// The disk under the journal.
    pub disk: Arc<dyn Disk>,
}

impl Default for Parts {
    fn default() -> Self {
        Parts { clock: Clock::System, disk: Arc::new(RealDisk) }
    }
}

/// A node at work.
pub struct Node {
    /// Where it answers.
    pub address: SocketAddr,
    /// The admin key made at the very first start.
    pub first_key: Option<String>,
    /// The URL at which the first admin of the pages sets up an account, made at the very first start.
    pub first_link: Option<String>,
    /// What its handlers can reach.
    pub app: Shared,
    server: Server,
    stop: watch::Sender<bool>,
    edges: Vec<JoinHandle<()>>,
    intake: Draining,
    /// What ends by itself when the process stops.
    work: JoinSet<()>,
    /// What may be cut off at any moment.
    chores: JoinSet<()>,
    lanes: JoinSet<()>,
    data_dir: PathBuf,
}

impl Node {
    /// Opens the store and the journal, replays what the journal holds, and answers. Must run on the control runtime.
    /// When the database is down but a snapshot is there, it answers from that, and opens the database when it returns.
    ///
    /// # Errors
    /// What could not be opened, bound or read, and why.
    pub async fn start(config: Config, parts: Parts) -> Result<Node> {
        let unusable = |why| Error::internal(format!("the data directory {} cannot be used", config.data_dir.display()), why);
        make_data_dir(&config.data_dir).map_err(unusable)?;
        let options = journal::Options { segment_bytes: config.journal_segment_bytes, ..journal::Options::default() };
        let (journal, drain) = journal::open(parts.disk, &config.data_dir.join("journal"), options)
            .map_err(|why| Error::internal("the journal cannot be opened", why))?;
        let store = Store::at(&config.database, config.pool)?;
        let directory = Directory::new(parts.clock.clone(), links_in_memory(&config));
        let (opening, is_open) = Opening::begin(&store, &directory, &parts.clock, &config).await?;
        let refused = |why| Error::internal(format!("cannot listen on {}", config.listen), why);
        let (address, listeners) = bind(config.listen, config.threads).map_err(refused)?;
        let (mut first_key, mut first_secret) = (None, None);
        if is_open {
            // Only now: a first key made by a start that then fails would be shown to nobody.
            first_key = keys(&store, &parts.clock, config.admin_key.as_ref(), config.role.answers()).await?;
            first_secret = login_link::first(&store, parts.clock.now(), config.role.answers()).await?;
            directory.begin(&store).await?;
        }
        let (open, opened) = watch::channel(is_open);
        let public = public_url(&config, address);
        note_url(&config.data_dir, &public);
        let first_link = first_secret.map(|secret| login_link::url(&public, &secret));
        let (lane, driver) = journal.lane();
        let mut lanes = JoinSet::new();
        lanes.spawn(driver);
        let (stop, stopped) = watch::channel(false);
        let app = Arc::new(App {
            live: Live::new(stopped.clone()),
            gate: Gate::new(config.stay, public.starts_with("https:"), &parts.clock),
            cookie: VisitorCookie::new(&config, public.starts_with("https:")),
            own_urls: own_urls(&public, address),
            public_url: public,
            progress: Progress::default(),
            under_way: Default::default(),
            directory,
            store_answers: AtomicBool::new(is_open),
            opened,
            role: config.role,
            plain_email: config.plain_email,
            proxies: Proxies::new(&config),
            flood: Flood::new(config.flood_per_minute, parts.clock.clone()),
            metrics: Default::default(),
            click_param: config.click_param.clone(),
            manual_credit_days: config.manual_credit_days,
            registration_days: config.registration_days,
            claim_days: config.claim_days,
            data_dir: config.data_dir.clone(),
            simulations: Semaphore::new(SIMULATIONS_MAX),
            started_at: parts.clock.now(),
            clock: parts.clock,
            store,
            journal,
            lane,
        });
        let server = server(&app, &config, stopped);
        let wake = Arc::new(Notify::new());
        let thread = |why| Error::internal("a thread cannot be started", why);
        let intake = Draining::begin(&app, drain, &server.stop, &wake).map_err(thread)?;
        let work = spawn_work(&app, config.keep_touchpoints_days, &server.stop, &wake);
        let mut chores = spawn_chores(&app);
        opening.keep(&mut chores, &app, &config, open);
        // Most directories are loaded by then; the others answer what they have, and ask the store for the rest.
        let _ = tokio::time::timeout(LOAD_PATIENCE, app.directory.until_loaded()).await;
        let edges = listeners.into_iter().map(|listener| spawn_edge(server.clone(), listener)).collect::<io::Result<_>>();
        let edges = edges.map_err(thread)?;
        let data_dir = config.data_dir;
        Ok(Node { address, first_key, first_link, app, server, stop, edges, intake, work, chores, lanes, data_dir })
    }

    /// Resolves with the reason when the journal's disk failed.
    pub async fn failed(&self) -> String {
        self.app.journal.failed().await
    }

    /// A connection to this node that is not on the network and keeps its own time. It is believed about the client
    /// address and country it stands for ([`INSIDE_CLIENT`](crate::http::edge::visitor::INSIDE_CLIENT) and
    /// [`INSIDE_COUNTRY`](crate::http::edge::visitor::INSIDE_COUNTRY)), whatever the settings say of the network.
    pub fn internal_connection(&self, clock: Clock) -> DuplexStream {
        let (ours, theirs) = tokio::io::duplex(64 << 10);
        let inside = Inside { proxies: Proxies::inside(), flood: Flood::new(INSIDE_FLOOD_PER_MINUTE, clock.clone()) };
        let (app, lane) = (self.app.clone(), self.app.lane.clone());
        let edge = Edge { app, lane, clock, peer: INTERNAL_PEER, inside: Some(Arc::new(inside)) };
        tokio::spawn(self.server.clone().connection(edge, ours));
        theirs
    }

    /// Stops accepting, finishes what was accepted, drains the journal into the store, closes both. What the store
    /// does not take within the deadline stays in the journal for the next start.
    pub async fn stop(mut self) {
        let deadline = self.server.stop_after;
        self.stop.send_replace(true);
        join(self.edges, deadline).await;
        self.app.journal.close().await;
        if !self.intake.is_done(deadline).await {
            tracing::warn!("the store did not take everything in time; the rest stays in the journal for the next start");
        }
        // Work that was begun ends by itself; cut off, it would hold its jobs until the database notices.
        let done = async { while self.work.join_next().await.is_some() {} };
        if tokio::time::timeout(deadline, done).await.is_err() {
            self.work.shutdown().await;
        }
        self.chores.shutdown().await;
        self.lanes.shutdown().await;
        if !*self.app.opened.borrow() {
            return;
        }
        if self.app.role.works()
            && let Err(error) = attribute_rest(&self.app).await
        {
            tracing::warn!(%error, "attribution is not done; it goes on at the next start");
        }
        // What cannot be written now is of little worth.
        let _ = self.app.directory.save_key_uses(&self.app.store).await;
        opening::save_last(&self.app, &self.data_dir).await;
        self.app.store.close().await;
    }
}

/// How many links memory is to hold: a worker follows none.
fn links_in_memory(config: &Config) -> usize {
    if config.role == Role::Worker { 1 } else { config.links_in_memory }
}

/// Assigns the credit that is still due.
async fn attribute_rest(app: &App) -> Result<()> {
    while attribute::tick(&app.store, app.clock.now(), attribute::TICK_LIMIT).await? > 0 {}
    Ok(())
}

/// Joins threads without blocking the runtime; false when they take longer than `patience`.
async fn join(threads: Vec<JoinHandle<()>>, patience: Duration) -> bool {
    let joined = tokio::task::spawn_blocking(move || threads.into_iter().for_each(|thread| drop(thread.join())));
    tokio::time::timeout(patience, joined).await.is_ok()
}

/// Open connections: as many as wished, but never so many that the journal and the store find no descriptor left.
fn connections_max(wished: usize) -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    // Where it is refused, the limit of before holds.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
    let limit = getrlimit(Resource::Nofile).current.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX);
    let room = limit.saturating_sub(DESCRIPTORS_KEPT).max(1);
    if room < wished {
        tracing::warn!(wished, room, "fewer connections than wished: raise the limit of open files (ulimit -n)");
    }
    wished.min(room)
}

/// Sees to the key that the operator chose, and, where somebody reads it, to a first admin key when there never was one.
pub(super) async fn keys(store: &Store, clock: &Clock, chosen: Option<&Secret>, shown: bool) -> Result<Option<String>> {
    let by = By { actor: Actor::System, at: clock.now() };
    let mut tx = store.write().await?;
    let mut first = None;
    if let Some(chosen) = chosen {
        tx.set_chosen_key(by, &chosen.0).await?;
    } else if shown && tx.has_no_admin_key().await? {
        first = Some(tx.issue_key(by, "first admin key".into(), Scope::Admin).await?.1);
    }
    tx.commit().await?;
    Ok(first)
}

fn server(app: &Shared, config: &Config, stop: watch::Receiver<bool>) -> Server {
    Server {
        app: app.clone(),
        control: Handle::current(),
        stop,
        stop_after: config.stop,
        idle: config.idle,
        limits: Limits { body: config.body },
        room: Arc::new(Semaphore::new(connections_max(config.connections_max))),
    }
}

fn spawn_edge(server: Server, listener: std::net::TcpListener) -> io::Result<JoinHandle<()>> {
    let runtime = runtime()?;
    std::thread::Builder::new().name("edge".into()).spawn(move || {
        if let Err(why) = runtime.block_on(server.run(listener)) {
            tracing::error!(%why, "an edge thread ended");
        }
    })
}

/// Waits until the database is there; false when the process stops before.
pub(super) async fn is_opened(mut opened: watch::Receiver<bool>, mut stop: watch::Receiver<bool>) -> bool {
    let open = async { opened.wait_for(|open| *open).await.is_ok() };
    let stopping = async { stop.wait_for(|stop| *stop).await.is_ok() };
    tokio::select! {
        biased;
        // One whose sender is gone says nothing any more.
        true = open => true,
        true = stopping => false,
        else => false,
    }
}

fn spawn_work(app: &Shared, keep_days: Option<u32>, stop: &watch::Receiver<bool>, wake: &Arc<Notify>) -> JoinSet<()> {
    let mut work = JoinSet::new();
    if !app.role.works() {
        return work;
    }
    let (app, stop, wake) = (app.clone(), stop.clone(), wake.clone());
    work.spawn(async move {
        if !is_opened(app.opened.clone(), stop.clone()).await {
            return;
        }
        let (store, clock, progress) = (app.store.clone(), app.clock.clone(), app.progress.clone());
        let attribution = attribute::run(store.clone(), clock.clone(), wake, move || progress.beat(), stop.clone());
        let months = months::run(store.clone(), clock.clone(), keep_days, stop.clone());
        let registrations = registrations::run(store.clone(), clock.clone(), stop.clone());
        let days = days::run(store.clone(), clock.clone(), stop.clone());
        let standings = standings::run(store.clone(), clock.clone(), stop.clone());
        tokio::join!(attribution, months, registrations, days, standings, retention::run(store, clock, stop));
    });
    work
}

fn spawn_chores(app: &Shared) -> JoinSet<()> {
    let mut chores = JoinSet::new();
    let loader = app.clone();
    chores.spawn(async move {
        // The sender may be gone: the process stops.
        if loader.opened.clone().wait_for(|open| *open).await.is_ok() {
            tokio::join!(poll(&loader), keep_loaded(&loader));
        }
    });
    let asked = app.clone();
    chores.spawn(async move { asked.directory.answer_misses(&asked.store).await });
    let sweeper = app.clone();
    chores.spawn(async move {
        loop {
            tokio::time::sleep(SWEEP).await;
            sweeper.flood.sweep();
            sweeper.gate.sweep();
            if sweeper.has_store().is_ok()
                && let Err(error) = sweeper.directory.save_key_uses(&sweeper.store).await
            {
                tracing::debug!(%error, "when keys were last used is not stored yet");
            }
        }
    });
    chores.spawn(async {
        loop {
            tokio::time::sleep(AGENTS_REST).await;
            Agents::shared().rest();
        }
    });
    chores
}

/// Looks for what other processes changed, and keeps the links in memory in bounds.
async fn poll(app: &Shared) {
    loop {
        tokio::time::sleep(POLL).await;
        let mut look = pin!(app.catch_up());
        let outcome = match tokio::time::timeout(SILENCE_MAX, &mut look).await {
            Ok(outcome) => outcome,
            Err(_) => {
                // Operators are told; the look itself goes on, as it must not end half-way.
                if app.store_answers.swap(false, Ordering::Relaxed) {
                    tracing::warn!("the store does not answer; serving from memory");
                }
                look.await
            }
        };
        let answered = app.store_answers.swap(outcome.is_ok(), Ordering::Relaxed);
        if let Err(error) = outcome
            && answered
        {
            tracing::warn!(%error, "changes cannot be read from the store; serving from memory");
        }
        app.directory.links().step();
        if let Err(error) = app.directory.keep_in_bounds().await {
            tracing::error!(%error, "memory holds more links than it should");
        }
    }
}

/// Loads links into memory, again and again where the store fails.
async fn keep_loaded(app: &Shared) {
    loop {
        if let Err(error) = app.directory.keep_loaded(&app.store).await {
            tracing::warn!(%error, "links cannot be loaded from the store; trying again");
        }
        tokio::time::sleep(POLL).await;
    }
}
