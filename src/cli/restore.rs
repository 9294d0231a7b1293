//! `kudos restore`: a backup takes the place of the embedded database, once it is known to be sound.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use clap::ArgMatches;

use crate::cli::backup::{beside, create_for_owner, file, put};
use crate::cli::{Outcome, make_data_dir, runtime};
use crate::config::{Config, DatabaseUrl, Pool};
use crate::error::{Code, Error, Result};
use crate::intake::snapshot;
use crate::journal::{Disk, LockGuard, RealDisk};
use crate::store::{Broken, Store, embedded};

/// Checks a copy of the backup, then puts it where the database was. The journal stays: the next start drains it.
pub fn run(config: &Config, matches: &ArgMatches) -> Outcome {
    let (backup, force) = (file(matches), matches.get_flag("force"));
    let Some(database) = config.database.sqlite_path() else {
        return Err(format!(
            "kudos restore is for the embedded database; on Postgres use its own, into an empty database and with every node stopped: pg_restore --exit-on-error --no-owner --dbname=URL {}",
            backup.display()
        )
        .into());
    };
    if !backup.is_file() {
        return Err(format!("there is no file {}", backup.display()).into());
    }
    if beside(&backup, "-wal").metadata().is_ok_and(|wal| wal.len() > 0) {
        let name = backup.display();
        return Err(
            format!("{name} is a database in use, as {name}-wal beside it shows; restore what kudos backup made").into()
        );
    }
    make_data_dir(&config.data_dir)?;
    // Held to the end: no server starts meanwhile.
    let _lock = lock(&config.data_dir)?;
    runtime()?.block_on(async {
        refuse_to_overwrite(database, force).await?;
        let ready = beside(database, ".restoring");
        let broken = match prepare(&backup, &ready).await {
            Ok(broken) => broken,
            Err(error) => {
                discard(&ready);
                return Err(error.into());
            }
        };
        for broken in &broken {
            writeln!(io::stdout(), "broken: {} ({} times, first: {})", broken.invariant, broken.count, broken.detail)?;
        }
        if !broken.is_empty() {
            discard(&ready);
            return Err(format!("{} is not sound; the database is as it was", backup.display()).into());
        }
        let bytes = replace(database, &ready).await?;
        // It knows links and changes of the database that was.
        snapshot::remove(&config.data_dir)?;
        let (from, to) = (backup.display(), database.display());
        writeln!(io::stdout(), "restored {from} to {to}: {:.1} MB, every invariant holds", bytes as f64 / 1e6)?;
        Ok(ExitCode::SUCCESS)
    })
}

/// The lock that a server holds on its data directory.
fn lock(data_dir: &Path) -> Result<LockGuard> {
    let journal = data_dir.join("journal");
    let locked = RealDisk.create_dir(&journal).and_then(|()| RealDisk.lock(&journal.join("lock")));
    locked.map_err(|why| match why.kind() {
        io::ErrorKind::WouldBlock => {
            Error::new(Code::Conflict, format!("a server runs on {}: stop it first", data_dir.display()))
        }
        _ => Error::internal(format!("the data directory {} cannot be locked", data_dir.display()), why),
    })
}

async fn refuse_to_overwrite(database: &Path, force: bool) -> Result<()> {
    if force || !database.exists() {
        return Ok(());
    }
    let store = Store::open(&DatabaseUrl::sqlite(database), Pool::default()).await?;
    let empty = match store.read().await {
        Ok(mut tx) => tx.is_empty().await,
        Err(why) => Err(why),
    };
    store.close().await;
    match empty {
        Ok(true) => Ok(()),
        Ok(false) => Err(Error::new(
            Code::Conflict,
            format!("{} holds something; replace it with --force, or restore elsewhere with --data-dir", database.display()),
        )),
        Err(why) => {
            let sentence = format!("{} cannot be looked into; replace it with --force", database.display());
            Err(Error::internal(sentence, why))
        }
    }
}

/// Copies the backup to `ready`, brings its schema up to date, and looks for what is broken in it.
async fn prepare(backup: &Path, ready: &Path) -> Result<Vec<Broken>> {
    let failed = |why| Error::internal(format!("{} cannot be copied to {}", backup.display(), ready.display()), why);
    let mut copy = create_for_owner(ready).map_err(failed)?;
    let mut source = fs::File::open(backup).map_err(failed)?;
    io::copy(&mut source, &mut copy).map_err(failed)?;
    let store = Store::open(&DatabaseUrl::sqlite(ready), Pool::default()).await?;
    let broken = check(&store).await;
    store.close().await;
    let broken = broken.map_err(|why| Error::internal(format!("{} is no Kudos backup", backup.display()), why))?;
    embedded::fold(ready).await?;
    Ok(broken)
}

async fn check(store: &Store) -> Result<Vec<Broken>> {
    // Asked before the schema is touched: a database of something else has no partners.
    store.read().await?.is_empty().await?;
    store.migrate().await?;
    store.read().await?.check().await
}

/// What is left of the old database must not be taken for a part of the new one: its log goes first.
async fn replace(database: &Path, ready: &Path) -> Result<u64> {
    if database.exists() {
        match embedded::fold(database).await {
            Err(busy) if busy.code == Code::Conflict => return Err(busy),
            // Damaged, perhaps: a reason to restore, not to refuse.
            Err(error) => tracing::warn!(%error, "the old database cannot be read; it is replaced"),
            Ok(()) => {}
        }
    }
    let failed = |why| Error::internal(format!("the database {} cannot be replaced", database.display()), why);
    for ending in ["-wal", "-shm"] {
        match fs::remove_file(beside(database, ending)) {
            Err(why) if why.kind() != io::ErrorKind::NotFound => return Err(failed(why)),
            _ => {}
        }
    }
    put(ready, database).map_err(failed)
}

fn discard(ready: &Path) {
    for ending in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(beside(ready, ending)); // the error that matters is the other one
    }
}
