//! Under which URLs a node is reached.

use std::net::SocketAddr;

use url::Url;

use crate::config::Config;

/// The URL under which visitors come, without a slash at its end.
pub fn public_url(config: &Config, address: SocketAddr) -> String {
    if let Some(url) = &config.public_url {
        return url.as_str().trim_end_matches('/').to_owned();
    }
    let url = format!("http://{address}");
    if address.ip().is_unspecified() {
        tracing::warn!("links are shown under {url}, which leads nobody here: set the public URL (--public-url)");
    }
    url
}

/// The public URL, the address listened on, and the machine's names for itself with that port.
pub fn own_urls(public: &str, address: SocketAddr) -> Vec<Url> {
    let port = address.port();
    let local = ["localhost", "127.0.0.1", "[::1]"].map(|host| format!("http://{host}:{port}"));
    let urls = [public.to_owned(), format!("http://{address}")].into_iter().chain(local);
    urls.filter_map(|url| Url::parse(&url).ok()).collect()
}
