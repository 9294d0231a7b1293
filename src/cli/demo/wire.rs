//! An HTTP client over a connection that is not on the network and keeps its own time.

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderMap, HeaderValue};
use hyper::http::request::Builder;
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::Value;

use super::Fallible;
use crate::cli::node::Node;
use crate::clock::Clock;
use crate::domain::time::Time;

/// A connection, its clock and a key for the API.
pub(super) struct Wire {
    sender: SendRequest<Full<Bytes>>,
    clock: Clock,
    host: HeaderValue,
    key: String,
}

/// What came back.
pub(super) struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Wire {
    /// Connects; API requests will be made under `key`.
    pub async fn open(node: &Node, key: &str) -> Fallible<Wire> {
        let clock = Clock::manual(node.app.clock.now());
        let (sender, connection) = handshake(TokioIo::new(node.internal_connection(clock.clone()))).await?;
        tokio::spawn(connection);
        Ok(Wire { sender, clock, host: node.address.to_string().parse()?, key: key.to_owned() })
    }

    /// Sends a request that arrives at `at`.
    pub async fn send(&mut self, at: Time, request: Builder, body: impl Into<Bytes>) -> Fallible<Answer> {
        let mut request: Request<Full<Bytes>> = request.body(Full::new(body.into()))?;
        request.headers_mut().insert(HOST, self.host.clone());
        self.sender.ready().await?;
        self.clock.set(at);
        let (parts, body) = self.sender.send_request(request).await?.into_parts();
        Ok(Answer { status: parts.status, headers: parts.headers, body: body.collect().await?.to_bytes() })
    }

    /// Sends a request to the API, which must succeed; `Null` sends no body.
    pub async fn api(&mut self, at: Time, method: &str, path: &str, body: Value) -> Fallible<Value> {
        let request = Request::builder()
            .method(method)
            .uri(format!("/api/v1{path}"))
            .header(AUTHORIZATION, format!("Bearer {}", self.key))
            .header(CONTENT_TYPE, "application/json");
        let body = if body.is_null() { Vec::new() } else { serde_json::to_vec(&body)? };
        let answer = self.send(at, request, body).await?;
        if !answer.status.is_success() {
            let text = String::from_utf8_lossy(&answer.body);
            return Err(format!("{method} {path} was answered {}: {text}", answer.status).into());
        }
        Ok(if answer.body.is_empty() { Value::Null } else { serde_json::from_slice(&answer.body)? })
    }
}
