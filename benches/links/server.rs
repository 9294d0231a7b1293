//! The server as a process of its own, and a client on one connection.

use std::cell::RefCell;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long a condition may take to come true.
const PATIENCE: Duration = Duration::from_secs(300);

pub struct Serving {
    child: Child,
    connection: RefCell<BufReader<TcpStream>>,
}

impl Serving {
    /// Starts on a data directory; returns as soon as the server listens.
    pub fn start(data_dir: &Path, links_in_memory: &str) -> Serving {
        let mut child = Command::new(env!("CARGO_BIN_EXE_kudos"))
            .args(["serve", "--listen", "127.0.0.1:0", "--flood-per-minute", "0", "--log", "error"])
            .args(["--links-in-memory", links_in_memory, "--data-dir"])
            .arg(data_dir)
            .env("KUDOS_ADMIN_KEY", "kudos_bench_admin_key_0123456789abcdef")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("kudos listening on http://").unwrap().to_owned();
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        Serving { child, connection: RefCell::new(BufReader::new(stream)) }
    }

    /// The status and body of an answer.
    pub fn get(&self, path: &str) -> (u16, String) {
        let mut connection = self.connection.borrow_mut();
        let agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
        let request = format!("GET /{path} HTTP/1.1\r\nHost: bench\r\nUser-Agent: {agent}\r\n\r\n");
        connection.get_mut().write_all(request.as_bytes()).unwrap();
        let (mut status, mut length) = (0, 0);
        loop {
            let mut line = String::new();
            connection.read_line(&mut line).unwrap();
            match line.trim_end().split_once(' ') {
                None => break,
                Some((version, rest)) if version.starts_with("HTTP/") => status = rest[..3].parse().unwrap(),
                Some((name, value)) if name.eq_ignore_ascii_case("content-length:") => length = value.parse().unwrap(),
                Some(_) => {}
            }
        }
        let mut body = vec![0; length];
        connection.read_exact(&mut body).unwrap();
        (status, String::from_utf8(body).unwrap())
    }

    /// How long an answer takes that must have this status.
    pub fn timed(&self, path: &str, status: u16) -> Duration {
        let begun = Instant::now();
        assert_eq!(self.get(path).0, status, "{path}");
        begun.elapsed()
    }

    /// A number on the page for Prometheus.
    pub fn value(&self, name: &str) -> u64 {
        let page = self.get("metrics").1;
        page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')).unwrap().parse().unwrap()
    }

    pub fn until(&self, name: &str, mut fits: impl FnMut(u64) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !fits(self.value(name)) {
            assert!(Instant::now() < deadline, "{name} is {}", self.value(name));
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub fn resident_mb(&self) -> u64 {
        (resident_bytes(&self.child.id().to_string()) / 1e6) as u64
    }

    /// User and system time so far.
    pub fn cpu(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        Duration::from_millis(fields[11..13].iter().map(|ticks| ticks.parse::<u64>().unwrap() * 10).sum())
    }

    /// SIGTERM; it drains and ends.
    pub fn stop(mut self) {
        assert!(Command::new("kill").arg(self.child.id().to_string()).status().unwrap().success());
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Bytes of a process in memory.
pub fn resident_bytes(pid: &str) -> f64 {
    let statm = std::fs::read_to_string(format!("/proc/{pid}/statm")).unwrap();
    statm.split(' ').nth(1).unwrap().parse::<f64>().unwrap() * 4_096.0
}
