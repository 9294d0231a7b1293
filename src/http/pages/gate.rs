//! What keeps strangers out: limits on attempts, passwords, the session cookie, and the check that a form is ours.

use std::time::Duration;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use cookie::{Cookie, SameSite};
use hyper::header::{CONTENT_TYPE, HOST, ORIGIN};
use tokio::sync::Semaphore;
use url::Url;

use crate::clock::Clock;
use crate::domain::key;
use crate::domain::user::{PASSWORD_BYTES_MAX, Stay};
use crate::error::{Code, Error, Result};
use crate::http::app::App;
use crate::http::flood::Flood;
use crate::http::pages::Request;
use crate::http::pages::asked::{Signed, pairs};

/// How exact the time of the last request of a session is.
pub(super) const SEEN_EVERY_MS: i64 = 60_000;
/// Passwords that are hashed at once: each takes 19 MiB and a core for some 20 ms.
const HASHED_AT_ONCE: usize = 2;
/// Attempts of one address before it has to wait, and how long until another one is allowed.
const PER_ADDRESS: (u32, Duration) = (20, Duration::from_secs(6));
/// Attempts of one address on one account, likewise.
const PER_PAIR: (u32, Duration) = (10, Duration::from_secs(30));
/// Attempts on one account from everywhere, likewise: some 3,000 a day, against passwords of 12 characters. A browser in which the
/// account has signed in since its password is what it is does not count: strangers cannot keep its owner out.
const PER_ACCOUNT: (u32, Duration) = (200, Duration::from_secs(30));
const YEAR_SECONDS: i64 = 365 * 86_400;
/// Of a password nobody has: what a stranger's attempt is checked against, so that it takes as long.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$a3Vkb3NrdWRvc2t1ZG9z$aM15713r3Xsvxbi31lqr1nQqz/TNoz/a7qS0wIcnBGE";

/// One for the whole process.
pub struct Gate {
    /// How long somebody stays signed in.
    pub stay: Stay,
    secure: bool,
    addresses: Flood,
    pairs: Flood,
    accounts: Flood,
    hashing: Semaphore,
}

impl Gate {
    /// `secure` when readers come by https.
    pub fn new(stay: Stay, secure: bool, clock: &Clock) -> Gate {
        let limit = |(burst, every)| Flood::bursts(burst, every, clock.clone());
        Gate {
            stay,
            secure,
            addresses: limit(PER_ADDRESS),
            pairs: limit(PER_PAIR),
            accounts: limit(PER_ACCOUNT),
            hashing: Semaphore::new(HASHED_AT_ONCE),
        }
    }

    /// Forgets who has not tried for a while; to be called about once a minute.
    pub fn sweep(&self) {
        self.addresses.sweep();
        self.pairs.sweep();
        self.accounts.sweep();
    }

    /// Counts an attempt of an address, on an account where one is named.
    ///
    /// # Errors
    /// [`Code::TooManyRequests`] when it is one too many.
    pub(super) fn attempt(&self, client: u128, account: Option<&str>, sentence: &str) -> Result<()> {
        let pair = account.map(|email| short(&format!("{client} {email}")));
        // Both are counted, whatever the first one says.
        let (address, pair) = (self.addresses.is_flood(client), pair.is_some_and(|key| self.pairs.is_flood(key)));
        if address || pair { Err(Error::new(Code::TooManyRequests, sentence)) } else { Ok(()) }
    }

    /// Counts an attempt of a browser on an account, whatever its address; not that of a browser which shows that the account, with
    /// this password, has signed in there before.
    ///
    /// # Errors
    /// [`Code::TooManyRequests`] when it is one too many.
    pub(super) fn attempt_anywhere(
        &self, device: Option<&str>, email: &str, password: Option<&str>, sentence: &str,
    ) -> Result<()> {
        // Compared as hashes: how far they agree tells nothing.
        let is_known = device.zip(password).is_some_and(|(shown, hash)| key::hash(shown) == key::hash(&device_of(email, hash)));
        let is_flood = !is_known && self.accounts.is_flood(short(email));
        if is_flood { Err(Error::new(Code::TooManyRequests, sentence)) } else { Ok(()) }
    }

    /// The argon2id of a password, in PHC form.
    pub(super) async fn hash(&self, password: &str) -> Result<String> {
        let password = password.to_owned();
        self.hashing(move || Argon2::default().hash_password(password.as_bytes()).map(|hash| hash.to_string()).ok())
            .await?
            .ok_or_else(|| Error::new(Code::Internal, "a password could not be hashed"))
    }

    /// Whether a password is the one; takes as long where there is none.
    pub(super) async fn verify(&self, password: &str, hash: Option<String>) -> Result<bool> {
        let known = hash.is_some() && password.len() <= PASSWORD_BYTES_MAX;
        let (password, hash) = (password.to_owned(), hash.filter(|_| known).unwrap_or_else(|| NOBODY.to_owned()));
        let fits = self.hashing(move || {
            PasswordHash::new(&hash).is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
        });
        Ok(fits.await? && known)
    }

    /// Off the threads that answer, a few at once.
    async fn hashing<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let stopping = |_| Error::new(Code::Unavailable, "the server is stopping");
        let _turn = self.hashing.acquire().await.map_err(stopping)?;
        let done = tokio::task::spawn_blocking(work).await;
        done.map_err(|why| Error::internal("a password could not be hashed", why))
    }

    /// What the session cookie is called; with `__Host-` no other host can set it.
    pub(super) fn cookie_name(&self) -> &'static str {
        if self.secure { "__Host-kudos_session" } else { "kudos_session" }
    }

    /// `Set-Cookie` of a session, which ends with its time; an empty secret ends it now.
    pub(super) fn session_cookie(&self, secret: &str) -> String {
        let age = if secret.is_empty() { 0 } else { self.stay.whole_ms / 1_000 };
        self.cookie(self.cookie_name(), secret, age, true)
    }

    /// What the cookie is called by which a browser shows who has signed in there.
    pub(super) fn device_name(&self) -> &'static str {
        if self.secure { "__Host-kudos_device" } else { "kudos_device" }
    }

    /// `Set-Cookie` of a browser in which an account with the hash of its password has signed in, for a year.
    pub(super) fn device_cookie(&self, email: &str, hash: &str) -> String {
        self.cookie(self.device_name(), &device_of(email, hash), YEAR_SECONDS, true)
    }

    /// `Set-Cookie` of a preference that the browser keeps for a year.
    pub(super) fn preference_cookie(&self, name: &'static str, value: &str) -> String {
        self.cookie(name, value, YEAR_SECONDS, false)
    }

    fn cookie(&self, name: &'static str, value: &str, age_seconds: i64, http_only: bool) -> String {
        Cookie::build((name, value.to_owned()))
            .path("/")
            .http_only(http_only)
            .secure(self.secure)
            .same_site(SameSite::Lax)
            .max_age(cookie::time::Duration::seconds(age_seconds))
            .build()
            .to_string()
    }
}

/// By what a text is counted.
fn short(text: &str) -> u128 {
    u128::from_be_bytes(key::hash(text)[..16].try_into().unwrap_or_default())
}

/// What a browser shows in which an account has signed in: whoever does not know the salted hash of its password cannot make it,
/// and it is no way back to that.
fn device_of(email: &str, password_hash: &str) -> String {
    key::letters(key::hash(&format!("device of {email} {password_hash}")))
}

/// What the forms of a session carry: known to whoever knows its secret, and no way back to that.
pub(super) fn csrf(secret: &str) -> String {
    key::letters(key::hash(&format!("form of {secret}")))
}

/// The fields of a form that was sent from a page of ours.
///
/// # Errors
/// [`Code::Unauthorized`] when it comes from elsewhere, or from another session.
pub(super) fn form(app: &App, request: &Request, signed: Option<&Signed>) -> Result<Vec<(String, String)>> {
    let refused = || Error::new(Code::Unauthorized, "");
    let kind = request.header(CONTENT_TYPE).unwrap_or_default();
    if !request.body.is_empty() && !kind.starts_with("application/x-www-form-urlencoded") {
        return Err(refused());
    }
    if !is_ours(request, &app.public_url) {
        return Err(refused());
    }
    let text = std::str::from_utf8(&request.body).map_err(|_| refused())?;
    let form = pairs(text);
    if let Some(signed) = signed {
        let header = request.header("x-csrf-token");
        let sent = header.or_else(|| form.iter().find(|(name, _)| name == "csrf").map(|(_, value)| value.as_str()));
        // Compared as hashes: how far they agree tells nothing.
        if sent.is_none_or(|sent| key::hash(sent) != key::hash(&signed.csrf)) {
            return Err(refused());
        }
    }
    Ok(form)
}

/// Whether the browser says that a form comes from this server. What says nothing is no browser: it has no cookie by itself.
fn is_ours(request: &Request, public_url: &str) -> bool {
    if request.header("sec-fetch-site").is_some_and(|site| !["same-origin", "none"].contains(&site)) {
        return false;
    }
    let Some(origin) = request.header(ORIGIN) else { return true };
    let Ok(url) = Url::parse(origin) else { return false };
    let port = url.port().map_or(String::new(), |port| format!(":{port}"));
    let here = request.header(HOST).unwrap_or_default();
    origin == public_url || url.host_str().is_some_and(|host| format!("{host}{port}").eq_ignore_ascii_case(here))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::HeaderMap;

    #[tokio::test]
    async fn a_password_fits_itself_only_and_nobody_has_the_stand_in() {
        let gate = Gate::new(Stay { idle_ms: 1, whole_ms: 1 }, true, &Clock::System);
        let hash = gate.hash("correct horse battery").await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(gate.verify("correct horse battery", Some(hash.clone())).await.unwrap());
        assert!(!gate.verify("correct horse batterx", Some(hash)).await.unwrap());
        assert!(!gate.verify("", None).await.unwrap());
        assert!(PasswordHash::new(NOBODY).is_ok(), "it takes as long only when it can be read");
        assert!(
            gate.session_cookie("x").starts_with("__Host-kudos_session=x; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=")
        );
    }

    #[test]
    fn forms_of_other_sites_are_told_by_their_origin() {
        for (origin, site, ours) in [
            (None, None, true),
            (Some("http://go.example:8080"), Some("same-origin"), true),
            (Some("https://kudos.example"), None, true),
            (Some("http://go.example"), None, false),
            (Some("https://evil.example"), None, false),
            (Some("null"), None, false),
            (None, Some("cross-site"), false),
            (Some("http://go.example:8080"), Some("same-site"), false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert("host", "go.example:8080".parse().unwrap());
            origin.map(|value| headers.insert("origin", value.parse().unwrap()));
            site.map(|value| headers.insert("sec-fetch-site", value.parse().unwrap()));
            let (method, path, query, body, client) = (hyper::Method::POST, "/login".into(), None, Default::default(), 0);
            let request = Request { method, path, query, headers, body, client };
            assert_eq!(is_ours(&request, "https://kudos.example"), ours, "{origin:?} {site:?}");
        }
    }
}
