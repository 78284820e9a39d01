//! The columns a model reads: scale-free, bounded, always finite, in a fixed order.
//!
//! A column that cannot be computed (0/0 on a flat or tradeless market) takes its neutral value,
//! zero: "no evidence either way". Every column is cut to its bounds, so one odd bar cannot
//! outweigh the rest. "ATRs" means multiples of the 14-bar average true range; a bar is an hour.

use std::f64::consts::TAU;

use super::{indicators::Indicators, window::Window};
use crate::{domain::Candle, units::Timestamp};

/// Raised whenever a column's name, order or meaning changes; a model refuses another version.
pub const VERSION: u32 = 1;

/// The name, then what it is and its unit.
pub const COLUMNS: [(&str, &str); 36] = [
    ("return_1", "log return over 1 bar, in typical moves: ATRs / sqrt(bars)"),
    ("return_2", "over 2 bars, same unit"),
    ("return_4", "over 4 bars, same unit"),
    ("return_8", "over 8 bars, same unit"),
    ("return_24", "over a day, same unit"),
    ("return_72", "over three days, same unit"),
    ("return_168", "over a week, same unit"),
    ("sma_20_gap", "close above SMA 20, ATRs"),
    ("sma_50_gap", "close above SMA 50, ATRs"),
    ("sma_200_gap", "close above SMA 200, ATRs"),
    ("macd_line", "MACD 12/26, ATRs"),
    ("macd_histogram", "MACD 12/26/9 histogram, ATRs"),
    ("rsi", "RSI 14 from -1 (0) to 1 (100)"),
    ("stoch_k", "slow %K from -1 to 1"),
    ("stoch_cross", "%K - %D, fraction of the range"),
    ("willr", "Williams %R from -1 (-100) to 1 (0)"),
    ("adx", "ADX 14, 0..1"),
    ("aroon_14", "Aroon up - down over 14 bars, -1..1"),
    ("aroon_25", "Aroon up - down over 25 bars, -1..1"),
    ("bb_position", "-1 at the lower band, 1 at the upper"),
    ("bb_width", "band width, natural log of ATRs"),
    ("obv_24", "OBV change over a day / the day's volume, -1..1"),
    ("ad_24", "A/D line change over a day / the day's volume, -1..1"),
    ("adosc", "Chaikin oscillator 3/10 / mean hourly volume of a day"),
    ("volume_ratio", "natural log of the bar's volume / a week's mean"),
    ("volume_trend", "natural log of a day's mean volume / a week's"),
    ("range_ratio", "natural log of true range / ATR"),
    ("volatility_ratio", "natural log of a day's rms return / a week's"),
    ("body", "close - open, ATRs"),
    ("close_location", "close within the bar, -1 at the low, 1 at the high"),
    ("doji", "0 or 1"),
    ("hammer", "0 or 1"),
    ("engulfing", "-1 bearish, 1 bullish"),
    ("hour_sin", "sine of the time of day (UTC) at the bar's close"),
    ("hour_cos", "cosine of it"),
    ("weekend", "1 where the bar's close falls on Saturday or Sunday (UTC)"),
];

pub const COUNT: usize = COLUMNS.len();

/// Column names in order.
pub const NAMES: [&str; COUNT] = {
    let mut names = [""; COUNT];
    let mut index = 0;
    while index < COUNT {
        names[index] = COLUMNS[index].0;
        index += 1;
    }
    names
};

const DAY: usize = 24;
const WEEK: usize = 168;

/// What the columns need besides the indicators.
#[derive(Clone, Debug)]
pub(super) struct Recent {
    close: Window,
    log_return: Window,
    volume: Window,
    obv: Window,
    ad: Window,
}

impl Recent {
    /// Bars (with indicators) until the windows are full.
    pub(super) const BARS_WITH_INDICATORS: usize = DAY + 1;

    pub(super) fn new() -> Self {
        Self {
            close: Window::new(WEEK + 1),
            log_return: Window::new(WEEK),
            volume: Window::new(WEEK),
            obv: Window::new(DAY + 1),
            ad: Window::new(DAY + 1),
        }
    }

    pub(super) fn push(&mut self, candle: &Candle) {
        if let Some(previous) = self.close.lag(0) {
            self.log_return.push((candle.close / previous).ln());
        }
        self.close.push(candle.close);
        self.volume.push(candle.volume);
    }

    pub(super) fn push_indicators(&mut self, indicators: &Indicators) {
        self.obv.push(indicators.obv);
        self.ad.push(indicators.ad);
    }

    /// `None` until the windows are full.
    pub(super) fn columns(&self, candle: &Candle, raw: &Indicators) -> Option<[f64; COUNT]> {
        let atr = raw.atr_14;
        let natr = atr / candle.close;
        let in_atr = |distance: f64| bounded(ratio(distance, atr), 20.0);
        let moved = |bars: usize| {
            let before = self.close.lag(bars)?;
            Some(bounded(ratio((candle.close / before).ln(), natr * (bars as f64).sqrt()), 10.0))
        };
        let day_volume = self.volume.sum(DAY);
        let week_volume = self.volume.sum(WEEK) / (WEEK / DAY) as f64;
        let flow = |window: &Window| Some(bounded(ratio(window.lag(0)? - window.lag(DAY)?, day_volume), 1.0));
        let (hour_sin, hour_cos, weekend) = season(candle.ts);
        Some([
            moved(1)?,
            moved(2)?,
            moved(4)?,
            moved(8)?,
            moved(24)?,
            moved(72)?,
            moved(168)?,
            in_atr(candle.close - raw.sma_20),
            in_atr(candle.close - raw.sma_50),
            in_atr(candle.close - raw.sma_200),
            in_atr(raw.macd),
            in_atr(raw.macd_histogram),
            bounded(raw.rsi_14 / 50.0 - 1.0, 1.0),
            bounded(raw.stoch_k / 50.0 - 1.0, 1.0),
            bounded((raw.stoch_k - raw.stoch_d) / 100.0, 1.0),
            bounded(raw.willr_14 / 50.0 + 1.0, 1.0),
            bounded(raw.adx_14 / 100.0, 1.0),
            bounded((raw.aroon_up_14 - raw.aroon_down_14) / 100.0, 1.0),
            bounded((raw.aroon_up_25 - raw.aroon_down_25) / 100.0, 1.0),
            bounded(2.0 * raw.bb_position - 1.0, 3.0),
            log_ratio(raw.bb_upper - raw.bb_lower, atr),
            flow(&self.obv)?,
            flow(&self.ad)?,
            bounded(ratio(raw.adosc, day_volume / DAY as f64), 10.0),
            log_ratio(candle.volume, week_volume / DAY as f64),
            log_ratio(day_volume, week_volume),
            log_ratio(raw.trange, atr),
            log_ratio(self.log_return.rms(DAY), self.log_return.rms(WEEK)),
            in_atr(candle.close - candle.open),
            bounded(ratio(2.0 * candle.close - candle.high - candle.low, candle.high - candle.low), 1.0),
            raw.cdl_doji / 100.0,
            raw.cdl_hammer / 100.0,
            raw.cdl_engulfing / 100.0,
            hour_sin,
            hour_cos,
            weekend,
        ])
    }
}

/// At the bar's close, which is when the row is known.
fn season(open: Timestamp) -> (f64, f64, f64) {
    let close = open.0.saturating_add(Timestamp::HOUR);
    let angle = (close % 86_400) as f64 / 86_400.0 * TAU;
    // 1970-01-01 was a Thursday: day 2 of the epoch is a Saturday.
    let weekend = matches!((close / 86_400) % 7, 2 | 3);
    (angle.sin(), angle.cos(), f64::from(u8::from(weekend)))
}

/// Cut to `-limit..=limit`; what is not a number carries no evidence.
fn bounded(value: f64, limit: f64) -> f64 {
    if value.is_nan() { 0.0 } else { value.clamp(-limit, limit) }
}

/// Zero where there is nothing to divide by.
fn ratio(numerator: f64, denominator: f64) -> f64 {
    if denominator > 0.0 { numerator / denominator } else { 0.0 }
}

/// Natural log of a ratio of two sizes, within -5..=5. Nothing against something is the lower
/// bound; anything against nothing is no evidence.
fn log_ratio(numerator: f64, denominator: f64) -> f64 {
    if denominator > 0.0 { bounded((numerator / denominator).ln(), 5.0) } else { 0.0 }
}
