//! The command line: one file a command. Each returns the process's exit code, or an error with its causes.

mod args;
mod backup;
mod check;
mod demo;
mod draining;
mod import;
mod key;
mod login_link;
mod migrate;
mod models;
mod move_;
pub mod node;
mod opening;
mod reach;
mod reattribute;
mod restore;
pub mod serve;

use std::io::Write;
use std::process::ExitCode;

use crate::config::{Config, LogFormat};
use crate::error::sentences;

/// What a command ends with.
pub type Outcome = Result<ExitCode, Box<dyn std::error::Error + Send + Sync>>;

/// Runs the command that the arguments name.
///
/// # Errors
/// Whatever kept the command from doing its work; to be printed with its causes.
pub fn run(arguments: impl IntoIterator<Item = std::ffi::OsString>) -> Outcome {
    let matches = args::command().try_get_matches_from(arguments).unwrap_or_else(|refused| refused.exit());
    let Some((name, matches)) = matches.subcommand() else { return Ok(ExitCode::FAILURE) };
    let (command, matches) = matches.subcommand().map_or((None, matches), |(inner, matches)| (Some(inner), matches));
    if name == "models" {
        // It needs no settings, so none can be wrong.
        return models::run(matches);
    }
    let config = match args::config(matches) {
        Ok(config) => config,
        Err(mistakes) => {
            tell(format_args!("kudos: {} in the settings", if mistakes.len() == 1 { "a mistake" } else { "mistakes" }));
            mistakes.iter().all(|mistake| tell(format_args!("  {mistake}")));
            return Ok(ExitCode::from(2));
        }
    };
    log_to_stderr(&config);
    match (name, command) {
        ("serve", _) => serve::run(config),
        ("demo", _) => demo::run(config),
        ("check", _) => check::run(&config),
        ("migrate", _) => migrate::run(&config),
        ("backup", _) => backup::run(&config, matches),
        ("restore", _) => restore::run(&config, matches),
        ("reattribute", _) => reattribute::run(&config, matches),
        ("move", _) => move_::run(&config, matches),
        ("login-link", _) => login_link::run(&config, matches),
        ("import", Some("mappings")) => import::mappings(&config, matches),
        ("import", Some(what)) => import::run(&config, matches, what),
        ("key", Some("create")) => key::create(&config, matches),
        _ => Ok(ExitCode::FAILURE),
    }
}

/// An error and its causes, for whoever typed the command.
pub fn explained(error: &(dyn std::error::Error + 'static)) -> String {
    sentences(error).join("\n  because: ")
}

fn log_to_stderr(config: &Config) {
    let filter = tracing_subscriber::EnvFilter::try_new(&config.log).unwrap_or_else(|_| "info".into());
    // What Postgres notes by the way (a table that is there already) is for those who ask for it by name.
    let filter = match crate::store::HUSHED.parse() {
        Ok(directive) if !config.log.contains("notice") => filter.add_directive(directive),
        _ => filter,
    };
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A line that cannot be written is lost; to complain about it on stderr would be a panic.
    let logs = logs.log_internal_errors(false);
    // A second start in one process, as in tests, keeps the first logger.
    let _ = match config.log_format {
        LogFormat::Text => logs.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).try_init(),
        LogFormat::Json => logs.json().try_init(),
    };
}

/// Prints a line; false when nobody reads it any more. A server whose reader is gone goes on.
fn say(line: std::fmt::Arguments<'_>) -> bool {
    writeln!(std::io::stdout(), "{line}").is_ok()
}

/// The same on stderr.
fn tell(line: std::fmt::Arguments<'_>) -> bool {
    writeln!(std::io::stderr(), "{line}").is_ok()
}

/// A runtime for commands and for the control side of the server.
fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

/// Makes the data directory, for its owner only: it holds customer ids, and the salt under which addresses are hashed.
fn make_data_dir(path: &std::path::Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}
