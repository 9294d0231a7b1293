//! The express lane: what it answers is what hyper would have, and a connection passes from one to the other unnoticed.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use super::program::{link_with, totals};
use super::server::{BROWSER, Server, eventually};
use serde_json::json;

/// A connection, and what came on it that was not asked for yet.
struct Wire(TcpStream, Vec<u8>);

impl Wire {
    fn to(server: &Server) -> Wire {
        let stream = TcpStream::connect(server.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.set_nodelay(true).unwrap();
        Wire(stream, Vec::new())
    }

    fn send(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).unwrap();
    }

    /// The head of the next answer, and its body.
    fn answer(&mut self) -> (String, Vec<u8>) {
        let end = |bytes: &[u8]| bytes.windows(4).position(|window| window == b"\r\n\r\n").map(|at| at + 4);
        let head_end = self.read_until(end);
        let head = String::from_utf8(self.1[..head_end].to_vec()).unwrap();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |n| n.parse().unwrap());
        self.read_until(|bytes| (bytes.len() >= head_end + length).then_some(()));
        let body = self.1.drain(..head_end + length).skip(head_end).collect();
        (head, body)
    }

    fn read_until<T>(&mut self, found: impl Fn(&[u8]) -> Option<T>) -> T {
        loop {
            if let Some(found) = found(&self.1) {
                return found;
            }
            let mut bytes = [0; 4_096];
            let length = self.0.read(&mut bytes).unwrap();
            assert!(length > 0, "closed after {:?}", String::from_utf8_lossy(&self.1));
            self.1.extend_from_slice(&bytes[..length]);
        }
    }
}

fn get(path: &str, more: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: go.example\r\nUser-Agent: {BROWSER}\r\n{more}\r\n")
}

/// The lines of a head in their order, without what is another each time.
fn lines(head: &str) -> Vec<String> {
    let mut lines: Vec<String> = head.lines().filter(|line| !line.starts_with("date:")).map(str::to_owned).collect();
    for line in &mut lines {
        for id in ["tp_", "vs_"] {
            while let Some(at) = line.find(id) {
                line.replace_range(at..at + id.len() + 26, "*");
            }
        }
    }
    lines.sort();
    lines
}

#[test]
fn both_readers_give_the_same_answer() {
    let server = Server::start();
    let partner = server.partner("Acme");
    link_with(&server, &partner, json!({ "slug": "plain", "utm": { "source": "news" } }));
    link_with(&server, &partner, json!({ "slug": "macro", "destination": "https://shop.example/{sub1}?c={click_id}#end" }));
    for (path, headers) in [
        ("/plain", ""),
        ("/PLAIN/", ""),
        ("/plain?a=b&utm_source=mail&x=%22+y", "Referer: https://blog.example/\r\n"),
        ("/macro?sub1=a%20b", "Sec-Fetch-Dest: document\r\nAccept: text/html\r\n"),
        ("/plain", "Sec-GPC: 1\r\n"),
        ("/plain", "SEC-FETCH-DEST: image\r\n"),
        ("/plain", "Cookie: other=1; kudos_vid=vs_01k9zzzzzzzzzzzzzzzzzzzzzz\r\n"),
    ] {
        let mut express = Wire::to(&server);
        express.send(&get(path, headers));
        let mut general = Wire::to(&server);
        // A header that only hyper reads.
        general.send(&get(path, &format!("{headers}Content-Length: 0\r\n")));
        let (express, general) = (express.answer().0, general.answer().0);
        assert!(express.starts_with("HTTP/1.1 302 Found\r\n") && express.contains("\r\ndate: "), "{express}");
        assert_eq!(lines(&express), lines(&general), "{path} {headers:?}");
    }
    eventually("every click is counted", || (totals(&server)["clicks_all"] == 14).then_some(()));
}

#[test]
fn a_connection_passes_from_one_reader_to_the_other() {
    let server = Server::start();
    let slug = server.link(&server.partner("Acme"));
    let mut wire = Wire::to(&server);
    let click = get(&format!("/{slug}"), "");
    // Byte by byte, then two at once, then one with the next behind it, then something else on the same connection.
    for byte in click.chars() {
        wire.send(&byte.to_string());
    }
    assert!(wire.answer().0.starts_with("HTTP/1.1 302"));
    wire.send(&format!("{click}{click}"));
    assert!(wire.answer().0.starts_with("HTTP/1.1 302"));
    assert!(wire.answer().0.starts_with("HTTP/1.1 302"));
    let (before, after) = click.split_at(click.len() / 2);
    wire.send(&format!("{click}{before}"));
    assert!(wire.answer().0.starts_with("HTTP/1.1 302"));
    wire.send(&format!("{after}{}{click}", get("/livez", "")));
    assert!(wire.answer().0.starts_with("HTTP/1.1 302"));
    let (head, body) = wire.answer();
    assert!(head.starts_with("HTTP/1.1 200") && body == b"ok\n", "{head}");
    assert!(wire.answer().0.starts_with("HTTP/1.1 302"));
    wire.send(&get("/nowhere", ""));
    assert!(wire.answer().0.starts_with("HTTP/1.1 404"));
    wire.send(&get("/pixel.gif", ""));
    let (head, body) = wire.answer();
    assert!(head.starts_with("HTTP/1.1 200") && body.len() == 43, "{head}");
    eventually("every click is counted", || (totals(&server)["clicks_all"] == 6).then_some(()));
}

#[test]
fn what_is_no_plain_click_is_answered_as_ever() {
    let server = Server::start();
    let slug = server.link(&server.partner("Acme"));
    let path = format!("/{slug}");
    for (request, status) in [
        (get(&path, "Host: go.example\r\n"), 400),
        (get(&path, "Purpose: prefetch\r\n"), 503),
        (get(&path, "X: \u{1}\r\n"), 400),
        (get(&path, &format!("X: {}\r\n", "x".repeat(17 << 10))), 431),
        (get(&path, &"X: y\r\n".repeat(60)), 302),
        (get(&format!("{path}?{}", "x".repeat(8 << 10)), ""), 414),
        (get(&path, "Connection: close\r\n"), 302),
        (get(&path, "").replace("HTTP/1.1", "HTTP/1.0"), 302),
        (get(&path, "").replace("GET", "HEAD"), 302),
        (get(&path, "").replace("GET", "POST"), 405),
    ] {
        let mut wire = Wire::to(&server);
        wire.send(&request);
        let head = wire.answer().0;
        assert_eq!(head.split(' ').nth(1), Some(status.to_string().as_str()), "{head}\n{}", &request[..100.min(request.len())]);
    }
}

#[test]
fn a_stop_closes_connections_between_two_clicks() {
    let server = Server::start();
    let slug = server.link(&server.partner("Acme"));
    let mut wire = Wire::to(&server);
    wire.send(&get(&format!("/{slug}"), ""));
    assert!(wire.answer().0.starts_with("HTTP/1.1 302"));
    server.stop();
    assert_eq!(wire.0.read(&mut [0; 16]).unwrap(), 0);
}
