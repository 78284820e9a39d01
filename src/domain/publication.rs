//! When the value of a series becomes public, and when it is too old to be used.

use crate::units::Timestamp;

const DAY: u64 = 86_400;

/// What a value's time stamp stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// The very second.
    Moment,
    /// The UTC day that holds it.
    Day,
    /// The UTC month that holds it.
    Month,
}

/// How long after its period's end a value is public.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lag {
    Seconds(u64),
    /// Whole UTC days from Monday to Friday. Public holidays count as weekdays: a series that is
    /// published on business days needs one more than its source says.
    Weekdays(u32),
}

/// The publication rule of a series: the lag is counted from the end of the period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Publication {
    pub period: Period,
    pub lag: Lag,
}

impl Publication {
    /// From when on the value of `ts` can be had by this rule; never before `ts`.
    pub fn known_at(self, ts: Timestamp) -> Timestamp {
        let end = match self.period {
            Period::Moment => ts,
            Period::Day => day_end(ts),
            Period::Month => month_end(ts),
        };
        match self.lag {
            Lag::Seconds(seconds) => end.plus(seconds),
            Lag::Weekdays(days) => (0..days).fold(end, |time, _| after_weekday(time)),
        }
    }
}

/// A series of numbers: how it is called, when it becomes public and when it is stale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeriesRule {
    /// Source and code: `fred:VIXCLS`, `yahoo:^VIX`.
    pub name: String,
    pub publication: Publication,
    /// In seconds, from the time that the newest value speaks of.
    pub stale_after: u64,
}

impl SeriesRule {
    /// Whether a series whose newest known value speaks of `newest` counts as missing at `now`.
    pub fn is_stale(&self, newest: Timestamp, now: Timestamp) -> bool {
        now.since(newest) > self.stale_after
    }
}

fn day_end(ts: Timestamp) -> Timestamp {
    Timestamp(ts.0 - ts.0 % DAY).plus(DAY)
}

/// The start of the next month; of a time that no calendar holds, the time itself.
fn month_end(ts: Timestamp) -> Timestamp {
    let next = || {
        let time = jiff::Timestamp::from_second(i64::try_from(ts.0).ok()?).ok()?;
        let last = jiff::tz::TimeZone::UTC.to_datetime(time).date().last_of_month();
        let next = last.tomorrow().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
        u64::try_from(next.timestamp().as_second()).ok()
    };
    next().map_or(ts, Timestamp)
}

/// 24 hours later, hours of Saturdays and Sundays not counted.
fn after_weekday(mut time: Timestamp) -> Timestamp {
    // 1970-01-01 was a Thursday; Sunday is 0.
    while matches!((time.0 / DAY + 4) % 7, 0 | 6) {
        time = time.plus(DAY);
    }
    time.plus(DAY)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn known(period: Period, lag: Lag, ts: &str) -> String {
        Publication { period, lag }.known_at(ts.parse().unwrap()).to_string()
    }

    #[test]
    fn the_lag_counts_from_the_end_of_the_period() {
        let check = |period, lag, ts, expected| assert_eq!(known(period, lag, ts), expected, "{period:?} {lag:?} {ts}");
        check(Period::Moment, Lag::Seconds(3_600), "2024-01-05", "2024-01-05T01:00:00Z");
        check(Period::Day, Lag::Seconds(0), "2024-01-05", "2024-01-06T00:00:00Z");
        check(Period::Day, Lag::Seconds(DAY), "2024-01-05T14:30:00Z", "2024-01-07T00:00:00Z");
        check(Period::Month, Lag::Seconds(7 * DAY), "2024-02-01", "2024-03-08T00:00:00Z");
        check(Period::Month, Lag::Seconds(0), "2024-12-31", "2025-01-01T00:00:00Z");
    }

    #[test]
    fn weekends_are_no_weekdays() {
        let check = |ts, expected| assert_eq!(known(Period::Day, Lag::Weekdays(2), ts), expected, "{ts}");
        // Friday: Monday and Tuesday must pass. Thursday: Friday and Monday.
        check("2024-01-05", "2024-01-10T00:00:00Z");
        check("2024-01-04", "2024-01-09T00:00:00Z");
        check("2024-01-01", "2024-01-04T00:00:00Z");
        check("2024-01-06", "2024-01-10T00:00:00Z");
        assert_eq!(known(Period::Day, Lag::Weekdays(0), "2024-01-05"), "2024-01-06T00:00:00Z");
    }

    #[test]
    fn staleness_is_the_age_of_what_the_value_speaks_of() {
        let publication = Publication { period: Period::Day, lag: Lag::Seconds(0) };
        let rule = SeriesRule { name: "fred:VIXCLS".into(), publication, stale_after: 10 * DAY };
        assert!(!rule.is_stale(Timestamp(0), Timestamp(10 * DAY)));
        assert!(rule.is_stale(Timestamp(0), Timestamp(10 * DAY + 1)));
    }

    proptest! {
        /// Known never before the period is over, and later values never before earlier ones.
        #[test]
        fn never_early(a in 0u64..4_000_000_000, b in 0u64..4_000_000_000, n in 0u32..10, weekdays: bool) {
            let lag = if weekdays { Lag::Weekdays(n) } else { Lag::Seconds(u64::from(n) * DAY) };
            for period in [Period::Moment, Period::Day, Period::Month] {
                let rule = Publication { period, lag };
                let known = |ts| rule.known_at(Timestamp(ts));
                prop_assert!(known(a).0 >= a + u64::from(n) * DAY);
                prop_assert!(period == Period::Moment || known(a).0 > a);
                prop_assert!(known(a.min(b)) <= known(a.max(b)));
            }
        }
    }
}
