//! The files of the pages: built in, named after their content, so that browsers keep them for ever.

use std::io::Write;
use std::sync::LazyLock;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use hyper::StatusCode;
use hyper::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, HeaderValue, VARY};

use crate::domain::key;
use crate::http::pages::{Request, answer};
use crate::http::reply::{self, Reply};
use crate::pages::shell::Files;

struct File {
    name: String,
    kind: &'static str,
    plain: &'static [u8],
    gzipped: Bytes,
}

const CSS: (&str, &str, &[u8]) = ("css", "text/css; charset=utf-8", include_bytes!("../../../static/pages.css"));
const SCRIPT: (&str, &str, &[u8]) = ("js", "text/javascript; charset=utf-8", include_bytes!("../../../static/pages.js"));
const HTMX: (&str, &str, &[u8]) =
    ("js", "text/javascript; charset=utf-8", include_bytes!("../../../static/vendor/htmx.min.js"));
const CHARTS: (&str, &str, &[u8]) = ("js", "text/javascript; charset=utf-8", include_bytes!("../../../static/charts.js"));
const ECHARTS: (&str, &str, &[u8]) =
    ("js", "text/javascript; charset=utf-8", include_bytes!("../../../static/vendor/echarts.min.js"));

const ICON: (&str, &str, &[u8]) = ("svg", "image/svg+xml", include_bytes!("../../../static/icon.svg"));

static FILES: LazyLock<[File; 6]> =
    LazyLock::new(|| [CSS, ICON, SCRIPT, HTMX, CHARTS, ECHARTS].map(|(ending, kind, plain)| file(ending, kind, plain)));

fn file(ending: &str, kind: &'static str, plain: &'static [u8]) -> File {
    // Names need to differ, not to be hard to guess.
    let hash: String = key::letters(key::hash(&String::from_utf8_lossy(plain))).chars().take(12).collect();
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    let gzipped = gzip.write_all(plain).and_then(|()| gzip.finish()).unwrap_or_default();
    File { name: format!("{hash}.{ending}"), kind, plain, gzipped: gzipped.into() }
}

/// Their paths.
pub(super) fn files() -> Files {
    let [css, icon, script, htmx, charts, echarts] = &*FILES;
    let path = |file: &File| format!("/assets/{}", file.name);
    Files {
        css: path(css),
        icon: path(icon),
        script: path(script),
        htmx: path(htmx),
        charts: path(charts),
        echarts: path(echarts),
    }
}

/// The icon under the name that browsers guess, kept for a day.
pub(in crate::http) fn icon() -> Reply {
    let mut reply = reply::with_body(StatusCode::OK, ICON.1, ICON.2);
    answer::protect(reply.headers_mut());
    reply.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=86400"));
    reply
}

/// One of them.
pub(super) fn reply(name: &str, request: &Request) -> Reply {
    let Some(file) = FILES.iter().find(|file| file.name == name) else {
        return reply::with_body(StatusCode::NOT_FOUND, "text/plain", "not found\n");
    };
    let wishes = request.header(ACCEPT_ENCODING).unwrap_or_default();
    let gzip = wishes.split(',').any(|wish| wish.trim().split(';').next() == Some("gzip") && !wish.ends_with("q=0"));
    let mut reply = match gzip && !file.gzipped.is_empty() {
        true => reply::with_body(StatusCode::OK, file.kind, file.gzipped.clone()),
        false => reply::with_body(StatusCode::OK, file.kind, file.plain),
    };
    let headers = reply.headers_mut();
    if gzip && !file.gzipped.is_empty() {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    answer::protect(headers);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    reply
}
