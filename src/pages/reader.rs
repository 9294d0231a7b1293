//! How one reader sees words, numbers, money and times.

use std::collections::HashSet;
use std::hash::Hash;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::domain::attribution::{WHOLE, percent};
use crate::domain::import::DecimalMark;
use crate::domain::money::{Currency, Money};
use crate::domain::time::Time;
use crate::domain::user::Language;
use crate::pages::texts::{Texts, Words as _};

/// Leaves each once, where it came first.
pub fn once<T: Clone + Eq + Hash>(all: &mut Vec<T>) {
    let mut seen = HashSet::new();
    all.retain(|one| seen.insert(one.clone()));
}

/// Whoever looks at a page.
#[derive(Clone, Debug)]
pub struct Reader {
    /// The language of the words, and of how numbers are written.
    pub language: Language,
    /// The zone in which times are shown.
    pub zone: TimeZone,
}

/// The whole number next to a quotient; `by` is above 0.
fn rounded(number: i128, by: i128) -> i128 {
    (number * 2 + number.signum() * by) / (by * 2)
}

impl Reader {
    /// Somebody who reads `language` in the zone of that IANA name; in UTC where it is none.
    pub fn new(language: Language, zone: Option<&str>) -> Reader {
        let zone = zone.and_then(|name| TimeZone::get(name).ok()).unwrap_or(TimeZone::UTC);
        Reader { language, zone }
    }

    /// Its words.
    pub fn texts(&self) -> &'static Texts {
        Texts::in_language(self.language)
    }

    /// What stands before decimals; the other one stands between thousands.
    pub fn decimal_mark(&self) -> DecimalMark {
        match self.language {
            Language::English => DecimalMark::Point,
            Language::German => DecimalMark::Comma,
        }
    }

    /// A count: `12,345`.
    pub fn number(&self, number: i64) -> String {
        let sign = if number < 0 { "-" } else { "" };
        format!("{sign}{}", self.grouped(&number.unsigned_abs().to_string()))
    }

    fn grouped(&self, digits: &str) -> String {
        let mut written = String::with_capacity(digits.len() * 4 / 3);
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                written.push(self.decimal_mark().other().sign());
            }
            written.push(digit);
        }
        written
    }

    /// A sum: `1,234.50 EUR`, with a blank that does not break.
    pub fn money(&self, money: Money) -> String {
        let plain = money.to_string();
        let (number, currency) = plain.split_once(' ').unwrap_or((&plain, ""));
        let (sign, number) = number.strip_prefix('-').map_or(("", number), |number| ("-", number));
        match number.split_once('.') {
            Some((whole, part)) => format!("{sign}{}{}{part}\u{a0}{currency}", self.grouped(whole), self.decimal_mark()),
            None => format!("{sign}{}\u{a0}{currency}", self.grouped(number)),
        }
    }

    /// A sum as it stands in a field, without its currency: `1234.50`.
    pub fn amount(&self, money: Money) -> String {
        let plain = money.to_string();
        plain.split(' ').next().unwrap_or_default().replace('.', self.decimal_mark().as_str())
    }

    /// Sums in several currencies, a line each; a dash where there is none.
    pub fn monies(&self, monies: &[Money]) -> String {
        let written: Vec<String> = monies.iter().map(|money| self.money(*money)).collect();
        if written.is_empty() { "–".into() } else { written.join("\n") }
    }

    /// Sums a line each, one for every of these currencies and in their order: so those of several cells stand beside each other.
    pub fn lines(&self, currencies: &[Currency], monies: &[Money]) -> String {
        self.lines_of(currencies, monies, |money| self.money(money))
    }

    /// The same of gains: what is more has a `+`.
    pub fn gains(&self, currencies: &[Currency], monies: &[Money]) -> String {
        let sign = |money: Money| if money.amount > 0 { "+" } else { "" };
        self.lines_of(currencies, monies, |money| format!("{}{}", sign(money), self.money(money)))
    }

    fn lines_of(&self, currencies: &[Currency], monies: &[Money], write: impl Fn(Money) -> String) -> String {
        let line = |currency: &Currency| {
            monies.iter().find(|money| money.currency == *currency).map_or("–".to_owned(), |money| write(*money))
        };
        if monies.is_empty() { self.monies(&[]) } else { currencies.iter().map(line).collect::<Vec<_>>().join("\n") }
    }

    /// A change against what was before: `+12 %`; nothing where nothing was before.
    pub fn change(&self, now: i64, before: i64) -> Option<String> {
        if before == 0 {
            return None;
        }
        let percent = rounded((i128::from(now) - i128::from(before)) * 100, i128::from(before).abs());
        let sign = if percent > 0 { "+" } else { "" };
        Some(format!("{sign}{}\u{a0}%", self.number(i64::try_from(percent).unwrap_or(i64::MAX))))
    }

    /// The change of the first sum against that in the same currency before, which is named where there are others: `+12 % EUR`.
    pub fn change_of_first(&self, now: &[Money], before: &[Money]) -> Option<String> {
        let first = now.first()?;
        let earlier = before.iter().find(|money| money.currency == first.currency)?;
        let change = self.change(first.amount, earlier.amount)?;
        Some(if now.len() > 1 { format!("{change} {}", first.currency) } else { change })
    }

    /// A part of a whole: `4.2 %`; a dash of nothing.
    pub fn share(&self, part: i64, whole: i64) -> String {
        if whole <= 0 {
            return "–".into();
        }
        let tenths = rounded(i128::from(part) * 1000, i128::from(whole));
        format!("{}{}{}\u{a0}%", self.number(i64::try_from(tenths / 10).unwrap_or(i64::MAX)), self.decimal_mark(), tenths % 10)
    }

    /// A number with two decimals: `1,234.50`.
    pub fn decimal(&self, value: f64) -> String {
        let hundredths = (value * 100.0).round() as i64; // what does not fit ends at the greatest
        let (whole, part) = (hundredths.unsigned_abs() / 100, hundredths.unsigned_abs() % 100);
        let sign = if hundredths < 0 { "-" } else { "" };
        format!("{sign}{}{}{part:02}", self.grouped(&whole.to_string()), self.decimal_mark())
    }

    /// A number as it is, without noughts at its end: `0.5`, `7`.
    pub fn plain(&self, value: f64) -> String {
        value.to_string().replace('.', self.decimal_mark().as_str())
    }

    /// A share in billionths: `14.29 %`, with a blank that does not break.
    pub fn weight(&self, billionths: u64) -> String {
        format!("{}\u{a0}%", self.decimal(billionths as f64 / 1e7))
    }

    /// A share of 1: `42.5 %`; a dash where it is not known.
    pub fn rate(&self, rate: Option<f64>) -> String {
        rate.map_or("–".into(), |rate| self.share((rate * 1e6).round() as i64, 1_000_000))
    }

    /// A number with one decimal: `12.5`; a dash where it is not known.
    pub fn tenths(&self, value: Option<f64>) -> String {
        let Some(value) = value else { return "–".into() };
        let tenths = (value * 10.0).round() as i64;
        let sign = if tenths < 0 { "-" } else { "" };
        let tenths = tenths.unsigned_abs();
        format!("{sign}{}{}{}", self.grouped(&(tenths / 10).to_string()), self.decimal_mark(), tenths % 10)
    }

    /// How much more or less: `+25 %` for 0.25; nothing where it is not known.
    pub fn lift(&self, lift: Option<f64>) -> Option<String> {
        let percent = (lift? * 100.0).round() as i64;
        let sign = if percent > 0 { "+" } else { "" };
        Some(format!("{sign}{}\u{a0}%", self.number(percent)))
    }

    /// Why somebody has parts of a conversion, each with its share in billionths. A reason of several parts is told once, with how
    /// they add up: `linear: one of 6 touchpoints that count, 1/6 each (3 × 1/6 = 50 %)`; of several reasons each has its share.
    pub fn reasons<'a>(&self, parts: impl Iterator<Item = (&'a str, u64)>) -> String {
        let mut all: Vec<(&str, Vec<u64>)> = Vec::new();
        for (reason, share) in parts {
            match all.iter_mut().find(|(known, _)| *known == reason) {
                Some((_, shares)) => shares.push(share),
                None => all.push((reason, vec![share])),
            }
        }
        let told = |(reason, shares): &(&str, Vec<u64>)| {
            let parts = match shares[..] {
                [share] if all.len() > 1 => return format!("{} ({})", self.said(reason), self.said(&percent(share))),
                [] | [_] => return self.said(reason),
                // By largest remainder one may be a unit more than another.
                [each, ..] if shares.iter().all(|share| share.abs_diff(each) <= 1) => {
                    format!("{}\u{a0}×\u{a0}{}", shares.len(), self.part(reason, each))
                }
                _ => shares.iter().map(|share| self.said(&percent(*share))).collect::<Vec<_>>().join(" + "),
            };
            format!("{} ({parts} = {})", self.said(reason), self.said(&percent(shares.iter().sum())))
        };
        all.iter().map(told).collect::<Vec<_>>().join("; ")
    }

    /// A share as its reason tells it: `1/6` where it says that each has so much, else in percent.
    fn part(&self, reason: &str, share: u64) -> String {
        let each = reason.strip_suffix(" each").and_then(|start| start.rsplit_once(" 1/")).map(|(_, each)| each);
        let is_so = |each: &&str| each.parse::<u64>().is_ok_and(|each| each > 0 && share.abs_diff(WHOLE / each) <= 1);
        each.filter(is_so).map_or_else(|| self.said(&percent(share)), |each| format!("1/{each}"))
    }

    fn written(&self, at: Time, english: &str, german: &str) -> String {
        let Ok(at) = Timestamp::from_millisecond(at.as_millis()) else { return at.to_string() };
        let form = if self.language == Language::German { german } else { english };
        at.to_zoned(self.zone.clone()).strftime(form).to_string()
    }

    /// A moment: `5 Jan 2026, 14:30`.
    pub fn time(&self, at: Time) -> String {
        self.written(at, "%-d %b %Y, %H:%M", "%d.%m.%Y, %H:%M")
    }

    /// The day of a moment: `5 Jan 2026`.
    pub fn date(&self, at: Time) -> String {
        self.written(at, "%-d %b %Y", "%d.%m.%Y")
    }

    /// The time of day of a moment, to the second.
    pub fn clock(&self, at: Time) -> String {
        self.written(at, "%-d %b, %H:%M:%S", "%d.%m., %H:%M:%S")
    }

    /// A day of reports, which are in UTC: `5 Jan`.
    pub fn day(&self, at: Time) -> String {
        self.in_utc().written(at, "%-d %b", "%d.%m.")
    }

    /// A day of the calendar, wherever the reader is: `5 Jan 2026`.
    pub fn calendar_day(&self, day: Time) -> String {
        self.in_utc().date(day)
    }

    fn in_utc(&self) -> Reader {
        Reader { zone: TimeZone::UTC, ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_money_and_times_are_written_as_the_reader_does() {
        let english = Reader::new(Language::English, Some("America/New_York"));
        let german = Reader::new(Language::German, Some("Europe/Berlin"));
        let money = |amount, code: &str| Money { amount, currency: code.parse().unwrap() };
        for (number, in_english, in_german) in
            [(0, "0", "0"), (999, "999", "999"), (-1_000, "-1,000", "-1.000"), (1_234_567, "1,234,567", "1.234.567")]
        {
            assert_eq!((english.number(number).as_str(), german.number(number).as_str()), (in_english, in_german));
        }
        assert_eq!(english.money(money(-123_456, "EUR")), "-1,234.56\u{a0}EUR");
        assert_eq!(german.money(money(123_456, "EUR")), "1.234,56\u{a0}EUR");
        assert_eq!(german.money(money(123_456, "JPY")), "123.456\u{a0}JPY");
        assert_eq!(english.monies(&[money(100, "EUR"), money(5, "JPY")]), "1.00\u{a0}EUR\n5\u{a0}JPY");
        let at: Time = "2026-07-05T23:30:00Z".parse().unwrap();
        assert_eq!(english.time(at), "5 Jul 2026, 19:30");
        assert_eq!(german.time(at), "06.07.2026, 01:30");
        assert_eq!((english.day(at).as_str(), german.day(at).as_str()), ("5 Jul", "05.07."));
        assert_eq!(Reader::new(Language::English, Some("../etc/passwd")).time(at), "5 Jul 2026, 23:30");
    }

    #[test]
    fn a_reason_of_several_parts_is_told_once_with_how_they_add_up() {
        let (english, german) = (Reader::new(Language::English, None), Reader::new(Language::German, None));
        let sixth = ("linear: one of 6 touchpoints that count, 1/6 each", 166_666_667);
        let less = ("linear: one of 6 touchpoints that count, 1/6 each", 166_666_666);
        let hand = |share| ("given by hand: fair", share);
        for (parts, expected) in [
            (vec![sixth], "Linear: one of 6 touchpoints that count, 1/6 each"),
            (vec![sixth, less, less], "Linear: one of 6 touchpoints that count, 1/6 each (3 × 1/6 = 50 %)"),
            (
                vec![hand(100_000_000), sixth],
                "given by hand: fair (10 %); Linear: one of 6 touchpoints that count, 1/6 each (16.67 %)",
            ),
            (vec![hand(50_000_000); 2], "given by hand: fair (2 × 5 % = 10 %)"),
            (vec![hand(125_000_000), hand(50_000_000)], "given by hand: fair (12.5 % + 5 % = 17.5 %)"),
        ] {
            assert_eq!(english.reasons(parts.into_iter()).replace('\u{a0}', " "), expected);
        }
        let told = german.reasons([sixth, sixth].into_iter()).replace('\u{a0}', " ");
        assert!(told.ends_with("je 1/6 (2 × 1/6 = 33,33 %)"), "{told}");
    }

    #[test]
    fn changes_and_shares_do_not_overflow() {
        let reader = Reader::new(Language::English, None);
        assert_eq!(reader.change(110, 100).as_deref(), Some("+10\u{a0}%"));
        assert_eq!(reader.change(50, 100).as_deref(), Some("-50\u{a0}%"));
        assert_eq!(reader.change(5, 0), None);
        let sums = |text: &str| {
            let one = |part: &str| Money { amount: part[3..].parse().unwrap(), currency: part[..3].parse().unwrap() };
            text.split_whitespace().map(one).collect::<Vec<_>>()
        };
        for (now, before, expected) in [
            ("EUR110", "EUR100", Some("+10\u{a0}%")),
            ("EUR110", "GBP500 EUR100", Some("+10\u{a0}%")),
            ("EUR50 GBP40", "GBP10 EUR100", Some("-50\u{a0}% EUR")),
            ("EUR50 GBP40", "GBP10", None),
            ("", "GBP10", None),
        ] {
            assert_eq!(reader.change_of_first(&sums(now), &sums(before)).as_deref(), expected, "{now} after {before}");
        }
        assert!(reader.change(i64::MAX, 1).is_some() && reader.change(i64::MIN, -1).is_some());
        assert_eq!((reader.share(42, 1000).as_str(), reader.share(1, 0).as_str()), ("4.2\u{a0}%", "–"));
        assert_eq!((reader.share(1, 7).as_str(), reader.share(3, 6).as_str()), ("14.3\u{a0}%", "50.0\u{a0}%"));
        assert!(!reader.share(i64::MAX, 1).is_empty());
        for (value, expected) in [(0.0, "0.00"), (-0.5, "-0.50"), (1_234.567, "1,234.57"), (-0.001, "0.00")] {
            assert_eq!(reader.decimal(value), expected);
        }
        assert_eq!(reader.weight(142_857_143), "14.29\u{a0}%");
        assert!(!reader.decimal(f64::INFINITY).is_empty() && !reader.decimal(f64::NAN).is_empty());
        assert_eq!((reader.rate(Some(0.4251)).as_str(), reader.rate(None).as_str()), ("42.5\u{a0}%", "–"));
        assert_eq!((reader.tenths(Some(1234.56)).as_str(), reader.tenths(Some(-0.25)).as_str()), ("1,234.6", "-0.3"));
        assert_eq!(
            (reader.lift(Some(0.254)).as_deref(), reader.lift(Some(-0.5)).as_deref()),
            (Some("+25\u{a0}%"), Some("-50\u{a0}%"))
        );
    }
}
