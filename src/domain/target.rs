//! What a redirect must know of a link. Millions are held in memory, so each is kept small.

use serde::{Deserialize, Serialize};

use crate::domain::id::{CampaignId, LinkId, PartnerId};
use crate::domain::time::Time;

/// What a redirect must know of a link, its texts one after the other in one piece of memory.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// The link.
    pub id: LinkId,
    /// Its owner.
    pub partner: PartnerId,
    /// Its campaign.
    pub campaign: Option<CampaignId>,
    /// From when on it is off.
    pub expires_at: Option<Time>,
    /// Link and partner are both active.
    pub active: bool,
    /// Whether the click id is added to the destination.
    pub append_click_id: bool,
    text: Box<str>,
    /// Where in `text` the slug's key, the destination and the defaults end; the rest is the fallback.
    ends: [u32; 3],
}

/// The parts of a [`Target`], as they are stored.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TargetParts<'a> {
    /// The link.
    pub id: LinkId,
    /// Its owner.
    pub partner: PartnerId,
    /// Its campaign.
    pub campaign: Option<CampaignId>,
    /// Under which it is found, in the form of [`crate::domain::link::slug_key`].
    pub slug_key: &'a str,
    /// Where it leads.
    pub destination: &'a str,
    /// UTM defaults, URL-encoded: the link's own, and its campaign's where it has none.
    pub defaults: &'a str,
    /// Where it leads once it is off.
    pub fallback: Option<&'a str>,
    /// From when on it is off.
    pub expires_at: Option<Time>,
    /// Link and partner are both active.
    pub active: bool,
    /// Whether the click id is added to the destination.
    pub append_click_id: bool,
}

impl From<TargetParts<'_>> for Target {
    fn from(parts: TargetParts<'_>) -> Self {
        let texts = [parts.slug_key, parts.destination, parts.defaults, parts.fallback.unwrap_or_default()];
        let mut text = String::with_capacity(texts.iter().map(|text| text.len()).sum());
        let ends = texts.map(|part| {
            text.push_str(part);
            // Texts are some kilobytes at most; one beyond 4 GiB would be cut, not misread.
            u32::try_from(text.len()).unwrap_or(u32::MAX)
        });
        Target {
            id: parts.id,
            partner: parts.partner,
            campaign: parts.campaign,
            expires_at: parts.expires_at,
            active: parts.active,
            append_click_id: parts.append_click_id,
            text: text.into_boxed_str(),
            ends: [ends[0], ends[1], ends[2]],
        }
    }
}

impl Target {
    /// Whether it answers at `now`.
    pub fn is_on(&self, now: Time) -> bool {
        self.active && self.expires_at.is_none_or(|end| now < end)
    }

    /// Under which it is found, in the form of [`crate::domain::link::slug_key`].
    pub fn slug_key(&self) -> &str {
        self.between(0, self.ends[0])
    }

    /// Where it leads.
    pub fn destination(&self) -> &str {
        self.between(self.ends[0], self.ends[1])
    }

    /// UTM defaults, URL-encoded: the link's own, and its campaign's where it has none.
    pub fn defaults(&self) -> &str {
        self.between(self.ends[1], self.ends[2])
    }

    /// Where it leads once it is off.
    pub fn fallback(&self) -> Option<&str> {
        let fallback = self.text.get(self.ends[2] as usize..).unwrap_or_default();
        // A URL is never empty.
        (!fallback.is_empty()).then_some(fallback)
    }

    /// What it was made of.
    pub fn parts(&self) -> TargetParts<'_> {
        TargetParts {
            id: self.id,
            partner: self.partner,
            campaign: self.campaign,
            slug_key: self.slug_key(),
            destination: self.destination(),
            defaults: self.defaults(),
            fallback: self.fallback(),
            expires_at: self.expires_at,
            active: self.active,
            append_click_id: self.append_click_id,
        }
    }

    fn between(&self, start: u32, end: u32) -> &str {
        self.text.get(start as usize..end as usize).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_its_parts_in_little_memory() {
        let mut parts = TargetParts {
            id: LinkId::mint(Time::EPOCH),
            partner: PartnerId::mint(Time::EPOCH),
            campaign: Some(CampaignId::mint(Time::EPOCH)),
            slug_key: "summer",
            destination: "https://shop.example/ä",
            defaults: "utm_source=news",
            fallback: Some("https://shop.example/over"),
            expires_at: Some(Time::from_millis(5)),
            active: true,
            append_click_id: false,
        };
        assert_eq!(Target::from(parts).parts(), parts);
        (parts.fallback, parts.defaults, parts.campaign, parts.expires_at) = (None, "", None, None);
        assert_eq!(Target::from(parts).parts(), parts);
        assert!(size_of::<Target>() <= 96, "{}", size_of::<Target>());
    }
}
