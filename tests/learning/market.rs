//! A made-up market: hourly candles of some assets that follow one another a little.

use std::{fs, path::Path};

use shoal::{domain::Candle, units::Timestamp};

pub(super) const START: u64 = 1_646_956_800;
const HOUR: u64 = 3_600;

/// `bars` candles. Moves turn back a little, sizes follow the time of day: there is something to
/// learn, and not much. `usual` is the order of the moves, as a fraction of the price.
pub(super) fn candles(seed: u64, bars: u64, mut price: f64, usual: f64) -> Vec<Candle> {
    let mut state = 12_345 + 1_000_003 * seed;
    let mut draw = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as f64 / 2f64.powi(31)
    };
    let mut last = 0.0;
    let mut candle = |bar: u64| {
        let size = usual * (1.5 + ((bar % 24) as f64 / 24.0 * std::f64::consts::TAU).sin());
        last = (draw() + draw() - 1.0) * size - 0.4 * last;
        let open = price;
        price *= 1.0 + last;
        Candle {
            ts: Timestamp(START + HOUR * bar),
            open,
            high: open.max(price) * (1.0 + draw() * size / 2.0),
            low: open.min(price) * (1.0 - draw() * size / 2.0),
            close: price,
            volume: 1_000.0 * (0.2 + draw()) * size / usual,
        }
    };
    (0..bars).map(&mut candle).collect()
}

/// The candles as a file of a data folder.
pub(super) fn write(dir: &Path, venue: &str, symbol: &str, candles: &[Candle]) {
    let folder = dir.join("candles").join(venue);
    fs::create_dir_all(&folder).unwrap();
    let mut text = String::from("ts,open,high,low,close,volume\n");
    for Candle { ts, open, high, low, close, volume } in candles {
        text.push_str(&format!("{},{open},{high},{low},{close},{volume}\n", ts.0));
    }
    fs::write(folder.join(format!("{symbol}_1h.csv")), text).unwrap();
}
