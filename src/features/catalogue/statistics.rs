//! Regressions, correlations and extremes over a window, and prices made of a bar's prices.

use super::entry::{Indicator, talib};

pub(super) const STATISTICS: &[Indicator] = talib! {
    linearreg(close; 14) {
        linearreg_14: "price", "end of the regression line of 14 closes";
    }
    linearreg_slope(close; 14) {
        linearreg_slope_14: "price a bar", "slope of that line";
    }
    linearreg_intercept(close; 14) {
        linearreg_intercept_14: "price", "start of that line";
    }
    linearreg_angle(close; 14) {
        linearreg_angle_14: "degrees", "arc tangent of the slope";
    }
    tsf(close; 14) {
        tsf_14: "price", "that line one bar ahead";
    }
    correl(high, low; 30) {
        correl_30: "-1..1", "Pearson's correlation of high and low over 30 bars";
    }
    correl(close, volume; 30) {
        correl_volume_30: "-1..1", "Pearson's correlation of close and volume over 30 bars";
    }
    beta(high, low; 5) {
        beta_5: "ratio", "slope of the low's returns on the high's, 5 bars";
    }
    max(close; 20) {
        max_20: "price", "highest close of 20 bars";
    }
    min(close; 20) {
        min_20: "price", "lowest close of 20 bars";
    }
};

pub(super) const PRICE: &[Indicator] = talib! {
    avgprice(open, high, low, close) {
        avgprice: "price", "(open + high + low + close) / 4";
    }
    medprice(high, low) {
        medprice: "price", "(high + low) / 2";
    }
    typprice(high, low, close) {
        typprice: "price", "(high + low + close) / 3";
    }
    wclprice(high, low, close) {
        wclprice: "price", "(high + low + 2 close) / 4";
    }
    ha(open, high, low, close) {
        ha_open: "price", "Heikin-Ashi open";
        ha_high: "price", "Heikin-Ashi high";
        ha_low: "price", "Heikin-Ashi low";
        ha_close: "price", "Heikin-Ashi close";
    }
};
