//! `kudos key create`: a key, without the API.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::ArgMatches;

use crate::cli::{Outcome, make_data_dir, runtime};
use crate::clock::Clock;
use crate::config::Config;
use crate::domain::audit::{Actor, By};
use crate::domain::key::Scope;
use crate::domain::partner::check_text;
use crate::error::{Error, Problems};
use crate::store::Store;

/// Makes a key and prints it alone on a line. A running server accepts it within a second.
pub fn create(config: &Config, matches: &ArgMatches) -> Outcome {
    let name = matches.get_one::<String>("name").cloned().unwrap_or_default();
    let scope = matches.get_one::<String>("scope").and_then(|scope| scope.parse().ok()).unwrap_or(Scope::Read);
    let mut problems = Problems::default();
    check_text(&mut problems, "name", &name);
    problems.finish().map_err(Error::from)?;
    runtime()?.block_on(async {
        make_data_dir(&config.data_dir)?;
        let store = Store::open(&config.database, config.pool).await?;
        store.migrate().await?;
        store.refuse_half_moved().await?;
        let mut tx = store.write().await?;
        let (_, secret) = tx.issue_key(By { actor: Actor::Operator, at: Clock::System.now() }, name, scope).await?;
        tx.commit().await?;
        store.close().await;
        writeln!(io::stdout(), "{secret}")?;
        Ok(ExitCode::SUCCESS)
    })
}
