//! Renewals that follow the first sale of their customer.

use std::collections::HashMap;

use uuid::Uuid;

use crate::domain::id::ConversionId;
use crate::domain::time::Time;
use crate::error::Result;
use crate::store::dialect::PerDatabase;
use crate::store::kin::kin;
use crate::store::rows::{Rows, batched};
use crate::store::sql::{Row, Tx, args};

/// The sales, at or before each conversion in the list, of its customer and their kin, the first one first.
const SALES_BEFORE: PerDatabase = batched!(
    1,
    [id id],
    concat!(
        ", ",
        kin!(
            "select c.customer_id, b.place from batch b cross join conversions c where c.id = b.id and c.customer_id is not null"
        ),
        " select b.id as renewal_id, s.id as sale_id, s.order_id as order_id
        from kin k cross join conversions s cross join batch b cross join conversions r
        where s.customer_id = k.id and s.event = 'sale' and b.place = k.at and r.id = b.id and s.occurred_at <= r.occurred_at
        order by s.occurred_at, s.id"
    )
);

/// The renewals, at or after each sale in the list, of its customer and their kin.
const RENEWALS_AFTER: PerDatabase = batched!(
    1,
    [id id],
    concat!(
        ", ",
        kin!(
            "select c.customer_id, c.occurred_at from batch b cross join conversions c
            where c.id = b.id and c.customer_id is not null"
        ),
        " select distinct r.id as id from kin k cross join conversions r
        where r.customer_id = k.id and r.event = 'renewal' and r.occurred_at >= k.at"
    )
);

/// The first sale of a customer.
#[derive(Clone, Debug, PartialEq)]
pub struct FirstSale {
    /// The sale.
    pub id: ConversionId,
    /// Its order.
    pub order_id: Option<String>,
}

impl Tx {
    /// The first sale before each of these conversions, where its customer is known and there is one.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn first_sales(&mut self, renewals: &[Uuid]) -> Result<HashMap<ConversionId, FirstSale>> {
        let mut found = HashMap::new();
        for row in self.all(&SALES_BEFORE, args![Rows::of_ids(self.database(), renewals.iter().copied())]).await? {
            let sale = FirstSale { id: row.get("sale_id")?, order_id: row.get("order_id")? };
            found.entry(row.get("renewal_id")?).or_insert(sale);
        }
        Ok(found)
    }

    /// Makes credit due again for the renewals that may follow these sales, but for those in `done`.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn enqueue_renewals(&mut self, sales: Vec<Uuid>, done: &[Uuid], now: Time) -> Result<()> {
        let renewals = self.all(&RENEWALS_AFTER, args![Rows::of_ids(self.database(), sales)]).await?;
        let mut renewals = renewals.iter().map(|row: &Row| row.get("id")).collect::<Result<Vec<Uuid>>>()?;
        renewals.retain(|id| !done.contains(id));
        self.enqueue(renewals, Vec::new(), now).await
    }
}
