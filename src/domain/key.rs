//! API keys: shown once, kept only as a hash.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
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
    /// When it was last shown, to the minute; none when it never was.
    pub last_used_at: Option<Time>,
    /// Since when it is refused.
    pub revoked_at: Option<Time>,
}

/// What every key made here begins with.
const PREFIX: &str = "kudos_";
/// How much of a key its hint shows: the prefix and 30 of its 160 bits.
const HINT_LEN: usize = 12;
/// Crockford's base32: 5 bits a letter.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// A new secret of 160 bits, from as many random bytes as it has letters.
pub fn secret(random: [u8; 32]) -> String {
    format!("{PREFIX}{}", letters(random))
}

/// 160 random bits as 32 letters.
pub fn letters(random: [u8; 32]) -> String {
    random.iter().map(|byte| ALPHABET[usize::from(byte & 31)] as char).collect()
}

/// What is stored of a secret. It has enough randomness to need no salt.
pub fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret).into()
}

/// What is shown of a secret, to tell keys apart.
pub fn hint(secret: &str) -> String {
    secret.chars().take(HINT_LEN).collect()
}
