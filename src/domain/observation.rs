//! What was observed, and since when the bot could have known it.
//!
//! One rule holds for every series: **a value exists for the bot from `known_at` on, and never
//! before.** A later observation of the same `ts` is a revision: it replaces the earlier one
//! from its own `known_at` on, and leaves what was known before as it was.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Candle, Timeframe};
use crate::units::Timestamp;

/// One value of a series of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    /// What time the value speaks of.
    pub ts: Timestamp,
    /// Since when it could be had; never before `ts`.
    pub known_at: Timestamp,
    pub value: f64,
}

/// A candle that is final, and since when it could be had: never before it closed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct KnownCandle {
    pub candle: Candle,
    pub known_at: Timestamp,
}

/// Whose candles: a venue's, of one instrument and one length.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CandleSeries {
    /// As in the data folder: `binance_spot`, `kraken_spot`, `uniswap_v3`.
    pub venue: String,
    /// As in the data folder: `ETHUSDT`.
    pub symbol: String,
    pub timeframe: Timeframe,
}

/// As a path in the data folder: `binance_spot/ETHUSDT_1h`.
impl fmt::Display for CandleSeries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}_{}", self.venue, self.symbol, self.timeframe)
    }
}
