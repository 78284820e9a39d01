//! The scaled regression.

use super::{super::*, fit, sample};

/// The scale's column makes the index's say more or less; no plain regression on both can tell so.
#[test]
fn a_scale_is_learnt_and_is_what_the_plain_regression_lacks() {
    let truth = |row: &[f64]| 0.3 + (0.8 * row[2]).exp() * (0.5 * row[0] - 0.3 * row[1]);
    let (x, labels) = sample(20_000, 3, 31, 0.0, truth);
    let logistic = Logistic { l2: 1.0, clip: 5.0 };
    let scaled = Recipe::Scaled(Scaled { index: logistic, scale_columns: 1, scale: logistic });
    let fitted = fit(&scaled, &x, &labels, 1).unwrap();
    let plain = fit(&Recipe::Logistic(logistic), &x, &labels, 1).unwrap();
    let mut row = [0.0; 3];
    let (mut off, mut plain_off) = (0.0, 0.0);
    for at in 0..x.rows() {
        x.copy_row(at, &mut row);
        off += (fitted.log_odds(&row, 0.0).unwrap() - truth(&row)).powi(2) / x.rows() as f64;
        plain_off += (plain.log_odds(&row, 0.0).unwrap() - truth(&row)).powi(2) / x.rows() as f64;
    }
    assert!(off.sqrt() < 0.06 && plain_off.sqrt() > 0.5, "{} {}", off.sqrt(), plain_off.sqrt());
    // The scale ends at e^2 times the index, however far its column goes.
    let wide = Recipe::Scaled(Scaled { index: logistic, scale_columns: 1, scale: Logistic { l2: 1e-3, clip: 50.0 } });
    let wide = fit(&wide, &x, &labels, 1).unwrap();
    let told =
        |scale: f64| wide.log_odds(&[0.01, 0.0, scale], 0.0).unwrap() - wide.log_odds(&[0.0, 0.0, scale], 0.0).unwrap();
    assert!((told(20.0) / told(30.0) - 1.0).abs() < 1e-6, "{} {}", told(20.0), told(30.0));
    assert!((told(30.0) / told(-30.0) - 4f64.exp()).abs() < 1e-3, "{}", told(30.0) / told(-30.0));
}

/// The penalised loss, written anew, is more wherever a coefficient is another.
#[test]
fn a_scaled_regression_stands_at_the_top_of_its_likelihood() {
    let truth = |row: &[f64]| (0.5 * row[2] - 0.4 * row[3]).exp() * (0.6 * row[0] - 0.2 * row[1]);
    let (x, labels) = sample(3_000, 4, 32, 0.0, truth);
    let penalised = |l2: f64| Logistic { l2, clip: 50.0 };
    let recipe = Recipe::Scaled(Scaled { index: penalised(60.0), scale_columns: 2, scale: penalised(5.0) });
    let fitted = fit(&recipe, &x, &labels, 1).unwrap();
    // Standardised, the intercept and four coefficients are told by five rows.
    let moments: Vec<(f64, f64)> = (0..4)
        .map(|column| {
            let values = x.column(column);
            let mean = values.iter().sum::<f64>() / 3_000.0;
            (mean, (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / 3_000.0).sqrt())
        })
        .collect();
    let at = |moves: [f64; 4]| {
        let row: Vec<f64> = moves.iter().zip(&moments).map(|(by, (mean, sd))| mean + by * sd).collect();
        fitted.log_odds(&row, 0.0).unwrap()
    };
    let intercept = at([0.0; 4]);
    let index = [at([1.0, 0.0, 0.0, 0.0]) - intercept, at([0.0, 1.0, 0.0, 0.0]) - intercept];
    let scale = [
        ((at([1.0, 0.0, 1.0, 0.0]) - intercept) / index[0]).ln(),
        ((at([1.0, 0.0, 0.0, 1.0]) - intercept) / index[0]).ln(),
    ];
    let objective = |beta: &[f64; 5]| {
        let mut row = [0.0; 4];
        let squares = |coefficients: &[f64]| coefficients.iter().map(|b| b * b).sum::<f64>();
        let mut loss = 30.0 * squares(&beta[1..3]) + 2.5 * squares(&beta[3..]);
        for (at, &label) in labels.iter().enumerate() {
            x.copy_row(at, &mut row);
            let z: Vec<f64> = row.iter().zip(&moments).map(|(value, (mean, sd))| (value - mean) / sd).collect();
            let odds = beta[0] + (beta[3] * z[2] + beta[4] * z[3]).exp() * (beta[1] * z[0] + beta[2] * z[1]);
            loss += (1.0 + odds.exp()).ln() - if label { odds } else { 0.0 };
        }
        loss
    };
    let ours = [intercept, index[0], index[1], scale[0], scale[1]];
    let best = objective(&ours);
    for place in 0..5 {
        for step in [-1e-3, 1e-3] {
            let mut moved = ours;
            moved[place] += step;
            assert!(objective(&moved) > best, "{place} {step}: {} {best}", objective(&moved));
        }
    }
}

#[test]
fn contributions_of_a_scaled_regression_add_up_to_its_log_odds() {
    let truth = |row: &[f64]| 0.3 + (0.8 * row[2] - 0.3 * row[3]).exp() * (0.5 * row[0] - 0.3 * row[1]);
    let (x, labels) = sample(2_000, 4, 33, 0.02, truth);
    let logistic = Logistic { l2: 1.0, clip: 5.0 };
    let recipe = Recipe::Scaled(Scaled { index: logistic, scale_columns: 2, scale: logistic });
    let fitted = fit(&recipe, &x, &labels, 1).unwrap();
    let moved = |row: [f64; 4]| {
        let mut out = [0.0; 4];
        fitted.contributions(&row, &mut out).unwrap();
        out
    };
    let base = fitted.log_odds(&[0.5, -0.5, 0.3, 0.1], 0.0).unwrap() - moved([0.5, -0.5, 0.3, 0.1]).iter().sum::<f64>();
    for row in [[1.0, 1.0, 1.0, 1.0], [-1.5, 0.2, 2.0, -2.0], [0.1, f64::NAN, f64::NAN, 0.4], [2.0, -2.0, 90.0, -90.0]]
    {
        let sum: f64 = moved(row).iter().sum();
        assert!((base + sum - fitted.log_odds(&row, 0.0).unwrap()).abs() < 1e-9, "{row:?}");
    }
    // What makes the scale smaller speaks against what the index says.
    let [first, _, quiet, _] = moved([2.0, 0.0, -2.0, 0.0]);
    assert!(first > 0.5 && quiet < -0.2, "{first} {quiet}");
}

#[test]
fn a_scaled_regression_needs_columns_of_both_kinds() {
    let (x, labels) = sample(50, 2, 34, 0.0, |row| row[0]);
    for scale_columns in [0, 2, 3] {
        let recipe = Recipe::Scaled(Scaled { index: Logistic::default(), scale_columns, scale: Logistic::default() });
        assert_eq!(fit(&recipe, &x, &labels, 1), Err(LearnError::Parameter { name: "scale_columns" }));
    }
    let scale = Logistic { l2: -1.0, clip: 5.0 };
    let recipe = Recipe::Scaled(Scaled { index: Logistic::default(), scale_columns: 1, scale });
    assert_eq!(fit(&recipe, &x, &labels, 1), Err(LearnError::Parameter { name: "l2" }));
}
