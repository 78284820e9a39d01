//! What one bar costs: the feature stream and one forecast; and what a year of training costs.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use shoal::{
    domain::Candle,
    features::{FeatureStream, target},
    models::direction::{Params, train},
    units::Timestamp,
};

/// Made-up hours: two sines and a little drift, with bars of all shapes.
fn candles(bars: u32) -> Vec<Candle> {
    let price = |bar: f64| 1_800.0 * (1.0 + 0.1 * (bar / 90.0).sin() + 0.01 * (bar * 2.399).sin());
    (0..bars)
        .map(|bar| {
            let (open, close) = (price(f64::from(bar)), price(f64::from(bar) + 1.0));
            Candle {
                ts: Timestamp(1_600_002_000 + 3_600 * u64::from(bar)),
                open,
                high: open.max(close) * 1.002,
                low: open.min(close) * 0.997,
                close,
                volume: 100.0 + 50.0 * (f64::from(bar) * 0.7).cos(),
            }
        })
        .collect()
}

fn features(c: &mut Criterion) {
    let year = candles(8_760);
    let mut warm = FeatureStream::new();
    for candle in &year {
        warm.push(candle).unwrap();
    }
    let mut next = *year.last().unwrap();
    c.bench_function("features/push", |b| {
        b.iter(|| {
            next.ts = next.ts.plus(Timestamp::HOUR);
            warm.push(black_box(&next)).unwrap()
        });
    });
    c.bench_function("features/year_of_two_assets", |b| b.iter(|| target::pooled(&[&year, &year], 12).unwrap()));

    let samples = target::pooled(&[&year, &year], 12).unwrap();
    let trained = train(&samples, &Params::default()).unwrap();
    let row = &samples.last().unwrap().row;
    c.bench_function("direction/predict", |b| b.iter(|| trained.predict(black_box(row)).unwrap()));
    let mut slow = c.benchmark_group("direction");
    slow.sample_size(10);
    slow.bench_function("train_year", |b| b.iter(|| train(&samples, &Params::default()).unwrap()));
    slow.finish();
}

criterion_group!(benches, features);
criterion_main!(benches);
