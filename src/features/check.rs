//! Which candles an indicator may see.

use crate::{domain::Candle, units::Timestamp};

/// Prices outside this range are mistakes, and their squares would leave `f64`'s exact range.
const PRICES: std::ops::RangeInclusive<f64> = 1e-12..=1e12;
/// Base units an hour.
const VOLUMES: std::ops::RangeInclusive<f64> = 0.0..=1e18;

/// A candle that was not taken. Drop it: the stream is as it was before.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CandleError {
    #[error("candle {ts}: {what} is {value}")]
    OutOfRange { ts: Timestamp, what: &'static str, value: f64 },
    #[error("candle {ts}: open or close lies outside low..high")]
    Inconsistent { ts: Timestamp },
    #[error("candle {ts} does not follow {last}")]
    OutOfOrder { ts: Timestamp, last: Timestamp },
    /// Halt: the indicator library has counted 2^31 bars or is broken.
    #[error("candle {ts}: indicator library: {code}")]
    Indicator { ts: Timestamp, code: ta_lib::RetCode },
}

/// Accepts a finite, positive, consistent candle that is later than `last`. Zero volume, a flat
/// bar, a huge jump and a missing hour are all possible on a market and are taken.
pub fn check(candle: &Candle, last: Option<Timestamp>) -> Result<(), CandleError> {
    let Candle { ts, open, high, low, close, volume } = *candle;
    for (what, value) in [("open", open), ("high", high), ("low", low), ("close", close)] {
        if !PRICES.contains(&value) {
            return Err(CandleError::OutOfRange { ts, what, value });
        }
    }
    if !VOLUMES.contains(&volume) {
        return Err(CandleError::OutOfRange { ts, what: "volume", value: volume });
    }
    if low > open.min(close) || high < open.max(close) {
        return Err(CandleError::Inconsistent { ts });
    }
    match last {
        Some(last) if ts <= last => Err(CandleError::OutOfOrder { ts, last }),
        _ => Ok(()),
    }
}
