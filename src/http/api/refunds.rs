//! `/conversions/{id}/refunds`

use serde::Deserialize;
use utoipa::ToSchema;

use crate::domain::conversion::Refund;
use crate::domain::id::{ConversionId, RefundId};
use crate::domain::money::Money;
use crate::domain::partner::check_text;
use crate::error::{Problems, Result};
use crate::http::api::conversions::find;
use crate::http::api::endpoint::Call;
use crate::http::api::input::{Body, Id, List};
use crate::http::api::output::{Created, Page};

/// Money given back.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewRefund {
    /// Minor units of the conversion's currency; all that is left when absent.
    amount: Option<i64>,
    /// Why.
    reason: String,
}

pub(super) async fn create(
    call: Call<'_>, (Id(id), Body(new)): (Id<ConversionId>, Body<NewRefund>),
) -> Result<Created<Refund>> {
    let conversion = find(call.tx, id).await?;
    let mut problems = Problems::default();
    check_text(&mut problems, "reason", &new.reason);
    let left = conversion.amount.unwrap_or(0) - conversion.refunded;
    let amount = new.amount.unwrap_or(left);
    let shown = |amount: i64| conversion.currency.map_or(amount.to_string(), |currency| Money { amount, currency }.to_string());
    if conversion.amount.is_none() {
        problems.add("amount", "cannot be refunded: the conversion has no amount");
    } else if left <= 0 {
        problems.add("amount", "cannot be refunded: nothing is left of the conversion's amount");
    } else if amount <= 0 {
        problems.add("amount", "must be more than 0 minor units");
    } else if amount > left {
        problems.add("amount", format!("is more than what is left, {} ({left} minor units)", shown(left)));
    }
    problems.finish()?;
    let refund = Refund {
        id: RefundId::mint(call.by.at),
        conversion_id: conversion.id,
        amount,
        reason: new.reason,
        created_at: call.by.at,
    };
    call.tx.add_refund(call.by, &refund).await?;
    Ok(Created(refund))
}

pub(super) async fn list(call: Call<'_>, (Id(id), list): (Id<ConversionId>, List<RefundId>)) -> Result<Page<Refund>> {
    let conversion = find(call.tx, id).await?;
    let rows = call.tx.refunds(conversion.id, list.slice).await?;
    Ok(list.page(rows, |refund| refund.id))
}
