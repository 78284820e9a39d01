//! How widely the price swings.

use ta_lib::MAType;

use super::entry::{Indicator, talib};

pub(super) const VOLATILITY: &[Indicator] = talib! {
    trange(high, low, close) {
        trange: "price", "true range: the bar and the gap to the last close";
    }
    atr(high, low, close; 14) {
        atr_14: "price", "average true range, Wilder's smoothing";
    }
    natr(high, low, close; 14) {
        natr_14: "percent of close", "average true range of the close";
    }
    stddev(close; 20, 1.0) {
        stddev_20: "price", "population standard deviation of 20 closes";
    }
    var(close; 20, 1.0) {
        var_20: "price squared", "population variance of 20 closes";
    }
    avgdev(close; 14) {
        avgdev_14: "price", "mean absolute deviation of 14 closes from their mean";
    }
    bbw(close; 20, 2.0, 2.0, MAType::SMA) {
        bbw: "percent of the middle", "width of the Bollinger bands";
    }
    percentb(close; 20, 2.0, 2.0, MAType::SMA) {
        percentb: "fraction of the band", "close within the Bollinger bands, 0 at the lower, 0.5 where they meet";
    }
    massi(high, low; 9, 25) {
        massi: "bars", "mass index: sum over 25 bars of EMA 9 of the range over its own EMA 9";
    }
};
