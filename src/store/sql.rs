//! The thin layer between statements and the two databases: one transaction type, one value type, one row type.
//!
//! Statements are constants in the dialect both databases share (`$1`, `on conflict`, `returning`). What must differ
//! is in `dialect.rs`. Every use of a database is a transaction: reads get one consistent snapshot, and a future that
//! is dropped half-way rolls back.

use std::future::Future;
use std::io;
use std::time::Duration;

use futures_util::TryStreamExt;
use sqlx::postgres::{PgArguments, PgDatabaseError};
use sqlx::sqlite::SqliteArguments;
use sqlx::{Postgres, Sqlite, Transaction};
use uuid::Uuid;

use crate::domain::time::Time;
use crate::error::{Code, Error, Result};
pub(super) use crate::store::columns::{Json, Row};
use crate::store::dialect::PerDatabase;
use crate::store::rows::{Rows, without_nul};
use crate::store::seen;

/// Which of the two databases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Database {
    /// The embedded file.
    Sqlite,
    /// A server that several nodes may share.
    Postgres,
}

/// A transaction on either database; rolled back unless committed.
pub enum Tx {
    /// On the embedded file.
    Sqlite(Transaction<'static, Sqlite>),
    /// On Postgres, and how long it may take to answer.
    Postgres(Transaction<'static, Postgres>, Duration),
}

/// Which part of a list, newest first.
#[derive(Clone, Copy, Debug)]
pub struct Slice {
    /// Only rows with smaller ids; `Uuid::max()` for the first part.
    pub before: Uuid,
    /// How many rows at most.
    pub limit: i64,
}

/// What Postgres says, or an error when it says nothing for `limit`. A server that is gone without a word (its machine lost
/// power, the network its way) never answers, and the driver sets no option of the socket by which the kernel would tell: a
/// transaction would wait for ever, and hold its place in the pool.
pub(super) async fn within<T>(limit: Duration, answer: impl Future<Output = sqlx::Result<T>>) -> sqlx::Result<T> {
    let silence = || sqlx::Error::Io(io::Error::new(io::ErrorKind::TimedOut, "no answer in time; its connection is given up"));
    tokio::time::timeout(limit, answer).await.unwrap_or_else(|_| Err(silence()))
}

/// Runs one shared body on whichever database it is.
macro_rules! on {
    ($tx:expr, $args:expr, $inner:ident, $bound:ident, $row:ident => $body:expr) => {
        match $tx {
            Tx::Sqlite($inner) => {
                let ($bound, $row) = (sqlite_arguments($args)?, Row::Sqlite);
                $body.await
            }
            Tx::Postgres($inner, limit) => {
                let ($bound, $row) = (postgres_arguments($args)?, Row::Postgres);
                within(*limit, $body).await
            }
        }
    };
}

/// A batch without rows: there is nothing to do, and nothing to be told of it.
fn nothing(args: &[Value]) -> bool {
    args.iter().any(|value| matches!(value, Value::Rows(rows) if rows.count() == 0))
}

impl Tx {
    /// Which database it is.
    pub(super) fn database(&self) -> Database {
        match self {
            Tx::Sqlite(_) => Database::Sqlite,
            Tx::Postgres(..) => Database::Postgres,
        }
    }

    /// Runs a statement; the number of rows it changed.
    pub(super) async fn execute(&mut self, sql: impl Words, args: Vec<Value>) -> Result<u64> {
        seen::note(&sql, &args);
        if nothing(&args) {
            return Ok(0);
        }
        let sql = sql.of(self.database());
        on!(self, args, tx, bound, _row => async { sqlx::query_with(sql, bound).execute(&mut **tx).await.map(|d| d.rows_affected()) })
            .map_err(database_error)
    }

    /// Inserts a batch by a statement of columns only: on Postgres a binary `copy`. False when some of its rows are there already:
    /// then the transaction is of no more use.
    pub(super) async fn insert_all(&mut self, sql: &'static PerDatabase, rows: Rows) -> Result<bool> {
        let expected = rows.count();
        let Tx::Postgres(tx, limit) = self else { return Ok(self.execute(sql, args![rows]).await? == expected) };
        if expected == 0 {
            return Ok(true);
        }
        seen::note(&sql, &[]);
        let copy = async {
            let mut copy = tx.copy_in_raw(sql.postgres).await?;
            copy.send(rows.into_copy()).await?;
            copy.finish().await
        };
        match within(*limit, copy).await {
            Err(why) if why.as_database_error().is_some_and(|why| why.is_unique_violation()) => Ok(false),
            copied => copied.map(|copied| copied == expected).map_err(database_error),
        }
    }

    /// Every row of a statement.
    pub(super) async fn all(&mut self, sql: impl Words, args: Vec<Value>) -> Result<Vec<Row>> {
        seen::note(&sql, &args);
        if nothing(&args) {
            return Ok(Vec::new());
        }
        let sql = sql.of(self.database());
        on!(self, args, tx, bound, row => async {
            sqlx::query_with(sql, bound).fetch_all(&mut **tx).await.map(|rows| rows.into_iter().map(row).collect())
        })
        .map_err(database_error)
    }

    /// What `read` makes of every row of a statement, row by row: of many thousands the rows themselves take far more memory.
    pub(super) async fn read_each<T>(
        &mut self, sql: impl Words, args: Vec<Value>, read: impl Fn(&Row) -> Result<T>,
    ) -> Result<Vec<T>> {
        seen::note(&sql, &args);
        if nothing(&args) {
            return Ok(Vec::new());
        }
        let sql = sql.of(self.database());
        let found: Vec<Result<T>> = on!(self, args, tx, bound, row => async {
            sqlx::query_with(sql, bound).fetch(&mut **tx).map_ok(|found| read(&row(found))).try_collect().await
        })
        .map_err(database_error)?;
        found.into_iter().collect()
    }

    /// The first row of a statement, if there is one.
    pub(super) async fn optional(&mut self, sql: impl Words, args: Vec<Value>) -> Result<Option<Row>> {
        seen::note(&sql, &args);
        let sql = sql.of(self.database());
        on!(self, args, tx, bound, row => async {
            sqlx::query_with(sql, bound).fetch_optional(&mut **tx).await.map(|found| found.map(row))
        })
        .map_err(database_error)
    }

    /// The one row of a statement that always has one, such as a sum.
    pub(super) async fn one(&mut self, sql: impl Words, args: Vec<Value>) -> Result<Row> {
        let row = self.optional(sql, args).await?;
        row.ok_or_else(|| Error::new(Code::Internal, "the database returned no row where one was certain"))
    }

    /// Takes back everything since the beginning, and lets go of what it holds before this returns. A transaction that is only
    /// dropped does so a moment later.
    ///
    /// # Errors
    /// [`Code::Unavailable`] when the database does not answer.
    pub async fn rollback(self) -> Result<()> {
        match self {
            Tx::Sqlite(tx) => tx.rollback().await,
            Tx::Postgres(tx, limit) => within(limit, tx.rollback()).await,
        }
        .map_err(database_error)
    }

    /// Begins a trial, which can be taken back whole, and each of its parts by itself.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn begin_trial(&mut self) -> Result<()> {
        self.execute("savepoint trial", args![]).await.map(drop)
    }

    /// Takes the trial back.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn undo_trial(&mut self) -> Result<()> {
        self.execute("rollback to savepoint trial", args![]).await.map(drop)
    }

    /// Begins a part.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn begin_part(&mut self) -> Result<()> {
        self.execute("savepoint part", args![]).await.map(drop)
    }

    /// Ends a part; it is kept with the whole.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn keep_part(&mut self) -> Result<()> {
        self.execute("release savepoint part", args![]).await.map(drop)
    }

    /// Takes a part back, whatever went wrong in it, and ends it.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn undo_part(&mut self) -> Result<()> {
        self.execute("rollback to savepoint part", args![]).await?;
        self.keep_part().await
    }

    /// Makes everything since the beginning durable.
    ///
    /// # Errors
    /// [`Code::Unavailable`] when the database cannot; then nothing was written, or it is unknown whether it was.
    pub async fn commit(self) -> Result<()> {
        match self {
            Tx::Sqlite(tx) => tx.commit().await,
            Tx::Postgres(tx, limit) => within(limit, tx.commit()).await,
        }
        .map_err(database_error)
    }
}

/// One bound value: the closed set of types that both databases share.
#[derive(Debug)]
pub(super) enum Value {
    /// 16 bytes.
    Id(Option<Uuid>),
    /// A bigint: counts, minor units, milliseconds.
    Int(Option<i64>),
    /// Text, JSON among it.
    Text(Option<String>),
    /// Other bytes.
    Bytes(Option<Vec<u8>>),
    /// A truth value.
    Bool(bool),
    /// A batch; the last of the values bound.
    Rows(Rows),
}

fn sqlite_arguments(args: Vec<Value>) -> Result<SqliteArguments> {
    use sqlx::Arguments as _;
    let mut bound = SqliteArguments::default();
    for value in args {
        match value {
            Value::Id(id) => bound.add(id),
            Value::Int(int) => bound.add(int),
            Value::Text(text) => bound.add(text),
            Value::Bytes(bytes) => bound.add(bytes),
            Value::Bool(truth) => bound.add(truth),
            Value::Rows(rows) => bound.add(rows.into_json()),
        }
        .map_err(unbound)?;
    }
    Ok(bound)
}

fn postgres_arguments(args: Vec<Value>) -> Result<PgArguments> {
    use sqlx::Arguments as _;
    let mut bound = PgArguments::default();
    for value in args {
        match value {
            Value::Id(id) => bound.add(id),
            Value::Int(int) => bound.add(int),
            Value::Text(text) => bound.add(text.as_deref().map(without_nul)),
            Value::Bytes(bytes) => bound.add(bytes),
            Value::Bool(truth) => bound.add(truth),
            Value::Rows(rows) => rows.into_arrays().into_iter().try_for_each(|array| bound.add(array)),
        }
        .map_err(unbound)?;
    }
    Ok(bound)
}

fn unbound(why: Box<dyn std::error::Error + Send + Sync>) -> Error {
    Error::internal("a value could not be bound", why)
}

/// A statement: one text for both databases, or one for each.
pub(super) trait Words {
    /// In the words of this database.
    fn of(&self, database: Database) -> &'static str;
}

impl Words for &'static str {
    fn of(&self, _: Database) -> &'static str {
        self
    }
}

/// `args![a, b]`: the bound values of a statement, each anything that is [`Into<Value>`].
macro_rules! args {
    ($($value:expr),* $(,)?) => { vec![$(crate::store::sql::Value::from($value)),*] };
}
pub(super) use args;

macro_rules! values {
    ($($from:ty => |$value:ident| $to:expr;)+) => {$(
        impl From<$from> for Value {
            fn from($value: $from) -> Value {
                $to
            }
        }
    )+};
}

values! {
    Uuid => |id| Value::Id(Some(id));
    Option<Uuid> => |id| Value::Id(id);
    i64 => |int| Value::Int(Some(int));
    Option<i64> => |int| Value::Int(int);
    Time => |time| Value::Int(Some(time.as_millis()));
    Option<Time> => |time| Value::Int(time.map(Time::as_millis));
    String => |text| Value::Text(Some(text));
    &str => |text| Value::Text(Some(text.to_owned()));
    Option<String> => |text| Value::Text(text);
    Option<&str> => |text| Value::Text(text.map(str::to_owned));
    Vec<u8> => |bytes| Value::Bytes(Some(bytes));
    &[u8] => |bytes| Value::Bytes(Some(bytes.to_owned()));
    bool => |truth| Value::Bool(truth);
    Rows => |rows| Value::Rows(rows);
}

/// What a failure of the database means to the caller.
pub(super) fn database_error(why: sqlx::Error) -> Error {
    let conflict = why.as_database_error().is_some_and(|e| e.is_unique_violation());
    let dangling = why.as_database_error().is_some_and(|e| e.is_foreign_key_violation());
    if conflict {
        Error::new(Code::Conflict, "something with that name exists already").because(why)
    } else if dangling {
        Error::new(Code::Conflict, "something still refers to it, or what it refers to does not exist").because(why)
    } else if refused(&why) {
        Error::internal("the database refused a value", why)
    } else if why.as_database_error().is_some() {
        Error::new(Code::Unavailable, "the database answers with an error; try again in a moment").because(why)
    } else {
        Error::new(Code::Unavailable, "the database does not answer; try again in a moment").because(why)
    }
}

/// Whether the database understood and said no, so that asking again will not help; otherwise it is busy, full, broken or gone.
/// A fault of the statement or the schema is no such answer: another value would fare no better, and intake must not blame its
/// hits for it.
fn refused(why: &sqlx::Error) -> bool {
    let Some(error) = why.as_database_error() else { return false };
    let code = error.code().unwrap_or_default();
    if error.try_downcast_ref::<PgDatabaseError>().is_some() {
        // SQLSTATE classes: data exception, integrity constraint violation.
        return code.starts_with("22") || code.starts_with("23");
    }
    // SQLite's primary result codes: too big, constraint, mismatch.
    const SAYING_NO: [u32; 3] = [18, 19, 20];
    code.parse::<u32>().is_ok_and(|code| SAYING_NO.contains(&(code & 0xff)))
}
