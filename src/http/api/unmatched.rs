//! What a conversion named and what led to nobody: a code or a click id that is not known, or not in use.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::conversion::Conversion;
use crate::domain::id::{TouchpointId, floor};
use crate::domain::named;
use crate::domain::partner::Status;
use crate::domain::time::Time;
use crate::error::Result;
use crate::store::{CodeFilter, Slice, Tx};

named! {
    /// Why something that a conversion named leads to nobody.
    pub enum Mismatch {
        /// Nothing of that name is known.
        Unknown = "unknown",
        /// The code is disabled.
        Disabled = "disabled",
        /// The partner whose code it is is disabled.
        PartnerDisabled = "partner_disabled",
        /// The code is in use, and was not when the conversion was recorded.
        NotThen = "not_then",
        /// The click is older than touchpoints are kept.
        Expired = "expired",
    }
}

/// Something that the conversion named and that led to nobody.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Unmatched {
    /// `code` or `click_id`.
    field: &'static str,
    /// What was sent.
    value: String,
    /// Why it led to nobody.
    reason: Mismatch,
    /// The same for people.
    sentence: String,
}

/// The code and the click id of a conversion, where they led to nobody.
///
/// # Errors
/// The database does not answer.
pub(super) async fn unmatched(tx: &mut Tx, conversion: &Conversion) -> Result<Vec<Unmatched>> {
    let (mut found, kept_from) = (Vec::new(), tx.touchpoints_from().await?);
    if let Some(code) = &conversion.code
        // The touchpoint of a code that was in use has the id of the conversion. Of long ago there is none any more.
        && conversion.occurred_at >= kept_from
        && tx.touchpoint(TouchpointId::from(conversion.id.uuid())).await?.is_none()
    {
        let (reason, sentence) = of_code(tx, code).await?;
        found.push(Unmatched { field: "code", value: code.clone(), reason, sentence });
    }
    if let Some(click) = conversion.click_id
        && tx.touchpoint(click).await?.is_none()
    {
        let (reason, sentence) = of_click(click, kept_from);
        found.push(Unmatched { field: "click_id", value: click.to_string(), reason, sentence });
    }
    Ok(found)
}

async fn of_code(tx: &mut Tx, code: &str) -> Result<(Mismatch, String)> {
    let filter = CodeFilter { code: Some(code.to_owned()), ..CodeFilter::default() };
    let slice = Slice { before: uuid::Uuid::max(), limit: 1 };
    let Some(stored) = tx.codes(&filter, slice).await?.pop() else {
        return Ok((Mismatch::Unknown, format!("The code {code} is not known: no partner has one that is spelled so.")));
    };
    if stored.status == Status::Disabled {
        return Ok((Mismatch::Disabled, format!("The code {code} is disabled.")));
    }
    let partner = tx.partner(stored.partner_id).await?;
    Ok(match partner.filter(|partner| partner.status == Status::Disabled) {
        Some(partner) => (Mismatch::PartnerDisabled, format!("The code {code} is that of {}, who is disabled.", partner.name)),
        None => (Mismatch::NotThen, format!("The code {code} was not in use when this was recorded; it counts from now on.")),
    })
}

fn of_click(click: TouchpointId, kept_from: Time) -> (Mismatch, String) {
    match click.uuid() < floor(kept_from) {
        true => (Mismatch::Expired, format!("The click {click} is older than touchpoints are kept.")),
        false => {
            let why = "it may be mistyped, of another program, or still on its way";
            (Mismatch::Unknown, format!("The click {click} is not known: {why}."))
        }
    }
}
