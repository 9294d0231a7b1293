//! `kudos login-link`: a one-time link to the pages, for whoever may read the data directory.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::ArgMatches;

use crate::cli::reach::{noted_url, public_url};
use crate::cli::{Outcome, make_data_dir, runtime, tell};
use crate::clock::Clock;
use crate::config::Config;
use crate::domain::audit::{Actor, By};
use crate::domain::partner::Status;
use crate::domain::time::{DAY_MS, Time};
use crate::domain::user::email_key;
use crate::error::{Error, Result};
use crate::store::Store;

/// How long such a link works.
const HOLDS_MS: i64 = DAY_MS;

/// Prints a link, alone on a line. Without an address, whoever opens it becomes an admin.
pub fn run(config: &Config, matches: &ArgMatches) -> Outcome {
    let email = matches.get_one::<String>("email").map(|email| email_key(email));
    runtime()?.block_on(async {
        make_data_dir(&config.data_dir)?;
        let store = Store::open(&config.database, config.pool).await?;
        store.migrate().await?;
        store.refuse_half_moved().await?;
        let mut tx = store.write().await?;
        let user = match &email {
            None => None,
            Some(email) => {
                let account = tx.user_of(email).await?.ok_or_else(|| Error::not_found("user", email))?;
                if account.user.status != Status::Active {
                    return Err(Error::invalid("email", format!("{email} is disabled; an admin can enable it")).into());
                }
                Some(account.user.id)
            }
        };
        let by = By { actor: Actor::Operator, at: Clock::System.now() };
        let secret = tx.invite(by, user, by.at + HOLDS_MS).await?;
        tx.commit().await?;
        store.close().await;
        let public = noted_url(config).unwrap_or_else(|| {
            let url = public_url(config, config.listen);
            tell(format_args!(
                "kudos: no server has started with {} yet, so this link is of {url}; for another address, give --public-url",
                config.data_dir.display()
            ));
            url
        });
        writeln!(io::stdout(), "{}", url(&public, &secret))?;
        Ok(ExitCode::SUCCESS)
    })
}

/// The secret of a link for the first admin, where nobody can sign in and nobody was asked to, and where somebody reads it.
pub(super) async fn first(store: &Store, now: Time, shown: bool) -> Result<Option<String>> {
    if !shown {
        return Ok(None);
    }
    let mut tx = store.write().await?;
    if !tx.has_no_users().await? {
        return Ok(None);
    }
    let secret = tx.invite(By { actor: Actor::System, at: now }, None, now + HOLDS_MS).await?;
    tx.commit().await?;
    Ok(Some(secret))
}

/// Where a link with this secret leads.
pub(super) fn url(public: &str, secret: &str) -> String {
    format!("{public}/invite/{secret}")
}
