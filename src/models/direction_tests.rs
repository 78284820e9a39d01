use super::*;
use crate::units::Timestamp;

/// Uniform in 0..1 (splitmix64).
fn uniform(state: &mut u64) -> f64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
}

/// Two assets, ten columns of noise; the chance to rise is `chance` of the row.
fn market(hours: u64, seed: u64, chance: impl Fn(&[f64]) -> f64) -> Vec<Sample> {
    let mut state = seed;
    (0..2 * hours)
        .map(|i| {
            let values: Vec<f64> = (0..10).map(|_| 4.0 * uniform(&mut state) - 2.0).collect();
            let up = uniform(&mut state) < chance(&values);
            let forward_return = (0.001 + 0.01 * uniform(&mut state)) * if up { 2.0 } else { -1.0 };
            Sample { row: FeatureRow { ts: Timestamp(3_600 * (i / 2)), values, atr: 0.005 }, forward_return }
        })
        .collect()
}

fn params() -> Params {
    Params { horizon_hours: 4, stride_hours: 1, trees: 24, min_leaf: 50, ..Params::default() }
}

fn row(values: Vec<f64>) -> FeatureRow {
    FeatureRow { ts: Timestamp(0), values, atr: 0.01 }
}

#[test]
fn learns_a_planted_signal() {
    let samples = market(4_000, 1, |x| if x[3] > 0.0 { 0.65 } else { 0.35 });
    let trained = train(&samples, &params()).unwrap();
    let report = trained.report();
    assert!(report.log_loss < report.base_log_loss - 0.02, "{report:?}");
    assert!(report.auc.unwrap() > 0.6 && report.accuracy > 0.6 && report.brier < 0.24, "{report:?}");
    assert_eq!(report.rows, 8_000);
    let at = |x3: f64| {
        let mut values = vec![0.0; 10];
        values[3] = x3;
        trained.predict(&row(values)).unwrap().probability_up
    };
    assert!(at(1.5) > 0.58 && at(-1.5) < 0.42, "{} {}", at(1.5), at(-1.5));
    // 4,000 hours of which a fifth calibrates, 4 to an independent one: 200 rows, half of them high.
    let mut values = vec![0.0; 10];
    values[3] = 1.5;
    let sure = trained.predict(&row(values)).unwrap();
    assert!(sure.lower > 0.5 && sure.lower < sure.probability_up - 0.005, "{sure:?}");
}

#[test]
fn on_noise_it_says_little_more_than_the_base_rate() {
    for seed in 2..5 {
        let samples = market(4_000, seed, |_| 0.53);
        let trained = train(&samples, &params()).unwrap();
        let report = trained.report();
        assert!((report.log_loss - report.base_log_loss).abs() < 0.005, "{report:?}");
        let far = samples
            .iter()
            .step_by(37)
            .map(|sample| (trained.predict(&sample.row).unwrap().probability_up - trained.base_rate()).abs());
        let far: Vec<f64> = far.collect();
        assert!(far.iter().sum::<f64>() / (far.len() as f64) < 0.03, "mean distance from the base rate");
    }
}

#[test]
fn gains_and_losses_scale_with_the_rows_volatility() {
    let trained = train(&market(2_000, 6, |_| 0.5), &params()).unwrap();
    let calm = trained.predict(&row(vec![0.0; 10])).unwrap();
    let wild = trained.predict(&FeatureRow { atr: 0.03, ..row(vec![0.0; 10]) }).unwrap();
    // Gains average 2 x 0.006 at an ATR of 0.005, losses half of that.
    assert!((calm.gain - 0.024).abs() < 0.001 && (calm.loss - 0.012).abs() < 0.0005, "{calm:?}");
    assert!((wild.gain / calm.gain - 3.0).abs() < 1e-12 && (wild.loss / calm.loss - 3.0).abs() < 1e-12);
    assert_eq!((calm.horizon_hours, calm.probability_up, calm.lower), (4, wild.probability_up, wild.lower));
    assert!(calm.lower <= calm.probability_up);
}

#[test]
fn the_same_seed_gives_the_same_bits_on_any_number_of_threads() {
    let samples = market(2_000, 7, |x| if x[0] > 0.0 { 0.6 } else { 0.4 });
    let run = |seed, threads| {
        let trained = train(&samples, &Params { seed, threads, ..params() }).unwrap();
        let told: Vec<u64> = samples
            .iter()
            .step_by(13)
            .map(|sample| trained.predict(&sample.row).unwrap().probability_up.to_bits())
            .collect();
        (told, *trained.report())
    };
    let once = run(7, 1);
    for threads in [1, 2, 3, 8] {
        assert_eq!(run(7, threads), once, "{threads} threads");
    }
    assert_ne!(run(8, 1).0, once.0);
}

#[test]
fn order_of_the_samples_does_not_matter_across_hours() {
    let samples = market(1_500, 8, |_| 0.5);
    let mut turned = samples.clone();
    turned.rotate_left(1_000);
    let told = |samples: &[Sample]| train(samples, &params()).unwrap().predict(&samples[0].row).unwrap();
    assert_eq!(told(&samples), train(&turned, &params()).unwrap().predict(&samples[0].row).unwrap());
}

/// Labels in the holdout must not move anything that is measured on it.
#[test]
fn the_report_does_not_know_the_holdouts_labels() {
    let samples = market(3_000, 9, |_| 0.5);
    let mut flipped = samples.clone();
    let from = slices(&samples, 4, params().calibration, params().holdout).holdout.start;
    for sample in &mut flipped[from..] {
        sample.forward_return = -sample.forward_return;
    }
    let (a, b) = (train(&samples, &params()).unwrap(), train(&flipped, &params()).unwrap());
    let (a, b) = (a.report(), b.report());
    assert_eq!(a.calibration_slope.to_bits(), b.calibration_slope.to_bits());
    // The same probabilities against opposite labels: the ranks mirror exactly.
    assert!((a.auc.unwrap() + b.auc.unwrap() - 1.0).abs() < 1e-9, "{a:?} {b:?}");
    assert!((a.positive_rate + b.positive_rate - 1.0).abs() < 1e-12);
}

#[test]
fn refuses_what_it_cannot_learn_from() {
    let good = market(1_500, 10, |_| 0.5);
    let fails = |samples: &[Sample], params: &Params| train(samples, params).unwrap_err();
    assert!(matches!(fails(&[], &params()), TrainError::TooFewRows { .. }));
    assert!(matches!(fails(&good[..400], &params()), TrainError::TooFewRows { .. }));
    let mut all_up = good.clone();
    all_up.iter_mut().for_each(|sample| sample.forward_return = sample.forward_return.abs());
    assert_eq!(fails(&all_up, &params()), TrainError::OneClass { slice: "fit" });
    let mut bad = good.clone();
    bad[5].row.values[2] = f64::NAN;
    assert_eq!(fails(&bad, &params()), TrainError::NotFinite { row: 5, column: 2 });
    let mut bad = good.clone();
    bad[6].row.values.pop();
    assert_eq!(fails(&bad, &params()), TrainError::Width { row: 6, width: 9, expected: 10 });
    let mut bad = good.clone();
    bad[7].forward_return = f64::INFINITY;
    assert_eq!(fails(&bad, &params()), TrainError::BadTarget { row: 7 });
    for bad in [Params { trees: 0, ..params() }, Params { holdout: f64::NAN, ..params() }] {
        assert!(matches!(fails(&good, &bad), TrainError::Params { .. }));
    }
    let trained = train(&good, &params()).unwrap();
    assert!(matches!(trained.predict(&row(vec![0.0; 3])), Err(PredictError::Width { width: 3, expected: 10 })));
    assert!(matches!(trained.predict(&row(vec![f64::NAN; 10])), Err(PredictError::NotFinite { column: 0 })));
}

#[test]
fn a_model_can_be_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Trained>();
}
