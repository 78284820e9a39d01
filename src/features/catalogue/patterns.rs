//! TA-Lib's candlestick patterns, with its own thresholds for what is long, short and near. The
//! parameter that some take is the penetration: how far into the first body the last one closes.

use super::entry::{Indicator, talib};

pub(super) const PATTERNS: &[Indicator] = talib! {
    cdl2crows(open, high, low, close) {
        cdl_2crows: "-100 or 0", "Two Crows";
    }
    cdl3blackcrows(open, high, low, close) {
        cdl_3blackcrows: "-100 or 0", "Three Black Crows";
    }
    cdl3inside(open, high, low, close) {
        cdl_3inside: "-100, 0 or 100", "Three Inside Up/Down";
    }
    cdl3linestrike(open, high, low, close) {
        cdl_3linestrike: "-100, 0 or 100", "Three-Line Strike";
    }
    cdl3outside(open, high, low, close) {
        cdl_3outside: "-100, 0 or 100", "Three Outside Up/Down";
    }
    cdl3starsinsouth(open, high, low, close) {
        cdl_3starsinsouth: "0 or 100", "Three Stars In The South";
    }
    cdl3whitesoldiers(open, high, low, close) {
        cdl_3whitesoldiers: "0 or 100", "Three Advancing White Soldiers";
    }
    cdlabandonedbaby(open, high, low, close; 0.3) {
        cdl_abandonedbaby: "-100, 0 or 100", "Abandoned Baby";
    }
    cdladvanceblock(open, high, low, close) {
        cdl_advanceblock: "-100 or 0", "Advance Block";
    }
    cdlbelthold(open, high, low, close) {
        cdl_belthold: "-100, 0 or 100", "Belt-hold";
    }
    cdlbreakaway(open, high, low, close) {
        cdl_breakaway: "-100, 0 or 100", "Breakaway";
    }
    cdlclosingmarubozu(open, high, low, close) {
        cdl_closingmarubozu: "-100, 0 or 100", "Closing Marubozu";
    }
    cdlconcealbabyswall(open, high, low, close) {
        cdl_concealbabyswall: "0 or 100", "Concealing Baby Swallow";
    }
    cdlcounterattack(open, high, low, close) {
        cdl_counterattack: "-100, 0 or 100", "Counterattack";
    }
    cdldarkcloudcover(open, high, low, close; 0.5) {
        cdl_darkcloudcover: "-100 or 0", "Dark Cloud Cover";
    }
    cdldoji(open, high, low, close) {
        cdl_doji: "0 or 100", "Doji";
    }
    cdldojistar(open, high, low, close) {
        cdl_dojistar: "-100, 0 or 100", "Doji Star";
    }
    cdldragonflydoji(open, high, low, close) {
        cdl_dragonflydoji: "0 or 100", "Dragonfly Doji";
    }
    cdlengulfing(open, high, low, close) {
        cdl_engulfing: "0, 80 or 100, either sign", "Engulfing; 80 where one end of the bodies coincides";
    }
    cdleveningdojistar(open, high, low, close; 0.3) {
        cdl_eveningdojistar: "-100 or 0", "Evening Doji Star";
    }
    cdleveningstar(open, high, low, close; 0.3) {
        cdl_eveningstar: "-100 or 0", "Evening Star";
    }
    cdlgapsidesidewhite(open, high, low, close) {
        cdl_gapsidesidewhite: "-100, 0 or 100", "Up/Down-gap side-by-side white lines";
    }
    cdlgravestonedoji(open, high, low, close) {
        cdl_gravestonedoji: "0 or 100", "Gravestone Doji";
    }
    cdlhammer(open, high, low, close) {
        cdl_hammer: "0 or 100", "Hammer";
    }
    cdlhangingman(open, high, low, close) {
        cdl_hangingman: "-100 or 0", "Hanging Man";
    }
    cdlharami(open, high, low, close) {
        cdl_harami: "0, 80 or 100, either sign", "Harami; 80 where one end of the bodies coincides";
    }
    cdlharamicross(open, high, low, close) {
        cdl_haramicross: "0, 80 or 100, either sign", "Harami Cross; 80 where one end of the bodies coincides";
    }
    cdlhighwave(open, high, low, close) {
        cdl_highwave: "-100, 0 or 100", "High-Wave Candle";
    }
    cdlhikkake(open, high, low, close) {
        cdl_hikkake: "0, 100 or 200, either sign", "Hikkake; 200 on the bar that confirms it";
    }
    cdlhikkakemod(open, high, low, close) {
        cdl_hikkakemod: "0, 100 or 200, either sign", "Modified Hikkake; 200 on the bar that confirms it";
    }
    cdlhomingpigeon(open, high, low, close) {
        cdl_homingpigeon: "0 or 100", "Homing Pigeon";
    }
    cdlidentical3crows(open, high, low, close) {
        cdl_identical3crows: "-100 or 0", "Identical Three Crows";
    }
    cdlinneck(open, high, low, close) {
        cdl_inneck: "-100 or 0", "In-Neck";
    }
    cdlinvertedhammer(open, high, low, close) {
        cdl_invertedhammer: "0 or 100", "Inverted Hammer";
    }
    cdlkicking(open, high, low, close) {
        cdl_kicking: "-100, 0 or 100", "Kicking";
    }
    cdlkickingbylength(open, high, low, close) {
        cdl_kickingbylength: "-100, 0 or 100", "Kicking, its side that of the longer marubozu";
    }
    cdlladderbottom(open, high, low, close) {
        cdl_ladderbottom: "0 or 100", "Ladder Bottom";
    }
    cdllongleggeddoji(open, high, low, close) {
        cdl_longleggeddoji: "0 or 100", "Long Legged Doji";
    }
    cdllongline(open, high, low, close) {
        cdl_longline: "-100, 0 or 100", "Long Line Candle";
    }
    cdlmarubozu(open, high, low, close) {
        cdl_marubozu: "-100, 0 or 100", "Marubozu";
    }
    cdlmatchinglow(open, high, low, close) {
        cdl_matchinglow: "0 or 100", "Matching Low";
    }
    cdlmathold(open, high, low, close; 0.5) {
        cdl_mathold: "0 or 100", "Mat Hold";
    }
    cdlmorningdojistar(open, high, low, close; 0.3) {
        cdl_morningdojistar: "0 or 100", "Morning Doji Star";
    }
    cdlmorningstar(open, high, low, close; 0.3) {
        cdl_morningstar: "0 or 100", "Morning Star";
    }
    cdlonneck(open, high, low, close) {
        cdl_onneck: "-100 or 0", "On-Neck";
    }
    cdlpiercing(open, high, low, close) {
        cdl_piercing: "0 or 100", "Piercing";
    }
    cdlrickshawman(open, high, low, close) {
        cdl_rickshawman: "0 or 100", "Rickshaw Man";
    }
    cdlrisefall3methods(open, high, low, close) {
        cdl_risefall3methods: "-100, 0 or 100", "Rising/Falling Three Methods";
    }
    cdlseparatinglines(open, high, low, close) {
        cdl_separatinglines: "-100, 0 or 100", "Separating Lines";
    }
    cdlshootingstar(open, high, low, close) {
        cdl_shootingstar: "-100 or 0", "Shooting Star";
    }
    cdlshortline(open, high, low, close) {
        cdl_shortline: "-100, 0 or 100", "Short Line Candle";
    }
    cdlspinningtop(open, high, low, close) {
        cdl_spinningtop: "-100, 0 or 100", "Spinning Top";
    }
    cdlstalledpattern(open, high, low, close) {
        cdl_stalledpattern: "-100 or 0", "Stalled";
    }
    cdlsticksandwich(open, high, low, close) {
        cdl_sticksandwich: "0 or 100", "Stick Sandwich";
    }
    cdltakuri(open, high, low, close) {
        cdl_takuri: "0 or 100", "Takuri (Dragonfly Doji with very long lower shadow)";
    }
    cdltasukigap(open, high, low, close) {
        cdl_tasukigap: "-100, 0 or 100", "Tasuki Gap";
    }
    cdlthrusting(open, high, low, close) {
        cdl_thrusting: "-100 or 0", "Thrusting";
    }
    cdltristar(open, high, low, close) {
        cdl_tristar: "-100, 0 or 100", "Tristar";
    }
    cdlunique3river(open, high, low, close) {
        cdl_unique3river: "0 or 100", "Unique 3 River";
    }
    cdlupsidegap2crows(open, high, low, close) {
        cdl_upsidegap2crows: "-100 or 0", "Upside Gap Two Crows";
    }
    cdlxsidegap3methods(open, high, low, close) {
        cdl_xsidegap3methods: "-100, 0 or 100", "Upside/Downside Gap Three Methods";
    }
};
