//! The pieces of a small program, and a look behind the API: what the database and the files hold.

use std::path::Path;

use kudos::cli::node::Parts;
use kudos::clock::Clock;
use kudos::domain::time::{DAY_MS, Time};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::STORE;
use super::server::{Server, text};
use crate::database::by_hand;

/// A server whose clock stands still until it is set.
pub struct Dated {
    pub server: Server,
    pub clock: Clock,
    pub start: Time,
}

impl Dated {
    pub fn start() -> Dated {
        Dated::with_settings(&[])
    }

    pub fn with_settings(settings: &[(&str, &str)]) -> Dated {
        let start = Time::from_millis(1_760_000_000_000);
        let clock = Clock::manual(start);
        let server = Server::with(settings, Parts { clock: clock.clone(), ..Parts::default() });
        Dated { server, clock, start }
    }

    /// So many days after the start.
    pub fn day(&self, days: i64) -> Time {
        self.start + days * DAY_MS
    }
}

/// The status of an API request, and the names of the fields that it complains about.
pub fn refused(server: &Server, method: &str, path: &str, body: Value) -> (u16, Vec<String>) {
    let answer = server.api(method, path, body);
    (answer.status, fields(&answer.json()))
}

/// A link as wanted, on top of a destination; its whole view.
pub fn link_with(server: &Server, partner: &str, wanted: Value) -> Value {
    let mut body = json!({ "partner_id": partner, "destination": "https://shop.example/" });
    body.as_object_mut().unwrap().extend(wanted.as_object().unwrap().clone());
    server.ok("POST", "/links", body)
}

/// A key of a scope; its secret.
pub fn key(server: &Server, scope: &str) -> String {
    text(&server.ok("POST", "/keys", json!({ "name": scope, "scope": scope })), "key")
}

/// Customers with an address, merged, and credit by hand.
pub fn buyers(server: &Server, partner: &str, sale: &Value) {
    server.ok("POST", "/customers/c1/identify", json!({ "email": "sam@example.com" }));
    server.ok("POST", "/customers/c2/merge", json!({ "into": "c1" }));
    server.ok("PATCH", "/customers/c1", json!({ "parent_id": "c3", "partner_id": partner }));
    let order = json!({ "order_id": "heard", "amount": 1, "currency": "EUR", "heard_from": "ben" });
    server.ok("POST", "/conversions", order);
    server.attributed("heard");
    let credits = format!("/conversions/{}/credits", text(sale, "id"));
    server.ok("POST", &credits, json!({ "partner_id": partner, "weight": 0.1, "reason": "a favour" }));
    for order in 0..3 {
        server.attributed(&order.to_string());
    }
}

/// Every row that a list shows, over all its pages of `limit`.
pub fn walk(server: &Server, list: &str, limit: usize) -> Vec<Value> {
    let mut rows = Vec::new();
    let mut cursor = String::new();
    let joint = if list.contains('?') { '&' } else { '?' };
    loop {
        let page = server.ok("GET", &format!("{list}{joint}limit={limit}{cursor}"), Value::Null);
        let data = page["data"].as_array().unwrap();
        assert!(data.len() <= limit);
        rows.extend(data.iter().cloned());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return rows,
        }
    }
}

/// The names of the fields that a 422 or 409 complains about.
pub fn fields(problem: &Value) -> Vec<String> {
    problem["errors"].as_array().into_iter().flatten().map(|error| text(error, "field")).collect()
}

/// The one row of the performance report without groups.
pub fn totals(server: &Server) -> Value {
    let report = server.ok("GET", "/reports/performance", Value::Null);
    report["data"].as_array().unwrap().first().cloned().unwrap_or(Value::Null)
}

/// The text of one column of every row that a query finds in the database.
pub fn column(dir: &TempDir, query: &str) -> Vec<Option<String>> {
    column_in(dir.path(), query)
}

/// The same for a data directory that is not temporary itself.
pub fn column_in(data_dir: &Path, query: &str) -> Vec<Option<String>> {
    let query = query.to_owned();
    by_hand(&STORE.url(data_dir), async move |hand| hand.nullable_texts(&query).await)
}

/// The files under `dir` that hold these bytes.
pub fn files_with(dir: &Path, needle: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_with(&path, needle));
        } else if std::fs::read(&path).unwrap_or_default().windows(needle.len()).any(|window| window == needle) {
            found.push(path.display().to_string());
        }
    }
    found
}
