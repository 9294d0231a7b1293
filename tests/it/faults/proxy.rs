//! A proxy between Kudos and Postgres, for what only a network does: to lose the answer to a commit, and to fall silent.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Of commits, while they are cut, every so many.
const CUT_EVERY: u64 = 3;
/// The tag of a simple query.
const QUERY: u8 = b'Q';

#[derive(Default)]
struct State {
    cutting: AtomicBool,
    commits: AtomicU64,
    /// Connections made so far.
    made: AtomicU64,
    /// Connections before this one are mute: what is sent on them goes nowhere, and they stay open.
    mute_before: AtomicU64,
}

/// Forwards as long as this process lives.
pub struct Proxy {
    port: u16,
    state: Arc<State>,
}

impl Proxy {
    /// To the server that listens on `socket`.
    pub fn to(socket: PathBuf) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (port, state) = (listener.local_addr().unwrap().port(), Arc::new(State::default()));
        let shared = state.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                // A server that is down: the client finds its connection closed.
                let Ok(server) = UnixStream::connect(&socket) else { continue };
                let _ = client.set_nodelay(true);
                Link::begin(&shared, client, server).unwrap();
            }
        });
        Proxy { port, state }
    }

    /// The URL of a database behind it. Without TLS, so that the proxy can read along.
    pub fn url(&self, name: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{name}?sslmode=disable", self.port)
    }

    /// Whether commits are done but their answers lost, with the connection.
    pub fn cut_commits(&self, cutting: bool) {
        self.state.cutting.store(cutting, Ordering::SeqCst);
    }

    /// How many commits came by while they were cut.
    pub fn commits(&self) -> u64 {
        self.state.commits.load(Ordering::SeqCst)
    }

    /// From now on nothing comes back on any open connection, and nobody closes it.
    pub fn mute(&self) {
        self.state.mute_before.store(self.state.made.load(Ordering::SeqCst), Ordering::SeqCst);
    }

    /// How many connections were made.
    pub fn made(&self) -> u64 {
        self.state.made.load(Ordering::SeqCst)
    }
}

/// When the connection of a commit is cut.
#[derive(Clone, Copy, PartialEq, Eq)]
enum When {
    /// When its answer comes: it was done.
    Answered,
    /// As soon as it is sent: it may be done.
    AtOnce,
}

/// The length of the first message, once it is whole. The very first of a connection has no tag.
fn message(bytes: &[u8], tagged: bool) -> Option<usize> {
    let tag = usize::from(tagged);
    let length = bytes.get(tag..tag + 4)?;
    let length = tag + u32::from_be_bytes(length.try_into().unwrap()) as usize;
    (bytes.len() >= length).then_some(length)
}

fn is_commit(message: &[u8]) -> bool {
    message[0] == QUERY && message[5..].to_ascii_lowercase().starts_with(b"commit")
}

/// One connection.
struct Link {
    number: u64,
    cut: AtomicBool,
    state: Arc<State>,
    client: TcpStream,
    server: UnixStream,
}

impl Link {
    fn begin(state: &Arc<State>, client: TcpStream, server: UnixStream) -> io::Result<()> {
        let number = state.made.fetch_add(1, Ordering::SeqCst);
        let link = Arc::new(Link { number, cut: AtomicBool::new(false), state: state.clone(), client, server });
        let upward = link.clone();
        std::thread::spawn(move || {
            let _ = upward.questions();
            upward.close();
        });
        std::thread::spawn(move || {
            let _ = link.answers();
            if !link.is_mute() {
                link.close();
            }
        });
        Ok(())
    }

    fn is_mute(&self) -> bool {
        self.number < self.state.mute_before.load(Ordering::SeqCst)
    }

    fn close(&self) {
        let _ = self.client.shutdown(Shutdown::Both);
        let _ = self.server.shutdown(Shutdown::Both);
    }

    /// When the connection is to be cut, at a commit.
    fn cut_of(&self, commit: bool) -> Option<When> {
        if !commit || !self.state.cutting.load(Ordering::SeqCst) {
            return None;
        }
        let number = self.state.commits.fetch_add(1, Ordering::SeqCst);
        let when = if number.is_multiple_of(2 * CUT_EVERY) { When::Answered } else { When::AtOnce };
        number.is_multiple_of(CUT_EVERY).then_some(when)
    }

    /// Forwards what the client sends, message by message; returns when it is gone, or its commit was cut.
    fn questions(&self) -> io::Result<()> {
        let (mut waiting, mut tagged) = (Vec::new(), false);
        let mut buffer = [0; 16 << 10];
        loop {
            let read = (&self.client).read(&mut buffer)?;
            if read == 0 {
                return Ok(());
            }
            waiting.extend_from_slice(&buffer[..read]);
            while let Some(length) = message(&waiting, tagged) {
                let message: Vec<u8> = waiting.drain(..length).collect();
                if self.is_mute() {
                    continue;
                }
                let cut = self.cut_of(tagged && is_commit(&message));
                self.cut.store(cut.is_some(), Ordering::SeqCst);
                (&self.server).write_all(&message)?;
                tagged = true;
                if cut == Some(When::AtOnce) {
                    return Ok(());
                }
            }
        }
    }

    /// Forwards what the server answers; returns when it is gone, or at the answer to a commit that is cut.
    fn answers(&self) -> io::Result<()> {
        let mut buffer = [0; 16 << 10];
        loop {
            let read = (&self.server).read(&mut buffer)?;
            if read == 0 || self.cut.load(Ordering::SeqCst) {
                return Ok(());
            }
            if !self.is_mute() {
                (&self.client).write_all(&buffer[..read])?;
            }
        }
    }
}
