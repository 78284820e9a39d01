//! The length of a bar.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::units::Timestamp;

/// A bar's length, as exchanges and the data folder name it. Every bar's open is a multiple of
/// it, counted from 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Timeframe {
    #[serde(rename = "1m")]
    M1,
    #[serde(rename = "5m")]
    M5,
    #[serde(rename = "15m")]
    M15,
    #[serde(rename = "1h")]
    H1,
    #[serde(rename = "4h")]
    H4,
    #[serde(rename = "1d")]
    D1,
}

/// A text that names no timeframe.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no timeframe: give 1m, 5m, 15m, 1h, 4h or 1d")]
pub struct TimeframeError(pub String);

impl Timeframe {
    /// The shortest first.
    pub const ALL: [Self; 6] = [Self::M1, Self::M5, Self::M15, Self::H1, Self::H4, Self::D1];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::M1 => "1m",
            Self::M5 => "5m",
            Self::M15 => "15m",
            Self::H1 => "1h",
            Self::H4 => "4h",
            Self::D1 => "1d",
        }
    }

    /// The bar's length.
    pub fn seconds(self) -> u64 {
        match self {
            Self::M1 => 60,
            Self::M5 => 300,
            Self::M15 => 900,
            Self::H1 => Timestamp::HOUR,
            Self::H4 => 4 * Timestamp::HOUR,
            Self::D1 => 24 * Timestamp::HOUR,
        }
    }

    /// The open of the bar that holds this second.
    #[must_use]
    pub fn open(self, ts: Timestamp) -> Timestamp {
        Timestamp(ts.0 - ts.0 % self.seconds())
    }

    /// When the bar that opens at `open` ends: the first moment at which it is known.
    #[must_use]
    pub fn close(self, open: Timestamp) -> Timestamp {
        open.plus(self.seconds())
    }
}

impl fmt::Display for Timeframe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Timeframe {
    type Err = TimeframeError;

    fn from_str(text: &str) -> Result<Self, TimeframeError> {
        let found = Self::ALL.into_iter().find(|timeframe| timeframe.as_str() == text);
        found.ok_or_else(|| TimeframeError(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back_and_bars_stand_on_the_grid() {
        for timeframe in Timeframe::ALL {
            assert_eq!(timeframe.as_str().parse(), Ok(timeframe));
            assert_eq!(serde_json::to_string(&timeframe).unwrap(), format!("\"{timeframe}\""));
            let open = timeframe.open(Timestamp(1_704_412_799));
            assert_eq!(open.0 % timeframe.seconds(), 0);
            assert!(open.0 <= 1_704_412_799 && timeframe.close(open).0 > 1_704_412_799);
        }
        assert!("2h".parse::<Timeframe>().is_err());
    }
}
