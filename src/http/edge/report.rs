//! What websites report: by pixel, by postback, by the tag's beacon.

use std::borrow::Cow;

use bytes::Bytes;
use form_urlencoded::Serializer;
use hyper::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CONTENT_TYPE, HeaderMap, HeaderValue};
use hyper::{Method, StatusCode};
use serde_json::json;

use crate::domain::conversion::{IDENTIFY, Report, Source};
use crate::domain::hit::Body;
use crate::domain::id::{self, ConversionId};
use crate::domain::key::Scope;
use crate::domain::sealing;
use crate::error::{Code, Error, Result};
use crate::http::api::bearer;
use crate::http::api::record::credited;
use crate::http::edge::asked::Fields;
use crate::http::edge::{Edge, Parts, again_later, gif, no_store};
use crate::http::reply::{self, Reply};

/// The parameter that carries a postback's key; never journaled, not even where a website sends it to the pixel by mistake.
const TOKEN: &str = "token";

impl Edge {
    /// `GET /pixel.gif`: always the same picture. Bad input is kept and shown to admins; only what could not be
    /// recorded at all answers 503, so that nothing is promised.
    pub async fn pixel(&self, parts: &Parts) -> Reply {
        if parts.method == Method::HEAD {
            return gif(StatusCode::OK);
        }
        self.app.metrics.pixels.inc();
        let query = without_token(parts.uri.query().unwrap_or_default());
        match self.report(&parts.headers, Source::Pixel, query).await {
            Ok(_) => gif(StatusCode::OK),
            Err(error) => again_later(gif(reply::status(error.code))),
        }
    }

    /// `POST /collect`: the tag's beacon. 204 whatever it says; bad input is kept as with the pixel.
    pub async fn collect(&self, parts: &Parts, body: Bytes) -> Reply {
        self.app.metrics.beacons.inc();
        let mut reply = match self.report(&parts.headers, Source::Tag, object_without_token(&body)).await {
            Ok(_) => reply::empty(StatusCode::NO_CONTENT),
            Err(error) => reply::problem(&error),
        };
        reply.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        no_store(reply)
    }

    /// `GET|POST /postback?token=..`: 202 once recorded, 422 with every bad field, 401 without a key.
    pub async fn postback(&self, parts: &Parts, body: Bytes) -> Reply {
        self.app.metrics.postbacks.inc();
        match self.postback_or_error(parts, &body).await {
            Ok(reply) => no_store(reply),
            Err(error) => no_store(reply::problem(&error)),
        }
    }

    async fn postback_or_error(&self, parts: &Parts, body: &Bytes) -> Result<Reply> {
        let pairs = postback_pairs(parts, body)?;
        let token = pairs.iter().find(|(name, _)| name == TOKEN).map(|(_, value)| value.as_ref());
        match token.or_else(|| bearer(&parts.headers)).and_then(|secret| self.app.key(secret)) {
            None => return Err(self.app.unknown_key("token is missing or not a key that is in use")),
            Some((_, scope)) if !scope.covers(Scope::Track) => {
                return Err(Error::new(Code::Forbidden, "token is a key without the scope track"));
            }
            Some(_) => {}
        }
        let pairs: Vec<_> = pairs.into_iter().filter(|(name, _)| name != TOKEN).collect();
        let report = Report::from_params(&pairs)?;
        let query = Serializer::new(String::new()).extend_pairs(&pairs).finish();
        let id = self.report(&parts.headers, Source::Postback, query.into()).await?;
        if let Some(patience) = reply::prefer_wait(&parts.headers).filter(|_| report.event != IDENTIFY)
            && let Some(credited) = credited(&self.app, id, None, patience).await?
        {
            return Ok(reply::json(StatusCode::OK, &credited));
        }
        Ok(reply::json(StatusCode::ACCEPTED, &json!({ "id": id, "status": "recorded" })))
    }

    async fn report(&self, headers: &HeaderMap, source: Source, query: Cow<'_, str>) -> Result<ConversionId> {
        let now = self.clock.now();
        let id = id::mint(now);
        let asked = self.asked(Fields::Map(headers));
        let query = sealing::parameters(source, query, &self.app.email_secret());
        let hit = self.hit(id, now, &asked, asked.visitor, Body::Params { source, query });
        self.app.record_on(&self.lane, &hit).await?;
        Ok(id.into())
    }
}

/// The parameters of a postback: its query, then its body, a form or a JSON object of texts and numbers.
fn postback_pairs<'a>(parts: &'a Parts, body: &'a Bytes) -> Result<Vec<(Cow<'a, str>, Cow<'a, str>)>> {
    let query = parts.uri.query().unwrap_or_default();
    let mut pairs: Vec<_> = form_urlencoded::parse(query.as_bytes()).collect();
    let kind = parts.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if kind.to_ascii_lowercase().starts_with("application/json") {
        let object = crate::domain::interpret::read_object(&String::from_utf8_lossy(body))
            .map_err(|why| Error::new(Code::Malformed, format!("the body {why}")))?;
        pairs.extend(object.into_iter().map(|(name, value)| (name.into(), value.into())));
    } else {
        pairs.extend(form_urlencoded::parse(body));
    }
    Ok(pairs)
}

/// The query of a pixel as it came, but for a key.
fn without_token(query: &str) -> Cow<'_, str> {
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    if !pairs.any(|(name, _)| name == TOKEN) {
        return Cow::Borrowed(query);
    }
    let others = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name != TOKEN);
    Serializer::new(String::new()).extend_pairs(others).finish().into()
}

/// The body of a beacon as it came, but for a key.
fn object_without_token(body: &Bytes) -> Cow<'_, str> {
    let text = String::from_utf8_lossy(body);
    if !text.contains(TOKEN) {
        return text;
    }
    match serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&text) {
        Ok(mut object) => {
            object.remove(TOKEN);
            serde_json::Value::Object(object).to_string().into()
        }
        Err(_) => text,
    }
}
