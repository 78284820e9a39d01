use forust_ml::{
    data::Matrix as ForustMatrix,
    gradientbooster::{GradientBooster, GrowPolicy},
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::models::{learn::Matrix, metrics};

/// Columns of few values, so that any way to cut them into bins cuts between the same values.
fn sample(rows: usize, seed: u64, missing: f64) -> (Matrix, Vec<bool>) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut all = Vec::new();
    let mut labels = Vec::new();
    for _ in 0..rows {
        let row: [f64; 4] = std::array::from_fn(|_| f64::from(rng.random_range(0..12)) / 3.0);
        labels.push(rng.random::<f64>() < sigmoid(row[0] - row[1] + 0.5 * (row[2] - 2.0) * (row[3] - 2.0)));
        all.push(row.map(|cell| if rng.random::<f64>() < missing { f64::NAN } else { cell }));
    }
    (Matrix::from_rows(all.iter().map(<[f64; 4]>::as_slice)).unwrap(), labels)
}

const PLAIN: Boosting = Boosting {
    trees: 25,
    learning_rate: 0.1,
    leaves: 8,
    depth: 3,
    min_leaf: 1,
    min_leaf_hessian: 0.0,
    l2: 2.0,
    row_share: 1.0,
    column_share: 1.0,
    bins: 63,
};

/// Without drawing rows and columns, and with room for every leaf, there is one right answer:
/// forust-ml's, another's code, but for its single precision. (Where leaves are scarce it splits
/// the node with the most pull first, and not the one whose split saves most; and a least hessian
/// it asks of the values that are present alone.)
#[test]
fn grows_the_trees_that_forust_grows() {
    for missing in [0.0, 0.1] {
        let (x, labels) = sample(2_000, 1, missing);
        let weights: Vec<f64> = (0..2_000).map(|row| if row % 3 == 0 { 2.0 } else { 0.5 }).collect();
        let data = Training::new(&x, &labels, &weights).unwrap();
        let ours = PLAIN.fit(&data, 0).unwrap().predict_all(&x, None).unwrap();
        let rate = data.base_rate();
        let mut forust = GradientBooster::default()
            .set_iterations(25)
            .set_learning_rate(0.1)
            .set_max_depth(3)
            .set_max_leaves(8)
            .set_l2(2.0)
            .set_min_leaf_weight(0.0)
            .set_initialize_base_score(false)
            .set_base_score((rate / (1.0 - rate)).ln())
            .set_nbins(63)
            // We do not split on whether a value is missing alone: that tells eras apart.
            .set_allow_missing_splits(false)
            .set_parallel(false);
        forust.grow_policy = GrowPolicy::LossGuide;
        let values: Vec<f64> = (0..4).flat_map(|column| x.column(column)).copied().collect();
        let matrix = ForustMatrix::new(&values, 2_000, 4);
        forust.fit(&matrix, &data.targets(), &weights, None).unwrap();
        let theirs: Vec<f64> = forust.predict(&matrix, false).into_iter().map(sigmoid).collect();
        let far = ours.iter().zip(&theirs).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(far < 1e-4, "{missing} missing: {far}");
        assert!(metrics::auc(&ours, &labels).unwrap() > 0.8);
    }
}

#[test]
fn stored_trees_say_what_the_grown_ones_added_up_to() {
    // The scores that boosting keeps of its training rows, by bins, against a walk by thresholds.
    let (x, labels) = sample(800, 2, 0.05);
    let weights = [1.0; 800];
    let data = Training::new(&x, &labels, &weights).unwrap();
    let params = Boosting { row_share: 0.6, column_share: 0.5, ..PLAIN };
    let fitted = params.fit(&data, 3).unwrap();
    let bins = Bins::new(&x, 63);
    let mut draw = ChaCha8Rng::seed_from_u64(3);
    let targets = data.targets();
    let base = newton::intercept(&[0.0; 800], &targets, &weights);
    let mut scores = vec![base; 800];
    for _ in 0..params.trees {
        let pulls: Vec<Pull> = scores
            .iter()
            .zip(&targets)
            .map(|(score, target)| {
                let p = sigmoid(*score);
                [p - target, p * (1.0 - p)]
            })
            .collect();
        let columns = columns(&mut draw, 4, 0.5);
        let (mut drawn, _) = rows(&mut draw, 800, 0.6);
        let grown = Grown::grow(&bins, &columns, &mut drawn, &pulls, &params, &mut [0.0; 800]);
        scores.iter_mut().enumerate().for_each(|(row, score)| *score += grown.value(&bins, row));
    }
    for (told, score) in fitted.predict_all(&x, None).unwrap().into_iter().zip(scores) {
        assert!((told - sigmoid(score)).abs() < 1e-12);
    }
}

#[test]
fn leaves_depth_and_rows_are_bounded() {
    let (x, labels) = sample(1_000, 4, 0.0);
    let weights = [1.0; 1_000];
    let data = Training::new(&x, &labels, &weights).unwrap();
    let different = |params: Boosting| {
        let mut told = Boosting { trees: 1, ..params }.fit(&data, 0).unwrap().predict_all(&x, None).unwrap();
        told.sort_by(f64::total_cmp);
        told.chunk_by(|a, b| a == b).map(<[f64]>::len).collect::<Vec<_>>()
    };
    assert_eq!(different(Boosting { leaves: 5, depth: 20, ..PLAIN }).len(), 5);
    assert_eq!(different(Boosting { leaves: 64, depth: 2, ..PLAIN }).len(), 4);
    let many = different(Boosting { leaves: 64, depth: 20, min_leaf: 90, ..PLAIN });
    assert!(many.len() > 4 && many.iter().all(|&rows| rows >= 90), "{many:?}");
    assert_eq!(different(Boosting { min_leaf: 501, ..PLAIN }), [1_000], "no split leaves enough");
}

#[test]
fn where_leaves_are_scarce_the_split_that_saves_most_comes_first() {
    // The left half (0 or 1) is told apart a little, the right half (2 or 3) a lot.
    let share = |value: usize| [10, 14, 70, 95][value];
    let rows: Vec<[f64; 1]> = (0..400).map(|row| [f64::from(row / 100)]).collect();
    let labels: Vec<bool> = (0..400).map(|row| row % 100 < share(row / 100)).collect();
    let x = Matrix::from_rows(rows.iter().map(<[f64; 1]>::as_slice)).unwrap();
    let weights = [1.0; 400];
    let data = Training::new(&x, &labels, &weights).unwrap();
    let fitted = Boosting { trees: 1, leaves: 3, l2: 0.0, min_leaf_hessian: 1.0, ..PLAIN }.fit(&data, 0).unwrap();
    let at = |value: f64| fitted.predict(&[value], 0.0).unwrap();
    assert!(at(0.0) == at(1.0) && at(1.0) < at(2.0) && at(2.0) < at(3.0));
}

#[test]
fn draws_are_as_many_as_asked_for() {
    let mut draw = ChaCha8Rng::seed_from_u64(5);
    for (count, share, wanted) in [(10, 0.3, 3), (10, 0.01, 1), (1, 1.0, 1), (7, 1.0, 7)] {
        let drawn = columns(&mut draw, count, share);
        assert!(drawn.len() == wanted && drawn.windows(2).all(|pair| pair[0] < pair[1]) && drawn[wanted - 1] < count);
    }
    let (drawn, rest) = rows(&mut draw, 10_000, 0.7);
    assert!(drawn.len().abs_diff(7_000) < 200 && drawn.len() + rest.len() == 10_000);
    assert_eq!(rows(&mut draw, 3, 1e-9).0, [0, 1, 2]);
}
