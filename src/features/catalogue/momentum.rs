//! How far and how steadily the price has moved.

use ta_lib::MAType;

use super::entry::{Indicator, talib};

pub(super) const MOMENTUM: &[Indicator] = talib! {
    rsi(close; 14) {
        rsi_14: "0..100", "Wilder's relative strength index";
    }
    stoch(high, low, close; 14, 3, MAType::SMA, 3, MAType::SMA) {
        stoch_k: "0..100", "slow stochastic %K: close within the range of 14 bars, mean of 3";
        stoch_d: "0..100", "slow stochastic %D: mean of 3 %K";
    }
    stochf(high, low, close; 14, 3, MAType::SMA) {
        stochf_k: "0..100", "fast stochastic %K: close within the range of 14 bars";
        stochf_d: "0..100", "fast stochastic %D: mean of 3 %K";
    }
    stochrsi(close; 14, 14, 3, MAType::SMA) {
        stochrsi_k: "0..100", "RSI 14 within its own range of 14 bars";
        stochrsi_d: "0..100", "mean of 3 of it";
    }
    macd(close; 12, 26, 9) {
        macd: "price", "EMA 12 less EMA 26";
        macd_signal: "price", "EMA 9 of the line";
        macd_histogram: "price", "the line less its signal";
    }
    ppo(close; 12, 26, MAType::EMA) {
        ppo: "percent", "EMA 12 above EMA 26, of EMA 26";
    }
    apo(close; 12, 26, MAType::SMA) {
        apo: "price", "SMA 12 less SMA 26";
    }
    adx(high, low, close; 14) {
        adx_14: "0..100", "average directional index: strength of a trend, either way";
    }
    adxr(high, low, close; 14) {
        adxr_14: "0..100", "mean of ADX now and 13 bars before";
    }
    dx(high, low, close; 14) {
        dx_14: "0..100", "directional index before it is averaged";
    }
    plus_di(high, low, close; 14) {
        plus_di_14: "0..100", "upward directional indicator";
    }
    minus_di(high, low, close; 14) {
        minus_di_14: "0..100", "downward directional indicator";
    }
    plus_dm(high, low; 14) {
        plus_dm_14: "price", "upward directional movement, Wilder's sum of 14 bars";
    }
    minus_dm(high, low; 14) {
        minus_dm_14: "price", "downward directional movement, Wilder's sum of 14 bars";
    }
    aroon(high, low; 14) {
        aroon_down_14: "0..100", "how lately the lowest low of 14 bars was";
        aroon_up_14: "0..100", "how lately the highest high of 14 bars was";
    }
    aroon(high, low; 25) {
        aroon_down_25: "0..100", "how lately the lowest low of 25 bars was";
        aroon_up_25: "0..100", "how lately the highest high of 25 bars was";
    }
    aroonosc(high, low; 14) {
        aroonosc_14: "-100..100", "Aroon up less Aroon down";
    }
    vortex(high, low, close; 14) {
        vortex_plus_14: "ratio", "upward vortex movement of true range";
        vortex_minus_14: "ratio", "downward vortex movement of true range";
    }
    cci(high, low, close; 20) {
        cci_20: "mean deviations / 0.015", "typical price above its mean of 20 bars";
    }
    cmo(close; 14) {
        cmo_14: "-100..100", "Chande's momentum oscillator, Wilder's smoothing";
    }
    mfi(high, low, close, volume; 14) {
        mfi_14: "0..100", "money flow index: RSI of price times volume";
    }
    imi(open, close; 14) {
        imi_14: "0..100", "intraday momentum index: gains within bars of all moves within bars";
    }
    mom(close; 10) {
        mom_10: "price", "close less the close 10 bars before";
    }
    roc(close; 10) {
        roc_10: "percent", "change over 10 bars";
    }
    trix(close; 15) {
        trix_15: "percent", "1-bar change of a triple EMA 15";
    }
    tsi(close; 25, 13) {
        tsi: "-100..100", "true strength index: momentum smoothed by EMA 25 and 13";
    }
    ultosc(high, low, close; 7, 14, 28) {
        ultosc: "0..100", "ultimate oscillator of 7, 14 and 28 bars";
    }
    willr(high, low, close; 14) {
        willr_14: "-100..0", "Williams' %R: close within the range of 14 bars";
    }
    bop(open, high, low, close) {
        bop: "-1..1", "balance of power: the body of the bar's range";
    }
    ao(high, low; 5, 34) {
        ao: "price", "awesome oscillator: mean middle of 5 bars less that of 34";
    }
};
