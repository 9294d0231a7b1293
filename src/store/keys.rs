//! API keys: only the SHA-256 of a secret is stored.

use crate::domain::audit::By;
use crate::domain::id::KeyId;
use crate::domain::key::Key;
use crate::error::Result;
use crate::store::sql::{Row, Slice, Tx, args};
use crate::store::trail::Entity;

macro_rules! select {
    ($tail:literal) => {
        concat!("select id, name, scope, hint, created_at, revoked_at from keys ", $tail)
    };
}

fn key(row: Row) -> Result<Key> {
    Ok(Key {
        id: row.get("id")?,
        name: row.get("name")?,
        scope: row.get("scope")?,
        hint: row.get("hint")?,
        created_at: row.get("created_at")?,
        revoked_at: row.get("revoked_at")?,
    })
}

impl Tx {
    /// Adds a key whose secret has this SHA-256.
    ///
    /// # Errors
    /// [`crate::error::Code::Conflict`] when the very secret is stored already.
    pub async fn add_key(&mut self, by: By, key: &Key, hash: [u8; 32]) -> Result<()> {
        const SQL: &str = "insert into keys (id, name, scope, hash, hint, created_at, revoked_at)
            values ($1, $2, $3, $4, $5, $6, $7)";
        let args = args![key.id, key.name.as_str(), key.scope, &hash[..], key.hint.as_str(), key.created_at, key.revoked_at];
        self.execute(SQL, args).await?;
        self.changed(by.at, Entity::Key, key.id.uuid()).await?;
        self.audit(by, "key.create", key.id, key).await
    }

    /// Revokes a key, for good.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn revoke_key(&mut self, by: By, key: &Key) -> Result<()> {
        self.execute("update keys set revoked_at = $2 where id = $1 and revoked_at is null", args![key.id, by.at]).await?;
        self.changed(by.at, Entity::Key, key.id.uuid()).await?;
        self.audit(by, "key.revoke", key.id, &Key { revoked_at: Some(by.at), ..key.clone() }).await
    }

    /// One key.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn key(&mut self, id: KeyId) -> Result<Option<Key>> {
        self.optional(select!("where id = $1"), args![id]).await?.map(key).transpose()
    }

    /// A part of the list of keys, revoked ones too.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn keys(&mut self, slice: Slice) -> Result<Vec<Key>> {
        const SQL: &str = select!("where id < $1 order by id desc limit $2");
        self.all(SQL, args![slice.before, slice.limit]).await?.into_iter().map(key).collect()
    }
}
