//! Partners, their groups, and the campaigns they take part in.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::id::{CampaignId, GroupId, NoteId, PartnerId};
use crate::domain::named;
use crate::domain::time::Time;
use crate::error::Problems;

/// The longest name, in bytes: fits a table cell and an index page.
pub const NAME_BYTES_MAX: usize = 200;

named! {
    /// Whether something is in use.
    pub enum Status {
        /// In use.
        Active = "active",
        /// Switched off by an admin; history stays.
        Disabled = "disabled",
    }
}

/// A company or person who refers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Partner {
    /// Its id.
    pub id: PartnerId,
    /// Its name.
    pub name: String,
    /// Where to write to.
    pub email: Option<String>,
    /// The group it belongs to.
    pub group_id: Option<GroupId>,
    /// The id it has in the organisation's own systems, unique.
    pub external_id: Option<String>,
    /// Other names under which buyers may know it, for what they say of where they heard of us.
    pub aliases: Vec<String>,
    /// Whether it takes part. The links of a disabled partner answer 410, or their fallback.
    pub status: Status,
    /// When it was made.
    pub created_at: Time,
}

/// A group (tier) of partners.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Group {
    /// Its id.
    pub id: GroupId,
    /// Its name, unique.
    pub name: String,
    /// When it was made.
    pub created_at: Time,
}

/// UTM values that a link adds to its destination where nothing else sets them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Utm {
    /// `utm_source`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// `utm_medium`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub medium: Option<String>,
    /// `utm_campaign`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub campaign: Option<String>,
    /// `utm_term`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub term: Option<String>,
    /// `utm_content`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
}

impl Utm {
    /// The values that are set, with their parameter names.
    pub fn pairs(&self) -> impl Iterator<Item = (&'static str, &str)> {
        [
            ("utm_source", &self.source),
            ("utm_medium", &self.medium),
            ("utm_campaign", &self.campaign),
            ("utm_term", &self.term),
            ("utm_content", &self.content),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value.as_deref()?)))
    }

    /// These values, and those of `defaults` where none is set here.
    pub fn or(self, defaults: Utm) -> Utm {
        Utm {
            source: self.source.or(defaults.source),
            medium: self.medium.or(defaults.medium),
            campaign: self.campaign.or(defaults.campaign),
            term: self.term.or(defaults.term),
            content: self.content.or(defaults.content),
        }
    }

    /// Checks that no value is empty or longer than [`NAME_BYTES_MAX`].
    pub fn check(&self, problems: &mut Problems) {
        for (name, value) in self.pairs() {
            check_text(problems, &name.replace("utm_", "utm."), value);
        }
    }
}

/// The longest note, in bytes: a page of text.
pub const NOTE_BYTES_MAX: usize = 4_000;

/// What somebody of the organisation noted about a partner.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Note {
    /// Its id.
    pub id: NoteId,
    /// About whom.
    pub partner_id: PartnerId,
    /// Who wrote it, as the audit log names it.
    pub author: String,
    /// The text.
    pub body: String,
    /// When it was written.
    pub created_at: Time,
}

/// Groups links and touchpoints.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Campaign {
    /// Its id.
    pub id: CampaignId,
    /// Its name, unique.
    pub name: String,
    /// UTM values for its links.
    pub utm: Utm,
    /// When it was made.
    pub created_at: Time,
}

/// Checks a short text: not blank, at most [`NAME_BYTES_MAX`] bytes, no control characters.
pub fn check_text(problems: &mut Problems, field: &str, text: &str) {
    if text.trim().is_empty() {
        problems.add(field, "must not be empty");
    } else if text.len() > NAME_BYTES_MAX {
        problems.add(field, format!("must be at most {NAME_BYTES_MAX} bytes long"));
    } else if text.chars().any(char::is_control) {
        problems.add(field, "must not hold control characters");
    }
}

/// Checks that a text may be an e-mail address: one `@` with something on both sides, no blanks. Only a mail can tell more.
pub fn check_email(problems: &mut Problems, field: &str, text: &str) {
    if !is_email(text) {
        problems.add(field, "is not an e-mail address such as sam@example.com");
    }
}

/// What [`check_email`] checks.
pub fn is_email(text: &str) -> bool {
    text.len() <= 254
        && !text.chars().any(|c| c.is_whitespace() || c.is_control())
        && matches!(text.split_once('@'), Some((local, host)) if !local.is_empty() && host.contains('.') && !host.contains('@'))
}
