//! What attribution reads: the touchpoints of the identities behind conversions.

use std::collections::HashMap;

use crate::domain::attribution::Touch;
use crate::domain::id::{ConversionId, TouchpointId};
use crate::domain::partner::Utm;
use crate::domain::touchpoint::CODE;
use crate::error::Result;
use crate::store::Due;
use crate::store::dialect::{JOURNEYS, NEWEST_OF_JOURNEY};
use crate::store::rows::Rows;
use crate::store::sql::{Row, Tx, args};

/// The most touchpoints of one journey that are considered, the newest: more than any person makes, so that a crawler that
/// keeps its cookie cannot stop the others' attribution.
pub const TOUCHES_MAX: i64 = 10_000;
/// The most touchpoints that are read at once, some 20 MB; conversions with more between them are read half by half.
const READ_MAX: i64 = 50_000;

impl Tx {
    /// Every touchpoint of the identity behind a conversion, whatever its verdict and time: those of its browsers and of all
    /// browsers of its customer, those that name the customer, its click and its own code. At most [`TOUCHES_MAX`], the newest.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn journey(
        &mut self, conversion: ConversionId, customer: Option<&str>, click: Option<TouchpointId>,
    ) -> Result<Vec<Touch>> {
        let mut asked = Rows::new(self.database(), 1, 128);
        asked.begin().id(Some(conversion.uuid())).text(customer).id(click.map(TouchpointId::uuid));
        let rows = self.all(&NEWEST_OF_JOURNEY, args![TOUCHES_MAX, asked]).await?;
        rows.iter().map(|row| touch(row, Some(conversion))).collect()
    }

    /// The same of several conversions, with few statements.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn journeys(&mut self, due: &[Due]) -> Result<HashMap<ConversionId, Vec<Touch>>> {
        let mut journeys: HashMap<ConversionId, Vec<Touch>> = HashMap::with_capacity(due.len());
        let mut parts = vec![due];
        while let Some(part) = parts.pop() {
            if let [one] = part {
                journeys.insert(one.id, self.journey(one.id, one.customer_id.as_deref(), one.click_id).await?);
                continue;
            }
            let mut asked = Rows::new(self.database(), part.len(), 128);
            for one in part {
                asked.begin().id(Some(one.id.uuid())).text(one.customer_id.as_deref()).id(one.click_id.map(TouchpointId::uuid));
            }
            let found = |row: &Row| {
                let place = usize::try_from(row.get::<i64>("place")?).unwrap_or(usize::MAX);
                let conversion = part.get(place).map(|due| due.id);
                Ok((conversion, touch(row, conversion)?))
            };
            let rows = self.read_each(&JOURNEYS, args![READ_MAX, asked], found).await?;
            if rows.len() as i64 == READ_MAX {
                let (one, other) = part.split_at(part.len() / 2);
                parts.extend([one, other]);
                continue;
            }
            for (conversion, touch) in rows {
                if let Some(conversion) = conversion {
                    journeys.entry(conversion).or_default().push(touch);
                }
            }
            let crowded = part.iter().filter(|one| journeys.get(&one.id).is_some_and(|found| found.len() as i64 > TOUCHES_MAX));
            parts.extend(crowded.map(std::slice::from_ref));
        }
        Ok(journeys)
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
