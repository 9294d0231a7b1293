//! `Idempotency-Key`: the answer of a POST is kept in the transaction of its effect, and given again to the same request.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use hyper::Method;
use sha2::{Digest, Sha256};
use tokio::sync::OwnedMutexGuard;

use crate::domain::hit::Idempotency;
use crate::domain::id::KeyId;
use crate::domain::time::Time;
use crate::error::{Code, Error, Result};
use crate::http::api::Request;
use crate::http::api::output::Answer;
use crate::store::Tx;

/// The request header.
pub(super) const HEADER: &str = "Idempotency-Key";
/// The longest key, in characters: a UUID or a hash has plenty of room.
const LEN_MAX: usize = 255;

/// Reports under way that carry an idempotency key: under one key they go one after the other, so that the second finds what
/// the first was answered.
#[derive(Default)]
pub struct UnderWay(Mutex<HashMap<String, Weak<tokio::sync::Mutex<()>>>>);

impl UnderWay {
    /// Waits until no other request is under way with this key, for as long as what it returns is kept.
    pub async fn alone(&self, key: &str) -> OwnedMutexGuard<()> {
        let turn = {
            let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            turns.retain(|_, turn| turn.strong_count() > 0);
            let known = turns.get(key).and_then(Weak::upgrade);
            known.unwrap_or_else(|| {
                let turn = Arc::default();
                turns.insert(key.to_owned(), Arc::downgrade(&turn));
                turn
            })
        };
        turn.lock_owned().await
    }
}

/// What makes a POST recognisable, if its sender wants that.
pub(super) fn recognise(key: KeyId, request: &Request) -> Result<Option<Idempotency>> {
    let Some(value) = request.headers.get(HEADER).filter(|_| request.method == Method::POST) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default();
    if !(1..=LEN_MAX).contains(&text.len()) || !text.bytes().all(|b| b == b' ' || b.is_ascii_graphic()) {
        return Err(Error::invalid(HEADER, format!("must be 1 to {LEN_MAX} printable ASCII characters")));
    }
    let hash = Sha256::new()
        .chain_update(request.method.as_str())
        .chain_update(b"\n")
        .chain_update(&request.path)
        .chain_update(b"\n")
        .chain_update(&request.body);
    Ok(Some(Idempotency { key: format!("{key}:{text}"), request: hash.finalize().into() }))
}

/// The answer that the same request got before.
///
/// # Errors
/// [`Code::IdempotencyKeyReused`] when it was another request.
pub(super) async fn earlier(tx: &mut Tx, idempotency: Option<&Idempotency>) -> Result<Option<Answer>> {
    let Some(idempotency) = idempotency else { return Ok(None) };
    let Some(kept) = tx.kept_answer(&idempotency.key).await? else { return Ok(None) };
    if kept.request != idempotency.request {
        let sentence = "this Idempotency-Key was used for a different request; choose a new one for each request";
        return Err(Error::new(Code::IdempotencyKeyReused, sentence));
    }
    Ok(Some(Answer { replayed: true, ..Answer::text(kept.status, kept.body) }))
}

/// Keeps an answer for a repeated request.
pub(super) async fn keep(tx: &mut Tx, at: Time, idempotency: Option<&Idempotency>, answer: &Answer) -> Result<()> {
    let Some(idempotency) = idempotency else { return Ok(()) };
    let body = answer.kept.as_ref().unwrap_or(&answer.body);
    if tx.keep_answer(at, idempotency, answer.status, body).await? {
        return Ok(());
    }
    Err(Error::new(Code::Conflict, "a request with this Idempotency-Key is under way; send it again in a moment"))
}
