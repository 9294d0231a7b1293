//! What visitors and websites ask for. Answers from memory and the journal; never waits for the database.

pub mod cookie;
pub mod link;
pub mod ops;
pub mod report;
pub mod visitor;

use std::net::IpAddr;

use bytes::Bytes;
use hyper::StatusCode;
use hyper::header::{CACHE_CONTROL, HeaderValue};

use crate::clock::Clock;
use crate::http::app::Shared;
use crate::http::reply::{self, Reply};
use crate::journal::Lane;

/// A transparent GIF of one pixel.
const GIF: &[u8; 43] = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;";

/// What one connection's requests are answered with.
#[derive(Clone)]
pub struct Edge {
    /// What every handler can reach.
    pub app: Shared,
    /// This thread's way into the journal.
    pub lane: Lane,
    /// The time; a connection of the demo lives in the past.
    pub clock: Clock,
    /// Who is on the other end of the socket.
    pub peer: IpAddr,
}

/// What a request looked like, without its body.
pub type Parts = hyper::http::request::Parts;

/// The pixel's answer, always the same.
fn gif(status: StatusCode) -> Reply {
    no_store(reply::with_body(status, "image/gif", Bytes::from_static(GIF)))
}

fn no_store(mut reply: Reply) -> Reply {
    reply.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    reply
}
