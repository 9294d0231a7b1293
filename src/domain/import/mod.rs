//! Files of other systems, read row by row: which column holds what, and how amounts, dates and stages are written there.
//!
//! Columns are found by the names that CRMs give them in their exports; a [`Mapping`] says the rest. What a row means is
//! decided here; what it refers to (partners, stages, deals) is looked up by who writes it.

mod amount;
mod merge;
mod moment;
mod plan;
mod row;
mod sheet;
mod stage;
mod survey;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::named;

pub use amount::{decimal_shown, plain_number, read_amount};
pub use merge::{Merged, contradictions, id_of, merge};
pub use moment::{order_shown, read_moment};
pub use plan::{Cells, Plan};
pub use row::{DealRow, TouchpointRow, conversion_row, deal_row, touchpoint_row};
pub use sheet::{NoSheet, SHEET_ROWS_MAX, Sheet, delimiter};
pub use stage::{StageSaid, stage_of};
pub use survey::Survey;

named! {
    /// What a file is full of.
    pub enum What {
        /// Deals.
        Deals = "deals",
        /// Offline touchpoints.
        Touchpoints = "touchpoints",
        /// Conversions.
        Conversions = "conversions",
    }
}

named! {
    /// How `01/02/2026` is read.
    pub enum DateOrder {
        /// The month first: 2 January.
        MonthFirst = "mdy",
        /// The day first: 1 February.
        DayFirst = "dmy",
    }
}

named! {
    /// The sign before the decimals of an amount.
    pub enum DecimalMark {
        /// `1,234.50`
        Point = ".",
        /// `1.234,50`
        Comma = ",",
    }
}

impl DecimalMark {
    /// The sign itself.
    pub const fn sign(self) -> char {
        match self {
            DecimalMark::Point => '.',
            DecimalMark::Comma => ',',
        }
    }

    /// The other sign: the one that parts thousands where this one is the decimal mark.
    pub const fn other(self) -> DecimalMark {
        match self {
            DecimalMark::Point => DecimalMark::Comma,
            DecimalMark::Comma => DecimalMark::Point,
        }
    }

    /// An amount that is written so.
    pub const fn example(self) -> &'static str {
        match self {
            DecimalMark::Point => "1,234.50",
            DecimalMark::Comma => "1.234,50",
        }
    }
}

/// How a file is to be read, beyond what its column names tell.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mapping {
    /// Columns of the file and the field each holds; `-` for none.
    pub columns: BTreeMap<String, String>,
    /// Fields and the value each has where the file has none.
    pub set: BTreeMap<String, String>,
    /// Stages as the file calls them, and what they are called here.
    pub stages: BTreeMap<String, String>,
    /// How dates with slashes are read; as the dates of the file show when absent.
    pub dates: Option<DateOrder>,
    /// The decimal mark of amounts; as the amounts of the file show when absent.
    pub decimal: Option<DecimalMark>,
    /// The IANA zone of times that name none, as `Europe/Berlin`; UTC when absent.
    pub zone: Option<String>,
    /// What the file is written in, as `windows-1252`; UTF-8, or as its first bytes tell, when absent.
    pub encoding: Option<String>,
}

impl Mapping {
    /// This mapping, with what `other` says on top.
    pub fn with(mut self, other: Mapping) -> Mapping {
        self.columns.extend(other.columns);
        self.set.extend(other.set);
        self.stages.extend(other.stages);
        self.dates = other.dates.or(self.dates);
        self.decimal = other.decimal.or(self.decimal);
        self.zone = other.zone.or(self.zone);
        self.encoding = other.encoding.or(self.encoding);
        self
    }
}

/// A mapping that is kept under a name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SavedMapping {
    /// What it is for.
    pub what: What,
    /// The mapping.
    pub mapping: Mapping,
}

/// A field of what is imported, and the names of the columns that hold it in the exports of CRMs, lower case and without signs.
/// Of several such columns in one file the first that is not empty counts.
pub struct Field {
    /// Its name here.
    pub name: &'static str,
    /// The names of columns.
    pub columns: &'static [&'static str],
}

macro_rules! fields {
    ($($name:ident: $($column:literal),*;)*) => {
        &[$(Field { name: stringify!($name), columns: &[$($column),*] }),*]
    };
}

const DEALS: &[Field] = fields! {
    external_id: "external id", "opportunity id", "opportunity id 18", "record id", "deal id", "id";
    name: "name", "opportunity name", "deal name", "deal title", "title";
    account: "account", "account name", "associated company", "associated company primary", "primary company",
        "deal organization", "organization", "company", "company name";
    domain: "domain", "website", "account website", "company domain name";
    customer_id: "customer id", "customer";
    partner: "partner", "partner account", "partner name", "referral partner", "deal partner";
    amount: "amount", "deal value", "deal amount", "value", "opportunity amount";
    currency: "currency", "amount currency", "opportunity currency", "deal currency", "deal currency of value",
        "currency of value", "deal currency code";
    stage: "stage", "deal stage", "opportunity stage";
    status: "status", "deal status";
    owner: "owner", "opportunity owner", "deal owner";
    product: "product", "product name", "deal product name", "line item";
    opened_at: "opened at", "created date", "create date", "deal deal created", "deal created", "opened", "created";
    closed_at: "closed at", "deal won time", "deal lost time", "won time", "lost time", "deal deal closed on", "deal closed on",
        "close date", "closed date";
    moved_at: "moved at", "last stage change date", "deal last stage change", "last stage change";
    order_id: "order id", "order";
    note: "note", "notes", "description", "deal description";
};

const TOUCHPOINTS: &[Field] = fields! {
    external_id: "external id", "activity id", "record id", "id";
    kind: "kind", "type", "activity type";
    partner: "partner", "partner account", "partner name", "partner id";
    team: "team";
    customer_id: "customer id", "customer";
    email: "email", "contact email", "customer email", "e mail";
    deal: "deal", "deal id", "opportunity id", "deal external id";
    occurred_at: "occurred at", "date", "activity date", "due date", "time";
    note: "note", "notes", "subject", "description", "comments";
};

const CONVERSIONS: &[Field] = fields! {
    event: "event", "type";
    order_id: "order id", "order", "order number", "transaction id", "invoice id", "id";
    amount: "amount", "total", "order total", "grand total", "value", "revenue";
    currency: "currency", "currency code";
    customer_id: "customer id", "customer";
    email: "email", "customer email", "contact email", "e mail";
    heard_from: "heard from", "how did you hear", "how did you hear about us";
    click_id: "click id", "kudos id", "kudos_id";
    code: "code", "coupon", "discount code", "coupon code";
    occurred_at: "occurred at", "date", "created at", "order date", "created date", "created date utc", "time";
};

/// The fields of what is imported.
pub fn fields(what: What) -> &'static [Field] {
    match what {
        What::Deals => DEALS,
        What::Touchpoints => TOUCHPOINTS,
        What::Conversions => CONVERSIONS,
    }
}
