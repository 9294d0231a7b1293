//! Deals: opportunities with stages, from a CRM or the API, on which partners may have worked.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::id::{AccountId, DealId, StageId};
use crate::domain::money::{Currency, Money, check_minor};
use crate::domain::named;
use crate::domain::partner::check_text;
use crate::domain::time::Time;
use crate::error::Problems;

/// The longest note on a deal or a registration, in bytes.
pub const NOTE_BYTES_MAX: usize = 2_000;
/// The greatest place of a stage in the order of stages.
pub const PLACE_MAX: i64 = 1_000_000;

named! {
    /// What has become of a deal, by the kind of its stage.
    pub enum DealStatus {
        /// It goes on.
        Open = "open",
        /// It was won.
        Won = "won",
        /// It was lost.
        Lost = "lost",
    }
}

/// A stage that deals go through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Stage {
    /// Its id.
    pub id: StageId,
    /// Its name, unique whatever its case.
    pub name: String,
    /// Its place in the order of stages, the first smallest.
    pub order: i64,
    /// What a deal in it is.
    pub kind: DealStatus,
}

/// The open deals that are in one stage, whenever they were opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenStage {
    /// The name of the stage.
    pub stage: String,
    /// How many.
    pub deals: i64,
    /// What they are worth, per currency.
    pub worth: Vec<Money>,
}

/// A deal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Deal {
    /// Its id.
    pub id: DealId,
    /// Its name.
    pub name: String,
    /// Who buys.
    pub account_id: Option<AccountId>,
    /// The website's own id of the customer who buys: the customer's touchpoints are the deal's.
    pub customer_id: Option<String>,
    /// What it is worth, in minor units.
    pub amount: Option<i64>,
    /// The currency of the amount.
    pub currency: Option<Currency>,
    /// Who works on it, as the CRM names them.
    pub owner: Option<String>,
    /// What is to be sold.
    pub product: Option<String>,
    /// The id it has in the CRM, unique.
    pub external_id: Option<String>,
    /// The stage it is in.
    pub stage_id: StageId,
    /// The name of that stage.
    pub stage: String,
    /// What has become of it, by the kind of that stage.
    pub status: DealStatus,
    /// When it became an opportunity.
    pub opened_at: Time,
    /// When it was won or lost.
    pub closed_at: Option<Time>,
    /// The order of the conversion that it became, when it was won.
    pub order_id: Option<String>,
    /// Anything worth remembering.
    pub note: Option<String>,
    /// When it was entered.
    pub created_at: Time,
}

impl Deal {
    /// A deal that is in `stage` from `opened_at` on, with nothing else known of it.
    pub fn new(id: DealId, name: String, stage: &Stage, opened_at: Time, now: Time) -> Deal {
        let (account_id, customer_id, amount, currency, owner, product) = (None, None, None, None, None, None);
        let (external_id, order_id, note) = (None, None, None);
        let closed_at = (stage.kind != DealStatus::Open).then_some(opened_at);
        Deal {
            id,
            name,
            account_id,
            customer_id,
            amount,
            currency,
            owner,
            product,
            external_id,
            stage_id: stage.id,
            stage: stage.name.clone(),
            status: stage.kind,
            opened_at,
            closed_at,
            order_id,
            note,
            created_at: now,
        }
    }

    /// Puts it into `stage` at the moment `at`; a deal that is closed already keeps the moment at which it was, unless it turns
    /// from won to lost or back.
    pub fn move_to(&mut self, stage: &Stage, at: Time) {
        self.closed_at = match stage.kind {
            DealStatus::Open => None,
            kind if kind == self.status => self.closed_at.or(Some(at)),
            _ => Some(at),
        };
        (self.stage_id, self.stage, self.status) = (stage.id, stage.name.clone(), stage.kind);
    }

    /// Notes everything that does not fit.
    pub fn check(&self, problems: &mut Problems) {
        check_text(problems, "name", &self.name);
        let texts = [("owner", &self.owner), ("product", &self.product), ("external_id", &self.external_id)];
        for (field, text) in texts.into_iter().chain([("customer_id", &self.customer_id), ("order_id", &self.order_id)]) {
            if let Some(text) = text {
                check_text(problems, field, text);
            }
        }
        check_note(problems, self.note.as_deref());
        check_money(problems, self.amount, self.currency);
        if self.closed_at.is_some_and(|closed| closed < self.opened_at) {
            problems.add("closed_at", "must not lie before opened_at");
        }
        if self.closed_at.is_some() && self.status == DealStatus::Open {
            problems.add("closed_at", "belongs to a deal that is won or lost; move it to such a stage");
        }
        if self.order_id.is_some() && self.status != DealStatus::Won {
            problems.add(
                "order_id",
                "belongs to a deal that is won: move it to such a stage, or take the order off with \"order_id\": null",
            );
        }
    }
}

/// Notes an amount without a currency, a currency without an amount, and an amount out of range.
pub fn check_money(problems: &mut Problems, amount: Option<i64>, currency: Option<Currency>) {
    if let Some(amount) = amount {
        problems.keep("amount", check_minor(amount));
    }
    match (amount, currency) {
        (Some(_), None) => problems.add("currency", "is missing: an amount needs its ISO 4217 currency"),
        (None, Some(_)) => problems.add("amount", "is missing: a currency needs the amount, in minor units"),
        _ => {}
    }
}

/// Notes a note that is too long.
pub fn check_note(problems: &mut Problems, note: Option<&str>) {
    if note.is_some_and(|note| note.len() > NOTE_BYTES_MAX) {
        problems.add("note", format!("must be at most {NOTE_BYTES_MAX} bytes long"));
    }
}

/// A stage that a deal came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct StageChange {
    /// The stage.
    pub stage: String,
    /// What the deal was from then on.
    pub status: DealStatus,
    /// When.
    pub at: Time,
    /// A key's id, `operator` (the command line) or `system`.
    pub author: String,
    /// When it was entered.
    pub recorded_at: Time,
}
