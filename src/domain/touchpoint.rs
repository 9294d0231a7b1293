//! Touchpoints: what a partner, or a team of ours, contributed on the way to a conversion.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::id::{CampaignId, CodeId, DealId, LinkId, PartnerId, TouchpointId, VisitorId};
use crate::domain::named;
use crate::domain::time::Time;
use crate::domain::verdict::Verdict;

/// The kind of a followed link.
pub const CLICK: &str = "click";
/// The kind of a shown banner.
pub const VIEW: &str = "view";
/// The kind of a referral code used at a conversion.
pub const CODE: &str = "code";

/// The kind of a partner's name that the buyer gave when asked where they heard of us.
pub const SELF_REPORTED: &str = "self_reported";
/// The kind of credit that an admin gave by hand; it belongs to one conversion, and to no journey.
pub const MANUAL: &str = "manual";
/// The kind of an approved registration of a deal.
pub const DEAL_REGISTRATION: &str = "deal_registration";

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
    /// The deal it was made for.
    pub deal_id: Option<DealId>,
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

impl Touchpoint {
    /// One that people enter: valid, of no browser, and so far of nobody.
    pub fn offline(id: TouchpointId, kind: String, team: Team, occurred_at: Time) -> Touchpoint {
        Touchpoint {
            id,
            kind,
            team,
            occurred_at,
            verdict: Verdict::Valid,
            partner_id: None,
            link_id: None,
            code_id: None,
            campaign_id: None,
            visitor_id: None,
            customer_id: None,
            deal_id: None,
            country: None,
            device: Device::default(),
            referrer: None,
            params: BTreeMap::new(),
            note: None,
        }
    }
}
