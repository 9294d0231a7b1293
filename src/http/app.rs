//! What every handler can reach.

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::{Semaphore, watch};
use url::Url;

use crate::clock::Clock;
use crate::config::Role;
use crate::domain::hit::Hit;
use crate::domain::id::KeyId;
use crate::domain::key::Scope;
use crate::domain::sealing;
use crate::domain::time::Time;
use crate::error::{Code, Error, Result};
use crate::http::api::UnderWay;
use crate::http::edge::cookie::VisitorCookie;
use crate::http::edge::visitor::Proxies;
use crate::http::flood::Flood;
use crate::http::metrics::Metrics;
use crate::http::pages::{Gate, Live};
use crate::intake::directory::Directory;
use crate::intake::progress::Progress;
use crate::journal::{AppendError, Journal, Lane};
use crate::store::Store;

/// What every handler can reach. One for the whole process.
pub struct App {
    /// The public URL, as in links; no slash at its end.
    pub public_url: String,
    /// Every URL under which this server is known to answer; no link may lead there.
    pub own_urls: Vec<Url>,
    /// The database.
    pub store: Store,
    /// What this node does.
    pub role: Role,
    /// Simulations that may run at once, beside each other.
    pub simulations: Semaphore,
    /// The directory of the journal and of the embedded database.
    pub data_dir: PathBuf,
    /// Since when this process runs.
    pub started_at: Time,
    /// The time.
    pub clock: Clock,
    /// Whether e-mail addresses are kept as they are.
    pub plain_email: bool,
    /// How far intake has come.
    pub progress: Progress,
    /// Links, keys and the salt.
    pub directory: Directory,
    /// Whether the database answered when it was last asked.
    pub store_answers: AtomicBool,
    /// True once the database was open: before that it is not asked, and what is in memory comes from a snapshot.
    pub opened: watch::Receiver<bool>,
    /// Where hits are made durable.
    pub journal: Journal,
    /// The API's way into it.
    pub lane: Lane,
    /// Reports that are being taken under an idempotency key.
    pub under_way: UnderWay,
    /// The visitor cookie.
    pub cookie: VisitorCookie,
    /// Whose word about the client is believed.
    pub proxies: Proxies,
    /// Who sends too much.
    pub flood: Flood,
    /// What keeps strangers from the pages.
    pub gate: Gate,
    /// Who listens to what comes.
    pub live: Live,
    /// Counters.
    pub metrics: Metrics,
    /// The query parameter under which destinations get the click id.
    pub click_param: String,
    /// Days after a conversion within which it may be credited by hand.
    pub manual_credit_days: u32,
    /// Days in which a deal registration is decided, or expires.
    pub registration_days: u32,
    /// Days for which an account is a partner's once its registration was approved.
    pub claim_days: u32,
}

/// Shared by every handler.
pub type Shared = Arc<App>;

impl App {
    /// Whether the database answers, and takes what intake has for it.
    pub fn store_is_well(&self) -> bool {
        self.store_answers.load(Ordering::Relaxed) && !self.progress.is_stuck()
    }

    /// Journals a hit; returns when it is on disk.
    ///
    /// # Errors
    /// [`Code::Unavailable`] when it cannot be recorded durably now, [`Code::TooLarge`] when it never can.
    pub async fn record(&self, hit: &Hit<'_>) -> Result<()> {
        self.record_on(&self.lane, hit).await
    }

    /// The same on the lane of the thread that asks, which saves it a wake across threads. The hit joins the next write
    /// at once; what is returned only waits for it, and holds nothing of the request.
    ///
    /// # Errors
    /// As [`App::record`].
    pub fn record_on<'a>(&'a self, lane: &Lane, hit: &Hit<'_>) -> impl Future<Output = Result<()>> + Send + use<'a> {
        let begun = hit
            .encode()
            .map_err(|why| Error::internal("the hit could not be encoded", why))
            .map(|payload| lane.begin(&payload));
        async move {
            let recorded = match begun? {
                Ok(appending) => appending.await,
                Err(why) => Err(why),
            };
            recorded.map_err(|why| self.unrecorded(why))
        }
    }

    fn unrecorded(&self, why: AppendError) -> Error {
        self.metrics.unrecorded.inc();
        match why {
            AppendError::TooLarge => Error::new(Code::TooLarge, "the request is too large to be recorded"),
            AppendError::Full => Error::new(Code::Unavailable, "the disk is full: it cannot be recorded now"),
            AppendError::Failed => Error::new(Code::Unavailable, "the disk failed: it cannot be recorded now"),
            AppendError::Closed => Error::new(Code::Unavailable, "the server is stopping: it cannot be recorded now"),
        }
    }

    /// What e-mail addresses are hashed under before a hit is journaled; none where they are kept, and until it is known.
    pub fn email_secret(&self) -> sealing::Secret {
        if self.plain_email { None } else { self.directory.email_secret() }
    }

    /// Waits until everything recorded before this call is in the store; false when that takes longer than `patience`.
    pub async fn settled(&self, patience: Duration) -> bool {
        self.progress.reached(self.journal.durable(), patience).await
    }

    /// Loads what changed in the store into memory, so that the caller's own change answers at once.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn catch_up(&self) -> Result<()> {
        self.directory.catch_up(&self.store).await
    }

    /// Who holds this key, if it is known and not revoked.
    pub fn key(&self, secret: &str) -> Option<(KeyId, Scope)> {
        self.directory.key(secret)
    }

    /// What to say to somebody whose key is not known: that it is wrong is certain only with a database.
    pub fn unknown_key(&self, sentence: &str) -> Error {
        self.has_store().err().unwrap_or_else(|| Error::new(Code::Unauthorized, sentence))
    }

    /// Whether the database was there since the start, so that it is worth asking.
    ///
    /// # Errors
    /// [`Code::Unavailable`] when it was not.
    pub fn has_store(&self) -> Result<()> {
        let sentence = "the database is not there yet; try again in a moment";
        if *self.opened.borrow() { Ok(()) } else { Err(Error::new(Code::Unavailable, sentence)) }
    }
}
