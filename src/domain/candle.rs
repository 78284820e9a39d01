//! Candles.

use serde::{Deserialize, Serialize};

use crate::units::{Price, Timestamp};

/// One hour of trading as statistics: what indicators and models read.
///
/// `ts` is the hour's open; the candle is known only at `ts` + 1 h. Prices are quote units per
/// base unit, `volume` is in base units.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Candle {
    pub ts: Timestamp,
    pub open: f64,
    pub high: f64,
    pub low: f64,
    pub close: f64,
    pub volume: f64,
}

/// One hour as a venue quoted it, prices exact: what moves the pools in `demo` and `backtest`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PriceBar {
    /// The hour's open, in seconds UTC.
    pub ts: Timestamp,
    pub open: Price,
    pub high: Price,
    pub low: Price,
    pub close: Price,
    /// Base units.
    pub volume: f64,
}

/// One hour across assets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HourBars {
    /// The hour's open, in seconds UTC.
    pub ts: Timestamp,
    /// In the order in which the assets were asked for; `None` where the source has no bar of
    /// this hour.
    pub bars: Vec<Option<PriceBar>>,
}
