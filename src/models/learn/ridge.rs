//! Linear regression with an L2 penalty on imputed, standardised columns.

use super::{
    Fitted, LearnError, Matrix,
    fitted::Body,
    linear::{Linear, Term},
    logistic::term,
};
use crate::models::newton;

/// Minimises the squared errors plus `l2` times the squared coefficients of standardised columns
/// (scikit-learn's `alpha`), the intercept free. What it says is [`Fitted::score`]. Standardised
/// values are held within `clip` standard deviations.
///
/// # Errors
/// [`LearnError`] where there are no rows, a target is not finite or a parameter is out of range.
pub fn ridge(x: &Matrix, targets: &[f64], l2: f64, clip: f64) -> Result<Fitted, LearnError> {
    for (name, value) in [("l2", l2), ("clip", clip)] {
        if !(value.is_finite() && value > 0.0) {
            return Err(LearnError::Parameter { name });
        }
    }
    if targets.len() != x.rows() {
        return Err(LearnError::Shape { what: "targets", expected: x.rows(), found: targets.len() });
    }
    if targets.is_empty() {
        return Err(LearnError::NoRows);
    }
    if let Some(row) = targets.iter().position(|target| !target.is_finite()) {
        return Err(LearnError::Offset { row });
    }
    let weights = vec![1.0; x.rows()];
    let mut terms = vec![Term { fill: 0.0, mean: 0.0, per_sd: 0.0, weight: 0.0 }; x.width()];
    let (varying, mut columns) = (x.varying(), Vec::new());
    for &column in &varying {
        let values = x.column(column);
        terms[column] = term(values, &weights);
        columns.push(values.iter().map(|&value| terms[column].standardise(value, clip)).collect::<Vec<f64>>());
    }
    let solution = newton::least_squares(&columns, targets, l2)
        .map_err(|error| LearnError::Library { learner: "ridge", reason: error.to_string() })?;
    for (&column, weight) in varying.iter().zip(solution.coefficients) {
        terms[column].weight = weight;
    }
    Ok(Fitted::new(x.width(), Body::Linear(Linear { intercept: solution.intercept, clip, terms })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_a_plane_and_shrinks_with_the_penalty() {
        // y = 3 + 2 a - b over a grid; c says nothing.
        let rows: Vec<[f64; 3]> =
            (0..400).map(|i| [f64::from(i % 20), f64::from(i / 20), f64::from(i * 7 % 13)]).collect();
        let x = Matrix::from_rows(rows.iter().map(<[f64; 3]>::as_slice)).unwrap();
        let y: Vec<f64> = rows.iter().map(|row| 3.0 + 2.0 * row[0] - row[1]).collect();
        let free = ridge(&x, &y, 1e-9, 10.0).unwrap();
        for (row, y) in rows.iter().zip(&y) {
            assert!((free.score(row, 0.0).unwrap() - y).abs() < 1e-6);
        }
        let (low, high) = ([0.0, 0.0, 0.0], [10.0, 0.0, 0.0]);
        let slope = |fitted: &Fitted| (fitted.score(&high, 0.0).unwrap() - fitted.score(&low, 0.0).unwrap()) / 10.0;
        // One standardised column's coefficient shrinks by n / (n + l2).
        let half = ridge(&x, &y, 400.0, 10.0).unwrap();
        assert!((slope(&half) - 1.0).abs() < 0.02, "{}", slope(&half));
    }

    #[test]
    fn faults_are_told() {
        let x = Matrix::from_rows([[1.0].as_slice(), &[2.0]]).unwrap();
        assert!(matches!(ridge(&x, &[1.0], 1.0, 1.0), Err(LearnError::Shape { .. })));
        assert!(matches!(ridge(&x, &[1.0, f64::NAN], 1.0, 1.0), Err(LearnError::Offset { row: 1 })));
        assert!(matches!(ridge(&x, &[1.0, 2.0], 0.0, 1.0), Err(LearnError::Parameter { name: "l2" })));
    }
}
