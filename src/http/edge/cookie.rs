//! The visitor cookie.

use std::time::Duration;

use cookie::{Cookie, SameSite};
use hyper::HeaderMap;
use hyper::header::{COOKIE, HeaderValue};

use crate::config::{self, Config};
use crate::domain::id::VisitorId;

/// Builds and reads the visitor cookie.
#[derive(Clone, Debug)]
pub struct VisitorCookie {
    name: String,
    /// What comes before and after the value in `Set-Cookie`.
    around: (String, String),
}

impl VisitorCookie {
    /// The cookie as the settings want it; `secure` when visitors come by https.
    pub fn new(config: &Config, secure: bool) -> Self {
        const VALUE: &str = "-";
        let age = Duration::from_secs(u64::from(config.cookie_days) * 86_400);
        let written = Cookie::build((config.cookie_name.clone(), VALUE))
            .path("/")
            .http_only(true)
            .secure(secure)
            .same_site(match config.cookie_same_site {
                config::SameSite::Lax => SameSite::Lax,
                config::SameSite::None => SameSite::None,
            })
            .max_age(age.try_into().unwrap_or(cookie::time::Duration::days(1)))
            .build()
            .to_string();
        let (before, after) = written.split_once("=-").unwrap_or((&written, ""));
        VisitorCookie { name: config.cookie_name.clone(), around: (format!("{before}="), after.to_owned()) }
    }

    /// The `Set-Cookie` value for a visitor.
    pub fn write(&self, visitor: VisitorId) -> Option<HeaderValue> {
        // As long as it gets: it becomes the header's value as it is, and is not copied.
        let (visitor, (before, after)) = (visitor.text(), &self.around);
        let parts: [&str; 3] = [before, &visitor, after];
        let mut value = String::with_capacity(parts.iter().map(|part| part.len()).sum());
        parts.iter().for_each(|part| value.push_str(part));
        HeaderValue::try_from(value).ok()
    }

    /// The visitor of a request, if it sent a cookie of ours that can be read.
    pub fn read(&self, headers: &HeaderMap) -> Option<VisitorId> {
        let lines = headers.get_all(COOKIE).into_iter().filter_map(|line| line.to_str().ok());
        let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.filter(|(name, _)| *name == self.name).find_map(|(_, value)| value.parse().ok())
    }
}
