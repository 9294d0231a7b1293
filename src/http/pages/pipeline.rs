//! The pipeline.

use crate::domain::pipeline::PipelineBy;
use crate::error::Result;
use crate::http::pages::answer::Answer;
use crate::http::pages::asked::Visit;
use crate::pages::pipeline::Report;

/// How long an open deal stays in one stage before the pages call it stalled.
pub(super) const STALLED_DAYS: u32 = 30;

pub(super) async fn show(visit: Visit<'_>) -> Result<Answer> {
    let (asked, tx) = (visit.asked, visit.tx);
    let (days, period) = asked.period();
    let by = [PipelineBy::None, PipelineBy::Stage, PipelineBy::Kind];
    let mut rows = tx.pipelines(&by, period, asked.at, STALLED_DAYS).await?.into_iter();
    let mut next = || rows.next().unwrap_or_default();
    let parts = next().pop().map_or_else(Vec::new, |row| row.parts);
    let (stages, kinds) = (next(), next());
    let (stays, open_now) = (tx.stays(period, asked.at).await?, tx.open_now().await?);
    let report = Report { days, parts, stages, kinds, stays, open_now };
    let tables = report.tables(asked.shell);
    Ok(asked.show(&tables.each_ref(), || report.content(asked.shell, &asked.wanted(), asked.at, &tables)))
}
