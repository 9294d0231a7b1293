//! The server as a process of its own: started, told to stop, killed.

use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{ChildStdin, Command, ExitStatus, Stdio};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use kudos::cli::node::{Node, Parts};
use kudos::cli::serve::{Signals, until_stopped};
use kudos::clock::Clock;
use kudos::config::{Config, Given, env_name};
use tempfile::TempDir;

use super::super::STORE;
use super::super::server::ADMIN;
use crate::journal_lossy_disk::LossyDisk;

/// Set to the name of a disk, it makes [`child`] a server.
const CHILD: &str = "KUDOS_CRASH_CHILD";
/// The name of that test.
const CHILD_TEST: &str = concat!(module_path!(), "::child").split_at("it::".len()).1;
/// What a child is told on its standard input to make every further sync fail.
const FAIL: &str = "fail";
/// How long a start, or a stop with all its draining, may take.
const PATIENCE: Duration = Duration::from_secs(60);
const READY: &str = "kudos listening on http://";

/// What runs, on which disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The real program.
    Binary,
    /// This test program as a server, whose un-synced writes die with it.
    Lossy,
    /// The same, and no sync does anything.
    Lying,
}

/// Where the server answers now, if it does.
pub type Address = Arc<Mutex<Option<SocketAddr>>>;

/// A data directory, and the server that is started on it again and again.
pub struct Home {
    pub dir: TempDir,
    pub address: Address,
    /// Settings beside the usual ones.
    pub settings: Vec<(&'static str, &'static str)>,
    kind: Kind,
}

/// A running server; killed when dropped.
pub struct Process<'a> {
    home: &'a Home,
    child: std::process::Child,
    stdin: Option<ChildStdin>,
    reader: Option<JoinHandle<()>>,
}

impl Home {
    pub fn new(kind: Kind) -> Home {
        Home { dir: TempDir::new().unwrap(), address: Address::default(), settings: Vec::new(), kind }
    }

    /// Starts the server; does not wait until it answers.
    pub fn spawn(&self) -> Process<'_> {
        let mut command = match self.kind {
            Kind::Binary => Command::new(env!("CARGO_BIN_EXE_kudos")),
            Kind::Lossy | Kind::Lying => Command::new(std::env::current_exe().unwrap()),
        };
        match self.kind {
            Kind::Binary => command.arg("serve"),
            disk => command.args([CHILD_TEST, "--exact", "--nocapture"]).env(CHILD, format!("{disk:?}")),
        };
        let settings = [
            ("listen", "127.0.0.1:0"),
            ("admin_key", ADMIN),
            ("threads", "2"),
            ("journal_segment_mib", "1"),
            ("flood_per_minute", "0"),
            ("log", "warn"),
        ];
        command.envs(settings.map(|(name, value)| (env_name(name), value))).env(env_name("data_dir"), self.dir.path());
        command.env(env_name("database"), self.database());
        command.envs(self.settings.iter().map(|(name, value)| (env_name(name), value)));
        let log = OpenOptions::new().create(true).append(true).open(self.log_path()).unwrap();
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let (stdout, address) = (child.stdout.take().unwrap(), self.address.clone());
        let reader = std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if let Some((_, place)) = line.split_once(READY) {
                    *address.lock().unwrap() = Some(place.trim().parse().unwrap());
                }
            }
        });
        let stdin = child.stdin.take();
        Process { home: self, child, stdin, reader: Some(reader) }
    }

    /// Starts the server and waits until it answers.
    pub fn start(&self) -> Process<'_> {
        let mut process = self.spawn();
        process.ready();
        process
    }

    /// What the servers here have logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.log_path()).unwrap()
    }

    pub fn database(&self) -> String {
        STORE.url(self.dir.path())
    }

    fn log_path(&self) -> std::path::PathBuf {
        self.dir.path().join("log")
    }
}

impl Process<'_> {
    /// Waits until the server answers.
    pub fn ready(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        while self.home.address.lock().unwrap().is_none() {
            if let Some(status) = self.child.try_wait().unwrap() {
                panic!("the server does not start: {status}\n{}", self.home.log());
            }
            assert!(Instant::now() < deadline, "the server is not ready\n{}", self.home.log());
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Lets it have so many open files.
    pub fn limit_files(&self, most: u64) {
        use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};
        let limit = Rlimit { current: Some(most), ..getrlimit(Resource::Nofile) };
        prlimit(Pid::from_raw(self.child.id() as i32), Resource::Nofile, limit).unwrap();
    }

    /// SIGTERM.
    pub fn terminate(&self) {
        let told = Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
        assert!(told.success());
    }

    /// Waits until the server has ended by itself.
    pub fn ended(mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                self.bury();
                return status;
            }
            assert!(Instant::now() < deadline, "the server does not end\n{}", self.home.log());
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// SIGTERM; then it must drain and exit with 0.
    pub fn stop(self) {
        self.terminate();
        let home = self.home;
        let status = self.ended();
        assert!(status.success(), "a stop ended with {status}\n{}", home.log());
    }

    /// SIGKILL. The server must still have been running; one that was told to stop may be gone.
    pub fn kill(mut self, told_to_stop: bool) {
        if let Some(status) = self.child.try_wait().unwrap() {
            assert!(told_to_stop && status.success(), "the server ended by itself: {status}\n{}", self.home.log());
        }
        self.bury();
    }

    /// From now on every sync of a lossy child fails.
    pub fn fail_syncs(&mut self) {
        writeln!(self.stdin.as_mut().unwrap(), "{FAIL}").unwrap();
    }

    fn bury(&mut self) {
        let _ = self.child.kill();
        self.child.wait().unwrap();
        self.reader.take().into_iter().for_each(|reader| reader.join().unwrap());
        *self.home.address.lock().unwrap() = None;
    }
}

impl Drop for Process<'_> {
    fn drop(&mut self) {
        if self.reader.is_some() {
            self.bury();
        }
    }
}

/// Not a test: the server that [`Home::spawn`] starts. Returns at once when nobody asked for one.
#[test]
fn child() {
    let Ok(disk) = std::env::var(CHILD) else { return };
    let logs = tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(false);
    logs.with_max_level(tracing::Level::WARN).init();
    let get = |name: &str| Some(Given { value: std::env::var(env_name(name)).ok()?, origin: name.into() });
    let config = Config::read(get).unwrap();
    let lossy = LossyDisk::default();
    lossy.sync_is_a_lie.store(disk == format!("{:?}", Kind::Lying), Ordering::Relaxed);
    let fails = lossy.sync_fails.clone();
    std::thread::spawn(move || {
        for line in std::io::stdin().lines().map_while(Result::ok) {
            fails.store(line == FAIL, Ordering::Relaxed);
        }
        // The parent is gone.
        std::process::exit(3);
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let node = Node::start(config, Parts { clock: Clock::System, disk: Arc::new(lossy) }).await.unwrap();
        let signals = Signals::heard().unwrap();
        println!("{READY}{}", node.address);
        until_stopped(node, signals).await.unwrap();
    });
}

/// The names of the files in `dir`.
pub fn names_in(dir: &std::path::Path) -> Vec<String> {
    let entries = std::fs::read_dir(dir).into_iter().flatten();
    entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
}
