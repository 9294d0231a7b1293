//! Links: followed, asked about, or shown as a banner.

use std::borrow::Cow;
use std::future::Future;
use std::sync::Arc;

use hyper::header::{HeaderName, HeaderValue, LOCATION, SET_COOKIE};
use hyper::{Method, StatusCode};

use crate::domain::conversion::Source;
use crate::domain::destination::{self, Ids};
use crate::domain::hit::{Body, Followed};
use crate::domain::id::{self, TouchpointId, VisitorId};
use crate::domain::link::slug_key;
use crate::domain::sealing;
use crate::domain::target::Target;
use crate::domain::time::Time;
use crate::error::Result;
use crate::http::edge::asked::{Asked, Fields};
use crate::http::edge::{Edge, Parts, again_later, gif, no_store};
use crate::http::reply::{self, Reply};
use crate::intake::links::Known;

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
        let query = parts.uri.query().unwrap_or_default();
        if parts.method == Method::HEAD {
            return (self.onward(target, query, id::mint(now), None).reply(), None);
        }
        let asked = self.asked(Fields::Map(&parts.headers));
        let (onward, recorded) = self.recorded_click(target, query, &asked, now);
        let ahead = || no_store(reply::empty(StatusCode::SERVICE_UNAVAILABLE));
        (if asked.prefetch { ahead() } else { onward.reply() }, Some(recorded))
    }

    /// The click on a link that is in memory and on, by somebody who does not fetch ahead: for the express lane. For anything
    /// else none, and nothing has happened.
    pub fn express<'a>(
        &'a self, slug: &str, query: &str, fields: Fields<'_>,
    ) -> Option<(Onward, impl Future<Output = Result<()>> + Send + use<'a>)> {
        if !self.app.role.answers() {
            return None;
        }
        let asked = self.asked(fields);
        let now = self.clock.now();
        let plain = |target: &Target| target.is_on(now) && !asked.prefetch;
        match self.find(slug, |target| plain(target).then(|| self.recorded_click(target, query, &asked, now))) {
            Known::Target(click) => click,
            Known::Nowhere | Known::Unknown => None,
        }
    }

    fn recorded_click<'a>(
        &'a self, target: &Target, query: &str, asked: &Asked<'_>, now: Time,
    ) -> (Onward, impl Future<Output = Result<()>> + Send + use<'a>) {
        let click = id::mint(now);
        let recognised = !(asked.prefetch || asked.embedded || asked.opted_out);
        let visitor = recognised.then(|| asked.visitor.unwrap_or_else(|| VisitorId::mint(now)));
        // Whose cookie came with what does not count is recorded all the same: it is a part of that visitor's story.
        let hit = self.hit(click, now, asked, visitor.or(asked.visitor), Body::Click(followed(target, query)));
        self.app.metrics.clicks.inc();
        (self.onward(target, query, click, visitor), self.app.record_on(&self.lane, &hit))
    }

    fn onward(&self, target: &Target, query: &str, click: uuid::Uuid, visitor: Option<VisitorId>) -> Onward {
        let click = TouchpointId::from(click).text();
        let ids = Ids { click: &click, partner: target.partner, link: target.id };
        let param = target.append_click_id.then_some(self.app.click_param.as_str());
        Onward {
            location: destination::redirect(target.destination(), target.defaults(), query, param, ids),
            cookie: visitor.map(|visitor| self.app.cookie.write(visitor)),
        }
    }

    /// `GET /view.gif?link={slug}`: records that a banner was shown.
    pub async fn view(&self, parts: &Parts) -> Reply {
        if parts.method == Method::HEAD {
            return gif(StatusCode::OK);
        }
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
        let asked = self.asked(Fields::Map(&parts.headers));
        let visitor = asked.visitor.or_else(|| (shown.is_some() && !asked.opted_out).then(|| VisitorId::mint(now)));
        let body = match shown {
            Some(followed) => Body::View(followed),
            None => {
                let query = sealing::parameters(Source::View, Cow::Borrowed(query), &self.app.email_secret());
                Body::Params { source: Source::View, query }
            }
        };
        let hit = self.hit(id::mint(now), now, &asked, visitor, body);
        self.app.metrics.views.inc();
        let recorded = self.app.record_on(&self.lane, &hit).await;
        let mut reply = gif(if recorded.is_ok() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE });
        if let Some(visitor) = visitor {
            set(&mut reply, SET_COOKIE, &self.app.cookie.write(visitor));
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
    Followed { link: target.id, partner: target.partner, campaign: target.campaign, query: sealing::click(query) }
}

/// Where a visitor is sent, and the cookie that is set on the way.
pub struct Onward {
    /// The destination, put together by [`destination::redirect`].
    pub location: String,
    /// The value of `Set-Cookie`.
    pub cookie: Option<String>,
}

/// What every redirect says beside that. The length, so that HEAD says it too.
pub const WITH_REDIRECT: [(&str, &str); 3] =
    [("content-length", "0"), ("cache-control", "no-store"), ("x-robots-tag", "noindex")];

impl Onward {
    fn reply(&self) -> Reply {
        let mut reply = reply::empty(StatusCode::FOUND);
        set(&mut reply, LOCATION, &self.location);
        if let Some(cookie) = &self.cookie {
            set(&mut reply, SET_COOKIE, cookie);
        }
        for (name, value) in WITH_REDIRECT {
            set(&mut reply, HeaderName::from_static(name), value);
        }
        reply
    }
}

/// Sets a header that consists of visible ASCII, as ours do.
fn set(reply: &mut Reply, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        reply.headers_mut().insert(name, value);
    }
}

/// A link that is disabled or expired: its fallback, or 410.
fn off(target: &Target) -> Reply {
    match target.fallback() {
        Some(fallback) => Onward { location: fallback.to_owned(), cookie: None }.reply(),
        None => no_store(reply::with_body(StatusCode::GONE, "text/html; charset=utf-8", GONE)),
    }
}
