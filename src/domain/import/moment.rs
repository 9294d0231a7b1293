//! Dates and times as people and their systems write them.

use jiff::civil;
use jiff::tz::{Offset, TimeZone};

use super::DateOrder;
use crate::domain::time::Time;

/// Reads a date, its first moment, or a date and time: `2025-12-31`, `2025-12-31 10:00`, `2025-12-31T10:00:00Z`, `12/31/2025`,
/// `12/31/2025, 10:00 AM`, `31.12.2025 10:00`, `2025-12-31 10:00:00 +0100`. A time that names no zone is in `zone`. With points
/// the day comes first; with slashes `order` says which does, month or day. Where it is not known, a date is read by what it
/// shows itself ([`order_shown`]); `03/04/2026` is never guessed.
///
/// # Errors
/// A sentence that says what is expected, or which two dates it could be.
pub fn read_moment(text: &str, order: Option<DateOrder>, zone: &TimeZone) -> Result<Time, String> {
    let text = text.trim();
    if let Ok(time) = text.parse::<Time>() {
        return Ok(time);
    }
    let not = || {
        let hint = match order {
            Some(order) if text.contains('/') => format!(", read {order}: mind --dates"),
            _ => String::new(),
        };
        format!("{text:?} is not a date such as 2025-12-31, 2025-12-31 10:00 or 12/31/2025{hint}")
    };
    let (date, clock) = halves(text);
    let both = [DateOrder::MonthFirst, DateOrder::DayFirst].map(|order| civil_date(date, order));
    let date = match (both, order) {
        ([month_first, _], Some(DateOrder::MonthFirst)) => month_first,
        ([_, day_first], Some(DateOrder::DayFirst)) => day_first,
        ([Some(one), Some(other)], None) if one != other => {
            return Err(format!(
                "{text:?} may be {one} or {other}, and the other dates of the file do not tell; say which comes first, the \
                 month or the day: --dates mdy or --dates dmy"
            ));
        }
        ([one, other], None) => one.or(other),
    };
    let date = date.ok_or_else(not)?;
    let (clock, offset) = offset(clock).ok_or_else(not)?;
    let time = if clock.is_empty() { civil::Time::midnight() } else { civil_time(clock).ok_or_else(not)? };
    let zone = offset.map_or_else(|| zone.clone(), TimeZone::fixed);
    let zoned = date.to_datetime(time).to_zoned(zone).map_err(|_| not())?;
    Ok(Time::from_millis(zoned.timestamp().as_millisecond()))
}

/// Which comes first, month or day, where a date shows it beyond doubt.
pub fn order_shown(text: &str) -> Option<DateOrder> {
    let (date, _) = halves(text.trim());
    if !date.contains(['/', '-']) {
        return None;
    }
    let read = |order| civil_date(date, order);
    match (read(DateOrder::MonthFirst), read(DateOrder::DayFirst)) {
        (Some(_), None) => Some(DateOrder::MonthFirst),
        (None, Some(_)) => Some(DateOrder::DayFirst),
        _ => None,
    }
}

/// The date and the time of day.
fn halves(text: &str) -> (&str, &str) {
    let (date, clock) = text.split_once(['T', ' ', ',']).unwrap_or((text, ""));
    (date, clock.trim_start_matches([' ', ',']).trim())
}

/// The time of day without its zone, and what the zone is ahead of UTC; none when it is no zone.
fn offset(clock: &str) -> Option<(&str, Option<Offset>)> {
    for name in ["UTC", "GMT", "Z"] {
        if let Some(clock) = clock.strip_suffix(name).filter(|clock| !clock.is_empty()) {
            return Some((clock.trim(), Some(Offset::UTC)));
        }
    }
    let Some(at) = clock.find(['+', '-']) else { return Some((clock, None)) };
    let digits: String = clock[at + 1..].chars().filter(|c| *c != ':').collect();
    let (hours, minutes) = match digits.len() {
        2 => (digits.as_str(), "0"),
        4 if digits.is_ascii() => digits.split_at(2),
        _ => return None,
    };
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok().filter(|minutes| *minutes < 60)?);
    let sign = if clock[at..].starts_with('-') { -1 } else { 1 };
    let offset = Offset::from_seconds(sign * (hours * 3_600 + minutes * 60)).ok()?;
    Some((clock[..at].trim(), Some(offset)))
}

fn civil_date(text: &str, order: DateOrder) -> Option<civil::Date> {
    let sign = text.chars().find(|c| !c.is_ascii_digit())?;
    let parts: Vec<&str> = text.split(sign).collect();
    let [a, b, c] = parts[..] else { return None };
    let (year, month, day) = match (sign, a.len() == 4, order) {
        ('-' | '/' | '.', true, _) => (a, b, c),
        ('.', false, _) | ('/' | '-', false, DateOrder::DayFirst) => (c, b, a),
        ('/' | '-', false, DateOrder::MonthFirst) => (c, a, b),
        _ => return None,
    };
    // Two digits for a year are too few to know which.
    let year = year.parse().ok().filter(|_| year.len() == 4)?;
    civil::Date::new(year, month.parse().ok()?, day.parse().ok()?).ok()
}

fn civil_time(text: &str) -> Option<civil::Time> {
    let lower = text.to_ascii_lowercase();
    let half = [("am", 0), ("pm", 12)].into_iter().find_map(|(word, hours)| Some((lower.strip_suffix(word)?.trim(), hours)));
    let (digits, half) = half.map_or((lower.as_str(), None), |(digits, hours)| (digits, Some(hours)));
    let mut parts = digits.split(':');
    let (hour, minute, second) = (parts.next()?, parts.next()?, parts.next().unwrap_or("0"));
    if parts.next().is_some() {
        return None;
    }
    let (second, _) = second.split_once('.').unwrap_or((second, ""));
    let hour: i8 = hour.parse().ok()?;
    let hour = match half {
        None => hour,
        Some(later) if (1..=12).contains(&hour) => hour % 12 + later,
        Some(_) => return None,
    };
    civil::Time::new(hour, minute.parse().ok()?, second.parse().ok()?, 0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn dates_as_systems_write_them() {
        let (mdy, dmy) = (DateOrder::MonthFirst, DateOrder::DayFirst);
        for (text, order, expected) in [
            ("12/31/2025", mdy, Some("2025-12-31T00:00:00.000Z")),
            ("1/5/2026", mdy, Some("2026-01-05T00:00:00.000Z")),
            ("5/1/2026", dmy, Some("2026-01-05T00:00:00.000Z")),
            ("31.12.2025", mdy, Some("2025-12-31T00:00:00.000Z")),
            ("2025-12-31 10:00", mdy, Some("2025-12-31T10:00:00.000Z")),
            ("2025-12-31 10:00:59", mdy, Some("2025-12-31T10:00:59.000Z")),
            ("2025-12-31T10:00:00+01:00", mdy, Some("2025-12-31T09:00:00.000Z")),
            ("2025/12/31", mdy, Some("2025-12-31T00:00:00.000Z")),
            ("12/31/2025, 1:05 PM", mdy, Some("2025-12-31T13:05:00.000Z")),
            ("12/31/2025 12:00 am", mdy, Some("2025-12-31T00:00:00.000Z")),
            ("2025-12-31 10:00:00 +0100", mdy, Some("2025-12-31T09:00:00.000Z")),
            ("2025-12-31 10:00:00 -05:30", mdy, Some("2025-12-31T15:30:00.000Z")),
            ("2025-12-31T10:00:00.000+0000", mdy, Some("2025-12-31T10:00:00.000Z")),
            ("2025-12-31 10:00:00 UTC", mdy, Some("2025-12-31T10:00:00.000Z")),
            ("12/31/2025 10:00 PM +02", mdy, Some("2025-12-31T20:00:00.000Z")),
            ("2025-12-31 10:00 +9", mdy, None),
            ("2025-12-31 10:00 CET", mdy, None),
            ("31/12/2025", mdy, None),
            ("12/31/2025", dmy, None),
            ("12/31/25", mdy, None),
            ("2025-02-30", mdy, None),
            ("2025-12-31 25:00", mdy, None),
            ("2025-12-31 13:00 PM", mdy, None),
            ("tomorrow", mdy, None),
            ("", mdy, None),
            ("2025-12", mdy, None),
        ] {
            let read = read_moment(text, Some(order), &TimeZone::UTC);
            assert_eq!(read.as_ref().ok().map(Time::to_string).as_deref(), expected, "{text} {order}: {read:?}");
        }
        assert!(read_moment("31/12/2025", Some(mdy), &TimeZone::UTC).unwrap_err().contains("--dates"));
    }

    #[test]
    fn what_could_be_two_dates_is_never_guessed() {
        let (mdy, dmy) = (DateOrder::MonthFirst, DateOrder::DayFirst);
        for (text, shown, read) in [
            ("03/04/2026", None, None),
            ("3-4-2026 10:00", None, None),
            ("05/05/2026", None, Some("2026-05-05T00:00:00.000Z")),
            ("31/12/2026", Some(dmy), Some("2026-12-31T00:00:00.000Z")),
            ("12/31/2026", Some(mdy), Some("2026-12-31T00:00:00.000Z")),
            ("03.04.2026", None, Some("2026-04-03T00:00:00.000Z")),
            ("2026-04-03", None, Some("2026-04-03T00:00:00.000Z")),
            ("32/13/2026", None, None),
        ] {
            let moment = read_moment(text, None, &TimeZone::UTC);
            assert_eq!(moment.as_ref().ok().map(Time::to_string).as_deref(), read, "{text}: {moment:?}");
            assert_eq!(order_shown(text), shown, "{text}");
        }
        let both = read_moment("03/04/2026", None, &TimeZone::UTC).unwrap_err();
        assert!(both.contains("2026-03-04 or 2026-04-03") && both.contains("--dates dmy"), "{both}");
    }

    #[test]
    fn a_time_without_a_zone_is_in_that_of_the_file() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        for (text, expected) in [
            ("2026-07-01 10:00", "2026-07-01T08:00:00.000Z"),
            ("2026-01-01", "2025-12-31T23:00:00.000Z"),
            ("2026-07-01T10:00:00Z", "2026-07-01T10:00:00.000Z"),
        ] {
            assert_eq!(read_moment(text, None, &berlin).unwrap().to_string(), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text: String) {
            let _ = read_moment(&text, None, &TimeZone::UTC);
            let _ = read_moment(&format!("1/2/{text} 3:{text}"), Some(DateOrder::DayFirst), &TimeZone::UTC);
            let _ = order_shown(&text);
        }
    }
}
