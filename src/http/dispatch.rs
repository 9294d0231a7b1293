//! One request: checked, routed, answered; a handler that panics costs its own request only.

use std::future::Future;
use std::net::Ipv6Addr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Body as _, Incoming};
use hyper::header::{ACCEPT, ALLOW, CACHE_CONTROL, CONNECTION, HOST, HeaderMap, HeaderValue, LOCATION};
use hyper::http::uri::Authority;
use hyper::{Method, Request, StatusCode};
use prometheus_client::metrics::counter::Counter;
use tokio::runtime::Handle;

use crate::error::{Code, Error, Result};
use crate::http::api;
use crate::http::edge::asked::Fields;
use crate::http::edge::visitor::client_key;
use crate::http::edge::{Edge, Parts, link};
use crate::http::pages;
use crate::http::reply::{self, Reply};
use crate::http::route::{Route, route};

/// The longest path and query, in bytes.
pub const URI_BYTES_MAX: usize = 8 << 10;
/// The largest body of a postback or beacon, and of an API request without a key that is in use, in bytes.
const EDGE_BODY_BYTES_MAX: usize = 64 << 10;
/// The largest body of an API request, in bytes: a thousand links with long destinations.
const API_BODY_BYTES_MAX: usize = 4 << 20;

/// The largest form that holds a file, in bytes: 1 MB, of which many a byte is written as three.
const FILE_BODY_BYTES_MAX: usize = 3 << 20;
/// Of a body that is too large so much more is read and forgotten before its sender is told.
const FORGOTTEN_BYTES_MAX: usize = 8 << 20;

/// Limits of a request that operators set.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How long a body may take to arrive.
    pub body: Duration,
}

/// What the requests of one connection share.
pub struct Connection {
    /// Answers visitors and websites.
    pub edge: Edge,
    /// Where API requests run.
    pub control: Handle,
    /// Limits of a request.
    pub limits: Limits,
}

/// Answers one request.
pub async fn answer(connection: Arc<Connection>, request: Request<Incoming>) -> Reply {
    guarded(&connection.edge.app.metrics.panics, checked(&connection, request)).await
}

/// A panic in `work` is counted and answered with 500; the connection and the thread go on.
async fn guarded(panics: &Counter, work: impl Future<Output = Reply>) -> Reply {
    AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(|_| {
        panics.inc();
        reply::problem(&Error::new(Code::Internal, "this request met a defect; it is in the log"))
    })
}

async fn checked(connection: &Connection, request: Request<Incoming>) -> Reply {
    let edge = &connection.edge;
    let (parts, body) = request.into_parts();
    if parts.uri.path_and_query().is_some_and(|target| target.as_str().len() > URI_BYTES_MAX) {
        return closing(reply::with_body(StatusCode::URI_TOO_LONG, "text/plain", format!("at most {URI_BYTES_MAX} bytes\n")));
    }
    if let Err(error) = check_host(&parts.headers) {
        return closing(reply::problem(&error));
    }
    let route = route(&parts.method, parts.uri.path());
    let for_operators = matches!(route, Route::Livez | Route::Readyz | Route::Metrics | Route::Robots);
    if !for_operators && !edge.app.role.answers() {
        return link::not_found();
    }
    match route {
        Route::Link { slug } => {
            let answer = edge.follow(&parts, slug);
            drop(parts);
            answer.await
        }
        Route::Pixel => edge.pixel(&parts).await,
        Route::View => edge.view(&parts).await,
        Route::Livez => edge.livez(),
        Route::Readyz => edge.readyz(),
        Route::Metrics => edge.metrics(),
        Route::Robots => edge.robots(),
        Route::Icon => pages::icon(),
        // Boxed: requests with a body are rare, and would make the future of every redirect three times as large.
        Route::Postback | Route::Collect | Route::Api { .. } | Route::Page => {
            Box::pin(with_body(connection, parts, body)).await
        }
        Route::WrongMethod { allow } => {
            let mut reply = reply::problem(&Error::new(Code::MethodNotAllowed, format!("this path answers {allow}")));
            reply.headers_mut().insert(ALLOW, HeaderValue::from_static(allow));
            reply
        }
        Route::Nothing if wants_pages(&parts) => to_pages(),
        Route::Nothing => link::not_found(),
    }
}

/// Whether somebody looks at the address of the server with a browser: the pages are what is there for people.
fn wants_pages(parts: &Parts) -> bool {
    let reads = matches!(parts.method, Method::GET | Method::HEAD);
    let accepts = parts.headers.get(ACCEPT).and_then(|kinds| kinds.to_str().ok());
    reads && parts.uri.path() == "/" && accepts.is_some_and(|kinds| kinds.contains("text/html"))
}

/// To where everybody comes in; whoever is signed in is sent on.
fn to_pages() -> Reply {
    let mut reply = reply::empty(StatusCode::SEE_OTHER);
    reply.headers_mut().insert(LOCATION, HeaderValue::from_static("/login"));
    reply.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    reply
}

async fn with_body(connection: &Connection, parts: Parts, body: Incoming) -> Reply {
    let edge = &connection.edge;
    let route = route(&parts.method, parts.uri.path());
    // Memory is for those who show a key: the API looks at it again, and at what it may do.
    let known = || api::bearer(&parts.headers).is_some_and(|secret| edge.app.key(secret).is_some());
    let file = matches!(route, Route::Page) && pages::takes_file(&parts.method, parts.uri.path());
    let known_page = file && {
        let asks = pages::is_signed_in(edge.app.clone(), edge.clock.now(), page_request(edge, &parts, Bytes::new()));
        connection.control.spawn(asks).await.unwrap_or(false)
    };
    let most = if known_page {
        FILE_BODY_BYTES_MAX
    } else if matches!(route, Route::Api { .. }) && known() {
        API_BODY_BYTES_MAX
    } else {
        EDGE_BODY_BYTES_MAX
    };
    match (route, read(body, most, connection.limits.body).await) {
        (Route::Postback, Ok(body)) => edge.postback(&parts, body).await,
        (Route::Collect, Ok(body)) => edge.collect(&parts, body).await,
        (Route::Api { path }, Ok(body)) => {
            let work = api::handle(edge.app.clone(), edge.clock.now(), api_request(&parts, path, body));
            on_control(connection, work).await
        }
        (Route::Page, Ok(body)) => {
            let work = pages::handle(edge.app.clone(), edge.clock.now(), page_request(edge, &parts, body));
            on_control(connection, work).await
        }
        (_, Ok(_)) => link::not_found(),
        (_, Err(error)) => closing(reply::problem(&error)),
    }
}

fn api_request(parts: &Parts, path: &str, body: Bytes) -> api::Request {
    api::Request {
        method: parts.method.clone(),
        path: path.to_owned(),
        query: parts.uri.query().map(str::to_owned),
        headers: parts.headers.clone(),
        body,
    }
}

fn page_request(edge: &Edge, parts: &Parts, body: Bytes) -> pages::Request {
    pages::Request {
        method: parts.method.clone(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().map(str::to_owned),
        headers: parts.headers.clone(),
        body,
        client: client_key(edge.proxies().client(edge.peer, Fields::Map(&parts.headers))),
    }
}

/// Runs what asks the store to its end on the control runtime, even when its caller hangs up.
async fn on_control(connection: &Connection, work: impl Future<Output = Reply> + Send + 'static) -> Reply {
    match connection.control.spawn(work).await {
        Ok(reply) => reply,
        Err(failed) => match failed.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => reply::problem(&Error::new(Code::Unavailable, "the server is stopping")),
        },
    }
}

/// RFC 9112, 3.2: exactly one Host header, and one that can be a host.
fn check_host(headers: &HeaderMap) -> Result<()> {
    let mut hosts = headers.get_all(HOST).into_iter();
    let sentence = match (hosts.next(), hosts.next()) {
        (None, _) => "the Host header is missing",
        (Some(_), Some(_)) => "there is more than one Host header",
        (Some(host), None) if is_host(host) => return Ok(()),
        (Some(_), None) => "the Host header is not a host name or address, with or without a port",
    };
    Err(Error::new(Code::Malformed, sentence))
}

fn is_host(value: &HeaderValue) -> bool {
    is_common_host(value.as_bytes()) || is_any_host(value)
}

/// A name or IPv4 address, with or without a port: nearly every request, told without an allocation.
pub fn is_common_host(host: &[u8]) -> bool {
    let end = host.iter().position(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.'))).unwrap_or(host.len());
    let port_fits = match &host[end..] {
        [] => true,
        [b':', port @ ..] => std::str::from_utf8(port).is_ok_and(|port| !port.starts_with('+') && port.parse::<u16>().is_ok()),
        _ => false,
    };
    port_fits && is_name(&host[..end])
}

/// Whether each label of a name begins with a letter or digit; a dot at the end is the root's.
fn is_name(name: &[u8]) -> bool {
    let name = name.strip_suffix(b".").unwrap_or(name);
    name.split(|&b| b == b'.').all(|label| label.first().is_some_and(u8::is_ascii_alphanumeric))
}

fn is_any_host(value: &HeaderValue) -> bool {
    let plain = |b: &u8| b.is_ascii_alphanumeric() || b"-._:[]".contains(b);
    let Ok(authority) = Authority::try_from(value.as_bytes()) else { return false };
    let port = authority.as_str().strip_prefix(authority.host()).unwrap_or(":");
    let port_fits = port.is_empty() || port.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok());
    let host = authority.host();
    let host_fits = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => is_name(host.as_bytes()),
    };
    host_fits && authority.as_str().bytes().all(|b| plain(&b)) && port_fits
}

/// The whole body, if it is small enough and arrives in time.
async fn read(mut body: Incoming, most: usize, patience: Duration) -> Result<Bytes> {
    let too_large = || Error::new(Code::TooLarge, format!("the body is larger than {most} bytes"));
    let announced = body.size_hint().lower();
    if announced > (most + FORGOTTEN_BYTES_MAX) as u64 {
        return Err(too_large());
    }
    let room = if announced > most as u64 { 0 } else { most };
    let collected = Limited::new(&mut body, room).collect();
    match tokio::time::timeout(patience, collected).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(why)) if why.is::<LengthLimitError>() => {
            let _ = tokio::time::timeout(patience, forget(body)).await;
            Err(too_large())
        }
        Ok(Err(why)) => Err(Error::new(Code::Malformed, "the body could not be read").because(why)),
        Err(_) => Err(Error::new(Code::Timeout, format!("the body did not arrive within {} seconds", patience.as_secs()))),
    }
}

/// Reads on without keeping anything: who is cut off while writing never reads why.
async fn forget(mut body: Incoming) {
    let mut left = FORGOTTEN_BYTES_MAX;
    while let Some(Ok(frame)) = body.frame().await
        && let Some(rest) = left.checked_sub(frame.data_ref().map_or(0, Bytes::len))
    {
        left = rest;
    }
}

/// The same answer, after which the connection is closed: what follows on it cannot be trusted.
fn closing(mut reply: Reply) -> Reply {
    reply.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    reply
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_costs_its_own_request_only() {
        let panics = Counter::default();
        let broken = guarded(&panics, async { panic!("a defect, on purpose") }).await;
        assert_eq!((broken.status(), panics.get()), (StatusCode::INTERNAL_SERVER_ERROR, 1));
        // As an API request does it: the panic of a task on another runtime is carried on here.
        let task = tokio::spawn(async { panic!("a defect, on purpose") });
        let broken = guarded(&panics, async { std::panic::resume_unwind(task.await.unwrap_err().into_panic()) }).await;
        assert_eq!((broken.status(), panics.get()), (StatusCode::INTERNAL_SERVER_ERROR, 2));
        let sound = guarded(&panics, async { reply::empty(StatusCode::NO_CONTENT) }).await;
        assert_eq!((sound.status(), panics.get()), (StatusCode::NO_CONTENT, 2));
    }
}
