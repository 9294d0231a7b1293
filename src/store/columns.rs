//! Reading rows: what a column can be read as, and what is stored as something else than it is.

use sqlx::Row as _;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use crate::domain::time::Time;
use crate::error::{Error, Result};
use crate::store::sql::Value;

/// A row of either database.
pub(super) enum Row {
    /// Of the embedded file.
    Sqlite(SqliteRow),
    /// Of Postgres.
    Postgres(PgRow),
}

impl Row {
    /// The column's value.
    ///
    /// # Errors
    /// [`crate::error::Code::Internal`] when the column is missing or holds something else: the schema and the code disagree.
    pub fn get<T: Column>(&self, column: &'static str) -> Result<T> {
        T::read(self, column).map_err(|why| Error::internal(format!("column {column} cannot be read"), why))
    }

    /// The column's id in hexadecimal, even where a broken database holds something that is none.
    ///
    /// # Errors
    /// As [`Row::get`].
    pub fn hex(&self, column: &'static str) -> Result<String> {
        let bytes: Vec<u8> = match self {
            Row::Sqlite(_) => self.get::<Option<Vec<u8>>>(column)?.unwrap_or_default(),
            Row::Postgres(_) => self.get::<Option<Uuid>>(column)?.map(|id| id.as_bytes().to_vec()).unwrap_or_default(),
        };
        Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
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
                    Row::Postgres(row) => Ok(row.try_get(column)?),
                }
            }
        }
        impl Column for Option<$ty> {
            fn read(row: &Row, column: &'static str) -> std::result::Result<Self, ReadError> {
                match row {
                    Row::Sqlite(row) => Ok(row.try_get(column)?),
                    Row::Postgres(row) => Ok(row.try_get(column)?),
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
    RejectedId,
    UserId,
    SessionId,
    InviteId,
    ViewId,
    NoteId,
    CustomerKey,
    ManualCreditId,
    DealId,
    StageId,
    DraftId,
    AccountId,
    RegistrationId
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
    crate::domain::user::UserRole,
    crate::domain::user::Language,
    crate::domain::heard::HeardMatch,
    crate::domain::deal::DealStatus,
    crate::domain::registration::RegistrationStatus,
);

impl Column for Option<crate::domain::heard::HeardMatch> {
    fn read(row: &Row, column: &'static str) -> std::result::Result<Self, ReadError> {
        Ok(Option::<String>::read(row, column)?.map(|name| name.parse()).transpose()?)
    }
}

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

impl Column for Option<crate::domain::user::Language> {
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
