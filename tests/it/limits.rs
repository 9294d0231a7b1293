//! What the server refuses, and how long it waits. Raw sockets: no client library would send these.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use super::crash::process::{Home, Kind};
use super::server::{Server, eventually};

fn connect(server: &Server) -> TcpStream {
    let stream = TcpStream::connect(server.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream
}

/// Sends bytes and reads until the server closes; the whole answer.
fn exchange(server: &Server, request: &[u8]) -> String {
    let mut stream = connect(server);
    stream.write_all(request).unwrap();
    let mut answer = Vec::new();
    // A server that refuses may reset the connection after its answer.
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).unwrap_or_else(|| panic!("no answer: {answer:?}")).parse().unwrap()
}

#[test]
fn bad_requests_are_refused_with_their_status() {
    let server = Server::start();
    let long_path = format!("GET /{} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "x".repeat(8 << 10));
    let long_header = format!("GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX: {}\r\n\r\n", "x".repeat(17 << 10));
    let path_that_fits = format!("GET /{} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "x".repeat((8 << 10) - 1));
    let header_that_fits =
        format!("GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX: {}\r\n\r\n", "x".repeat(15 << 10));
    let long_api_body = format!("POST /api/v1/links/bulk HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{{}}", (4 << 20) + 1);
    let long_body = format!("POST /collect HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{{}}", 65 << 10);
    for (request, expected) in [
        ("GET /livez HTTP/1.1\r\nHost: go.example\r\nConnection: close\r\n\r\n", 200),
        ("GET /livez HTTP/1.1\r\nHost: go.example:8080\r\nConnection: close\r\n\r\n", 200),
        ("GET /livez HTTP/1.1\r\nHost: [::1]:8080\r\nConnection: close\r\n\r\n", 200),
        ("GET /livez HTTP/1.1\r\nConnection: close\r\n\r\n", 400),
        ("GET /livez HTTP/1.0\r\n\r\n", 400),
        ("GET /livez HTTP/1.1\r\nHost: a\r\nHost: a\r\nConnection: close\r\n\r\n", 400),
        ("GET /livez HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n", 400),
        ("GET /livez HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n", 400),
        ("GET /livez HTTP/1.1\r\nHost: sam@a\r\nConnection: close\r\n\r\n", 400),
        ("GET /livez HTTP/1.1\r\nHost: a/b\r\nConnection: close\r\n\r\n", 400),
        ("GET /livez HTTP/1.1\r\nHost: a:port\r\nConnection: close\r\n\r\n", 400),
        ("GET /livez HTTP/1.1\r\nHost: a\"<>\r\nConnection: close\r\n\r\n", 400),
        ("nonsense\r\n\r\n", 400),
        ("POST /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 405),
        (&path_that_fits, 404),
        (&header_that_fits, 200),
        (&long_api_body, 413),
        (&long_path, 414),
        (&long_header, 431),
        (&long_body, 413),
    ] {
        let answer = exchange(&server, request.as_bytes());
        assert_eq!(status(&answer), expected, "{:?}", &request[..request.len().min(80)]);
    }
}

#[test]
fn silent_and_slow_connections_are_closed() {
    let server = Server::with_settings(&[("idle_seconds", "1"), ("body_seconds", "1")]);
    for (sent, expected) in [
        ("", None),
        ("GET /livez HT", None),
        ("GET /livez HTTP/1.1\r\nHost: a\r\nX: y", None),
        // Answered, then idle.
        ("GET /livez HTTP/1.1\r\nHost: a\r\n\r\n", Some(200)),
        ("POST /collect HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n{", Some(408)),
    ] {
        // Reads to the end: returns only because the server closes.
        let answer = exchange(&server, sent.as_bytes());
        match expected {
            Some(expected) => assert_eq!(status(&answer), expected, "{sent:?}"),
            None => assert!(answer.is_empty() || status(&answer) == 408, "{sent:?}: {answer:?}"),
        }
    }
}

#[test]
fn connections_beyond_the_cap_wait_for_room() {
    let server = Server::with_settings(&[("connections_max", "2"), ("threads", "1")]);
    let request = b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n";
    let ask = |stream: &mut TcpStream| {
        stream.write_all(request).unwrap();
        let mut answer = [0; 512];
        stream.read(&mut answer).map(|n| n > 0)
    };
    let (mut one, mut two, mut three) = (connect(&server), connect(&server), connect(&server));
    assert!(ask(&mut one).unwrap() && ask(&mut two).unwrap());
    three.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    assert!(ask(&mut three).is_err(), "there is no room yet");
    three.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    one.shutdown(Shutdown::Both).unwrap();
    assert!(three.read(&mut [0; 512]).unwrap() > 0, "there is room now");
}

#[test]
fn a_stop_finishes_what_was_accepted_and_answers_no_more() {
    let server = Server::start();
    let address = server.address;
    let mut idle = connect(&server);
    idle.write_all(b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    assert!(idle.read(&mut [0; 512]).unwrap() > 0);
    let mut busy = connect(&server);
    busy.write_all(b"POST /collect HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n").unwrap();
    let mut go_on = [0; 25];
    busy.read_exact(&mut go_on).unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n", "the request was accepted");
    let stopping = std::thread::spawn(move || server.stop());
    eventually("nobody listens any more", || TcpStream::connect(address).err());
    busy.write_all(b"{}").unwrap();
    let mut answer = String::new();
    busy.read_to_string(&mut answer).unwrap();
    assert_eq!(status(&answer), 204, "{answer}");
    stopping.join().unwrap();
}

#[test]
fn a_client_that_does_not_read_loses_its_connection() {
    let server = Server::with_settings(&[("idle_seconds", "1"), ("connections_max", "1"), ("threads", "1")]);
    let mut deaf = connect(&server);
    deaf.set_nonblocking(true).unwrap();
    let request = b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n";
    // Asks until the answers that nobody reads have filled every buffer, and then its questions too.
    eventually("the server stops reading", || deaf.write(request).err());
    // There is room for one connection: this one is served only because the other was closed.
    assert_eq!(status(&exchange(&server, b"GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")), 200);
}

#[test]
fn without_file_descriptors_accepting_rests_and_goes_on() {
    let home = Home::new(Kind::Binary);
    let process = home.start();
    let address = home.address.lock().unwrap().unwrap();
    // None is free: not even for the connection that is there when the limit falls.
    process.limit_files(3);
    let mut waiting = TcpStream::connect(address).unwrap();
    waiting.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    waiting.write_all(b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    let rests = || home.log().matches("connections cannot be accepted; resting").count();
    eventually("it tries, and rests", || (rests() >= 2).then_some(()));
    process.limit_files(1_024);
    let mut answer = [0; 512];
    let length = waiting.read(&mut answer).unwrap();
    assert_eq!(status(&String::from_utf8_lossy(&answer[..length])), 200, "the connection has waited");
    process.terminate();
    assert!(process.ended().success());
}
