//! The two stores that every test of the suite runs on, and a hand in each of them past the house.

use std::path::Path;

use kudos::config::{DatabaseUrl, Pool};
use kudos::store::{Broken, Store};
use sqlx::{AssertSqlSafe, Connection, PgPool, Row as _, SqliteConnection, SqlitePool};
use uuid::Uuid;

use crate::postgres::{blocking, cluster, given};
use crate::statements::assert_listed;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Sqlite,
    Postgres,
}

impl Kind {
    /// The database of the test with that data directory.
    pub fn url(self, data_dir: &Path) -> String {
        match self {
            Kind::Sqlite => format!("sqlite:{}", data_dir.join("kudos.db").display()),
            Kind::Postgres => given(data_dir).unwrap_or_else(|| cluster().of(data_dir)),
        }
    }

    /// A database without a schema, other than that of the test with that data directory.
    pub fn empty(self, data_dir: &Path) -> String {
        match self {
            Kind::Sqlite => format!("sqlite:{}", data_dir.join("other.db").display()),
            Kind::Postgres => cluster().url(&cluster().make("template1")),
        }
    }

    /// What a query must say for the hexadecimal digits of an id.
    pub fn id_hex(self, column: &str) -> String {
        match self {
            Kind::Sqlite => format!("lower(hex({column}))"),
            Kind::Postgres => format!("replace(cast({column} as text), '-', '')"),
        }
    }

    /// The same of bytes, or null.
    pub fn bytes_hex(self, column: &str) -> String {
        match self {
            Kind::Sqlite => format!("nullif(lower(hex({column})), '')"),
            Kind::Postgres => format!("encode({column}, 'hex')"),
        }
    }

    /// `x'01'` in the words of this store: an id with these last digits.
    fn words(self, sql: &str) -> String {
        let (mut words, mut rest) = (String::new(), sql);
        while let Some(at) = rest.find("x'").filter(|_| self == Kind::Postgres) {
            let (before, literal) = rest.split_at(at);
            words += before;
            if before.ends_with(|c: char| c.is_alphanumeric() || c == '\'') {
                (words, rest) = (words + "x'", &literal[2..]);
                continue;
            }
            let (hex, after) = literal[2..].split_once('\'').unwrap();
            words += &format!("cast('{hex:0>32}' as uuid)");
            rest = after;
        }
        words + rest
    }
}

/// An id as a literal of a statement for a [`Hand`].
pub fn hex(id: impl Into<Uuid>) -> String {
    format!("x'{}'", id.into().simple())
}

/// Past the house, for what only a hand would do.
#[derive(Clone)]
pub enum Hand {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// Runs one shared body on whichever it is.
macro_rules! on {
    ($hand:expr, $pool:ident => $body:expr) => {
        match $hand {
            Hand::Sqlite($pool) => $body,
            Hand::Postgres($pool) => $body,
        }
    };
}

impl Hand {
    pub async fn to(url: &str) -> Hand {
        match url.starts_with("sqlite:") {
            true => Hand::Sqlite(SqlitePool::connect(url).await.unwrap()),
            false => Hand::Postgres(PgPool::connect(url).await.unwrap()),
        }
    }

    fn words(&self, sql: &str) -> AssertSqlSafe<String> {
        AssertSqlSafe(match self {
            Hand::Sqlite(_) => Kind::Sqlite.words(sql),
            Hand::Postgres(_) => Kind::Postgres.words(sql),
        })
    }

    /// Runs a statement, references unchecked.
    pub async fn sql(&self, sql: &str) {
        let words = self.words(sql);
        match self {
            Hand::Sqlite(pool) => {
                let mut connection = pool.acquire().await.unwrap();
                sqlx::query("pragma foreign_keys = off").execute(&mut *connection).await.unwrap();
                sqlx::raw_sql(words).execute(&mut *connection).await.unwrap();
            }
            Hand::Postgres(pool) => {
                let mut connection = pool.acquire().await.unwrap();
                sqlx::query("set session_replication_role = replica").execute(&mut *connection).await.unwrap();
                sqlx::raw_sql(words).execute(&mut *connection).await.unwrap();
            }
        }
    }

    /// The one number of a query.
    pub async fn number(&self, sql: &str) -> i64 {
        let words = self.words(&format!("select cast(({sql}) as bigint)"));
        on!(self, pool => sqlx::query(words).fetch_one(pool).await.unwrap().get(0))
    }

    /// The first column of every row.
    pub async fn texts(&self, sql: &str) -> Vec<String> {
        self.nullable_texts(sql).await.into_iter().map(Option::unwrap).collect()
    }

    /// The same where there may be none.
    pub async fn nullable_texts(&self, sql: &str) -> Vec<Option<String>> {
        let words = self.words(sql);
        on!(self, pool => sqlx::query(words).fetch_all(pool).await.unwrap().iter().map(|row| row.get(0)).collect())
    }

    /// The same where it is an id.
    pub async fn ids(&self, sql: &str) -> Vec<Uuid> {
        let words = self.words(sql);
        on!(self, pool => sqlx::query(words).fetch_all(pool).await.unwrap().iter().map(|row| row.get(0)).collect())
    }

    /// The names of the tables.
    pub async fn tables(&self) -> Vec<String> {
        self.texts(match self {
            Hand::Sqlite(_) => "select name from sqlite_master where type = 'table' and name not like '\\_%' escape '\\' order by 1",
            Hand::Postgres(_) => {
                "select cast(relname as text) from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
                and not relispartition and relname not like '\\_%' order by 1"
            }
        })
        .await
    }

    /// Every row of a table, as text.
    pub async fn rows(&self, table: &str) -> Vec<String> {
        let line = match self {
            Hand::Sqlite(_) => {
                let columns =
                    format!("select group_concat('quote(' || name || ')', '||'',''||') from pragma_table_info('{table}')");
                self.texts(&columns).await.remove(0)
            }
            Hand::Postgres(_) => format!("cast({table} as text)"),
        };
        self.texts(&format!("select {line} as line from {table} order by 1")).await
    }

    pub async fn close(self) {
        on!(self, pool => pool.close().await);
    }
}

/// Opens a store as it is.
pub async fn open(url: &str) -> Store {
    Store::open(&url.parse::<DatabaseUrl>().unwrap(), Pool::default()).await.unwrap()
}

/// What `kudos check` does.
pub fn check(url: &str) -> Vec<Broken> {
    let url = url.to_owned();
    assert_listed();
    blocking(async move || {
        let store = open(&url).await;
        let broken = store.read().await.unwrap().check().await.unwrap();
        store.close().await;
        broken
    })
}

/// Asks the hand something, from where nothing is awaited.
pub fn by_hand<T, W>(url: &str, work: impl FnOnce(Hand) -> W + Send + 'static) -> T
where
    T: Send + 'static,
    W: Future<Output = T>,
{
    let url = url.to_owned();
    blocking(async move || {
        let hand = Hand::to(&url).await;
        let found = work(hand.clone()).await;
        hand.close().await;
        found
    })
}

/// A connection of one's own to an embedded database, and the runtime it lives on.
pub fn connect(url: &str) -> (tokio::runtime::Runtime, SqliteConnection) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let connection = runtime.block_on(SqliteConnection::connect(url)).unwrap();
    (runtime, connection)
}
