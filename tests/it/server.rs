//! A real server on a free port, over a real store in a directory of its own, and a client for it.
//!
//! Dropping a [`Server`] stops it as SIGTERM does and then checks every invariant of what it left behind.

use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use kudos::cli::node::{Node, Parts};
use kudos::config::{Config, Given};
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::oneshot;

use super::STORE;
use crate::database;

/// The admin key of every test server.
pub const ADMIN: &str = "kudos_test_admin_key_0123456789abcdef";
/// The user agent of a person.
pub const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
/// How long a condition may take to come true.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Server {
    pub address: std::net::SocketAddr,
    pub dir: TempDir,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    agent: ureq::Agent,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: ureq::http::HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|why| panic!("{why}: {}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The `name=value` of the cookie that was set.
    pub fn cookie(&self) -> Option<String> {
        self.header("set-cookie").map(|line| line.split(';').next().unwrap().to_owned())
    }

    /// The click id in `Location`.
    pub fn click_id(&self) -> String {
        let location = self.header("location").expect("a redirect");
        let (_, id) = location.split_once("kudos_id=").unwrap_or_else(|| panic!("no click id in {location}"));
        id.split(['&', '#']).next().unwrap().to_owned()
    }
}

impl Server {
    pub fn start() -> Server {
        Server::with(&[], Parts::default())
    }

    pub fn with_settings(settings: &[(&str, &str)]) -> Server {
        Server::with(settings, Parts::default())
    }

    pub fn with(settings: &[(&str, &str)], parts: Parts) -> Server {
        Server::in_dir(TempDir::new().unwrap(), settings, parts)
    }

    /// Starts on what an earlier server left in `dir`.
    pub fn in_dir(dir: TempDir, settings: &[(&str, &str)], parts: Parts) -> Server {
        let config = config(&dir, settings);
        let (started, address) = mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let node = Node::start(config, parts)
                    .await
                    .unwrap_or_else(|why| panic!("{why}: {:?}", std::error::Error::source(&why)));
                started.send(node.address).unwrap();
                let _ = stopped.await;
                node.stop().await;
            });
        });
        let address = address.recv().expect("the server starts");
        let agent = ureq::Agent::config_builder()
            .max_redirects(0)
            .http_status_as_error(false)
            .user_agent(BROWSER)
            .timeout_global(Some(PATIENCE))
            .build()
            .into();
        Server { address, dir, stop: Some(stop), thread: Some(thread), agent }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Any request; `headers` replace the usual ones.
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut request = ureq::http::Request::builder().method(method).uri(self.url(path));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = match body.is_empty() {
            true => self.agent.run(request.body(()).unwrap()),
            false => self.agent.run(request.body(body).unwrap()),
        };
        let (parts, mut body) = response.unwrap_or_else(|why| panic!("{method} {path}: {why}")).into_parts();
        let body = body.with_config().limit(64 << 20).read_to_vec().unwrap();
        Answer { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], b"")
    }

    pub fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.send("GET", path, headers, b"")
    }

    /// An API request under the admin key; `Null` sends no body.
    pub fn api(&self, method: &str, path: &str, body: Value) -> Answer {
        self.api_with(method, path, &[], body)
    }

    pub fn api_with(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Value) -> Answer {
        let bearer = format!("Bearer {ADMIN}");
        let mut all = vec![("content-type", "application/json")];
        if !headers.iter().any(|(name, _)| *name == "authorization") {
            all.push(("authorization", bearer.as_str()));
        }
        all.extend_from_slice(headers);
        let body = if body.is_null() { Vec::new() } else { serde_json::to_vec(&body).unwrap() };
        self.send(method, &format!("/api/v1{path}"), &all, &body)
    }

    /// An API request that must succeed; its JSON.
    pub fn ok(&self, method: &str, path: &str, body: Value) -> Value {
        let answer = self.api(method, path, body);
        assert!((200..300).contains(&answer.status), "{method} {path}: {} {}", answer.status, answer.text());
        if answer.body.is_empty() { Value::Null } else { answer.json() }
    }

    /// A partner of that name; its id.
    pub fn partner(&self, name: &str) -> String {
        text(&self.ok("POST", "/partners", serde_json::json!({ "name": name })), "id")
    }

    /// A link of a partner to `https://shop.example/`; its slug.
    pub fn link(&self, partner: &str) -> String {
        let body = serde_json::json!({ "partner_id": partner, "destination": "https://shop.example/" });
        text(&self.ok("POST", "/links", body), "slug")
    }

    /// The conversion of an order, once credit for it was assigned.
    pub fn attributed(&self, order_id: &str) -> Value {
        eventually(&format!("order {order_id} is attributed"), || {
            let page = self.ok("GET", &format!("/conversions?order_id={order_id}"), Value::Null);
            page["data"].as_array().unwrap().iter().find(|conversion| !conversion["attributed_at"].is_null()).cloned()
        })
    }

    /// Stops as SIGTERM does, checks the invariants, and hands over what was left on disk.
    pub fn stop(mut self) -> TempDir {
        self.halt();
        std::mem::replace(&mut self.dir, TempDir::new().unwrap())
    }

    fn halt(&mut self) {
        drop(self.stop.take());
        let Some(thread) = self.thread.take() else { return };
        thread.join().expect("the server stops without a panic");
        check(&self.dir);
    }

    /// The URL of its database.
    pub fn database(&self) -> String {
        STORE.url(self.dir.path())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if std::thread::panicking() {
            drop(self.stop.take());
        } else {
            self.halt();
        }
    }
}

/// The settings of a test server: a free port, a small journal, a known key, no flood limit.
pub fn config(dir: &TempDir, settings: &[(&str, &str)]) -> Config {
    let (data_dir, database) = (dir.path().display().to_string(), STORE.url(dir.path()));
    let usual = [
        ("database", database.as_str()),
        ("listen", "127.0.0.1:0"),
        ("data_dir", data_dir.as_str()),
        ("admin_key", ADMIN),
        ("threads", "2"),
        ("journal_segment_mib", "1"),
        ("flood_per_minute", "0"),
    ];
    let find = |name: &str| settings.iter().chain(&usual).find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned());
    Config::read(|name| find(name).map(|value| Given { value, origin: name.into() })).unwrap()
}

/// What `kudos check` does.
pub fn check(dir: &TempDir) {
    let broken = database::check(&STORE.url(dir.path()));
    assert!(broken.is_empty(), "{broken:#?}");
}

/// The text of a field.
pub fn text(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap_or_else(|| panic!("no text {field} in {value}")).to_owned()
}

/// Polls until there is a value; fails with `what` after [`PATIENCE`].
pub fn eventually<T>(what: &str, mut poll: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = poll() {
            return found;
        }
        assert!(Instant::now() < deadline, "not within {PATIENCE:?}: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
