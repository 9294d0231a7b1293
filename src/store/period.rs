//! The journeys of a period, in pages: those that led to a conversion, and those of people who did not convert.

use std::collections::HashMap;

use crate::domain::attribution::Touch;
use crate::domain::id::VisitorId;
use crate::error::Result;
use crate::store::dialect::VISITOR_TOUCHES;
use crate::store::journey::touch;
use crate::store::reports::Period;
use crate::store::rows::Rows;
use crate::store::sql::{Row, Tx, args};

impl Tx {
    /// The next customers, in the order of their ids, who did not convert in a period.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn customers_without(&mut self, period: Period, after: &str, limit: i64) -> Result<Vec<String>> {
        const SQL: &str = "select x.customer_id as customer_id from (
                select customer_id from customer_visitors where customer_id > $1
                union select customer_id from touchpoints where customer_id > $1) as x
            where not exists (select 1 from conversions c
                where c.customer_id = x.customer_id and c.occurred_at >= $2 and c.occurred_at < $3)
            order by x.customer_id limit $4";
        let rows = self.all(SQL, args![after, period.from, period.to, limit]).await?;
        rows.into_iter().map(|row: Row| row.get("customer_id")).collect()
    }

    /// The next browsers, in the order of their ids, that belong to no known customer, were seen in a period and did not convert
    /// in it.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn visitors_without(&mut self, period: Period, after: VisitorId, limit: i64) -> Result<Vec<VisitorId>> {
        const SQL: &str = "select t.visitor_id as visitor_id from touchpoints t
            where t.visitor_id > $1 and t.occurred_at >= $2 and t.occurred_at < $3 and t.verdict = 'valid'
                and not exists (select 1 from customer_visitors v where v.visitor_id = t.visitor_id)
                and not exists (select 1 from conversion_visitors v join conversions c on c.id = v.conversion_id
                    where v.visitor_id = t.visitor_id and c.occurred_at >= $2 and c.occurred_at < $3)
            group by t.visitor_id order by t.visitor_id limit $4";
        let rows = self.all(SQL, args![after, period.from, period.to, limit]).await?;
        rows.into_iter().map(|row: Row| row.get("visitor_id")).collect()
    }

    /// The touchpoints of each of these browsers up to the end of a period; not in any order.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn touches_of(&mut self, visitors: &[VisitorId], period: Period) -> Result<Vec<Vec<Touch>>> {
        let ids = Rows::of_ids(self.database(), visitors.iter().map(|id| id.uuid()));
        let mut journeys: HashMap<VisitorId, Vec<Touch>> = HashMap::new();
        for row in self.all(&VISITOR_TOUCHES, args![period.to, ids]).await? {
            let touch = touch(&row, None)?;
            if let Some(visitor) = touch.visitor {
                journeys.entry(visitor).or_default().push(touch);
            }
        }
        Ok(visitors.iter().filter_map(|visitor| journeys.remove(visitor)).collect())
    }
}
