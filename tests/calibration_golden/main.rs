//! Calibration against scikit-learn (see generate.py): an implementation we did not write.

use serde::Deserialize;
use shoal::models::{
    calibrate::{Calibrator, Kind, Rows},
    metrics,
};

#[derive(Deserialize)]
struct Golden {
    raw: Vec<f64>,
    labels: Vec<u8>,
    weights: Vec<f64>,
    grid: Vec<f64>,
    isotonic: Vec<f64>,
    platt: Vec<f64>,
    beta: Vec<f64>,
    beta_coefficients: Vec<f64>,
    expected_calibration_error: f64,
}

/// scikit-learn's optimisers stop a little short of the optimum, isotonic regression has none.
#[test]
fn calibrations_equal_scikit_learns() {
    let golden: Golden = serde_json::from_str(include_str!("golden.json")).unwrap();
    let labels: Vec<bool> = golden.labels.iter().map(|&label| label == 1).collect();
    assert_eq!((labels.len(), golden.grid.len()), (400, 51));
    let rows = Rows::new(&golden.raw, &labels, &golden.weights).unwrap();
    // We hold isotonic values away from 0 and 1, scikit-learn does not.
    let margin = 1.0 / (golden.weights.iter().sum::<f64>() + 2.0);
    let isotonic: Vec<f64> = golden.isotonic.iter().map(|p| p.clamp(margin, 1.0 - margin)).collect();
    for (kind, expected, tolerance) in
        [(Kind::Isotonic, &isotonic, 1e-9), (Kind::Platt, &golden.platt, 1e-4), (Kind::Beta, &golden.beta, 1e-4)]
    {
        let calibrator = Calibrator::fit(kind, &rows).unwrap();
        for (&raw, &expected) in golden.grid.iter().zip(expected) {
            let ours = calibrator.apply(raw);
            assert!((ours - expected).abs() < tolerance, "{kind:?} at {raw}: {ours}, scikit-learn {expected}");
        }
        if let Calibrator::Beta(beta) = calibrator {
            let theirs = &golden.beta_coefficients;
            assert!((beta.a - theirs[0]).abs() < 1e-3 && (beta.b - theirs[1]).abs() < 1e-3, "{beta:?} {theirs:?}");
            assert!(theirs.iter().all(|coefficient| *coefficient > 0.1), "both ends bend");
        }
    }
}

#[test]
fn the_calibration_error_equals_numpys() {
    let golden: Golden = serde_json::from_str(include_str!("golden.json")).unwrap();
    let labels: Vec<bool> = golden.labels.iter().map(|&label| label == 1).collect();
    let ours = metrics::expected_calibration_error(&golden.raw, &labels).unwrap();
    assert!((ours - golden.expected_calibration_error).abs() < 1e-12, "{ours}");
}
