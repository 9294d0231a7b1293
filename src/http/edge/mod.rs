//! What visitors and websites ask for. Answers from memory and the journal; waits for the database only where more links than
//! memory holds are in use, and then never on its own thread.

pub mod asked;
pub mod cookie;
pub mod link;
pub mod ops;
pub mod report;
pub mod visitor;

use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use hyper::StatusCode;
use hyper::header::{CACHE_CONTROL, HeaderValue, RETRY_AFTER};

use crate::clock::Clock;
use crate::http::app::Shared;
use crate::http::edge::visitor::Proxies;
use crate::http::flood::Flood;
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
    /// What holds in the place of the node's settings on a connection of our own making; none on the network.
    pub inside: Option<Arc<Inside>>,
}

/// What holds on a connection of our own making, which is not on the network: it stands for visitors of anywhere, and its
/// time is not the node's.
pub struct Inside {
    /// Whose word about the client is believed.
    pub proxies: Proxies,
    /// Who sends too much, by the connection's clock.
    pub flood: Flood,
}

impl Edge {
    pub(super) fn proxies(&self) -> &Proxies {
        self.inside.as_deref().map_or(&self.app.proxies, |inside| &inside.proxies)
    }

    fn flood(&self) -> &Flood {
        self.inside.as_deref().map_or(&self.app.flood, |inside| &inside.flood)
    }
}

/// What a request looked like, without its body.
pub type Parts = hyper::http::request::Parts;

/// The pixel's answer, always the same.
fn gif(status: StatusCode) -> Reply {
    no_store(reply::with_body(status, "image/gif", Bytes::from_static(GIF)))
}

fn again_later(mut reply: Reply) -> Reply {
    reply.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static(reply::RETRY_AFTER_SECONDS));
    reply
}

fn no_store(mut reply: Reply) -> Reply {
    reply.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    reply
}
