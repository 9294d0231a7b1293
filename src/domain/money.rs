//! Money: integer minor units and an ISO 4217 code, never a float.

use std::fmt;
use std::str::FromStr;

use iso_currency::Currency as Iso;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::ToSchema;

/// The largest amount accepted, in minor units: the sum of a million of these still fits 64 bits.
pub const AMOUNT_MAX: i64 = 9_000_000_000_000;

/// An ISO 4217 currency code that has minor units, such as `EUR`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ToSchema)]
#[schema(value_type = String, example = "EUR")]
pub struct Currency([u8; 3]);

impl Currency {
    /// The three letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Digits after the decimal point: 2 for `EUR`, 0 for `JPY`, 3 for `KWD`.
    pub fn exponent(&self) -> u32 {
        Iso::from_code(self.as_str()).and_then(Iso::exponent).map_or(2, u32::from)
    }
}

impl FromStr for Currency {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let code = text.to_ascii_uppercase();
        match (Iso::from_code(&code), code.as_bytes()) {
            (Some(iso), &[a, b, c]) if iso.exponent().is_some() => Ok(Currency([a, b, c])),
            _ => Err(format!("{text:?} is not an ISO 4217 currency code such as EUR")),
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A sum of money: minor units (cents of `EUR`, whole `JPY`) of one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Money {
    /// Minor units.
    pub amount: i64,
    /// The currency.
    pub currency: Currency,
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exponent = self.currency.exponent();
        let scale = 10_u64.pow(exponent);
        let sign = if self.amount < 0 { "-" } else { "" };
        let (whole, part) = (self.amount.unsigned_abs() / scale, self.amount.unsigned_abs() % scale);
        match exponent {
            0 => write!(f, "{sign}{whole} {}", self.currency),
            digits => write!(f, "{sign}{whole}.{part:0width$} {}", self.currency, width = digits as usize),
        }
    }
}

/// Checks an amount in minor units: `0..=AMOUNT_MAX`.
///
/// # Errors
/// A sentence that says the range.
pub fn check_minor(amount: i64) -> Result<i64, String> {
    match amount {
        0..=AMOUNT_MAX => Ok(amount),
        _ => Err(format!("must be between 0 and {AMOUNT_MAX} minor units")),
    }
}

/// Reads a decimal in major units (`49.90` EUR, `4990` JPY) as minor units.
///
/// # Errors
/// A sentence when it is not a plain non-negative decimal, has more digits than the currency, or is too large.
pub fn parse_major(text: &str, currency: Currency) -> Result<i64, String> {
    let (whole, part) = split_decimal(text)?;
    minor_units(whole, part, currency, text)
}

/// The minor units of the digits before and after the point, of what was written as `text`.
///
/// # Errors
/// A sentence that quotes `text` when there are more digits than the currency has, or too many altogether.
pub fn minor_units(whole: &str, part: &str, currency: Currency, text: &str) -> Result<i64, String> {
    let exponent = currency.exponent() as usize;
    let significant = part.trim_end_matches('0');
    if significant.len() > exponent {
        return Err(format!("{text:?} has more decimals than {currency} has ({exponent})"));
    }
    let minor = format!("{whole}{significant:0<exponent$}");
    minor.parse::<i64>().map_err(|_| format!("{text:?} is too large")).and_then(check_minor)
}

/// The digits before and after the point of a plain non-negative decimal: what can be said of it without a currency.
///
/// # Errors
/// A sentence when it is none.
pub fn split_decimal(text: &str) -> Result<(&str, &str), String> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(part) || text.ends_with('.') {
        return Err(format!("{text:?} is not a decimal in major units such as 49.90"));
    }
    Ok((whole, part))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn major_units_become_minor_units() {
        for (text, code, expected) in [
            ("49.90", "EUR", Some(4990)),
            ("49.9", "eur", Some(4990)),
            ("49", "EUR", Some(4900)),
            ("4990", "JPY", Some(4990)),
            ("4990.00", "JPY", Some(4990)),
            ("1.234", "KWD", Some(1234)),
            ("0", "USD", Some(0)),
            ("49.901", "EUR", None),
            ("4990.5", "JPY", None),
            ("-1", "EUR", None),
            ("1e3", "EUR", None),
            ("1,50", "EUR", None),
            (".5", "EUR", None),
            ("5.", "EUR", None),
            ("", "EUR", None),
            ("99999999999999999999", "EUR", None),
        ] {
            let currency: Currency = code.parse().unwrap();
            assert_eq!(parse_major(text, currency).ok(), expected, "{text} {code}");
        }
        assert!("EURO".parse::<Currency>().is_err() && "ZZZ".parse::<Currency>().is_err());
    }

    proptest! {
        #[test]
        fn what_is_shown_reads_back(amount in 0..AMOUNT_MAX, code in prop::sample::select(vec!["EUR", "JPY", "KWD"])) {
            let money = Money { amount, currency: code.parse().unwrap() };
            let shown = money.to_string();
            prop_assert_eq!(parse_major(shown.split(' ').next().unwrap(), money.currency), Ok(amount));
        }

        #[test]
        fn any_text_is_read_without_panic(text: String) {
            let _ = parse_major(&text, "USD".parse().unwrap());
        }
    }
}
