//! `/reports`

use crate::domain::report::{GroupBy, Performance};
use crate::domain::time::{DAY_MS, Time};
use crate::error::{Problems, Result};
use crate::http::api::endpoint::Call;
use crate::http::api::input::{Query, params};
use crate::http::api::output::Rows;
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
    from: String, "From this date or RFC 3339 time on; 30 days before the end when absent. Clicks are counted by whole hours.";
    to: String, "Up to and including this date, or up to this RFC 3339 time; up to the end of today when absent.";
} }

pub(super) async fn performance(call: Call<'_>, Query(query): Query<PerformanceQuery>) -> Result<Rows<Performance>> {
    let period = period(&query.from, &query.to, call.by.at)?;
    let data = call.tx.performance(query.group_by.unwrap_or(GroupBy::None), period).await?;
    Ok(Rows { data })
}

/// The period of a report.
pub(super) fn period(from: &Option<String>, to: &Option<String>, now: Time) -> Result<Period> {
    let mut problems = Problems::default();
    let mut read = |field: &str, text: &Option<String>| {
        text.as_deref().and_then(|text| problems.keep(field, Time::parse_date_or_time(text)))
    };
    let is_date = to.as_deref().is_some_and(|text| text.parse::<Time>().is_err());
    let (from, to) = (read("from", from), read("to", to));
    let to = to.map_or(now.day() + DAY_MS, |to| if is_date { to + DAY_MS } else { to });
    let from = from.unwrap_or((to - DAYS_DEFAULT * DAY_MS).max(Time::EPOCH));
    if from >= to && problems.is_empty() {
        problems.add("to", "must lie after from");
    }
    problems.finish()?;
    Ok(Period { from, to })
}
