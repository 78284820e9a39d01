//! A data folder of a made-up market that moves enough to be traded, and small model sets of it.

use std::path::{Path, PathBuf};

use shoal::{
    config::{Config, Environment, sources::Sources},
    domain::{Asset, Candle, Timeframe},
    io::{artifact, data::Folder},
    pipeline::forecaster::{Settings, Subject},
    service::{learning::Past, models::Models, scenario::Wanted},
    units::Timestamp,
};

use super::market;

pub(super) const VENUE: &str = "binance_perp";
const BARS: u64 = 2_800;
/// Moves of this order are worth their costs where they can be foretold a little.
const WILD: f64 = 0.015;
/// Where the training ends and the trading begins.
pub(super) const SPLIT: usize = 2_600;

pub(super) fn at(bar: usize) -> Timestamp {
    Timestamp(market::START + 3_600 * bar as u64)
}

pub(super) fn config() -> Config {
    Config::embedded_demo(&Environment::default()).unwrap()
}

pub(super) fn sources() -> Sources {
    Sources::load(None, &Environment::default()).unwrap()
}

pub(super) fn subject(asset: &str) -> Subject {
    Subject { venue: VENUE.into(), asset: Asset::new(asset), timeframe: Timeframe::H1 }
}

/// The candles of both markets, by symbol.
pub(super) fn candles() -> [(&'static str, Vec<Candle>); 2] {
    [("ETHUSDT", market::candles(1, BARS, 2_000.0, WILD)), ("BTCUSDT", market::candles(2, BARS, 40_000.0, WILD))]
}

/// Writes the candles and a model file for each market into `dir`.
pub(super) fn prepared(dir: &Path) -> Vec<PathBuf> {
    for (symbol, candles) in candles() {
        market::write(dir, VENUE, symbol, &candles);
    }
    let folder = Folder::open(dir).unwrap();
    let train = |asset: &str| {
        let past = Past::read(&folder, subject(asset), &sources()).unwrap();
        let (from, to) = (at(500), at(SPLIT));
        let settings = Settings { folds: 2, sets: 1, ..Settings::new(1, 7, 2) };
        let learned = past.train(&past.table(1, from, to).unwrap(), (from, to), &settings, &|_, _, _| {}).unwrap();
        let path = dir.join(format!("{asset}.model"));
        artifact::write(&path, &learned.set).unwrap();
        path
    };
    vec![train("ETH"), train("BTC")]
}

/// `hours` hours after the training.
pub(super) fn wanted(dir: &Path, files: &[PathBuf], hours: usize) -> Wanted {
    let models = Models::read(files, &config().markets, None, sources()).unwrap();
    Wanted {
        data: Some(dir.to_owned()),
        from: Some(at(SPLIT)),
        to: Some(at(SPLIT + hours)),
        models: Some(models),
        ..Wanted::default()
    }
}
