//! `kudos backup`: a copy of the embedded database, while a server goes on.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use clap::ArgMatches;

use crate::cli::{Outcome, runtime, tell};
use crate::clock::Clock;
use crate::config::Config;
use crate::error::Result;
use crate::store::{Store, embedded};

/// Writes the copy beside its name first, so that under the name there is only ever a whole one.
pub fn run(config: &Config, matches: &ArgMatches) -> Outcome {
    let file = file(matches);
    let Some(database) = config.database.sqlite_path() else {
        return Err(format!(
            "kudos backup is for the embedded database; on Postgres use its own: pg_dump --format=custom --file={} URL",
            file.display()
        )
        .into());
    };
    if !database.exists() {
        return Err(format!("there is no database at {}; set --data-dir or --database", database.display()).into());
    }
    if fs::canonicalize(&file).is_ok_and(|file| fs::canonicalize(database).is_ok_and(|database| file == database)) {
        return Err(format!("{} is the database itself", file.display()).into());
    }
    if file.exists() && !matches.get_flag("force") {
        return Err(format!("{} exists; replace it with --force, or choose another name", file.display()).into());
    }
    let begun = Instant::now();
    let part = beside(&file, ".part");
    let made = create_for_owner(&part).map_err(|why| format!("{} cannot be written: {why}", part.display()))?;
    drop(made);
    let copied = runtime()?.block_on(embedded::copy(database, &part));
    if copied.is_err() {
        let _ = fs::remove_file(&part); // the error that matters is the other one
    }
    copied?;
    let bytes = put(&part, &file)?;
    if let Err(why) = runtime()?.block_on(note(config)) {
        tell(format_args!("kudos: the backup is whole, but the database does not say when it was made: {why}"));
    }
    let (megabytes, seconds) = (bytes as f64 / 1e6, begun.elapsed().as_secs_f64());
    writeln!(io::stdout(), "backed up {} to {}: {megabytes:.1} MB in {seconds:.1} s", database.display(), file.display())?;
    Ok(ExitCode::SUCCESS)
}

/// Lets the pages say when the last backup was made.
async fn note(config: &Config) -> Result<()> {
    let store = Store::open(&config.database, config.pool).await?;
    let mut tx = store.write().await?;
    tx.note_backup(Clock::System.now()).await?;
    tx.commit().await?;
    store.close().await;
    Ok(())
}

/// The FILE of the command line.
pub(super) fn file(matches: &ArgMatches) -> PathBuf {
    matches.get_one::<String>("file").map(PathBuf::from).unwrap_or_default()
}

/// The same path with something at its end.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// An empty file that only its owner may read: it will hold customer ids.
pub(super) fn create_for_owner(path: &Path) -> io::Result<File> {
    if let Err(why) = fs::remove_file(path)
        && why.kind() != io::ErrorKind::NotFound
    {
        return Err(why);
    }
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// Moves a finished file to its name, durably; its length.
pub(super) fn put(from: &Path, to: &Path) -> io::Result<u64> {
    let file = File::open(from)?;
    file.sync_all()?;
    fs::rename(from, to)?;
    let parent = to.parent().filter(|parent| *parent != Path::new("")).unwrap_or(Path::new("."));
    File::open(parent)?.sync_all()?;
    Ok(file.metadata()?.len())
}
