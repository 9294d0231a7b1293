//! What a request tells of who sent it, found in one walk over its headers: to look ten names up costs more than to pass a
//! browser's headers once.

use std::borrow::Cow;
use std::net::IpAddr;

use hyper::HeaderMap;
use uuid::Uuid;

use crate::domain::hiding;
use crate::domain::hit::{Body, Hit};
use crate::domain::id::VisitorId;
use crate::domain::time::Time;
use crate::domain::verdict::Verdict;
use crate::http::edge::Edge;
use crate::http::edge::visitor::client_key;

/// The most of a user agent or referrer that is kept, in bytes.
const TEXT_BYTES_MAX: usize = 1_024;

/// The headers of a request, as either reader has them.
#[derive(Clone, Copy)]
pub enum Fields<'a> {
    /// Of hyper.
    Map(&'a HeaderMap),
    /// Of the express lane: as they stand in its buffer.
    Raw(&'a [httparse::Header<'a>]),
}

impl<'a> Fields<'a> {
    /// Shows every name, in small or capital letters, and value.
    fn each(self, mut show: impl FnMut(&'a str, &'a [u8])) {
        match self {
            Fields::Map(map) => map.iter().for_each(|(name, value)| show(name.as_str(), value.as_bytes())),
            Fields::Raw(fields) => fields.iter().for_each(|field| show(field.name, field.value)),
        }
    }

    /// The values of one name in their order, but for those that are not text.
    pub fn all(self, wanted: &str) -> Vec<&'a str> {
        let mut lines = Vec::new();
        self.each(|name, value| {
            if name.eq_ignore_ascii_case(wanted) {
                lines.extend(std::str::from_utf8(value).ok());
            }
        });
        lines
    }
}

/// Who asks, and how.
pub struct Asked<'a> {
    /// `Sec-GPC: 1`: do not track.
    pub opted_out: bool,
    /// It fetches ahead of any click.
    pub prefetch: bool,
    /// It is not a navigation but an image, frame, script or the like inside a page.
    pub embedded: bool,
    /// The visitor of our cookie; of one who opted out it is not read.
    pub visitor: Option<VisitorId>,
    user_agent: Option<&'a [u8]>,
    referrer: Option<&'a [u8]>,
    client: IpAddr,
    country: Option<String>,
}

impl Edge {
    /// Reads it from the headers.
    pub fn asked<'a>(&self, fields: Fields<'a>) -> Asked<'a> {
        let mut asked = Asked {
            opted_out: false,
            prefetch: false,
            embedded: false,
            visitor: None,
            user_agent: None,
            referrer: None,
            client: self.proxies().client(self.peer, fields),
            country: self.proxies().country(self.peer, fields),
        };
        fields.each(|name, said| {
            let is = |known: &str| name.eq_ignore_ascii_case(known);
            match name.len() {
                5 if is("x-moz") => asked.prefetch |= is_ahead(said),
                6 if is("cookie") => asked.visitor = asked.visitor.or_else(|| self.app.cookie.read(said)),
                7 if is("referer") => asked.referrer = asked.referrer.or(Some(said)),
                7 if is("sec-gpc") => asked.opted_out |= said == b"1",
                7 if is("purpose") => asked.prefetch |= is_ahead(said),
                9 if is("x-purpose") => asked.prefetch |= is_ahead(said),
                10 if is("user-agent") => asked.user_agent = asked.user_agent.or(Some(said)),
                11 if is("sec-purpose") => asked.prefetch |= is_ahead(said),
                14 if is("sec-fetch-dest") => asked.embedded |= said != b"document",
                _ => {}
            }
        });
        if asked.opted_out {
            asked.visitor = None;
        }
        asked
    }

    /// The raw hit of a request that arrived at `at`. `visitor` is `None` for a browser that is not to be recognised.
    pub fn hit<'a>(&self, id: Uuid, at: Time, asked: &Asked<'a>, visitor: Option<VisitorId>, body: Body<'a>) -> Hit<'a> {
        Hit {
            id,
            at,
            visitor,
            client: (!asked.opted_out).then(|| self.hash(asked.client)),
            country: asked.country.clone().map(Cow::Owned),
            user_agent: asked.user_agent.and_then(text).unwrap_or_default(),
            referrer: asked.referrer.and_then(text).map(without_addresses),
            mark: self.mark(asked, &body),
            body,
        }
    }

    fn hash(&self, client: IpAddr) -> [u8; 16] {
        let mut keyed = blake3::Hasher::new_keyed(&self.app.directory.salt());
        match client {
            IpAddr::V4(v4) => keyed.update(&v4.octets()),
            IpAddr::V6(v6) => keyed.update(&v6.octets()),
        };
        let mut hash = [0; 16];
        keyed.finalize_xof().fill(&mut hash);
        hash
    }

    fn mark(&self, asked: &Asked<'_>, body: &Body<'_>) -> Option<Verdict> {
        match body {
            Body::Click(_) if asked.prefetch => Some(Verdict::Prefetch),
            Body::Click(_) if asked.embedded => Some(Verdict::Embedded),
            Body::Click(_) | Body::View(_) if self.flood().is_flood(client_key(asked.client)) => Some(Verdict::Flood),
            _ => None,
        }
    }
}

/// Whether a purpose is to fetch ahead.
fn is_ahead(purpose: &[u8]) -> bool {
    let begins = |word: &str| purpose.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word.as_bytes()));
    ["prefetch", "preview", "prerender"].into_iter().any(begins)
}

/// The page a visitor came from may have their address in its URL.
fn without_addresses(page: Cow<'_, str>) -> Cow<'_, str> {
    if hiding::has_mark(&page) { hiding::addresses(&page).into_owned().into() } else { page }
}

/// A header as text, cut to what is kept; bytes that are not UTF-8 are replaced.
fn text(bytes: &[u8]) -> Option<Cow<'_, str>> {
    let cut = &bytes[..bytes.len().min(TEXT_BYTES_MAX)];
    // Asked first, as `from_utf8_lossy` has no fast way for ASCII.
    let text = std::str::from_utf8(cut).map_or_else(|_| String::from_utf8_lossy(cut), Cow::Borrowed);
    Some(text).filter(|text| !text.is_empty())
}
