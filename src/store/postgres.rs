//! The pools of a Postgres: how connections are made, and seen to be alive.

use std::sync::Arc;
use std::time::Duration;

use sqlx::Connection;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};

use crate::config::{DatabaseUrl, Pool};
use crate::error::{Error, Result};
use crate::store::Store;
use crate::store::sql::within;

/// How long Postgres waits for a row that another transaction holds, so that a node that hangs does not hang the others.
const LOCK_TIMEOUT: &str = "10s";
/// How long a transaction may stand still before Postgres ends it: what it holds others wait for.
const STANDSTILL_MAX: &str = "60s";
/// How long a connection may take to show that it is alive, before it is used and after. Another is made within the same wait.
const ALIVE_MAX: Duration = Duration::from_secs(3);
/// Connections for intake and for attribution, which no report can take from them.
const WORKERS: u32 = 2;

/// What intake and attribution do begins with a few rows and looks up what belongs to each. A plan that Postgres makes, and keeps,
/// while a table is small reads all of it instead, and goes on doing so when thousands of rows a second have made it large.
const ONE_BY_ONE: [(&str, &str); 6] = [
    ("enable_seqscan", "off"),
    ("enable_hashjoin", "off"),
    ("enable_mergejoin", "off"),
    ("enable_material", "off"),
    ("max_parallel_workers_per_gather", "0"),
    ("plan_cache_mode", "force_generic_plan"),
];

/// Whether a connection is of use: one on which nothing comes back is closed, as its place is needed.
async fn is_alive(connection: &mut PgConnection) -> sqlx::Result<bool> {
    within(ALIVE_MAX, connection.ping()).await.map(|()| true)
}

/// Its pools; nothing is connected yet.
pub(super) fn pools(url: &DatabaseUrl, pool: Pool) -> Result<Store> {
    // What sqlx says of a URL it cannot read may show a part of it, but never the password.
    let options: PgConnectOptions =
        url.as_str().parse().map_err(|why| Error::invalid("database", "is no URL of a Postgres database").because(why))?;
    // Compiling a plan takes 0.3 s and is worth it for none of these statements, the longest report included.
    let options = options.application_name("kudos").options([
        ("lock_timeout", LOCK_TIMEOUT),
        ("idle_in_transaction_session_timeout", STANDSTILL_MAX),
        ("jit", "off"),
    ]);
    let lazily = |size: u32, options| {
        let pools = PgPoolOptions::new().max_connections(size).acquire_timeout(pool.wait).min_connections(0);
        // Not the pool's own test, which has no end: a release would wait for ever, and hold the connection's place.
        let pools = pools.test_before_acquire(false).before_acquire(|connection, _| Box::pin(is_alive(connection)));
        pools.after_release(|connection, _| Box::pin(is_alive(connection))).connect_lazy_with(options)
    };
    let readers = pool.connections_max.saturating_sub(1 + WORKERS).max(1);
    Ok(Store::Postgres {
        change: lazily(1, options.clone()),
        work: lazily(WORKERS, options.clone().options(ONE_BY_ONE)),
        read: lazily(readers, options),
        url: Arc::new(url.clone()),
        patience: pool.connect,
        answer: pool.answer,
    })
}

/// A pool of its own: it waits for a server that is still starting, and says why it waited in vain.
pub(super) async fn connect(change: &PgPool, url: &DatabaseUrl, patience: Duration) -> Result<()> {
    let options = PgConnectOptions::clone(&change.connect_options());
    let first = PgPoolOptions::new().max_connections(1).acquire_timeout(patience).connect_with(options).await;
    first.map_err(|why| Error::internal(unreachable(url, &why.to_string()), why))?.close().await;
    Ok(())
}

/// That a database cannot be reached, with the mend where `why` alone would not lead to it.
fn unreachable(url: &DatabaseUrl, why: &str) -> String {
    let mend = match why.contains("certificate") {
        true => {
            ": its certificate is not trusted. sslrootcert=FILE in the URL names the authority that signed it, and the host in \
             the URL has to be a name that it is for"
        }
        false => "",
    };
    format!("the database {url} cannot be reached{mend}")
}
