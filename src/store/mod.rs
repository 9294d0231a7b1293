//! The only room that knows SQL.
//!
//! [`Store`] hands out transactions ([`Tx`]); the files beside this one give `Tx` its verbs, one noun a file. Every
//! statement is a constant in the dialect both databases share; what must differ has a name in `dialect.rs`. A change
//! an admin makes, its audit line, the note to the nodes and the answer kept for its idempotency key are one transaction.

mod campaigns;
mod check;
mod codes;
mod conversions;
mod credits;
mod dialect;
mod directory;
pub mod embedded;
mod groups;
mod intake;
mod jobs;
mod journey;
mod keys;
mod links;
mod migrations;
mod partners;
mod policies;
mod refunds;
mod rejected;
mod reports;
mod salts;
mod sql;
mod touchpoints;
mod trail;

use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection};

pub use check::Broken;
pub use codes::CodeFilter;
pub use conversions::ConversionFilter;
pub use credits::{Attributed, Credited, Due};
pub use dialect::Named;
pub use intake::{DUPLICATE_WINDOW_MS, Recorded};
pub use jobs::{ATTRIBUTE, Job};
pub use journey::{RuleBook, TOUCHES_MAX};
pub use links::LinkFilter;
pub use partners::PartnerFilter;
pub use policies::PolicyFilter;
pub use reports::Period;
pub use salts::Salt;
pub use sql::{Slice, Tx};
pub use touchpoints::TouchpointFilter;
pub use trail::{Change, Entity, KeptAnswer};

use crate::error::{Code, Error, Result};
use sql::database_error;

/// Readers beside the one writer: enough for a few dashboards at once, and each costs memory only while it works.
const READERS: u32 = 4;
/// How long a caller waits for a connection before it is told to try again.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long SQLite waits for the lock of another process, such as the command line beside a server.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// Pages of write-ahead log before a checkpoint (4 KiB each): a large value keeps batches from stalling on it.
const CHECKPOINT_PAGES: &str = "8000";
/// Rows that SQLite's thread may be ahead of the one that reads them: with few, the two wake each other all the time.
const ROW_BUFFER: usize = 1_000;
/// The first SQLite without the WAL-reset defect, which could corrupt a file under concurrent checkpoints.
const SQLITE_VERSION_MIN: (u32, u32, u32) = (3, 51, 3);

/// The database. Cheap to clone.
#[derive(Clone)]
pub enum Store {
    /// An embedded file: one writer, several readers.
    Sqlite {
        /// One connection, so writers queue here and not on the file's lock.
        write: SqlitePool,
        /// Connections that see the last committed state.
        read: SqlitePool,
    },
}

impl Store {
    /// Opens the database `url` names: `sqlite:PATH`. The file is made when it is missing; the schema is not touched.
    ///
    /// # Errors
    /// An unknown kind of database, a file that cannot be opened, or an SQLite that is too old.
    pub async fn open(url: &str) -> Result<Store> {
        let store = Store::at(url)?;
        store.connect().await?;
        Ok(store)
    }

    /// The database `url` names, to which nothing connects before it is asked for something: it may be down for now.
    ///
    /// # Errors
    /// An unknown kind of database.
    pub fn at(url: &str) -> Result<Store> {
        match embedded::path(url) {
            Some(path) => Ok(sqlite_at(path)),
            None => Err(Error::invalid("database", format!("{url:?} is not of the form sqlite:PATH"))),
        }
    }

    /// Sees that the database answers, and that it is one Kudos can work with.
    ///
    /// # Errors
    /// A database that cannot be reached or opened, or an SQLite that is too old.
    pub async fn connect(&self) -> Result<()> {
        match self {
            Store::Sqlite { write, .. } => connect_sqlite(write).await?,
        }
        let version = self.read().await?.sqlite_version().await?;
        if version < SQLITE_VERSION_MIN {
            let sentence = format!("SQLite {version:?} is too old; {SQLITE_VERSION_MIN:?} or newer is needed");
            return Err(Error::new(Code::Internal, sentence));
        }
        Ok(())
    }

    /// Brings the schema up to date. Safe to repeat, and while another process does the same.
    ///
    /// # Errors
    /// A migration that fails, or a schema made by a newer Kudos.
    pub async fn migrate(&self) -> Result<()> {
        match self {
            Store::Sqlite { write, .. } => migrations::run_sqlite(write).await,
        }
    }

    /// A consistent view for reading.
    ///
    /// # Errors
    /// [`crate::error::Code::Unavailable`] when the database does not answer.
    pub async fn read(&self) -> Result<Tx> {
        match self {
            Store::Sqlite { read, .. } => read.begin().await.map(Tx::Sqlite).map_err(database_error),
        }
    }

    /// A transaction that may write; on SQLite it holds the one writer from the start.
    ///
    /// # Errors
    /// [`crate::error::Code::Unavailable`] when the database does not answer.
    pub async fn write(&self) -> Result<Tx> {
        match self {
            Store::Sqlite { write, .. } => write.begin_with("begin immediate").await.map(Tx::Sqlite).map_err(database_error),
        }
    }

    /// Closes every connection; an embedded file is then one file again.
    pub async fn close(&self) {
        match self {
            Store::Sqlite { write, read } => {
                read.close().await;
                write.close().await;
            }
        }
    }
}

fn sqlite_at(path: &Path) -> Store {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY_TIMEOUT)
        .foreign_keys(true)
        .row_buffer_size(ROW_BUFFER)
        .pragma("wal_autocheckpoint", CHECKPOINT_PAGES)
        // What is deleted is overwritten in its page: a salt that is thrown away must not stay in the file.
        .pragma("secure_delete", "fast")
        .pragma("temp_store", "memory");
    let pool = || SqlitePoolOptions::new().test_before_acquire(false).acquire_timeout(ACQUIRE_TIMEOUT).min_connections(0);
    let write = pool().max_connections(1).connect_lazy_with(options.clone().pragma("cache_size", "-65536"));
    let read = pool().max_connections(READERS).connect_lazy_with(options);
    Store::Sqlite { write, read }
}

/// The pool would only say that it waited in vain; a connection of its own says why.
async fn connect_sqlite(write: &SqlitePool) -> Result<()> {
    let options = write.connect_options();
    let failed = |why| Error::internal(format!("the database {} cannot be opened", options.get_filename().display()), why);
    let probe = options.connect().await.map_err(failed)?;
    // While the probe is open: the last connection to close would take the time to empty the log.
    drop(write.acquire().await.map_err(failed)?);
    probe.close().await.map_err(failed)
}
