//! The two servers, each started for this run and stopped with it.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use kudos::store::{Store, Tx};
use serde_json::{Value, json};
use tempfile::TempDir;

const KEY: &str = "kudos_bench_admin_key_0123456789abcdef";

pub struct Kudos {
    child: Child,
    dir: TempDir,
    base: String,
    slug: String,
}

/// Rows that intake has written, and what it has yet to read.
pub struct Undrained {
    pub stored: u64,
    pub bytes: u64,
}

impl Kudos {
    /// On the embedded store, or on the empty database that is named.
    pub fn start(database: Option<&str>) -> Kudos {
        let dir = tempfile::tempdir().expect("a directory");
        let mut child = Command::new(env!("CARGO_BIN_EXE_kudos"))
            .args(["serve", "--listen", "127.0.0.1:0", "--flood-per-minute", "0", "--log", "error", "--data-dir"])
            .arg(dir.path())
            .args(database.into_iter().flat_map(|url| ["--database", url]))
            .env("KUDOS_ADMIN_KEY", KEY)
            .stdout(Stdio::piped())
            .spawn()
            .expect("kudos starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut line).expect("a ready line");
        let base = line.trim().strip_prefix("kudos listening on ").expect("a ready line").to_owned();
        let partner = post(&base, "/partners", json!({ "name": "bench" }));
        let link = json!({ "partner_id": partner["id"], "destination": "https://shop.example/landing?ref=partner" });
        let slug = post(&base, "/links", link)["slug"].as_str().expect("a slug").to_owned();
        Kudos { child, dir, base, slug }
    }

    pub fn link(&self) -> String {
        format!("{}/{}", self.base, self.slug)
    }

    pub fn path(&self) -> String {
        format!("/{}", self.slug)
    }

    pub fn address(&self) -> String {
        self.base.trim_start_matches("http://").to_owned()
    }

    pub fn pids(&self) -> Vec<u32> {
        vec![self.child.id()]
    }

    /// Takes the one writer of the database file, as a store that does not answer: hits pile up in the journal.
    pub fn hold_store(&self) -> Held {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let url = format!("sqlite:{}", self.dir.path().join("kudos.db").display());
        let tx = runtime
            .block_on(async { Store::open(&url.parse().expect("a URL"), kudos::config::Pool::default()).await?.write().await })
            .expect("the writer");
        Held { tx: Some(tx), runtime }
    }

    pub fn undrained(&self) -> Undrained {
        let text =
            ureq::get(format!("{}/metrics", self.base)).call().expect("metrics").body_mut().read_to_string().expect("text");
        let value = |name: &str| -> u64 {
            let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{name} in {text}"));
            line.rsplit(' ').next().and_then(|value| value.parse().ok()).expect("a number")
        };
        Undrained { stored: value("kudos_stored_total{kind=\"touchpoint\"}"), bytes: value("kudos_journal_undrained_bytes") }
    }

    /// Waits until intake has read everything; how many hits it wrote since `before`.
    pub fn wait_until_drained(&self, before: u64) -> u64 {
        let deadline = Instant::now() + Duration::from_secs(300);
        loop {
            let now = self.undrained();
            if now.bytes == 0 {
                return now.stored - before;
            }
            assert!(Instant::now() < deadline, "not drained in time");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Kudos {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The writer, given back on drop.
pub struct Held {
    tx: Option<Tx>,
    runtime: tokio::runtime::Runtime,
}

impl Drop for Held {
    fn drop(&mut self) {
        let tx = self.tx.take();
        self.runtime.block_on(async move {
            drop(tx);
            tokio::time::sleep(Duration::from_millis(50)).await;
        });
    }
}

fn post(base: &str, path: &str, body: Value) -> Value {
    let request = ureq::post(format!("{base}/api/v1{path}")).header("authorization", format!("Bearer {KEY}"));
    request.send_json(body).expect("an answer").body_mut().read_json().expect("JSON")
}

pub struct Nginx {
    child: Child,
    _dir: TempDir,
    port: u16,
}

impl Nginx {
    /// As many workers as cores, `return 302`, and an access log that is buffered and never synced.
    pub fn start() -> Nginx {
        let dir = tempfile::tempdir().expect("a directory");
        let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port").port();
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        let root = dir.path().display();
        let conf = format!(
            "worker_processes {cores}; daemon off; pid {root}/pid; error_log {root}/error.log;
             events {{ worker_connections 4096; }}
             http {{
               access_log {root}/access.log combined buffer=64k flush=1s;
               keepalive_requests 100000000;
               server {{ listen 127.0.0.1:{port} reuseport; location / {{ return 302 https://shop.example/landing?ref=partner; }} }}
             }}"
        );
        std::fs::write(dir.path().join("nginx.conf"), conf).expect("a file");
        let child = Command::new("nginx")
            .arg("-c")
            .arg(dir.path().join("nginx.conf"))
            .stderr(Stdio::null())
            .spawn()
            .expect("nginx starts");
        let deadline = Instant::now() + Duration::from_secs(10);
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < deadline, "nginx does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
        Nginx { child, _dir: dir, port }
    }

    pub fn link(&self) -> String {
        format!("http://{}{}", self.address(), self.path())
    }

    pub fn path(&self) -> String {
        "/summer".to_owned()
    }

    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub fn pids(&self) -> Vec<u32> {
        let pid = self.child.id();
        let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
        children.split_whitespace().filter_map(|pid| pid.parse().ok()).chain([pid]).collect()
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // SIGTERM lets the master stop its workers.
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}
