//! What a page answers with, and the headers that every one of them carries.

use bytes::Bytes;
use hyper::header::{
    ALLOW, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue, LOCATION,
    REFERRER_POLICY, SET_COOKIE, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use hyper::{Response, StatusCode};
use tokio::sync::mpsc;

use crate::error::{Code, Error, FieldError};
use crate::http::body::Body;
use crate::http::reply::{self, Reply};
use crate::pages::door;
use crate::pages::shell::{Content, Shell};
use crate::pages::texts::Called;

/// Nothing from elsewhere, no script or style inside a page, no frame around one, no form to elsewhere.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
    form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The answer of a handler.
pub(super) struct Answer {
    status: StatusCode,
    kind: &'static str,
    body: Body,
    to: Option<String>,
    cookies: Vec<String>,
    file: Option<String>,
    allow: Option<String>,
    whole: Option<String>,
}

impl Answer {
    fn new(status: StatusCode, kind: &'static str, body: impl Into<Bytes>) -> Answer {
        Answer {
            status,
            kind,
            body: Body::from(body.into()),
            to: None,
            cookies: Vec::new(),
            file: None,
            allow: None,
            whole: None,
        }
    }

    /// A page.
    pub fn page(shell: &Shell, content: &Content) -> Answer {
        Answer::new(StatusCode::OK, "text/html; charset=utf-8", shell.page(content))
    }

    /// Something to keep under a name, or to show where there is none.
    pub fn file(kind: &'static str, body: impl Into<Bytes>, name: Option<String>) -> Answer {
        Answer { file: name, ..Answer::new(StatusCode::OK, kind, body) }
    }

    /// Events, for as long as their sender is there.
    pub fn events(events: mpsc::Receiver<Bytes>) -> Answer {
        Answer { body: Body::Stream(events), ..Answer::new(StatusCode::OK, "text/event-stream", "") }
    }

    /// Another page, to be looked at instead.
    pub fn go(to: impl Into<String>) -> Answer {
        Answer { to: Some(to.into()), ..Answer::new(StatusCode::SEE_OTHER, "text/plain", "") }
    }

    /// Where it leads.
    pub fn to(&self) -> Option<&str> {
        self.to.as_deref()
    }

    /// The same under another status.
    pub fn with_status(self, status: StatusCode) -> Answer {
        Answer { status, ..self }
    }

    /// The page at `here`, which is never a part of another: htmx, which wanted one, goes there as a whole.
    pub fn whole(self, here: &str) -> Answer {
        Answer { whole: Some(here.to_owned()), ..self }
    }

    /// Also sets a cookie.
    pub fn cookie(mut self, line: String) -> Answer {
        self.cookies.push(line);
        self
    }

    /// What a path answers that does not have the method.
    pub fn method_not_allowed(shell: &Shell, allow: &str) -> Answer {
        let status = StatusCode::METHOD_NOT_ALLOWED;
        Answer { status, allow: Some(allow.to_owned()), ..failed(shell, &Error::new(Code::NotFound, "")) }
    }

    /// As it goes out.
    pub fn into_reply(self) -> Reply {
        let mut reply = Response::new(self.body);
        *reply.status_mut() = self.status;
        let headers = reply.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.kind));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        protect(headers);
        let mut add =
            |name: HeaderName, value: &str| HeaderValue::from_str(value).map(|value| headers.append(name, value)).ok();
        if let Some(to) = &self.to {
            add(LOCATION, to);
        }
        if let Some(name) = &self.file {
            add(CONTENT_DISPOSITION, &format!("attachment; filename=\"{name}\""));
        }
        for line in &self.cookies {
            add(SET_COOKIE, line);
        }
        if let Some(allow) = &self.allow {
            add(ALLOW, allow);
        }
        if let Some(here) = &self.whole {
            add(HeaderName::from_static("hx-redirect"), here);
        }
        reply
    }
}

/// What every answer of the pages tells the browser.
pub(super) fn protect(headers: &mut hyper::HeaderMap) {
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    // Not less: without a referrer to itself, a browser says of its own forms that they come from nowhere.
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin"));
    headers.insert(HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex"));
}

/// What is refused, in the reader's words.
fn refusal(shell: &Shell, error: &Error) -> String {
    let field = |one: &FieldError| match error.code {
        Code::Invalid => format!("{}: {}", shell.words::<Called>().field(&one.field), shell.reader.said(&one.message)),
        _ => shell.reader.said(&one.message),
    };
    match error.fields.is_empty() {
        true => shell.reader.said(&error.message),
        false => error.fields.iter().map(field).collect::<Vec<_>>().join("; "),
    }
}

/// The page that says what went wrong; causes go to the log.
pub(super) fn failed(shell: &Shell, error: &Error) -> Answer {
    let (t, status) = (shell.texts(), reply::status(error.code));
    if status.is_server_error() {
        let cause = std::error::Error::source(error).map(ToString::to_string);
        tracing::error!(code = error.code.as_str(), cause, "{error}");
    }
    let said;
    let (title, text) = match error.code {
        Code::NotFound => (t.not_found, t.not_found_text),
        Code::Forbidden => (t.not_allowed, t.not_allowed_text),
        Code::Unauthorized => return Answer::page(shell, &door::stale(shell)).with_status(StatusCode::FORBIDDEN),
        Code::Invalid | Code::Conflict | Code::Malformed | Code::TooManyRequests => {
            said = refusal(shell, error);
            (t.not_done, said.as_str())
        }
        _ => (t.not_done, t.try_again),
    };
    // What was done is told by the page that it led to, and that one is not there.
    let shell = &Shell { notice: None, undo: None, ..shell.clone() };
    let next = (shell.base(), if shell.user.is_some() { t.to_the_start } else { t.sign_in });
    Answer { status, ..Answer::page(shell, &door::message(title, text, Some(next))) }
}
