//! What an operator asks of the database itself: its version, its size, its last backup.

use crate::domain::time::Time;
use crate::error::Result;
use crate::store::dialect::PerDatabase;
use crate::store::sql::{Database, Tx, args};

/// What is known of the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// Which of the two, and its version: `SQLite 3.51.3`.
    pub name: String,
    /// Its size in bytes.
    pub bytes: i64,
    /// When `kudos backup` last wrote a copy, if ever.
    pub backed_up_at: Option<Time>,
}

const VERSION: PerDatabase = PerDatabase {
    sqlite: "select sqlite_version() as version",
    postgres: "select current_setting('server_version') as version",
};

const SIZE: PerDatabase = PerDatabase {
    sqlite: "select p.page_count * s.page_size as bytes from pragma_page_count() p cross join pragma_page_size() s",
    postgres: "select pg_database_size(current_database()) as bytes",
};

/// The mark under which the moment is kept.
const BACKUP: &str = "backup";

impl Tx {
    /// What is known of the database.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn about(&mut self) -> Result<About> {
        let version: String = self.one(&VERSION, args![]).await?.get("version")?;
        let database = match self.database() {
            Database::Sqlite => "SQLite",
            Database::Postgres => "Postgres",
        };
        let bytes = self.one(&SIZE, args![]).await?.get("bytes")?;
        let mark = self.optional("select value from marks where name = $1", args![BACKUP]).await?;
        let backed_up_at = mark.map(|row| row.get::<i64>("value")).transpose()?.map(Time::from_millis);
        Ok(About { name: format!("{database} {version}"), bytes, backed_up_at })
    }

    /// Notes that a backup was written.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn note_backup(&mut self, at: Time) -> Result<()> {
        const SQL: &str =
            "insert into marks (name, value) values ($1, $2) on conflict (name) do update set value = excluded.value";
        self.execute(SQL, args![BACKUP, at]).await?;
        Ok(())
    }
}
