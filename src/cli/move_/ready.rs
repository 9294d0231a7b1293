//! What has to hold before anything is moved: two databases, the one at rest and whole, the other empty or half moved.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Way, unfit};
use crate::cli::backup::create_for_owner;
use crate::cli::make_data_dir;
use crate::config::{Config, DatabaseUrl, Pool};
use crate::error::{Code, Error, Result};
use crate::journal::{self, LockGuard, OpenError, RealDisk};
use crate::store::Store;

/// How often, and after which pause, it is looked whether another process is still connected: one that ends takes a moment.
const LOOKS: usize = 20;
const PAUSE: Duration = Duration::from_millis(100);

fn conflict(sentence: String) -> Error {
    Error::new(Code::Conflict, sentence)
}

/// Locks the data directories that are known, as a server does: that of the settings, and those in which the files lie.
///
/// # Errors
/// A server runs on one, or has left hits in the journal of one that are not in the source yet.
pub(super) fn lock(config: &Config, way: &Way) -> Result<Vec<LockGuard>> {
    let of = |url: &DatabaseUrl| url.sqlite_path().and_then(Path::parent).map(Path::to_owned);
    let mut seen: Vec<PathBuf> = Vec::new();
    let mut locks = Vec::new();
    for (dir, drained) in [(of(&way.from), true), (Some(config.data_dir.clone()), true), (of(&way.to), false)] {
        let Some(journal) = dir.and_then(|dir| fs::canonicalize(dir.join("journal")).ok()) else { continue };
        if seen.contains(&journal) {
            continue;
        }
        locks.push(locked(&journal, drained)?);
        seen.push(journal);
    }
    Ok(locks)
}

fn locked(dir: &Path, drained: bool) -> Result<LockGuard> {
    let shown = dir.display();
    let lock = journal::lock(&RealDisk, dir).map_err(|why| match why {
        OpenError::Locked(_) => conflict(format!(
            "a server runs with the journal {shown}: stop it first, with SIGTERM, so that it drains what it holds into the database"
        )),
        why => Error::internal(format!("the journal {shown} cannot be locked"), why),
    })?;
    let unreadable = |why| Error::internal(format!("the journal {shown} cannot be read"), why);
    if drained && journal::holds_records(&RealDisk, dir).map_err(unreadable)? {
        return Err(conflict(format!(
            "the journal {shown} holds hits that are not in the database yet: start the server once more and stop it with \
             SIGTERM, so that they are not forgotten"
        )));
    }
    Ok(lock)
}

/// Opens both, and brings the schema of the target up to date.
///
/// # Errors
/// Whatever speaks against the move, as a sentence.
pub(super) async fn open(config: &Config, way: &Way) -> Result<(Store, Store)> {
    let same = || conflict(format!("{} and {} are the same database", way.from, way.to));
    if let Some(path) = way.from.sqlite_path() {
        if !path.exists() {
            return Err(Error::new(Code::NotFound, format!("there is no database at {}", path.display())));
        }
        let real = |path: &Path| fs::canonicalize(path).ok();
        if way.to.sqlite_path().is_some_and(|to| real(to) == real(path)) {
            return Err(same());
        }
    }
    // One reader each, so that of the connections that are seen none but the one that looks is this process's.
    let pool = Pool { connections_max: Pool::CONNECTIONS_MIN, ..config.pool };
    let source = Store::open(&way.from, pool).await?;
    source_is_fit(&source, way).await?;
    prepare_file(&way.to)?;
    let target = Store::open(&way.to, pool).await?;
    // On SQLite files were compared.
    if source.database() == target.database() && matches!(source, Store::Postgres { .. }) {
        let (one, other) = (source.read().await?.identity().await?, target.read().await?.identity().await?);
        if one == other {
            return Err(same());
        }
    }
    target.migrate().await?;
    let mut tx = target.read().await?;
    let filled = if tx.moved().await?.is_empty() { tx.filled().await? } else { Vec::new() };
    tx.rollback().await?;
    if !filled.is_empty() {
        return Err(conflict(format!(
            "{} is not empty: it holds {}. Move into a database in which no server was started yet",
            way.to,
            filled.join(", ")
        )));
    }
    alone(&target, &way.to).await?;
    Ok((source, target))
}

async fn source_is_fit(source: &Store, way: &Way) -> Result<()> {
    if let Some(sentence) = unfit(source.read().await?.schema().await?, &way.from) {
        return Err(conflict(sentence));
    }
    source.refuse_half_moved().await?;
    alone(source, &way.from).await
}

/// Sees that no other process of Kudos is connected, where the database can tell.
///
/// # Errors
/// One is, or the database does not answer.
pub(super) async fn alone(store: &Store, url: &DatabaseUrl) -> Result<()> {
    for _ in 0..LOOKS {
        // Each time anew: a transaction sees the same list to its end.
        let mut tx = store.read().await?;
        let others = tx.others().await?;
        tx.rollback().await?;
        if others == 0 {
            return Ok(());
        }
        tokio::time::sleep(PAUSE).await;
    }
    Err(conflict(format!(
        "a server, or another command of Kudos, is connected to {url}: stop every node first, with SIGTERM, so that it drains its journal"
    )))
}

/// A new file is for its owner only: it will hold customer ids.
fn prepare_file(url: &DatabaseUrl) -> Result<()> {
    let Some(path) = url.sqlite_path().filter(|path| !path.exists()) else { return Ok(()) };
    let failed = |why| Error::internal(format!("{} cannot be made", path.display()), why);
    if let Some(parent) = path.parent().filter(|parent| *parent != Path::new("")) {
        make_data_dir(parent).map_err(failed)?;
    }
    create_for_owner(path).map(drop).map_err(failed)
}
