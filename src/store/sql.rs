//! The thin layer between statements and the two databases: one transaction type, one value type, one row type.
//!
//! Statements are constants in the dialect both databases share (`$1`, `on conflict`, `returning`). What must differ
//! is in `dialect.rs`. Every use of a database is a transaction: reads get one consistent snapshot, and a future that
//! is dropped half-way rolls back.

use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Row as _, Sqlite, Transaction};
use uuid::Uuid;

use crate::domain::time::Time;
use crate::error::{Code, Error, Result};

/// A transaction on either database; rolled back unless committed.
pub enum Tx {
    /// On the embedded file.
    Sqlite(Transaction<'static, Sqlite>),
}

/// Which part of a list, newest first.
#[derive(Clone, Copy, Debug)]
pub struct Slice {
    /// Only rows with smaller ids; `Uuid::max()` for the first part.
    pub before: Uuid,
    /// How many rows at most.
    pub limit: i64,
}

/// Runs one shared body on whichever database it is.
macro_rules! on {
    ($tx:expr, $args:expr, $inner:ident, $bound:ident => $body:expr) => {
        match $tx {
            Tx::Sqlite($inner) => {
                let $bound = sqlite_arguments($args)?;
                $body
            }
        }
    };
}

impl Tx {
    /// Runs a statement; the number of rows it changed.
    pub(super) async fn execute(&mut self, sql: &'static str, args: Vec<Value>) -> Result<u64> {
        on!(self, args, tx, bound => sqlx::query_with(sql, bound).execute(&mut **tx).await.map(|d| d.rows_affected()))
            .map_err(database_error)
    }

    /// Every row of a statement.
    pub(super) async fn all(&mut self, sql: &'static str, args: Vec<Value>) -> Result<Vec<Row>> {
        on!(self, args, tx, bound => {
            sqlx::query_with(sql, bound).fetch_all(&mut **tx).await.map(|rows| rows.into_iter().map(Row::Sqlite).collect())
        })
        .map_err(database_error)
    }

    /// The first row of a statement, if there is one.
    pub(super) async fn optional(&mut self, sql: &'static str, args: Vec<Value>) -> Result<Option<Row>> {
        on!(self, args, tx, bound => {
            sqlx::query_with(sql, bound).fetch_optional(&mut **tx).await.map(|row| row.map(Row::Sqlite))
        })
        .map_err(database_error)
    }

    /// The one row of a statement that always has one, such as a sum.
    pub(super) async fn one(&mut self, sql: &'static str, args: Vec<Value>) -> Result<Row> {
        let row = self.optional(sql, args).await?;
        row.ok_or_else(|| Error::new(Code::Internal, "the database returned no row where one was certain"))
    }

    /// Makes everything since the beginning durable.
    ///
    /// # Errors
    /// [`Code::Unavailable`] when the database cannot; then nothing was written, or it is unknown whether it was.
    pub async fn commit(self) -> Result<()> {
        match self {
            Tx::Sqlite(tx) => tx.commit().await.map_err(database_error),
        }
    }
}

/// One bound value: the closed set of types that both databases share.
#[derive(Clone, Debug)]
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
        }
        .map_err(|why| Error::internal("a value could not be bound", why))?;
    }
    Ok(bound)
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
}

/// A row of either database.
pub(super) enum Row {
    /// Of the embedded file.
    Sqlite(SqliteRow),
}

impl Row {
    /// The column's value.
    ///
    /// # Errors
    /// [`Code::Internal`] when the column is missing or holds something else: the schema and the code disagree.
    pub fn get<T: Column>(&self, column: &'static str) -> Result<T> {
        T::read(self, column).map_err(|why| Error::internal(format!("column {column} cannot be read"), why))
    }
}

type ReadError = Box<dyn std::error::Error + Send + Sync>;

/// What a column can be read as.
pub(super) trait Column: Sized {
    fn read(row: &Row, column: &'static str) -> std::result::Result<Self, ReadError>;
}

macro_rules! native {
    ($($ty:ty),+) => {$(
        impl Column for $ty {
            fn read(row: &Row, column: &'static str) -> std::result::Result<Self, ReadError> {
                match row {
                    Row::Sqlite(row) => Ok(row.try_get(column)?),
                }
            }
        }
        impl Column for Option<$ty> {
            fn read(row: &Row, column: &'static str) -> std::result::Result<Self, ReadError> {
                match row {
                    Row::Sqlite(row) => Ok(row.try_get(column)?),
                }
            }
        }
    )+};
}
native!(Uuid, i64, String, Vec<u8>, bool);

/// Types that are stored as another: ids as 16 bytes, times as bigint, closed sets as text.
macro_rules! stored_as {
    ($($ty:ty as $raw:ty, |$value:ident| $from:expr;)+) => {$(
        impl From<$ty> for Value {
            fn from($value: $ty) -> Value {
                Value::from(<$raw>::from($from))
            }
        }
        impl From<Option<$ty>> for Value {
            fn from(value: Option<$ty>) -> Value {
                Value::from(value.map(|$value| <$raw>::from($from)))
            }
        }
    )+};
}

macro_rules! id_columns {
    ($($id:ident),+) => {
        stored_as! { $(crate::domain::id::$id as Uuid, |id| id.uuid();)+ }
        $(
            impl Column for crate::domain::id::$id {
                fn read(row: &Row, column: &'static str) -> std::result::Result<Self, ReadError> {
                    Ok(Uuid::read(row, column)?.into())
                }
            }
            impl Column for Option<crate::domain::id::$id> {
                fn read(row: &Row, column: &'static str) -> std::result::Result<Self, ReadError> {
                    Ok(Option::<Uuid>::read(row, column)?.map(Into::into))
                }
            }
        )+
    };
}
id_columns!(
    PartnerId,
    GroupId,
    LinkId,
    CodeId,
    CampaignId,
    TouchpointId,
    ConversionId,
    RefundId,
    VisitorId,
    PolicyId,
    CreditId,
    KeyId,
    AuditId,
    RejectedId
);

macro_rules! named_columns {
    ($($ty:ty),+ $(,)?) => {
        stored_as! { $($ty as String, |name| name.as_str();)+ }
        $(
            impl Column for $ty {
                fn read(row: &Row, column: &'static str) -> std::result::Result<Self, ReadError> {
                    Ok(String::read(row, column)?.parse::<$ty>()?)
                }
            }
        )+
    };
}
named_columns!(
    crate::domain::partner::Status,
    crate::domain::touchpoint::Team,
    crate::domain::verdict::Verdict,
    crate::domain::conversion::Source,
    crate::domain::key::Scope,
);

impl Column for Time {
    fn read(row: &Row, column: &'static str) -> std::result::Result<Self, ReadError> {
        Ok(Time::from_millis(i64::read(row, column)?))
    }
}

impl Column for Option<Time> {
    fn read(row: &Row, column: &'static str) -> std::result::Result<Self, ReadError> {
        Ok(Option::<i64>::read(row, column)?.map(Time::from_millis))
    }
}

impl Column for Option<crate::domain::money::Currency> {
    fn read(row: &Row, column: &'static str) -> std::result::Result<Self, ReadError> {
        Ok(Option::<String>::read(row, column)?.map(|code| code.parse()).transpose()?)
    }
}

stored_as! { crate::domain::money::Currency as String, |currency| currency.as_str(); }

/// A JSON document in a text column.
pub(super) struct Json<T>(pub T);

impl<T: serde::de::DeserializeOwned> Column for Json<T> {
    fn read(row: &Row, column: &'static str) -> std::result::Result<Self, ReadError> {
        Ok(Json(serde_json::from_str(&String::read(row, column)?)?))
    }
}

impl<T: serde::Serialize> From<Json<&T>> for Value {
    fn from(json: Json<&T>) -> Value {
        Value::Text(serde_json::to_string(json.0).ok())
    }
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
    } else {
        Error::new(Code::Unavailable, "the database does not answer; try again in a moment").because(why)
    }
}

/// Whether the database understood and said no, so that asking again will not help; otherwise it is busy, full, broken or gone.
fn refused(why: &sqlx::Error) -> bool {
    // SQLite's primary result codes: too big, constraint, mismatch. Not `error`: that is the statement's or the schema's fault,
    // another value would fare no better, and intake must not blame its hits for it.
    const SAYING_NO: [u32; 3] = [18, 19, 20];
    let code = why.as_database_error().and_then(|error| error.code()?.parse::<u32>().ok());
    code.is_some_and(|code| SAYING_NO.contains(&(code & 0xff)))
}
