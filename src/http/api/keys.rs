//! `/keys`

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::id::KeyId;
use crate::domain::key::{Key, Scope};
use crate::domain::partner::check_text;
use crate::error::{Error, Problems, Result};
use crate::http::api::endpoint::Call;
use crate::http::api::input::{Body, Id, List};
use crate::http::api::output::{self, Answer, Done, Output, Page, Shown};
use crate::http::api::sketch::Sketch;
use crate::http::app::App;
use crate::store::Tx;

/// A key to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewKey {
    /// What it is for.
    name: String,
    /// What it may do.
    scope: Scope,
}

/// A new key with its secret, which is shown this once.
#[derive(Serialize, ToSchema)]
pub(super) struct IssuedKey {
    #[serde(flatten)]
    about: Key,
    /// The secret. Keep it: only its hash is stored.
    #[schema(required = false)]
    key: String,
}

/// 201 with the secret; a repeated request gets the same without it, for it is stored nowhere.
pub(super) struct Issued(IssuedKey);

impl Output for Issued {
    fn answer(self) -> Result<Answer> {
        Ok(Answer { kept: Some(output::text(&self.0.about)?), ..Answer::of(201, &self.0)? })
    }

    fn describe(sketch: &mut Sketch) {
        let body = sketch.refer::<IssuedKey>();
        sketch.reply(
            201,
            "It was made. A request repeated under the same Idempotency-Key is answered without `key`.",
            Some(body),
        );
    }
}

pub(super) async fn create(call: Call<'_>, Body(new): Body<NewKey>) -> Result<Issued> {
    let mut problems = Problems::default();
    check_text(&mut problems, "name", &new.name);
    problems.finish()?;
    let (about, secret) = call.tx.issue_key(call.by, new.name, new.scope).await?;
    Ok(Issued(IssuedKey { about, key: secret }))
}

pub(super) async fn list(call: Call<'_>, list: List<KeyId>) -> Result<Page<Key>> {
    let rows = call.tx.keys(list.slice).await?.into_iter().map(|key| fresh(call.app, key)).collect();
    Ok(list.page(rows, |key| key.id))
}

pub(super) async fn show(call: Call<'_>, Id(id): Id<KeyId>) -> Result<Shown<Key>> {
    find(call.tx, id).await.map(|key| Shown(fresh(call.app, key)))
}

/// Revokes, for good.
pub(super) async fn remove(call: Call<'_>, Id(id): Id<KeyId>) -> Result<Done> {
    let key = find(call.tx, id).await?;
    if key.revoked_at.is_none() {
        call.tx.revoke_key(call.by, &key).await?;
    }
    Ok(Done)
}

/// With what this node knows of its last use and the store does not yet.
pub fn fresh(app: &App, key: Key) -> Key {
    Key { last_used_at: key.last_used_at.max(app.directory.key_use(key.id)), ..key }
}

async fn find(tx: &mut Tx, id: KeyId) -> Result<Key> {
    tx.key(id).await?.ok_or_else(|| Error::not_found("key", id))
}
