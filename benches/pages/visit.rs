//! The server as a process of its own, and people who look at its pages.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

pub struct Server {
    child: Child,
    pub url: String,
}

impl Server {
    /// Starts on a data directory; returns as soon as the server listens.
    pub fn start(data_dir: &Path) -> Server {
        let mut child = Command::new(env!("CARGO_BIN_EXE_kudos"))
            .args(["serve", "--listen", "127.0.0.1:0", "--log", "warn", "--data-dir"])
            .arg(data_dir)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let line = lines.find_map(|line| line.strip_prefix("kudos listening on ").map(str::to_owned)).unwrap();
        // What it says later is read, or it would stop.
        std::thread::spawn(move || lines.for_each(drop));
        Server { child, url: line.trim().to_owned() }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What came of one request.
pub struct Seen {
    pub status: u16,
    pub ms: f64,
    pub body: Vec<u8>,
    /// Of the body, as it went over the wire.
    pub bytes: usize,
}

/// Somebody who is signed in.
pub struct Visitor {
    agent: ureq::Agent,
    url: String,
    cookie: String,
}

impl Visitor {
    /// Follows a one-time link.
    pub fn invited(server: &Server, secret: &str, email: &str) -> Visitor {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).build().into();
        let fields = [("name", "Bench"), ("email", email), ("password", "correct horse battery")];
        let answer = agent.post(format!("{}/invite/{secret}", server.url)).send_form(fields).unwrap();
        let cookie = answer.headers().get("set-cookie").unwrap().to_str().unwrap();
        let cookie = cookie.split(';').next().unwrap().to_owned();
        Visitor { agent, url: server.url.clone(), cookie }
    }

    pub fn see(&self, path: &str) -> Seen {
        let begun = Instant::now();
        let request = self.agent.get(format!("{}{path}", self.url)).header("cookie", &self.cookie);
        let mut answer = request.header("accept-encoding", "gzip").call().unwrap();
        let (status, length) = (answer.status().as_u16(), answer.headers().get("content-length").cloned());
        let body = answer.body_mut().with_config().limit(64 << 20).read_to_vec().unwrap();
        let bytes = length.and_then(|length| length.to_str().ok()?.parse().ok()).unwrap_or(body.len());
        Seen { status, ms: begun.elapsed().as_secs_f64() * 1e3, body, bytes }
    }

    /// The bytes of a page and of every file it names.
    pub fn first_visit(&self, path: &str) -> usize {
        let page = self.see(path);
        let text = String::from_utf8_lossy(&page.body).into_owned();
        let names: BTreeSet<&str> = text.split("\"/assets/").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        page.bytes + names.iter().map(|name| self.see(&format!("/assets/{name}")).bytes).sum::<usize>()
    }

    /// The path of a page, with the id of the first of its kind that its list shows; none when there is none.
    pub fn page(&self, path: &str) -> Option<String> {
        let Some((list, _)) = path.split_once("/{id}") else { return Some(path.to_owned()) };
        let shown = self.see(&format!("{list}?from=2000-01-01"));
        let text = String::from_utf8_lossy(&shown.body).into_owned();
        let start = format!("\"{list}/");
        let ids = text.split(&start).skip(1).map(|rest| rest.split(['"', '/', '?']).next().unwrap_or_default());
        let id = ids.into_iter().find(|id| id.get(2..3) == Some("_"))?.to_owned();
        Some(path.replace("{id}", &id))
    }
}
