//! `kudos check`: are the invariants kept?

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use crate::cli::{Outcome, runtime};
use crate::config::{Config, Pool};
use crate::domain::discrepancy::DiscrepancyCount;
use crate::error::{Code, Error};
use crate::store::Store;

/// How long a statement may take here: it reads whole tables, and whoever asked waits.
const ANSWER: Duration = Duration::from_secs(24 * 3_600);

/// Prints each broken invariant, exit code 1 when there is one; then what is sound but odd, which changes no exit code.
pub fn run(config: &Config) -> Outcome {
    runtime()?.block_on(async {
        if let Some(path) = config.database.sqlite_path().filter(|path| !path.exists()) {
            return Err(format!("there is no database at {}; set --data-dir or --database", path.display()).into());
        }
        let shown = &config.database;
        let store = Store::open(&config.database, Pool { answer: ANSWER, ..config.pool }).await?;
        if let Err(half) = store.refuse_half_moved().await
            && half.code == Code::Conflict
        {
            return Err(half.into());
        }
        // Only looked at: not even the schema is touched.
        let unreadable =
            |why| Error::internal(format!("{shown} is no Kudos database, or an older one: try kudos migrate"), why);
        let mut view = store.read().await?;
        let broken = view.check().await.map_err(&unreadable)?;
        let odd = view.discrepancy_counts().await.map_err(&unreadable)?;
        view.rollback().await?;
        store.close().await;
        for broken in &broken {
            writeln!(io::stdout(), "broken: {} ({} times, first: {})", broken.invariant, broken.count, broken.detail)?;
        }
        if broken.is_empty() {
            writeln!(io::stdout(), "every invariant holds")?;
        }
        for DiscrepancyCount { kind, description, count } in odd.iter().filter(|odd| odd.count > 0) {
            writeln!(io::stdout(), "note: {count} {description} ({kind})")?;
        }
        if odd.iter().any(|odd| odd.count > 0) {
            writeln!(
                io::stdout(),
                "notes break no invariant and change no exit code; GET /api/v1/reports/discrepancies lists them"
            )?;
        }
        Ok(if broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    })
}
