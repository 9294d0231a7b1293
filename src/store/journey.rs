//! What attribution reads: the touchpoints of the identity behind a conversion, and the policies.

use crate::domain::attribution::{Milestones, Touch};
use crate::domain::id::{ConversionId, PolicyId, TouchpointId};
use crate::domain::partner::Utm;
use crate::domain::policy::{Model, Rules};
use crate::domain::time::Time;
use crate::domain::touchpoint::CODE;
use crate::error::Result;
use crate::store::dialect::JOURNEY;
use crate::store::sql::{Json, Row, Tx, args};

/// The most touchpoints of one journey that are considered, the newest: more than any person makes, so that a crawler that
/// keeps its cookie cannot stop the others' attribution.
pub const TOUCHES_MAX: i64 = 10_000;

/// Every policy version, newest first.
#[derive(Clone, Debug, Default)]
pub struct RuleBook(Vec<(Time, PolicyId, std::result::Result<Rules, String>)>);

impl RuleBook {
    /// The version in force at `at`: the newest that applies from then or before, of equal ones that with the greater id.
    ///
    /// # Errors
    /// The rules of that version cannot be read.
    pub fn in_force(&self, at: Time) -> Result<Option<(PolicyId, &Rules)>> {
        match self.0.iter().find(|(from, ..)| *from <= at) {
            None => Ok(None),
            Some((_, id, Ok(rules))) => Ok(Some((*id, rules))),
            Some((_, id, Err(why))) => {
                Err(crate::error::Error::internal(format!("the rules of policy {id} cannot be read"), why.as_str()))
            }
        }
    }
}

impl RuleBook {
    /// The rules `now`, under another model. Numbers that were never set have their defaults; what a model cannot do without (the
    /// weights of kinds, what was learned) is that of the newest version of that model: none, where there is no such version.
    pub fn under(&self, model: Model, now: &Rules) -> Option<Rules> {
        let mut rules = Rules { model, ..now.clone() };
        if model == now.model || !(model == Model::Custom || model.is_data_driven()) {
            return Some(rules);
        }
        let versions = self.0.iter().filter_map(|(_, id, rules)| Some((id, rules.as_ref().ok()?)));
        let (_, newest) = versions.filter(|(_, rules)| rules.model == model).max_by_key(|(id, _)| **id)?;
        match model {
            Model::Custom => rules.weights = newest.weights.clone(),
            _ => {
                (rules.by, rules.order, rules.ordered) = (newest.by, newest.order, newest.ordered);
                (rules.trained_on, rules.effects) = (newest.trained_on, newest.effects.clone());
            }
        }
        Some(rules)
    }
}

impl Tx {
    /// Every policy version.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn rule_book(&mut self) -> Result<RuleBook> {
        const SQL: &str = "select id, applies_from, rules from policies order by applies_from desc, id desc";
        let version = |row: Row| {
            let rules = row.get::<Json<Rules>>("rules").map(|json| json.0);
            // One version that cannot be read must not keep the others from being used.
            let rules = rules.map_err(|why| std::error::Error::source(&why).map_or(why.to_string(), ToString::to_string));
            Ok((row.get("applies_from")?, row.get("id")?, rules))
        };
        Ok(RuleBook(self.all(SQL, args![]).await?.into_iter().map(version).collect::<Result<_>>()?))
    }

    /// Every touchpoint of the identity behind a conversion, whatever its verdict and time: those of its browsers and of all
    /// browsers of its customer, those that name the customer, its click and its own code. At most [`TOUCHES_MAX`], the newest.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn journey(
        &mut self, conversion: ConversionId, customer: Option<&str>, click: Option<TouchpointId>,
    ) -> Result<Vec<Touch>> {
        let rows = self.all(&JOURNEY, args![conversion, customer, click, TOUCHES_MAX]).await?;
        rows.iter().map(|row| touch(row, Some(conversion))).collect()
    }

    /// What the buyer had reached by the time of a conversion. Not in a journey, as it is no touchpoint.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn milestones(&mut self, customer: Option<&str>, at: Time) -> Result<Milestones> {
        let Some(customer) = customer else { return Ok(Milestones::default()) };
        Ok(Milestones {
            lead: self.became_lead(customer, at).await?,
            opportunity: self.became_opportunity(customer, at).await?,
        })
    }

    /// The earliest lead or signup of a customer, if it was at or before `at`.
    async fn became_lead(&mut self, customer: &str, at: Time) -> Result<Option<Time>> {
        const SQL: &str = "select min(occurred_at) as at from conversions
            where customer_id = $1 and event in ('lead', 'signup') and occurred_at <= $2";
        self.one(SQL, args![customer, at]).await?.get("at")
    }

    /// When the customer's opportunity was opened, if that was at or before `at`. Nothing records it yet.
    #[expect(clippy::unused_async, reason = "the moment will come from the store")]
    async fn became_opportunity(&mut self, _customer: &str, _at: Time) -> Result<Option<Time>> {
        Ok(None)
    }
}

/// A touchpoint on the way to a conversion, or to none.
pub(super) fn touch(row: &Row, conversion: Option<ConversionId>) -> Result<Touch> {
    let (id, kind): (TouchpointId, String) = (row.get("id")?, row.get("kind")?);
    Ok(Touch {
        own_code: kind == CODE && conversion.is_some_and(|conversion| conversion.uuid() == id.uuid()),
        id,
        kind,
        team: row.get("team")?,
        at: row.get("occurred_at")?,
        verdict: row.get("verdict")?,
        partner: row.get("partner_id")?,
        link: row.get("link_id")?,
        campaign: row.get("campaign_id")?,
        group: row.get("group_id")?,
        channel: medium(row, "link_utm")?.or(medium(row, "campaign_utm")?),
        visitor: row.get("visitor_id")?,
        self_referral: row.get("self_referral")?,
    })
}

/// The medium among the UTM defaults in a column.
fn medium(row: &Row, column: &'static str) -> Result<Option<String>> {
    let utm: Option<String> = row.get(column)?;
    Ok(utm.and_then(|utm| serde_json::from_str::<Utm>(&utm).ok()?.medium))
}
