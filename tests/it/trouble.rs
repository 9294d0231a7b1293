//! When the machine is short of something: the disk, file descriptors, time at the end.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use kudos::cli::node::Parts;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::program::{key, totals};
use crate::server::{ADMIN, BROWSER, Server, eventually};
use crate::sim_disk::SimDisk;

fn counter(server: &Server, name: &str) -> u64 {
    let metrics = server.get("/metrics").text();
    let line = metrics.lines().find(|line| line.starts_with(&format!("{name} "))).unwrap();
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

#[test]
fn a_full_disk_stops_no_visitor_and_promises_nothing() {
    let disk = SimDisk::new();
    let server = Server::with(&[], Parts { disk: disk.clone(), ..Parts::default() });
    let slug = format!("/{}", server.link(&server.partner("Ada")));
    let token = key(&server, "track");
    let sale = |order: &str| json!({ "order_id": order, "amount": 1, "currency": "EUR" });
    assert_eq!(server.get(&slug).status, 302);
    disk.set_room(Some(0));
    // What is preallocated is still used up: links with long queries fill it.
    let long = format!("{slug}?x={}", "y".repeat(7_000));
    let unrecorded = eventually("the disk is full", || {
        for _ in 0..50 {
            assert_eq!(server.get(&long).status, 302, "visitors go on");
        }
        Some(counter(&server, "kudos_hits_unrecorded_total")).filter(|count| *count > 0)
    });
    let ready = server.get("/readyz");
    assert_eq!((ready.status, server.get("/livez").status), (503, 200));
    let location = server.get(&slug);
    assert_eq!((location.status, location.header("location").is_some()), (302, true));
    for (what, answer) in [
        ("api", server.api("POST", "/conversions", sale("full"))),
        ("postback", server.get(&format!("/postback?order_id=full&token={token}"))),
        ("tag", server.send("POST", "/collect", &[], b"{\"order_id\":\"full\"}")),
        ("pixel", server.get("/pixel.gif?order_id=full")),
    ] {
        assert_eq!((answer.status, answer.header("retry-after").is_some()), (503, true), "{what}");
        assert!(what == "pixel" || answer.json()["code"] == "unavailable", "{what}");
    }
    assert!(counter(&server, "kudos_hits_unrecorded_total") >= unrecorded + 5);
    disk.set_room(None);
    eventually("there is room again", || (server.get("/readyz").status == 200).then_some(()));
    assert_eq!(server.api("POST", "/conversions", sale("after")).status, 202);
    server.attributed("after");
    assert_eq!(server.ok("GET", "/conversions?order_id=full", Value::Null)["data"], json!([]), "what was refused is not there");
    let (asked, lost) =
        (counter(&server, "kudos_hits_total{kind=\"click\"}"), counter(&server, "kudos_hits_unrecorded_total") - 4);
    eventually("every recorded click is counted", || (totals(&server)["clicks_all"] == asked - lost).then_some(()));
}

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
    let kept = crate::program::column_in(&dir.path().join("kudos-data"), "select cast(count(*) as text) from rejected");
    assert_eq!(kept, [Some("600".to_owned())]);
}
