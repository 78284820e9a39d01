//! What is forecast, and what followed.

use serde::{Deserialize, Serialize};

/// A question to be answered yes or no of the bar `horizon` bars ahead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// Does it close higher than this bar?
    Price,
    /// Is the sample standard deviation of the 20 closes that end with it greater than now?
    Volatility,
    /// Is its volume greater than this bar's?
    Volume,
}

impl Target {
    pub const ALL: [Self; 3] = [Self::Price, Self::Volatility, Self::Volume];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Price => "price",
            Self::Volatility => "volatility",
            Self::Volume => "volume",
        }
    }
}

/// What followed a bar. Equal counts as no.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ahead {
    /// In the order of [`Target::ALL`]; `None` where the bar ahead, or what the question needs, is
    /// missing.
    pub answers: [Option<bool>; 3],
    /// Log return from this close to that ahead; not a number where missing, as the others.
    pub log_return: f64,
    /// Natural log of (log range plus a basis point) of the bar ahead.
    pub log_range: f64,
    /// Natural log of its volume over this bar's.
    pub log_volume: f64,
    /// Natural log of (the size of the path plus a basis point). The path are the closes from the
    /// next bar to the bar ahead, the newest 20 at most, each over this close less one; its size is
    /// the root of its sum of squares less a 20th of its squared sum.
    pub log_path: f64,
    /// The path's sum over its size.
    pub lean: f64,
}

impl Ahead {
    /// Of a bar whose bar ahead is missing.
    pub const NOTHING: Self = Self {
        answers: [None; 3],
        log_return: f64::NAN,
        log_range: f64::NAN,
        log_volume: f64::NAN,
        log_path: f64::NAN,
        lean: f64::NAN,
    };

    pub fn answer(&self, target: Target) -> Option<bool> {
        self.answers[target as usize]
    }
}
