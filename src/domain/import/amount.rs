//! Amounts as people and their systems write them.

use crate::domain::money::{Currency, Money, parse_major};

/// Reads an amount in major units: `$1,234.50`, `1.234,50 €`, `EUR 1 234.5`, `1234`.
///
/// Its currency is that of `own` (the row's currency column), else what stands beside the digits (a code, `€` or `£`; `$` and `¥`
/// are of many), else `set` (what is set for all rows). Of `.` and `,` the last is the decimal sign when both are there. One
/// alone parts thousands when it stands more than once, or once before exactly three digits, unless the currency has three
/// decimals; else it is the decimal sign.
///
/// # Errors
/// A sentence when it is no such amount, has more decimals than its currency, is below zero, or its currency is not known.
pub fn read_amount(text: &str, own: Option<Currency>, set: Option<Currency>) -> Result<Money, String> {
    let not = || format!("{text:?} is not an amount such as 1,234.50 or 1.234,50");
    if !text.contains(|c: char| c.is_ascii_digit()) {
        return Err(not());
    }
    let code: String = text.chars().filter(|c| c.is_alphabetic()).collect();
    let beside = match code.as_str() {
        "" => text.chars().find_map(|c| match c {
            '€' => "EUR".parse().ok(),
            '£' => "GBP".parse().ok(),
            _ => None,
        }),
        code => Some(code.parse::<Currency>()?),
    };
    if let (Some(own), Some(beside)) = (own, beside)
        && own != beside
    {
        return Err(format!("{text:?} is in {beside}, but the row's currency is {own}"));
    }
    let Some(currency) = own.or(beside).or(set) else {
        return Err(format!(
            "the currency of {text:?} is not known: map a column to currency, or set one (--set currency=USD)"
        ));
    };
    let blank = |c: char| c.is_alphabetic() || c.is_whitespace() || "$€£¥'\u{2019}".contains(c);
    let signs: String = text.chars().filter(|c| !blank(*c)).collect();
    if signs.starts_with(['-', '(', '\u{2212}']) {
        return Err(format!("{text:?} is below zero"));
    }
    let (whole, part) = decimals(&signs, currency.exponent()).ok_or_else(not)?;
    let plain = if part.is_empty() { whole } else { format!("{whole}.{part}") };
    parse_major(&plain, currency).map(|amount| Money { amount, currency })
}

/// The digits before and after the decimal sign, thousands joined.
fn decimals(text: &str, exponent: u32) -> Option<(String, &str)> {
    if !text.chars().all(|c| c.is_ascii_digit() || c == '.' || c == ',') {
        return None;
    }
    let decimal = match (text.rfind('.'), text.rfind(',')) {
        (None, None) => None,
        (Some(point), Some(comma)) => Some(point.max(comma)),
        (Some(at), None) | (None, Some(at)) => {
            let alone = text.matches(['.', ',']).count() == 1;
            let thousands = text.len() - at - 1 == 3 && exponent != 3;
            (alone && !thousands).then_some(at)
        }
    };
    let (whole, part) = decimal.map_or((text, ""), |at| (&text[..at], &text[at + 1..]));
    if decimal.is_some() && part.is_empty() {
        return None;
    }
    let sign = whole.chars().find(|c| !c.is_ascii_digit());
    // The sign of thousands is one, and not the decimal sign.
    if sign.is_some_and(|sign| decimal.is_some_and(|at| text[at..].starts_with(sign))) {
        return None;
    }
    let Some(sign) = sign else { return (!whole.is_empty()).then(|| (whole.to_owned(), part)) };
    let mut groups = whole.split(sign);
    let first = groups.next().filter(|first| (1..=3).contains(&first.len()))?;
    let rest: Vec<&str> = groups.collect();
    let fits = |group: &&str| group.len() == 3 && group.bytes().all(|b| b.is_ascii_digit());
    rest.iter().all(fits).then(|| (format!("{first}{}", rest.concat()), part))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn currency(code: &str) -> Option<Currency> {
        code.parse().ok()
    }

    #[test]
    fn amounts_as_systems_write_them() {
        for (text, own, expected) in [
            ("$1,234.50", "USD", Some("1234.50 USD")),
            ("1.234,50", "EUR", Some("1234.50 EUR")),
            ("1.234,50 €", "", Some("1234.50 EUR")),
            ("£12", "", Some("12.00 GBP")),
            ("USD 12,500.00", "", Some("12500.00 USD")),
            ("12500 eur", "", Some("12500.00 EUR")),
            ("1234.5", "EUR", Some("1234.50 EUR")),
            ("1234,5", "EUR", Some("1234.50 EUR")),
            ("1,234", "USD", Some("1234.00 USD")),
            ("1.234", "EUR", Some("1234.00 EUR")),
            ("1.234", "KWD", Some("1.234 KWD")),
            ("1,234,567", "JPY", Some("1234567 JPY")),
            ("1.234.567,8", "EUR", Some("1234567.80 EUR")),
            ("1\u{a0}234,50", "EUR", Some("1234.50 EUR")),
            ("1'234.50", "CHF", Some("1234.50 CHF")),
            ("0", "EUR", Some("0.00 EUR")),
            ("$5", "", None),
            ("EUR 5", "USD", None),
            ("5 XXQ", "", None),
            ("-5", "EUR", None),
            ("(5.00)", "EUR", None),
            ("1,23,456", "EUR", None),
            ("1,234.", "EUR", None),
            ("1.234.50", "EUR", None),
            ("1,2.3,4", "EUR", None),
            ("1.005", "JPY", Some("1005 JPY")),
            ("1.2345", "EUR", None),
            ("", "EUR", None),
            (",", "EUR", None),
            ("five", "EUR", None),
            ("1e3", "EUR", None),
        ] {
            let money = read_amount(text, currency(own), None);
            assert_eq!(money.as_ref().ok().map(Money::to_string).as_deref(), expected, "{text} {own}: {money:?}");
        }
        assert_eq!(read_amount("$5", None, currency("USD")).map(|money| money.amount), Ok(500));
        assert_eq!(read_amount("€5", None, currency("USD")).map(|money| money.currency), Ok("EUR".parse().unwrap()));
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text: String) {
            let _ = read_amount(&text, currency("EUR"), None);
            let _ = read_amount(&text, None, currency("JPY"));
        }

        #[test]
        fn both_ways_of_writing_are_one(cents in 0..100_000_000_000_i64) {
            let (whole, part) = (cents / 100, cents % 100);
            let digits = whole.to_string();
            let grouped: Vec<&str> = {
                let first = digits.len() % 3;
                let mut groups = vec![&digits[..first]];
                groups.extend((first..digits.len()).step_by(3).map(|at| &digits[at..at + 3]));
                groups.into_iter().filter(|group| !group.is_empty()).collect()
            };
            let english = format!("${}.{part:02}", grouped.join(","));
            let german = format!("{},{part:02}", grouped.join("."));
            prop_assert_eq!(read_amount(&english, currency("USD"), None).map(|money| money.amount), Ok(cents));
            prop_assert_eq!(read_amount(&german, currency("EUR"), None).map(|money| money.amount), Ok(cents));
        }
    }
}
