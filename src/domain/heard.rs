//! Where a buyer says they heard of us, and which partner that means.

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::domain::id::{ConversionId, PartnerId, TouchpointId};
use crate::domain::named;
use crate::domain::time::Time;

named! {
    /// What became of the buyer's own words.
    pub enum HeardMatch {
        /// They are the name of one partner.
        Partner = "partner",
        /// They are a name of several partners, so of none.
        Ambiguous = "ambiguous",
        /// They are no partner's name.
        Unknown = "unknown",
    }
}

/// What buyers say beside what was tracked, over the conversions of a period whose buyers said something.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SelfReport {
    /// A row for each partner who was named or has tracked credit for one of these conversions, those named most first.
    pub data: Vec<PartnerHeard>,
    /// Conversions whose buyers named one partner.
    pub matched: i64,
    /// Conversions whose buyers said a name of several partners.
    pub ambiguous: i64,
    /// Conversions whose buyers said something else.
    pub unknown: i64,
    /// What they said most: a name among them may be an alias that a partner lacks.
    pub unknown_names: Vec<UnknownName>,
}

/// A partner in the report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PartnerHeard {
    /// The partner.
    pub partner_id: PartnerId,
    /// Its name.
    pub name: Option<String>,
    /// Conversions whose buyers named it.
    pub said: i64,
    /// Conversions for which it has credit by a click, a code or another touchpoint that is neither the buyer's word nor
    /// given by hand.
    pub tracked: i64,
    /// Conversions for which both hold.
    pub both: i64,
}

/// Words that mean nobody.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct UnknownName {
    /// The words, as one of the buyers wrote them.
    pub heard_from: String,
    /// How many said so.
    pub conversions: i64,
}

/// A conversion whose buyer named a partner for whom nothing was tracked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Disagreement {
    /// The conversion.
    pub conversion_id: ConversionId,
    /// The website's order id.
    pub order_id: Option<String>,
    /// When it happened.
    pub occurred_at: Time,
    /// The buyer's words.
    pub heard_from: String,
    /// The partner they mean.
    pub said_partner_id: PartnerId,
    /// Who has credit by what was tracked; nobody where nothing was.
    pub tracked_partner_ids: Vec<PartnerId>,
}

/// A name as it is compared; empty when nothing is left of it.
///
/// Compatibility decomposition (NFKD), without combining marks; then case is folded by way of upper case, so that `ß` is `ss`;
/// then everything that is neither a letter nor a digit is dropped: blanks, punctuation, symbols. Whole names are compared, so
/// `Acme` is not found in `Acme Corp`. Letters that are no accented form of another (`ø`, `ł`) stay what they are.
///
/// ```
/// use kudos::domain::heard::name_key;
///
/// assert_eq!(name_key("  Café-Größe, Inc. "), name_key("CAFE GROSSE INC"));
/// assert_ne!(name_key("Acme"), name_key("Acme Corp"));
/// ```
pub fn name_key(name: &str) -> String {
    let folded = name.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_uppercase).flat_map(char::to_lowercase);
    folded.filter(|c| c.is_alphanumeric()).collect()
}

/// The touchpoint that a partner gets for having been named with a conversion: always the same, and with the time of the
/// conversion's id in it.
pub fn touchpoint(conversion: ConversionId, partner: PartnerId) -> TouchpointId {
    let mut hasher = blake3::Hasher::new();
    hasher.update(conversion.uuid().as_bytes()).update(partner.uuid().as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    bytes[..6].copy_from_slice(&conversion.uuid().as_bytes()[..6]);
    bytes[6] = bytes[6] & 0x0f | 0x70;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    TouchpointId::from(Uuid::from_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_are_compared_whole_and_without_dress() {
        for (one, other, same) in [
            ("Acme", "ACME", true),
            ("Acme, Inc.", "acme inc", true),
            ("  The   Blog ", "The-Blog!", true),
            ("Société Générale", "societe generale", true),
            ("Größe", "GROESSE", false),
            ("Größe", "grosse", true),
            ("ﬁne", "fine", true),
            ("Ａcme", "acme", true),
            ("Ελλάδα", "ελλαδα", true),
            ("Øre", "ore", false),
            ("Acme", "Acme Corp", false),
            ("C++", "C", true),
            ("東京", "東 京", true),
        ] {
            assert_eq!(name_key(one) == name_key(other), same, "{one} {other}");
        }
        assert_eq!(name_key(" -- !"), "");
    }

    proptest! {
        #[test]
        fn a_key_is_its_own_key(text: String) {
            let key = name_key(&text);
            prop_assert_eq!(name_key(&key), key);
        }
    }
}
