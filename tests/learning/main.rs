//! Training, forecasting and evaluating: the same bits on any number of threads and after a
//! reload, and faults that are told.

mod commands;
mod market;
mod paths;
mod trading;
#[path = "../support/trading.rs"]
mod trading_support;

use shoal::{
    domain::{Asset, Frame, Reading, Timeframe},
    features::{engine::peers, inputs::INPUTS},
    io::artifact,
    pipeline::forecaster::{self, ModelSet, Settings, Subject, Table, Trained},
    units::Timestamp,
    validation::forecast::{Prediction, predict},
};

const BARS: usize = 2_700;
const WARM: usize = 500;
/// Hourly moves of a calm market.
const USUAL: f64 = 0.004;

fn subject() -> Subject {
    Subject { venue: "binance_perp".into(), asset: Asset::new("ETH"), timeframe: Timeframe::H1 }
}

/// ETH led by BTC, with one macro series that is known now and then.
fn frames() -> Vec<Frame> {
    let (own, btc) =
        (market::candles(1, BARS as u64, 2_000.0, USUAL), market::candles(2, BARS as u64, 40_000.0, USUAL));
    let count = peers("binance_perp", &Asset::new("ETH")).len();
    let frame = |bar: usize| {
        let mut peers = vec![None; count];
        peers[0] = (bar % 50 != 7).then_some(btc[bar]);
        let mut readings = vec![Reading::MISSING; INPUTS.len()];
        readings[0] = Reading { value: 50.0 + (bar / 24 % 30) as f64, age_hours: (bar % 24) as f64 };
        Frame { bar: own[bar], peers, readings }
    };
    (0..BARS).map(frame).collect()
}

fn at(bar: usize) -> Timestamp {
    Timestamp(market::START + 3_600 * bar as u64)
}

fn table(frames: &[Frame], to: usize) -> Table {
    forecaster::table(frames, Timeframe::H1, 1, at(WARM), at(to)).unwrap()
}

fn trained(table: &Table, threads: usize) -> ModelSet {
    let settings = Settings { folds: 2, sets: 1, ..Settings::new(1, 7, threads) };
    let trained = Trained { from: at(WARM), to: at(2_600), rows: table.rows.len() as u64, seed: 7, data: vec![] };
    forecaster::train(subject(), table, trained, &settings, &|_, _, _| {}).unwrap().set
}

fn bits(predictions: &[Prediction]) -> Vec<(u64, &str, u64, u64)> {
    let of = |p: &'_ Prediction| (p.ts.0, p.told.probability.to_bits(), p.told.lower.to_bits());
    predictions.iter().map(|p| (of(p).0, p.told.model.as_str(), of(p).1, of(p).2)).collect()
}

#[test]
fn training_and_reloading_give_the_same_bits() {
    let frames = frames();
    let table = table(&frames, 2_600);
    let set = trained(&table, 1);
    assert_eq!(set, trained(&table, 3), "on any number of threads");
    set.validate().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("set.model");
    artifact::write(&path, &set).unwrap();
    let reloaded: ModelSet = artifact::read(&path).unwrap();
    assert_eq!(reloaded, set);
    let (ours, theirs) = (
        predict(set.clone(), &frames, at(2_600), at(BARS)).unwrap(),
        predict(reloaded, &frames, at(2_600), at(BARS)).unwrap(),
    );
    assert_eq!(bits(&ours), bits(&theirs));
    assert_eq!(ours.len(), 6 * (BARS - 2_600), "five specialists and the ensemble");
    assert!(ours.iter().all(|p| p.told.probability > 0.0 && p.told.probability < 1.0));
    assert!(ours.iter().all(|p| (0.0..=p.told.probability).contains(&p.told.lower)));
    for damage in [
        |set: &mut ModelSet| set.features += 1,
        |set: &mut ModelSet| set.columns -= 1,
        |set: &mut ModelSet| set.horizon = 0,
        |set: &mut ModelSet| drop(set.specialists.remove(0)),
        |set: &mut ModelSet| set.familiar.push(u16::MAX),
    ] {
        let mut damaged = set.clone();
        damage(&mut damaged);
        assert!(damaged.validate().is_err());
    }
}
