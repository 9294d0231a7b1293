//! Moments in UTC, to the millisecond.

use std::fmt;
use std::ops::{Add, Sub};
use std::str::FromStr;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::ToSchema;

/// Milliseconds in an hour.
pub const HOUR_MS: i64 = 3_600_000;
/// Milliseconds in a day.
pub const DAY_MS: i64 = 24 * HOUR_MS;

/// A moment: milliseconds since 1970-01-01T00:00:00Z. Written as RFC 3339 in JSON, as a bigint in the databases.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, ToSchema)]
#[schema(value_type = String, format = DateTime, example = "2026-01-05T09:30:00.000Z")]
pub struct Time(i64);

impl Time {
    /// The first moment of 1970.
    pub const EPOCH: Time = Time(0);

    /// From milliseconds since 1970.
    pub const fn from_millis(millis: i64) -> Self {
        Time(millis)
    }

    /// Milliseconds since 1970.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// The start of the UTC hour this moment lies in.
    pub const fn hour(self) -> Self {
        Time(self.0 - self.0.rem_euclid(HOUR_MS))
    }

    /// The start of the UTC day this moment lies in.
    pub const fn day(self) -> Self {
        Time(self.0 - self.0.rem_euclid(DAY_MS))
    }

    /// The UTC date, as `2026-01-05`.
    pub fn date(self) -> String {
        let text = self.to_string();
        text.split('T').next().unwrap_or_default().to_owned()
    }

    /// As HTTP writes it (RFC 9110, 5.6.7), to the second: `Mon, 05 Jan 2026 09:30:00 GMT`. Empty outside the years 0 to 9999.
    pub fn http_date(self) -> String {
        let written = |at| jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&at).ok();
        Timestamp::from_millisecond(self.0).ok().and_then(written).unwrap_or_default()
    }

    /// Parses a date (`2026-01-05`, its first moment) or an RFC 3339 time.
    ///
    /// # Errors
    /// A sentence that says what is expected.
    pub fn parse_date_or_time(text: &str) -> Result<Self, String> {
        text.parse::<Time>()
            .or_else(|_| format!("{text}T00:00:00Z").parse::<Time>())
            .map_err(|_| "is neither a date (2026-01-05) nor an RFC 3339 time (2026-01-05T09:30:00Z)".into())
    }
}

impl Add<i64> for Time {
    type Output = Time;
    /// Later by so many milliseconds.
    fn add(self, millis: i64) -> Time {
        Time(self.0.saturating_add(millis))
    }
}

impl Sub<i64> for Time {
    type Output = Time;
    /// Earlier by so many milliseconds.
    fn sub(self, millis: i64) -> Time {
        Time(self.0.saturating_sub(millis))
    }
}

impl Sub for Time {
    type Output = i64;
    /// Milliseconds between two moments.
    fn sub(self, earlier: Time) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Timestamp::from_millisecond(self.0) {
            Ok(at) => write!(f, "{at:.3}"),
            Err(_) => write!(f, "{} ms since 1970", self.0),
        }
    }
}

impl FromStr for Time {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        text.parse::<Timestamp>()
            .map(|at| Time(at.as_millisecond()))
            .map_err(|_| "is not an RFC 3339 time such as 2026-01-05T09:30:00Z".into())
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() { serializer.collect_str(self) } else { serializer.serialize_i64(self.0) }
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            return i64::deserialize(deserializer).map(Time);
        }
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|why| serde::de::Error::custom(format!("{text:?} {why}")))
    }
}

/// A month of the UTC calendar. Written as `2026_01`, which is also a part of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month {
    year: i16,
    month: i8,
}

impl Month {
    /// The month that `at` lies in.
    pub fn of(at: Time) -> Self {
        let date = Timestamp::from_millisecond(at.0).unwrap_or_default().to_zoned(TimeZone::UTC).date();
        Month { year: date.year(), month: date.month() }
    }

    /// Its first moment.
    pub fn start(self) -> Time {
        let first = jiff::civil::Date::new(self.year, self.month, 1).and_then(|date| date.to_zoned(TimeZone::UTC));
        Time(first.map_or(0, |first| first.timestamp().as_millisecond()))
    }

    /// The month after it.
    pub fn next(self) -> Self {
        if self.month == 12 { Month { year: self.year + 1, month: 1 } } else { Month { month: self.month + 1, ..self } }
    }

    /// The month before it.
    pub fn previous(self) -> Self {
        if self.month == 1 { Month { year: self.year - 1, month: 12 } } else { Month { month: self.month - 1, ..self } }
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}_{:02}", self.year, self.month)
    }
}

impl FromStr for Month {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('_').and_then(|(year, month)| Some((year.parse().ok()?, month.parse().ok()?)));
        let month = parts.filter(|(year, month)| (1970..=9998).contains(year) && (1..=12).contains(month));
        month.map(|(year, month)| Month { year, month }).ok_or_else(|| format!("{text:?} is not a month such as 2026_01"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes_and_floors_before_1970() {
        for millis in [0, 1, 1_767_605_400_123, -1] {
            let time = Time::from_millis(millis);
            assert_eq!(time.to_string().parse::<Time>(), Ok(time));
        }
        assert_eq!(Time::from_millis(-1).hour(), Time::from_millis(-HOUR_MS));
        assert_eq!(Time::parse_date_or_time("2026-01-05").map(Time::date), Ok("2026-01-05".to_owned()));
        assert!(Time::parse_date_or_time("yesterday").is_err());
    }

    #[test]
    fn months_follow_one_another() {
        let last = Month::of("2025-12-31T23:59:59.999Z".parse().unwrap());
        assert_eq!((last.to_string().as_str(), last.next().to_string().as_str()), ("2025_12", "2026_01"));
        assert_eq!(last.next().start().to_string(), "2026-01-01T00:00:00.000Z");
        assert_eq!((last.next().previous(), "2025_12".parse()), (last, Ok(last)));
        assert!(["2025_13", "2025", "default", "2025_12_"].iter().all(|text| text.parse::<Month>().is_err()));
    }
}
