//! Credit that an admin gives by hand: a fixed share of one conversion; the others share the rest as before.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::conversion::Weight;
use crate::domain::id::{ConversionId, ManualCreditId, PartnerId, TouchpointId};
use crate::domain::time::Time;

/// A share of one conversion that a person gave, and why. It stands until it is removed, however often credit is assigned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ManualCredit {
    /// Its id.
    pub id: ManualCreditId,
    /// The conversion.
    pub conversion_id: ConversionId,
    /// Who gets it.
    pub partner_id: PartnerId,
    /// The share, more than 0 and at most 1, with 9 decimals.
    pub weight: Weight,
    /// Why.
    pub reason: String,
    /// Who gave it: a key's id, `operator` or `system`.
    pub author: String,
    /// When.
    pub created_at: Time,
    /// When it was taken back.
    pub removed_at: Option<Time>,
    /// Who took it back.
    pub removed_by: Option<String>,
}

impl ManualCredit {
    /// The touchpoint that stands for it.
    pub fn touchpoint(&self) -> TouchpointId {
        TouchpointId::from(self.id.uuid())
    }

    /// Why its partner has credit, in a sentence the partner can read.
    pub fn sentence(&self) -> String {
        format!("given by hand: {}", self.reason)
    }
}
