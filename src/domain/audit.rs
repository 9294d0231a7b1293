//! The audit log: who changed what.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::id::{AuditId, KeyId, UserId};
use crate::domain::time::Time;

/// Who acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// The holder of a key.
    Key(KeyId),
    /// Somebody who signed in.
    User(UserId),
    /// Somebody at the command line of the machine.
    Operator,
    /// Kudos itself.
    System,
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Actor::Key(id) => id.fmt(f),
            Actor::User(id) => id.fmt(f),
            Actor::Operator => f.write_str("operator"),
            Actor::System => f.write_str("system"),
        }
    }
}

/// Who changes something, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct By {
    /// Who.
    pub actor: Actor,
    /// When.
    pub at: Time,
}

/// One line of the audit log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AuditLine {
    /// Its id.
    pub id: AuditId,
    /// When.
    pub at: Time,
    /// A key's or a user's id, `operator` (the command line) or `system`.
    pub actor: String,
    /// What was done, as `link.update`.
    pub action: String,
    /// The id of what it was done to.
    pub subject: String,
    /// What it became.
    pub detail: serde_json::Value,
}
