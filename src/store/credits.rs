//! Credits: appended and superseded, never overwritten.

use std::collections::HashMap;

use uuid::Uuid;

use crate::domain::id::{CampaignId, ConversionId, CreditId, LinkId, PartnerId, PolicyId, TouchpointId};
use crate::domain::money::Currency;
use crate::domain::time::Time;
use crate::error::Result;
use crate::store::dialect;
use crate::store::rows::Rows;
use crate::store::sql::{Row, Tx, args};

/// A conversion whose credit is due: what attribution needs to know of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Due {
    /// The conversion.
    pub id: ConversionId,
    /// When it happened.
    pub occurred_at: Time,
    /// Minor units.
    pub amount: Option<i64>,
    /// ISO 4217.
    pub currency: Option<Currency>,
    /// The website's own id of the buyer.
    pub customer_id: Option<String>,
    /// The click it came from.
    pub click_id: Option<TouchpointId>,
    /// The policy version under which it got credit before; none when it never did.
    pub policy_id: Option<PolicyId>,
}

/// A share for one touchpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credited {
    /// The touchpoint.
    pub touchpoint: TouchpointId,
    /// Who earned it.
    pub partner: PartnerId,
    /// Through which link.
    pub link: Option<LinkId>,
    /// In which campaign.
    pub campaign: Option<CampaignId>,
    /// The share in billionths.
    pub share: i64,
    /// Minor units.
    pub amount: i64,
    /// Why.
    pub reason: String,
}

/// The attribution of one conversion, to be written.
#[derive(Clone, Debug, PartialEq)]
pub struct Attributed {
    /// The conversion.
    pub due: Due,
    /// The policy version; none when none was in force.
    pub policy: Option<PolicyId>,
    /// The outcome in a sentence.
    pub summary: String,
    /// The shares.
    pub credits: Vec<Credited>,
}

/// A credit that stands, as far as it decides whether a new one would differ.
struct Standing {
    credit: Credited,
    policy: PolicyId,
}

impl Tx {
    /// The conversions with these ids; those that do not exist are left out.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn due_conversions(&mut self, ids: impl IntoIterator<Item = Uuid>) -> Result<Vec<Due>> {
        let ids = Rows::of_ids(self.database(), ids);
        let rows = self.all(&dialect::DUE_CONVERSIONS, args![ids]).await?;
        rows.into_iter().map(due).collect()
    }

    /// Writes attributions: where the credits that stand say the same they stay, else they are superseded and the new ones
    /// appended. How many conversions have other credits than before.
    ///
    /// # Errors
    /// The database does not answer, or refuses a value.
    pub async fn write_credits(&mut self, attributed: &[Attributed], now: Time) -> Result<usize> {
        let mut standing = self.standing(attributed).await?;
        let mut changed = Vec::new();
        let mut credits = Rows::new(self.database(), attributed.len(), 512);
        let mut outcomes = Rows::new(self.database(), attributed.len(), 256);
        for one in attributed {
            outcomes.begin().id(Some(one.due.id.uuid())).id(one.policy.map(PolicyId::uuid)).text(one.summary.as_str());
            let stands = standing.remove(&one.due.id).unwrap_or_default();
            if same(&stands, one) {
                continue;
            }
            changed.push(one.due.id.uuid());
            credit_rows(&mut credits, one, now);
        }
        let count = changed.len();
        if count > 0 {
            let changed = Rows::of_ids(self.database(), changed);
            self.execute(&dialect::SUPERSEDE_CREDITS, args![now, changed]).await?;
            self.execute(&dialect::APPEND_CREDITS, args![now, credits]).await?;
        }
        self.execute(&dialect::NOTE_ATTRIBUTION, args![now, outcomes]).await?;
        Ok(count)
    }

    /// Notes that the credits of conversions stay as they are.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn keep_credits(&mut self, ids: impl IntoIterator<Item = Uuid>, now: Time) -> Result<()> {
        let ids = Rows::of_ids(self.database(), ids);
        self.execute(&dialect::KEEP_CREDITS, args![now, ids]).await?;
        Ok(())
    }

    async fn standing(&mut self, attributed: &[Attributed]) -> Result<HashMap<ConversionId, Vec<Standing>>> {
        let ids = Rows::of_ids(self.database(), attributed.iter().map(|one| one.due.id.uuid()));
        let mut standing: HashMap<ConversionId, Vec<Standing>> = HashMap::new();
        for row in self.all(&dialect::STANDING_CREDITS, args![ids]).await? {
            let credit = Credited {
                touchpoint: row.get("touchpoint_id")?,
                partner: row.get("partner_id")?,
                link: row.get("link_id")?,
                campaign: row.get("campaign_id")?,
                share: row.get("share")?,
                amount: row.get("amount")?,
                reason: row.get("reason")?,
            };
            standing.entry(row.get("conversion_id")?).or_default().push(Standing { credit, policy: row.get("policy_id")? });
        }
        Ok(standing)
    }
}

/// A conversion, as a statement returns it.
pub(super) fn due(row: Row) -> Result<Due> {
    Ok(Due {
        id: row.get("id")?,
        occurred_at: row.get("occurred_at")?,
        amount: row.get("amount")?,
        currency: row.get("currency")?,
        customer_id: row.get("customer_id")?,
        click_id: row.get("click_id")?,
        policy_id: row.get("policy_id")?,
    })
}

fn same(standing: &[Standing], attributed: &Attributed) -> bool {
    let stands = |credit: &Credited| standing.iter().any(|one| Some(one.policy) == attributed.policy && one.credit == *credit);
    standing.len() == attributed.credits.len() && attributed.credits.iter().all(stands)
}

fn credit_rows(rows: &mut Rows, attributed: &Attributed, now: Time) {
    let due = &attributed.due;
    for credit in &attributed.credits {
        rows.begin()
            .id(Some(CreditId::mint(now).uuid()))
            .id(Some(due.id.uuid()))
            .id(Some(credit.touchpoint.uuid()))
            .id(Some(credit.partner.uuid()))
            .id(credit.link.map(LinkId::uuid))
            .id(credit.campaign.map(CampaignId::uuid))
            .int(credit.share)
            .int(credit.amount)
            .text(due.currency.as_ref().map(|currency| currency.as_str()))
            .id(attributed.policy.map(PolicyId::uuid))
            .text(credit.reason.as_str())
            .int(due.occurred_at.as_millis());
    }
}
