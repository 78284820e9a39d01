//! What a bag costs: growing a member, and one row's forecast, its bounds and its reasons.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use shoal::{
    models::{
        calibrate::{Rows, VennAbers},
        learn::{
            Boosting, Forest, Kind, Learner, Logistic, Matrix, Recipe, Training,
            bag::{Plan, grow},
            folds::Reach,
        },
    },
    units::Timestamp,
};

const WIDTH: usize = 60;

/// Made-up rows of 60 columns that wander like prices do, a tenth of them telling.
fn rows(count: usize) -> (Matrix, Vec<bool>) {
    let mut state = 20_201_015_u64;
    let mut noise = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as f64 / f64::from(1_u32 << 31) - 0.5
    };
    let mut values = vec![0.0; count * WIDTH];
    for column in values.chunks_exact_mut(count) {
        let mut level = 0.0;
        for value in column {
            level = 0.9 * level + noise();
            *value = level;
        }
    }
    let labels = (0..count).map(|row| {
        let told: f64 = (0..6).map(|column| values[column * count + row]).sum();
        told + 3.0 * noise() > 0.0
    });
    let labels = labels.collect();
    (Matrix::new(count, WIDTH, values).unwrap(), labels)
}

/// Two years of hours.
fn fitting(c: &mut Criterion) {
    let (x, labels) = rows(17_500);
    let weights = vec![1.0; 17_500];
    let data = Training::new(&x, &labels, &weights).unwrap();
    let forest = |kind| Recipe::Forest(Forest { kind, trees: 20, depth: 6, min_leaf: 50, columns_per_split: 8 });
    let mut group = c.benchmark_group("learners/fit_17500x60");
    group.sample_size(10);
    for (name, recipe) in [
        ("boosting_200x7", Recipe::Boosting(Boosting::default())),
        ("boosting_200x31", Recipe::Boosting(Boosting { leaves: 31, ..Boosting::default() })),
        ("extra_trees_20", forest(Kind::Extra)),
        ("random_forest_20", forest(Kind::Random)),
        ("logistic", Recipe::Logistic(Logistic::default())),
    ] {
        group.bench_function(name, |b| b.iter(|| recipe.fit(black_box(&data), 7).unwrap()));
    }
    group.finish();
}

/// A bag of 10 members with 150 trees of at most 8 leaves each.
fn one_row(c: &mut Criterion) {
    let (x, labels) = rows(4_000);
    let weights = vec![1.0; 4_000];
    let data = Training::new(&x, &labels, &weights).unwrap();
    let times: Vec<Timestamp> = (0..4_000).map(|hour| Timestamp(1_600_002_000 + 3_600 * hour)).collect();
    let learner = Boosting { trees: 150, leaves: 8, min_leaf: 20, ..Boosting::default() };
    let plan = Plan::new(Reach { horizon: 3_600, embargo: 86_400 }, 7, 2);
    let bagged = grow(&learner, &data, &times, &plan, &|_, _| {}).unwrap();
    let all: Vec<Vec<f64>> = (0..512)
        .map(|at| {
            let mut row = vec![0.0; WIDTH];
            x.copy_row(7 * at, &mut row);
            row
        })
        .collect();
    let mut next = all.iter().cycle();
    c.bench_function("learners/predict_10x150", |b| {
        b.iter(|| bagged.bag.predict(black_box(next.next().unwrap()), 0.0).unwrap());
    });
    let mut reasons = vec![0.0; WIDTH];
    c.bench_function("learners/contributions_10x150", |b| {
        b.iter(|| bagged.bag.contributions(black_box(next.next().unwrap()), &mut reasons).unwrap());
    });
    let doubt = VennAbers::fit(&Rows::new(&bagged.out_of_fold, &labels, &weights).unwrap());
    let mut next = bagged.out_of_fold.iter().cycle();
    c.bench_function("learners/venn_abers", |b| b.iter(|| doubt.interval(black_box(*next.next().unwrap()))));
    c.bench_function("learners/validate_10x150", |b| b.iter(|| bagged.bag.validate().unwrap()));
}

criterion_group!(benches, fitting, one_row);
criterion_main!(benches);
