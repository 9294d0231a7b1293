//! Browsers in which somebody is signed in: only the SHA-256 of a session's secret is stored.

use std::collections::HashMap;

use serde_json::json;

use crate::domain::audit::By;
use crate::domain::id::{PartnerId, SessionId, UserId};
use crate::domain::key;
use crate::domain::time::Time;
use crate::domain::user::{Session, Stay, User};
use crate::error::Result;
use crate::store::keys::drawn;
use crate::store::sql::{Row, Tx, args};
use crate::store::users::user;

fn session(row: &Row) -> Result<Session> {
    Ok(Session {
        id: row.get("session_id")?,
        user_id: row.get("user_id")?,
        agent: row.get("agent")?,
        created_at: row.get("since")?,
        seen_at: row.get("seen_at")?,
    })
}

macro_rules! select {
    ($tail:literal) => {
        concat!(
            "select s.id as session_id, s.user_id as user_id, s.agent as agent, s.created_at as since,
                s.seen_at as seen_at, u.id as id, u.email as email, u.name as name, u.role as role,
                u.partner_id as partner_id, u.language as language, u.status as status, u.created_at as created_at
            from sessions s join users u on u.id = s.user_id ",
            $tail
        )
    };
}

impl Tx {
    /// Signs a user in; the session's secret, which is stored nowhere. Sessions of anybody that have ended are forgotten.
    ///
    /// # Errors
    /// The database does not answer, or the machine gives no random numbers.
    pub async fn sign_in(&mut self, by: By, user: UserId, agent: &str, stay: Stay) -> Result<String> {
        const ENDED: &str = "delete from sessions where seen_at <= $1 or created_at <= $2";
        const SQL: &str =
            "insert into sessions (id, user_id, hash, agent, created_at, seen_at) values ($1, $2, $3, $4, $5, $6)";
        let (secret, id) = (drawn()?, SessionId::mint(by.at));
        self.execute(ENDED, args![by.at - stay.idle_ms, by.at - stay.whole_ms]).await?;
        self.execute(SQL, args![id, user, &key::hash(&secret)[..], agent, by.at, by.at]).await?;
        self.audit(by, "user.sign_in", user, &json!({ "session": id })).await?;
        Ok(secret)
    }

    /// The session with this secret, and whose it is; it may have ended.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn session(&mut self, secret: &str) -> Result<Option<(Session, User)>> {
        let row = self.optional(select!("where s.hash = $1"), args![&key::hash(secret)[..]]).await?;
        row.map(|row| Ok((session(&row)?, user(&row)?))).transpose()
    }

    /// The session of this id, and whose it is; it may have ended.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn session_of_id(&mut self, id: SessionId) -> Result<Option<(Session, User)>> {
        let row = self.optional(select!("where s.id = $1"), args![id]).await?;
        row.map(|row| Ok((session(&row)?, user(&row)?))).transpose()
    }

    /// Notes that a session is in use.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn touch_session(&mut self, id: SessionId, now: Time) -> Result<()> {
        self.execute("update sessions set seen_at = $2 where id = $1 and seen_at < $2", args![id, now]).await?;
        Ok(())
    }

    /// The sessions of a user, newest first.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn sessions_of(&mut self, user: UserId) -> Result<Vec<Session>> {
        const SQL: &str = "select id as session_id, user_id, agent, created_at as since, seen_at from sessions
            where user_id = $1 order by id desc";
        self.all(SQL, args![user]).await?.iter().map(session).collect()
    }

    /// When those users of a partner who are signed in were seen last.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn users_seen(&mut self, partner: PartnerId) -> Result<HashMap<UserId, Time>> {
        const SQL: &str = "select s.user_id as user_id, max(s.seen_at) as seen_at
            from sessions s join users u on u.id = s.user_id where u.partner_id = $1 group by s.user_id";
        let rows = self.all(SQL, args![partner]).await?;
        rows.iter().map(|row| Ok((row.get("user_id")?, row.get("seen_at")?))).collect()
    }

    /// Ends one session of a user; false when there is none.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn end_session(&mut self, by: By, user: UserId, id: SessionId) -> Result<bool> {
        if self.execute("delete from sessions where id = $1 and user_id = $2", args![id, user]).await? == 0 {
            return Ok(false);
        }
        self.audit(by, "user.sign_out", user, &json!({ "session": id })).await?;
        Ok(true)
    }

    /// Ends every session of a user but `kept`.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn end_sessions(&mut self, by: By, user: UserId, kept: Option<SessionId>) -> Result<()> {
        const SQL: &str = "delete from sessions where user_id = $1 and ($2 is null or id <> $2)";
        if self.execute(SQL, args![user, kept]).await? > 0 {
            self.audit(by, "user.sign_out", user, &json!({ "session": "all", "kept": kept })).await?;
        }
        Ok(())
    }
}
