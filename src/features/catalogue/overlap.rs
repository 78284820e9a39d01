//! Averages, bands and stops that lie over the price.

use ta_lib::MAType;

use super::entry::{Indicator, talib};

pub(super) const OVERLAP: &[Indicator] = talib! {
    sma(close; 20) {
        sma_20: "price", "simple moving average of 20 bars";
    }
    sma(close; 50) {
        sma_50: "price", "simple moving average of 50 bars";
    }
    sma(close; 200) {
        sma_200: "price", "simple moving average of 200 bars";
    }
    ema(close; 12) {
        ema_12: "price", "exponential moving average, weight 2/13";
    }
    ema(close; 26) {
        ema_26: "price", "exponential moving average, weight 2/27";
    }
    ema(close; 50) {
        ema_50: "price", "exponential moving average, weight 2/51";
    }
    wma(close; 20) {
        wma_20: "price", "linearly weighted moving average of 20 bars";
    }
    dema(close; 20) {
        dema_20: "price", "double exponential moving average";
    }
    tema(close; 20) {
        tema_20: "price", "triple exponential moving average";
    }
    trima(close; 20) {
        trima_20: "price", "triangular moving average of 20 bars";
    }
    kama(close; 30) {
        kama_30: "price", "Kaufman's adaptive moving average, efficiency over 30 bars";
    }
    t3(close; 5, 0.7) {
        t3_5: "price", "Tillson's T3, volume factor 0.7";
    }
    mama(close; 0.5, 0.05) {
        mama: "price", "MESA adaptive moving average, limits 0.5 and 0.05";
        fama: "price", "the average that follows it";
    }
    hma(close; 20) {
        hma_20: "price", "Hull moving average";
    }
    zlema(close; 20) {
        zlema_20: "price", "zero-lag exponential moving average";
    }
    ht_trendline(close) {
        ht_trendline: "price", "Hilbert transform's instantaneous trend line";
    }
    midpoint(close; 14) {
        midpoint_14: "price", "middle of the highest and lowest close of 14 bars";
    }
    midprice(high, low; 14) {
        midprice_14: "price", "middle of the highest high and lowest low of 14 bars";
    }
    sar(high, low; 0.02, 0.2) {
        sar: "price", "parabolic stop and reverse, step 0.02 up to 0.2";
    }
    supertrend(high, low, close; 10, 3.0) {
        supertrend: "price", "trailing stop 3 ATRs of 10 bars from the middle of the bar";
        supertrend_side: "-1 or 1", "1 where the price is above the stop";
    }
    bbands(close; 20, 2.0, 2.0, MAType::SMA) {
        bb_upper: "price", "Bollinger: mean of 20 bars plus 2 population standard deviations";
        bb_middle: "price", "Bollinger: mean of 20 bars";
        bb_lower: "price", "Bollinger: mean of 20 bars minus 2 population standard deviations";
    }
    accbands(high, low, close; 20) {
        accbands_upper: "price", "acceleration band of 20 bars, upper";
        accbands_middle: "price", "acceleration band, mean close of 20 bars";
        accbands_lower: "price", "acceleration band of 20 bars, lower";
    }
    donchian(high, low; 20) {
        donchian_upper: "price", "highest high of 20 bars";
        donchian_middle: "price", "middle of the channel";
        donchian_lower: "price", "lowest low of 20 bars";
    }
};
