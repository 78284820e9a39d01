//! When the coming bar opens.

use jiff::{Timestamp as Instant, civil, tz::TimeZone};

use super::super::sink::{Group, Sink};
use crate::units::Timestamp;

const HOUR: u64 = Timestamp::HOUR;

/// `coming` is the coming bar's open.
pub(in super::super) fn put(coming: Timestamp, out: &mut impl Sink) {
    out.group(Group::Calendar);
    let utc = (coming.0 / HOUR % 24) as f64;
    let local = coming.0.saturating_sub(if new_york_saves_daylight(coming) { 4 } else { 5 } * HOUR);
    // 1970-01-01 was a Thursday.
    let (hour, weekday) = ((local / HOUR % 24) as f64, ((local / (24 * HOUR) + 3) % 7) as f64);
    out.put(format_args!("uhour"), format_args!("hour in which the coming bar opens, UTC"), "0..23", utc);
    out.put(format_args!("hour"), format_args!("the same in New York, whose clock markets follow"), "0..23", hour);
    out.put(format_args!("dow"), format_args!("its weekday in New York"), "0 Monday..6", weekday);
}

/// From 2:00 on the second Sunday of March to 2:00 on the first of November (Energy Policy Act of
/// 2005, in force since 2007; bars of earlier years are told an hour wrong in a few weeks).
fn new_york_saves_daylight(at: Timestamp) -> bool {
    let Some(instant) = i64::try_from(at.0).ok().and_then(|second| Instant::from_second(second).ok()) else {
        return false;
    };
    let year = instant.to_zoned(TimeZone::UTC).year();
    let sunday = |month: i8, nth: i8| {
        let first = civil::date(year, month, 1);
        let offset = (7 - first.weekday().to_sunday_zero_offset()) % 7;
        civil::date(year, month, 1 + offset + 7 * (nth - 1))
            .to_zoned(TimeZone::UTC)
            .map(|day| day.timestamp().as_second())
    };
    let (Ok(start), Ok(end)) = (sunday(3, 2), sunday(11, 1)) else { return false };
    let second = instant.as_second();
    // 2:00 of standard time is 7:00 UTC, 2:00 of summer time 6:00.
    (start + 7 * 3_600..end + 6 * 3_600).contains(&second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_york_changes_its_clock() {
        let at = |text: &str| Timestamp(text.parse::<Instant>().unwrap().as_second() as u64);
        for (text, summer) in [
            ("2023-03-12T06:59:59Z", false),
            ("2023-03-12T07:00:00Z", true),
            ("2023-11-05T05:59:59Z", true),
            ("2023-11-05T06:00:00Z", false),
            ("2020-03-08T07:00:00Z", true),
            ("2020-11-01T06:00:00Z", false),
            ("2024-07-01T00:00:00Z", true),
            ("2024-01-01T00:00:00Z", false),
        ] {
            assert_eq!(new_york_saves_daylight(at(text)), summer, "{text}");
        }
    }
}
