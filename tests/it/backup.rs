//! `kudos backup` and `kudos restore`: a copy under load is a prefix of what was recorded, and what takes the place of a
//! database is sound, wanted, and not in use.

use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;
use tempfile::TempDir;

use super::crash::furnish;
use super::crash::load::Wire;
use super::crash::process::{Home, Kind};
use super::outage::{Hang, drained};
use super::program::{column, column_in};
use super::server::{Server, check, eventually};
use crate::settings::run;

fn said(output: &std::process::Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Runs a command that must succeed; what it said.
fn done(dir: &TempDir, arguments: &[&str]) -> String {
    let output = run(dir, arguments, &[]);
    assert!(output.status.success(), "{arguments:?}: {}", said(&output));
    said(&output)
}

/// Runs a command that must fail; what it said.
fn refused(dir: &TempDir, arguments: &[&str]) -> String {
    let output = run(dir, arguments, &[]);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {}", said(&output));
    said(&output)
}

/// The touchpoints in a data directory, as hexadecimal ids in their order.
fn touchpoints(data_dir: &std::path::Path) -> Vec<String> {
    column_in(data_dir, "select lower(hex(id)) from touchpoints order by id").into_iter().flatten().collect()
}

fn hex(click: &str) -> String {
    click.parse::<kudos::domain::id::TouchpointId>().unwrap().uuid().simple().to_string()
}

#[test]
fn a_backup_under_load_is_a_prefix_of_what_was_recorded_and_can_be_restored() {
    let server = Server::start();
    let slug = server.link(&server.partner("Acme"));
    let elsewhere = TempDir::new().unwrap();
    let file = elsewhere.path().join("kudos.backup").display().to_string();
    let data_dir = server.dir.path().display().to_string();
    let over = AtomicBool::new(false);
    let clicks = std::thread::scope(|scope| {
        // One client, one after the other: then what is recorded is in the order of the clicks.
        let load = scope.spawn(|| {
            let mut clicks = Vec::new();
            while !over.load(Ordering::Relaxed) {
                clicks.push(hex(&server.get(&format!("/{slug}")).click_id()));
            }
            clicks
        });
        eventually("some clicks are stored", || (touchpoints(server.dir.path()).len() > 50).then_some(()));
        let told = done(&elsewhere, &["backup", &file, "--data-dir", &data_dir]);
        assert!(told.contains(" MB in ") && told.contains(&file), "{told}");
        // The server is not stalled by it: clicks after the copy are stored too.
        let stored = touchpoints(server.dir.path()).len();
        eventually("more clicks are stored", || (touchpoints(server.dir.path()).len() > stored).then_some(()));
        over.store(true, Ordering::Relaxed);
        load.join().unwrap()
    });
    let all = touchpoints_of(server.stop());
    assert_eq!(all, clicks);

    let told = done(&elsewhere, &["restore", &file, "--data-dir", "restored"]);
    assert!(told.contains("every invariant holds"), "{told}");
    let data = elsewhere.path().join("restored");
    let kept = touchpoints(&data);
    assert!(kept.len() > 50 && kept.len() < all.len(), "{} of {}", kept.len(), all.len());
    assert_eq!(kept, all[..kept.len()]);
    let counted = column_in(&data, "select cast(sum(clicks_all) as text) from rollups");
    assert_eq!(counted, [Some(kept.len().to_string())]);
    assert!(done(&elsewhere, &["check", "--data-dir", "restored"]).contains("every invariant holds"));
}

fn touchpoints_of(dir: TempDir) -> Vec<String> {
    touchpoints(dir.path())
}

/// A data directory with a partner, a link and a click; and a backup of it.
fn backed_up() -> (TempDir, String) {
    let server = Server::start();
    let slug = server.link(&server.partner("Acme"));
    server.get(&format!("/{slug}"));
    let dir = server.stop();
    let data_dir = dir.path().display().to_string();
    let file = dir.path().join("kudos.backup").display().to_string();
    done(&dir, &["backup", &file, "--data-dir", &data_dir]);
    (dir, file)
}

#[test]
fn a_backup_is_one_private_file_without_a_salt_and_is_not_overwritten() {
    use std::os::unix::fs::PermissionsExt;
    let (dir, file) = backed_up();
    let data_dir = dir.path().display().to_string();
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let before = std::fs::read(&file).unwrap();
    let told = refused(&dir, &["backup", &file, "--data-dir", &data_dir]);
    assert!(told.contains("--force") && std::fs::read(&file).unwrap() == before, "{told}");
    done(&dir, &["backup", &file, "--force", "--data-dir", &data_dir]);
    let itself = dir.path().join("kudos.db").display().to_string();
    assert!(refused(&dir, &["backup", &itself, "--force", "--data-dir", &data_dir]).contains("the database itself"));
    assert!(refused(&dir, &["backup", "new", "--data-dir", "nowhere"]).contains("there is no database at"));
    let names: Vec<_> = std::fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!names.iter().any(|name| name.to_string_lossy().contains(".part")), "{names:?}");

    let secret = column(&dir, "select hex(secret) from salts").remove(0).unwrap();
    let secret: Vec<u8> = (0..secret.len()).step_by(2).map(|at| u8::from_str_radix(&secret[at..at + 2], 16).unwrap()).collect();
    let copy = std::fs::read(&file).unwrap();
    assert_eq!(copy[18..20], [1, 1], "not in write-ahead mode: it needs no other file");
    assert!(!copy.windows(secret.len()).any(|window| window == secret), "a salt outlives its days in the backup");
}

#[test]
fn what_is_not_wanted_or_not_sound_is_not_restored() {
    let (dir, file) = backed_up();
    let data_dir = dir.path().display().to_string();
    let restore = |file: &str, force: bool| {
        let mut arguments = vec!["restore", file, "--data-dir", data_dir.as_str()];
        arguments.extend(force.then_some("--force"));
        refused(&dir, &arguments)
    };
    assert!(restore(&file, false).contains("--force"), "it holds something");
    assert!(restore("missing", true).contains("there is no file"));
    std::fs::write(dir.path().join("text"), "not a database, but long enough to be looked at. ".repeat(100)).unwrap();
    let text = dir.path().join("text").display().to_string();
    assert!(restore(&text, true).contains("no Kudos backup") || restore(&text, true).contains("cannot be opened"));
    std::fs::write(dir.path().join("empty"), "").unwrap();
    assert!(restore(&dir.path().join("empty").display().to_string(), true).contains("no Kudos backup"));

    let (runtime, mut connection) = crate::database::connect(&format!("sqlite:{data_dir}/kudos.db"));
    runtime.block_on(sqlx::query("begin; select 1 from links").execute(&mut connection)).unwrap();
    assert!(restore(&file, true).contains("in use by another process"));
    runtime.block_on(sqlx::Connection::close(connection)).unwrap();

    let broken = dir.path().join("broken").display().to_string();
    std::fs::copy(&file, &broken).unwrap();
    let (runtime, mut connection) = crate::database::connect(&format!("sqlite:{broken}"));
    runtime.block_on(sqlx::query("delete from rollups").execute(&mut connection)).unwrap();
    runtime.block_on(sqlx::Connection::close(connection)).unwrap();
    let told = restore(&broken, true);
    assert!(told.contains("broken: the hourly counts") && told.contains("as it was"), "{told}");
    assert_eq!(touchpoints(dir.path()).len(), 1, "the database is as it was");
    check(&dir);
    let names: Vec<_> = std::fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!names.iter().any(|name| name.to_string_lossy().contains(".restoring")), "{names:?}");
}

#[test]
fn nothing_is_restored_under_a_running_server() {
    let (dir, file) = backed_up();
    let data_dir = dir.path().display().to_string();
    let server = Server::in_dir(dir, &[], Default::default());
    let told = refused(&server.dir, &["restore", &file, "--force", "--data-dir", &data_dir]);
    assert!(told.contains("a server runs on"), "{told}");
    assert_eq!(server.ok("GET", "/partners", Value::Null)["data"].as_array().unwrap().len(), 1);
}

/// Hits that were answered but not yet in the store lie in the journal, which a restore leaves alone.
#[test]
fn a_damaged_database_is_replaced_and_the_journal_drained_into_it() {
    let home = Home::new(Kind::Binary);
    let (slugs, _) = furnish(&home);
    let data_dir = home.dir.path().display().to_string();
    let file = home.dir.path().join("kudos.backup").display().to_string();
    done(&home.dir, &["backup", &file, "--data-dir", &data_dir]);
    let process = home.start();
    let hang = Hang::of(&home.database());
    let click = || {
        let answer = Wire::new(&home.address).send("GET", &format!("/{}", slugs[0]), "", "").unwrap();
        hex(answer.header("location").unwrap().split_once("kudos_id=").unwrap().1)
    };
    let mut clicks: Vec<String> = (0..20).map(|_| click()).collect();
    clicks.sort();
    process.kill(false);
    hang.release();
    for ending in ["", "-wal", "-shm"] {
        let _ = std::fs::write(home.dir.path().join(format!("kudos.db{ending}")), "damaged ".repeat(10_000));
    }
    done(&home.dir, &["restore", &file, "--force", "--data-dir", &data_dir]);
    let snapshot = home.dir.path().join(kudos::intake::snapshot::NAME);
    assert!(!snapshot.exists(), "it is of the database that was");
    let process = home.start();
    drained(&mut Wire::new(&home.address));
    process.stop();
    assert_eq!(touchpoints(home.dir.path()), clicks);
    check(&home.dir);
}

#[test]
fn the_backup_session_of_the_readme_works_as_it_is_written() {
    let server = Server::start();
    server.link(&server.partner("Acme"));
    let dir = TempDir::new().unwrap();
    let session = super::readme::block("## Backups", "sh");
    let (program, _) = env!("CARGO_BIN_EXE_kudos").rsplit_once('/').unwrap();
    let path = format!("{program}:{}", std::env::var("PATH").unwrap());
    let output = std::process::Command::new("bash")
        .args(["-euo", "pipefail", "-c", session])
        .current_dir(dir.path())
        .env("PATH", path)
        .env("KUDOS_DATA_DIR", server.dir.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let told: Vec<String> = said(&output).lines().map(str::to_owned).collect();
    assert!(told[0].starts_with("backed up ") && told[1].starts_with("restored "), "{told:?}");
    assert_eq!(told[2], "every invariant holds");
}
