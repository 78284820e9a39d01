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
    what_is_said_does_not_depend_on_when_it_was_asked(&set, &frames, &ours);
    for damage in [
        |set: &mut ModelSet| set.features += 1,
        |set: &mut ModelSet| set.columns -= 1,
        |set: &mut ModelSet| set.horizon = 0,
        |set: &mut ModelSet| drop(set.specialists.remove(0)),
        |set: &mut ModelSet| set.familiar.push(u16::MAX),
        |set: &mut ModelSet| set.online_columns.0.truncate(1),
        |set: &mut ModelSet| set.online_columns.0[0] = u16::MAX,
    ] {
        let mut damaged = set.clone();
        damage(&mut damaged);
        assert!(damaged.validate().is_err());
    }
}

/// The ensemble learns from every bar since its training, whoever asked; and from none before, nor
/// from one whose hour is missing.
fn what_is_said_does_not_depend_on_when_it_was_asked(set: &ModelSet, frames: &[Frame], all: &[Prediction]) {
    let said = |frames: &[Frame], from: usize, to: usize| predict(set.clone(), frames, at(from), at(to)).unwrap();
    let later = said(frames, 2_650, BARS);
    assert_eq!(bits(&all[all.len() - later.len()..]), bits(&later));
    let ensemble = |told: &[Prediction], bar: usize| {
        let one = told.iter().find(|p| p.ts == at(bar) && p.told.model == "ensemble").unwrap();
        one.told.probability
    };
    // Other outcomes change what is said next, and nothing before.
    let mut other = frames.to_vec();
    other[2_640].bar.close = 2.0 * other[2_639].bar.close - other[2_640].bar.close;
    other[2_640].bar.high = other[2_640].bar.high.max(other[2_640].bar.close);
    other[2_640].bar.low = other[2_640].bar.low.min(other[2_640].bar.close);
    let turned = said(&other, 2_600, BARS);
    assert_eq!(ensemble(&turned, 2_639), ensemble(all, 2_639));
    assert_ne!(ensemble(&turned, BARS - 1), ensemble(all, BARS - 1));
    // Fed from 26 weeks before the end of the training on, however late it is asked.
    let (week, day) = (7 * 86_400, 86_400);
    let begin = |from: u64| forecaster::Forecaster::begin(set, Timestamp(from));
    let to = set.trained.to.0;
    assert_eq!(begin(to + 500 * day), Timestamp(to - 26 * week));
    assert_eq!(begin(to - 50 * day), Timestamp(to - 50 * day - 26 * week));
    // Rows trained on teach nothing: asked from before the end of the training or from there on, it
    // says the same.
    let before = said(frames, 2_550, 2_650);
    assert_eq!(ensemble(&before, 2_649), ensemble(all, 2_649));
    let first = set.online.clone();
    let mut forecaster = forecaster::Forecaster::new(set.clone(), frames[0].peers.len());
    frames[..2_600].iter().for_each(|frame| drop(forecaster.ask(frame).unwrap()));
    assert_eq!(forecaster.model_set().online, first);
    // The hour after 2,600 is missing: nobody knows what became of that bar.
    forecaster.ask(&frames[2_600]).unwrap();
    forecaster.ask(&frames[2_602]).unwrap();
    assert_eq!(forecaster.model_set().online, first);
    forecaster.ask(&frames[2_603]).unwrap();
    assert_ne!(forecaster.model_set().online, first);
}
