//! Discrepancies: what is stored soundly, but should be looked at by somebody.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::domain::id::{ConversionId, PartnerId};
use crate::domain::named;
use crate::domain::time::Time;

named! {
    /// What kind of discrepancy.
    pub enum DiscrepancyKind {
        /// A conversion that nobody earned a part of; the id is the conversion's.
        ConversionWithoutJourney = "conversion_without_journey",
        /// A credit that stands, of a partner who is disabled now; the id is the credit's.
        CreditToDisabledPartner = "credit_to_disabled_partner",
        /// A touchpoint that came too late: the click that a conversion names, made after it; or one that was entered for a
        /// customer, for no deal, after the last of the customer's conversions. The id is the touchpoint's.
        TouchpointAfterConversion = "touchpoint_after_conversion",
        /// A deal that no touchpoint names, and whose customer has none; the id is the deal's.
        DealWithoutTouchpoints = "deal_without_touchpoints",
        /// An order that was reported again with another amount or currency; the id is the repeated report's.
        OrderWithDifferentAmounts = "order_with_different_amounts",
    }
}

impl DiscrepancyKind {
    /// A clause for people, as in "3 conversions without a journey".
    pub fn explain(self) -> &'static str {
        match self {
            DiscrepancyKind::ConversionWithoutJourney => "conversions that nobody earned a part of",
            DiscrepancyKind::CreditToDisabledPartner => "credits of partners who are disabled",
            DiscrepancyKind::TouchpointAfterConversion => "touchpoints that came after the conversion",
            DiscrepancyKind::DealWithoutTouchpoints => "deals without touchpoints",
            DiscrepancyKind::OrderWithDifferentAmounts => "orders reported again with another amount",
        }
    }
}

/// How many discrepancies of a kind there are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DiscrepancyCount {
    /// The kind.
    pub kind: DiscrepancyKind,
    /// What it means.
    pub description: String,
    /// How many.
    pub count: i64,
}

/// One discrepancy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Discrepancy {
    /// The kind.
    pub kind: DiscrepancyKind,
    /// The id of what should be looked at.
    pub id: String,
    /// The same, as the list's cursor has it.
    #[serde(skip)]
    pub place: Uuid,
    /// When it happened.
    pub at: Time,
    /// The conversion it concerns.
    pub conversion_id: Option<ConversionId>,
    /// The partner it concerns.
    pub partner_id: Option<PartnerId>,
    /// What is odd, in a sentence.
    pub detail: String,
}
