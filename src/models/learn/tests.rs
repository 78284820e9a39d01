mod bags;
mod linear;
mod scaled;

use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use smartcore::linalg::basic::matrix::DenseMatrix;

use super::{
    bag::{self, Plan},
    folds::Reach,
    *,
};
use crate::{
    models::{
        metrics,
        newton::{logit, sigmoid},
    },
    units::Timestamp,
};

/// Rows whose log-odds are `truth`, with `missing` of the cells taken away afterwards.
fn sample(rows: usize, width: usize, seed: u64, missing: f64, truth: impl Fn(&[f64]) -> f64) -> (Matrix, Vec<bool>) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut all = Vec::new();
    let mut labels = Vec::new();
    for _ in 0..rows {
        let mut row: Vec<f64> = (0..width).map(|_| rng.random_range(-2.0..2.0)).collect();
        labels.push(rng.random::<f64>() < sigmoid(truth(&row)));
        row.iter_mut().filter(|_| rng.random::<f64>() < missing).for_each(|cell| *cell = f64::NAN);
        all.push(row);
    }
    (Matrix::from_rows(all.iter().map(Vec::as_slice)).unwrap(), labels)
}

fn hours(rows: usize) -> Vec<Timestamp> {
    (0..rows as u64).map(|hour| Timestamp(1_600_002_000 + 3_600 * hour)).collect()
}

fn boosting() -> Boosting {
    Boosting {
        trees: 20,
        learning_rate: 0.2,
        leaves: 8,
        min_leaf: 5,
        l2: 1.0,
        column_share: 0.5,
        ..Boosting::default()
    }
}

fn forest(kind: Kind) -> Forest {
    Forest { kind, trees: 8, depth: 6, min_leaf: 5, columns_per_split: 0 }
}

fn recipes() -> [Recipe; 5] {
    [
        Recipe::Boosting(boosting()),
        Recipe::Forest(forest(Kind::Random)),
        Recipe::Forest(forest(Kind::Extra)),
        Recipe::Logistic(Logistic { l2: 1.0, clip: 5.0 }),
        Recipe::Scaled(Scaled { index: Logistic::default(), scale_columns: 1, scale: Logistic::default() }),
    ]
}

fn fit(recipe: &Recipe, x: &Matrix, labels: &[bool], seed: u64) -> Result<Fitted, LearnError> {
    recipe.fit(&Training::new(x, labels, &vec![1.0; labels.len()])?, seed)
}

fn bits(values: &[f64]) -> Vec<u64> {
    values.iter().map(|value| value.to_bits()).collect()
}

fn floats(labels: &[bool]) -> Vec<f64> {
    labels.iter().map(|&label| f64::from(u8::from(label))).collect()
}

fn plan(threads: usize) -> Plan {
    Plan::new(Reach { horizon: 4 * 3_600, embargo: 24 * 3_600 }, 11, threads)
}

#[test]
fn forests_say_what_the_library_says_to_the_bit() {
    use smartcore::ensemble::{extra_trees_regressor::*, random_forest_regressor::*};
    let (x, labels) = sample(500, 5, 2, 0.0, |row| 2.0 * row[0] - row[1]);
    let values: Vec<f64> = (0..5).flat_map(|column| x.column(column)).copied().collect();
    let matrix = DenseMatrix::new(500, 5, values, true).unwrap();
    let random = RandomForestRegressorParameters::default()
        .with_n_trees(8)
        .with_max_depth(6)
        .with_min_samples_leaf(5)
        .with_min_samples_split(10)
        .with_m(2)
        .with_seed(9);
    let extra = ExtraTreesRegressorParameters::default()
        .with_n_trees(8)
        .with_max_depth(6)
        .with_min_samples_leaf(5)
        .with_min_samples_split(10)
        .with_m(2)
        .with_seed(9);
    let library = RandomForestRegressor::fit(&matrix, &floats(&labels), random).unwrap();
    check_forest(Kind::Random, &x, &labels, library.predict(&matrix).unwrap());
    let library = ExtraTreesRegressor::fit(&matrix, &floats(&labels), extra).unwrap();
    check_forest(Kind::Extra, &x, &labels, library.predict(&matrix).unwrap());
}

fn check_forest(kind: Kind, x: &Matrix, labels: &[bool], expected: Vec<f64>) {
    let fitted = fit(&Recipe::Forest(forest(kind)), x, labels, 9).unwrap();
    let expected: Vec<f64> =
        expected.into_iter().map(|p| p.clamp(PROBABILITY_FLOOR, 1.0 - PROBABILITY_FLOOR)).collect();
    assert_eq!(bits(&fitted.predict_all(x, None).unwrap()), bits(&expected), "{kind:?}");
}

#[test]
fn a_weight_of_two_counts_like_two_rows() {
    let (x, labels) = sample(300, 3, 4, 0.0, |row| row[0]);
    let rows: Vec<u32> = (0..300).chain(0..100).collect();
    let (doubled, twice) = (x.take(&rows), rows.iter().map(|&row| labels[row as usize]).collect::<Vec<_>>());
    let weights: Vec<f64> = (0..300).map(|row| if row < 100 { 2.0 } else { 1.0 }).collect();
    let recipe = Logistic { l2: 1.0, clip: 50.0 };
    let weighted = recipe.fit(&Training::new(&x, &labels, &weights).unwrap(), 0).unwrap();
    let repeated = recipe.fit(&Training::new(&doubled, &twice, &[1.0; 400]).unwrap(), 0).unwrap();
    for (a, b) in weighted.predict_all(&x, None).unwrap().iter().zip(repeated.predict_all(&x, None).unwrap()) {
        assert!((a - b).abs() < 1e-9);
    }
    // Every learner listens to weights.
    for recipe in recipes() {
        let equal = fit(&recipe, &x, &labels, 1).unwrap().predict_all(&x, None).unwrap();
        let data = Training::new(&x, &labels, &weights).unwrap();
        assert_ne!(recipe.fit(&data, 1).unwrap().predict_all(&x, None).unwrap(), equal, "{}", recipe.name());
    }
}

#[test]
fn every_learner_finds_a_signal_and_repeats_itself() {
    let (x, labels) = sample(800, 5, 5, 0.05, |row| 3.0 * row[1]);
    let (later, outcomes) = sample(800, 5, 6, 0.05, |row| 3.0 * row[1]);
    for recipe in recipes() {
        let fitted = fit(&recipe, &x, &labels, 7).unwrap();
        let told = fitted.predict_all(&later, None).unwrap();
        assert!(metrics::auc(&told, &outcomes).unwrap() > 0.85, "{}", recipe.name());
        assert_eq!(fit(&recipe, &x, &labels, 7).unwrap(), fitted);
        assert_eq!(fitted.validate(), Ok(()));
        let stored: Fitted = serde_json::from_str(&serde_json::to_string(&fitted).unwrap()).unwrap();
        assert_eq!(bits(&stored.predict_all(&later, None).unwrap()), bits(&told), "{}", recipe.name());
        // The column that matters moves the rows most, and in the right direction.
        let mut moved = [0.0; 5];
        fitted.contributions(&[0.0, 1.9, 0.0, 0.0, 0.0], &mut moved).unwrap();
        assert!(moved[1] > 0.8 && (0..5).all(|column| column == 1 || moved[column].abs() < 0.5), "{moved:?}");
        if !["logistic", "scaled"].contains(&recipe.name()) {
            assert_ne!(fit(&recipe, &x, &labels, 8).unwrap(), fitted, "the seed matters");
        }
    }
}

#[test]
fn contributions_of_boosted_trees_add_up_to_the_log_odds() {
    let (x, labels) = sample(400, 4, 5, 0.05, |row| 2.0 * row[1] - row[0]);
    let fitted = fit(&Recipe::Boosting(Boosting { row_share: 1.0, ..boosting() }), &x, &labels, 7).unwrap();
    let mut row = [0.0; 4];
    let mut base = Vec::new();
    for at in 0..x.rows() {
        x.copy_row(at, &mut row);
        let mut moved = [0.0; 4];
        fitted.contributions(&row, &mut moved).unwrap();
        base.push(fitted.log_odds(&row, 0.0).unwrap() - moved.iter().sum::<f64>());
    }
    // What is left is what the roots say, the same for every row.
    assert!(base.iter().all(|left| (left - base[0]).abs() < 1e-4));
}

#[test]
fn columns_that_say_nothing_are_no_hindrance() {
    let (x, labels) = sample(300, 2, 8, 0.0, |row| 2.0 * row[0]);
    let nearly = |row: usize| if row == 17 { 1.0 } else { 0.0 };
    let rows: Vec<Vec<f64>> = (0..300)
        .map(|row| {
            let one_known = if row == 3 { 2.0 } else { f64::NAN };
            vec![5.0, x.column(0)[row], f64::NAN, x.column(1)[row], nearly(row), one_known]
        })
        .collect();
    let wide = Matrix::from_rows(rows.iter().map(Vec::as_slice)).unwrap();
    for recipe in recipes() {
        let fitted = fit(&recipe, &wide, &labels, 1).unwrap();
        let told = fitted.predict_all(&wide, None).unwrap();
        assert!(metrics::auc(&told, &labels).unwrap() > 0.8, "{}", recipe.name());
        let p = fitted.predict(&[f64::NAN; 6], 0.0).unwrap();
        assert!(p > 0.0 && p < 1.0);
        assert_eq!(fitted.predict(&[f64::INFINITY; 6], 0.0).unwrap(), p, "what is not finite is missing");
    }
    let constant = Matrix::new(300, 2, vec![1.0; 600]).unwrap();
    for recipe in recipes() {
        let p = fit(&recipe, &constant, &labels, 1).unwrap().predict(&[1.0, 9.0], 0.0).unwrap();
        let rate = labels.iter().filter(|&&up| up).count() as f64 / 300.0;
        assert!((p - rate).abs() < 1e-9, "{}: without columns, the base rate", recipe.name());
    }
}

#[test]
fn without_any_column_the_base_rate_is_left() {
    let x = Matrix::new(4, 0, vec![]).unwrap();
    // A scaled regression is none without columns.
    for recipe in &recipes()[..4] {
        let fitted = fit(recipe, &x, &[true, false, false, false], 1).unwrap();
        assert!((fitted.predict(&[], 0.0).unwrap() - 0.25).abs() < 1e-9 && fitted.validate().is_ok());
    }
}

#[test]
fn repeated_rows_and_few_rows_are_learnt_from() {
    for recipe in recipes() {
        let x = Matrix::from_rows([[1.0, 2.0].as_slice(); 50]).unwrap();
        let labels: Vec<bool> = (0..50).map(|row| row % 5 == 0).collect();
        let p = fit(&recipe, &x, &labels, 1).unwrap().predict(&[1.0, 2.0], 0.0).unwrap();
        assert!((p - 0.2).abs() < 1e-9, "{}: {p}", recipe.name());
        let x = Matrix::from_rows([[0.0, 1.0].as_slice(), &[1.0, 0.0]]).unwrap();
        assert!(fit(&recipe, &x, &[false, true], 1).unwrap().predict(&[0.5, 0.5], 0.0).unwrap().is_finite());
    }
}

#[test]
fn refuses_what_cannot_be_learnt_from() {
    let x = Matrix::from_rows([[0.0].as_slice(), &[1.0]]).unwrap();
    let training = |labels: &[bool], weights: &[f64]| Training::new(&x, labels, weights).map(|_| ()).unwrap_err();
    assert_eq!(training(&[true, true], &[1.0, 1.0]), LearnError::OneClass);
    assert_eq!(training(&[true, false], &[1.0, 0.0]), LearnError::OneClass);
    assert_eq!(training(&[true, false], &[1.0, f64::NAN]), LearnError::Weight { row: 1 });
    assert_eq!(training(&[true], &[1.0, 1.0]), LearnError::Shape { what: "labels", expected: 2, found: 1 });
    let none = Matrix::new(0, 1, vec![]).unwrap();
    assert_eq!(Training::new(&none, &[], &[]).map(|_| ()), Err(LearnError::NoRows));
    assert_eq!(Matrix::new(2, 1, vec![0.0, f64::INFINITY]), Err(LearnError::Infinite { row: 1, column: 0 }));
    assert!(matches!(Matrix::new(2, 2, vec![0.0]), Err(LearnError::Shape { expected: 4, found: 1, .. })));
    let data = Training::new(&x, &[true, false], &[1.0, 1.0]).unwrap();
    for recipe in [
        Recipe::Boosting(Boosting { trees: 0, ..Boosting::default() }),
        Recipe::Boosting(Boosting { learning_rate: f64::NAN, ..Boosting::default() }),
        Recipe::Boosting(Boosting { bins: 1, ..Boosting::default() }),
        Recipe::Boosting(Boosting { l2: 0.0, min_leaf_hessian: 0.0, ..Boosting::default() }),
        Recipe::Forest(Forest { trees: 0, ..forest(Kind::Extra) }),
        Recipe::Logistic(Logistic { l2: 0.0, ..Logistic::default() }),
    ] {
        assert!(matches!(recipe.fit(&data, 1), Err(LearnError::Parameter { .. })), "{recipe:?}");
    }
    let fitted = fit(&recipes()[0], &x, &[true, false], 1).unwrap();
    assert_eq!(fitted.predict(&[1.0, 2.0], 0.0), Err(PredictError { expected: 1, found: 2 }));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whatever is in a file: either it is refused, or it predicts without a panic.
    #[test]
    fn damaged_models_are_refused_or_harmless(
        which in 0usize..5,
        hits in prop::collection::vec((any::<prop::sample::Index>(), 0usize..6), 1..4),
    ) {
        let (x, labels) = sample(60, 3, 17, 0.1, |row| row[0]);
        let fitted = fit(&recipes()[which], &x, &labels, 1).unwrap();
        let mut value = serde_json::to_value(&fitted).unwrap();
        for (index, kind) in hits {
            let mut numbers = Vec::new();
            collect(&mut value, &mut numbers);
            let number = index.get(&numbers).clone();
            let old = value.pointer(&number).unwrap().clone();
            *value.pointer_mut(&number).unwrap() = match kind {
                0 => 0.into(),
                1 => 1.into(),
                2 => 65_535.into(),
                3 => u32::MAX.into(),
                4 => serde_json::Value::from(old.as_u64().map_or(1e308, |n| n as f64 + 1.0) as u64),
                _ => (-1).into(),
            };
        }
        if let Ok(damaged) = serde_json::from_value::<Fitted>(value) && damaged.validate().is_ok() {
            let row = vec![f64::NAN; damaged.width()];
            prop_assert!(damaged.predict(&row, 0.0).unwrap().is_finite());
            let row = vec![0.5; damaged.width()];
            prop_assert!(damaged.predict(&row, 0.0).unwrap().is_finite());
            damaged.contributions(&row, &mut vec![0.0; row.len()]).unwrap();
        }
    }

    #[test]
    fn probabilities_stay_between_0_and_1(
        row in prop::collection::vec(prop_oneof![Just(f64::NAN), any::<f64>()], 3), which in 0usize..5,
    ) {
        let (x, labels) = sample(60, 3, 18, 0.1, |row| row[0]);
        let fitted = fit(&recipes()[which], &x, &labels, 1).unwrap();
        let p = fitted.predict(&row, 0.0).unwrap();
        prop_assert!((PROBABILITY_FLOOR..=1.0 - PROBABILITY_FLOOR).contains(&p));
        prop_assert!((sigmoid(logit(p)) - p).abs() < 1e-9);
    }
}

/// The paths of all numbers within a JSON value.
fn collect(value: &mut serde_json::Value, into: &mut Vec<String>) {
    fn walk(value: &serde_json::Value, path: &str, into: &mut Vec<String>) {
        match value {
            serde_json::Value::Number(_) => into.push(path.to_owned()),
            serde_json::Value::Array(items) => {
                items.iter().enumerate().for_each(|(at, item)| walk(item, &format!("{path}/{at}"), into));
            }
            serde_json::Value::Object(fields) => {
                fields.iter().for_each(|(name, item)| walk(item, &format!("{path}/{name}"), into));
            }
            _ => {}
        }
    }
    walk(value, "", into);
}

#[test]
fn offsets_are_corrected_not_learnt_again() {
    // Something else knows half of the truth already.
    let truth = |row: &[f64]| 2.0 * row[0] - 2.0 * row[1];
    let (x, labels) = sample(1_500, 3, 19, 0.0, truth);
    let offsets: Vec<f64> = x.column(0).iter().map(|value| 2.0 * value - 1.0).collect();
    let weights = [1.0; 1_500];
    let data = Training::new(&x, &labels, &weights).unwrap().with_offsets(&offsets).unwrap();
    for recipe in [recipes()[0], recipes()[3], recipes()[4]] {
        let fitted = recipe.fit(&data, 1).unwrap();
        let told = fitted.predict_all(&x, Some(&offsets)).unwrap();
        let alone: Vec<f64> = offsets.iter().map(|&offset| sigmoid(offset)).collect();
        let (with, without) = (metrics::log_loss(&told, &labels).unwrap(), metrics::log_loss(&alone, &labels).unwrap());
        assert!(with < without - 0.1, "{}: {with} {without}", recipe.name());
        // What the offset says is not learnt a second time.
        let mut moved = [0.0; 3];
        fitted.contributions(&[1.5, 0.0, 0.0], &mut moved).unwrap();
        assert!(moved[0].abs() < 0.8, "{}: {moved:?}", recipe.name());
        // An offset moves the log-odds by as much.
        let row = [0.1, 0.2, 0.3];
        let moved = fitted.log_odds(&row, 0.7).unwrap() - fitted.log_odds(&row, 0.2).unwrap();
        assert!((moved - 0.5).abs() < 1e-9);
        let bagged = bag::grow(&recipe, &data, &hours(1_500), &plan(2), &|_, _| {}).unwrap();
        assert!(metrics::log_loss(&bagged.out_of_fold, &labels).unwrap() < without - 0.1);
        let told = bagged.bag.predict_all(&x, Some(&offsets)).unwrap();
        assert!(metrics::log_loss(&told, &labels).unwrap() < without - 0.1);
    }
    let error = recipes()[1].fit(&data, 1).unwrap_err();
    assert_eq!(error, LearnError::NoOffsets { learner: "random_forest" });
    let data = Training::new(&x, &labels, &weights).unwrap();
    assert!(data.with_offsets(&offsets[1..]).is_err());
    let bad: Vec<f64> = offsets.iter().map(|_| f64::NAN).collect();
    assert_eq!(data.with_offsets(&bad).map(|_| ()), Err(LearnError::Offset { row: 0 }));
}
