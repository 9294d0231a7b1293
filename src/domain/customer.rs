//! Customers: buyers as the website knows them, and the e-mail addresses they gave.
//!
//! A buyer who gives nothing but an address is a customer too, whose id is a keyed hash of it: `email:` and 32 hexadecimal digits.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::id::PartnerId;
use crate::domain::partner::is_email;
use crate::domain::time::Time;

/// What the id of an address begins with.
const PREFIX: &str = "email:";

/// An e-mail address as it is compared: without blanks around it, in lower case on both sides of the `@`. Or the id of one,
/// which is all that the journal holds. Never shown by `Debug`, and not meant to be stored.
#[derive(Clone, PartialEq, Eq, Hash, ToSchema)]
#[schema(value_type = String, format = "email")]
pub struct Email(String);

impl Email {
    /// The address; none where only its id is known.
    pub fn address(&self) -> Option<&str> {
        (!is_id(&self.0)).then_some(&self.0)
    }

    /// The id under which the address is known: BLAKE3 of it under the program's secret, 128 bits.
    pub fn id(&self, secret: &[u8; 32]) -> String {
        if is_id(&self.0) {
            return self.0.clone();
        }
        let hash = blake3::keyed_hash(secret, self.0.as_bytes()).to_hex();
        format!("{PREFIX}{}", &hash[..32])
    }
}

/// Whether it is the id of an address.
fn is_id(text: &str) -> bool {
    let hash = text.strip_prefix(PREFIX).unwrap_or_default();
    hash.len() == 32 && hash.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

impl FromStr for Email {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if is_email(text) || is_id(text) {
            Ok(Email(text.to_lowercase()))
        } else {
            Err("is not an e-mail address such as sam@example.com")
        }
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(address)")
    }
}

/// A buyer, under all the ids that are known to be one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Customer {
    /// The website's own id, or `email:` and a keyed hash.
    pub id: String,
    /// When it was first named by something that happened.
    pub first_seen_at: Time,
    /// The id under which the identity goes on, where this one was merged into it.
    pub merged_into: Option<String>,
    /// Every id that is the same buyer, this one among them: merged ones, and those of addresses.
    pub accounts: Vec<String>,
    /// The addresses that the buyer gave.
    pub emails: Vec<KnownEmail>,
    /// Browsers of all accounts.
    pub visitors: i64,
    /// Conversions of all accounts.
    pub conversions: i64,
    /// The partner that this customer is.
    pub partner_id: Option<PartnerId>,
    /// The customer whose part it is, such as a holding.
    pub parent_id: Option<String>,
}

/// An address that a customer gave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KnownEmail {
    /// `email:` and a keyed hash.
    pub id: String,
    /// The address itself; none unless the server keeps addresses (`plain_email`).
    pub address: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_the_same_however_it_is_written() {
        let id = |text: &str| text.parse::<Email>().map(|email| email.id(&[7; 32]));
        let sam = id("sam@example.com").unwrap();
        assert_eq!(sam.len(), PREFIX.len() + 32);
        for same in [" Sam@Example.COM ", "SAM@EXAMPLE.COM", "\tsam@example.com\n"] {
            assert_eq!(id(same), Ok(sam.clone()));
        }
        assert_eq!(id(&sam), Ok(sam.clone()), "an id stays what it is");
        assert_ne!(id("sam+1@example.com").unwrap(), sam);
        assert_ne!("sam@example.com".parse::<Email>().unwrap().id(&[8; 32]), sam);
        assert_eq!(format!("{:?}", "sam@example.com".parse::<Email>().unwrap()), "(address)");
        for wrong in ["", "sam", "@example.com", "sam@host", "sam@@example.com", "sam @example.com", "email:0", &sam[1..]] {
            assert!(id(wrong).is_err(), "{wrong}");
        }
    }
}
