//! What the text of each setting must look like. An error is a sentence that follows the setting's name.

use std::net::SocketAddr;

use ipnet::IpNet;
use url::Url;

use super::{LogFormat, SameSite, Secret};
use crate::domain::key::CHOSEN_LEN_MIN;

pub(super) fn within(text: &str, least: u32, most: u32) -> Result<u32, String> {
    let number = text.parse::<u32>().ok().filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| format!("{text:?} is not a whole number from {least} to {most}"))
}

pub(super) fn listen(text: &str) -> Result<SocketAddr, String> {
    let text = text.replace("localhost:", "127.0.0.1:");
    text.parse().map_err(|_| format!("{text:?} is not an address and port such as 127.0.0.1:8080"))
}

pub(super) fn public_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|why| format!("{text:?} is not a URL such as https://go.example.com: {why}"))?;
    let bare = matches!(url.scheme(), "http" | "https") && url.host().is_some() && url.path() == "/" && url.query().is_none();
    if bare && url.username().is_empty() && url.fragment().is_none() {
        Ok(url)
    } else {
        Err(format!("{text:?} must be http:// or https:// and a host, without a path"))
    }
}

pub(super) fn admin_key(text: &str) -> Result<Secret, String> {
    if text.len() >= CHOSEN_LEN_MIN && text.bytes().all(|b| b.is_ascii_graphic()) {
        Ok(Secret(text.to_owned()))
    } else {
        Err(format!("must be at least {CHOSEN_LEN_MIN} visible ASCII characters"))
    }
}

pub(super) fn token(text: &str) -> Result<String, String> {
    let fits = text.len() <= 64 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if fits { Ok(text.to_owned()) } else { Err(format!("{text:?} must be letters, digits, _ or -, at most 64")) }
}

pub(super) fn header(text: &str) -> Result<String, String> {
    token(text).map(|name| name.to_ascii_lowercase())
}

pub(super) fn yes_or_no(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "yes" | "true" | "on" | "1" => Ok(true),
        "no" | "false" | "off" | "0" => Ok(false),
        _ => Err(format!("{text:?} is not yes or no")),
    }
}

pub(super) fn same_site(text: &str) -> Result<SameSite, String> {
    match text.to_ascii_lowercase().as_str() {
        "lax" => Ok(SameSite::Lax),
        "none" => Ok(SameSite::None),
        _ => Err(format!("{text:?} is not lax or none")),
    }
}

pub(super) fn networks(text: &str) -> Result<Vec<IpNet>, String> {
    let network = |text: &str| {
        let text = text.trim();
        let net = text.parse::<IpNet>().or_else(|_| text.parse::<std::net::IpAddr>().map(IpNet::from));
        net.map_err(|_| format!("{text:?} is not a network such as 10.0.0.0/8"))
    };
    text.split(',').filter(|part| !part.trim().is_empty()).map(network).collect()
}

pub(super) fn log(text: &str) -> Result<String, String> {
    let filter = tracing_subscriber::EnvFilter::try_new(text);
    filter.map(|_| text.to_owned()).map_err(|why| format!("{text:?} is not a log filter such as info or kudos=debug: {why}"))
}

pub(super) fn log_format(text: &str) -> Result<LogFormat, String> {
    match text {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err(format!("{text:?} is not text or json")),
    }
}
