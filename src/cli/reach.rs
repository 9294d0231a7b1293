//! Under which URLs a node is reached.

use std::net::SocketAddr;
use std::path::Path;

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

/// The file in the data directory that says under which URL its server was reached when it last started.
const REACHED: &str = "public-url";

/// Notes under which URL the server of a data directory is reached.
pub fn note_url(data_dir: &Path, url: &str) {
    if let Err(why) = std::fs::write(data_dir.join(REACHED), url) {
        tracing::warn!("the public URL could not be noted in {}: {why}", data_dir.display());
    }
}

/// The URL under which the server of a data directory was reached when it last started, unless another one is given.
pub fn noted_url(config: &Config) -> Option<String> {
    let noted = || std::fs::read_to_string(config.data_dir.join(REACHED)).ok();
    let url = config.public_url.as_ref().map(|url| url.as_str().to_owned()).or_else(noted)?;
    Some(url.trim().trim_end_matches('/').to_owned())
}

/// The public URL, the address listened on, and the machine's names for itself with that port.
pub fn own_urls(public: &str, address: SocketAddr) -> Vec<Url> {
    let port = address.port();
    let local = ["localhost", "127.0.0.1", "[::1]"].map(|host| format!("http://{host}:{port}"));
    let urls = [public.to_owned(), format!("http://{address}")].into_iter().chain(local);
    urls.filter_map(|url| Url::parse(&url).ok()).collect()
}
