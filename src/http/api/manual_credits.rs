//! `/conversions/{id}/credits`: credit that an admin gives by hand, and takes back.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::domain::conversion::Weight;
use crate::domain::id::{ConversionId, ManualCreditId, PartnerId};
use crate::domain::manual_credit::ManualCredit;
use crate::domain::partner::check_text;
use crate::domain::time::{DAY_MS, Time};
use crate::error::{Code, Error, Problems, Result};
use crate::http::api::conversions::find;
use crate::http::api::endpoint::Call;
use crate::http::api::input::{Body, Id, List};
use crate::http::api::links::partner_exists;
use crate::http::api::output::{Created, Done, Page};
use crate::jobs::by_hand::{Rest, rest};

/// A whole conversion, in billionths.
const WHOLE: u64 = 1_000_000_000;

/// Of a part where nobody has the rest.
const NOBODY: &str = "must be all of it: nobody else has credit for this conversion, and what nobody has cannot be left over; send \
    \"all\": true instead of a weight, or record with POST /touchpoints what each partner did before it, which they then share";
/// Of credit where there can be none.
const NO_POLICY: &str = "cannot be credited: no policy was in force at the time of this conversion; publish one that applies from then on, then try again";

/// Credit to be given; the others share the rest as before.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewManualCredit {
    /// Who gets it.
    partner_id: PartnerId,
    /// The share, more than 0 and at most 1, with 9 decimals; or `all`. Less than 1 only where other partners have credit: they
    /// keep the rest.
    weight: Option<f64>,
    /// True for the whole conversion.
    #[serde(default)]
    all: bool,
    /// Why; the partner reads it.
    reason: String,
}

pub(super) async fn create(
    call: Call<'_>, (Id(id), Body(new)): (Id<ConversionId>, Body<NewManualCredit>),
) -> Result<Created<ManualCredit>> {
    let conversion = find(call.tx, id).await?;
    within_window(conversion.occurred_at, call.by.at, call.app.manual_credit_days)?;
    let mut problems = Problems::default();
    check_text(&mut problems, "reason", &new.reason);
    partner_exists(call.tx, new.partner_id, &mut problems).await?;
    let given = call.tx.given_by_hand([conversion.id.uuid()]).await?;
    let given: Vec<ManualCredit> = given.into_values().flatten().collect();
    let standing = given.iter().filter(|credit| credit.removed_at.is_none());
    let left = WHOLE.saturating_sub(standing.map(|credit| credit.weight.0).sum());
    let share = match (new.weight, new.all) {
        (None, true) => WHOLE,
        (Some(weight), false) if weight > 0.0 && weight <= 1.0 => (weight * 1e9).round() as u64,
        (Some(_), false) => {
            problems.add("weight", "must be a share of more than 0 and at most 1, such as 0.25");
            0
        }
        _ => {
            problems.add("weight", "give either a weight or all: true");
            0
        }
    };
    if share == 0 && problems.is_empty() {
        problems.add("weight", "must be at least 0.000000001");
    } else if share > left {
        let field = if new.all { "all" } else { "weight" };
        let left = left as f64 / 1e9;
        problems.add(
            field,
            format!("is more than is left: what was given by hand before leaves {left}; take some of it back first"),
        );
    }
    problems.finish()?;
    let field = if new.all { "all" } else { "weight" };
    match rest(call.tx, conversion.id, &given).await? {
        Rest::NoPolicy => return Err(Error::invalid(field, NO_POLICY)),
        Rest::Nobody if share < left => return Err(Error::invalid(field, NOBODY)),
        Rest::Nobody | Rest::Partners => {}
    }
    let credit = ManualCredit {
        id: ManualCreditId::mint(call.by.at),
        conversion_id: conversion.id,
        partner_id: new.partner_id,
        weight: Weight(share),
        reason: new.reason,
        author: call.by.actor.to_string(),
        created_at: call.by.at,
        removed_at: None,
        removed_by: None,
    };
    call.tx.add_manual_credit(call.by, &credit, &conversion).await?;
    Ok(Created(credit))
}

/// Refuses what comes too late: the conversion may have been settled.
fn within_window(occurred_at: Time, now: Time, days: u32) -> Result<()> {
    if days == 0 {
        return Err(Error::new(Code::Conflict, "credit by hand is switched off on this server (manual_credit_days is 0)"));
    }
    let end = occurred_at + i64::from(days) * DAY_MS;
    if now > end {
        let sentence = format!(
            "this conversion of {occurred_at} can no longer be credited by hand: that ended on {end}, {days} days after it \
             (manual_credit_days)"
        );
        return Err(Error::new(Code::Conflict, sentence));
    }
    Ok(())
}

pub(super) async fn list(
    call: Call<'_>, (Id(id), list): (Id<ConversionId>, List<ManualCreditId>),
) -> Result<Page<ManualCredit>> {
    let conversion = find(call.tx, id).await?;
    let rows = call.tx.manual_credits(conversion.id, list.slice).await?;
    Ok(list.page(rows, |credit| credit.id))
}

/// Takes it back; the row stays. To take it back again changes nothing.
pub(super) async fn remove(call: Call<'_>, Id(id): Id<ManualCreditId>) -> Result<Done> {
    let credit = call.tx.manual_credit(id).await?.ok_or_else(|| Error::not_found("credit by hand", id))?;
    if credit.removed_at.is_none() {
        call.tx.remove_manual_credit(call.by, &credit).await?;
    }
    Ok(Done)
}
