//! Amounts as people and their systems write them.

use super::DecimalMark;
use crate::domain::money::{Currency, Money, minor_units};

/// Signs that stand for one currency; `$` and `¥` are of many.
const SYMBOLS: &[(&str, &str)] = &[("US$", "USD"), ("€", "EUR"), ("£", "GBP"), ("₹", "INR"), ("zł", "PLN")];

/// Reads an amount in major units: `$1,234.50`, `1.234,50 €`, `EUR 1 234.5`, `1234`.
///
/// Its currency is that of `own` (the row's currency column), else what stands beside the digits (a code or a symbol), else `set`
/// (what is set for all rows). `mark` is the decimal mark where it is known. Where it is not, an amount is read by what it shows
/// itself ([`decimal_shown`]); `49.900`, which may be 49.90 or 49,900, is never guessed.
///
/// # Errors
/// A sentence when it is no such amount, could be two, has more decimals than its currency, is below zero, or its currency is not
/// known.
pub fn read_amount(
    text: &str, own: Option<Currency>, set: Option<Currency>, mark: Option<DecimalMark>,
) -> Result<Money, String> {
    let not = || format!("{text:?} is not an amount such as 1,234.50 or 1.234,50");
    let (before, number, after) = around(text).ok_or_else(not)?;
    let beside = beside(before, after)?;
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
    if before.contains(['-', '(', '\u{2212}']) || after.contains('-') {
        return Err(format!("{text:?} is below zero"));
    }
    let number = written(number).ok_or_else(not)?;
    if let (Some(mark), Some(shown)) = (mark, number.shown)
        && mark != shown
    {
        return Err(format!("{text:?} does not fit: the decimal mark is {:?}, as in {}", mark.as_str(), mark.example()));
    }
    let (whole, part) = match (number.either, mark) {
        (None, _) => (number.whole, number.part),
        (Some(sign), Some(mark)) if sign == mark => (number.whole, number.part),
        (Some(_), Some(_)) => (format!("{}{}", number.whole, number.part), ""),
        (Some(_), None) => {
            let (whole, part) = (number.whole, number.part);
            return Err(format!(
                "{text:?} may be {whole}{part} or {whole}.{part}, and the other amounts of the file do not tell; say which sign \
                 is the decimal mark: --decimal . or --decimal ,"
            ));
        }
    };
    minor_units(&whole, part, currency, text).map(|amount| Money { amount, currency })
}

/// A number as people write it (`-1.234,5`, `1,234.5`) as programs do: `-1234.5`. Where it may be two, `mark` tells; none when it
/// is no number.
pub fn plain_number(text: &str, mark: DecimalMark) -> Option<String> {
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |digits| ("-", digits));
    let is_digit = |c: char| c.is_ascii_digit();
    if !digits.starts_with(is_digit) || !digits.ends_with(is_digit) {
        return None;
    }
    let number = written(digits)?;
    let is_whole = number.part.is_empty() || number.either.is_some_and(|sign| sign != mark);
    Some(format!("{sign}{}{}{}", number.whole, if is_whole { "" } else { "." }, number.part))
}

/// The decimal mark that an amount shows beyond doubt: both signs are there and it is the last; it stands before other than three
/// digits, after a zero, or after more than three digits; or the other sign stands more than once and so parts thousands.
pub fn decimal_shown(text: &str) -> Option<DecimalMark> {
    let (_, number, _) = around(text)?;
    written(number)?.shown
}

/// What stands before the first digit, from it to the last one, and after that.
fn around(text: &str) -> Option<(&str, &str, &str)> {
    let digit = |c: char| c.is_ascii_digit();
    let (first, last) = (text.find(digit)?, text.rfind(digit)? + 1);
    let fits = |c: char| c.is_alphabetic() || c.is_whitespace() || "$€£¥₹-()\u{2212}".contains(c);
    let (before, after) = (&text[..first], &text[last..]);
    (before.chars().all(fits) && after.chars().all(fits)).then_some((before, &text[first..last], after))
}

/// The currency that stands beside the digits.
fn beside(before: &str, after: &str) -> Result<Option<Currency>, String> {
    let signs: String =
        before.chars().chain(after.chars()).filter(|c| !c.is_whitespace() && !"-()\u{2212}".contains(*c)).collect();
    match SYMBOLS.iter().find(|(symbol, _)| *symbol == signs) {
        Some((_, code)) => code.parse().map(Some),
        None if matches!(signs.as_str(), "" | "$" | "¥") => Ok(None),
        None => signs.replace(['$', '€', '£', '¥', '₹'], "").parse().map(Some),
    }
}

/// A number as it is written.
struct Written<'a> {
    /// The digits before the sign, thousands joined.
    whole: String,
    /// The digits after it.
    part: &'a str,
    /// The decimal mark, where there is no doubt of it.
    shown: Option<DecimalMark>,
    /// The sign that parts the two where it may mean thousands as well as decimals.
    either: Option<DecimalMark>,
}

/// How a number is written; none when it is no number. It begins and ends with a digit.
fn written(text: &str) -> Option<Written<'_>> {
    let count = |mark: DecimalMark| text.matches(mark.sign()).count();
    let (points, commas) = (count(DecimalMark::Point), count(DecimalMark::Comma));
    let last = |mark: DecimalMark| text.rfind(mark.sign());
    let (mark, decimals) = match (points, commas) {
        (0, 0) => return joined(text, None).map(|whole| Written { whole, part: "", shown: None, either: None }),
        (1, 0) => (DecimalMark::Point, true),
        (0, 1) => (DecimalMark::Comma, true),
        (_, 0) => (DecimalMark::Comma, false),
        (0, _) => (DecimalMark::Point, false),
        _ if last(DecimalMark::Point) > last(DecimalMark::Comma) => (DecimalMark::Point, true),
        _ => (DecimalMark::Comma, true),
    };
    let thousands = mark.other().sign();
    if !decimals {
        let whole = joined(text, Some(thousands))?;
        return Some(Written { whole, part: "", shown: Some(mark), either: None });
    }
    let (left, part) = text.rsplit_once(mark.sign())?;
    let whole = joined(left, (points > 0 && commas > 0).then_some(thousands))?;
    if !part.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let plain = left.len() <= 3 && points + commas == 1;
    match plain && part.len() == 3 && !left.starts_with('0') {
        true => Some(Written { whole, part, shown: None, either: Some(mark) }),
        false => Some(Written { whole, part, shown: Some(mark), either: None }),
    }
}

/// Digits, in groups of three behind `sign`, or a blank or an apostrophe where there is no sign; joined.
fn joined(text: &str, sign: Option<char>) -> Option<String> {
    let parts_of = |c: char| sign.map_or(c.is_whitespace() || ['\'', '\u{2019}'].contains(&c), |sign| sign == c);
    let Some(sign) = text.chars().find(|c| parts_of(*c)) else {
        return text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.to_owned());
    };
    let mut groups = text.split(sign);
    let first = groups.next().filter(|first| (1..=3).contains(&first.len()) && !first.starts_with('0'))?;
    let rest: Vec<&str> = groups.collect();
    let digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    let fits = digits(first) && rest.iter().all(|group| group.len() == 3 && digits(group));
    fits.then(|| format!("{first}{}", rest.concat()))
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
            ("US$1,234.50", "", Some("1234.50 USD")),
            ("₹ 500", "", Some("500.00 INR")),
            ("1,234", "USD", None),
            ("49.900", "EUR", None),
            ("1.000", "KWD", None),
            ("1.000", "JPY", None),
            ("0.500", "EUR", Some("0.50 EUR")),
            ("0,125", "EUR", None),
            ("0,125", "KWD", Some("0.125 KWD")),
            ("1234.500", "EUR", Some("1234.50 EUR")),
            ("1 234.500", "EUR", Some("1234.50 EUR")),
            ("12 34", "EUR", None),
            ("0.000.000", "EUR", None),
            ("50 %", "EUR", None),
            ("5-", "EUR", None),
            ("(1,234.50)", "USD", None),
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
            ("1.2345", "EUR", None),
            ("", "EUR", None),
            (",", "EUR", None),
            ("five", "EUR", None),
            ("1e3", "EUR", None),
        ] {
            let money = read_amount(text, currency(own), None, None);
            assert_eq!(money.as_ref().ok().map(Money::to_string).as_deref(), expected, "{text} {own}: {money:?}");
        }
        assert_eq!(read_amount("$5", None, currency("USD"), None).map(|money| money.amount), Ok(500));
        assert_eq!(read_amount("€5", None, currency("USD"), None).map(|money| money.currency), Ok("EUR".parse().unwrap()));
    }

    #[test]
    fn the_decimal_mark_is_known_or_asked_for() {
        let (point, comma) = (DecimalMark::Point, DecimalMark::Comma);
        for (text, code, mark, expected) in [
            ("49.900", "EUR", point, Some("49.90 EUR")),
            ("49.900", "EUR", comma, Some("49900.00 EUR")),
            ("1.234", "KWD", point, Some("1.234 KWD")),
            ("1.234", "KWD", comma, Some("1234.000 KWD")),
            ("1,234", "JPY", point, Some("1234 JPY")),
            ("1,234", "JPY", comma, None),
            ("1.234", "EUR", point, None),
            ("1.234,50", "EUR", point, None),
            ("1,234,567", "EUR", comma, None),
            ("0.500", "EUR", comma, None),
            ("12.5", "EUR", comma, None),
            ("12", "EUR", comma, Some("12.00 EUR")),
        ] {
            let money = read_amount(text, currency(code), None, Some(mark));
            assert_eq!(money.as_ref().ok().map(Money::to_string).as_deref(), expected, "{text} {mark}: {money:?}");
        }
        let unknown = read_amount("49.900", currency("EUR"), None, None).unwrap_err();
        assert!(unknown.contains("49900 or 49.900") && unknown.contains("--decimal ,"), "{unknown}");
        for (text, shown) in [
            ("1,234.50", Some(point)),
            ("1.234,50 €", Some(comma)),
            ("1,234,567", Some(point)),
            ("12.5", Some(point)),
            ("0,125", Some(comma)),
            ("1234.500", Some(point)),
            ("49.900", None),
            ("1 234", None),
            ("1234", None),
            ("five", None),
            ("1.2,3.4", None),
        ] {
            assert_eq!(decimal_shown(text), shown, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text: String) {
            let _ = read_amount(&text, currency("EUR"), None, Some(DecimalMark::Comma));
            let _ = read_amount(&text, None, currency("JPY"), None);
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
            prop_assert_eq!(read_amount(&english, currency("USD"), None, None).map(|money| money.amount), Ok(cents));
            prop_assert_eq!(read_amount(&german, currency("EUR"), None, None).map(|money| money.amount), Ok(cents));
        }
    }
}
