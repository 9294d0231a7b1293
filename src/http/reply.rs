//! Answers: the one place where an error becomes a status.

use std::time::Duration;

use bytes::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use hyper::{HeaderMap, Response, StatusCode};
use serde::Serialize;

use crate::error::{Code, Error, FieldError};
use crate::http::body::Body;

/// A whole answer; every body but a stream of events is known before its first byte leaves.
pub type Reply = Response<Body>;

/// Seconds after which a caller may try again when something cannot be recorded now.
pub const RETRY_AFTER_SECONDS: &str = "5";

/// The longest a caller may wait for the outcome of what it sent.
pub const WAIT_MAX: Duration = Duration::from_secs(30);

/// RFC 9457: what went wrong, for machines and people.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Problem {
    /// A URI reference for the kind of problem: `about:blank#` and the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// The status in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// The stable code.
    pub code: String,
    /// A sentence for a person.
    pub detail: String,
    /// Every field that does not fit.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
}

/// The status that stands for a code.
pub fn status(code: Code) -> StatusCode {
    match code {
        Code::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        Code::Malformed => StatusCode::BAD_REQUEST,
        Code::Unauthorized => StatusCode::UNAUTHORIZED,
        Code::Forbidden => StatusCode::FORBIDDEN,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        Code::Conflict => StatusCode::CONFLICT,
        Code::IdempotencyKeyReused => StatusCode::UNPROCESSABLE_ENTITY,
        Code::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
        Code::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Code::Timeout => StatusCode::REQUEST_TIMEOUT,
        Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// `Prefer: wait=N` (RFC 7240): how long the caller would wait for the outcome, at most [`WAIT_MAX`].
pub fn prefer_wait(headers: &HeaderMap) -> Option<Duration> {
    let lines = headers.get_all("prefer").into_iter().filter_map(|line| line.to_str().ok());
    let mut wishes = lines.flat_map(|line| line.split([',', ';'])).filter_map(|wish| wish.trim().split_once('='));
    let (_, seconds) = wishes.find(|(name, _)| name.trim().eq_ignore_ascii_case("wait"))?;
    seconds.trim().trim_matches('"').parse().ok().map(|seconds| Duration::from_secs(seconds).min(WAIT_MAX))
}

/// An answer with a body.
pub fn with_body(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Reply {
    let mut reply = Response::new(Body::from(body.into()));
    *reply.status_mut() = status;
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    reply
}

/// A JSON answer.
pub fn json(status: StatusCode, body: &impl Serialize) -> Reply {
    match serde_json::to_vec(body) {
        Ok(text) => with_body(status, "application/json", text),
        Err(why) => problem(&Error::internal("the answer could not be written", why)),
    }
}

/// An answer without a body.
pub fn empty(status: StatusCode) -> Reply {
    let mut reply = Response::new(Body::default());
    *reply.status_mut() = status;
    reply
}

/// A problem document. Causes go to the log, never to the caller.
pub fn problem(error: &Error) -> Reply {
    let status = status(error.code);
    if status.is_server_error() {
        let cause = std::error::Error::source(error).map(ToString::to_string);
        tracing::error!(code = error.code.as_str(), cause, "{error}");
    }
    let document = Problem {
        kind: format!("about:blank#{}", error.code.as_str()),
        title: status.canonical_reason().unwrap_or_default().to_owned(),
        status: status.as_u16(),
        code: error.code.as_str().to_owned(),
        detail: error.message.clone(),
        errors: error.fields.clone(),
    };
    // The document is plain strings and numbers: it can always be written.
    let body = serde_json::to_vec(&document).unwrap_or_default();
    let mut reply = with_body(status, "application/problem+json", body);
    if error.code == Code::Unavailable {
        reply.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER_SECONDS));
    }
    if error.code == Code::Unauthorized {
        reply.headers_mut().insert(hyper::header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"kudos\""));
    }
    reply
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::HeaderName;

    #[test]
    fn preferences_are_read_and_capped() {
        for (value, expected) in [
            ("wait=5", Some(5)),
            ("respond-async, wait=5", Some(5)),
            ("respond-async; Wait = \"7\"", Some(7)),
            ("wait=3600", Some(WAIT_MAX.as_secs())),
            ("wait=soon", None),
            ("return=minimal", None),
        ] {
            let headers = HeaderMap::from_iter([(HeaderName::from_static("prefer"), HeaderValue::from_static(value))]);
            assert_eq!(prefer_wait(&headers), expected.map(Duration::from_secs), "{value}");
        }
    }
}
