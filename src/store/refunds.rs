//! Refunds: appended, never changed.

use crate::domain::audit::By;
use crate::domain::conversion::Refund;
use crate::domain::id::ConversionId;
use crate::error::Result;
use crate::store::sql::{Row, Slice, Tx, args};

fn refund(row: Row) -> Result<Refund> {
    Ok(Refund {
        id: row.get("id")?,
        conversion_id: row.get("conversion_id")?,
        amount: row.get("amount")?,
        reason: row.get("reason")?,
        created_at: row.get("created_at")?,
    })
}

impl Tx {
    /// Adds a refund; the caller has checked, in this transaction, that so much is left.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn add_refund(&mut self, by: By, refund: &Refund) -> Result<()> {
        const SQL: &str = "insert into refunds (id, conversion_id, amount, reason, created_at) values ($1, $2, $3, $4, $5)";
        let args = args![refund.id, refund.conversion_id, refund.amount, refund.reason.as_str(), refund.created_at];
        self.execute(SQL, args).await?;
        self.audit(by, "refund.create", refund.id, refund).await
    }

    /// A part of the list of refunds of one conversion.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn refunds(&mut self, conversion: ConversionId, slice: Slice) -> Result<Vec<Refund>> {
        const SQL: &str = "select id, conversion_id, amount, reason, created_at from refunds
            where conversion_id = $1 and id < $2 order by id desc limit $3";
        self.all(SQL, args![conversion, slice.before, slice.limit]).await?.into_iter().map(refund).collect()
    }
}
