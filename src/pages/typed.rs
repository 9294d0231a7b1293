//! What people type into forms, read as they write it. What a page writes in a language is read back in that language as the same.

use serde_json::{Number, Value};

use crate::domain::import::{decimal_shown, plain_number, read_amount};
use crate::domain::money::Currency;
use crate::pages::reader::Reader;

/// Of what is no number.
const NO_NUMBER: &str = "must be a number such as 30 or 0.5";
/// Of what is below 0.
const TOO_SMALL: &str = "must be at least 0";
/// Of what is no whole number.
const NOT_WHOLE: &str = "must be a whole number such as 30";

/// An amount in minor units: `1,234.50` or `1234.5`, in German `1.234,50`. What can be read in one way only is read in that way in
/// every language.
///
/// # Errors
/// A sentence that quotes what was typed when it is no such amount, or may mean thousands as well as decimals.
pub fn amount(reader: &Reader, text: &str, currency: Currency) -> Result<i64, String> {
    let mark = reader.decimal_mark();
    let unsure = decimal_shown(text).is_none();
    let decimals = |(_, after): (&str, &str)| after.chars().take_while(char::is_ascii_digit).count();
    // Noughts count as decimals here: `1.000` may well mean a thousand.
    if unsure && text.rsplit_once(mark.sign()).map_or(0, decimals) > currency.exponent() as usize {
        return Err(format!("{text:?} may mean thousands or decimals; write thousands without a mark"));
    }
    read_amount(text, Some(currency), None, unsure.then_some(mark)).map(|money| money.amount)
}

/// What is said of a text that is no amount in any currency.
pub fn no_amount(text: &str) -> String {
    format!("{text:?} is not an amount such as 1,234.50 or 1.234,50")
}

/// A number as the API takes it.
///
/// # Errors
/// A sentence when it is none.
pub fn number(reader: &Reader, text: &str) -> Result<Value, &'static str> {
    let plain = plain_number(text, reader.decimal_mark()).ok_or(NO_NUMBER)?;
    let whole = plain.parse::<i64>().ok().map(Number::from);
    whole.or_else(|| Number::from_f64(plain.parse().ok()?)).map(Value::Number).ok_or(NO_NUMBER)
}

/// A whole number as the API takes it, not below 0.
///
/// # Errors
/// A sentence when it is none.
pub fn whole(reader: &Reader, text: &str) -> Result<Value, &'static str> {
    let plain = plain_number(text, reader.decimal_mark()).ok_or(NOT_WHOLE)?;
    let below = |plain: &str| if plain.parse::<i64>().is_ok_and(|number| number < 0) { TOO_SMALL } else { NOT_WHOLE };
    plain.parse::<u32>().map(Value::from).map_err(|_| below(&plain))
}

/// The address of a page; by `https://` where it says nothing else.
pub fn address(text: &str) -> String {
    let is_scheme = |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-".contains(&b));
    let has_scheme = text.split_once(':').is_some_and(|(scheme, _)| is_scheme(scheme));
    let host = text.split(['/', '?', '#', ':']).next().unwrap_or_default();
    let is_host = host.trim_matches('.').contains('.') && !host.contains(char::is_whitespace);
    if !has_scheme && is_host { format!("https://{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::money::{AMOUNT_MAX, Money};
    use crate::domain::user::Language;

    fn reader(language: Language) -> Reader {
        Reader::new(language, None)
    }

    #[test]
    fn amounts_are_read_as_the_reader_writes_them() {
        let (english, german) = (Language::English, Language::German);
        for (language, text, code, expected) in [
            (english, "4900", "EUR", Some(490_000)),
            (english, "4,900.50", "EUR", Some(490_050)),
            (english, "4900.5", "EUR", Some(490_050)),
            (english, "4,900", "EUR", Some(490_000)),
            (english, "4900,50", "EUR", Some(490_050)),
            (english, "4.900,50", "EUR", Some(490_050)),
            (english, "1.00", "EUR", Some(100)),
            (english, "1.000", "EUR", None),
            (english, "1.234", "KWD", Some(1_234)),
            (english, "1,234", "JPY", Some(1_234)),
            (english, "1.234", "JPY", None),
            (german, "4.900,50", "EUR", Some(490_050)),
            (german, "4900,5", "EUR", Some(490_050)),
            (german, "4900.5", "EUR", Some(490_050)),
            (german, "4.900", "EUR", Some(490_000)),
            (german, "1,000", "EUR", None),
            (german, "1,000", "KWD", Some(1_000)),
            (german, "49,90 €", "EUR", Some(4_990)),
            (german, "5 USD", "EUR", None),
            (german, "4,905", "EUR", None),
            (german, "4.900,505", "EUR", None),
            (english, "-5", "EUR", None),
            (english, "", "EUR", None),
            (english, "five", "EUR", None),
        ] {
            let read = amount(&reader(language), text, code.parse().unwrap());
            assert_eq!(read.as_ref().ok(), expected.as_ref(), "{language} {text} {code}: {read:?}");
            assert!(read.is_ok() || read.clone().unwrap_err().contains(&format!("{text:?}")), "{read:?} quotes what was typed");
        }
    }

    #[test]
    fn numbers_are_read_as_the_reader_writes_them() {
        let (english, german) = (reader(Language::English), reader(Language::German));
        for (reader, text, expected) in [
            (&english, "0.6", Some(0.6)),
            (&english, "0,6", Some(0.6)),
            (&german, "0,6", Some(0.6)),
            (&german, "1.500", Some(1_500.0)),
            (&english, "1.500", Some(1.5)),
            (&english, "-1", Some(-1.0)),
            (&english, "12,5", Some(12.5)),
            (&english, "soon", None),
            (&english, "1e9", None),
            (&english, "-", None),
            (&english, "", None),
        ] {
            assert_eq!(number(reader, text).ok().and_then(|number| number.as_f64()), expected, "{text}");
        }
        for (text, expected) in [("30", Some(30)), ("3,650", Some(3_650)), ("2.5", None), ("-1", None), ("x", None)] {
            assert_eq!(whole(&english, text).ok().and_then(|number| number.as_u64()), expected, "{text}");
        }
        assert_eq!([whole(&english, "-3"), whole(&english, "-2.5")], [Err(TOO_SMALL), Err(NOT_WHOLE)]);
    }

    #[test]
    fn addresses_need_not_say_how_to_get_there() {
        for (text, expected) in [
            ("shop.example/x?u=https://a.example", "https://shop.example/x?u=https://a.example"),
            ("shop.example:8080", "https://shop.example:8080"),
            ("https://shop.example/", "https://shop.example/"),
            ("ftp://shop.example/", "ftp://shop.example/"),
            ("javascript:alert(1.5)", "javascript:alert(1.5)"),
            ("mailto:a@shop.example", "mailto:a@shop.example"),
            ("shop", "shop"),
            ("", ""),
            ("our shop.example", "our shop.example"),
        ] {
            assert_eq!(address(text), expected);
        }
    }

    proptest! {
        #[test]
        fn every_amount_that_a_page_writes_is_read_back(
            minor in prop_oneof![0..100_000_i64, 0..=AMOUNT_MAX],
            code in prop::sample::select(vec!["EUR", "JPY", "KWD"]),
            language in prop::sample::select(Language::ALL),
        ) {
            let money = Money { amount: minor, currency: code.parse().unwrap() };
            let reader = reader(language);
            for written in [reader.money(money), reader.amount(money)] {
                prop_assert_eq!(amount(&reader, &written, money.currency), Ok(minor), "{}", written);
            }
        }

        #[test]
        fn every_number_that_a_page_writes_is_read_back(
            value in prop_oneof![0.0..1.0_f64, 0.0..1e6_f64, (0..1_000_000_u32).prop_map(f64::from)],
            language in prop::sample::select(Language::ALL),
        ) {
            let reader = reader(language);
            let written = reader.plain(value);
            prop_assert_eq!(number(&reader, &written).ok().and_then(|number| number.as_f64()), Some(value), "{}", written);
        }

        #[test]
        fn any_text_is_read_without_panic(text: String) {
            let reader = reader(Language::German);
            let _ = (amount(&reader, &text, "EUR".parse().unwrap()), number(&reader, &text), whole(&reader, &text));
            let _ = address(&text);
        }
    }
}
