//! What a request tells about who sent it: address, country, wishes, purpose.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv6Addr};

use hyper::HeaderMap;
use hyper::header::{HeaderName, REFERER, USER_AGENT};
use ipnet::IpNet;
use uuid::Uuid;

use crate::config::Config;
use crate::domain::hit::{Body, Hit};
use crate::domain::id::VisitorId;
use crate::domain::time::Time;
use crate::domain::verdict::Verdict;
use crate::http::edge::Edge;
use crate::http::server::INTERNAL_PEER;

/// The most of a user agent or referrer that is kept, in bytes.
const TEXT_BYTES_MAX: usize = 1_024;
/// The header in which a connection of our own making puts the client address it stands for.
pub const INSIDE_CLIENT: &str = "x-forwarded-for";
/// The header in which it puts the country.
pub const INSIDE_COUNTRY: &str = "cf-ipcountry";

/// The proxies whose word is believed, and the headers they speak with.
#[derive(Clone, Debug)]
pub struct Proxies {
    trusted: Vec<IpNet>,
    client: Option<HeaderName>,
    country: Option<HeaderName>,
}

impl Proxies {
    /// As the settings say; header names were checked there.
    pub fn new(config: &Config) -> Self {
        let name = |name: &Option<String>| name.as_ref().and_then(|name| name.parse().ok());
        Proxies {
            trusted: config.trusted_proxies.clone(),
            client: name(&config.client_ip_header),
            country: name(&config.country_header),
        }
    }

    /// Those of a connection of our own making: it says who it stands for as Cloudflare would.
    pub fn inside() -> Self {
        Proxies {
            trusted: vec![IpNet::from(INTERNAL_PEER)],
            client: Some(HeaderName::from_static(INSIDE_CLIENT)),
            country: Some(HeaderName::from_static(INSIDE_COUNTRY)),
        }
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.trusted.iter().any(|net| net.contains(&address))
    }

    /// The client's address: the peer, or what trusted proxies say. The header is walked from the right, past every
    /// trusted hop; what stands further left could have been written by anybody.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let peer = peer.to_canonical();
        let Some(name) = self.client.as_ref().filter(|_| self.trusts(peer)) else { return peer };
        let lines: Vec<_> = headers.get_all(name).into_iter().filter_map(|line| line.to_str().ok()).collect();
        let mut client = peer;
        for hop in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
            let Some(address) = parse_hop(hop.trim()) else { break };
            client = address;
            if !self.trusts(address) {
                break;
            }
        }
        client
    }

    /// The visitor's country, in capitals, where a trusted proxy tells a plausible one.
    fn country(&self, peer: IpAddr, headers: &HeaderMap) -> Option<String> {
        let name = self.country.as_ref().filter(|_| self.trusts(peer.to_canonical()))?;
        let code = headers.get(name)?.to_str().ok()?.trim();
        // XX and T1 are what Cloudflare says for "unknown" and "Tor".
        let fits = code.len() == 2 && code.bytes().all(|b| b.is_ascii_alphabetic()) && !code.eq_ignore_ascii_case("XX");
        fits.then(|| code.to_ascii_uppercase())
    }
}

/// An address, with or without a port, as proxies write it.
fn parse_hop(hop: &str) -> Option<IpAddr> {
    let bare = hop.trim_start_matches('[').split(']').next().unwrap_or(hop);
    let address = bare.parse().ok().or_else(|| hop.parse::<std::net::SocketAddr>().ok().map(|socket| socket.ip()))?;
    Some(IpAddr::to_canonical(&address))
}

/// What counts as one client: an IPv4 address, or the /64 that one IPv6 customer usually has.
pub fn client_key(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => u128::from(v4.to_bits()),
        IpAddr::V6(v6) => Ipv6Addr::to_bits(v6) >> 64 << 64,
    }
}

/// What the browser says about a request, beside what it asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signals {
    /// `Sec-GPC: 1`: do not track.
    pub opted_out: bool,
    /// It fetches ahead of any click.
    pub prefetch: bool,
    /// It is not a navigation but an image, frame, script or the like inside a page.
    pub embedded: bool,
}

impl Signals {
    /// Reads them from the headers.
    pub fn read(headers: &HeaderMap) -> Self {
        let mut signals = Signals { opted_out: false, prefetch: false, embedded: false };
        // One walk: to look six names up costs more than to pass a browser's headers once.
        for (name, value) in headers {
            let said = value.as_bytes();
            match name.as_str() {
                "sec-gpc" => signals.opted_out |= said == b"1",
                "sec-fetch-dest" => signals.embedded |= said != b"document",
                "sec-purpose" | "purpose" | "x-moz" | "x-purpose" => signals.prefetch |= is_ahead(said),
                _ => {}
            }
        }
        signals
    }
}

/// Whether a purpose is to fetch ahead.
fn is_ahead(purpose: &[u8]) -> bool {
    let begins = |word: &str| purpose.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word.as_bytes()));
    ["prefetch", "preview", "prerender"].into_iter().any(begins)
}

impl Edge {
    /// The raw hit of a request that arrived at `at`. `visitor` is `None` for a browser that is not to be recognised.
    pub fn hit<'a>(
        &self, id: Uuid, at: Time, headers: &'a HeaderMap, signals: Signals, visitor: Option<VisitorId>, body: Body<'a>,
    ) -> Hit<'a> {
        let client = self.proxies().client(self.peer, headers);
        Hit {
            id,
            at,
            visitor,
            client: (!signals.opted_out).then(|| self.hash(client)),
            country: self.proxies().country(self.peer, headers).map(Cow::Owned),
            user_agent: text(headers, USER_AGENT).unwrap_or_default(),
            referrer: text(headers, REFERER),
            mark: self.mark(client, signals, &body),
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

    fn mark(&self, client: IpAddr, signals: Signals, body: &Body<'_>) -> Option<Verdict> {
        match body {
            Body::Click(_) if signals.prefetch => Some(Verdict::Prefetch),
            Body::Click(_) if signals.embedded => Some(Verdict::Embedded),
            Body::Click(_) | Body::View(_) if self.flood().is_flood(client_key(client)) => Some(Verdict::Flood),
            _ => None,
        }
    }
}

/// A header as text, cut to what is kept; bytes that are not UTF-8 are replaced.
fn text(headers: &HeaderMap, name: HeaderName) -> Option<Cow<'_, str>> {
    let bytes = headers.get(name)?.as_bytes();
    let cut = &bytes[..bytes.len().min(TEXT_BYTES_MAX)];
    // Asked first, as `from_utf8_lossy` has no fast way for ASCII.
    let text = std::str::from_utf8(cut).map_or_else(|_| String::from_utf8_lossy(cut), Cow::Borrowed);
    Some(text).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Given;

    #[test]
    fn the_client_is_the_first_hop_from_the_right_that_is_not_trusted() {
        let config = Config::read(|name| {
            let value = match name {
                "trusted_proxies" => "10.0.0.0/8, 2001:db8::/32",
                "client_ip_header" => "X-Forwarded-For",
                _ => return None,
            };
            Some(Given { value: value.into(), origin: name.into() })
        })
        .unwrap();
        let proxies = Proxies::new(&config);
        for (peer, header, expected) in [
            ("192.0.2.9", Some("198.51.100.1"), "192.0.2.9"),
            ("10.0.0.1", None, "10.0.0.1"),
            ("10.0.0.1", Some("198.51.100.1"), "198.51.100.1"),
            ("::ffff:10.0.0.1", Some("198.51.100.1"), "198.51.100.1"),
            ("10.0.0.1", Some("1.2.3.4, 198.51.100.1, 10.9.9.9"), "198.51.100.1"),
            ("10.0.0.1", Some("198.51.100.1:4711"), "198.51.100.1"),
            ("10.0.0.1", Some("[2001:db8:1::2]:443"), "2001:db8:1::2"),
            ("10.0.0.1", Some("forged, unknown"), "10.0.0.1"),
            ("10.0.0.1", Some("10.0.0.2, 10.0.0.3"), "10.0.0.2"),
        ] {
            let mut headers = HeaderMap::new();
            header.map(|value| headers.insert("x-forwarded-for", value.parse().unwrap()));
            let client = proxies.client(peer.parse().unwrap(), &headers);
            assert_eq!(client, expected.parse::<IpAddr>().unwrap(), "{peer} {header:?}");
        }
    }
}
