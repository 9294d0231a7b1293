//! Reports: what came of the program, grouped.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::money::Money;
use crate::domain::named;

named! {
    /// What a report has a row for.
    pub enum GroupBy {
        /// One row for everything.
        None = "none",
        /// Partners.
        Partner = "partner",
        /// Links.
        Link = "link",
        /// Campaigns.
        Campaign = "campaign",
        /// Countries of the visitors.
        Country = "country",
        /// Devices of the visitors.
        Device = "device",
        /// UTC days.
        Day = "day",
    }
}

/// One row of the performance report.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Performance {
    /// Id, country, device or date; none where the touchpoint has none, or for the one row of `none`.
    pub key: Option<String>,
    /// A name for people: the partner's, the link's slug, the campaign's.
    pub label: Option<String>,
    /// Valid clicks.
    pub clicks: i64,
    /// Every recorded hit on the links: crawlers, prefetches and duplicates too.
    pub clicks_all: i64,
    /// Valid views.
    pub views: i64,
    /// Browsers with a valid click.
    pub unique_visitors: i64,
    /// Conversions in which the row has a part; in the row of `none` and of a day, every conversion.
    pub conversions: i64,
    /// The whole sums of those conversions, per currency.
    pub revenue: Vec<Money>,
    /// The part credited to the row, per currency.
    pub credited: Vec<Money>,
}

/// How many came how far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Funnel {
    /// Valid clicks.
    pub clicks: i64,
    /// Leads and signups.
    pub leads: i64,
    /// Sales.
    pub sales: i64,
}
