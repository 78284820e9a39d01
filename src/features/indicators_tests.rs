use ta_lib::{Core, MAType};

use super::*;
use crate::features::{synthetic::walk, window::Columns};

/// Streaming must give the bits that the batch function gives over the same bars.
#[test]
fn streaming_equals_batch_bit_for_bit() {
    let candles = walk(900, 11);
    let mut bars = Columns::default();
    let mut stream = IndicatorStream::new();
    let mut rows = Vec::new();
    for candle in &candles {
        bars.push(candle);
        rows.extend(stream.push(candle).unwrap());
    }
    assert_eq!(rows.len(), candles.len() - WARMUP_BARS + 1);
    let batch = batch(&bars);
    assert_eq!(batch.len(), Indicators::COUNT - 2, "all but the two of our own making");
    for (name, column) in batch {
        let index = Indicators::NAMES.iter().position(|known| *known == name).unwrap();
        for (row, expected) in rows.iter().zip(&column[WARMUP_BARS - 1..]) {
            let streamed = row.values()[index];
            assert_eq!(streamed.to_bits(), expected.to_bits(), "{name} at {}: {streamed} {expected}", row.ts);
        }
    }
}

/// TA-Lib's batch functions, each column as long as the input, NaN in its warm-up.
fn batch(bars: &Columns) -> Vec<(&'static str, Vec<f64>)> {
    let core = Core::new();
    let Columns { open: o, high: h, low: l, close: c, volume: v } = bars;
    let n = c.len();
    let end = n - 1;
    let mut all = Vec::new();
    macro_rules! one {
        ($name:literal, $function:ident, $($arg:expr),*) => {{
            let mut out = vec![Default::default(); n];
            let range = core.$function(0, end, $($arg,)* &mut out).unwrap();
            let mut column = vec![f64::NAN; range.beg_idx];
            column.extend(out[..range.count].iter().map(|value| f64::from(*value)));
            all.push(($name, column));
        }};
    }
    macro_rules! many {
        ([$($name:literal),*], $function:ident($($arg:expr),*), $($out:ident),*) => {{
            $(let mut $out = vec![0.0; n];)*
            let range = core.$function(0, end, $($arg,)* $(&mut $out),*).unwrap();
            for (name, out) in [$($name),*].into_iter().zip([$($out),*]) {
                let mut column = vec![f64::NAN; range.beg_idx];
                column.extend(&out[..range.count]);
                all.push((name, column));
            }
        }};
    }
    one!("sma_20", sma, c, 20);
    one!("sma_50", sma, c, 50);
    one!("sma_200", sma, c, 200);
    one!("ema_12", ema, c, 12);
    one!("ema_26", ema, c, 26);
    one!("rsi_14", rsi, c, 14);
    many!(["stoch_k", "stoch_d"], stoch(h, l, c, 14, 3, MAType::SMA, 3, MAType::SMA), k, d);
    one!("willr_14", willr, h, l, c, 14);
    many!(["macd", "macd_signal", "macd_histogram"], macd(c, 12, 26, 9), line, signal, histogram);
    one!("adx_14", adx, h, l, c, 14);
    many!(["aroon_down_14", "aroon_up_14"], aroon(h, l, 14), down, up);
    many!(["aroon_down_25", "aroon_up_25"], aroon(h, l, 25), down, up);
    one!("obv", obv, c, v);
    one!("ad", ad, h, l, c, v);
    one!("adosc", adosc, h, l, c, v, 3, 10);
    one!("atr_14", atr, h, l, c, 14);
    one!("natr_14", natr, h, l, c, 14);
    one!("trange", trange, h, l, c);
    many!(["bb_upper", "bb_middle", "bb_lower"], bbands(c, 20, 2.0, 2.0, MAType::SMA), upper, middle, lower);
    one!("mom_10", mom, c, 10);
    one!("roc_10", roc, c, 10);
    one!("ppo", ppo, c, 12, 26, MAType::EMA);
    one!("cdl_doji", cdldoji, o, h, l, c);
    one!("cdl_hammer", cdlhammer, o, h, l, c);
    one!("cdl_engulfing", cdlengulfing, o, h, l, c);
    all
}

#[test]
fn names_and_units_are_unique_and_told() {
    let mut names = Indicators::NAMES.to_vec();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Indicators::COUNT);
    assert!(Indicators::UNITS.iter().all(|unit| !unit.is_empty()));
}
