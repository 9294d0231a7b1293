//! Opening the database at the start, or later: a node that has a snapshot of its directory does not wait for it.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use crate::cli::node::keys;
use crate::clock::Clock;
use crate::config::{Config, Secret};
use crate::domain::time::Time;
use crate::error::{Code, Error, Result};
use crate::http::app::Shared;
use crate::intake::directory::Directory;
use crate::jobs::months;
use crate::store::Store;

/// How long a start waits for the database when it could also begin from a snapshot: one that is well needs a tenth of it.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long a database that is down is left alone.
const REST: Duration = Duration::from_secs(1);
/// How often to look whether the snapshot is old.
const SAVE_EVERY: Duration = Duration::from_secs(30);
/// Between two snapshots at least so many times the time that one takes: with millions of links it is minutes.
const SAVE_SHARE: u32 = 100;

type Attempt = JoinHandle<Result<()>>;

/// The database on its way.
pub struct Opening {
    /// An attempt that is not over; a long migration, perhaps.
    attempt: Option<Attempt>,
}

impl Opening {
    /// Opens the database and brings its schema up to date; where it is down, fills the directory from the snapshot. Also
    /// says whether the database is open.
    ///
    /// # Errors
    /// The database cannot be opened and there is no snapshot, or to wait for it would be in vain.
    pub async fn begin(store: &Store, directory: &Directory, clock: &Clock, config: &Config) -> Result<(Opening, bool)> {
        let mut attempt = attempt(store, clock, config.plain_email);
        let outcome = match tokio::time::timeout(PATIENCE, &mut attempt).await {
            Ok(outcome) => outcome_of(outcome),
            Err(_) if directory.restore(&config.data_dir)? => {
                tracing::warn!("the database does not answer; starting from the snapshot, and waiting for it");
                return Ok((Opening { attempt: Some(attempt) }, false));
            }
            Err(_) => outcome_of(attempt.await),
        };
        match outcome {
            Ok(()) => Ok((Opening { attempt: None }, true)),
            Err(error) if may_heal(&error) && directory.restore(&config.data_dir)? => {
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                tracing::warn!(%error, cause, "starting from the snapshot, and waiting for the database");
                Ok((Opening { attempt: None }, false))
            }
            Err(error) => Err(error),
        }
    }

    /// Goes on in the background: opens the database if it is not open yet, and saves a snapshot now and then.
    pub fn keep(self, chores: &mut JoinSet<()>, app: &Shared, config: &Config, open: watch::Sender<bool>) {
        let (opener, chosen, plain_email) = (app.clone(), config.admin_key.clone(), config.plain_email);
        chores.spawn(async move {
            if !*open.borrow() {
                reopen(&opener, self.attempt, chosen.as_ref(), plain_email).await;
                open.send_replace(true);
            }
        });
        chores.spawn(save_now_and_then(app.clone(), config.data_dir.clone()));
    }
}

fn attempt(store: &Store, clock: &Clock, plain_email: bool) -> Attempt {
    let (store, clock) = (store.clone(), clock.clone());
    tokio::spawn(async move {
        store.connect().await?;
        store.migrate().await?;
        store.refuse_half_moved().await?;
        months::tick(&store, clock.now(), None).await?;
        prepare_addresses(&store, clock.now(), plain_email).await
    })
}

/// Sees to the secret under which addresses are hashed, and to what hangs on it.
async fn prepare_addresses(store: &Store, now: Time, plain_email: bool) -> Result<()> {
    let mut tx = store.write().await?;
    tx.email_book().await?;
    tx.keep_addresses(plain_email).await?;
    tx.complete_partners(now).await?;
    tx.commit().await
}

fn outcome_of(ended: std::result::Result<Result<()>, tokio::task::JoinError>) -> Result<()> {
    ended.unwrap_or_else(|why| Err(Error::internal("the database could not be opened", why)))
}

/// A database of a newer Kudos does not become an older one by waiting.
fn may_heal(error: &Error) -> bool {
    matches!(error.code, Code::Unavailable | Code::Internal)
}

async fn reopen(app: &Shared, mut earlier: Option<Attempt>, chosen: Option<&Secret>, plain_email: bool) {
    loop {
        let opened = async {
            outcome_of(earlier.take().unwrap_or_else(|| attempt(&app.store, &app.clock, plain_email)).await)?;
            keys(&app.store, &app.clock, chosen, false).await?;
            app.directory.begin(&app.store).await
        };
        match opened.await {
            Ok(()) => {
                tracing::info!("the database is there; what lies in the journal is drained into it");
                app.store_answers.store(true, Ordering::Relaxed);
                return;
            }
            Err(error) => {
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                tracing::debug!(%error, cause, "the database is still not there");
            }
        }
        tokio::time::sleep(REST).await;
    }
}

async fn save_now_and_then(app: Shared, data_dir: PathBuf) {
    loop {
        // Before the first rest too: a node that is killed a minute after its very first start has a snapshot.
        if *app.opened.borrow() {
            app.directory.until_loaded().await;
        }
        let begun = Instant::now();
        if app.directory.is_unsaved() {
            save(&app, &data_dir).await;
        }
        if !app.store_answers.load(Ordering::Relaxed)
            && let Err(error) = app.directory.throw_salt_away(&data_dir)
        {
            tracing::error!(%error, "an old salt stays in use");
        }
        tokio::time::sleep(SAVE_EVERY.max(begun.elapsed() * SAVE_SHARE)).await;
    }
}

/// Saves what a later start without a database should know, at the end of this run.
pub async fn save_last(app: &Shared, data_dir: &Path) {
    if app.directory.is_unsaved() || app.directory.has_drifted() {
        save(app, data_dir).await;
    }
}

async fn save(app: &Shared, data_dir: &Path) {
    let (saver, dir) = (app.clone(), data_dir.to_owned());
    match tokio::task::spawn_blocking(move || saver.directory.save(&dir)).await {
        Ok(Ok(())) => {}
        Ok(Err(why)) => tracing::error!(%why, "the snapshot of links and keys cannot be saved"),
        Err(why) => tracing::error!(%why, "the snapshot of links and keys was not saved"),
    }
}
