//! `kudos migrate`: the schema, without serving.

use std::io::{self, Write};
use std::process::ExitCode;

use crate::cli::{Outcome, make_data_dir, runtime};
use crate::config::Config;
use crate::store::Store;

/// Brings the schema up to date; `serve` does the same at its start.
pub fn run(config: &Config) -> Outcome {
    runtime()?.block_on(async {
        make_data_dir(&config.data_dir)?;
        let store = Store::open(&config.database, config.pool).await?;
        store.migrate().await?;
        store.refuse_half_moved().await?;
        store.close().await;
        writeln!(io::stdout(), "the schema of {} is up to date", config.database)?;
        Ok(ExitCode::SUCCESS)
    })
}
