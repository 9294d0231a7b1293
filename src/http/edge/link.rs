//! Links: followed, asked about, or shown as a banner.

use std::borrow::Cow;
use std::future::Future;
use std::sync::Arc;

use hyper::header::{CACHE_CONTROL, CONTENT_LENGTH, HeaderName, HeaderValue, LOCATION, SET_COOKIE};
use hyper::{Method, StatusCode};

use crate::domain::conversion::Source;
use crate::domain::destination::{self, Ids};
use crate::domain::hit::{Body, Followed};
use crate::domain::id::{self, TouchpointId, VisitorId};
use crate::domain::link::slug_key;
use crate::domain::target::Target;
use crate::error::Result;
use crate::http::edge::visitor::Signals;
use crate::http::edge::{Edge, Parts, again_later, gif, no_store};
use crate::http::reply::{self, Reply};
use crate::intake::links::Known;

const ROBOTS_TAG: HeaderName = HeaderName::from_static("x-robots-tag");
const NOT_FOUND: &str = include_str!("../../../static/not_found.html");
const GONE: &str = include_str!("../../../static/gone.html");

/// The one page for whatever is not there.
pub fn not_found() -> Reply {
    no_store(reply::with_body(StatusCode::NOT_FOUND, "text/html; charset=utf-8", NOT_FOUND))
}

/// The answer to a click, and what it has to wait for.
type Click<R> = (Reply, Option<R>);

impl Edge {
    fn find<T>(&self, slug: &str, make: impl FnOnce(&Target) -> T) -> Known<T> {
        if slug.bytes().any(|b| b.is_ascii_uppercase()) {
            self.app.directory.find(&slug_key(slug), make)
        } else {
            self.app.directory.find(slug, make)
        }
    }

    /// The link of a slug that memory knows nothing of. That the database does not answer is an error, never "not found".
    async fn ask(&self, slug: &str) -> Result<Option<Arc<Target>>> {
        self.app.has_store()?;
        self.app.directory.ask(&slug_key(slug)).await
    }

    /// `GET /{slug}`: records the click, then sends the visitor on. A click that cannot be recorded is sent on too.
    ///
    /// The answer is ready before the wait for the disk, during which nothing of the request is kept: its headers lie in
    /// hyper's read buffer, of which the connection would otherwise need another. Only a link that is not in memory keeps
    /// them, while the database is asked for it.
    pub fn follow<'a>(&'a self, parts: &Parts, slug: &str) -> impl Future<Output = Reply> + Send + use<'a> {
        let found = match self.find(slug, |target| self.click(parts, target)) {
            Known::Target(click) => Ok(click),
            Known::Nowhere => Ok((not_found(), None)),
            Known::Unknown => Err(Box::pin(self.follow_asked(parts.clone(), slug.to_owned()))),
        };
        async move {
            match found {
                Ok(click) => recorded(click).await,
                Err(asked) => asked.await,
            }
        }
    }

    async fn follow_asked(&self, parts: Parts, slug: String) -> Reply {
        match self.ask(&slug).await {
            Ok(Some(target)) => recorded(self.click(&parts, &target)).await,
            Ok(None) => not_found(),
            Err(error) => no_store(reply::problem(&error)),
        }
    }

    fn click<'a>(&'a self, parts: &Parts, target: &Target) -> Click<impl Future<Output = Result<()>> + Send + use<'a>> {
        let now = self.clock.now();
        if !target.is_on(now) {
            return (off(target), None);
        }
        let headers = &parts.headers;
        let query = parts.uri.query().unwrap_or_default();
        let click = id::mint(now);
        if parts.method == Method::HEAD {
            return (self.onward(target, query, click, None), None);
        }
        let signals = Signals::read(headers);
        let recognised = !(signals.prefetch || signals.embedded || signals.opted_out);
        let visitor = recognised.then(|| self.app.cookie.read(headers).unwrap_or_else(|| VisitorId::mint(now)));
        let hit = self.hit(click, now, headers, signals, visitor, Body::Click(followed(target, query)));
        self.app.metrics.clicks.inc();
        let recorded = self.app.record_on(&self.lane, &hit);
        let reply = if signals.prefetch {
            no_store(reply::empty(StatusCode::SERVICE_UNAVAILABLE))
        } else {
            self.onward(target, query, click, visitor)
        };
        (reply, Some(recorded))
    }

    fn onward(&self, target: &Target, query: &str, click: uuid::Uuid, visitor: Option<VisitorId>) -> Reply {
        let click = TouchpointId::from(click).text();
        let ids = Ids { click: &click, partner: target.partner, link: target.id };
        let param = target.append_click_id.then_some(self.app.click_param.as_str());
        let mut reply = found(&destination::redirect(target.destination(), target.defaults(), query, param, ids));
        if let Some(cookie) = visitor.and_then(|visitor| self.app.cookie.write(visitor)) {
            reply.headers_mut().insert(SET_COOKIE, cookie);
        }
        reply
    }

    /// `GET /view.gif?link={slug}`: records that a banner was shown.
    pub async fn view(&self, parts: &Parts) -> Reply {
        if parts.method == Method::HEAD {
            return gif(StatusCode::OK);
        }
        let headers = &parts.headers;
        let query = parts.uri.query().unwrap_or_default();
        let slug = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "link").map(|(_, slug)| slug);
        let now = self.clock.now();
        let shown = |target: &Target| target.is_on(now).then(|| followed(target, query));
        let shown = match slug.as_deref().map(|slug| (slug, self.find(slug, shown))) {
            Some((_, Known::Target(shown))) => shown,
            Some((slug, Known::Unknown)) => match self.ask(slug).await {
                Ok(target) => target.as_deref().and_then(shown),
                Err(_) => return again_later(gif(StatusCode::SERVICE_UNAVAILABLE)),
            },
            Some((_, Known::Nowhere)) | None => None,
        };
        let signals = Signals::read(headers);
        let known = (!signals.opted_out).then(|| self.app.cookie.read(headers)).flatten();
        let visitor = known.or_else(|| (shown.is_some() && !signals.opted_out).then(|| VisitorId::mint(now)));
        let body = match shown {
            Some(followed) => Body::View(followed),
            None => Body::Params { source: Source::View, query: Cow::Borrowed(query) },
        };
        let hit = self.hit(id::mint(now), now, headers, signals, visitor, body);
        self.app.metrics.views.inc();
        let recorded = self.app.record_on(&self.lane, &hit).await;
        let mut reply = gif(if recorded.is_ok() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE });
        if let Some(cookie) = visitor.and_then(|visitor| self.app.cookie.write(visitor)) {
            reply.headers_mut().insert(SET_COOKIE, cookie);
        }
        reply
    }
}

/// Waits for the disk where there is something to record.
async fn recorded((reply, recorded): Click<impl Future<Output = Result<()>>>) -> Reply {
    if let Some(recorded) = recorded {
        // An unrecorded click is counted there; the visitor is not to suffer for it.
        let _ = recorded.await;
    }
    reply
}

fn followed<'a>(target: &Target, query: &'a str) -> Followed<'a> {
    Followed { link: target.id, partner: target.partner, campaign: target.campaign, query: Cow::Borrowed(query) }
}

fn found(location: &str) -> Reply {
    let mut reply = reply::empty(StatusCode::FOUND);
    let headers = reply.headers_mut();
    // Said here, so that HEAD says it too.
    headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
    // `destination::redirect` writes nothing but visible ASCII.
    if let Ok(location) = HeaderValue::from_str(location) {
        headers.insert(LOCATION, location);
    }
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(ROBOTS_TAG, HeaderValue::from_static("noindex"));
    reply
}

/// A link that is disabled or expired: its fallback, or 410.
fn off(target: &Target) -> Reply {
    match target.fallback() {
        Some(fallback) => found(fallback),
        None => no_store(reply::with_body(StatusCode::GONE, "text/html; charset=utf-8", GONE)),
    }
}
