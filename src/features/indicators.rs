//! The indicators that the feature set of version 1 is made of: a selection of the catalogue, and
//! two of its own making. All begin together, when the longest has a value.

use super::{CandleError, catalogue::CatalogueStream};
use crate::{domain::Candle, units::Timestamp};

/// Bars until every indicator has a value: the longest average's.
pub const WARMUP_BARS: usize = 200;

macro_rules! indicators {
    ($($(#[$doc:meta])* $name:ident: $unit:literal,)*) => {
        /// Every indicator at one candle's close.
        #[derive(Clone, Copy, Debug, PartialEq)]
        pub struct Indicators {
            /// The candle's open time.
            pub ts: Timestamp,
            $($(#[$doc])* pub $name: f64,)*
        }

        impl Indicators {
            pub const COUNT: usize = [$($unit),*].len();
            pub const NAMES: [&str; Self::COUNT] = [$(stringify!($name)),*];
            pub const UNITS: [&str; Self::COUNT] = [$($unit),*];

            fn new(ts: Timestamp, values: [f64; Self::COUNT]) -> Self {
                let [$($name),*] = values;
                Self { ts, $($name),* }
            }

            /// In the order of [`Self::NAMES`].
            pub fn values(&self) -> [f64; Self::COUNT] {
                [$(self.$name),*]
            }
        }
    };
}

indicators! {
    sma_20: "price",
    sma_50: "price",
    sma_200: "price",
    ema_12: "price",
    ema_26: "price",
    rsi_14: "0..100",
    /// Slow %K: 14 bars, smoothed by a 3-bar SMA.
    stoch_k: "0..100",
    /// Slow %D: a 3-bar SMA of %K.
    stoch_d: "0..100",
    willr_14: "-100..0",
    /// 12/26.
    macd: "price",
    /// 9-bar EMA of the line.
    macd_signal: "price",
    macd_histogram: "price",
    adx_14: "0..100",
    aroon_up_14: "0..100",
    aroon_down_14: "0..100",
    aroon_up_25: "0..100",
    aroon_down_25: "0..100",
    /// Cumulative from the first bar pushed: only its changes have a meaning.
    obv: "base volume",
    /// Cumulative from the first bar pushed: only its changes have a meaning.
    ad: "base volume",
    /// 3/10.
    adosc: "base volume",
    atr_14: "price",
    natr_14: "percent of close",
    trange: "price",
    /// 20 bars, 2 population standard deviations.
    bb_upper: "price",
    bb_middle: "price",
    bb_lower: "price",
    /// (upper - lower) / middle.
    bb_width: "fraction",
    /// (close - lower) / (upper - lower); 0.5 where the bands meet.
    bb_position: "fraction of the band",
    mom_10: "price",
    roc_10: "percent",
    /// 12/26, on EMAs.
    ppo: "percent",
    cdl_doji: "0 or 100",
    cdl_hammer: "0 or 100",
    /// 80 where one end of the two bodies coincides.
    cdl_engulfing: "-100..100",
}

/// All indicators, one candle at a time. A clone is an independent stream.
#[derive(Clone, Debug)]
pub struct IndicatorStream {
    catalogue: CatalogueStream,
    /// Where each of [`Indicators::NAMES`] stands in a row of it; the two of our own making nowhere.
    places: [Option<usize>; Indicators::COUNT],
    bars: usize,
}

impl Default for IndicatorStream {
    fn default() -> Self {
        let (catalogue, places) = CatalogueStream::select(&Indicators::NAMES);
        Self { catalogue, places, bars: 0 }
    }
}

impl IndicatorStream {
    pub fn new() -> Self {
        Self::default()
    }

    /// `None` for the first [`WARMUP_BARS`] - 1 candles. A refused candle changes nothing.
    ///
    /// # Errors
    /// A candle that is none, or not later than the last one.
    pub fn push(&mut self, candle: &Candle) -> Result<Option<Indicators>, CandleError> {
        let row = self.catalogue.push(candle)?;
        self.bars = self.bars.saturating_add(1);
        if self.bars < WARMUP_BARS {
            return Ok(None);
        }
        let mut all = Indicators::new(candle.ts, self.places.map(|place| place.map_or(f64::NAN, |place| row[place])));
        let band = all.bb_upper - all.bb_lower;
        all.bb_width = band / all.bb_middle;
        all.bb_position = if band > 0.0 { (candle.close - all.bb_lower) / band } else { 0.5 };
        Ok(Some(all))
    }
}

#[cfg(test)]
#[path = "indicators_tests.rs"]
mod tests;
