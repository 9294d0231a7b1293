//! When the machine is short of something: file descriptors, time at the end. A full disk: `outage.rs`.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::server::{ADMIN, BROWSER, Server, eventually};

#[test]
fn a_stop_waits_for_a_stuck_request_no_longer_than_it_says() {
    let server = Server::with_settings(&[("stop_seconds", "1"), ("body_seconds", "600")]);
    let mut stuck = TcpStream::connect(server.address).unwrap();
    stuck.write_all(b"POST /collect HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n").unwrap();
    stuck.read_exact(&mut [0; 25]).unwrap();
    let began = Instant::now();
    server.stop();
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
}

/// One request on a connection that stays open; the status.
fn ask(stream: &mut TcpStream, path: &str) -> Option<u16> {
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: a\r\nUser-Agent: {BROWSER}\r\n\r\n").as_bytes()).ok()?;
    let mut answer = Vec::new();
    while !answer.windows(4).any(|end| end == b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).ok()?;
        answer.push(byte[0]);
    }
    String::from_utf8_lossy(&answer).split(' ').nth(1)?.parse().ok()
}

#[test]
fn running_out_of_file_descriptors_is_survived() {
    let dir = TempDir::new().unwrap();
    let mut child = Command::new("sh")
        .args(["-c", "ulimit -n 100; exec \"$0\" serve --threads 1 --journal-segment-mib 1 --flood-per-minute 0"])
        .arg(env!("CARGO_BIN_EXE_kudos"))
        .current_dir(dir.path())
        .env_clear()
        .env("KUDOS_DATABASE", super::STORE.url(dir.path()))
        .envs([("KUDOS_LISTEN", "127.0.0.1:0"), ("KUDOS_ADMIN_KEY", ADMIN), ("PATH", "/usr/bin:/bin")])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(child.stdout.as_mut().unwrap()), &mut line).unwrap();
    let address = line.trim().strip_prefix("kudos listening on http://").unwrap().to_owned();
    let connect = || {
        let stream = TcpStream::connect(&address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream
    };
    let mut early = connect();
    assert_eq!(ask(&mut early, "/livez"), Some(200));
    let crowd: Vec<TcpStream> = (0..150).map(|_| connect()).collect();
    // Those who are in are served, and what they send is recorded: the journal rolls on without a free descriptor.
    for n in 0..600 {
        let path = format!("/pixel.gif?order_id={n}&sub1={}", "x".repeat(7_000));
        assert_eq!(ask(&mut early, &path), Some(200), "request {n}");
    }
    assert!(child.try_wait().unwrap().is_none(), "it is alive");
    drop(crowd);
    eventually("there is room for others", || (ask(&mut connect(), "/readyz") == Some(200)).then_some(()));
    Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(child.wait().unwrap().success());
    let kept = super::program::column_in(dir.path(), "select cast(count(*) as text) from rejected");
    assert_eq!(kept, [Some("600".to_owned())]);
}
