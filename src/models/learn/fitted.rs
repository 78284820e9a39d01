//! What a learner leaves behind.

use serde::{Deserialize, Serialize};

use super::{Matrix, invalid::Invalid, linear::Linear, scaled::ScaledLinear, trees::Trees};
use crate::models::newton::{logit, sigmoid};

/// Probabilities are held within this distance of 0 and 1: no finite number of rows shows more.
pub const PROBABILITY_FLOOR: f64 = 1e-6;

/// A fitted model: predicts without allocating and gives the same bits everywhere. One that was
/// read from outside must pass [`Fitted::validate`] before it predicts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fitted {
    width: u16,
    body: Body,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Body {
    /// The trees add up to log-odds.
    Boosted {
        base: f64,
        trees: Trees,
    },
    /// The trees' leaves are probabilities, to be averaged.
    Forest {
        trees: Trees,
    },
    Linear(Linear),
    Scaled(ScaledLinear),
}

/// A row that a model cannot read. Drop the row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{found} columns or offsets where {expected} are needed")]
pub struct PredictError {
    pub expected: usize,
    pub found: usize,
}

/// `of` each row and its offset.
pub(super) fn each_row(
    x: &Matrix,
    offsets: Option<&[f64]>,
    of: impl Fn(&[f64], f64) -> Result<f64, PredictError>,
) -> Result<Vec<f64>, PredictError> {
    if let Some(offsets) = offsets
        && offsets.len() != x.rows()
    {
        return Err(PredictError { expected: x.rows(), found: offsets.len() });
    }
    let mut row = vec![0.0; x.width()];
    (0..x.rows())
        .map(|at| {
            x.copy_row(at, &mut row);
            of(&row, offsets.map_or(0.0, |offsets| offsets[at]))
        })
        .collect()
}

impl Fitted {
    pub(super) fn new(width: usize, body: Body) -> Self {
        // A matrix is never wider.
        Self { width: width as u16, body }
    }

    pub fn width(&self) -> usize {
        usize::from(self.width)
    }

    /// The probability of a true label. A value that is not finite is missing. `offset` is the
    /// row's own where the model was fitted with offsets, and 0 where it was not.
    ///
    /// # Errors
    /// A row of another width.
    pub fn predict(&self, row: &[f64], offset: f64) -> Result<f64, PredictError> {
        self.check(row)?;
        let p = match &self.body {
            Body::Boosted { base, trees } => sigmoid(trees.sum(offset + base, row)),
            Body::Forest { trees } => trees.sum(0.0, row) / trees.count() as f64,
            Body::Linear(linear) => sigmoid(offset + linear.sum(row)),
            Body::Scaled(scaled) => sigmoid(offset + scaled.log_odds(row)),
        };
        Ok(p.clamp(PROBABILITY_FLOOR, 1.0 - PROBABILITY_FLOOR))
    }

    /// The log-odds of [`Fitted::predict`].
    ///
    /// # Errors
    /// A row of another width.
    pub fn log_odds(&self, row: &[f64], offset: f64) -> Result<f64, PredictError> {
        self.predict(row, offset).map(logit)
    }

    /// One probability a row.
    ///
    /// # Errors
    /// A matrix of another width, or another number of offsets than rows.
    pub fn predict_all(&self, x: &Matrix, offsets: Option<&[f64]>) -> Result<Vec<f64>, PredictError> {
        each_row(x, offsets, |row, offset| self.predict(row, offset))
    }

    /// Adds to `out`, one number a column, how the columns move this row's log-odds away from
    /// those of an average row; of a forest, whose trees hold probabilities, to first order.
    ///
    /// # Errors
    /// A row or an `out` of another width.
    pub fn contributions(&self, row: &[f64], out: &mut [f64]) -> Result<(), PredictError> {
        self.check(row)?;
        self.check(out)?;
        match &self.body {
            Body::Boosted { trees, .. } => trees.contributions(row, 1.0, out),
            Body::Forest { trees } => {
                let p = self.predict(row, 0.0)?;
                trees.contributions(row, 1.0 / (trees.count() as f64 * (p * (1.0 - p)).max(1e-3)), out);
            }
            Body::Linear(linear) => linear.contributions(row, out),
            Body::Scaled(scaled) => scaled.contributions(row, out),
        }
        Ok(())
    }

    /// Refuses what no learner can have made, however it was damaged.
    ///
    /// # Errors
    /// See [`Invalid`].
    pub fn validate(&self) -> Result<(), Invalid> {
        match &self.body {
            Body::Boosted { base, trees } => {
                if !base.is_finite() {
                    return Err(Invalid::NotFinite { what: "base", index: 0 });
                }
                trees.validate(self.width())
            }
            Body::Forest { trees } if trees.count() == 0 => Err(Invalid::Length { what: "trees" }),
            Body::Forest { trees } => trees.validate(self.width()),
            Body::Linear(linear) => linear.validate(self.width()),
            Body::Scaled(scaled) => scaled.validate(self.width()),
        }
    }

    fn check(&self, row: &[f64]) -> Result<(), PredictError> {
        if row.len() == self.width() { Ok(()) } else { Err(PredictError { expected: self.width(), found: row.len() }) }
    }
}
