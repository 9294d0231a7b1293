//! `/conversions`, as they stand. How they get there: `record.rs`.

use crate::domain::conversion::Conversion;
use crate::domain::id::ConversionId;
use crate::error::{Error, Result};
use crate::http::api::endpoint::Call;
use crate::http::api::input::{Id, List, params};
use crate::http::api::output::{Page, Shown};
use crate::store::{ConversionFilter, Tx};

params! { ConversionFilter {
    order_id: String, "Only conversions of this order.";
    customer_id: String, "Only conversions of this customer.";
    event: String, "Only conversions of this event.";
} }

pub(super) async fn list(call: Call<'_>, list: List<ConversionId, ConversionFilter>) -> Result<Page<Conversion>> {
    let rows = call.tx.conversions(&list.filter, list.slice).await?;
    Ok(list.page(rows, |conversion| conversion.id))
}

pub(super) async fn show(call: Call<'_>, Id(id): Id<ConversionId>) -> Result<Shown<Conversion>> {
    find(call.tx, id).await.map(Shown)
}

pub(super) async fn find(tx: &mut Tx, id: ConversionId) -> Result<Conversion> {
    tx.conversion(id).await?.ok_or_else(|| Error::not_found("conversion", id))
}
