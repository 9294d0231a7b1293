//! API keys: shown once, kept only as a hash.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::id::KeyId;
use crate::domain::named;
use crate::domain::time::Time;

/// The shortest key an operator may choose, in characters.
pub const CHOSEN_LEN_MIN: usize = 32;

named! {
    /// What a key may do.
    pub enum Scope {
        /// Everything.
        Admin = "admin",
        /// Report conversions and touchpoints.
        Track = "track",
        /// Look at everything, change nothing.
        Read = "read",
    }
}

impl Scope {
    /// Whether a key of this scope may do what needs `needed`.
    pub fn covers(self, needed: Scope) -> bool {
        self == Scope::Admin || self == needed
    }
}

/// A key, without its secret.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Key {
    /// Its id.
    pub id: KeyId,
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub scope: Scope,
    /// How it begins, to tell keys apart.
    pub hint: String,
    /// When it was made.
    pub created_at: Time,
    /// Since when it is refused.
    pub revoked_at: Option<Time>,
}
