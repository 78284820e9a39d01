//! Features and model on real candles, where they are at hand (see the data folder's layout).

#[path = "support/data.rs"]
mod data;

use std::io::Read;

use data::data;
use shoal::{
    domain::Candle,
    features::{set, target},
    models::direction::{Params, train},
    units::Timestamp,
};

fn candles(file: &str) -> Option<Vec<Candle>> {
    let path = data(file)?;
    let mut text = String::new();
    flate2::read::GzDecoder::new(std::fs::File::open(path).unwrap()).read_to_string(&mut text).unwrap();
    let row = |line: &str| {
        let cells: Vec<f64> = line.split(',').take(6).map(|cell| cell.parse().unwrap()).collect();
        let [ts, open, high, low, close, volume] = cells[..] else { panic!("six columns: {line}") };
        Candle { ts: Timestamp(ts as u64), open, high, low, close, volume }
    };
    Some(text.lines().skip(1).map(row).collect())
}

#[test]
fn seven_years_with_outages_and_tradeless_hours_give_finite_rows() {
    let Some(all) = candles("candles/binance_spot/ETHUSDT_1h.csv.gz") else {
        println!("skipped: no Binance spot candles");
        return;
    };
    let samples = target::samples(&all, 12).unwrap();
    assert!(samples.len() > 60_000);
    for sample in &samples {
        for (name, value) in set::NAMES.iter().zip(&sample.row.values) {
            assert!(value.is_finite(), "{name} at {}", sample.row.ts);
        }
        assert!(sample.forward_return.is_finite() && sample.row.atr > 0.0);
    }
}

/// A year of two assets, October 2020 to September 2021, and the month after it.
#[test]
fn a_year_trains_to_probabilities_near_the_truth() {
    let load = |symbol: &str| candles(&format!("candles/binance_perp/{symbol}USDT_1h.csv.gz"));
    let (Some(eth), Some(btc)) = (load("ETH"), load("BTC")) else {
        println!("skipped: no Binance perpetual candles");
        return;
    };
    let at = |time: &str| time.parse::<Timestamp>().unwrap();
    let all = target::pooled(&[&eth, &btc], 12).unwrap();
    let within = |from: Timestamp, to: Timestamp| {
        all.iter().filter(|s| s.row.ts >= from && s.row.ts < to).cloned().collect::<Vec<_>>()
    };
    let start = at("2021-10-01");
    let year = within(at("2020-10-01"), start.minus(12 * 3_600));
    let trained = train(&year, &Params::default()).unwrap();
    let report = trained.report();
    assert!(report.log_loss < report.base_log_loss + 0.02, "{report:?}");
    for sample in within(start, at("2021-11-01")) {
        let forecast = trained.predict(&sample.row).unwrap();
        assert!((0.2..0.8).contains(&forecast.probability_up), "hourly direction is hardly predictable: {forecast:?}");
        assert!(forecast.gain > 0.001 && forecast.gain < 0.2 && forecast.loss > 0.001 && forecast.loss < 0.2);
    }
}
