//! A throw-away Postgres: one cluster for this process, made when the first test asks, with a database for each.
//!
//! Its files and its socket are in a directory of their own; nothing of the machine's own Postgres is touched. A shell that
//! reads from this process ends it and deletes everything, however this process ends. It never syncs: what is tested are kills
//! of the server, never of the machine. Who stops the database, or takes all of it, needs a cluster of their own.

use std::collections::BTreeSet;
use std::fs::Permissions;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use kudos::clock::Clock;
use kudos::config::Pool;
use kudos::jobs::months;
use kudos::store::Store;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

/// What every database is a copy of: migrated, and empty.
const TEMPLATE: &str = "kudos_template";
/// The user who has a password.
pub const SECURED: &str = "secured";
/// The password.
pub const PASSWORD: &str = "s3cret:p@ss";
/// The file in a data directory that says which database belongs to it.
const DATABASE_NOTE: &str = "database-url";

/// Settings of the cluster that all share.
const SHARED: &str =
    "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\nmax_connections = 400\nshared_buffers = 128MB\n";
/// Settings of one that is to survive being killed.
const DURABLE: &str =
    "fsync = on\nsynchronous_commit = on\nfull_page_writes = on\nmax_connections = 40\nshared_buffers = 32MB\n";

pub struct Cluster {
    dir: PathBuf,
    pub port: u16,
    /// Ends the cluster when its standard input ends.
    _keeper: Child,
    made: AtomicU32,
    /// Databases, and the directories of the tests that use them: without the one the other is of no use.
    used: Mutex<Vec<(PathBuf, String)>>,
}

/// The cluster of this process.
pub fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(|| Cluster::start(SHARED))
}

/// The database that a data directory was given before.
pub fn given(dir: &Path) -> Option<String> {
    std::fs::read_to_string(dir.join(DATABASE_NOTE)).ok()
}

/// Gives a data directory a database.
pub fn give(dir: &Path, url: &str) {
    std::fs::write(dir.join(DATABASE_NOTE), url).unwrap();
}

/// The name of the database in a URL.
pub fn name_in(url: &str) -> &str {
    url.split('?').next().unwrap().rsplit('/').next().unwrap()
}

/// Where the programs are, these among them: in the path, else where Debian puts them.
fn programs(wanted: &[&str]) -> PathBuf {
    let in_path = std::env::var_os("PATH").into_iter().flat_map(|path| std::env::split_paths(&path).collect::<Vec<_>>());
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let debian = versions.map(|entry| entry.unwrap().path().join("bin"));
    let found = in_path.chain(debian).find(|dir| wanted.iter().all(|program| dir.join(program).exists()));
    found.expect("no Postgres here: install it, or leave it out with: cargo test -- --skip on_postgres")
}

/// A command as the user who may run a cluster: root may not.
fn unprivileged(program: &Path) -> Command {
    if is_root() {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(program);
        command
    } else {
        Command::new(program)
    }
}

fn is_root() -> bool {
    std::os::unix::fs::MetadataExt::uid(&std::fs::metadata("/proc/self").unwrap()) == 0
}

fn succeed(what: &str, output: Output) {
    let told = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    assert!(output.status.success(), "{what}: {}", told.concat());
}

impl Cluster {
    /// One that may be stopped, killed and filled: it syncs, and answers on its socket only.
    pub fn own() -> Cluster {
        Cluster::start(DURABLE)
    }

    fn start(kind: &str) -> Cluster {
        let bin = programs(&["initdb", "pg_ctl"]);
        let dir = tempfile::Builder::new().prefix("kudos-pg-").tempdir().unwrap().keep();
        std::fs::set_permissions(&dir, Permissions::from_mode(0o777)).unwrap();
        let data = dir.join("data");
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let keeper = keep(&bin, &dir);
        let mut initdb = unprivileged(&bin.join("initdb"));
        initdb
            .args(["-U", "postgres", "-A", "trust", "--locale=C", "-E", "UTF8", "--no-sync", "-D"])
            .arg(&data)
            .current_dir(&dir);
        succeed("initdb", initdb.output().unwrap());
        secure(&dir);
        // A port that is let go of while the server is down may be somebody else's when it comes back.
        let addresses = if kind == SHARED { "127.0.0.1" } else { "" };
        let settings = format!(
            "listen_addresses = '{addresses}'\nport = {port}\nunix_socket_directories = '{dir}'\n{kind}\
             autovacuum = off\nmax_wal_size = 512MB\nwal_level = minimal\nmax_wal_senders = 0\n\
             ssl = on\nssl_cert_file = '{dir}/server.crt'\nssl_key_file = '{dir}/server.key'\n",
            dir = dir.display()
        );
        let file = dir.join("settings");
        std::fs::write(&file, settings).unwrap();
        with_defaults(&data, &file);
        let cluster = Cluster { dir, port, _keeper: keeper, made: AtomicU32::new(0), used: Mutex::default() };
        cluster.launch();
        cluster.make_template();
        cluster
    }

    fn control(&self, arguments: &[&str]) {
        let mut control = unprivileged(&programs(&["initdb", "pg_ctl"]).join("pg_ctl"));
        control.arg("-D").arg(self.dir.join("data")).args(["-w", "-t", "60"]).args(arguments).current_dir(&self.dir);
        // A child that inherits a pipe keeps its reader waiting.
        let done = control.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
        assert!(done.success(), "{arguments:?}: {}", std::fs::read_to_string(self.dir.join("log")).unwrap_or_default());
    }

    /// Starts the server, and waits until it answers.
    pub fn launch(&self) {
        let settings = format!("-c config_file={}", self.dir.join("postgresql.conf").display());
        self.control(&["-l", &self.dir.join("log").display().to_string(), "-o", &settings, "start"]);
    }

    /// Ends the server at once, as a kill does: what it did not finish it recovers when it is launched.
    pub fn halt(&self) {
        self.control(&["-m", "immediate", "stop"]);
    }

    /// The server's processes: the first, and those it started.
    pub fn processes(&self) -> Vec<String> {
        let first = std::fs::read_to_string(self.dir.join("data/postmaster.pid")).unwrap();
        let first = first.lines().next().unwrap().to_owned();
        let children = std::fs::read_to_string(format!("/proc/{first}/task/{first}/children")).unwrap();
        let children: Vec<_> = children.split_whitespace().map(str::to_owned).collect();
        std::iter::once(first).chain(children).collect()
    }

    /// Where its socket is.
    pub fn socket(&self) -> PathBuf {
        self.dir.join(format!(".s.PGSQL.{}", self.port))
    }

    fn make_template(&self) {
        self.administer(&format!("create role {SECURED} superuser login password '{PASSWORD}'"));
        self.administer(&format!("create database {TEMPLATE}"));
        let url = self.url(TEMPLATE).parse().unwrap();
        blocking(async move || {
            let store = Store::open(&url, Pool::default()).await.unwrap();
            store.migrate().await.unwrap();
            months::tick(&store, Clock::System.now(), None).await.unwrap();
            store.close().await;
        });
    }

    /// The URL of a database, by the socket.
    pub fn url(&self, name: &str) -> String {
        format!("postgres:///{name}?host={}&port={}&user=postgres", self.dir.display(), self.port)
    }

    /// A database of its own for the test with that directory; the same as before when there was one.
    pub fn of(&self, dir: &Path) -> String {
        let note = dir.join(DATABASE_NOTE);
        if let Some(url) = given(dir) {
            return url;
        }
        let name = self.make(TEMPLATE);
        self.used.lock().unwrap_or_else(PoisonError::into_inner).push((note, name.clone()));
        give(dir, &self.url(&name));
        self.url(&name)
    }

    /// Lets another directory have the same database.
    pub fn share(&self, dir: &Path, other: &Path) {
        let url = given(dir).unwrap();
        give(other, &url);
        let name = name_in(&url).to_owned();
        self.used.lock().unwrap_or_else(PoisonError::into_inner).push((other.join(DATABASE_NOTE), name));
    }

    /// A database, as a copy of another.
    pub fn make(&self, template: &str) -> String {
        let gone: BTreeSet<String> = {
            let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
            let (kept, gone): (Vec<_>, Vec<_>) = used.drain(..).partition(|(note, _)| note.exists());
            *used = kept;
            gone.into_iter().map(|(_, name)| name).filter(|name| used.iter().all(|(_, kept)| kept != name)).collect()
        };
        for name in gone {
            self.administer(&format!("drop database {name} with (force)"));
        }
        let name = format!("kudos_{}", self.made.fetch_add(1, Ordering::Relaxed));
        self.administer(&format!("create database {name} template {template}"));
        name
    }

    /// Copies a database into another, which is empty, by Postgres' own programs and with the options that the README names.
    pub fn dump_and_restore(&self, from: &str, to: &str) {
        let file = self.dir.join(format!("{}.dump", name_in(from)));
        let bin = programs(&["pg_dump", "pg_restore"]);
        let mut dump = unprivileged(&bin.join("pg_dump"));
        dump.args(["-Fc", "--no-owner", "--exclude-table-data=salts", "--dbname", from, "--file"]).arg(&file);
        succeed("pg_dump", dump.output().unwrap());
        let mut restore = unprivileged(&bin.join("pg_restore"));
        restore.args(["--exit-on-error", "--no-owner", "--dbname", to]).arg(&file);
        succeed("pg_restore", restore.output().unwrap());
    }

    /// Runs a statement as the owner of the cluster.
    pub fn administer(&self, sql: &str) {
        let (url, sql) = (self.url("postgres"), sql.to_owned());
        blocking(async move || {
            let mut connection = PgConnection::connect(&url).await.unwrap();
            sqlx::query(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
            connection.close().await.unwrap();
        });
    }

    /// Renames a database that no server uses.
    pub fn rename(&self, name: &str, other: &str) {
        self.administer(&format!("alter database {name} rename to {other}"));
    }

    /// Shuts a database and throws everybody out: to its nodes it is a server that was stopped.
    pub fn shut(&self, name: &str) {
        self.administer(&format!("alter database {name} allow_connections false"));
        self.administer(&format!("select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'"));
    }

    /// Lets everybody in again.
    pub fn unshut(&self, name: &str) {
        self.administer(&format!("alter database {name} allow_connections true"));
    }

    /// The certificate of the server, which is its own authority; it is for 127.0.0.1.
    pub fn certificate(&self) -> PathBuf {
        self.dir.join("server.crt")
    }
}

/// Makes the server's certificate, and lets the user who has a password in over TLS only.
fn secure(dir: &Path) {
    let mut openssl = unprivileged(Path::new("openssl"));
    openssl.args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=kudos-test"]);
    openssl.args(["-addext", "subjectAltName=IP:127.0.0.1", "-addext", "basicConstraints=critical,CA:FALSE"]);
    openssl.args(["-keyout", "server.key", "-out", "server.crt"]).current_dir(dir);
    succeed("openssl", openssl.output().unwrap());
    let rules = format!(
        "local all all trust\nhostssl all {SECURED} 127.0.0.1/32 scram-sha-256\nhost all {SECURED} 0.0.0.0/0 reject\n\
         host all all 127.0.0.1/32 trust\n"
    );
    std::fs::write(dir.join("rules"), rules).unwrap();
}

/// The settings that initdb chose, and after them ours.
fn with_defaults(data: &Path, ours: &Path) {
    let file = ours.with_file_name("postgresql.conf");
    let data = data.display();
    let text = format!(
        "data_directory = '{data}'\nhba_file = '{rules}'\nident_file = '{data}/pg_ident.conf'\n\
         include '{data}/postgresql.conf'\ninclude '{}'\n",
        ours.display(),
        rules = ours.with_file_name("rules").display()
    );
    std::fs::write(&file, text).unwrap();
}

/// Waits, beside this process, for its end; then stops the cluster and deletes it.
fn keep(bin: &Path, dir: &Path) -> Child {
    let stop = unprivileged(&bin.join("pg_ctl"));
    let words: Vec<_> = std::iter::once(stop.get_program()).chain(stop.get_args()).map(|word| word.to_string_lossy()).collect();
    let script = format!(
        "cat; cd {dir} && {} -D {dir}/data -m immediate stop >/dev/null 2>&1; cd / && rm -rf {dir}",
        words.join(" "),
        dir = dir.display()
    );
    let mut keeper = Command::new("setsid");
    keeper.args(["sh", "-c", &script]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut keeper = keeper.spawn().unwrap();
    keeper.stdin.as_mut().unwrap().flush().unwrap();
    keeper
}

/// Runs something to its end, wherever it is called.
pub fn blocking<T: Send + 'static, W: Future<Output = T>>(work: impl FnOnce() -> W + Send + 'static) -> T {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    std::thread::spawn(move || runtime().block_on(work())).join().unwrap()
}
