//! `kudos serve` as a newcomer and an operator meet it: first start, second start, keys, ports, the end.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::DirBuilderExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::STORE;
use super::server::eventually;
use crate::database::Kind;
use crate::settings;

/// A running `kudos serve`; killed when dropped.
pub struct Serving {
    child: Child,
    address: String,
    stdout: BufReader<std::process::ChildStdout>,
}

impl Serving {
    /// Starts in a directory and reads the ready line; port 0 unless the variables say otherwise.
    pub fn start(dir: &TempDir, env: &[(&str, &str)]) -> Serving {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kudos"));
        command.arg("serve").current_dir(dir.path()).env_clear().env("KUDOS_LISTEN", "127.0.0.1:0");
        command.env("KUDOS_DATABASE", STORE.url(&data_dir(dir)));
        command.envs(env.iter().copied()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("kudos listening on http://").unwrap_or_else(|| panic!("{line:?}"));
        Serving { address: address.to_owned(), child, stdout }
    }

    /// Ends it with SIGTERM; what else it printed.
    pub fn stop(mut self) -> String {
        let killed = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(killed.success());
        assert!(self.child.wait().unwrap().success(), "SIGTERM ends with 0");
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).unwrap();
        rest
    }

    /// The status and the body of a request under a key.
    fn ask(&self, method: &str, path: &str, key: &str, body: Value) -> (u16, Value) {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(Duration::from_secs(20)))
            .build()
            .into();
        let request = ureq::http::Request::builder().method(method).uri(format!("http://{}{path}", self.address));
        let request = request.header("authorization", format!("Bearer {key}"));
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let mut response = agent.run(request.body(body).unwrap()).unwrap();
        let text = response.body_mut().read_to_string().unwrap();
        (response.status().as_u16(), serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    fn partners(&self, key: &str) -> u16 {
        self.ask("GET", "/api/v1/partners", key, Value::Null).0
    }
}

/// Where the server keeps its data when nobody says where.
fn data_dir(dir: &TempDir) -> std::path::PathBuf {
    let data_dir = dir.path().join("kudos-data");
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&data_dir).unwrap();
    data_dir
}

/// Runs a command to its end on the database of that directory.
fn run(dir: &TempDir, arguments: &[&str], env: &[(&str, &str)]) -> std::process::Output {
    let database = STORE.url(&data_dir(dir));
    let env: Vec<_> = env.iter().copied().chain([("KUDOS_DATABASE", database.as_str())]).collect();
    settings::run(dir, arguments, &env)
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The key that a first start prints.
fn first_key(serving: &mut Serving) -> String {
    let mut line = String::new();
    serving.stdout.read_line(&mut line).unwrap();
    let key = line.trim().split(' ').find(|word| word.starts_with("kudos_")).unwrap_or_else(|| panic!("no key in {line:?}"));
    key.to_owned()
}

#[test]
fn nothing_but_serve_is_needed() {
    let dir = TempDir::new().unwrap();
    let mut first = Serving::start(&dir, &[]);
    assert_eq!(dir.path().join("kudos-data/kudos.db").exists(), STORE == Kind::Sqlite);
    assert_ne!(first.address, "127.0.0.1:0");
    let key = first_key(&mut first);
    let (status, partner) = first.ask("POST", "/api/v1/partners", &key, json!({ "name": "Ada" }));
    assert_eq!(status, 201);
    let link = json!({ "partner_id": partner["id"], "destination": "https://shop.example/" });
    let (_, link) = first.ask("POST", "/api/v1/links", &key, link);
    assert_eq!(link["url"], format!("http://{}/{}", first.address, link["slug"].as_str().unwrap()));
    assert_eq!(first.ask("GET", &format!("/{}", link["slug"].as_str().unwrap()), "", Value::Null).0, 302);
    let rest = first.stop();
    assert!(rest.contains("/api/v1") && !rest.contains("kudos_"), "{rest}");
    // What was accepted is in the store once it has stopped, and nothing is left to replay.
    assert_eq!(super::program::column_in(&data_dir(&dir), "select verdict from touchpoints").len(), 1);
    let mode = std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(dir.path().join("kudos-data")).unwrap());
    assert_eq!(mode & 0o777, 0o700, "for its owner only");
    if STORE == Kind::Sqlite {
        assert_eq!(super::program::column_in(&data_dir(&dir), "pragma journal_mode"), [Some("wal".to_owned())]);
    }
    let second = Serving::start(&dir, &[]);
    assert_eq!(second.partners(&key), 200);
    let rest = second.stop();
    assert!(!rest.contains("kudos_"), "the key is shown once: {rest}");
    assert!(run(&dir, &["check"], &[]).status.success());
}

#[test]
fn a_failed_first_start_does_not_swallow_the_key() {
    let dir = TempDir::new().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let refused = run(&dir, &["serve", "--listen", &address], &[]);
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(1));
    assert!(told.contains(&format!("cannot listen on {address}")) && told.contains("in use"), "{told}");
    assert!(refused.stdout.is_empty());
    let mut serving = Serving::start(&dir, &[]);
    let key = first_key(&mut serving);
    assert_eq!(serving.partners(&key), 200);
}

#[test]
fn one_data_directory_has_one_server() {
    let dir = TempDir::new().unwrap();
    let first = Serving::start(&dir, &[]);
    let second = run(&dir, &["serve", "--listen", "127.0.0.1:0"], &[]);
    let told = String::from_utf8_lossy(&second.stderr).into_owned();
    assert_eq!(second.status.code(), Some(1), "{told}");
    assert!(told.contains("another") || told.contains("in use") || told.contains("locked"), "{told}");
    let port = run(&dir, &["serve", "--listen", &first.address, "--data-dir", "other"], &[]);
    let told = String::from_utf8_lossy(&port.stderr).into_owned();
    assert_eq!(port.status.code(), Some(1), "{told}");
    assert!(told.contains("cannot listen on"), "{told}");
    first.stop();
}

#[test]
fn the_operator_s_key_works_until_it_is_changed() {
    let dir = TempDir::new().unwrap();
    let (old, new) = ("a-key-of-the-operator-0123456789ab", "another-key-of-the-operator-012345");
    let first = Serving::start(&dir, &[("KUDOS_ADMIN_KEY", old)]);
    assert_eq!((first.partners(old), first.partners(new)), (200, 401));
    let rest = first.stop();
    assert!(!rest.contains("admin key"), "a known key needs no other: {rest}");
    let again = Serving::start(&dir, &[("KUDOS_ADMIN_KEY", old)]);
    assert_eq!(again.partners(old), 200);
    // A key that happens to bear the same name is not the operator's.
    let named = json!({ "name": "admin_key of the settings", "scope": "admin" });
    let (status, named) = again.ask("POST", "/api/v1/keys", old, named);
    again.stop();
    let changed = Serving::start(&dir, &[("KUDOS_ADMIN_KEY", new)]);
    assert_eq!((changed.partners(old), changed.partners(new)), (401, 200));
    if status == 201 {
        assert_eq!(changed.partners(named["key"].as_str().unwrap()), 200);
    }
    changed.stop();
}

#[test]
fn a_key_made_at_the_command_line_is_accepted_soon() {
    let dir = TempDir::new().unwrap();
    let serving = Serving::start(&dir, &[]);
    for (scope, expected) in [("admin", 200), ("read", 200), ("track", 403)] {
        let made = run(&dir, &["key", "create", "--name", "ci", "--scope", scope], &[]);
        assert!(made.status.success(), "{made:?}");
        let text = String::from_utf8(made.stdout).unwrap();
        let key = text.strip_suffix('\n').unwrap();
        assert!(key.starts_with("kudos_") && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'), "{text:?}");
        eventually("the key is known", || (serving.partners(key) == expected).then_some(()));
    }
    serving.stop();
}

#[test]
fn an_address_that_leads_nowhere_is_warned_of() {
    let dir = TempDir::new().unwrap();
    for (public, warned) in [("", true), ("https://go.example", false)] {
        let log = dir.path().join("log");
        let mut child = Command::new(env!("CARGO_BIN_EXE_kudos"))
            .args(["serve", "--listen", "0.0.0.0:0", "--public-url", public])
            .current_dir(dir.path())
            .env_clear()
            .env("KUDOS_DATABASE", STORE.url(&data_dir(&dir)))
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        let told = std::fs::read_to_string(&log).unwrap();
        assert!(line.starts_with("kudos listening on http://0.0.0.0:"), "{line:?}: {told}");
        assert_eq!(told.contains("--public-url"), warned, "{told}");
    }
}

#[test]
fn a_key_of_another_scope_does_not_take_the_place_of_the_first_admin_key() {
    let dir = TempDir::new().unwrap();
    assert!(run(&dir, &["key", "create", "--name", "shop", "--scope", "track"], &[]).status.success());
    let mut serving = Serving::start(&dir, &[]);
    let key = first_key(&mut serving);
    assert_eq!(serving.partners(&key), 200);
    // Revoked, it is not made anew: that is for `kudos key create`.
    let (_, keys) = serving.ask("GET", "/api/v1/keys", &key, Value::Null);
    let admin = keys["data"].as_array().unwrap().iter().find(|key| key["scope"] == "admin").unwrap();
    serving.ask("DELETE", &format!("/api/v1/keys/{}", admin["id"].as_str().unwrap()), &key, Value::Null);
    serving.stop();
    let again = Serving::start(&dir, &[]);
    assert_eq!(again.partners(&key), 401);
    assert!(!again.stop().contains("admin key"));
}

#[test]
fn a_server_outlives_those_who_read_what_it_prints() {
    let dir = TempDir::new().unwrap();
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let mut child = Command::new(env!("CARGO_BIN_EXE_kudos"))
        .args(["serve", "--listen", &address, "--log", "debug"])
        .current_dir(dir.path())
        .env_clear()
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop((child.stdout.take(), child.stderr.take()));
    eventually("it answers", || std::net::TcpStream::connect(&address).ok());
    // It listens a moment before it is ready to be told to stop: SIGTERM is bit 14 of what it catches.
    let status = format!("/proc/{}/status", child.id());
    eventually("it catches SIGTERM", || {
        let status = std::fs::read_to_string(&status).ok()?;
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"))?;
        (u64::from_str_radix(caught.trim(), 16).ok()? & 1 << 14 != 0).then_some(())
    });
    assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn the_first_start_and_the_command_line_hand_out_login_links() {
    let dir = TempDir::new().unwrap();
    let first = Serving::start(&dir, &[("KUDOS_ADMIN_KEY", "kudos_an_admin_key_of_more_than_32_characters")]);
    let address = first.address.clone();
    let printed = first.stop();
    let link = format!("http://{address}/invite/");
    assert_eq!(printed.matches(&link).count(), 1, "{printed}");
    let again = Serving::start(&dir, &[]);
    let made = run(&dir, &["login-link", "--public-url", &format!("http://{}", again.address)], &[]);
    assert!(made.status.success(), "{made:?}");
    let made = String::from_utf8(made.stdout).unwrap();
    assert!(made.lines().count() == 1 && made.starts_with(&format!("http://{}/invite/", again.address)), "{made}");
    // Without an address it is that under which the server was reached when it last started.
    let noted = String::from_utf8(run(&dir, &["login-link"], &[]).stdout).unwrap();
    assert!(noted.starts_with(&format!("http://{}/invite/", again.address)), "{noted}");
    let never = run(&TempDir::new().unwrap(), &["login-link"], &[]);
    let told = String::from_utf8_lossy(&never.stderr).into_owned();
    assert!(never.stdout.starts_with(b"http://127.0.0.1:8080/invite/"), "{never:?}");
    assert!(told.contains("no server has started") && told.contains("--public-url"), "{told}");
    // Of the printed one the secret still counts, whatever the address.
    let secret = printed.split("/invite/").nth(1).unwrap().split_whitespace().next().unwrap();
    for path in [format!("/invite/{secret}"), made.trim()[made.find("/invite").unwrap()..].to_owned()] {
        assert_eq!(again.ask("GET", &path, "", Value::Null).0, 200, "{path}");
    }
    assert!(!again.stop().contains("/invite/"), "a second start prints none");
    let unknown = run(&dir, &["login-link", "--email", "nobody@example.com"], &[]);
    let told = String::from_utf8_lossy(&unknown.stderr).into_owned();
    assert!(!unknown.status.success() && told.contains("there is no user nobody@example.com"), "{told}");
}
