//! Dates and times as people and their systems write them.

use jiff::civil;

use super::DateOrder;
use crate::domain::time::Time;

/// Reads a date, its first moment, or a date and time: `2025-12-31`, `2025-12-31 10:00`, `2025-12-31T10:00:00Z`, `12/31/2025`,
/// `12/31/2025, 10:00 AM`, `31.12.2025 10:00`. With slashes `order` says which comes first, month or day; with points it is the
/// day. A time without a zone is in UTC.
///
/// # Errors
/// A sentence that says what is expected.
pub fn read_moment(text: &str, order: DateOrder) -> Result<Time, String> {
    let text = text.trim();
    if let Ok(time) = text.parse::<Time>() {
        return Ok(time);
    }
    let not = || {
        let hint = if text.contains('/') { format!(", read {order}: mind --dates") } else { String::new() };
        format!("{text:?} is not a date such as 2025-12-31, 2025-12-31 10:00 or 12/31/2025{hint}")
    };
    let (date, clock) = text.split_once(['T', ' ', ',']).unwrap_or((text, ""));
    let date = civil_date(date, order).ok_or_else(not)?;
    let clock = clock.trim_start_matches([' ', ',']).trim();
    let time = if clock.is_empty() { civil::Time::midnight() } else { civil_time(clock).ok_or_else(not)? };
    let zoned = date.to_datetime(time).to_zoned(jiff::tz::TimeZone::UTC).map_err(|_| not())?;
    Ok(Time::from_millis(zoned.timestamp().as_millisecond()))
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
            let read = read_moment(text, order);
            assert_eq!(read.as_ref().ok().map(Time::to_string).as_deref(), expected, "{text} {order}: {read:?}");
        }
        assert!(read_moment("31/12/2025", mdy).unwrap_err().contains("--dates"));
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text: String) {
            let _ = read_moment(&text, DateOrder::MonthFirst);
            let _ = read_moment(&format!("1/2/{text} 3:{text}"), DateOrder::DayFirst);
        }
    }
}
