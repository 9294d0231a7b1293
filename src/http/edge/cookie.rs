//! The visitor cookie.

use std::time::Duration;

use cookie::{Cookie, SameSite};
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

    /// The `Set-Cookie` value for a visitor: visible ASCII and blanks.
    pub fn write(&self, visitor: VisitorId) -> String {
        let (visitor, (before, after)) = (visitor.text(), &self.around);
        [before, &*visitor, after].concat()
    }

    /// The visitor of a `Cookie` line, if one is in it that is ours and can be read.
    pub fn read(&self, line: &[u8]) -> Option<VisitorId> {
        let pairs = std::str::from_utf8(line).ok()?.split(';').filter_map(|pair| pair.trim().split_once('='));
        pairs.filter(|(name, _)| *name == self.name).find_map(|(_, value)| value.parse().ok())
    }
}
