//! Secrets under which client addresses are hashed. The newest is in use; an old one is deleted, and with it every way back.

use uuid::Uuid;

use crate::domain::id;
use crate::domain::time::Time;
use crate::error::{Error, Result};
use crate::store::Entity;
use crate::store::sql::{Tx, args};

/// A secret and its id.
#[derive(Clone, PartialEq, Eq)]
pub struct Salt {
    /// Its id.
    pub id: Uuid,
    /// The secret.
    pub secret: [u8; 32],
    /// When it was made.
    pub created_at: Time,
}

impl std::fmt::Debug for Salt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Salt").field("id", &self.id).field("created_at", &self.created_at).finish_non_exhaustive()
    }
}

impl Tx {
    /// The salt in use; made when there is none, so the transaction has to be one that may write.
    ///
    /// # Errors
    /// The database does not answer, or the machine has no random bytes.
    pub async fn current_salt(&mut self, now: Time) -> Result<Salt> {
        const SQL: &str = "select id, secret, created_at from salts order by created_at desc, id desc limit 1";
        match self.optional(SQL, args![]).await? {
            Some(row) => {
                let secret: Vec<u8> = row.get("secret")?;
                let secret =
                    secret.try_into().map_err(|_| Error::new(crate::error::Code::Internal, "a salt is not 32 bytes long"))?;
                Ok(Salt { id: row.get("id")?, secret, created_at: row.get("created_at")? })
            }
            None => self.new_salt(now).await,
        }
    }

    /// Makes a new salt, which is then the one in use, and tells every node.
    ///
    /// # Errors
    /// The database does not answer, or the machine has no random bytes.
    pub async fn new_salt(&mut self, now: Time) -> Result<Salt> {
        const SQL: &str = "insert into salts (id, secret, created_at) values ($1, $2, $3)";
        let mut secret = [0; 32];
        getrandom::fill(&mut secret).map_err(|why| Error::internal("the machine has no random bytes", why))?;
        let salt = Salt { id: id::mint(now), secret, created_at: now };
        self.execute(SQL, args![salt.id, &secret[..], now]).await?;
        self.changed(now, Entity::Salt, salt.id).await?;
        Ok(salt)
    }

    /// Deletes the salts made before `before`, the one in use excepted.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn forget_salts(&mut self, before: Time) -> Result<()> {
        const SQL: &str = "delete from salts where created_at < $1 and created_at < (select max(created_at) from salts)";
        self.execute(SQL, args![before]).await?;
        Ok(())
    }

    /// Deletes what waits for clicks since before `before`: they will not come.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn forget_awaited_clicks(&mut self, before: Time) -> Result<()> {
        self.execute("delete from awaited_clicks where since < $1", args![before]).await?;
        Ok(())
    }
}
