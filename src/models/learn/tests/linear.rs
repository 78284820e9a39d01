//! Linear models.

use super::*;

/// The library's own logistic regression, as a second opinion on ours.
#[test]
fn logistic_agrees_with_smartcores() {
    use smartcore::linear::logistic_regression::{LogisticRegression, LogisticRegressionParameters};
    let (x, labels) = sample(800, 4, 3, 0.0, |row| 0.5 + row[0] - 2.0 * row[1]);
    let ours = fit(&Recipe::Logistic(Logistic { l2: 3.0, clip: 50.0 }), &x, &labels, 0).unwrap();
    // Standardised as ours are: the penalty counts in standard deviations.
    let mut values = Vec::new();
    for column in 0..4 {
        let column = x.column(column);
        let mean = column.iter().sum::<f64>() / 800.0;
        let sd = (column.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / 800.0).sqrt();
        values.extend(column.iter().map(|value| (value - mean) / sd));
    }
    let matrix = DenseMatrix::new(800, 4, values.clone(), true).unwrap();
    let classes: Vec<i32> = labels.iter().map(|&up| i32::from(up)).collect();
    let parameters = LogisticRegressionParameters::default().with_alpha(3.0);
    let theirs = LogisticRegression::fit(&matrix, &classes, parameters).unwrap();
    let coefficients: Vec<f64> = theirs.coefficients().iter().copied().collect();
    let intercept = *theirs.intercept().iter().next().unwrap();
    for (row, ours) in ours.predict_all(&x, None).unwrap().into_iter().enumerate() {
        let score: f64 = (0..4).map(|column| coefficients[column] * values[column * 800 + row]).sum();
        assert!((ours - sigmoid(intercept + score)).abs() < 1e-4, "row {row}");
    }
}

#[test]
fn ridge_finds_the_line_and_shrinks_it() {
    let (x, _) = sample(2_000, 3, 20, 0.0, |_| 0.0);
    let target = |row: &[f64]| 5.0 + 2.0 * row[0] - row[2];
    let mut row = [0.0; 3];
    let targets: Vec<f64> = (0..2_000)
        .map(|at| {
            x.copy_row(at, &mut row);
            target(&row)
        })
        .collect();
    let weights = [1.0; 2_000];
    let exact = Ridge { l2: 1e-6, clip: 6.0 }.fit(&x, &targets, &weights).unwrap();
    for row in [[0.0; 3], [1.0, 0.5, -1.0], [-2.0, 2.0, 2.0]] {
        assert!((exact.predict(&row).unwrap() - target(&row)).abs() < 1e-6);
    }
    // With one column the penalty of 2,000 on 2,000 rows of variance 1 halves the slope.
    let one = Matrix::new(2_000, 1, x.column(0).to_vec()).unwrap();
    let slope = |l2: f64| {
        let fitted = Ridge { l2, clip: 6.0 }.fit(&one, x.column(0), &weights).unwrap();
        fitted.predict(&[1.0]).unwrap() - fitted.predict(&[0.0]).unwrap()
    };
    assert!((slope(1e-9) - 1.0).abs() < 1e-9 && (slope(2_000.0) - 0.5).abs() < 1e-9);
    assert!(exact.predict(&[f64::NAN; 3]).unwrap().is_finite() && exact.validate().is_ok());
    assert!(exact.predict(&[0.0]).is_err());
    let fails =
        |targets: &[f64], weights: &[f64]| Ridge { l2: 1.0, clip: 6.0 }.fit(&one, targets, weights).unwrap_err();
    assert_eq!(fails(&[f64::NAN; 2_000], &weights), LearnError::Target { row: 0 });
    assert_eq!(fails(x.column(0), &[0.0; 2_000]), LearnError::NoRows);
    assert!(matches!(fails(&[0.0], &weights), LearnError::Shape { what: "targets", .. }));
}
