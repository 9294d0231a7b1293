//! Touchpoints: what a partner, or a team of ours, contributed on the way to a conversion.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::id::{CampaignId, CodeId, LinkId, PartnerId, TouchpointId, VisitorId};
use crate::domain::named;
use crate::domain::time::Time;
use crate::domain::verdict::Verdict;

/// The kind of a followed link.
pub const CLICK: &str = "click";
/// The kind of a shown banner.
pub const VIEW: &str = "view";
/// The kind of a referral code used at a conversion.
pub const CODE: &str = "code";

named! {
    /// Who made the contribution.
    pub enum Team {
        /// An outside partner.
        Partner = "partner",
        /// Our own partner managers.
        Partnerships = "partnerships",
        /// Our own sales people.
        Sales = "sales",
        /// Our own marketing.
        Marketing = "marketing",
    }
}

/// What the user agent told about the browser; parsed at intake, never at the edge.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Device {
    /// Browser family, as `Chrome`.
    pub browser: Option<String>,
    /// Operating system family, as `Android`.
    pub os: Option<String>,
    /// `desktop`, `mobile`, `tablet`, `bot` or `other`.
    pub device: Option<String>,
}

/// One touchpoint, as stored and as the API shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Touchpoint {
    /// Its id; for a click this is the click id in the destination's URL.
    pub id: TouchpointId,
    /// `click`, `view`, `code`, or an offline kind.
    pub kind: String,
    /// Who made the contribution.
    pub team: Team,
    /// When it happened.
    pub occurred_at: Time,
    /// Why it counts or not.
    pub verdict: Verdict,
    /// The partner; none for our own teams.
    pub partner_id: Option<PartnerId>,
    /// The link that was followed or shown.
    pub link_id: Option<LinkId>,
    /// The code that was used.
    pub code_id: Option<CodeId>,
    /// The campaign of the link or code.
    pub campaign_id: Option<CampaignId>,
    /// The browser.
    pub visitor_id: Option<VisitorId>,
    /// The website's own id of the buyer, where it was known at once.
    pub customer_id: Option<String>,
    /// ISO 3166 country code.
    pub country: Option<String>,
    /// Browser, system, device.
    #[serde(flatten)]
    pub device: Device,
    /// The page the visitor came from.
    pub referrer: Option<String>,
    /// `sub1`..`sub5` and `utm_*` of the incoming URL.
    pub params: BTreeMap<String, String>,
    /// A person's note on an offline touchpoint.
    pub note: Option<String>,
}
