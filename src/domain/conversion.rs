//! Conversions: what a website reports, by pixel, postback, tag or API, and what is kept of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::customer::Email;
use crate::domain::heard::HeardMatch;
use crate::domain::hiding;
use crate::domain::id::{ConversionId, CreditId, LinkId, PartnerId, PolicyId, RefundId, TouchpointId, VisitorId};
use crate::domain::link::code_key;
use crate::domain::money::{self, Currency, Money};
use crate::domain::named;
use crate::domain::time::Time;
use crate::error::Problems;

/// The event that says who a visitor is, without being a conversion.
pub const IDENTIFY: &str = "identify";
/// The longest order id, customer id or sub value, in bytes.
pub const TEXT_BYTES_MAX: usize = 255;
/// The most items of one conversion.
pub const ITEMS_MAX: usize = 200;

named! {
    /// The way a report came in.
    pub enum Source {
        /// `GET /pixel.gif`
        Pixel = "pixel",
        /// `/postback`
        Postback = "postback",
        /// `POST /collect`
        Tag = "tag",
        /// `POST /api/v1/conversions`
        Api = "api",
        /// `kudos import conversions`
        Import = "import",
        /// `GET /view.gif`; only rejected hits name it.
        View = "view",
    }
}

/// One line of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// The website's own product id.
    pub id: String,
    /// How many.
    #[serde(default = "one")]
    pub quantity: u32,
    /// The line's sum in minor units of the conversion's currency.
    pub amount: i64,
}

fn one() -> u32 {
    1
}

/// What a website states about one conversion or visitor, checked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// `lead`, `signup`, `sale`, `renewal`, [`IDENTIFY`] or a custom event.
    pub event: String,
    /// The website's order id; unique per event.
    pub order_id: Option<String>,
    /// What it was worth.
    pub money: Option<Money>,
    /// The website's own id of the buyer.
    pub customer_id: Option<String>,
    /// The click it came from.
    pub click_id: Option<TouchpointId>,
    /// The referral code that was typed, in upper case.
    pub code: Option<String>,
    /// When it happened, where that is not when it was reported.
    pub occurred_at: Option<Time>,
    /// What was bought.
    pub items: Vec<Item>,
    /// `sub1`..`sub5`; on its way through the journal also [`EMAIL`], as an id or an address, and [`HEARD_FROM`], which intake takes out.
    pub params: BTreeMap<String, String>,
}

/// The parameter with the buyer's e-mail address.
pub const EMAIL: &str = "email";
/// The names under which the address is accepted.
pub const EMAIL_NAMES: &[&str] = &[EMAIL, "customer_email"];
/// The parameter with the buyer's own words of where they heard of us.
pub const HEARD_FROM: &str = "heard_from";
/// The names under which these words are accepted.
pub const HEARD_NAMES: &[&str] = &[HEARD_FROM, "how_did_you_hear"];

/// The names under which the pixel, the postback and the tag accept each field; the first is ours.
const ALIASES: &[(&str, &[&str])] = &[
    ("event", &["event"]),
    ("order_id", &["order_id", "txid", "transaction_id", "external_id", "invoice_id"]),
    ("amount", &["amount", "payout", "revenue"]),
    ("currency", &["currency"]),
    ("customer_id", &["customer_id", "customer", "customer_external_id"]),
    ("click_id", &["click_id", "cid", "clickid", "subid"]),
    ("code", &["code", "coupon"]),
    (EMAIL, EMAIL_NAMES),
    (HEARD_FROM, HEARD_NAMES),
    ("sub1", &["sub1"]),
    ("sub2", &["sub2"]),
    ("sub3", &["sub3"]),
    ("sub4", &["sub4"]),
    ("sub5", &["sub5"]),
];

/// Whether a parameter of this name is read by the pixel, the postback and the tag.
pub fn is_report_field(name: &str) -> bool {
    ALIASES.iter().any(|(_, names)| names.contains(&name))
}

impl Report {
    /// Reads the parameters of a pixel, postback or tag. Unknown names are left alone (cache busters and the like);
    /// an empty value counts as absent; our own name wins over an alias.
    ///
    /// # Errors
    /// Every field that does not fit, under our name, or under the alias that was used.
    pub fn from_params(params: &[(impl AsRef<str>, impl AsRef<str>)]) -> Result<Report, Problems> {
        let find = |field: &str| -> Option<(&str, &str)> {
            let (_, names) = ALIASES.iter().find(|(ours, _)| *ours == field)?;
            names.iter().find_map(|name| {
                let (name, value) = params.iter().find(|(n, v)| n.as_ref() == *name && !v.as_ref().trim().is_empty())?;
                Some((name.as_ref(), value.as_ref().trim()))
            })
        };
        let mut problems = Problems::default();
        let text = |field| find(field).map(|(_, value)| value.to_owned());
        let currency = find("currency").and_then(|(name, value)| problems.keep(name, value.parse::<Currency>()));
        let money = find("amount").and_then(|(name, value)| match currency {
            Some(currency) => problems.keep(name, money::parse_major(value, currency)).map(|amount| Money { amount, currency }),
            None => {
                if find("currency").is_none() {
                    problems.add("currency", "is missing: an amount needs its ISO 4217 currency");
                }
                problems.keep(name, money::split_decimal(value));
                None
            }
        });
        let report = Report {
            event: text("event").map_or("sale".into(), |event| event.to_ascii_lowercase()),
            order_id: text("order_id"),
            money,
            customer_id: text("customer_id"),
            click_id: find("click_id").and_then(|(name, value)| problems.keep(name, value.parse())),
            code: text("code").map(|code| code_key(&code)),
            occurred_at: None,
            items: Vec::new(),
            params: ["sub1", "sub2", "sub3", "sub4", "sub5", EMAIL, HEARD_FROM]
                .into_iter()
                .filter_map(|name| Some((name.to_owned(), text(name)?)))
                .collect(),
        };
        report.check(&mut problems);
        problems.finish().map(|()| report)
    }

    /// Notes everything that does not fit.
    pub fn check(&self, problems: &mut Problems) {
        let event_fits = (1..=64).contains(&self.event.len())
            && self.event.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-.".contains(&b));
        if !event_fits {
            problems.add("event", "must be 1 to 64 lower-case letters, digits, _ - or . such as sale");
        }
        for (field, value) in [("order_id", &self.order_id), ("customer_id", &self.customer_id), ("code", &self.code)] {
            if let Some(value) = value {
                check_value(problems, field, value);
            }
        }
        for (name, value) in &self.params {
            match name.as_str() {
                EMAIL => drop(problems.keep(EMAIL, value.parse::<Email>())),
                // A buyer's own words, of any length and in any number of lines.
                HEARD_FROM => {}
                _ => check_value(problems, name, value),
            }
        }
        if self.items.len() > ITEMS_MAX {
            problems.add("items", format!("must be at most {ITEMS_MAX}"));
        }
        for (place, item) in self.items.iter().take(ITEMS_MAX).enumerate() {
            check_value(problems, &format!("items[{place}].id"), &item.id);
            problems.keep(&format!("items[{place}].amount"), money::check_minor(item.amount));
        }
        let named = self.customer_id.is_some() || self.params.contains_key(EMAIL);
        match self.event.as_str() {
            "sale" | "renewal" if self.order_id.is_none() => {
                problems.add("order_id", format!("is missing: a {} needs the order id that makes it unique", self.event));
            }
            IDENTIFY if !named => problems.add("customer_id", "is missing: who is the visitor? An email will do"),
            _ if self.order_id.is_none() && !named => {
                problems.add("order_id", format!("is missing: a {} needs an order_id, a customer_id or an email", self.event));
            }
            _ => {}
        }
    }

    /// Takes the buyer's address out of the parameters.
    pub fn take_email(&mut self) -> Option<Email> {
        self.params.remove(EMAIL)?.parse().ok()
    }

    /// Takes the buyer's words out of the parameters: on one line, at most [`TEXT_BYTES_MAX`] bytes of them, without addresses.
    pub fn take_heard_from(&mut self) -> Option<String> {
        let words = hiding::addresses(&self.params.remove(HEARD_FROM)?).into_owned();
        let words: Vec<&str> = words.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty()).collect();
        let mut line = words.join(" ");
        line.truncate(line.floor_char_boundary(TEXT_BYTES_MAX));
        Some(line).filter(|line| !line.is_empty())
    }

    /// What makes it unique within its event: the order id or else the customer id.
    pub fn unique_key(&self) -> String {
        match (&self.order_id, &self.customer_id) {
            (Some(order), _) => format!("order:{order}"),
            (None, customer) => format!("customer:{}", customer.as_deref().unwrap_or_default()),
        }
    }
}

/// An id of the website as it is kept: without blanks around it, so that it is the same whichever way it comes in.
pub fn bare(id: String) -> String {
    if id.trim().len() == id.len() { id } else { id.trim().to_owned() }
}

/// Checks an id of the website, or another value that it states: not blank, at most [`TEXT_BYTES_MAX`] bytes, one line. What was
/// not UTF-8 has arrived with replacement characters: two different ids may have become one, so it is none.
pub fn check_value(problems: &mut Problems, field: &str, value: &str) {
    if value.contains(char::REPLACEMENT_CHARACTER) {
        problems.add(field, "holds bytes that are not UTF-8; encode it as UTF-8 before it is percent-encoded");
    }
    if value.trim().is_empty() || value.len() > TEXT_BYTES_MAX || value.chars().any(char::is_control) {
        problems.add(field, format!("must be 1 to {TEXT_BYTES_MAX} bytes of text without control characters"));
    }
}

/// A recorded conversion.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Conversion {
    /// Its id.
    pub id: ConversionId,
    /// `lead`, `signup`, `sale`, `renewal` or a custom event.
    pub event: String,
    /// The website's order id.
    pub order_id: Option<String>,
    /// Minor units.
    pub amount: Option<i64>,
    /// ISO 4217.
    pub currency: Option<Currency>,
    /// The website's own id of the buyer.
    pub customer_id: Option<String>,
    /// The click it came from.
    pub click_id: Option<TouchpointId>,
    /// The browser it came from.
    pub visitor_id: Option<VisitorId>,
    /// The referral code that was typed.
    pub code: Option<String>,
    /// Where the buyer says they heard of us.
    pub heard_from: Option<String>,
    /// What became of these words.
    pub heard_match: Option<HeardMatch>,
    /// The partner whose name they are.
    pub heard_partner_id: Option<PartnerId>,
    /// The way it came in.
    pub source: Source,
    /// When it happened.
    pub occurred_at: Time,
    /// When it was reported.
    pub recorded_at: Time,
    /// What was bought.
    pub items: Vec<Item>,
    /// `sub1`..`sub5`.
    pub params: BTreeMap<String, String>,
    /// When credit was last assigned; none while it is due.
    pub attributed_at: Option<Time>,
    /// The policy version it was assigned under.
    pub policy_id: Option<PolicyId>,
    /// The outcome in a sentence.
    pub summary: Option<String>,
    /// Minor units refunded so far.
    pub refunded: i64,
    /// Who earned which part.
    pub credits: Vec<Credit>,
}

/// A share of one conversion given to one touchpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Credit {
    /// Its id.
    pub id: CreditId,
    /// Who earned it.
    pub partner_id: PartnerId,
    /// With what.
    pub touchpoint_id: TouchpointId,
    /// Through which link, if any.
    pub link_id: Option<LinkId>,
    /// The share, 0 to 1, with 9 decimals.
    pub weight: Weight,
    /// Minor units of the conversion's currency; 0 when it has no amount.
    pub amount: i64,
    /// The policy version.
    pub policy_id: PolicyId,
    /// Why.
    pub reason: String,
}

/// A share of a conversion in billionths; shown as a decimal with up to 9 places.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ToSchema)]
#[schema(value_type = f64, minimum = 0, maximum = 1, example = 0.333333333)]
pub struct Weight(pub u64);

impl Serialize for Weight {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Nine decimals are well within what a double holds exactly enough to print back.
        serializer.serialize_f64(self.0 as f64 / 1e9)
    }
}

impl<'de> Deserialize<'de> for Weight {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        f64::deserialize(deserializer).map(|share| Weight((share * 1e9).round() as u64))
    }
}

/// Money given back, in part or in whole. Appended, never overwritten.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Refund {
    /// Its id.
    pub id: RefundId,
    /// The conversion it belongs to.
    pub conversion_id: ConversionId,
    /// Minor units of the conversion's currency.
    pub amount: i64,
    /// Why.
    pub reason: String,
    /// When it was recorded.
    pub created_at: Time,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(query: &str) -> Vec<String> {
        let params: Vec<_> = form_urlencoded::parse(query.as_bytes()).collect();
        match Report::from_params(&params) {
            Ok(_) => Vec::new(),
            Err(problems) => problems.into_fields().into_iter().map(|e| e.field).collect(),
        }
    }

    #[test]
    fn every_reason_is_named() {
        for (query, expected) in [
            ("order_id=1&amount=49.90&currency=EUR", &[][..]),
            ("txid=1&revenue=49.90&currency=eur&coupon=sam20", &[]),
            ("transaction_id=1", &[]),
            ("event=lead&customer=c1", &[]),
            ("event=lead", &["order_id"]),
            ("event=renewal&customer_id=c1", &["order_id"]),
            ("event=identify&click_id=", &["customer_id"]),
            ("amount=1", &["currency", "order_id"]),
            ("amount=x&currency=EUR&cid=zzz", &["amount", "cid", "order_id"]),
            ("order_id=1&amount=x", &["currency", "amount"]),
            ("order_id=1&revenue=1,50&currency=zz", &["currency", "revenue"]),
            ("payout=1&currency=EURO&order_id=1", &["currency"]),
            ("event=Big%20Sale&order_id=1", &["event"]),
        ] {
            assert_eq!(fields(query), expected, "{query}");
        }
    }

    #[test]
    fn our_name_wins_over_an_alias() {
        let report = Report::from_params(&[("txid", "theirs"), ("order_id", "ours"), ("code", " sam20 ")]).unwrap();
        assert_eq!((report.order_id.as_deref(), report.code.as_deref()), (Some("ours"), Some("SAM20")));
        assert_eq!(report.unique_key(), "order:ours");
    }
}
