//! For operators: alive, ready, metrics, robots.

use hyper::StatusCode;
use serde_json::json;

use crate::http::edge::{Edge, no_store};
use crate::http::metrics;
use crate::http::reply::{self, Reply};
use crate::journal::Health;

const TEXT: &str = "text/plain; charset=utf-8";

impl Edge {
    /// `GET /livez`: the process answers.
    pub fn livez(&self) -> Reply {
        no_store(reply::with_body(StatusCode::OK, TEXT, "ok\n"))
    }

    /// `GET /readyz`: 200 while hits can be recorded durably, else 503 and why. Beside it, for operators: whether the database
    /// answers and takes what there is, and whether every link is in memory. Neither keeps the edge from working; a worker is ready with its database.
    pub fn readyz(&self) -> Reply {
        let (status, word) = match self.app.journal.status().health {
            Health::Ok => (StatusCode::OK, "ready"),
            Health::Full => (StatusCode::SERVICE_UNAVAILABLE, "the disk is full"),
            Health::Failed => (StatusCode::SERVICE_UNAVAILABLE, "the disk failed"),
            Health::Closed => (StatusCode::SERVICE_UNAVAILABLE, "stopping"),
        };
        let answers = self.app.store_is_well();
        // One that only works is of no use without the database, and is asked for nothing else.
        let status = if answers || self.app.role.answers() { status } else { StatusCode::SERVICE_UNAVAILABLE };
        let word = if status.is_success() || word != "ready" { word } else { "waiting for the database" };
        let database = if answers { "answers" } else { "does not answer" };
        let links = match (self.app.has_store(), self.app.directory.links().is_whole()) {
            (Err(_), _) => "of a snapshot",
            (Ok(()), true) => "all in memory",
            (Ok(()), false) => "a part in memory",
        };
        no_store(reply::json(status, &json!({ "status": word, "database": database, "links": links })))
    }

    /// `GET /metrics`
    pub fn metrics(&self) -> Reply {
        const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
        no_store(reply::with_body(StatusCode::OK, OPEN_METRICS, metrics::text(&self.app)))
    }

    /// `GET /robots.txt`: nothing here is for crawlers.
    pub fn robots(&self) -> Reply {
        reply::with_body(StatusCode::OK, TEXT, "User-agent: *\nDisallow: /\n")
    }
}
