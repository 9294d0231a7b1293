//! `/audit` and `/rejected`: what was changed, and what could not be used.

use crate::domain::audit::AuditLine;
use crate::domain::id::{AuditId, RejectedId};
use crate::domain::interpret::Rejected;
use crate::error::Result;
use crate::http::api::endpoint::Call;
use crate::http::api::input::List;
use crate::http::api::output::Page;

pub(super) async fn audit(call: Call<'_>, list: List<AuditId>) -> Result<Page<AuditLine>> {
    let rows = call.tx.audit_lines(list.slice).await?;
    Ok(list.page(rows, |line| line.id))
}

pub(super) async fn rejected(call: Call<'_>, list: List<RejectedId>) -> Result<Page<Rejected>> {
    let rows = call.tx.rejected(list.slice).await?;
    Ok(list.page(rows, |rejected| rejected.id))
}
