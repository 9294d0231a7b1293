//! What buyers reached on the way to a conversion: when they became a lead, when an opportunity was opened. A buyer is a
//! customer and its kin.

use crate::domain::attribution::Milestones;
use crate::domain::deal::Deal;
use crate::domain::time::Time;
use crate::error::Result;
use crate::store::Due;
use crate::store::dialect::{PerDatabase, Turn};
use crate::store::kin::kin;
use crate::store::rows::{Rows, batched};
use crate::store::sql::{Tx, args};

/// When the buyers in the list became a lead, the first time, and when each of their deals was opened.
const REACHED: PerDatabase = batched!(
    1,
    [customer_id text],
    concat!(
        ", ",
        kin!("select customer_id, place from batch"),
        " select k.at as place, min(c.occurred_at) as lead_at, cast(null as bigint) as opened_at
        from kin k cross join conversions c where c.customer_id = k.id and c.event in ('lead', 'signup') group by k.at
        union all
        select k.at, null, d.opened_at from kin k cross join deals d where d.customer_id = k.id"
    )
);

/// The conversions of the buyers in the list at or after a moment.
const CONCERNED: PerDatabase = batched!(
    1,
    [customer_id text, at int],
    concat!(
        ", ",
        kin!("select customer_id, at from batch"),
        " select distinct c.id as id from kin k cross join conversions c where c.customer_id = k.id and c.occurred_at >= k.at"
    )
);

/// A customer, and when it reached something.
pub(super) type Reached = (String, Time);

impl Tx {
    /// Looks up what the buyer had reached by the time of each conversion. Of several leads the first counts, of several deals
    /// the one opened last.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn look_up_milestones(&mut self, dues: &mut [Due]) -> Result<()> {
        let mut known: Vec<&mut Due> = dues.iter_mut().filter(|due| due.customer_id.is_some()).collect();
        let customers = Rows::of_texts(self.database(), known.iter().filter_map(|due| due.customer_id.as_deref()));
        for row in self.all(&REACHED, args![customers]).await? {
            let place = usize::try_from(row.get::<i64>("place")?).unwrap_or(usize::MAX);
            let Some(due) = known.get_mut(place) else { continue };
            let by_then = |at: Option<Time>| at.filter(|at| *at <= due.occurred_at);
            let Milestones { lead, opportunity } = due.milestones;
            due.milestones.lead = lead.or(by_then(row.get("lead_at")?));
            due.milestones.opportunity = opportunity.max(by_then(row.get("opened_at")?));
        }
        Ok(())
    }

    /// The conversions for which it matters when these customers reached something.
    pub(super) async fn concerned_by_milestones(&mut self, reached: &[Reached]) -> Result<Vec<uuid::Uuid>> {
        if reached.is_empty() {
            return Ok(Vec::new());
        }
        let mut rows = Rows::new(self.database(), reached.len(), 64);
        for (customer, at) in reached {
            rows.begin().text(customer.as_str()).int(at.as_millis());
        }
        self.all(&CONCERNED, args![rows]).await?.iter().map(|row| row.get("id")).collect()
    }

    /// Makes credit due again for conversions that came after a deal was opened: `before` is what was said of it until now.
    pub(super) async fn enqueue_for_deal(&mut self, before: Option<&Deal>, deal: &Deal, now: Time) -> Result<()> {
        let opened = |deal: &Deal| Some((deal.customer_id.clone()?, deal.opened_at));
        let (was, is) = (before.and_then(opened), opened(deal));
        if was == is {
            return Ok(());
        }
        self.hold(Turn::Conclude).await?;
        let reached: Vec<Reached> = was.into_iter().chain(is).collect();
        let conversions = self.concerned_by_milestones(&reached).await?;
        self.enqueue(conversions, Vec::new(), now).await
    }
}
