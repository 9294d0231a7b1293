//! The schema, as numbered steps that are built into the binary.

use std::borrow::Cow;

use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::{SqlSafeStr, SqlitePool};

use crate::error::{Code, Error, Result};

const SQLITE: &[(i64, &str, &str)] = &[(1, "spine", include_str!("../../migrations/sqlite/0001_spine.sql"))];

fn migrator(steps: &[(i64, &'static str, &'static str)]) -> Migrator {
    let step = |&(version, name, sql): &(i64, &'static str, &'static str)| {
        Migration::new(version, Cow::Borrowed(name), MigrationType::Simple, sql.into_sql_str(), false)
    };
    Migrator::with_migrations(steps.iter().map(step).collect())
}

/// Runs the steps that the file has not seen yet.
pub(super) async fn run_sqlite(pool: &SqlitePool) -> Result<()> {
    migrator(SQLITE).run(pool).await.map_err(failed)
}

/// To wait helps where the database does not answer, not where its schema is another program's.
fn failed(why: MigrateError) -> Error {
    let sentence = "the database could not be brought up to date";
    match why {
        MigrateError::VersionMissing(_) | MigrateError::VersionMismatch(_) => Error::new(Code::Conflict, sentence).because(why),
        _ => Error::internal(sentence, why),
    }
}
