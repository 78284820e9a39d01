//! The spread between a pool's bars and the exchanges', as the import derives it.

use std::{fs, io::Read, os::unix::fs::symlink, path::Path};

use flate2::read::MultiGzDecoder;
use serde_json::Value;
use shoal::{
    domain::{CandleSeries, Timeframe},
    units::Timestamp,
};
use tempfile::TempDir;

use crate::{
    data::data,
    folder::{POOL, STORE, held, import, put},
    store::{json, rows},
};

/// The lines of a real file of candles that open on 2024-01-05.
fn day_of(path: &Path) -> String {
    let mut text = String::new();
    MultiGzDecoder::new(fs::File::open(path).unwrap()).read_to_string(&mut text).unwrap();
    let day = "2024-01-05".parse::<Timestamp>().unwrap();
    let of_day = |line: &&str| Timestamp(line.split(',').next().unwrap().parse().unwrap()).since(day) < 86_400;
    let lines = text.lines().skip(1).skip_while(|line| line.split(',').next().unwrap() < day.0.to_string().as_str());
    let lines = lines.take_while(of_day).map(|line| line.split(',').take(6).collect::<Vec<_>>().join(","));
    format!("ts,open,high,low,close,volume\n{}\n", lines.collect::<Vec<_>>().join("\n"))
}

/// A folder with the real logs of 2024-01-05 and the day's candles of three venues.
pub(crate) fn real_day(real: &Path) -> TempDir {
    let log = format!("dex/univ3_usdc_weth_005_{}_2024-01-05.raw_logs.csv.gz", format!("{POOL:?}").to_lowercase());
    let dir = TempDir::new().unwrap();
    let path = dir.path();
    // No venue in dollars has that day in the folder: the perpetual's candles stand in for one.
    let venues = [
        ("binance_spot/ETHUSDT", "binance_spot/ETHUSDT"),
        ("binance_perp/ETHUSDT", "binance_perp/ETHUSDT"),
        ("kraken_spot/ETHUSD", "binance_perp/ETHUSDT"),
    ];
    for (to, from) in venues {
        let day = day_of(&real.join(format!("candles/{from}_1h.csv.gz")));
        put(path, &[(&format!("candles/{to}_1h.csv"), &day)]);
    }
    fs::create_dir_all(path.join("data/dex")).unwrap();
    symlink(real.canonicalize().unwrap().join(&log), path.join("data").join(&log)).unwrap();
    dir
}

#[test]
fn the_spread_of_a_real_day_is_a_series_for_each_unit() {
    let Some(real) = data("") else { return };
    let dir = real_day(&real);
    let path = dir.path();
    let config = concat!("--config=", env!("CARGO_MANIFEST_DIR"), "/config/mainnet.toml");
    let imported = json(&import(path, &[config]));
    let report = |imported: &Value| {
        let mut derived = imported["derived"].as_array().unwrap().iter();
        derived.find(|report| report["job"] == "spread 1/usdc-weth-005 1h").unwrap().clone()
    };
    // 22 whole bars of the pool, two units, and in each a consensus and a spread.
    assert_eq!(rows(&report(&imported)), [88, 0, 0], "{imported}");
    for (unit, venue) in [("ETHUSDT", "binance_spot"), ("ETHUSD", "kraken_spot")] {
        let (bars, spreads, ..) = held(path, STORE, &format!("pool:usdc-weth-005:spread:{unit}:1h"));
        let (_, prices, ..) = held(path, STORE, &format!("consensus:{unit}:1h"));
        let of = |venue: &str, symbol: &str| {
            let (venue, symbol) = (venue.to_owned(), symbol.to_owned());
            bars[&CandleSeries { venue, symbol, timeframe: Timeframe::H1 }].clone()
        };
        let (pool, exchange) = (of("usdc-weth-005", "ETHUSDC"), of(venue, unit));
        assert_eq!((pool.len(), spreads.len(), prices.len()), (22, 22, 22));
        for ((spread, price), bar) in spreads.iter().zip(&prices).zip(&pool) {
            let other = exchange.iter().find(|known| known.candle.ts == bar.candle.ts).unwrap();
            let close = bar.candle.ts.plus(3_600);
            assert_eq!((spread.ts, price.ts), (close, close));
            // The pool's bar is told by a later block than the exchange's close.
            assert_eq!((price.known_at, spread.known_at), (other.known_at, bar.known_at));
            assert!(bar.known_at > other.known_at);
            assert!((price.value / other.candle.close - 1.0).abs() < 1e-12);
            let expected = 1e4 * (bar.candle.close / other.candle.close).ln();
            assert!((spread.value - expected).abs() < 1e-6, "{spread:?}, {expected}");
        }
        let mut sizes: Vec<f64> = spreads.iter().map(|spread| spread.value.abs()).collect();
        sizes.sort_by(f64::total_cmp);
        let median = f64::midpoint(sizes[10], sizes[11]);
        println!("median size of the spread to {unit}: {median:.2} bp");
        if unit == "ETHUSDT" {
            assert!((5.5..6.5).contains(&median), "{median}");
        }
    }
    // Nothing came in since: nothing is compared again.
    assert_eq!(rows(&report(&json(&import(path, &[config])))), [0, 0, 0]);
}
