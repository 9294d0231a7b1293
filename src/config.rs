//! Every setting, its default and meaning. [`Config::read`] is a pure function of a lookup and reports all mistakes at once.
//!
//! A setting has one name and three spellings: `--data-dir`, `KUDOS_DATA_DIR`, and `data_dir` in the TOML file. A flag
//! wins over the environment, the environment over the file, the file over the default.

mod database;
mod parse;
mod role;
mod settings;

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use url::Url;

use crate::domain::time::DAY_MS;
use crate::domain::user::Stay;
pub use database::{DatabaseUrl, Pool};
pub use role::Role;
pub use settings::{SETTINGS, Setting};

/// `SameSite` of the visitor cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SameSite {
    /// Sent with top-level navigation only.
    Lax,
    /// Sent from other sites too; browsers want https with it.
    None,
}

/// How to log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}

/// The settings, parsed and checked. Fields as in [`SETTINGS`].
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "SETTINGS says what each means")]
pub struct Config {
    pub listen: SocketAddr,
    pub public_url: Option<Url>,
    pub data_dir: PathBuf,
    pub database: DatabaseUrl,
    pub pool: Pool,
    pub role: Role,
    pub admin_key: Option<Secret>,
    pub threads: usize,
    pub click_param: String,
    pub cookie_name: String,
    pub cookie_days: u32,
    pub cookie_same_site: SameSite,
    pub trusted_proxies: Vec<IpNet>,
    pub client_ip_header: Option<String>,
    pub country_header: Option<String>,
    pub flood_per_minute: u32,
    pub plain_email: bool,
    pub manual_credit_days: u32,
    pub connections_max: usize,
    pub idle: Duration,
    pub body: Duration,
    pub stop: Duration,
    pub links_in_memory: usize,
    pub journal_segment_bytes: u32,
    pub keep_touchpoints_days: Option<u32>,
    pub stay: Stay,
    pub registration_days: u32,
    pub claim_days: u32,
    pub log: String,
    pub log_format: LogFormat,
}

/// A text that does not show itself in logs.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

/// A value and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// The text.
    pub value: String,
    /// As `--listen`, `KUDOS_LISTEN` or `listen in kudos.toml`.
    pub origin: String,
}

/// A setting that does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Where it was set, or the setting's name.
    pub origin: String,
    /// What is wrong and what would be right.
    pub message: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.origin, self.message)
    }
}

/// The environment variable of a setting.
pub fn env_name(setting: &str) -> String {
    format!("KUDOS_{}", setting.to_ascii_uppercase())
}

/// The flag of a setting, without its dashes.
pub fn flag_name(setting: &str) -> String {
    setting.replace('_', "-")
}

struct Reader<F> {
    lookup: F,
    mistakes: Vec<Mistake>,
}

impl<F: Fn(&str) -> Option<Given>> Reader<F> {
    /// The setting's value, parsed; its default when it is not set; `None` when it has neither or does not fit.
    fn read<T>(&mut self, name: &'static str, parse: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        let default = SETTINGS.iter().find(|s| s.name == name).map_or("", |s| s.default);
        let given = (self.lookup)(name).filter(|given| !given.value.trim().is_empty());
        let given = given.unwrap_or_else(|| Given { value: default.into(), origin: name.into() });
        if given.value.is_empty() {
            return None;
        }
        let parsed = parse(given.value.trim());
        parsed.map_err(|message| self.mistakes.push(Mistake { origin: given.origin, message })).ok()
    }

    fn number(&mut self, name: &'static str, least: u32, most: u32) -> u32 {
        self.read(name, |text| parse::within(text, least, most)).unwrap_or(least)
    }

    fn seconds(&mut self, name: &'static str) -> Duration {
        Duration::from_secs(u64::from(self.number(name, 1, 3_600)))
    }
}

impl Config {
    /// Reads every setting. `lookup` gives what was set and where, by the setting's name.
    ///
    /// # Errors
    /// All mistakes at once, each naming where the setting was set.
    pub fn read(lookup: impl Fn(&str) -> Option<Given>) -> Result<Config, Vec<Mistake>> {
        let mut r = Reader { lookup, mistakes: Vec::new() };
        let listen = r.read("listen", parse::listen).unwrap_or(SocketAddr::from(([127, 0, 0, 1], 0)));
        let data_dir = r.read("data_dir", |text| Ok(PathBuf::from(text))).unwrap_or_default();
        let embedded = DatabaseUrl::sqlite(&data_dir.join("kudos.db"));
        let config = Config {
            listen,
            public_url: r.read("public_url", parse::public_url),
            database: r.read("database", str::parse).unwrap_or(embedded),
            pool: Pool {
                connections_max: r.number("database_connections_max", Pool::CONNECTIONS_MIN, 1_000),
                wait: r.seconds("database_wait_seconds"),
                connect: r.seconds("database_connect_seconds"),
                answer: r.seconds("database_answer_seconds"),
            },
            role: r.read("role", str::parse).unwrap_or(Role::All),
            data_dir,
            admin_key: r.read("admin_key", parse::admin_key),
            threads: match r.read("threads", |text| parse::within(text, 1, 256)) {
                Some(threads) => threads as usize,
                None => std::thread::available_parallelism().map_or(2, usize::from),
            },
            click_param: r.read("click_param", parse::token).unwrap_or_default(),
            cookie_name: r.read("cookie_name", parse::token).unwrap_or_default(),
            cookie_days: r.number("cookie_days", 1, 400),
            cookie_same_site: r.read("cookie_same_site", parse::same_site).unwrap_or(SameSite::Lax),
            trusted_proxies: r.read("trusted_proxies", parse::networks).unwrap_or_default(),
            client_ip_header: r.read("client_ip_header", parse::header),
            country_header: r.read("country_header", parse::header),
            flood_per_minute: r.number("flood_per_minute", 0, 100_000_000),
            plain_email: r.read("plain_email", parse::yes_or_no).unwrap_or(false),
            manual_credit_days: r.number("manual_credit_days", 0, 3_650),
            connections_max: r.number("connections_max", 1, 1_000_000) as usize,
            idle: r.seconds("idle_seconds"),
            body: r.seconds("body_seconds"),
            stop: r.seconds("stop_seconds"),
            links_in_memory: r.number("links_in_memory", 1, 1_000_000_000) as usize,
            journal_segment_bytes: r.number("journal_segment_mib", 1, 1_024) << 20,
            keep_touchpoints_days: Some(r.number("keep_touchpoints_days", 0, 36_500)).filter(|days| *days > 0),
            stay: Stay {
                idle_ms: i64::from(r.number("session_idle_minutes", 1, 100_000)) * 60_000,
                whole_ms: i64::from(r.number("session_days", 1, 3_650)) * DAY_MS,
            },
            registration_days: r.number("registration_days", 1, 3_650),
            claim_days: r.number("claim_days", 0, 3_650),
            log: r.read("log", parse::log).unwrap_or_default(),
            log_format: r.read("log_format", parse::log_format).unwrap_or(LogFormat::Text),
        };
        config.check_together(&mut r.mistakes);
        if r.mistakes.is_empty() { Ok(config) } else { Err(r.mistakes) }
    }

    fn check_together(&self, mistakes: &mut Vec<Mistake>) {
        let mut mistake =
            |origin: &str, message: &str| mistakes.push(Mistake { origin: origin.into(), message: message.into() });
        if self.cookie_same_site == SameSite::None && self.public_url.as_ref().is_none_or(|url| url.scheme() != "https") {
            mistake("cookie_same_site", "none needs an https public_url: browsers refuse such a cookie otherwise");
        }
        if self.role != Role::All && self.database.sqlite_path().is_some() {
            mistake(
                "role",
                "edge and worker share a Postgres (--database postgres://..); with the embedded database there is only all",
            );
        }
        if self.client_ip_header.is_some() && self.trusted_proxies.is_empty() {
            mistake("client_ip_header", "needs trusted_proxies: anybody could write that header");
        }
        if self.country_header.is_some() && self.trusted_proxies.is_empty() {
            mistake("country_header", "needs trusted_proxies: anybody could write that header");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(given: &[(&str, &str)]) -> Result<Config, Vec<Mistake>> {
        Config::read(|name| {
            let (_, value) = given.iter().find(|(n, _)| *n == name)?;
            Some(Given { value: (*value).into(), origin: env_name(name) })
        })
    }

    #[test]
    fn nothing_set_gives_the_defaults() {
        let config = read(&[]).unwrap();
        assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
        assert_eq!(config.database.as_str(), "sqlite:./kudos-data/kudos.db");
        assert_eq!(config.pool, Pool::default());
        assert_eq!((config.cookie_days, config.click_param.as_str()), (400, "kudos_id"));
        assert_eq!((config.links_in_memory, config.journal_segment_bytes), (2_000_000, 32 << 20));
    }

    #[test]
    fn all_mistakes_are_reported_at_once_and_named() {
        let mistakes = read(&[
            ("listen", "nowhere"),
            ("public_url", "https://a.example/path"),
            ("database", "mysql://x"),
            ("admin_key", "short"),
            ("threads", "0"),
            ("cookie_days", "401"),
            ("cookie_same_site", "none"),
            ("client_ip_header", "x-forwarded-for"),
            ("trusted_proxies", "10.0.0.0/99"),
            ("log_format", "xml"),
            ("role", "boss"),
        ])
        .unwrap_err();
        let origins: Vec<_> = mistakes.iter().map(|m| m.origin.as_str()).collect();
        assert_eq!(
            origins,
            [
                "KUDOS_LISTEN",
                "KUDOS_PUBLIC_URL",
                "KUDOS_DATABASE",
                "KUDOS_ROLE",
                "KUDOS_ADMIN_KEY",
                "KUDOS_THREADS",
                "KUDOS_COOKIE_DAYS",
                "KUDOS_TRUSTED_PROXIES",
                "KUDOS_LOG_FORMAT",
                "cookie_same_site",
                "client_ip_header",
            ]
        );
    }
}
