//! People who sign in to the pages: their roles, passwords, sessions and one-time links.

use serde::{Deserialize, Serialize};

use crate::domain::id::{PartnerId, SessionId, UserId, ViewId};
use crate::domain::named;
use crate::domain::partner::{Status, check_email, check_text};
use crate::domain::time::Time;
use crate::error::Problems;

/// The shortest password, in characters: what cannot be guessed at the rate that sign-in allows.
pub const PASSWORD_LEN_MIN: usize = 12;
/// The longest password, in bytes: each is hashed whole.
pub const PASSWORD_BYTES_MAX: usize = 256;

named! {
    /// What somebody may do on the pages.
    pub enum UserRole {
        /// Everything.
        Admin = "admin",
        /// Look at everything; decide about money.
        Finance = "finance",
        /// Look at everything.
        Analyst = "analyst",
        /// Look after one partner's own affairs.
        Partner = "partner",
    }
}

impl UserRole {
    /// Whether this is somebody of the organisation, who sees every partner.
    pub fn is_staff(self) -> bool {
        self != UserRole::Partner
    }
}

named! {
    /// A language of the pages.
    pub enum Language {
        /// English.
        English = "en",
        /// German.
        German = "de",
    }
}

/// Somebody who may sign in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct User {
    /// Its id.
    pub id: UserId,
    /// The address it signs in with, in lower case, unique.
    pub email: String,
    /// Its name.
    pub name: String,
    /// What it may do.
    pub role: UserRole,
    /// The partner it belongs to; there for the role `partner`, and only for it.
    pub partner_id: Option<PartnerId>,
    /// The language it chose; its browser's when absent.
    pub language: Option<Language>,
    /// Whether it may sign in.
    pub status: Status,
    /// When it was made.
    pub created_at: Time,
}

impl User {
    /// Checks its address, its name, and that a partner is there where the role wants one, and only there.
    pub fn check(&self, problems: &mut Problems) {
        check_email(problems, "email", &self.email);
        check_text(problems, "name", &self.name);
        match (self.role, self.partner_id) {
            (UserRole::Partner, None) => problems.add("partner_id", "choose the partner that this user belongs to"),
            (role, Some(_)) if role.is_staff() => problems.add("partner_id", "is only for the role partner"),
            _ => {}
        }
    }
}

/// The form under which an address is stored and found.
pub fn email_key(email: &str) -> String {
    email.trim().to_lowercase()
}

/// Checks a new password: [`PASSWORD_LEN_MIN`] characters at least, and nothing that is known of its owner.
pub fn check_password(problems: &mut Problems, field: &str, password: &str, email: &str) {
    let mailbox = email.split('@').next().unwrap_or_default();
    if password.chars().count() < PASSWORD_LEN_MIN {
        problems.add(field, format!("must be at least {PASSWORD_LEN_MIN} characters long"));
    } else if password.len() > PASSWORD_BYTES_MAX {
        problems.add(field, format!("must be at most {PASSWORD_BYTES_MAX} bytes long"));
    } else if password.chars().all(|c| password.starts_with(c)) || [email, mailbox].contains(&password.to_lowercase().as_str())
    {
        problems.add(field, "is too easy to guess");
    }
}

/// How long somebody stays signed in, in milliseconds.
#[derive(Clone, Copy, Debug)]
pub struct Stay {
    /// Without a request.
    pub idle_ms: i64,
    /// In all.
    pub whole_ms: i64,
}

/// A browser in which a user is signed in.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Whose it is.
    pub user_id: UserId,
    /// The browser, as it names itself.
    pub agent: String,
    /// Since when.
    pub created_at: Time,
    /// When it was last used, to the minute.
    pub seen_at: Time,
}

impl Session {
    /// Whether it still holds at `now`.
    pub fn holds(&self, stay: Stay, now: Time) -> bool {
        now - self.seen_at < stay.idle_ms && now - self.created_at < stay.whole_ms
    }
}

/// The most pages that one user may save.
pub const VIEWS_MAX: usize = 50;

/// A page as its user wants to come back to it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SavedView {
    /// Its id.
    pub id: ViewId,
    /// What the user calls it.
    pub name: String,
    /// The path and query.
    pub target: String,
    /// When it was saved.
    pub created_at: Time,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_checked() {
        let fits = |password: &str| {
            let mut problems = Problems::default();
            check_password(&mut problems, "password", password, "samantha.jones@example.com");
            problems.is_empty()
        };
        assert!(fits("correct horse") && fits("äöüßäöüßäöüß") && fits(&"xy".repeat(128)));
        for bad in ["", "short", "aaaaaaaaaaaaaaaa", "samantha.jones@example.com", "Samantha.Jones", &"xy".repeat(129)] {
            assert!(!fits(bad), "{bad}");
        }
    }

    #[test]
    fn a_session_ends_by_rest_and_by_age() {
        let at = Time::from_millis;
        let id = SessionId::mint(at(0));
        let session = Session { id, user_id: UserId::mint(at(0)), agent: String::new(), created_at: at(0), seen_at: at(50) };
        let stay = Stay { idle_ms: 10, whole_ms: 55 };
        for (now, holds) in [(50, true), (54, true), (55, false), (60, false)] {
            assert_eq!(session.holds(stay, at(now)), holds, "{now}");
        }
        assert!(!session.holds(Stay { idle_ms: 10, whole_ms: 1_000 }, at(60)));
    }
}
