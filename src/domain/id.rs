//! Identifiers: UUIDv7, shown as a prefix and 26 characters of Crockford's base32 (`pn_01k9...`), stored as 16 bytes.
//!
//! An id carries the time it was minted, so ids of one kind sort by time. The id of a hit becomes the id of the row
//! it is interpreted as: that is what makes counting exactly once possible.

use std::cell::Cell;
use std::fmt;
use std::ops::Deref;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::{NoContext, Timestamp, Uuid};

use crate::domain::time::Time;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const LEN: usize = 26;
const PREFIX_LEN: usize = 2;
const TEXT_LEN: usize = PREFIX_LEN + 1 + LEN;

/// Mints a UUIDv7 for `at`: 48 bits of milliseconds, then random bits. Times before 1970 count as 1970.
///
/// On one thread, ids of the same millisecond grow, one after the other: a list by id is in the order of making.
pub fn mint(at: Time) -> Uuid {
    thread_local!(static LAST: Cell<u128> = const { Cell::new(0) });
    let (drawn, last) = (random(at).as_u128(), LAST.get());
    // A step of 32 random bits: the next id stays hard to guess, and some 2^30 of them fit a millisecond.
    let id = if drawn >> 80 == last >> 80 && drawn <= last { last + 1 + (drawn & 0xFFFF_FFFF) } else { drawn };
    LAST.set(id);
    Uuid::from_u128(id)
}

fn random(at: Time) -> Uuid {
    let millis = u64::try_from(at.as_millis()).unwrap_or(0);
    let timestamp = Timestamp::from_unix(NoContext, millis / 1000, (millis % 1000) as u32 * 1_000_000);
    Uuid::new_v7(timestamp)
}

/// The id of what has none of its own: the same for the same moment and content, so that what is read in twice is one. Its 74
/// other bits come from a hash of the parts.
pub fn derived(at: Time, parts: &[&str]) -> Uuid {
    let mut hash = blake3::Hasher::new();
    for part in parts {
        hash.update(&(part.len() as u64).to_be_bytes()).update(part.as_bytes());
    }
    let mut random = [0; 10];
    hash.finalize_xof().fill(&mut random);
    let millis = u64::try_from(at.as_millis()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

/// The smallest id that can have been minted at `at`: a bound for ranges over ids.
pub fn floor(at: Time) -> Uuid {
    let millis = u64::try_from(at.as_millis()).unwrap_or(0).min((1 << 48) - 1);
    Uuid::from_u128(u128::from(millis) << 80)
}

/// The text of an id, on the stack.
#[derive(Clone, Copy, Debug)]
pub struct Text([u8; TEXT_LEN]);

impl Text {
    fn new(prefix: &str, uuid: Uuid) -> Self {
        let mut text = [b'_'; TEXT_LEN];
        text[..PREFIX_LEN].copy_from_slice(prefix.as_bytes());
        let mut rest = uuid.as_u128();
        for place in text[TEXT_LEN - LEN..].iter_mut().rev() {
            *place = ALPHABET[(rest & 31) as usize];
            rest >>= 5;
        }
        Text(text)
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        // Never empty: the prefix and the alphabet are ASCII.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// How an id of the kind with this prefix is shown; for ids of which only the room that holds them tells the kind.
pub fn shown(prefix: &str, uuid: Uuid) -> String {
    let text = Text::new("__", uuid);
    format!("{prefix}_{}", &text[PREFIX_LEN + 1..])
}

fn decode(text: &str) -> Option<Uuid> {
    if text.len() != LEN {
        return None;
    }
    let mut value: u128 = 0;
    for (place, byte) in text.bytes().enumerate() {
        // Crockford: letters people confuse stand for the digit they look like.
        let digit = match byte.to_ascii_lowercase() {
            b'o' => 0,
            b'i' | b'l' => 1,
            byte => ALPHABET.iter().position(|&a| a == byte)? as u128,
        };
        if place == 0 && digit > 7 {
            return None; // 26 characters hold 130 bits; an id has 128
        }
        value = value << 5 | digit;
    }
    Some(Uuid::from_u128(value))
}

/// What an id must look like, for messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not an id of the form {0}_ and 26 characters")]
pub struct BadId(&'static str);

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident $prefix:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// What its text begins with.
            pub const PREFIX: &'static str = $prefix;

            /// A new id for `at`.
            pub fn mint(at: Time) -> Self {
                $name(mint(at))
            }

            /// The 16 bytes behind it.
            pub const fn uuid(self) -> Uuid {
                self.0
            }

            /// Its text.
            pub fn text(self) -> Text {
                Text::new($prefix, self.0)
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                $name(uuid)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.text())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = BadId;
            fn from_str(text: &str) -> Result<Self, BadId> {
                text.strip_prefix(concat!($prefix, "_")).and_then(decode).map($name).ok_or(BadId($prefix))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                if serializer.is_human_readable() { serializer.collect_str(self) } else { self.0.serialize(serializer) }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                if !deserializer.is_human_readable() {
                    return Uuid::deserialize(deserializer).map($name);
                }
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(|why| serde::de::Error::custom(format!("{text:?} {why}")))
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .pattern(Some(concat!("^", $prefix, "_[0-9a-z]{26}$")))
                    .into()
            }
        }

        impl utoipa::ToSchema for $name {}
    )+};
}

ids! {
    /// A partner.
    PartnerId "pn";
    /// A group of partners.
    GroupId "gr";
    /// A partner link.
    LinkId "ln";
    /// A referral code.
    CodeId "cd";
    /// A campaign.
    CampaignId "ca";
    /// A touchpoint; that of a click is the click id in URLs.
    TouchpointId "tp";
    /// A conversion.
    ConversionId "cv";
    /// A place in the list of customers.
    CustomerKey "cu";
    /// Credit given by hand.
    ManualCreditId "mc";
    /// A refund.
    RefundId "rf";
    /// A browser.
    VisitorId "vs";
    /// A policy version.
    PolicyId "pl";
    /// What a policy may become.
    DraftId "pd";
    /// A credit.
    CreditId "cr";
    /// An API key.
    KeyId "ky";
    /// A line of the audit log.
    AuditId "au";
    /// A hit that could not be interpreted.
    RejectedId "rj";
    /// Somebody who signs in.
    UserId "us";
    /// A browser in which somebody is signed in.
    SessionId "se";
    /// A one-time link.
    InviteId "iv";
    /// A deal.
    DealId "dl";
    /// A stage of deals.
    StageId "st";
    /// A company that buys.
    AccountId "ac";
    /// A partner's registration of a deal.
    RegistrationId "dr";
    /// A page that somebody saved.
    ViewId "sv";
    /// A note about a partner.
    NoteId "nt";
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ids_of_one_millisecond_grow() {
        let ids: Vec<Uuid> = (0..10_000).map(|_| mint(Time::from_millis(1_760_000_000_000))).collect();
        assert!(ids.is_sorted_by(|a, b| a < b));
        assert!(ids.iter().all(|id| id.get_version_num() == 7 && id.as_u128() >> 80 == 1_760_000_000_000));
        assert!(mint(Time::from_millis(5)) < ids[0], "another time is another time");
    }

    proptest! {
        #[test]
        fn text_and_bytes_are_the_same_id(value: u128) {
            let id = PartnerId::from(Uuid::from_u128(value));
            prop_assert_eq!(id.to_string().parse::<PartnerId>(), Ok(id));
            prop_assert_eq!(id.to_string().len(), 29);
        }

        #[test]
        fn any_text_is_read_without_panic(text: String) {
            let _ = text.parse::<LinkId>();
            let _ = format!("ln_{text}").parse::<LinkId>();
        }
    }

    #[test]
    fn derived_ids_are_of_their_moment_and_content() {
        let at = Time::from_millis(1_760_000_000_000);
        let id = derived(at, &["a", "bc"]);
        assert_eq!((id, id.get_version_num()), (derived(at, &["a", "bc"]), 7));
        assert!(id >= floor(at) && id < floor(at + 1));
        assert!(id != derived(at, &["ab", "c"]) && id != derived(at + 1, &["a", "bc"]));
    }

    #[test]
    fn ids_sort_by_the_time_they_carry() {
        let (early, late) = (Time::from_millis(1_000), Time::from_millis(1_001));
        assert!(mint(early) < mint(late));
        assert!(floor(late) <= mint(late) && floor(late) > mint(early));
        assert_eq!(PartnerId::from(mint(early)).to_string().parse::<LinkId>(), Err(BadId("ln")));
    }
}
