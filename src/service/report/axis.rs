//! A time axis whose marks fall on whole hours, days, months or years.

use std::ops::Range;

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use plotters::coord::ranged1d::{DefaultFormatting, KeyPointHint, Ranged};

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;
/// No more marks than these fit beneath a plot.
const MARKS: usize = 9;

/// Seconds of unix time.
#[derive(Clone, Debug)]
pub(super) struct TimeAxis(pub(super) Range<i64>);

/// What lies between two marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Seconds(i64),
    Months(i16),
}

const STEPS: [Step; 17] = [
    Step::Seconds(HOUR),
    Step::Seconds(3 * HOUR),
    Step::Seconds(6 * HOUR),
    Step::Seconds(12 * HOUR),
    Step::Seconds(DAY),
    Step::Seconds(2 * DAY),
    Step::Seconds(4 * DAY),
    Step::Seconds(7 * DAY),
    Step::Seconds(14 * DAY),
    Step::Months(1),
    Step::Months(2),
    Step::Months(3),
    Step::Months(6),
    Step::Months(12),
    Step::Months(24),
    Step::Months(60),
    Step::Months(120),
];

impl TimeAxis {
    /// The finest marks that fit.
    pub(super) fn marks(&self) -> Vec<i64> {
        STEPS.iter().map(|step| self.every(*step)).find(|marks| marks.len() <= MARKS).unwrap_or_default()
    }

    fn every(&self, step: Step) -> Vec<i64> {
        let Range { start, end } = self.0;
        // A range that no step of this size can mark sparsely is not worth listing.
        let size = match step {
            Step::Seconds(seconds) => seconds,
            Step::Months(months) => 28 * DAY * i64::from(months),
        };
        if (end - start) / size > 2 * MARKS as i64 {
            return vec![start; MARKS + 1];
        }
        match step {
            Step::Seconds(seconds) => {
                // Weeks begin on Mondays; the epoch was a Thursday.
                let offset = if seconds % (7 * DAY) == 0 { 4 * DAY } else { 0 };
                let first = (start - offset).div_euclid(seconds) * seconds + offset;
                (0..).map(|n| first + n * seconds).skip_while(|at| *at < start).take_while(|at| *at <= end).collect()
            }
            Step::Months(months) => {
                let year = date(start).map_or(1970, Date::year);
                let month = |n: i16| {
                    let months = n * months;
                    Date::new(year + months / 12, (months % 12 + 1) as i8, 1).ok().and_then(seconds)
                };
                let all = (0..i16::MAX / 24).map_while(month);
                all.skip_while(|at| *at < start).take_while(|at| *at <= end).collect()
            }
        }
    }

    /// `5 Jan 12:00`, `5 Jan`, `Jan 2024`: as fine as the marks are.
    pub(super) fn label(&self, at: i64) -> String {
        let Ok(time) = Timestamp::from_second(at) else { return String::new() };
        let marks = self.marks();
        let step = marks.iter().zip(marks.iter().skip(1)).map(|(a, b)| b - a).min().unwrap_or(0);
        let format = match step {
            step if step < DAY => "%-d %b %H:%M",
            step if step < 28 * DAY => "%-d %b",
            _ => "%b %Y",
        };
        time.to_zoned(TimeZone::UTC).strftime(format).to_string()
    }
}

fn date(at: i64) -> Option<Date> {
    Some(Timestamp::from_second(at).ok()?.to_zoned(TimeZone::UTC).date())
}

fn seconds(date: Date) -> Option<i64> {
    Some(date.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second())
}

impl Ranged for TimeAxis {
    type FormatOption = DefaultFormatting;
    type ValueType = i64;

    fn map(&self, value: &i64, limit: (i32, i32)) -> i32 {
        let span = (self.0.end - self.0.start).max(1) as f64;
        let part = (value - self.0.start) as f64 / span;
        limit.0 + (part * f64::from(limit.1 - limit.0)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<i64> {
        self.marks()
    }

    fn range(&self) -> Range<i64> {
        self.0.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_fall_on_whole_units() {
        let labels = |start: &str, hours: i64| {
            let start = start.parse::<Timestamp>().unwrap().as_second();
            let axis = TimeAxis(start..start + hours * HOUR);
            axis.marks().into_iter().map(|at| axis.label(at)).collect::<Vec<_>>()
        };
        assert_eq!(
            labels("2024-01-05T01:00:00Z", 20),
            ["5 Jan 03:00", "5 Jan 06:00", "5 Jan 09:00", "5 Jan 12:00", "5 Jan 15:00", "5 Jan 18:00", "5 Jan 21:00"]
        );
        assert_eq!(
            labels("2024-12-30T13:00:00Z", 71),
            ["31 Dec 00:00", "31 Dec 12:00", "1 Jan 00:00", "1 Jan 12:00", "2 Jan 00:00", "2 Jan 12:00"]
                .map(str::to_owned)
                .to_vec()
        );
        assert_eq!(labels("2024-01-01T00:00:00Z", 24 * 40)[..2], ["1 Jan", "8 Jan"]);
        assert_eq!(labels("2024-11-15T00:00:00Z", 24 * 150).first().unwrap(), "Dec 2024");
        for hours in [0, 1, 5, 30, 200, 720, 2_000, 8_760, 64_000, 200_000] {
            let count = labels("2017-08-17T04:00:00Z", hours).len();
            assert!((1..=MARKS).contains(&count) || hours < 2, "{hours}: {count}");
        }
    }
}
