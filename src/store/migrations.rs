//! The schema, as numbered steps that are built into the binary.

use std::borrow::Cow;

use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{PgPool, SqlSafeStr, SqlitePool};

use crate::error::{Code, Error, Result};
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

const STEPS: &[Step] = &[
    step!(1, "spine", "0001_spine.sql"),
    step!(2, "nodes", "0002_nodes.sql"),
    step!(3, "moves", "0003_moves.sql"),
    step!(5, "policies", "0005_policies.sql"),
    step!(6, "identity", "0006_identity.sql"),
    step!(7, "deals", "0007_deals.sql"),
    step!(8, "users", "0008_users.sql"),
    step!(12, "settings", "0012_settings.sql"),
    step!(13, "program", "0013_program.sql"),
    step!(14, "imports", "0014_imports.sql"),
    step!(15, "blocks", "0015_blocks.sql"),
    step!(16, "standings", "0016_standings.sql"),
    step!(17, "doubled blocks", "0017_doubled_blocks.sql"),
    step!(18, "sums by block", "0018_sums_by_block.sql"),
];

/// The numbers of the steps, in their order.
pub(super) fn versions() -> Vec<i64> {
    STEPS.iter().map(|step| step.version).collect()
}

fn migrator(sql: fn(&Step) -> &'static str) -> Migrator {
    let step = |step: &Step| {
        Migration::new(step.version, Cow::Borrowed(step.name), MigrationType::Simple, sql(step).into_sql_str(), false)
    };
    Migrator::with_migrations(STEPS.iter().map(step).collect())
}

/// To wait helps where the database does not answer, not where its schema is another program's.
fn failed(why: MigrateError) -> Error {
    let sentence = "the database could not be brought up to date";
    match why {
        MigrateError::VersionMissing(_) | MigrateError::VersionMismatch(_) => Error::new(Code::Conflict, sentence).because(why),
        _ => Error::internal(sentence, why),
    }
}

/// Runs the steps that the file has not seen yet.
pub(super) async fn run_sqlite(pool: &SqlitePool) -> Result<()> {
    migrator(|step| step.sqlite).run(pool).await.map_err(failed)
}

/// Runs the steps that the database has not seen yet. Nodes that start at the same time wait for the first.
pub(super) async fn run_postgres(pool: &PgPool) -> Result<()> {
    // Of its own: to wait for the others' steps must not be cut short as waiting for a row is.
    let options = PgConnectOptions::clone(&pool.connect_options()).options([("lock_timeout", "0")]);
    let own = PgPoolOptions::new().max_connections(1).connect_with(options).await.map_err(database_error)?;
    migrator(|step| step.postgres).run(&own).await.map_err(failed)?;
    own.close().await;
    Ok(())
}
