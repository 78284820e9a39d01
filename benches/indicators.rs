//! All indicators over 100,000 bars; `indicators_talib.py` does the same functions by Python's
//! TA-Lib. The candles are the same: a linear congruential generator makes them.

use std::{hint::black_box, num::NonZeroUsize, time::Duration};

use criterion::{Criterion, criterion_group, criterion_main};
use shoal::{
    domain::Candle,
    features::catalogue::{CatalogueStream, Indicator, Library, batch, indicators},
    units::Timestamp,
};

const BARS: u64 = 100_000;
/// Python's TA-Lib 0.8.2 lacks these two functions.
const NOT_IN_PYTHON: [&str; 2] = ["bbw", "percentb"];

fn candles() -> Vec<Candle> {
    let mut state = 20_201_015u64;
    let mut uniform = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as f64 / f64::from(1u32 << 31)
    };
    let mut close = 1_800.0f64;
    let mut candle = |bar: u64| {
        let open = close;
        close = open * (1.0 + 0.02 * (uniform() - 0.5));
        let high = open.max(close) * (1.0 + 0.005 * uniform());
        let low = open.min(close) * (1.0 - 0.005 * uniform());
        Candle { ts: Timestamp(3_600 * bar), open, high, low, close, volume: 100.0 * uniform() }
    };
    (0..BARS).map(&mut candle).collect()
}

fn same_as_python() -> impl Iterator<Item = &'static Indicator> {
    indicators()
        .filter(|indicator| indicator.library == Library::TaLib && !NOT_IN_PYTHON.contains(&indicator.columns[0].name))
}

fn stream(mut stream: CatalogueStream, candles: &[Candle]) {
    for candle in candles {
        black_box(stream.push(candle).unwrap());
    }
}

fn all(c: &mut Criterion) {
    let candles = candles();
    let two = NonZeroUsize::new(2).unwrap();
    let mut group = c.benchmark_group("indicators_100k");
    group.sample_size(10).warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(8));
    group.bench_function("batch_as_python", |b| {
        b.iter(|| batch(same_as_python(), black_box(&candles), NonZeroUsize::MIN).unwrap());
    });
    group.bench_function("batch_as_python_2_threads", |b| {
        b.iter(|| batch(same_as_python(), black_box(&candles), two).unwrap());
    });
    group.bench_function("batch_all", |b| {
        b.iter(|| batch(indicators(), black_box(&candles), NonZeroUsize::MIN).unwrap());
    });
    group.bench_function("stream_as_python", |b| {
        b.iter(|| stream(CatalogueStream::of(same_as_python()), &candles));
    });
    group.bench_function("stream_all", |b| b.iter(|| stream(CatalogueStream::new(), &candles)));
    group.finish();
}

criterion_group!(benches, all);
criterion_main!(benches);
