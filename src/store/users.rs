//! People who sign in, and the one-time links with which they begin.

use serde_json::json;

use crate::domain::audit::By;
use crate::domain::id::{InviteId, PartnerId, UserId};
use crate::domain::key;
use crate::domain::partner::Status;
use crate::domain::time::Time;
use crate::domain::user::{User, UserRole};
use crate::error::{Error, Result};
use crate::store::keys::drawn;
use crate::store::sql::{Row, Tx, Value, args};

/// The most users that a list shows: an organisation's people and a login or two a partner.
const USERS_MAX: i64 = 10_000;

macro_rules! select {
    ($tail:literal) => {
        concat!("select id, email, name, role, partner_id, language, status, password, created_at from users ", $tail)
    };
}

pub(super) fn user(row: &Row) -> Result<User> {
    Ok(User {
        id: row.get("id")?,
        email: row.get("email")?,
        name: row.get("name")?,
        role: row.get("role")?,
        partner_id: row.get("partner_id")?,
        language: row.get("language")?,
        status: row.get("status")?,
        created_at: row.get("created_at")?,
    })
}

/// Somebody, and what is needed to know them again.
#[derive(Clone, Debug)]
pub struct Enrolled {
    /// Who.
    pub user: User,
    /// The argon2id of the password, in PHC form; none before one was set.
    pub password: Option<String>,
}

fn enrolled(row: Row) -> Result<Enrolled> {
    Ok(Enrolled { user: user(&row)?, password: row.get("password")? })
}

/// A one-time link that can still be used.
#[derive(Clone, Copy, Debug)]
pub struct Invite {
    /// Its id.
    pub id: InviteId,
    /// For whom; whoever opens one without becomes an admin.
    pub user_id: Option<UserId>,
}

fn columns(user: &User) -> Vec<Value> {
    let User { id, email, name, role, partner_id, language, status, created_at } = user;
    args![*id, email.as_str(), name.as_str(), *role, *partner_id, *language, *status, *created_at]
}

fn taken(why: Error) -> Error {
    why.at_field("email", "another user has that e-mail address")
}

impl Tx {
    /// Whether nobody can sign in, and nobody was asked to: the first start.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn has_no_users(&mut self) -> Result<bool> {
        const SQL: &str = "select not (exists (select 1 from users) or exists (select 1 from invites)) as none";
        self.one(SQL, args![]).await?.get("none")
    }

    /// Adds a user; its partner must exist.
    ///
    /// # Errors
    /// [`crate::error::Code::Conflict`] when the address is taken.
    pub async fn add_user(&mut self, by: By, user: &User) -> Result<()> {
        const SQL: &str = "insert into users (id, email, name, role, partner_id, language, status, created_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8)";
        self.execute(SQL, columns(user)).await.map_err(taken)?;
        self.audit(by, "user.create", user.id, user).await
    }

    /// Saves a changed user; its partner must exist.
    ///
    /// # Errors
    /// [`crate::error::Code::Conflict`] when the address is taken.
    pub async fn save_user(&mut self, by: By, user: &User) -> Result<()> {
        const SQL: &str = "update users set email = $2, name = $3, role = $4, partner_id = $5, language = $6, status = $7,
            created_at = $8 where id = $1";
        self.execute(SQL, columns(user)).await.map_err(taken)?;
        self.audit(by, "user.update", user.id, user).await
    }

    /// Gives a user another password: its argon2id in PHC form.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn set_password(&mut self, by: By, id: UserId, hash: &str) -> Result<()> {
        self.execute("update users set password = $2 where id = $1", args![id, hash]).await?;
        self.audit(by, "user.password", id, &json!({})).await
    }

    /// One user.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn user(&mut self, id: UserId) -> Result<Option<Enrolled>> {
        self.optional(select!("where id = $1"), args![id]).await?.map(enrolled).transpose()
    }

    /// The user with this address, in the form of [`email_key`](crate::domain::user::email_key).
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn user_of(&mut self, email: &str) -> Result<Option<Enrolled>> {
        self.optional(select!("where email = $1"), args![email]).await?.map(enrolled).transpose()
    }

    /// Every user, newest first.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn users(&mut self) -> Result<Vec<Enrolled>> {
        let rows = self.all(select!("order by id desc limit $1"), args![USERS_MAX]).await?;
        rows.into_iter().map(enrolled).collect()
    }

    /// The users of a partner, newest first.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn users_of(&mut self, partner: PartnerId) -> Result<Vec<Enrolled>> {
        let rows = self.all(select!("where partner_id = $1 order by id desc limit $2"), args![partner, USERS_MAX]).await?;
        rows.into_iter().map(enrolled).collect()
    }

    /// Whether somebody besides `id` is an admin who can sign in.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn has_admin_besides(&mut self, id: UserId) -> Result<bool> {
        const SQL: &str = "select exists (select 1 from users where role = $1 and status = $2 and password is not null
            and id <> $3) as found";
        self.one(SQL, args![UserRole::Admin, Status::Active, id]).await?.get("found")
    }

    /// Makes a one-time link for a user, or for a new admin; its secret, which is stored nowhere. Earlier ones for the same
    /// user stop working.
    ///
    /// # Errors
    /// The database does not answer, or the machine gives no random numbers.
    pub async fn invite(&mut self, by: By, user_id: Option<UserId>, expires_at: Time) -> Result<String> {
        const SQL: &str = "insert into invites (id, user_id, hash, created_at, expires_at) values ($1, $2, $3, $4, $5)";
        let secret = drawn()?;
        let id = InviteId::mint(by.at);
        self.execute("update invites set used_at = $2 where user_id = $1 and used_at is null", args![user_id, by.at]).await?;
        self.execute(SQL, args![id, user_id, &key::hash(&secret)[..], by.at, expires_at]).await?;
        let subject = user_id.map_or_else(|| id.to_string(), |user| user.to_string());
        self.audit(by, "user.invite", subject, &json!({ "expires_at": expires_at })).await?;
        Ok(secret)
    }

    /// The one-time link with this secret, if it can still be used at `now`.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn invited(&mut self, secret: &str, now: Time) -> Result<Option<Invite>> {
        const SQL: &str = "select id, user_id from invites where hash = $1 and used_at is null and expires_at > $2";
        let row = self.optional(SQL, args![&key::hash(secret)[..], now]).await?;
        row.map(|row| Ok(Invite { id: row.get("id")?, user_id: row.get("user_id")? })).transpose()
    }

    /// Uses a one-time link up; false when somebody else was faster.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn use_invite(&mut self, id: InviteId, now: Time) -> Result<bool> {
        const SQL: &str = "update invites set used_at = $2 where id = $1 and used_at is null";
        Ok(self.execute(SQL, args![id, now]).await? == 1)
    }
}
