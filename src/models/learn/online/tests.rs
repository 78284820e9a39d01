use proptest::prelude::*;

use super::*;
use crate::models::newton::{self, dot};

const PRIOR: Prior =
    Prior { regression: Logistic { l2: 50.0, clip: 4.0 }, share: 0.5, counts: 1.0, recalibration: None };
/// What is told of training rows: outcomes of variance 1 / 4.
const EVEN: [f64; 1] = [0.5];

/// The same numbers every time, between -1 and 1.
fn draws(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as f64 / 2f64.powi(30) - 1.0
    }
}

fn rows(seed: u64, count: usize, width: usize) -> Vec<Vec<f64>> {
    let mut draw = draws(seed);
    (0..count).map(|_| (0..width).map(|_| draw()).collect()).collect()
}

fn start(rows: &[Vec<f64>], prior: &Prior) -> Online {
    Online::start(&Matrix::from_rows(rows.iter().map(Vec::as_slice)).unwrap(), &EVEN, prior).unwrap()
}

fn standardise(online: &Online, row: &[f64]) -> Vec<f64> {
    online.lesson(row.iter().copied(), 0.5).z
}

#[test]
fn one_column_by_hand() {
    // Two rows at -1 and 1, standardised as they are: C = 1 / (0.5 (2 / 4 + 50)) = 1 / 25.25.
    let mut online = start(&[vec![-1.0], vec![1.0]], &PRIOR);
    let z = standardise(&online, &[1.0]);
    assert_eq!((z[0], online.filter.log_odds(&z)), (1.0, 0.0));
    online.filter.learn(&z, 0.6, true);
    // k = 1 / 25.25, d = 1 + 0.24 k: a = 0.4 k / d = 0.4 / 25.49.
    assert!((online.filter.log_odds(&z) - 0.4 / 25.49).abs() < 1e-15);
    assert!((online.filter.covariance[0] - 1.0 / 25.49).abs() < 1e-15);
    let overlapping = Prior { counts: 0.25, ..PRIOR };
    let mut online = start(&[vec![-1.0], vec![1.0]], &overlapping);
    online.filter.learn(&z, 0.6, false);
    // C = 1 / (0.5 (0.25 * 2 / 4 + 50)) = 1 / 25.0625, w = 0.06.
    assert!((online.filter.log_odds(&z) + 0.25 * 0.6 / 25.1225).abs() < 1e-15);
    // Of a model that is surer of its rows they tell less: C = 1 / (0.5 (0.1 * 2 + 50)).
    let x = Matrix::from_rows([[-1.0].as_slice(), &[1.0]]).unwrap();
    let p = 0.5 - 0.15f64.sqrt();
    let surer = Online::start(&x, &[p, 1.0 - p], &PRIOR).unwrap();
    assert!((surer.filter.covariance[0] - 1.0 / 25.1).abs() < 1e-15);
}

/// Where every outcome is said even odds, it is one least squares on all rows at once: of outcomes
/// as deviations from what was said then, in log-odds.
#[test]
fn one_by_one_is_all_at_once() {
    let (trained, followed) = (rows(1, 300, 4), rows(2, 400, 4));
    let mut online = start(&trained, &PRIOR);
    let all = |rows: &[Vec<f64>]| -> Vec<Vec<f64>> { rows.iter().map(|row| standardise(&online, row)).collect() };
    let (before, after) = (all(&trained), all(&followed));
    let mut observed = Vec::new();
    for (row, z) in after.iter().enumerate() {
        let outcome = row % 3 == 0;
        observed.push(online.filter.log_odds(z) + if outcome { 2.0 } else { -2.0 });
        online.filter.learn(z, 0.5, outcome);
    }
    let all: Vec<&Vec<f64>> = before.iter().chain(&after).collect();
    let columns: Vec<Vec<f64>> = (0..4).map(|column| all.iter().map(|z| z[column]).collect()).collect();
    let weights = [vec![0.5 / 4.0; before.len()], vec![1.0 / 4.0; after.len()]].concat();
    let whole = newton::covariance(&columns, &weights, 25.0).unwrap();
    for (one, all) in online.filter.covariance.iter().zip(&whole) {
        assert!((one - all).abs() < 1e-15, "{one} is not {all}");
    }
    let sum = |column: usize| after.iter().zip(&observed).map(|(z, log_odds)| 0.25 * log_odds * z[column]).sum();
    let sums: Vec<f64> = (0..4).map(sum).collect();
    for (row, mean) in whole.chunks_exact(4).zip(&online.filter.mean) {
        let expected = dot(row, &sums);
        assert!((expected - mean).abs() < 1e-13, "{mean} is not {expected}");
    }
}

/// A column turns round after the training: what the model says gets better by what is learnt.
#[test]
fn it_learns_what_has_changed() {
    let mut online = start(&rows(3, 2_000, 3), &PRIOR);
    let mut draw = draws(4);
    let (mut stale, mut told) = (0.0, 0.0);
    for row in rows(5, 4_000, 3) {
        let model = 0.4 * standardise(&online, &row)[0];
        let rose = draw() < 2.0 * sigmoid(-model) - 1.0;
        let lesson = online.lesson(row.into_iter(), sigmoid(model));
        let learnt = lesson.learnt();
        assert!((lesson.said() - sigmoid(model + learnt)).abs() < 1e-12);
        online.learn(&lesson, rose);
        let loss = |odds: f64| -(if rose { sigmoid(odds) } else { sigmoid(-odds) }).ln();
        (stale, told) = (stale + loss(model) / 4_000.0, told + loss(model + learnt) / 4_000.0);
    }
    assert!(told < std::f64::consts::LN_2 && stale > 0.72, "{told} {stale}");
    // 4,000 outcomes of a curvature of 0.24 against half of 2,000 of a quarter and of a penalty of 50.
    let turned = -0.8 * 960.0 / (960.0 + 275.0);
    let errors = [online.filter.mean[0] - turned, online.filter.mean[1], online.filter.mean[2]];
    assert!(errors.iter().all(|error| error.abs() < 0.1), "{:?}", online.filter.mean);
}

/// What comes out of the columns is recalibrated by what became of all that was said.
#[test]
fn both_add_up_and_both_learn() {
    let (trained, told) = (rows(8, 200, 2), [0.3, 0.6, 0.7]);
    let x = Matrix::from_rows(trained.iter().map(Vec::as_slice)).unwrap();
    let overlapping = Prior { recalibration: Some(0.1), counts: 0.25, ..PRIOR };
    let mut online = Online::start(&x, &told, &overlapping).unwrap();
    let variance = (0.21 + 0.24 + 0.21) / 3.0;
    let begun = Recalibration::start(&told.map(logit), 0.1 * 0.25 * variance, 0.1, 0.25).unwrap();
    assert_eq!(online.recalibration, Some(begun));
    for (at, row) in rows(9, 50, 2).into_iter().enumerate() {
        let lesson = online.lesson(row.into_iter(), 0.6);
        let first = online.filter.log_odds(&lesson.z);
        let again = online.recalibration.clone().unwrap();
        let moved = 1.5f64.ln() + first;
        assert!((lesson.learnt() - first - again.log_odds(moved)).abs() < 1e-12);
        assert!((lesson.said() - sigmoid(1.5f64.ln() + lesson.learnt())).abs() < 1e-12);
        let (mut filter, mut expected) = (online.filter.clone(), again);
        filter.learn(&lesson.z, sigmoid(1.5f64.ln() + first), at % 3 == 0);
        expected.learn(moved, lesson.said(), at % 3 == 0);
        online.learn(&lesson, at % 3 == 0);
        for (is, should) in online.filter.mean.iter().zip(&filter.mean) {
            assert!((is - should).abs() < 1e-12);
        }
        let (is, should) = (online.recalibration.as_ref().unwrap().log_odds(moved), expected.log_odds(moved));
        assert!((is - should).abs() < 1e-12 && should != 0.0);
    }
    assert_eq!(online.validate(), Ok(()));
}

#[test]
fn columns_that_are_missing_or_constant_learn_nothing() {
    // The mean of three times 0.1 is not 0.1.
    let rows = [vec![-1.0, f64::NAN, 0.1], vec![1.0, f64::NAN, 0.1], vec![0.5, f64::NAN, 0.1]];
    let mut online = start(&rows, &PRIOR);
    let z = standardise(&online, &[0.7, 5.0, 0.3]);
    assert_eq!(z[1..], [0.0, 0.0]);
    online.filter.learn(&z, 0.5, true);
    assert!(online.filter.mean[0] > 0.0 && online.filter.mean[1..] == [0.0, 0.0]);
    let wild = standardise(&online, &[1e9, 0.0, 0.0]);
    assert_eq!(wild[0], 4.0, "clipped");
}

#[test]
fn certainty_is_held_within_a_millionth() {
    let x = Matrix::from_rows([[-1.0].as_slice(), &[1.0]]).unwrap();
    let mut online = Online::start(&x, &[0.3, 0.6], &Prior { recalibration: Some(0.1), ..PRIOR }).unwrap();
    for at in 0..200 {
        let lesson = online.lesson([1.0].into_iter(), f64::from(u8::from(at % 2 == 0)));
        let inside = PROBABILITY_FLOOR..=1.0 - PROBABILITY_FLOOR;
        assert!(at == 0 || inside.contains(&lesson.said()) && lesson.learnt().is_finite(), "{lesson:?}");
        online.learn(&lesson, true);
    }
    assert_eq!(online.validate(), Ok(()));
}

#[test]
fn bad_input_is_named() {
    let x = Matrix::from_rows([[1.0].as_slice(), &[2.0]]).unwrap();
    let parameter = |prior: &Prior| match Online::start(&x, &EVEN, prior) {
        Err(LearnError::Parameter { name }) => name,
        other => panic!("{other:?}"),
    };
    assert_eq!(parameter(&Prior { share: 0.0, ..PRIOR }), "share");
    assert_eq!(parameter(&Prior { share: f64::NAN, ..PRIOR }), "share");
    assert_eq!(parameter(&Prior { counts: 1.5, ..PRIOR }), "counts");
    assert_eq!(parameter(&Prior { regression: Logistic { l2: 0.0, clip: 4.0 }, ..PRIOR }), "l2");
    assert_eq!(parameter(&Prior { recalibration: Some(0.0), ..PRIOR }), "recalibration");
    assert_eq!(Online::start(&x, &[], &PRIOR), Err(LearnError::NoRows));
    for told in [0.0, 1.0, f64::NAN] {
        assert_eq!(Online::start(&x, &[0.5, told], &PRIOR), Err(LearnError::Parameter { name: "told" }));
    }
    assert_eq!(Online::start(&Matrix::new(0, 1, vec![]).unwrap(), &EVEN, &PRIOR), Err(LearnError::NoRows));
    let none = Err(LearnError::Shape { what: "columns", expected: 1, found: 0 });
    assert_eq!(Online::start(&Matrix::new(2, 0, vec![]).unwrap(), &EVEN, &PRIOR), none);
}

#[test]
fn what_was_never_written_is_refused() {
    let sound = start(&rows(6, 50, 3), &PRIOR);
    assert_eq!(sound.validate(), Ok(()));
    let spoilt = |spoil: fn(&mut Online)| {
        let mut online = sound.clone();
        spoil(&mut online);
        online.validate()
    };
    let bad = |what, index| Err(Invalid::NotFinite { what, index });
    assert_eq!(spoilt(|o| o.filter.covariance[1] *= 1.5), bad("covariance", 1), "not symmetric");
    assert_eq!(spoilt(|o| o.filter.covariance[4] = -1.0), bad("covariance", 4));
    assert_eq!(spoilt(|o| o.filter.covariance[8] = f64::INFINITY), bad("covariance", 8));
    assert_eq!(spoilt(|o| o.filter.mean[2] = f64::NAN), bad("coefficient", 2));
    assert_eq!(spoilt(|o| o.terms[1].per_sd = -1.0), bad("term", 1));
    assert_eq!(spoilt(|o| o.filter.counts = 0.0), bad("count of an outcome", 0));
    let whole = bad("covariance as a whole", 0);
    assert_eq!(spoilt(|o| (o.filter.covariance[1], o.filter.covariance[3]) = (1e3, 1e3)), whole, "indefinite");
    assert_eq!(spoilt(|o| o.filter.mean[0] = f64::MAX), whole);
    assert_eq!(spoilt(|o| o.clip = 1e200), whole);
    let again = |o: &mut Online| {
        let one = Recalibration::start(&[-1.0, 1.0], 0.1, 0.1, 1.0).unwrap();
        let mut told = serde_json::to_value(one).unwrap();
        told["spread"] = (-1.0).into();
        o.recalibration = Some(serde_json::from_value(told).unwrap());
    };
    assert_eq!(spoilt(again), bad("spread", 0));
    let empty = |o: &mut Online| (o.terms, o.filter.mean, o.filter.covariance) = Default::default();
    assert_eq!(spoilt(empty), Err(Invalid::Length { what: "coefficients" }));
    let lengths = Err(Invalid::Length { what: "coefficients" });
    assert_eq!(spoilt(|o| o.filter.covariance.truncate(1)), lengths);
    assert_eq!(spoilt(|o| o.filter.mean.truncate(1)), lengths);
}

proptest! {
    /// Whatever comes, all stays finite, symmetric and no less certain than before.
    #[test]
    fn outcomes_only_make_it_surer(
        outcomes in prop::collection::vec((prop::collection::vec(-50.0..50.0_f64, 3), 0.0..=1.0_f64, any::<bool>()), 1..60),
    ) {
        let mut online = start(&rows(7, 40, 3), &PRIOR);
        for (row, said, outcome) in outcomes {
            let z = standardise(&online, &row);
            let (before, told) = (online.filter.covariance.clone(), online.filter.log_odds(&z));
            online.filter.learn(&z, said, outcome);
            prop_assert_eq!(online.validate(), Ok(()));
            for place in [0, 4, 8] {
                prop_assert!(online.filter.covariance[place] <= before[place]);
            }
            let moved = online.filter.log_odds(&z) - told;
            prop_assert!(if outcome { moved >= 0.0 } else { moved <= 0.0 }, "towards what happened");
        }
    }
}
