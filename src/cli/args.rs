//! The arguments, made from the table of settings, and where a setting's value comes from.

use std::path::Path;

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgMatches, Command};

use crate::cli::{import, tell};
use crate::config::{Config, Given, Mistake, SETTINGS, Setting, env_name, flag_name};
use crate::domain::key::Scope;

/// Settings that every command needs.
const COMMON: &[&str] = &[
    "data_dir",
    "database",
    "database_connections_max",
    "database_wait_seconds",
    "database_connect_seconds",
    "database_answer_seconds",
    "log",
    "log_format",
];

/// The whole command line.
pub fn command() -> Command {
    let all = |_: &&Setting| true;
    let common = |setting: &&Setting| COMMON.contains(&setting.name);
    let key_create = with_settings(Command::new("create").about("Make a key and print it, once, alone on a line"), common)
        .arg(Arg::new("name").long("name").value_name("NAME").required(true).help("What the key is for"))
        .arg(
            Arg::new("scope")
                .long("scope")
                .value_name("SCOPE")
                .required(true)
                .value_parser(PossibleValuesParser::new(Scope::ALL.iter().map(|scope| scope.as_str())))
                .help("What the key may do"),
        );
    Command::new("kudos")
        .version(env!("CARGO_PKG_VERSION"))
        .about(env!("CARGO_PKG_DESCRIPTION"))
        .after_help("Try `kudos demo` to see a program at work, or `kudos serve` to begin your own.")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(with_settings(Command::new("serve").about("Answer links, pixels and the API"), all))
        .subcommand(with_settings(
            Command::new("demo").about("Fill an empty store with a lifelike program, then serve it"),
            all,
        ))
        .subcommand(
            Command::new("key")
                .about("Manage API keys")
                .subcommand_required(true)
                .arg_required_else_help(true)
                .subcommand(key_create),
        )
        .subcommand(with_settings(
            Command::new("check").about("Verify the invariants of the store; exit 1 when one is broken"),
            common,
        ))
        .subcommand(with_settings(Command::new("migrate").about("Bring the database's schema up to date"), common))
        .subcommand(with_file(
            with_settings(Command::new("backup").about("Copy the embedded database to a file; a server may go on"), common),
            "Where the copy goes",
            "Replace FILE when it exists",
        ))
        .subcommand(with_file(
            with_settings(
                Command::new("restore").about("Put a backup in the place of the embedded database; no server may run"),
                common,
            ),
            "A file made by kudos backup",
            "Replace a database that holds something",
        ))
        .subcommand(with_settings(login_link(), |setting| common(setting) || ["listen", "public_url"].contains(&setting.name)))
        .subcommand(with_settings(move_(), common))
        .subcommand(import::command(|command| with_settings(command, common)))
        .subcommand(with_settings(reattribute(), common))
        .subcommand(crate::cli::models::command())
}

fn login_link() -> Command {
    Command::new("login-link")
        .about("Print a one-time link, with which a new admin sets up an account, or a user a new password")
        .arg(Arg::new("email").long("email").value_name("ADDRESS").help("The user who sets a new password"))
}

fn reattribute() -> Command {
    let moment =
        |name: &'static str, help: &'static str| Arg::new(name).long(name).value_name("DATE").required(true).help(help);
    Command::new("reattribute")
        .about("Assign the credit of past conversions anew; a server may go on")
        .arg(moment("from", "Conversions from this date (2026-01-05) or RFC 3339 time on"))
        .arg(moment("to", "Up to and including this date, or up to this RFC 3339 time"))
        .arg(Arg::new("policy").long("policy").value_name("NAME[@VERSION]").help(
            "Policy they follow from now on; its newest version without @VERSION [default: the one in force at each conversion]",
        ))
        .arg(Arg::new("dry-run").long("dry-run").action(ArgAction::SetTrue).help("Only show what would change"))
        .after_help(
            "Conversions that fit the policy's filters are pinned to that version: a later touchpoint runs them again under it. \
             Without --policy they follow the policy in force at their time, and what they were pinned to is forgotten. Credits that \
             change are superseded, not erased. Interrupted, begin it again, or go on with the --from that is printed: what is done \
             does not change again.",
        )
}

fn move_() -> Command {
    let url = |name: &'static str, help: &'static str| Arg::new(name).long(name).value_name("URL").help(help);
    Command::new("move")
        .about("Copy a whole program into another, empty database, and verify it; no server may run")
        .arg(url("from", "Database that is copied, and stays as it is [default: that of --database]"))
        .arg(url("to", "Empty database it is copied into [default: that of --database]"))
        .after_help(
            "URL is sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE. One of --from and --to may be left out, so that the URL \
             with a password is in KUDOS_DATABASE and not on the command line. Stop every server with SIGTERM first, so that its \
             journal is drained into the database that is copied: this command sees the journals of --data-dir and beside SQLite \
             files, not those of other machines. The source is read in one transaction, as it is at one moment; meanwhile \
             Postgres keeps old versions of rows, and SQLite its write-ahead log. Interrupted, begin the same move again: it goes on \
             where it was. Until it has ended, no server starts on the target. At the end counts, sums and every invariant are \
             compared; exit 1 when something differs.",
        )
}

/// Adds the FILE that a command is about, and the switch that lets it overwrite.
fn with_file(command: Command, file: &'static str, force: &'static str) -> Command {
    command
        .arg(Arg::new("file").value_name("FILE").required(true).help(file))
        .arg(Arg::new("force").long("force").action(ArgAction::SetTrue).help(force))
}

fn with_settings(command: Command, wanted: impl Fn(&&Setting) -> bool) -> Command {
    let file = Arg::new("config")
        .long("config")
        .value_name("FILE")
        .help("TOML file with settings, named as the flags but with _ [env: KUDOS_CONFIG]")
        .action(ArgAction::Set);
    SETTINGS.iter().filter(wanted).fold(command.arg(file), |command, setting| {
        let default = if setting.default.is_empty() { String::new() } else { format!(" [default: {}]", setting.default) };
        let help = format!("{}{default} [env: {}]", setting.help, env_name(setting.name));
        command.arg(Arg::new(setting.name).long(flag_name(setting.name)).value_name(setting.value).help(help))
    })
}

/// The settings: flags before the environment, the environment before the file, the file before the defaults.
pub fn config(matches: &ArgMatches) -> Result<Config, Vec<Mistake>> {
    // Not every command has every setting as a flag.
    let flag = |name: &str| matches.try_get_one::<String>(name).ok().flatten().cloned();
    let env = |name: &str| std::env::var(env_name(name)).ok();
    let path = flag("config").or_else(|| env("config")).filter(|path| !path.is_empty());
    let (file, mut mistakes) = path.map(|path| read_file(Path::new(&path))).unwrap_or_default();
    mistakes.extend(odd_variables());
    let config = Config::read(|name| {
        let given = |value, origin| Given { value, origin };
        flag(name)
            .map(|value| given(value, format!("--{}", flag_name(name))))
            .or_else(|| env(name).map(|value| given(value, env_name(name))))
            .or_else(|| file.get(name).map(|value| given(plain(value), format!("{name} in the file"))))
    });
    match config {
        Ok(config) if mistakes.is_empty() => Ok(config),
        Ok(_) => Err(mistakes),
        Err(more) => {
            mistakes.extend(more);
            Err(mistakes)
        }
    }
}

/// Variables of ours that cannot be read; says so of those that are no setting. Other programs' variables may hold anything.
fn odd_variables() -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    for (name, value) in std::env::vars_os() {
        let Some(name) = name.to_str().filter(|name| name.starts_with("KUDOS_")) else { continue };
        if name != "KUDOS_CONFIG" && !SETTINGS.iter().any(|setting| env_name(setting.name) == name) {
            tell(format_args!("kudos: {name} is not a setting and is left alone"));
        } else if value.to_str().is_none() {
            mistakes.push(Mistake { origin: name.to_owned(), message: "is not UTF-8 text".into() });
        }
    }
    mistakes
}

/// What the file sets, and what is wrong with the file itself.
fn read_file(path: &Path) -> (toml::Table, Vec<Mistake>) {
    let mistake = |message: String| Mistake { origin: path.display().to_string(), message };
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(why) => return (toml::Table::new(), vec![mistake(format!("cannot be read: {why}"))]),
    };
    let table: toml::Table = match text.parse::<toml::Table>() {
        Ok(table) => table,
        Err(why) => return (toml::Table::new(), vec![mistake(why.to_string())]),
    };
    let names: Vec<_> = SETTINGS.iter().map(|setting| setting.name).collect();
    let unknown = table.keys().filter(|key| !names.contains(&key.as_str()));
    let mistakes = unknown.map(|key| mistake(format!("{key} is not a setting; there are {}", names.join(", ")))).collect();
    (table, mistakes)
}

/// A TOML value as it would be written on the command line.
fn plain(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Array(values) => values.iter().map(plain).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}
