//! `/reports`

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::domain::discrepancy::{Discrepancy, DiscrepancyCount, DiscrepancyKind};
use crate::domain::heard::{Disagreement, SelfReport};
use crate::domain::id::ConversionId;
use crate::domain::pipeline::{PipelineBy, PipelineRow, StalledDays};
use crate::domain::report::{GroupBy, Performance, TeamPerformance, TeamTotals};
use crate::domain::time::{DAY_MS, Time};
use crate::error::{Problems, Result};
use crate::http::api::endpoint::Call;
use crate::http::api::input::{Id, List, Query, params};
use crate::http::api::output::{Page, Rows, Shown};
use crate::store::Period;

/// How far back a report reaches when the caller does not say.
const DAYS_DEFAULT: i64 = 30;

/// What a performance report is asked for.
pub(super) struct PerformanceQuery {
    group_by: Option<GroupBy>,
    from: Option<String>,
    to: Option<String>,
}

params! { PerformanceQuery {
    group_by: GroupBy, "What to have a row for; one row for everything when absent.";
    from: String, "From this date or RFC 3339 time on, from the beginning of its hour (UTC); 30 days before the end when absent.";
    to: String, "Up to and including this date, or up to this RFC 3339 time, to the end of its hour (UTC); up to the end of today when absent.";
} }

/// What came of the program, and in which hours.
#[derive(Serialize, ToSchema)]
pub(super) struct PerformanceReport {
    /// The beginning of the first hour.
    from: Time,
    /// The end of the last.
    to: Time,
    /// A row for each.
    data: Vec<Performance>,
}

pub(super) async fn performance(call: Call<'_>, Query(query): Query<PerformanceQuery>) -> Result<Shown<PerformanceReport>> {
    let period = period(query.from.as_deref(), query.to.as_deref(), call.by.at)?.in_whole_hours();
    let data = call.tx.performance(query.group_by.unwrap_or(GroupBy::None), period).await?;
    Ok(Shown(PerformanceReport { from: period.from, to: period.to, data }))
}

/// What a report on a period is asked for.
pub(super) struct PeriodQuery {
    from: Option<String>,
    to: Option<String>,
}

params! { PeriodQuery {
    from: String, "From this date or RFC 3339 time on; 30 days before the end when absent.";
    to: String, "Up to and including this date, or up to this RFC 3339 time; up to the end of today when absent.";
} }

pub(super) async fn self_reported(call: Call<'_>, Query(query): Query<PeriodQuery>) -> Result<Shown<SelfReport>> {
    let period = period(query.from.as_deref(), query.to.as_deref(), call.by.at)?;
    call.tx.self_reported(period).await.map(Shown)
}

pub(super) async fn disagreements(call: Call<'_>, list: List<ConversionId, PeriodQuery>) -> Result<Page<Disagreement>> {
    let period = period(list.filter.from.as_deref(), list.filter.to.as_deref(), call.by.at)?;
    let rows = call.tx.disagreements(period, list.slice).await?;
    Ok(list.page(rows, |one| one.conversion_id))
}

/// What a pipeline report is asked for.
pub(super) struct PipelineQuery {
    group_by: Option<PipelineBy>,
    from: Option<String>,
    to: Option<String>,
    stalled_days: Option<StalledDays>,
}

params! { PipelineQuery {
    group_by: PipelineBy, "What to have a row for; one row for every deal when absent.";
    from: String, "Deals opened from this date or RFC 3339 time on; 30 days before the end when absent.";
    to: String, "Deals opened up to and including this date, or before this RFC 3339 time; up to the end of today when absent.";
    stalled_days: StalledDays, "An open deal is stalled when it has been in its stage for so many days, 1 to 3650; 30 when absent.";
} }

pub(super) async fn pipeline(call: Call<'_>, Query(query): Query<PipelineQuery>) -> Result<Rows<PipelineRow>> {
    let period = period(query.from.as_deref(), query.to.as_deref(), call.by.at)?;
    let StalledDays(stalled_days) = query.stalled_days.unwrap_or_default();
    let by = query.group_by.unwrap_or(PipelineBy::None);
    let data = call.tx.pipeline(by, period, call.by.at, stalled_days).await?;
    Ok(Rows { data })
}

pub(super) async fn discrepancies(call: Call<'_>, (): ()) -> Result<Rows<DiscrepancyCount>> {
    Ok(Rows { data: call.tx.discrepancy_counts().await? })
}

pub(super) async fn discrepancies_of(
    call: Call<'_>, (Id(kind), list): (Id<DiscrepancyKind>, List<Uuid>),
) -> Result<Page<Discrepancy>> {
    let rows = call.tx.discrepancies(kind, list.slice).await?;
    Ok(list.page(rows, |discrepancy| discrepancy.place))
}

/// A row for each team, and what they share in all.
#[derive(Serialize, ToSchema)]
pub(super) struct TeamReport {
    data: Vec<TeamPerformance>,
    total: TeamTotals,
}

pub(super) async fn teams(call: Call<'_>, Query(query): Query<PeriodQuery>) -> Result<Shown<TeamReport>> {
    let period = period(query.from.as_deref(), query.to.as_deref(), call.by.at)?;
    let (data, total) = call.tx.team_performance(period).await?;
    Ok(Shown(TeamReport { data, total }))
}

/// From the first moment to the first one after it: a date as the end is included.
pub(super) fn period(from: Option<&str>, to: Option<&str>, now: Time) -> Result<Period> {
    let mut problems = Problems::default();
    let mut read = |field: &str, text: Option<&str>| text.and_then(|text| problems.keep(field, Time::parse_date_or_time(text)));
    let is_date = to.is_some_and(|text| text.parse::<Time>().is_err());
    let (from, to) = (read("from", from), read("to", to));
    let to = to.map_or(now.day() + DAY_MS, |to| if is_date { to + DAY_MS } else { to });
    let from = from.unwrap_or((to - DAYS_DEFAULT * DAY_MS).max(Time::EPOCH));
    if from >= to && problems.is_empty() {
        problems.add("to", "must lie after from");
    }
    problems.finish()?;
    Ok(Period { from, to })
}
