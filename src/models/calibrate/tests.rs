use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{
    isotonic::{Group, groups, pool},
    *,
};
use crate::{
    models::{
        learn::folds::Reach,
        newton::{logit, sigmoid},
    },
    units::Timestamp,
};

/// Raw probabilities between `from` and `to`, and labels whose probability is `truth(raw)`.
fn drawn(rows: usize, seed: u64, from: f64, to: f64, truth: impl Fn(f64) -> f64) -> (Vec<f64>, Vec<bool>) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    (0..rows)
        .map(|_| {
            let raw = rng.random_range(from..to);
            (raw, rng.random::<f64>() < truth(raw))
        })
        .unzip()
}

fn hours(rows: usize) -> Vec<Timestamp> {
    (0..rows as u64).map(|hour| Timestamp(1_600_002_000 + 3_600 * hour)).collect()
}

const REACH: Reach = Reach { horizon: 3_600, embargo: 3_600 };

fn chosen(truth: impl Fn(f64) -> f64, seed: u64) -> (Kind, Vec<Tried>) {
    let (raw, labels) = drawn(20_000, seed, 0.02, 0.98, truth);
    let weights = vec![1.0; raw.len()];
    let choice = choose(&Rows::new(&raw, &labels, &weights).unwrap(), &hours(raw.len()), REACH, 5).unwrap();
    (choice.calibrator.kind(), choice.tried)
}

#[test]
fn the_simplest_map_that_is_good_enough_is_chosen() {
    let (kind, tried) = chosen(|p| p, 1);
    assert_eq!(kind, Kind::Identity, "{tried:?}");
    let (kind, tried) = chosen(|p| sigmoid(0.4 * logit(p) + 0.3), 2);
    assert_eq!(kind, Kind::Platt, "{tried:?}");
    let (kind, tried) = chosen(|p| sigmoid(0.2 * p.ln() - 2.5 * (1.0 - p).ln() - 1.0), 3);
    assert_eq!(kind, Kind::Beta, "{tried:?}");
    let (kind, tried) = chosen(
        |p| {
            if p < 0.4 {
                0.2
            } else if p < 0.6 {
                0.5
            } else {
                0.9
            }
        },
        4,
    );
    assert_eq!(kind, Kind::Isotonic, "{tried:?}");
    assert_eq!(tried.iter().map(|tried| tried.kind).collect::<Vec<_>>(), Kind::ALL);
}

/// What is best by chance alone is not taken: where nothing is to be corrected, hardly ever.
#[test]
fn luck_is_no_reason_to_correct() {
    let (mut kept, mut tempted) = (0, 0);
    for seed in 0..30 {
        let (raw, labels) = drawn(1_000, 40 + seed, 0.2, 0.8, |p| p);
        let weights = vec![1.0; raw.len()];
        let rows = Rows::new(&raw, &labels, &weights).unwrap();
        let choice = choose(&rows, &hours(raw.len()), REACH, 5).unwrap();
        kept += u32::from(choice.calibrator == Calibrator::Identity);
        tempted += u32::from(choice.tried[0].behind > 0.0);
    }
    assert!(tempted >= 4 && kept >= 25, "identity was not the best {tempted} times, and taken {kept} times");
}

#[test]
fn fits_find_what_made_the_rows() {
    let (raw, labels) = drawn(50_000, 5, 0.02, 0.98, |p| sigmoid(0.5 * logit(p) - 0.2));
    let weights = vec![1.0; raw.len()];
    let rows = Rows::new(&raw, &labels, &weights).unwrap();
    let platt = Platt::fit(&rows).unwrap();
    assert!((platt.slope - 0.5).abs() < 0.02 && (platt.intercept + 0.2).abs() < 0.03, "{platt:?}");
    let beta = Beta::fit(&rows).unwrap();
    assert!((beta.a - 0.5).abs() < 0.04 && (beta.b - 0.5).abs() < 0.04 && (beta.c + 0.2).abs() < 0.06, "{beta:?}");
    for kind in Kind::ALL.into_iter().skip(1) {
        let calibrator = Calibrator::fit(kind, &rows).unwrap();
        for p in [0.1, 0.3, 0.5, 0.7, 0.9] {
            let error = calibrator.apply(p) - sigmoid(0.5 * logit(p) - 0.2);
            assert!(error.abs() < 0.04, "{kind:?} at {p}: {error}");
        }
    }
}

#[test]
fn a_model_that_is_wrong_is_reduced_to_the_base_rate() {
    let (raw, labels) = drawn(20_000, 6, 0.05, 0.95, |p| 1.0 - p);
    let weights = vec![1.0; raw.len()];
    let rows = Rows::new(&raw, &labels, &weights).unwrap();
    for kind in [Kind::Platt, Kind::Beta, Kind::Isotonic] {
        let calibrator = Calibrator::fit(kind, &rows).unwrap();
        assert!((calibrator.apply(0.2) - 0.5).abs() < 0.02 && (calibrator.apply(0.8) - 0.5).abs() < 0.02, "{kind:?}");
    }
}

#[test]
fn one_class_one_value_and_one_row_are_borne() {
    let cases: [(&[f64], &[bool]); 4] = [
        (&[0.3], &[true]),
        (&[0.3, 0.3, 0.3], &[true, false, false]),
        (&[0.0, 0.5, 1.0], &[true, true, true]),
        (&[0.0, 0.0, 1.0, 1.0], &[false, false, true, true]),
    ];
    for (raw, labels) in cases {
        let weights = vec![1.0; raw.len()];
        let rows = Rows::new(raw, labels, &weights).unwrap();
        for kind in Kind::ALL {
            let calibrator = Calibrator::fit(kind, &rows).unwrap();
            assert_eq!(calibrator.validate(), Ok(()));
            for p in [0.0, 0.3, 1.0] {
                let calibrated = calibrator.apply(p);
                assert!(calibrated > 0.0 && calibrated < 1.0, "{kind:?}: {p} to {calibrated}");
            }
        }
        let doubt = VennAbers::fit(&rows);
        assert_eq!(doubt.validate(), Ok(()));
    }
    // A single row says little: at its own place it may be either.
    let doubt = VennAbers::fit(&Rows::new(&[0.3], &[true], &[1.0]).unwrap());
    assert_eq!((doubt.interval(0.3), doubt.interval(0.2), doubt.interval(0.4)), ((0.5, 1.0), (0.0, 1.0), (0.5, 1.0)));
}

#[test]
fn refuses_what_is_no_row() {
    let new = |raw: &[f64], labels: &[bool], weights: &[f64]| Rows::new(raw, labels, weights).map(|_| ()).unwrap_err();
    assert_eq!(new(&[f64::NAN], &[true], &[1.0]), CalibrateError::Probability { row: 0 });
    assert_eq!(new(&[0.2, 1.1], &[true, true], &[1.0; 2]), CalibrateError::Probability { row: 1 });
    assert_eq!(new(&[0.2], &[], &[1.0]), CalibrateError::Length { what: "labels", expected: 1, found: 0 });
    assert_eq!(new(&[0.2], &[true], &[-1.0]), CalibrateError::Weight { row: 0 });
    assert_eq!(new(&[], &[], &[]), CalibrateError::NoRows);
    let rows = Rows::new(&[0.2, 0.3], &[true, false], &[1.0, 1.0]).unwrap();
    assert!(matches!(choose(&rows, &hours(3), REACH, 2), Err(CalibrateError::Length { what: "times", .. })));
    assert!(matches!(choose(&rows, &hours(2), REACH, 5), Err(CalibrateError::Folds(_))));
}

/// Over many simulated markets: one of the bounds is the truth on average, and both are near it.
#[test]
fn venn_abers_bounds_hold_what_happens() {
    let truth = |p: f64| sigmoid(2.0 * logit(p) + 0.3);
    for (seed, rows) in [(7, 300), (8, 3_000)] {
        let (raw, labels) = drawn(rows, seed, 0.05, 0.95, truth);
        let doubt = VennAbers::fit(&Rows::new(&raw, &labels, &vec![1.0; rows]).unwrap());
        assert_eq!(doubt.validate(), Ok(()));
        let (later, outcomes) = drawn(50_000, seed + 100, 0.05, 0.95, truth);
        let intervals: Vec<(f64, f64)> = later.iter().map(|&raw| doubt.interval(raw)).collect();
        let n = later.len() as f64;
        let share = outcomes.iter().filter(|&&up| up).count() as f64 / n;
        let (low, high) = intervals.iter().fold((0.0, 0.0), |sums, i| (sums.0 + i.0 / n, sums.1 + i.1 / n));
        assert!(low - 0.03 < share && share < high + 0.03, "{low} {share} {high}");
        // Fewer rows, more doubt.
        let gap = high - low;
        assert!(if rows == 300 { gap > 0.03 && gap < 0.2 } else { gap < 0.04 }, "{rows} rows: {gap}");
    }
    // Averaged over calibration sets, the bounds hold the true probability at every place.
    for place in [0.15, 0.4, 0.5, 0.6, 0.85] {
        let (mut low, mut high) = (0.0, 0.0);
        for seed in 0..200 {
            let (raw, labels) = drawn(200, 1_000 + seed, 0.05, 0.95, truth);
            let doubt = VennAbers::fit(&Rows::new(&raw, &labels, &[1.0; 200]).unwrap());
            let (p0, p1) = doubt.interval(place);
            (low, high) = (low + p0 / 200.0, high + p1 / 200.0);
        }
        assert!(low < truth(place) && truth(place) < high, "{place}: {low} {} {high}", truth(place));
    }
}

/// The definition: isotonic regression with one more row.
fn by_definition(rows: &[Group], raw: f64, up: bool) -> f64 {
    let mut with: Vec<Group> = rows.to_vec();
    let one = Group { raw, weight: 1.0, up: if up { 1.0 } else { 0.0 } };
    let at = with.partition_point(|group| group.raw < raw);
    match with.get_mut(at) {
        Some(group) if group.raw == raw => {
            group.weight += 1.0;
            group.up += one.up;
        }
        _ => with.insert(at, one),
    }
    pool(&with)[at]
}

/// Rows with many equal probabilities, and weights of all sizes.
fn any_rows() -> impl Strategy<Value = Vec<(f64, bool, f64)>> {
    let weight = prop_oneof![Just(1.0), Just(0.25), Just(0.0), 0.01f64..3.0];
    prop::collection::vec(((0u32..=20).prop_map(|p| f64::from(p) / 20.0), any::<bool>(), weight), 1..60)
}

proptest! {
    #[test]
    fn venn_abers_is_what_its_definition_says(rows in any_rows(), at in 0u32..=40) {
        let (raw, labels, weights) = apart(&rows);
        prop_assume!(weights.iter().any(|&weight| weight > 0.0));
        let rows = Rows::new(&raw, &labels, &weights).unwrap();
        let (doubt, groups) = (VennAbers::fit(&rows), groups(&rows));
        prop_assert_eq!(doubt.validate(), Ok(()));
        let at = f64::from(at) / 40.0;
        let (p0, p1) = doubt.interval(at);
        let expected = (by_definition(&groups, at, false), by_definition(&groups, at, true));
        prop_assert!((p0 - expected.0).abs() < 1e-9 && (p1 - expected.1).abs() < 1e-9, "{p0} {p1} {expected:?}");
        let (lower, upper) = doubt.bounds(at, 0.42);
        prop_assert!(lower <= 0.42 && 0.42 <= upper && lower <= p0 && p1 <= upper);
    }

    #[test]
    fn calibrated_probabilities_never_fall_and_survive_storage(rows in any_rows()) {
        let (raw, labels, weights) = apart(&rows);
        prop_assume!(weights.iter().any(|&weight| weight > 0.0));
        let rows = Rows::new(&raw, &labels, &weights).unwrap();
        for kind in Kind::ALL {
            let calibrator = Calibrator::fit(kind, &rows).unwrap();
            prop_assert_eq!(calibrator.validate(), Ok(()));
            let stored: Calibrator = serde_json::from_str(&serde_json::to_string(&calibrator).unwrap()).unwrap();
            prop_assert_eq!(&stored, &calibrator);
            let mut last = 0.0;
            for step in 0..=200 {
                let p = calibrator.apply(f64::from(step) / 200.0);
                prop_assert!(p >= last && p > 0.0 && p < 1.0, "{:?}: {} after {}", kind, p, last);
                last = p;
            }
        }
    }

    /// Pooling gives the closest values that never fall: no other such values are closer.
    #[test]
    fn pooled_values_are_the_closest(rows in any_rows(), other in prop::collection::vec(0.0f64..1.0, 60)) {
        let (raw, labels, weights) = apart(&rows);
        prop_assume!(weights.iter().any(|&weight| weight > 0.0));
        let groups = groups(&Rows::new(&raw, &labels, &weights).unwrap());
        let pooled = pool(&groups);
        prop_assert!(pooled.windows(2).all(|pair| pair[0] <= pair[1]));
        let distance = |values: &[f64]| {
            groups.iter().zip(values).map(|(g, v)| g.weight * (g.up / g.weight - v).powi(2)).sum::<f64>()
        };
        let mut other = other[..groups.len()].to_vec();
        other.sort_by(f64::total_cmp);
        let between: Vec<f64> = pooled.iter().zip(&other).map(|(p, o)| 0.99 * p + 0.01 * o).collect();
        prop_assert!(distance(&pooled) <= distance(&between) + 1e-9);
        prop_assert!(distance(&pooled) <= distance(&other) + 1e-9);
    }

    #[test]
    fn damaged_bounds_are_refused_or_harmless(
        values in prop::collection::vec(prop_oneof![Just(-0.1), Just(1.5), 0.0f64..1.0], 8), at in 0.0f64..1.0,
    ) {
        let value = serde_json::json!({
            "lower_from": values[0..2], "lower": values[2..4], "upper_to": values[4..6], "upper": values[6..8],
        });
        let damaged: VennAbers = serde_json::from_value(value).unwrap();
        if damaged.validate().is_ok() {
            let (p0, p1) = damaged.interval(at);
            prop_assert!(0.0 <= p0 && p0 <= p1 && p1 <= 1.0);
        }
        let value = serde_json::json!({ "isotonic": { "raw": values[0..3], "calibrated": values[3..6] } });
        let damaged: Calibrator = serde_json::from_value(value).unwrap();
        if damaged.validate().is_ok() {
            prop_assert!((0.0..=1.0).contains(&damaged.apply(at)));
        }
    }
}

fn apart(rows: &[(f64, bool, f64)]) -> (Vec<f64>, Vec<bool>, Vec<f64>) {
    let (raw, rest): (Vec<f64>, Vec<(bool, f64)>) = rows.iter().map(|&(raw, up, weight)| (raw, (up, weight))).unzip();
    let (labels, weights) = rest.into_iter().unzip();
    (raw, labels, weights)
}

#[test]
fn stored_calibrations_are_checked() {
    let bad = [
        r#"{"platt":{"slope":-1.0,"intercept":0.0}}"#,
        r#"{"platt":{"slope":1e308,"intercept":0.0}}"#,
        r#"{"beta":{"a":1.0,"b":-0.5,"c":0.0}}"#,
        r#"{"isotonic":{"raw":[],"calibrated":[]}}"#,
        r#"{"isotonic":{"raw":[0.1,0.2],"calibrated":[0.5]}}"#,
        r#"{"isotonic":{"raw":[0.1,0.2],"calibrated":[0.5,0.4]}}"#,
        r#"{"isotonic":{"raw":[0.2,0.2],"calibrated":[0.5,0.6]}}"#,
        r#"{"isotonic":{"raw":[0.1,0.2],"calibrated":[0.5,1.1]}}"#,
    ];
    for text in bad {
        let calibrator: Calibrator = serde_json::from_str(text).unwrap();
        assert!(calibrator.validate().is_err(), "{text}");
    }
}
