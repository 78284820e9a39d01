//! The technical indicators, every one by TA-Lib, in its streaming form with explicit parameters.
//!
//! `ta-lib`'s streams return the same bits as its batch functions over the same bars, which the
//! tests here hold for each of them, and the batch functions equal Python's TA-Lib to 1e-9.

use ta_lib::{
    AdStream, AdoscStream, AdxStream, AroonStream, AtrStream, BbandsStream, CdldojiStream, CdlengulfingStream,
    CdlhammerStream, Core, EmaStream, MAType, MacdStream, MomStream, NatrStream, ObvStream, PpoStream, RetCode,
    RocStream, RsiStream, SmaStream, StochStream, TrangeStream, WillrStream,
};

use super::{CandleError, check::check, window::Columns};
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
#[derive(Clone, Debug, Default)]
pub struct IndicatorStream {
    last: Option<Timestamp>,
    state: State,
}

#[derive(Clone, Debug)]
enum State {
    Warming(Columns),
    Running(Box<Handles>),
}

impl Default for State {
    fn default() -> Self {
        Self::Warming(Columns::default())
    }
}

impl IndicatorStream {
    pub fn new() -> Self {
        Self::default()
    }

    /// `None` for the first [`WARMUP_BARS`] - 1 candles. A refused candle changes nothing.
    pub fn push(&mut self, candle: &Candle) -> Result<Option<Indicators>, CandleError> {
        check(candle, self.last)?;
        let failed = |code| CandleError::Indicator { ts: candle.ts, code };
        let indicators = match &mut self.state {
            State::Running(handles) => {
                handles.update(candle).map_err(failed)?;
                Some(handles.read(candle))
            }
            State::Warming(bars) => {
                bars.push(candle);
                if bars.close.len() == WARMUP_BARS {
                    let handles = Handles::open(bars).map_err(failed)?;
                    let first = handles.read(candle);
                    self.state = State::Running(Box::new(handles));
                    Some(first)
                } else {
                    None
                }
            }
        };
        self.last = Some(candle.ts);
        Ok(indicators)
    }
}

#[derive(Clone, Debug)]
struct Handles {
    sma_20: SmaStream,
    sma_50: SmaStream,
    sma_200: SmaStream,
    ema_12: EmaStream,
    ema_26: EmaStream,
    rsi: RsiStream,
    stoch: StochStream,
    willr: WillrStream,
    macd: MacdStream,
    adx: AdxStream,
    aroon_14: AroonStream,
    aroon_25: AroonStream,
    obv: ObvStream,
    ad: AdStream,
    adosc: AdoscStream,
    atr: AtrStream,
    natr: NatrStream,
    trange: TrangeStream,
    bbands: BbandsStream,
    mom: MomStream,
    roc: RocStream,
    ppo: PpoStream,
    doji: CdldojiStream,
    hammer: CdlhammerStream,
    engulfing: CdlengulfingStream,
}

impl Handles {
    fn open(bars: &Columns) -> Result<Self, RetCode> {
        let core = Core::new();
        let Columns { open: o, high: h, low: l, close: c, volume: v } = bars;
        Ok(Self {
            sma_20: core.sma_open(c, 20)?.0,
            sma_50: core.sma_open(c, 50)?.0,
            sma_200: core.sma_open(c, 200)?.0,
            ema_12: core.ema_open(c, 12)?.0,
            ema_26: core.ema_open(c, 26)?.0,
            rsi: core.rsi_open(c, 14)?.0,
            stoch: core.stoch_open(h, l, c, 14, 3, MAType::SMA, 3, MAType::SMA)?.0,
            willr: core.willr_open(h, l, c, 14)?.0,
            macd: core.macd_open(c, 12, 26, 9)?.0,
            adx: core.adx_open(h, l, c, 14)?.0,
            aroon_14: core.aroon_open(h, l, 14)?.0,
            aroon_25: core.aroon_open(h, l, 25)?.0,
            obv: core.obv_open(c, v)?.0,
            ad: core.ad_open(h, l, c, v)?.0,
            adosc: core.adosc_open(h, l, c, v, 3, 10)?.0,
            atr: core.atr_open(h, l, c, 14)?.0,
            natr: core.natr_open(h, l, c, 14)?.0,
            trange: core.trange_open(h, l, c)?.0,
            bbands: core.bbands_open(c, 20, 2.0, 2.0, MAType::SMA)?.0,
            mom: core.mom_open(c, 10)?.0,
            roc: core.roc_open(c, 10)?.0,
            ppo: core.ppo_open(c, 12, 26, MAType::EMA)?.0,
            doji: core.cdldoji_open(o, h, l, c)?.0,
            hammer: core.cdlhammer_open(o, h, l, c)?.0,
            engulfing: core.cdlengulfing_open(o, h, l, c)?.0,
        })
    }

    fn update(&mut self, candle: &Candle) -> Result<(), RetCode> {
        let Candle { open: o, high: h, low: l, close: c, volume: v, .. } = *candle;
        self.sma_20.update(c)?;
        self.sma_50.update(c)?;
        self.sma_200.update(c)?;
        self.ema_12.update(c)?;
        self.ema_26.update(c)?;
        self.rsi.update(c)?;
        self.stoch.update(h, l, c)?;
        self.willr.update(h, l, c)?;
        self.macd.update(c)?;
        self.adx.update(h, l, c)?;
        self.aroon_14.update(h, l)?;
        self.aroon_25.update(h, l)?;
        self.obv.update(c, v)?;
        self.ad.update(h, l, c, v)?;
        self.adosc.update(h, l, c, v)?;
        self.atr.update(h, l, c)?;
        self.natr.update(h, l, c)?;
        self.trange.update(h, l, c)?;
        self.bbands.update(c)?;
        self.mom.update(c)?;
        self.roc.update(c)?;
        self.ppo.update(c)?;
        self.doji.update(o, h, l, c)?;
        self.hammer.update(o, h, l, c)?;
        self.engulfing.update(o, h, l, c)?;
        Ok(())
    }

    fn read(&self, candle: &Candle) -> Indicators {
        let (stoch_k, stoch_d) = self.stoch.value();
        let (macd, macd_signal, macd_histogram) = self.macd.value();
        let (aroon_down_14, aroon_up_14) = self.aroon_14.value();
        let (aroon_down_25, aroon_up_25) = self.aroon_25.value();
        let (bb_upper, bb_middle, bb_lower) = self.bbands.value();
        let band = bb_upper - bb_lower;
        Indicators {
            ts: candle.ts,
            sma_20: self.sma_20.value(),
            sma_50: self.sma_50.value(),
            sma_200: self.sma_200.value(),
            ema_12: self.ema_12.value(),
            ema_26: self.ema_26.value(),
            rsi_14: self.rsi.value(),
            stoch_k,
            stoch_d,
            willr_14: self.willr.value(),
            macd,
            macd_signal,
            macd_histogram,
            adx_14: self.adx.value(),
            aroon_up_14,
            aroon_down_14,
            aroon_up_25,
            aroon_down_25,
            obv: self.obv.value(),
            ad: self.ad.value(),
            adosc: self.adosc.value(),
            atr_14: self.atr.value(),
            natr_14: self.natr.value(),
            trange: self.trange.value(),
            bb_upper,
            bb_middle,
            bb_lower,
            bb_width: band / bb_middle,
            bb_position: if band > 0.0 { (candle.close - bb_lower) / band } else { 0.5 },
            mom_10: self.mom.value(),
            roc_10: self.roc.value(),
            ppo: self.ppo.value(),
            cdl_doji: f64::from(self.doji.value()),
            cdl_hammer: f64::from(self.hammer.value()),
            cdl_engulfing: f64::from(self.engulfing.value()),
        }
    }
}

#[cfg(test)]
#[path = "indicators_tests.rs"]
mod tests;
