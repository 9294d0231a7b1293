//! Where the database is, and how it is connected to.

use std::fmt;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use url::Url;

/// `sqlite:PATH` or `postgres://..`. Shown without its password.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(String);

/// How the database is connected to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool {
    /// Connections to Postgres at most; at least [`Pool::CONNECTIONS_MIN`].
    pub connections_max: u32,
    /// How long a caller waits for a connection before it is told to try again.
    pub wait: Duration,
    /// How long a start waits for Postgres to answer.
    pub connect: Duration,
    /// How long Postgres may take to answer a statement before its connection is given up.
    pub answer: Duration,
}

impl Pool {
    /// One for changes, two for intake and attribution, one for reports.
    pub const CONNECTIONS_MIN: u32 = 4;
}

impl Default for Pool {
    fn default() -> Self {
        let ten = Duration::from_secs(10);
        Pool { connections_max: 10, wait: ten, connect: ten, answer: Duration::from_secs(60) }
    }
}

/// What the URL of a Postgres may set; anything else is a slip of the pen that must not go unnoticed, such as `sslmod=require`.
const PARAMETERS: [&str; 12] = [
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "application_name",
    "options",
];
const SSL_MODES: [&str; 6] = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];

impl DatabaseUrl {
    /// The embedded database in this file.
    pub fn sqlite(path: &Path) -> Self {
        DatabaseUrl(format!("sqlite:{}", path.display()))
    }

    /// The whole URL, its password included: for the driver, never for people.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The file, where the database is an embedded one.
    pub fn sqlite_path(&self) -> Option<&Path> {
        let path = self.0.strip_prefix("sqlite:")?;
        Some(Path::new(path.strip_prefix("//").unwrap_or(path)))
    }
}

impl FromStr for DatabaseUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        const FORMS: &str = "sqlite:PATH or postgres://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=verify-full";
        let (scheme, rest) = text.split_once(':').unwrap_or(("", text));
        match scheme {
            "sqlite" if !rest.trim_start_matches('/').is_empty() => Ok(DatabaseUrl(text.to_owned())),
            "postgres" | "postgresql" => {
                // The text is not repeated: it may hold a password.
                let url = Url::parse(text).map_err(|why| format!("is not of the form {FORMS}: {why}"))?;
                check_parameters(&url)?;
                Ok(DatabaseUrl(text.to_owned()))
            }
            "" => Err(format!("is not of the form {FORMS}")),
            scheme => Err(format!("{scheme:?} is no database that Kudos knows: {FORMS}")),
        }
    }
}

fn check_parameters(url: &Url) -> Result<(), String> {
    for (name, value) in url.query_pairs() {
        if !PARAMETERS.contains(&&*name) && !name.starts_with("options[") {
            return Err(format!("{name:?} is no parameter of its URL; there are {}", PARAMETERS.join(", ")));
        }
        if name == "sslmode" && !SSL_MODES.contains(&&*value) {
            return Err(format!("{value:?} is no sslmode; there are {}", SSL_MODES.join(", ")));
        }
        // What is not a file may be the certificate itself.
        let names_file = ["sslrootcert", "sslcert", "sslkey"].contains(&&*name) && !value.contains("-----BEGIN");
        if names_file && !Path::new(&*value).is_file() {
            return Err(format!("{name} names {value:?}, where there is no file"));
        }
        if name == "port" && value.parse::<u16>().is_err() {
            return Err(format!("{value:?} is no port"));
        }
    }
    let named = |wanted: &str| url.query_pairs().any(|(name, value)| name == wanted && !value.is_empty());
    if url.path().trim_start_matches('/').is_empty() && !named("dbname") {
        return Err("does not name a database: postgres://HOST/DATABASE".into());
    }
    Ok(())
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(mut url) = Url::parse(&self.0).ok().filter(|_| self.sqlite_path().is_none()) else {
            return f.write_str(&self.0);
        };
        if url.password().is_some() {
            // It has a host, so it may have a password.
            let _ = url.set_password(Some("***"));
        }
        if url.query_pairs().any(|(name, _)| name == "password") {
            let kept: Vec<_> = url.query_pairs().into_owned().filter(|(name, _)| name != "password").collect();
            url.query_pairs_mut().clear().extend_pairs(kept);
        }
        f.write_str(url.as_str())
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> DatabaseUrl {
        text.parse().unwrap()
    }

    #[test]
    fn a_password_is_never_shown() {
        for text in ["postgres://kudos:s3cret@db/kudos?sslmode=require", "postgres:///kudos?host=/run&password=s3cret"] {
            let url = url(text);
            assert_eq!(url.as_str(), text);
            assert!(!format!("{url} {url:?}").contains("s3cret"), "{url}");
        }
        assert_eq!(url("sqlite:a b.db").to_string(), "sqlite:a b.db");
        assert_eq!(url("sqlite:///a.db").sqlite_path(), Some(Path::new("/a.db")));
    }

    #[test]
    fn what_is_wrong_is_said_and_no_password_with_it() {
        for (text, word) in [
            ("mysql://a:s3cret@b/c", "mysql"),
            ("kudos.db", "sqlite:PATH"),
            ("sqlite:", "sqlite:PATH"),
            ("postgres://a:s3cret@b:port/c", "port"),
            ("postgres://a:s3cret@b", "does not name a database"),
            ("postgres://a:s3cret@b/c?sslmod=require", "sslmod"),
            ("postgres://a:s3cret@b/c?sslmode=maybe", "verify-full"),
            ("postgres://a:s3cret@b/c?sslrootcert=/nowhere/ca.crt", "sslrootcert names"),
        ] {
            let why = text.parse::<DatabaseUrl>().unwrap_err();
            assert!(why.contains(word) && !why.contains("s3cret"), "{text}: {why}");
        }
    }
}
