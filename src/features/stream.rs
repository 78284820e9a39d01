//! Candles in, feature rows out.

use super::{
    CandleError,
    indicators::{self, IndicatorStream, Indicators},
    set::Recent,
};
use crate::domain::{Candle, FeatureRow};

/// Candles needed for the first row, which comes with the last of them: the indicators' warm-up,
/// then time for the exponential averages to forget where the history began (to about 1e-6).
pub const WARMUP_BARS: usize = 240;

const _: () = assert!(WARMUP_BARS + 1 >= indicators::WARMUP_BARS + Recent::BARS_WITH_INDICATORS);

/// One asset's features, one candle at a time. A clone is an independent stream.
///
/// Bars are counted, not hours: a missing hour is not filled, and the bars on both sides of it
/// are neighbours.
#[derive(Clone, Debug)]
pub struct FeatureStream {
    indicators: IndicatorStream,
    recent: Recent,
    bars: usize,
}

impl Default for FeatureStream {
    fn default() -> Self {
        Self::new()
    }
}

impl FeatureStream {
    pub fn new() -> Self {
        Self { indicators: IndicatorStream::new(), recent: Recent::new(), bars: 0 }
    }

    /// The row known at this candle's close; `None` for the first [`WARMUP_BARS`] - 1 candles.
    ///
    /// A refused candle changes nothing.
    pub fn push(&mut self, candle: &Candle) -> Result<Option<FeatureRow>, CandleError> {
        Ok(self.push_both(candle)?.and_then(|(_, row)| row))
    }

    /// The same with the raw indicators, which come from the 200th candle on.
    pub fn push_both(&mut self, candle: &Candle) -> Result<Option<(Indicators, Option<FeatureRow>)>, CandleError> {
        let raw = self.indicators.push(candle)?;
        self.bars = self.bars.saturating_add(1);
        self.recent.push(candle);
        let Some(raw) = raw else { return Ok(None) };
        self.recent.push_indicators(&raw);
        let columns = if self.bars < WARMUP_BARS { None } else { self.recent.columns(candle, &raw) };
        let row =
            columns.map(|values| FeatureRow { ts: candle.ts, values: values.to_vec(), atr: raw.atr_14 / candle.close });
        Ok(Some((raw, row)))
    }
}

#[cfg(test)]
#[path = "stream_tests.rs"]
mod tests;
