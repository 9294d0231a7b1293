//! Links and codes: the two things a partner hands out.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::id::{CampaignId, CodeId, LinkId, PartnerId};
use crate::domain::partner::{Status, Utm};
use crate::domain::time::Time;

/// Length of a slug or code that Kudos makes up: 31^8 = 8.5e11 possibilities.
pub const RANDOM_LEN: usize = 8;
/// The longest slug or code, in characters.
pub const SLUG_LEN_MAX: usize = 64;

/// Letters and digits that are not mistaken for each other when read aloud or copied by hand.
const UNAMBIGUOUS: &[u8; 31] = b"23456789abcdefghjkmnpqrstuvwxyz";

/// First path segments that Kudos itself answers, now or later.
pub const RESERVED: &[&str] = &[
    "about",
    "account",
    "admin",
    "api",
    "app",
    "assets",
    "auth",
    "bot",
    "collect",
    "dashboard",
    "docs",
    "favicon.ico",
    "health",
    "help",
    "index.html",
    "internal",
    "invite",
    "kudos",
    "kudos.js",
    "livez",
    "login",
    "logout",
    "metrics",
    "partner",
    "partners",
    "pixel",
    "pixel.gif",
    "portal",
    "postback",
    "privacy",
    "readyz",
    "robots.txt",
    "security.txt",
    "setup",
    "signup",
    "sitemap.xml",
    "static",
    "status",
    "terms",
    "view",
    "view.gif",
    "well-known",
    "www",
];

/// A partner link.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Link {
    /// Its id.
    pub id: LinkId,
    /// The partner who owns it.
    pub partner_id: PartnerId,
    /// Its campaign.
    pub campaign_id: Option<CampaignId>,
    /// The path under which it answers; found without regard to case.
    pub slug: String,
    /// Where it leads, as the WHATWG rules write it.
    pub destination: String,
    /// UTM values for the destination where nothing else sets them.
    pub utm: Utm,
    /// Where it leads once disabled or expired; without one it then answers 410.
    pub fallback_url: Option<String>,
    /// From when on it leads to the fallback.
    pub expires_at: Option<Time>,
    /// Whether it answers.
    pub status: Status,
    /// Whether the click id is added to the destination.
    pub append_click_id: bool,
    /// When it was made.
    pub created_at: Time,
}

impl Link {
    /// Whether it leads to its destination at `now`, given whether its partner is in use; else to its fallback, or nowhere.
    pub fn answers(&self, partner: Status, now: Time) -> bool {
        let in_use = self.status == Status::Active && partner == Status::Active;
        in_use && self.expires_at.is_none_or(|expires_at| now < expires_at)
    }
}

/// A referral code.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ReferralCode {
    /// Its id.
    pub id: CodeId,
    /// The partner who hands it out.
    pub partner_id: PartnerId,
    /// Its campaign.
    pub campaign_id: Option<CampaignId>,
    /// What people type, in upper case.
    pub code: String,
    /// Whether it counts.
    pub status: Status,
    /// When it was made.
    pub created_at: Time,
}

/// The form under which a slug is unique and found.
pub fn slug_key(slug: &str) -> String {
    slug.to_ascii_lowercase()
}

/// The form under which a code is stored, unique and found.
pub fn code_key(code: &str) -> String {
    code.trim().to_ascii_uppercase()
}

/// A random slug of [`RANDOM_LEN`] characters from the given random bytes; a code is the same in upper case.
pub fn random_slug(random: [u8; RANDOM_LEN * 2]) -> String {
    // Two bytes a character keep the modulo bias below 0.05 %.
    let pick = |pair: &[u8]| UNAMBIGUOUS[(usize::from(pair[0]) << 8 | usize::from(pair[1])) % UNAMBIGUOUS.len()] as char;
    random.chunks_exact(2).map(pick).collect()
}

/// Checks a vanity slug.
///
/// # Errors
/// A sentence that says what a slug may be.
pub fn check_slug(slug: &str) -> Result<(), String> {
    check_word(slug)?;
    if RESERVED.contains(&slug_key(slug).as_str()) {
        return Err(format!("{slug:?} is reserved; choose another"));
    }
    Ok(())
}

/// Checks a code.
///
/// # Errors
/// A sentence that says what a code may be.
pub fn check_code(code: &str) -> Result<(), String> {
    check_word(code.trim())
}

fn is_word(word: &str) -> bool {
    (1..=SLUG_LEN_MAX).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

fn check_word(word: &str) -> Result<(), String> {
    if is_word(word) { Ok(()) } else { Err(format!("must be 1 to {SLUG_LEN_MAX} letters, digits, - or _")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_checked() {
        for good in ["summer-sale", "SAM20", "a", "x_1"] {
            assert_eq!(check_slug(good), Ok(()), "{good}");
        }
        for bad in ["", "a/b", "pixel.gif", "API", "Admin", "ä", "a b", ".well-known", &"x".repeat(65)] {
            assert!(check_slug(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn random_slugs_are_long_enough_and_unambiguous() {
        for byte in 0..=255 {
            let slug = random_slug([byte; 16]);
            assert!(slug.len() >= 8 && !slug.contains(['0', 'o', '1', 'l', 'i']), "{slug}");
            assert_eq!(check_slug(&slug), Ok(()));
        }
    }
}
