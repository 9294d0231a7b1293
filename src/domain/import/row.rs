//! What a row says.

use std::fmt::Display;

use super::{Cells, read_amount, read_moment};
use crate::domain::account::read_domain;
use crate::domain::conversion::{EMAIL, HEARD_FROM, Report, check_value};
use crate::domain::customer::Email;
use crate::domain::deal::{DealStatus, check_note};
use crate::domain::link::code_key;
use crate::domain::money::{Currency, Money};
use crate::domain::partner::check_text;
use crate::domain::time::Time;
use crate::domain::touchpoint::Team;
use crate::error::Problems;

/// 2000-01-01: what is older is a mistake, such as a year with two digits.
const EARLIEST: Time = Time::from_millis(946_684_800_000);

/// A deal as a row tells of it; what is absent stays as it is in a deal that is known.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "as in Deal")]
pub struct DealRow {
    pub external_id: Option<String>,
    pub name: String,
    pub account: Option<String>,
    pub domain: Option<String>,
    pub customer_id: Option<String>,
    /// Whoever referred it, by id, external id or name.
    pub partner: Option<String>,
    pub money: Option<Money>,
    /// As the file calls it.
    pub stage: Option<String>,
    pub status: Option<DealStatus>,
    pub owner: Option<String>,
    pub product: Option<String>,
    pub opened_at: Option<Time>,
    /// Of a deal that is open, when it may close.
    pub closed_at: Option<Time>,
    pub moved_at: Option<Time>,
    pub order_id: Option<String>,
    pub note: Option<String>,
}

/// An offline touchpoint as a row tells of it.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "as in Touchpoint")]
pub struct TouchpointRow {
    pub external_id: Option<String>,
    pub kind: String,
    /// By id, external id or name.
    pub partner: Option<String>,
    pub team: Option<Team>,
    pub customer_id: Option<String>,
    pub email: Option<Email>,
    /// By id or external id.
    pub deal: Option<String>,
    pub occurred_at: Time,
    pub note: Option<String>,
}

/// Reads cells, and notes under the names of their columns what does not fit.
struct Reader<'a> {
    row: &'a Cells<'a>,
    now: Time,
    problems: Problems,
}

impl Reader<'_> {
    fn note(&mut self, field: &str, message: impl Into<String>) {
        self.problems.add(self.row.plan.column(field), message);
    }

    fn keep<T>(&mut self, field: &str, read: Result<T, impl Display>) -> Option<T> {
        read.map_err(|why| self.note(field, why.to_string())).ok()
    }

    /// A text of one line, if the row has it.
    fn text(&mut self, field: &str) -> Option<String> {
        let text = self.row.text(field)?;
        check_text(&mut self.problems, self.row.plan.column(field), &text);
        Some(text)
    }

    /// An id of the website.
    fn value(&mut self, field: &str) -> Option<String> {
        let text = self.row.text(field)?;
        check_value(&mut self.problems, self.row.plan.column(field), &text);
        Some(text)
    }

    fn comment(&mut self) -> Option<String> {
        let text = self.row.text("note")?;
        let mut problems = Problems::default();
        check_note(&mut problems, Some(&text));
        problems.into_fields().into_iter().for_each(|field| self.note("note", field.message));
        Some(text)
    }

    fn moment(&mut self, field: &str, may_be_ahead: bool) -> Option<Time> {
        let at = self.row.get(field).map(|text| read_moment(text, self.row.plan.dates, &self.row.plan.zone))?;
        let at = self.keep(field, at)?;
        if at < EARLIEST {
            self.note(field, "lies before 2000");
        } else if at > self.now && !may_be_ahead {
            self.note(field, "lies in the future");
        }
        Some(at)
    }

    fn money(&mut self) -> Option<Money> {
        let own = self.row.own("currency").map(str::parse::<Currency>);
        let own = match own {
            Some(read) => Some(self.keep("currency", read)?),
            None => None,
        };
        let set = self.row.get("currency").and_then(|code| code.parse().ok());
        let money = self.row.get("amount").map(|text| read_amount(text, own, set, self.row.plan.decimal))?;
        self.keep("amount", money)
    }

    fn missing(&mut self, field: &str) {
        self.note(field, "is missing");
    }
}

/// Reads a row of a file of deals.
///
/// # Errors
/// Every cell that does not fit, by the name of its column.
pub fn deal_row(row: &Cells<'_>, now: Time) -> Result<DealRow, Problems> {
    let mut reader = Reader { row, now, problems: Problems::default() };
    let name = reader.text("name");
    if name.is_none() {
        reader.missing("name");
    }
    let status = row.get("status").map(|text| text.to_ascii_lowercase().parse());
    let domain = row.get("domain").map(read_domain);
    let deal = DealRow {
        external_id: reader.text("external_id"),
        name: name.unwrap_or_default(),
        account: reader.text("account"),
        domain: domain.and_then(|read| reader.keep("domain", read)),
        customer_id: reader.value("customer_id"),
        partner: row.text("partner"),
        money: reader.money(),
        stage: row.text("stage"),
        status: status.and_then(|read| reader.keep("status", read)),
        owner: reader.text("owner"),
        product: reader.text("product"),
        opened_at: reader.moment("opened_at", false),
        closed_at: reader.moment("closed_at", true),
        moved_at: reader.moment("moved_at", false),
        order_id: reader.value("order_id"),
        note: reader.comment(),
    };
    reader.problems.finish().map(|()| deal)
}

/// Reads a row of a file of offline touchpoints.
///
/// # Errors
/// Every cell that does not fit, by the name of its column.
pub fn touchpoint_row(row: &Cells<'_>, now: Time) -> Result<TouchpointRow, Problems> {
    let mut reader = Reader { row, now, problems: Problems::default() };
    let (kind, occurred_at) = (row.get("kind"), reader.moment("occurred_at", false));
    for (field, lacks) in [("kind", kind.is_none()), ("occurred_at", row.get("occurred_at").is_none())] {
        if lacks {
            reader.missing(field);
        }
    }
    let team = row.get("team").map(|text| text.to_ascii_lowercase().parse());
    let email = row.get("email").map(str::parse);
    let touchpoint = TouchpointRow {
        external_id: reader.text("external_id"),
        // `Co-sell`, `co_sell` and `Co sell` are one kind.
        kind: kind.unwrap_or_default().to_lowercase().replace([' ', '-'], "_"),
        partner: row.text("partner"),
        team: team.and_then(|read| reader.keep("team", read)),
        customer_id: reader.value("customer_id"),
        email: email.and_then(|read| reader.keep("email", read)),
        deal: row.text("deal"),
        occurred_at: occurred_at.unwrap_or(Time::EPOCH),
        note: reader.comment(),
    };
    if ["customer_id", "email", "deal"].iter().all(|field| row.get(field).is_none()) {
        reader.note("customer_id", "is missing: whose touchpoint is it? Name a customer or an email or a deal");
    }
    reader.problems.finish().map(|()| touchpoint)
}

/// Reads a row of a file of conversions.
///
/// # Errors
/// Every cell that does not fit, by the name of its column.
pub fn conversion_row(row: &Cells<'_>, now: Time) -> Result<Report, Problems> {
    let mut reader = Reader { row, now, problems: Problems::default() };
    let click = row.get("click_id").map(str::parse);
    let report = Report {
        event: row.get("event").unwrap_or("sale").to_ascii_lowercase(),
        order_id: row.text("order_id"),
        money: reader.money(),
        customer_id: row.text("customer_id"),
        click_id: click.and_then(|read| reader.keep("click_id", read)),
        code: row.get("code").map(code_key),
        occurred_at: reader.moment("occurred_at", false),
        items: Vec::new(),
        // As they come in a report of the website.
        params: [EMAIL, HEARD_FROM].iter().filter_map(|name| Some(((*name).to_owned(), row.text(name)?))).collect(),
    };
    if row.get("occurred_at").is_none() {
        reader.missing("occurred_at");
    }
    let mut problems = Problems::default();
    report.check(&mut problems);
    problems.into_fields().into_iter().for_each(|field| reader.note(&field.field, field.message));
    reader.problems.finish().map(|()| report)
}
