//! The embedded database as a file: copied while it is in use, made whole before it is moved.

use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode};
use sqlx::{ConnectOptions, Connection};

use crate::error::{Code, Error, Result};

/// How long a lock of another process is waited for. Who copies or moves the file is not in a hurry.
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);

/// Writes the database as one reader sees it to `copy`, an empty file, whole and without slack. Others go on writing.
///
/// The salts stay behind: a copy is kept for longer than they may be, and what is restored makes a new one.
///
/// # Errors
/// The database cannot be read, is none of ours, or there is no room for the copy.
pub async fn copy(database: &Path, copy: &Path) -> Result<()> {
    let failed = |why| Error::internal(format!("the database {} cannot be copied", database.display()), why);
    let mut source = options(database).connect().await.map_err(failed)?;
    let name = copy.to_string_lossy().into_owned();
    sqlx::query("vacuum into $1").bind(name).execute(&mut source).await.map_err(failed)?;
    source.close().await.map_err(failed)?;
    // What is deleted is to be nowhere: not in the page it was on, nor in a journal beside the file.
    let copy = options(copy).pragma("secure_delete", "on").journal_mode(SqliteJournalMode::Memory);
    let mut copy = copy.connect().await.map_err(failed)?;
    sqlx::query("delete from salts").execute(&mut copy).await.map_err(failed)?;
    copy.close().await.map_err(failed)
}

/// Brings what lies in the write-ahead log into the file itself, and leaves the file without one.
///
/// # Errors
/// [`Code::Conflict`] when another process has the database open, [`Code::Internal`] when it cannot be read.
pub async fn fold(database: &Path) -> Result<()> {
    let failed = |why: sqlx::Error| {
        // SQLite's primary result codes: busy, locked.
        let code = why.as_database_error().and_then(|error| error.code()?.parse::<u32>().ok());
        match code.map(|code| code & 0xff) {
            Some(5 | 6) => Error::new(Code::Conflict, format!("{} is in use by another process", database.display())),
            _ => Error::internal(format!("the database {} cannot be read", database.display()), why),
        }
    };
    let mut connection = options(database).busy_timeout(Duration::ZERO).connect().await.map_err(failed)?;
    one_file(&mut connection).await.map_err(failed)?;
    connection.close().await.map_err(failed)
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new().filename(path).create_if_missing(false).busy_timeout(BUSY_TIMEOUT)
}

/// Switches the write-ahead log off, for which the connection has to be the only one.
async fn one_file(connection: &mut SqliteConnection) -> sqlx::Result<()> {
    sqlx::query("pragma journal_mode = delete").execute(connection).await.map(drop)
}
