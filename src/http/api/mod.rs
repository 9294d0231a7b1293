//! The JSON API below `/api/v1`.
//!
//! [`table`] lists every endpoint once; it is the router, the scope check and the source of the OpenAPI document. Here is the
//! one way every request goes: find the endpoint, check the key, read the input, open a transaction, call the handler, keep
//! the answer for a repeated request, commit. A handler never sees HTTP; its types say what it takes and gives.

mod accounts;
mod campaigns;
mod codes;
mod conversions;
mod customers;
mod deals;
pub mod drafts;
mod endpoint;
pub(super) mod explain;
mod groups;
mod input;
pub(super) mod journeys;
pub mod keys;
mod kinds;
mod links;
mod log;
mod manual_credits;
mod openapi;
mod output;
mod partners;
pub mod policies;
pub mod record;
mod refunds;
mod registrations;
mod repeat;
mod reports;
pub mod simulate;
mod sketch;
mod stages;
mod table;
mod touchpoints;
mod unmatched;
mod utm;

use std::time::Duration;

use bytes::Bytes;
use hyper::header::{ALLOW, AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{HeaderMap, Method, Response, StatusCode};
use serde_json::Value;

pub use endpoint::Endpoint;
pub use openapi::document;
pub use repeat::UnderWay;
pub use table::endpoints;

use crate::domain::audit::{Actor, By};
use crate::domain::id::KeyId;
use crate::domain::time::Time;
use crate::error::{Code, Error, Problems, Result};
use crate::http::app::{App, Shared};
use crate::http::body::Body;
use crate::http::reply::{self, Reply};
use crate::store::Tx;
use endpoint::{Call, Delivery, Ready, Run};
use input::Raw;
use output::Answer;

/// How long a reader waits for what was recorded just before it asked.
const SETTLE_PATIENCE: Duration = Duration::from_secs(2);

/// A request to the API, its body read.
#[derive(Debug)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The path below `/api/v1`, not decoded: `/links/ln_..`.
    pub path: String,
    /// The raw query.
    pub query: Option<String>,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

/// Answers one request that arrived at `at`.
pub async fn handle(app: Shared, at: Time, request: Request) -> Reply {
    let (endpoint, id) = match find(&request) {
        Ok(found) => found,
        Err(Missed { error, allow }) => {
            let mut reply = reply::problem(&error);
            allow.and_then(|allow| HeaderValue::from_str(&allow).ok()).map(|allow| reply.headers_mut().insert(ALLOW, allow));
            return reply;
        }
    };
    let answer = async {
        let key = authorize(&app, endpoint, &request.headers)?;
        let query = query(endpoint, request.query.as_deref().unwrap_or_default())?;
        let raw = Raw { id, query: &query, body: &request.body };
        let by = By { actor: key.map_or(Actor::System, Actor::Key), at };
        answer(&app, endpoint, by, &request, &raw).await
    };
    answer.await.map_or_else(|error| reply::problem(&error), written)
}

/// Does what an endpoint that writes does, in a transaction that is open already; its answer. The caller has seen to it that
/// whoever asks may, commits, and lets nodes know ([`App::catch_up`]).
///
/// # Errors
/// As the endpoint.
pub async fn within(tx: &mut Tx, app: &App, by: By, method: &Method, path: &str, body: &Value) -> Result<Value> {
    study(app, by, method, path, body).await?.apply(tx).await
}

/// What of a body an endpoint that writes cannot read: it looks at none of the rest then.
pub fn unread(method: &Method, path: &str, body: &Value) -> Problems {
    let (method, path, text) = (method.clone(), path.to_owned(), Bytes::from(body.to_string()));
    let request = Request { method, path, query: None, headers: HeaderMap::new(), body: text };
    let Ok((Endpoint { run: Run::Write(prepare), .. }, id)) = find(&request) else { return Problems::default() };
    let read = prepare(&Raw { id, query: &[], body: &request.body });
    Problems::of(read.err().map_or(Vec::new(), |error| error.fields))
}

/// What an endpoint that writes is ready to do, after the look at the store that may take its time.
pub struct Studied<'a> {
    ready: Ready,
    app: &'a App,
    by: By,
}

/// The first half of [`within`], while nobody who writes has to wait.
///
/// # Errors
/// As the endpoint.
pub async fn study<'a>(app: &'a App, by: By, method: &Method, path: &str, body: &Value) -> Result<Studied<'a>> {
    let (method, path) = (method.clone(), path.to_owned());
    let body = Bytes::from(body.to_string());
    let request = Request { method, path, query: None, headers: HeaderMap::new(), body };
    let (endpoint, id) = find(&request).map_err(|missed| missed.error)?;
    let Run::Write(prepare) = &endpoint.run else {
        return Err(Error::new(Code::MethodNotAllowed, format!("{} does not write", endpoint.path)));
    };
    let ready = prepare(&Raw { id, query: &[], body: &request.body })?(app, by).await?;
    Ok(Studied { ready, app, by })
}

impl Studied<'_> {
    /// The second half of [`within`].
    ///
    /// # Errors
    /// As the endpoint.
    pub async fn apply(self, tx: &mut Tx) -> Result<Value> {
        let Studied { ready, app, by } = self;
        let answer = ready(Call { tx, app, by }).await?;
        Ok(serde_json::from_str(&answer.body).unwrap_or(Value::Null))
    }
}

async fn answer(app: &App, endpoint: &Endpoint, by: By, request: &Request, raw: &Raw<'_>) -> Result<Answer> {
    let idempotency = || match by.actor {
        Actor::Key(key) => repeat::recognise(key, request),
        _ => Ok(None),
    };
    match &endpoint.run {
        Run::Document => Ok(Answer::text(200, document().to_owned())),
        Run::Read(prepare) => {
            app.has_store()?;
            let look = async || {
                let ready = prepare(raw)?;
                let mut tx = app.store.read().await?;
                ready(Call { tx: &mut tx, app, by }).await
            };
            let seen = look().await;
            if endpoint.recent && found_nothing(&seen) && app.settled(SETTLE_PATIENCE).await { look().await } else { seen }
        }
        Run::Write(prepare) => {
            app.has_store()?;
            let idempotency = idempotency()?;
            let change = async || {
                let ready = prepare(raw)?(app, by).await?;
                let mut tx = app.store.write().await?;
                if let Some(answer) = repeat::earlier(&mut tx, idempotency.as_ref()).await? {
                    return Ok(answer);
                }
                let answer = ready(Call { tx: &mut tx, app, by }).await?;
                repeat::keep(&mut tx, by.at, idempotency.as_ref(), &answer).await?;
                tx.commit().await?;
                Ok(answer)
            };
            let done = change().await;
            let done = if endpoint.recent && found_nothing(&done) && app.settled(SETTLE_PATIENCE).await {
                change().await
            } else {
                done
            };
            if done.is_ok()
                && let Err(why) = app.catch_up().await
            {
                // The change is committed and every node polls for it: late is no reason to call it failed.
                tracing::warn!("a change is stored but not yet in memory: {why}");
            }
            done
        }
        Run::Deliver(prepare) => {
            let delivery = Delivery { app, by, wait: reply::prefer_wait(&request.headers), idempotency: idempotency()? };
            prepare(raw)?(delivery).await
        }
    }
}

fn found_nothing(answer: &Result<Answer>) -> bool {
    match answer {
        Ok(answer) => answer.hollow,
        Err(error) => error.code == Code::NotFound,
    }
}

/// Why no endpoint was found, and the methods that the path has.
struct Missed {
    error: Error,
    allow: Option<String>,
}

fn find(request: &Request) -> std::result::Result<(&'static Endpoint, &str), Missed> {
    let fits = |endpoint: &'static Endpoint| matches(endpoint.path, &request.path).map(|id| (endpoint, id));
    let method = if request.method == Method::HEAD { &Method::GET } else { &request.method };
    let mut allowed: Vec<&str> = Vec::new();
    for (endpoint, id) in endpoints().iter().filter_map(fits) {
        if endpoint.method == *method {
            return Ok((endpoint, id));
        }
        allowed.push(endpoint.method.as_str());
    }
    if allowed.is_empty() {
        let sentence = format!("there is no {} in this API; see /api/v1/openapi.json", request.path);
        return Err(Missed { error: Error::new(Code::NotFound, sentence), allow: None });
    }
    allowed.sort_unstable();
    allowed.dedup();
    let allow = allowed.join(", ");
    let sentence = format!("{} does not answer {}; it answers {allow}", request.path, request.method);
    Err(Missed { error: Error::new(Code::MethodNotAllowed, sentence), allow: Some(allow) })
}

/// Whether a path fits a template; what stands for `{id}`, or nothing when there is none.
pub(super) fn matches<'a>(template: &str, path: &'a str) -> Option<&'a str> {
    let (mut wanted, mut given) = (template.split('/'), path.split('/'));
    let mut id = "";
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(id),
            (Some("{id}"), Some(segment)) if !segment.is_empty() => id = segment,
            (Some(wanted), Some(given)) if wanted == given => {}
            _ => return None,
        }
    }
}

/// The key of `Authorization: Bearer ..`, whatever the scheme's case.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, secret) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| secret.trim())
}

fn authorize(app: &App, endpoint: &Endpoint, headers: &HeaderMap) -> Result<Option<KeyId>> {
    let Some(needed) = endpoint.scope else { return Ok(None) };
    let unauthorized = |sentence| Error::new(Code::Unauthorized, sentence);
    if !headers.contains_key(AUTHORIZATION) {
        return Err(unauthorized("send a key: Authorization: Bearer kudos_..."));
    }
    let secret = bearer(headers).ok_or_else(|| unauthorized("the header must read: Authorization: Bearer kudos_..."))?;
    let (key, scope) = app.key(secret).ok_or_else(|| app.unknown_key("this key is unknown or revoked"))?;
    if !scope.covers(needed) {
        let sentence = format!("{} {} needs a key of scope {needed}; this one has {scope}", endpoint.method, endpoint.path);
        return Err(Error::new(Code::Forbidden, sentence));
    }
    Ok(Some(key))
}

/// Reads the query; a name that the endpoint does not know, or one given twice, is refused.
fn query(endpoint: &Endpoint, query: &str) -> Result<Vec<(String, String)>> {
    let pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let known: Vec<&str> = endpoint.sketch.params.iter().map(|param| param.name).collect();
    let mut problems = Problems::default();
    for (place, (name, _)) in pairs.iter().enumerate() {
        if !known.contains(&name.as_str()) {
            let list = if known.is_empty() { "there are none".into() } else { known.join(", ") };
            problems.add(name.as_str(), format!("is not a query parameter of this endpoint: {list}"));
        } else if pairs[..place].iter().any(|(earlier, _)| earlier == name) {
            problems.add(name.as_str(), "is given twice");
        }
    }
    problems.finish()?;
    Ok(pairs)
}

fn written(answer: Answer) -> Reply {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let mut reply = Response::new(Body::from(answer.body));
    *reply.status_mut() = status;
    if status != StatusCode::NO_CONTENT {
        reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    if answer.replayed {
        reply.headers_mut().insert(HeaderName::from_static("idempotent-replayed"), HeaderValue::from_static("true"));
    }
    reply
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_fit_templates() {
        for (template, path, expected) in [
            ("/links", "/links", Some("")),
            ("/links/{id}", "/links/ln_1", Some("ln_1")),
            ("/conversions/{id}/explain", "/conversions/cv_1/explain", Some("cv_1")),
            ("/links", "/links/", None),
            ("/links/{id}", "/links/", None),
            ("/links/{id}", "/links", None),
            ("/links/{id}", "/links/a/b", None),
            ("/links", "links", None),
        ] {
            assert_eq!(matches(template, path), expected, "{template} {path}");
        }
    }
}
