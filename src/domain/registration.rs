//! Deal registrations: a partner says first that it is working on an account, and claims it once that is approved.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::account;
use crate::domain::id::{DealId, PartnerId, RegistrationId, TouchpointId};
use crate::domain::money::Currency;
use crate::domain::named;
use crate::domain::time::Time;

named! {
    /// What a registration came to.
    pub enum RegistrationStatus {
        /// It waits for a decision.
        Pending = "pending",
        /// The account is the partner's for the claim window.
        Approved = "approved",
        /// An admin said no, with a reason.
        Rejected = "rejected",
        /// Nobody decided in time.
        Expired = "expired",
        /// Its partner took it back.
        Withdrawn = "withdrawn",
        /// Another partner registered the account before, or has a claim on it.
        Conflict = "conflict",
    }
}

/// A partner's registration of a deal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Registration {
    /// Its id.
    pub id: RegistrationId,
    /// Who registers.
    pub partner_id: PartnerId,
    /// The company, as the partner calls it.
    pub account: String,
    /// The company's domain.
    pub domain: Option<String>,
    /// What the deal may be worth, in minor units.
    pub amount: Option<i64>,
    /// The currency of the amount.
    pub currency: Option<Currency>,
    /// Anything worth knowing.
    pub note: Option<String>,
    /// What it came to.
    pub status: RegistrationStatus,
    /// What its partner is told: why it was rejected or conflicts, or that another came later.
    pub reason: Option<String>,
    /// When it expires if nobody has decided by then.
    pub expires_at: Time,
    /// Until when the account is the partner's; set when it is approved.
    pub claimed_until: Option<Time>,
    /// The deal it became, or belongs to.
    pub deal_id: Option<DealId>,
    /// The touchpoint it became.
    pub touchpoint_id: Option<TouchpointId>,
    /// When it was submitted.
    pub created_at: Time,
}

impl Registration {
    /// Whether it keeps others from registering the same account at `now`: it waits and has not expired, or it is approved and
    /// its claim window is open.
    pub fn holds(&self, now: Time) -> bool {
        match self.status {
            RegistrationStatus::Pending => now < self.expires_at,
            RegistrationStatus::Approved => self.claimed_until.is_some_and(|until| now < until),
            _ => false,
        }
    }

    /// Whether it is about the same company as another: the same domain, or where one has none, the same name.
    pub fn is_of_same_account(&self, other: &Registration) -> bool {
        let (own, others) = (account::name_key(&self.account), account::name_key(&other.account));
        account::is_same((&own, self.domain.as_deref()), (&others, other.domain.as_deref()))
    }
}

/// One thing that happened to a registration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RegistrationEvent {
    /// When.
    pub at: Time,
    /// A key's id, `operator` (the command line) or `system`.
    pub author: String,
    /// What the registration was after it.
    pub status: RegistrationStatus,
    /// What the partner is told.
    pub reason: Option<String>,
}
