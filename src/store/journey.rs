//! What attribution reads: the touchpoints of the identity behind a conversion, and the policies.

use crate::domain::attribution::Touch;
use crate::domain::id::{ConversionId, PolicyId, TouchpointId};
use crate::domain::policy::Rules;
use crate::domain::time::Time;
use crate::domain::touchpoint::CODE;
use crate::error::Result;
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
        const SQL: &str = "with browsers (id) as (
                select visitor_id from conversion_visitors where conversion_id = $1
                union select visitor_id from customer_visitors where customer_id = $2),
            touched (id) as (
                select t.id from browsers b cross join touchpoints t where t.visitor_id = b.id
                union select t.id from touchpoints t where t.customer_id = $2
                union select t.id from touchpoints t where t.id = $3
                union select t.id from touchpoints t where t.id = $1)
            select t.id as id, t.kind as kind, t.team as team, t.occurred_at as occurred_at, t.verdict as verdict,
                t.partner_id as partner_id, t.link_id as link_id, t.campaign_id as campaign_id, t.visitor_id as visitor_id,
                coalesce(p.external_id = $2, false) as self_referral
            from touched x cross join touchpoints t left join partners p on p.id = t.partner_id
            where t.id = x.id order by t.occurred_at desc, t.id desc limit $4";
        let touch = |row: Row| {
            let (id, kind): (TouchpointId, String) = (row.get("id")?, row.get("kind")?);
            Ok(Touch {
                own_code: kind == CODE && id.uuid() == conversion.uuid(),
                id,
                kind,
                team: row.get("team")?,
                at: row.get("occurred_at")?,
                verdict: row.get("verdict")?,
                partner: row.get("partner_id")?,
                link: row.get("link_id")?,
                campaign: row.get("campaign_id")?,
                visitor: row.get("visitor_id")?,
                self_referral: row.get("self_referral")?,
            })
        };
        let rows = self.all(SQL, args![conversion, customer, click, TOUCHES_MAX]).await?;
        rows.into_iter().map(touch).collect()
    }
}
