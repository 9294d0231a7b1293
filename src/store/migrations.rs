//! The schema, as numbered steps that are built into the binary.

use std::borrow::Cow;

use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::{Connection, PgPool, SqlSafeStr, SqlitePool};

use crate::error::{Error, Result};
use crate::store::sql::database_error;

/// One step of each schema, from the files of one name.
macro_rules! step {
    ($version:literal, $name:literal, $file:literal) => {
        Step {
            version: $version,
            name: $name,
            sqlite: include_str!(concat!("../../migrations/sqlite/", $file)),
            postgres: include_str!(concat!("../../migrations/postgres/", $file)),
        }
    };
}

struct Step {
    version: i64,
    name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

const STEPS: &[Step] = &[step!(1, "spine", "0001_spine.sql"), step!(2, "nodes", "0002_nodes.sql")];

fn migrator(sql: fn(&Step) -> &'static str) -> Migrator {
    let step = |step: &Step| {
        Migration::new(step.version, Cow::Borrowed(step.name), MigrationType::Simple, sql(step).into_sql_str(), false)
    };
    Migrator::with_migrations(STEPS.iter().map(step).collect())
}

fn failed(why: MigrateError) -> Error {
    Error::internal("the database could not be brought up to date", why)
}

/// Runs the steps that the file has not seen yet.
pub(super) async fn run_sqlite(pool: &SqlitePool) -> Result<()> {
    migrator(|step| step.sqlite).run(pool).await.map_err(failed)
}

/// Runs the steps that the database has not seen yet. Nodes that start at the same time wait for the first.
pub(super) async fn run_postgres(pool: &PgPool) -> Result<()> {
    // A connection of its own: to wait for the others' steps must not be cut short as waiting for a row is.
    let mut connection = pool.acquire().await.map_err(database_error)?.detach();
    sqlx::query("set lock_timeout = 0").execute(&mut connection).await.map_err(database_error)?;
    migrator(|step| step.postgres).run(&mut connection).await.map_err(failed)?;
    connection.close().await.map_err(database_error)
}
