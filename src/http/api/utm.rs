//! UTM values in a PATCH: a part of links and of campaigns.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::domain::partner::Utm;
use crate::http::api::input::clearable;

/// What is to be changed of UTM values; what is absent stays, `null` clears.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UtmEdit {
    /// `utm_source`
    #[serde(default, deserialize_with = "clearable")]
    source: Option<Option<String>>,
    /// `utm_medium`
    #[serde(default, deserialize_with = "clearable")]
    medium: Option<Option<String>>,
    /// `utm_campaign`
    #[serde(default, deserialize_with = "clearable")]
    campaign: Option<Option<String>>,
    /// `utm_term`
    #[serde(default, deserialize_with = "clearable")]
    term: Option<Option<String>>,
    /// `utm_content`
    #[serde(default, deserialize_with = "clearable")]
    content: Option<Option<String>>,
}

impl UtmEdit {
    /// The values after the edit; without one they stay, and `null` clears all.
    pub fn apply(edit: Option<Option<UtmEdit>>, before: Utm) -> Utm {
        match edit {
            None => before,
            Some(None) => Utm::default(),
            Some(Some(edit)) => Utm {
                source: edit.source.unwrap_or(before.source),
                medium: edit.medium.unwrap_or(before.medium),
                campaign: edit.campaign.unwrap_or(before.campaign),
                term: edit.term.unwrap_or(before.term),
                content: edit.content.unwrap_or(before.content),
            },
        }
    }
}
