//! Where a request comes from: the client's address and country, as far as proxies are believed.

use std::net::{IpAddr, Ipv6Addr};

use hyper::header::HeaderName;
use ipnet::IpNet;

use crate::config::Config;
use crate::http::edge::asked::Fields;
use crate::http::server::INTERNAL_PEER;

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
    pub fn client(&self, peer: IpAddr, fields: Fields<'_>) -> IpAddr {
        let peer = peer.to_canonical();
        let Some(name) = self.client.as_ref().filter(|_| self.trusts(peer)) else { return peer };
        let mut client = peer;
        for hop in fields.all(name.as_str()).iter().rev().flat_map(|line| line.rsplit(',')) {
            let Some(address) = parse_hop(hop.trim()) else { break };
            client = address;
            if !self.trusts(address) {
                break;
            }
        }
        client
    }

    /// The visitor's country, in capitals, where a trusted proxy tells a plausible one.
    pub fn country(&self, peer: IpAddr, fields: Fields<'_>) -> Option<String> {
        let name = self.country.as_ref().filter(|_| self.trusts(peer.to_canonical()))?;
        let code = fields.all(name.as_str()).first()?.trim();
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Given;
    use hyper::HeaderMap;

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
            let client = proxies.client(peer.parse().unwrap(), Fields::Map(&headers));
            assert_eq!(client, expected.parse::<IpAddr>().unwrap(), "{peer} {header:?}");
        }
    }
}
