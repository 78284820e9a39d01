//! What one bar costs, features and all forecasts, and what loading a model set costs. The set is
//! trained as `shoal train` does it, so that it has as many members and trees.

#![allow(clippy::print_stderr, reason = "a bench tells what it measured on")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use shoal::{
    domain::{Asset, Frame, Reading, Timeframe},
    features::{Engine, engine::peers, inputs::INPUTS},
    io::artifact,
    pipeline::forecaster::{self, Forecaster, ModelSet, Settings, Subject, Trained},
    units::Timestamp,
};

#[path = "../tests/learning/market.rs"]
#[allow(dead_code, reason = "the tests' market has more to give than is used here")]
mod market;

const BARS: usize = 6_000;

/// All peers there, and every series.
fn frames() -> Vec<Frame> {
    let own = market::candles(1, BARS as u64, 2_000.0, 0.004);
    let peers: Vec<_> = (0..peers("binance_perp", &Asset::new("ETH")).len())
        .map(|peer| market::candles(2 + peer as u64, BARS as u64, 100.0, 0.004))
        .collect();
    let frame = |bar: usize| Frame {
        bar: own[bar],
        peers: peers.iter().map(|candles| Some(candles[bar])).collect(),
        readings: (0..INPUTS.len())
            .map(|input| Reading { value: 50.0 + ((bar / 24 + input) % 30) as f64, age_hours: (bar % 24) as f64 })
            .collect(),
    };
    (0..BARS).map(frame).collect()
}

fn set(frames: &[Frame]) -> ModelSet {
    let at = |bar: usize| Timestamp(market::START + 3_600 * bar as u64);
    let table = forecaster::table(frames, Timeframe::H1, 1, at(1_000), at(BARS - 500)).unwrap();
    let trained =
        Trained { from: at(1_000), to: at(BARS - 500), rows: table.rows.len() as u64, seed: 1, data: Vec::new() };
    let subject = Subject { venue: "binance_perp".into(), asset: Asset::new("ETH"), timeframe: Timeframe::H1 };
    forecaster::train(subject, &table, trained, &Settings::new(1, 1, 2), &|_, _, _| {}).unwrap().set
}

fn forecasts(c: &mut Criterion) {
    let frames = frames();
    let set = set(&frames);
    let (past, coming) = frames.split_at(BARS - 400);

    let mut engine = Engine::new(Timeframe::H1, past[0].peers.len());
    let mut row = Vec::new();
    past.iter().for_each(|frame| engine.push(frame, &mut row).unwrap());
    // Bars must follow each other: after the last it begins again, with a copy.
    c.bench_function("one bar/features", |b| {
        let mut at = coming.len();
        let mut running = engine.clone();
        b.iter(|| {
            if at == coming.len() {
                (at, running) = (0, engine.clone());
            }
            running.push(black_box(&coming[at]), &mut row).unwrap();
            at += 1;
        });
    });

    let mut forecaster = Forecaster::new(set.clone(), past[0].peers.len());
    past.iter().for_each(|frame| forecaster.warm_up(frame).unwrap());
    c.bench_function("one bar/features and all forecasts", |b| {
        let mut at = coming.len();
        let mut running = forecaster.clone();
        b.iter(|| {
            if at == coming.len() {
                (at, running) = (0, forecaster.clone());
            }
            at += 1;
            running.ask(black_box(&coming[at - 1])).unwrap()
        });
    });
    c.bench_function("one bar/reasons", |b| {
        let mut forecaster = forecaster.clone();
        let verdict = forecaster.ask(&coming[0]).unwrap().1;
        b.iter(|| forecaster.reasons(black_box(&verdict), 5));
    });

    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("set.model");
    let bytes = artifact::write(&path, &set).unwrap();
    eprintln!("the model set has {bytes} bytes");
    c.bench_function("model set/load and check", |b| {
        b.iter(|| {
            let set: ModelSet = artifact::read(black_box(&path)).unwrap();
            set.validate().unwrap();
            set
        });
    });
}

criterion_group!(benches, forecasts);
criterion_main!(benches);
