//! What joining ten series onto five years of hours costs. `asof_pandas.py` beside it does the
//! same with pandas.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use shoal::{
    domain::Observation,
    market::asof::{Joined, Known, Series, Stream, Values, join},
    units::Timestamp,
};

const HOUR: u64 = 3_600;
const ROWS: u64 = 43_800;
const SERIES: u64 = 10;
const START: u64 = 1_577_836_800;

/// Hourly values with lags of up to five minutes, one in fifty revised the next day.
fn observations(series: u64) -> Vec<Observation> {
    let mut all = Vec::new();
    for row in 0..ROWS {
        let ts = Timestamp(START + row * HOUR);
        let known_at = ts.plus((row * 7_919 + series * 104_729) % 300);
        let value = (row as f64 * 0.01 + series as f64).sin();
        all.push(Observation { ts, known_at, value });
        if (row + series).is_multiple_of(50) {
            all.push(Observation { ts, known_at: known_at.plus(24 * HOUR), value: value + 0.1 });
        }
    }
    all.sort_by_key(|value| value.known_at);
    all
}

fn asof(c: &mut Criterion) {
    let grid: Vec<Timestamp> = (0..ROWS).map(|row| Timestamp(START + row * HOUR + 150)).collect();
    let data: Vec<Vec<Observation>> = (0..SERIES).map(observations).collect();
    let series = |values: &'static [Observation]| Series {
        name: "series",
        values: Values::Observations(values),
        max_age: Some(6 * HOUR),
    };
    // By time and not by when it was known, as a store gives it: sorted within the join.
    let by_time: Vec<Vec<Observation>> = data
        .iter()
        .map(|values| {
            let mut values = values.clone();
            values.sort_by_key(|value| value.ts);
            values
        })
        .collect();
    for (name, data) in [("known", &data), ("time", &by_time)] {
        let all: Vec<Series<'_>> = data.iter().map(|values| series(values.clone().leak())).collect();
        c.bench_function(&format!("asof/ten_series_five_years_by_{name}"), |b| {
            b.iter(|| -> Joined { join(black_box(&grid), black_box(&all)).unwrap() });
        });
    }
    c.bench_function("asof/push_and_row_of_ten", |b| {
        let mut stream = Stream::new((0..SERIES).map(|_| ("series", Some(6 * HOUR))));
        let mut t = START;
        b.iter(|| {
            t += HOUR;
            for place in 0..SERIES as usize {
                let known = Known { ts: Timestamp(t), known_at: Timestamp(t + 1), value: 1.0 };
                stream.push(place, black_box(known)).unwrap();
            }
            stream.row(Timestamp(t + 2)).unwrap()
        });
    });
}

criterion_group!(benches, asof);
criterion_main!(benches);
