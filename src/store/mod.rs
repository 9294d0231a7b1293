//! The only room that knows SQL.
//!
//! [`Store`] hands out transactions ([`Tx`]); the files beside this one give `Tx` its verbs, one noun a file. Every
//! statement is a constant in the dialect both databases share; what must differ has a name in `dialect.rs`. A change
//! an admin makes, its audit line, the note to the nodes and the answer kept for its idempotency key are one transaction.

mod about;
mod accounts;
mod campaigns;
mod check;
mod codes;
mod columns;
mod conversions;
mod credits;
mod customers;
mod days;
mod deals;
mod decisions;
mod dialect;
mod directory;
mod discrepancies;
mod drafts;
pub mod embedded;
mod groups;
mod heard;
mod imports;
mod intake;
mod jobs;
mod journey;
mod keys;
mod kin;
mod kinds;
mod links;
mod manual_credits;
mod migrations;
mod milestones;
mod notes;
mod partners;
mod period;
mod pipeline;
mod policies;
mod postgres;
mod refunds;
mod registrations;
mod rejected;
mod renewals;
mod reports;
mod rows;
mod salts;
mod secrets;
mod seen;
mod self_reported;
mod sessions;
mod sql;
mod stages;
mod standings;
mod team_credits;
mod touchpoints;
mod trail;
mod transfer;
mod users;
mod views;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::PgPool;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions, Connection};

pub use about::About;
pub use accounts::AccountFilter;
pub use check::Broken;
pub use codes::{CodeFigures, CodeFilter};
pub use conversions::ConversionFilter;
pub use credits::{Attributed, Credited, Cursor, Due, Teams};
pub use customers::CustomerFilter;
pub use days::BLOCKS;
pub use deals::{DealFilter, DealSearch};
pub use dialect::Named;
pub use imports::ConversionTold;
pub use intake::{DUPLICATE_WINDOW_MS, Recorded};
pub use jobs::{ATTRIBUTE, Job, Queue};
pub use journey::TOUCHES_MAX;
pub use links::LinkFilter;
pub use partners::{EXTERNAL_ID_TAKEN, PartnerFilter};
pub use policies::PolicyFilter;
pub use registrations::RegistrationFilter;
pub use renewals::FirstSale;
pub use reports::Period;
pub use salts::Salt;
pub use secrets::EmailBook;
pub use seen::{Statement, statements_seen};
pub use sql::{Database, Slice, Tx};
pub use touchpoints::{Narrow, TouchpointFilter};
pub use trail::{AuditFilter, Change, Entity, KeptAnswer};
pub use transfer::{Moved, Page, Schema, Table, Tally, tables};
pub use users::{Enrolled, Invite};

use crate::config::{DatabaseUrl, Pool};
use crate::error::{Code, Error, Result};
use dialect::Turn;
use sql::{database_error, within};

/// Readers beside the one writer: enough for a few dashboards at once, and each costs memory only while it works.
const READERS: u32 = 4;
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
    /// A server that several nodes may share.
    Postgres {
        /// One connection for changes that take turns, so that a queue of them takes no more.
        change: PgPool,
        /// Those of intake and attribution.
        work: PgPool,
        /// Those of reports and lists.
        read: PgPool,
        /// What it is called, for people.
        url: Arc<DatabaseUrl>,
        /// How long a start waits for it.
        patience: Duration,
        /// How long it may take to answer.
        answer: Duration,
    },
}

impl Store {
    /// Opens the database `url` names: `sqlite:PATH` or `postgres://..`. A file is made when it is missing; the schema is not
    /// touched.
    ///
    /// # Errors
    /// An unknown kind of database, a file that cannot be opened, a server that does not answer, or an SQLite that is too old.
    pub async fn open(url: &DatabaseUrl, pool: Pool) -> Result<Store> {
        let store = Store::at(url, pool)?;
        store.connect().await?;
        Ok(store)
    }

    /// The database `url` names, to which nothing connects before it is asked for something: it may be down for now.
    ///
    /// # Errors
    /// A URL that the driver cannot read, or a certificate it names that is not there.
    pub fn at(url: &DatabaseUrl, pool: Pool) -> Result<Store> {
        match url.sqlite_path() {
            Some(path) => Ok(sqlite_at(path, pool)),
            None => postgres::pools(url, pool),
        }
    }

    /// Sees that the database answers, and that it is one Kudos can work with.
    ///
    /// # Errors
    /// A database that cannot be reached or opened, or an SQLite that is too old.
    pub async fn connect(&self) -> Result<()> {
        let write = match self {
            Store::Sqlite { write, .. } => write,
            Store::Postgres { change, url, patience, .. } => return postgres::connect(change, url, *patience).await,
        };
        connect_sqlite(write).await?;
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
            Store::Postgres { change, .. } => migrations::run_postgres(change).await,
        }
    }

    /// A consistent view for reading.
    ///
    /// # Errors
    /// [`crate::error::Code::Unavailable`] when the database does not answer.
    pub async fn read(&self) -> Result<Tx> {
        match self {
            Store::Sqlite { read, .. } => read.begin().await.map(Tx::Sqlite),
            Store::Postgres { read, answer, .. } => {
                return begin(read, "begin isolation level repeatable read, read only", *answer).await;
            }
        }
        .map_err(database_error)
    }

    /// A transaction that may write, one at a time over all nodes, from the start: what it finds stays so until it ends. For
    /// what admins change, and for all that nodes keep in memory.
    ///
    /// # Errors
    /// [`crate::error::Code::Unavailable`] when the database does not answer.
    pub async fn write(&self) -> Result<Tx> {
        let mut tx = match self {
            Store::Sqlite { .. } => return self.write_beside().await,
            Store::Postgres { change, answer, .. } => begin(change, BEGIN, *answer).await?,
        };
        tx.hold(Turn::Change).await?;
        Ok(tx)
    }

    /// A transaction that may write beside others, on Postgres; each of its statements sees what was committed before it. For
    /// intake and the jobs behind it, which take turns only where they must.
    ///
    /// # Errors
    /// [`crate::error::Code::Unavailable`] when the database does not answer.
    pub async fn write_beside(&self) -> Result<Tx> {
        match self {
            Store::Sqlite { write, .. } => write.begin_with("begin immediate").await.map(Tx::Sqlite),
            Store::Postgres { work, answer, .. } => return begin(work, BEGIN, *answer).await,
        }
        .map_err(database_error)
    }

    /// Which of the two it is.
    pub fn database(&self) -> Database {
        match self {
            Store::Sqlite { .. } => Database::Sqlite,
            Store::Postgres { .. } => Database::Postgres,
        }
    }

    /// Closes every connection; an embedded file is then one file again.
    pub async fn close(&self) {
        match self {
            Store::Sqlite { write, read } => {
                read.close().await;
                write.close().await;
            }
            Store::Postgres { change, work, read, .. } => {
                read.close().await;
                work.close().await;
                change.close().await;
            }
        }
    }
}

/// Log lines that tell nobody anything, as a directive of the log's filter: what Postgres notes by the way.
pub const HUSHED: &str = "sqlx::postgres::notice=error";

/// How a transaction that writes begins on Postgres, whatever the server's default is.
const BEGIN: &str = "begin isolation level read committed, read write";

async fn begin(pool: &PgPool, words: &'static str, answer: Duration) -> Result<Tx> {
    let begun = within(pool.options().get_acquire_timeout() + answer, pool.begin_with(words));
    begun.await.map(|tx| Tx::Postgres(tx, answer)).map_err(database_error)
}

fn sqlite_at(path: &Path, pool: Pool) -> Store {
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
    let pools = || SqlitePoolOptions::new().test_before_acquire(false).acquire_timeout(pool.wait).min_connections(0);
    let pools = || pools().after_release(|connection, _| Box::pin(is_at_rest(connection)));
    let write = pools().max_connections(1).connect_lazy_with(options.clone().pragma("cache_size", "-65536"));
    let read = pools().max_connections(READERS).connect_lazy_with(options);
    Store::Sqlite { write, read }
}

/// Whether a connection has no transaction open. A full disk makes SQLite roll back by itself; sqlx then tries the same in vain,
/// and would refuse every further transaction on that connection.
async fn is_at_rest(connection: &mut SqliteConnection) -> sqlx::Result<bool> {
    connection.ping().await?; // what was sent before has been done
    Ok(!connection.is_in_transaction())
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

#[cfg(test)]
mod tests {
    use super::*;
    use sqlx::Executor;

    #[tokio::test]
    async fn a_database_that_was_full_is_written_to_again() {
        let dir = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", dir.path().join("kudos.db").display());
        let store = Store::open(&url.parse().unwrap(), Pool::default()).await.unwrap();
        store.migrate().await.unwrap();
        let Tx::Sqlite(mut tx) = store.write_beside().await.unwrap() else { panic!("it is SQLite") };
        tx.execute("create table ballast (bytes blob)").await.unwrap();
        // No page more than there are: from here on the disk is full, for this connection.
        tx.execute("pragma max_page_count = 1").await.unwrap();
        let full = tx.execute("insert into ballast values (zeroblob(10000000))").await.unwrap_err();
        assert!(full.to_string().contains("full"), "{full}");
        drop(tx);
        for _ in 0..3 {
            let Tx::Sqlite(mut tx) = store.write_beside().await.unwrap() else { panic!("it is SQLite") };
            tx.execute("create table if not exists more (bytes blob)").await.unwrap();
            tx.execute("insert into more values (zeroblob(10000000))").await.unwrap();
            tx.commit().await.unwrap();
        }
    }
}
