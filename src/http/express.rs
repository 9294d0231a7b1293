//! The express lane: links followed on a connection are answered here, without hyper.
//!
//! A redirect is most of what a node does, and a general server takes twice its time. What is read here is a request that is
//! nothing but a click: `GET` of a link in memory by HTTP/1.1, with one host, no body, and no wish about the connection. At the
//! first request that is anything else, the connection goes over to hyper with every byte of it unread, and stays there. So this
//! lane refuses nothing and decides nothing about what it does not know: two readers never have an opinion of the same request.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::mem::MaybeUninit;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::Method;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::time::{Instant, sleep};

use crate::domain::time::Time;
use crate::error::Result;
use crate::http::dispatch::{URI_BYTES_MAX, is_common_host};
use crate::http::edge::Edge;
use crate::http::edge::asked::Fields;
use crate::http::edge::link::{Onward, WITH_REDIRECT};
use crate::http::patience::Patient;
use crate::http::route::{Route, route};
use crate::http::server::HEADER_BYTES_MAX;
use crate::http::stop::Stop;

/// The most headers of a request that is read here; browsers send about twenty.
const HEADERS_MAX: usize = 48;
/// What is said when a click meets a defect of ours.
const DEFECT: &[u8] = b"HTTP/1.1 500 Internal Server Error\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

thread_local! {
    /// What is read lies here only while it is looked at, so that an idle connection holds no buffer.
    static BUFFER: RefCell<Box<[u8]>> = RefCell::new(vec![0; HEADER_BYTES_MAX].into());
    /// The second whose `date` line was written last, and that line.
    static DATE: RefCell<(i64, String)> = const { RefCell::new((i64::MIN, String::new())) };
}

/// What a look at the connection found.
enum Found<R> {
    /// A click; its answer waits in the buffer for what it has to wait for.
    Click(R),
    /// Something for hyper.
    Other,
    /// A click that met a defect.
    Defect,
    /// The client is gone, silent, or too slow.
    Closed,
}

/// Answers clicks until something else comes. The connection then, or none when it is to be closed.
///
/// A client has `idle` for each head, from when it may be sent; the stop closes the connection between two requests.
pub async fn serve<S>(edge: &Edge, mut stream: Patient<S>, idle: Duration, stop: &mut Stop) -> Option<Patient<S>>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut alarm = pin!(sleep(idle));
    let mut answer = Vec::new();
    loop {
        let deadline = Instant::now() + idle;
        let look = |context: &mut Context<'_>| {
            let found = poll_request(edge, &mut stream, &mut answer, context);
            // Set back only when it rings, not with every request.
            while found.is_pending() && alarm.as_mut().poll(context).is_ready() {
                if deadline <= Instant::now() {
                    return Poll::Ready(Found::Closed);
                }
                alarm.as_mut().reset(deadline);
            }
            if found.is_pending() && stop.poll(context) { Poll::Ready(Found::Closed) } else { found }
        };
        match poll_fn(look).await {
            // An unrecorded click is counted there; the visitor is not to suffer for it.
            Found::Click(recorded) => drop(recorded.await),
            Found::Other => return Some(stream),
            Found::Defect => {
                edge.app.metrics.panics.inc();
                let _ = stream.write_all(DEFECT).await;
                return None;
            }
            Found::Closed => return None,
        }
        stream.write_all(&answer).await.ok()?;
    }
}

/// Reads on until it is clear what the request is. What was read and not used is put back.
fn poll_request<'a, S>(
    edge: &'a Edge, stream: &mut Patient<S>, answer: &mut Vec<u8>, context: &mut Context<'_>,
) -> Poll<Found<impl Future<Output = Result<()>> + Send + use<'a, S>>>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    BUFFER.with_borrow_mut(|buffer| {
        let mut filled = 0;
        loop {
            let mut room = ReadBuf::new(&mut buffer[filled..]);
            let read = Pin::new(&mut *stream).poll_read(context, &mut room);
            let more = room.filled().len();
            filled += more;
            match read {
                Poll::Ready(Ok(())) if more > 0 => {}
                Poll::Ready(_) => return Poll::Ready(Found::Closed),
                Poll::Pending => {
                    stream.put_back(&buffer[..filled]);
                    return Poll::Pending;
                }
            }
            let click = |slug: &str, query: &str, fields: Fields<'_>| {
                let (onward, recorded) = edge.express(slug, query, fields)?;
                write(answer, &onward, edge.clock.now());
                Some(recorded)
            };
            let (found, used) = match catch_unwind(AssertUnwindSafe(|| read_click(&buffer[..filled], click))) {
                Ok(Read::Click(recorded, used)) => (Found::Click(recorded), used),
                Ok(Read::Partial) if filled < buffer.len() => continue,
                Ok(Read::Partial | Read::Other) => (Found::Other, 0),
                Err(_) => (Found::Defect, 0),
            };
            stream.put_back(&buffer[used..filled]);
            return Poll::Ready(found);
        }
    })
}

/// What bytes turn out to be.
pub enum Read<T> {
    /// The beginning of a request.
    Partial,
    /// A click, made to what is wanted of it, and the length of its head.
    Click(T, usize),
    /// No click, or one that `click` does not take.
    Other,
}

/// Reads the head of a request. What is taken as a click, hyper would have read as the same one; all else is left to it.
pub fn read_click<T>(bytes: &[u8], click: impl FnOnce(&str, &str, Fields<'_>) -> Option<T>) -> Read<T> {
    let mut fields = [const { MaybeUninit::uninit() }; HEADERS_MAX];
    let mut request = httparse::Request::new(&mut []);
    let length = match request.parse_with_uninit_headers(bytes, &mut fields) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) => return Read::Partial,
        Err(_) => return Read::Other,
    };
    let target = request.path.filter(|target| target.len() <= URI_BYTES_MAX && target.bytes().all(is_common));
    let (Some("GET"), Some(1), Some(target), true) = (request.method, request.version, target, are_plain(request.headers))
    else {
        return Read::Other;
    };
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let Route::Link { slug } = route(&Method::GET, path) else { return Read::Other };
    click(slug, query, Fields::Raw(request.headers)).map_or(Read::Other, |made| Read::Click(made, length))
}

/// Bytes of a target that mean the same to every reader.
fn is_common(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"/?=&-._~%+:,;@!$*'()".contains(&byte)
}

/// One host, and nothing that would make the request or its connection more than a click.
fn are_plain(fields: &[httparse::Header<'_>]) -> bool {
    let mut hosts = 0;
    let plain = fields.iter().all(|field| {
        let is = |known: &str| field.name.eq_ignore_ascii_case(known);
        match field.name.len() {
            4 if is("host") => {
                hosts += 1;
                is_common_host(field.value)
            }
            6 => !is("expect"),
            7 => !is("upgrade"),
            10 if is("connection") => field.value.eq_ignore_ascii_case(b"keep-alive"),
            14 => !is("content-length"),
            17 => !is("transfer-encoding"),
            _ => true,
        }
    });
    plain && hosts == 1
}

/// Writes the answer to a click in the place of what `answer` held.
fn write(answer: &mut Vec<u8>, onward: &Onward, now: Time) {
    answer.clear();
    answer.extend_from_slice(b"HTTP/1.1 302 Found\r\n");
    line(answer, "location", &onward.location);
    if let Some(cookie) = &onward.cookie {
        line(answer, "set-cookie", cookie);
    }
    for (name, value) in WITH_REDIRECT {
        line(answer, name, value);
    }
    DATE.with_borrow_mut(|(second, text)| {
        let this = now.as_millis().div_euclid(1000);
        if *second != this {
            (*second, *text) = (this, now.http_date());
        }
        line(answer, "date", text);
    });
    answer.extend_from_slice(b"\r\n");
}

/// Writes a line of a head; not one with a byte that could end it early.
fn line(head: &mut Vec<u8>, name: &str, value: &str) {
    if value.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()) {
        for part in [name, ": ", value, "\r\n"] {
            head.extend_from_slice(part.as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(bytes: &[u8]) -> Read<(String, String)> {
        read_click(bytes, |slug, query, _| Some((slug.to_owned(), query.to_owned())))
    }

    #[test]
    fn only_a_plain_click_is_taken() {
        let whole = "GET /summer?a=b HTTP/1.1\r\nHost: go.example\r\nUser-Agent: x\r\nConnection: keep-alive\r\n\r\n";
        let more = format!("{whole}GET");
        let Read::Click((slug, query), used) = read(more.as_bytes()) else { panic!("it is a click") };
        assert_eq!((slug.as_str(), query.as_str(), used), ("summer", "a=b", whole.len()));
        for length in 0..whole.len() {
            assert!(matches!(read(&whole.as_bytes()[..length]), Read::Partial), "{length} bytes");
        }
        for (was, is) in [
            ("GET", "HEAD"),
            ("GET", "POST"),
            ("HTTP/1.1", "HTTP/1.0"),
            ("/summer?a=b", "/pixel.gif"),
            ("/summer?a=b", "/api/v1/links"),
            ("/summer?a=b", "/a/b"),
            ("/summer?a=b", "/"),
            ("/summer?a=b", "*"),
            ("/summer?a=b", "http://other.example/summer"),
            ("/summer?a=b", "/sum\"mer"),
            ("Host: go.example", "Host: go.example\r\nHost: go.example"),
            ("Host: go.example", "Host: sam@go.example"),
            ("Host: go.example", "Accept: */*"),
            ("User-Agent: x", "Content-Length: 0"),
            ("User-Agent: x", "Transfer-Encoding: chunked"),
            ("User-Agent: x", "Expect: 100-continue"),
            ("User-Agent: x", "Upgrade: h2c"),
            ("User-Agent: x", "User Agent: x"),
            ("keep-alive", "close"),
            ("keep-alive", "keep-alive, upgrade"),
        ] {
            let request = whole.replacen(was, is, 1);
            assert!(matches!(read(request.as_bytes()), Read::Other), "{request}");
        }
    }

    #[test]
    fn an_answer_has_a_line_a_header_whatever_is_in_it() {
        let mut answer = b"of before".to_vec();
        let (location, cookie) = ("https://shop.example/?a=b".to_owned(), Some("kudos_vid=x; Path=/".to_owned()));
        write(&mut answer, &Onward { location, cookie }, Time::EPOCH);
        let expected = "HTTP/1.1 302 Found\r\nlocation: https://shop.example/?a=b\r\nset-cookie: kudos_vid=x; Path=/\r\n\
            content-length: 0\r\ncache-control: no-store\r\nx-robots-tag: noindex\r\ndate: Thu, 01 Jan 1970 00:00:00 GMT\r\n\r\n";
        assert_eq!(String::from_utf8_lossy(&answer), expected);
        write(&mut answer, &Onward { location: "https://a/\r\nset-cookie: x".into(), cookie: None }, Time::EPOCH);
        assert!(!String::from_utf8_lossy(&answer).contains("cookie"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes: Vec<u8>, cut in 0_usize..100) {
            let _ = read(&bytes);
            let mut request = b"GET /summer HTTP/1.1\r\nHost: a\r\n\r\n".to_vec();
            let at = cut.min(request.len());
            request.splice(at..at, bytes);
            let _ = read(&request);
        }
    }
}
