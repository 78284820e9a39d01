//! How far a row lies from what was trained on.
//!
//! The mean of squared robust z-scores `(x - median) / spread` over the columns that are known: of
//! a normal row about 1. Each square counts at most 100, so that one wild column cannot decide
//! alone. Correlation between columns is left out: a covariance of hundreds of heavy-tailed columns
//! would be less certain than what it corrects.

use serde::{Deserialize, Serialize};

use super::{error::FitError, quantile};

/// The most that one column counts: ten spreads away.
const MOST: f64 = 100.0;

/// Where a column lay in training; `None` where it was never known.
type Column = Option<Scale>;

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Scale {
    median: f64,
    /// 0 of a column that was constant: any other value is as far away as can be.
    spread: f64,
}

/// A measure of distance, and the limit above which a row is an outlier.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outlier {
    columns: Vec<Column>,
    limit: f64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score {
    /// `None` where no column is known that was known in training.
    pub distance: Option<f64>,
    /// Columns of the row that are not finite. They are left out, not taken for zero.
    pub missing: usize,
}

impl Outlier {
    /// Learns the columns from training rows; the limit is the `limit_quantile` of their own
    /// distances. A value that is not finite is missing.
    ///
    /// # Errors
    /// No row, rows of different widths, or none with a known column.
    pub fn fit(rows: &[&[f64]], limit_quantile: f64) -> Result<Self, FitError> {
        let width = rows.first().map_or(0, |row| row.len());
        if let Some(at) = rows.iter().position(|row| row.len() != width) {
            let found = rows.get(at).map_or(0, |row| row.len());
            return Err(FitError::Width { row: at, width: found, expected: width });
        }
        let mut known = Vec::with_capacity(rows.len());
        let columns = (0..width).map(|column| {
            known.clear();
            known.extend(rows.iter().filter_map(|row| row.get(column).copied().filter(|value| value.is_finite())));
            let (median, spread) = quantile::location_and_spread(&mut known)?;
            Some(Scale { median, spread })
        });
        let mut outlier = Self { columns: columns.collect(), limit: f64::MAX };
        let mut distances: Vec<f64> = rows.iter().filter_map(|row| outlier.score(row)?.distance).collect();
        outlier.limit = quantile::quantile(&mut distances, limit_quantile).ok_or(FitError::NoFeatures)?;
        Ok(outlier)
    }

    /// `None` of a row of another width.
    pub fn score(&self, row: &[f64]) -> Option<Score> {
        if row.len() != self.columns.len() {
            return None;
        }
        let (mut sum, mut count, mut missing) = (0.0, 0_u32, 0);
        for (value, column) in row.iter().zip(&self.columns) {
            if !value.is_finite() {
                missing += 1;
            } else if let Some(Scale { median, spread }) = column {
                let away = value - median;
                let z = if away == 0.0 { 0.0 } else { away / spread };
                // Not a number is as far away as can be, too.
                sum += (z * z).min(MOST);
                count += 1;
            }
        }
        Some(Score { distance: (count > 0).then(|| sum / f64::from(count)), missing })
    }

    pub fn width(&self) -> usize {
        self.columns.len()
    }

    pub fn limit(&self) -> f64 {
        self.limit
    }

    /// Whether it could have been fitted, and not made up.
    pub(super) fn is_sound(&self) -> bool {
        let sound = |scale: &Scale| scale.median.is_finite() && scale.spread >= 0.0;
        self.columns.iter().flatten().all(sound) && self.limit.is_finite() && self.limit >= 0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(rows: &[[f64; 3]], q: f64) -> Outlier {
        let rows: Vec<&[f64]> = rows.iter().map(<[f64; 3]>::as_slice).collect();
        Outlier::fit(&rows, q).unwrap()
    }

    #[test]
    fn hand_computed() {
        // Medians 3 and 30, deviations 2 1 0 1 2: spreads 1.4826 and 14.826; a constant; limit the
        // largest distance: (2 / 1.4826)^2 twice and 0, over 3.
        let rows: Vec<[f64; 3]> = (1..6).map(|i| [f64::from(i), 10.0 * f64::from(i), 7.0]).collect();
        let outlier = fit(&rows, 1.0);
        let square = (2.0 / 1.482_602_218_505_602_f64).powi(2);
        assert!((outlier.limit() - 2.0 * square / 3.0).abs() < 1e-12);
        let distance = |row: [f64; 3]| outlier.score(&row).unwrap().distance;
        assert_eq!(distance([3.0, 30.0, 7.0]), Some(0.0));
        assert!((distance([5.0, 30.0, 7.0]).unwrap() - square / 3.0).abs() < 1e-12);
        assert_eq!(distance([3.0, 30.0, 7.1]), Some(100.0 / 3.0), "a constant that moved");
        assert_eq!(distance([1e308, 30.0, 7.0]), Some(100.0 / 3.0), "one column counts so much");
        assert_eq!(outlier.score(&[1.0, 2.0]), None);
    }

    #[test]
    fn what_is_missing_is_not_zero() {
        let rows: Vec<[f64; 3]> = (1..6).map(|i| [f64::from(i), 100.0 + f64::from(i), f64::NAN]).collect();
        let outlier = fit(&rows, 0.99);
        let missing = outlier.score(&[3.0, f64::NAN, f64::INFINITY]).unwrap();
        assert_eq!(missing, Score { distance: Some(0.0), missing: 2 });
        assert!(outlier.score(&[3.0, 0.0, f64::NAN]).unwrap().distance.unwrap() > outlier.limit());
        // A column that training never knew says nothing.
        assert_eq!(outlier.score(&[3.0, 103.0, 1e9]).unwrap().distance, Some(0.0));
        assert_eq!(outlier.score(&[f64::NAN; 3]).unwrap(), Score { distance: None, missing: 3 });
    }

    #[test]
    fn the_limit_lets_the_quantile_pass() {
        let rows: Vec<[f64; 3]> =
            (0..1_000).map(|i| [(f64::from(i) * 0.7).sin(), (f64::from(i) * 1.3).cos(), f64::from(i % 7)]).collect();
        let outlier = fit(&rows, 0.95);
        let above = rows.iter().filter(|row| outlier.score(*row).unwrap().distance.unwrap() > outlier.limit()).count();
        assert!((45..=50).contains(&above), "{above}");
    }

    #[test]
    fn rows_to_learn_from_are_needed() {
        assert_eq!(Outlier::fit(&[], 0.9), Err(FitError::NoFeatures));
        assert_eq!(Outlier::fit(&[&[f64::NAN]], 0.9), Err(FitError::NoFeatures));
        let ragged: [&[f64]; 2] = [&[1.0, 2.0], &[1.0]];
        assert_eq!(Outlier::fit(&ragged, 0.9), Err(FitError::Width { row: 1, width: 1, expected: 2 }));
    }
}
