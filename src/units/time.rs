//! UTC time in whole seconds.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Seconds since 1970-01-01 00:00:00 UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub u64);

/// A text that is no point in time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no time: give unix seconds, a date (2024-01-05) or RFC 3339 (2024-01-05T13:00:00Z)")]
pub struct TimeError(pub String);

impl Timestamp {
    pub const HOUR: u64 = 3_600;

    /// The start of the hour that holds this second.
    #[must_use]
    pub fn hour(self) -> Self {
        Self(self.0 - self.0 % Self::HOUR)
    }

    #[must_use]
    pub fn plus(self, seconds: u64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    #[must_use]
    pub fn minus(self, seconds: u64) -> Self {
        Self(self.0.saturating_sub(seconds))
    }

    /// Seconds from `earlier` to this; zero if it is not earlier.
    pub fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match i64::try_from(self.0).ok().and_then(|seconds| jiff::Timestamp::from_second(seconds).ok()) {
            Some(time) => time.fmt(f),
            None => write!(f, "{}s", self.0),
        }
    }
}

impl FromStr for Timestamp {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        if let Ok(seconds) = text.parse() {
            return Ok(Self(seconds));
        }
        // Without an offset it is meant in UTC; a date alone is its midnight.
        let civil = || {
            let time: jiff::civil::DateTime = text.parse().ok()?;
            Some(time.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
        };
        let time = text.parse::<jiff::Timestamp>().ok().or_else(civil);
        time.and_then(|time| u64::try_from(time.as_second()).ok()).map(Self).ok_or_else(|| TimeError(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_seconds_dates_and_rfc_3339() {
        for text in ["1704412800", "2024-01-05", "2024-01-05T00:00:00Z", "2024-01-05T01:00:00+01:00"] {
            assert_eq!(text.parse(), Ok(Timestamp(1_704_412_800)), "{text}");
        }
        for text in ["2024-01-05 13:00:11", "2024-01-05T13:00:11", "2024-01-05T13:00:11Z"] {
            assert_eq!(text.parse(), Ok(Timestamp(1_704_459_611)), "{text}");
        }
        for text in ["", "yesterday", "2024-13-01", "-5", "1960-01-01"] {
            assert!(text.parse::<Timestamp>().is_err(), "{text}");
        }
        assert_eq!(Timestamp(1_704_412_800).to_string(), "2024-01-05T00:00:00Z");
    }

    #[test]
    fn hours() {
        assert_eq!(Timestamp(7_199).hour(), Timestamp(3_600));
        assert_eq!(Timestamp(7_200).hour(), Timestamp(7_200));
    }
}
