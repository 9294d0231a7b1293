//! `kudos check`: are the invariants kept?

use std::io::{self, Write};
use std::process::ExitCode;

use crate::cli::{Outcome, runtime};
use crate::config::Config;
use crate::error::{Code, Error};
use crate::store::Store;

/// Prints each broken invariant; exit code 1 when there is one.
pub fn run(config: &Config) -> Outcome {
    runtime()?.block_on(async {
        if let Some(path) = config.database.sqlite_path().filter(|path| !path.exists()) {
            return Err(format!("there is no database at {}; set --data-dir or --database", path.display()).into());
        }
        let shown = &config.database;
        let store = Store::open(&config.database, config.pool).await?;
        if let Err(half) = store.refuse_half_moved().await
            && half.code == Code::Conflict
        {
            return Err(half.into());
        }
        // Only looked at: not even the schema is touched.
        let unreadable =
            |why| Error::internal(format!("{shown} is no Kudos database, or an older one: try kudos migrate"), why);
        let broken = store.read().await?.check().await.map_err(unreadable)?;
        store.close().await;
        for broken in &broken {
            writeln!(io::stdout(), "broken: {} ({} times, first: {})", broken.invariant, broken.count, broken.detail)?;
        }
        if broken.is_empty() {
            writeln!(io::stdout(), "every invariant holds")?;
        }
        Ok(if broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    })
}
