//! API keys: only the SHA-256 of a secret is stored.

use crate::domain::audit::By;
use crate::domain::id::KeyId;
use crate::domain::key::{self, Key, Scope};
use crate::domain::time::Time;
use crate::error::{Error, Result};
use crate::store::sql::{Row, Slice, Tx, args};
use crate::store::trail::Entity;

macro_rules! select {
    ($tail:literal) => {
        concat!("select id, name, scope, hint, created_at, last_used_at, revoked_at from keys ", $tail)
    };
}

fn read(row: Row) -> Result<Key> {
    Ok(Key {
        id: row.get("id")?,
        name: row.get("name")?,
        scope: row.get("scope")?,
        hint: row.get("hint")?,
        created_at: row.get("created_at")?,
        last_used_at: row.get("last_used_at")?,
        revoked_at: row.get("revoked_at")?,
    })
}

/// The name of the key that the operator chose in the settings.
const CHOSEN: &str = "admin_key of the settings";
/// What is shown of it: nothing.
const HINT: &str = "chosen";

/// A new secret for a browser or a one-time link.
pub(super) fn drawn() -> Result<String> {
    random().map(key::letters)
}

fn random() -> Result<[u8; 32]> {
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(|why| Error::internal("the machine gives no random numbers", why))?;
    Ok(random)
}

impl Tx {
    /// Makes a key; returns it with its secret, which is stored nowhere.
    ///
    /// # Errors
    /// The database does not answer, or the machine gives no random numbers.
    pub async fn issue_key(&mut self, by: By, name: String, scope: Scope) -> Result<(Key, String)> {
        let secret = key::secret(random()?);
        let (id, hint) = (KeyId::mint(by.at), key::hint(&secret));
        let key = Key { id, name, scope, hint, created_at: by.at, last_used_at: None, revoked_at: None };
        self.add_key(by, &key, key::hash(&secret)).await?;
        Ok((key, secret))
    }

    /// Whether there never was an admin key: the first start.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn has_no_admin_key(&mut self) -> Result<bool> {
        Ok(self.optional("select id from keys where scope = $1 limit 1", args![Scope::Admin]).await?.is_none())
    }

    /// Makes `secret` an admin key, and revokes the one that the settings named before.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn set_chosen_key(&mut self, by: By, secret: &str) -> Result<()> {
        let hash = key::hash(secret);
        const KNOWN: &str = "select id from keys where hash = $1 and revoked_at is null";
        if self.optional(KNOWN, args![&hash[..]]).await?.is_some() {
            return Ok(());
        }
        // Anybody may give a key that name; only this one has that hint.
        for row in self.all(select!("where name = $1 and hint = $2 and revoked_at is null"), args![CHOSEN, HINT]).await? {
            self.revoke_key(by, &read(row)?).await?;
        }
        // A secret that was in use before comes back under a new id; its old line in the log stays.
        self.execute("delete from keys where hash = $1", args![&hash[..]]).await?;
        let (id, name) = (KeyId::mint(by.at), CHOSEN.to_owned());
        let key =
            Key { id, name, scope: Scope::Admin, hint: HINT.into(), created_at: by.at, last_used_at: None, revoked_at: None };
        self.add_key(by, &key, hash).await
    }

    /// Adds a key whose secret has this SHA-256.
    async fn add_key(&mut self, by: By, key: &Key, hash: [u8; 32]) -> Result<()> {
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

    /// Notes when a key was last shown; what somebody else noted later stays.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn note_key_use(&mut self, id: KeyId, at: Time) -> Result<()> {
        const SQL: &str = "update keys set last_used_at = $2 where id = $1 and coalesce(last_used_at, 0) < $2";
        self.execute(SQL, args![id, at]).await?;
        Ok(())
    }

    /// One key.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn key(&mut self, id: KeyId) -> Result<Option<Key>> {
        self.optional(select!("where id = $1"), args![id]).await?.map(read).transpose()
    }

    /// A part of the list of keys, revoked ones too.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn keys(&mut self, slice: Slice) -> Result<Vec<Key>> {
        const SQL: &str = select!("where id < $1 order by id desc limit $2");
        self.all(SQL, args![slice.before, slice.limit]).await?.into_iter().map(read).collect()
    }
}
