//! L2-penalised least squares: for stages that forecast a number, from which an offset is made.

use serde::{Deserialize, Serialize};

use super::{
    Invalid, LearnError, Matrix, PredictError,
    linear::{Design, Linear},
};
use crate::models::newton;

/// How to regress; the columns are treated as [`super::Logistic`] treats them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ridge {
    /// The penalty on squared coefficients of standardised columns, against the sum of squared
    /// errors (scikit-learn's `alpha`). Above 0.
    pub l2: f64,
    /// Standardised values are held within this many standard deviations. Above 0.
    pub clip: f64,
}

/// A fitted regression. One that was read from outside must pass [`RidgeFit::validate`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RidgeFit {
    linear: Linear,
}

impl Ridge {
    /// Learns to forecast `targets`, one a row.
    ///
    /// # Errors
    /// [`LearnError`] where lengths differ, a number is out of range or nothing counts.
    pub fn fit(&self, x: &Matrix, targets: &[f64], weights: &[f64]) -> Result<RidgeFit, LearnError> {
        for (name, value) in [("l2", self.l2), ("clip", self.clip)] {
            if !(value.is_finite() && value > 0.0) {
                return Err(LearnError::Parameter { name });
            }
        }
        for (what, found) in [("targets", targets.len()), ("weights", weights.len())] {
            if found != x.rows() {
                return Err(LearnError::Shape { what, expected: x.rows(), found });
            }
        }
        if let Some(row) = targets.iter().position(|target| !target.is_finite()) {
            return Err(LearnError::Target { row });
        }
        if let Some(row) = weights.iter().position(|weight| !(weight.is_finite() && *weight >= 0.0)) {
            return Err(LearnError::Weight { row });
        }
        if weights.iter().all(|&weight| weight == 0.0) {
            return Err(LearnError::NoRows);
        }
        let design = Design::new(x, 0..x.width(), weights, self.clip);
        let solution = newton::least_squares(&design.columns, targets, weights, self.l2)
            .map_err(|error| LearnError::Library { learner: "ridge", reason: error.to_string() })?;
        Ok(RidgeFit { linear: design.solved(solution) })
    }
}

impl RidgeFit {
    pub fn width(&self) -> usize {
        self.linear.terms.len()
    }

    /// The forecast of a row, in the targets' unit. A value that is not finite is missing.
    ///
    /// # Errors
    /// A row of another width.
    pub fn predict(&self, row: &[f64]) -> Result<f64, PredictError> {
        if row.len() == self.width() {
            Ok(self.linear.sum(row))
        } else {
            Err(PredictError { expected: self.width(), found: row.len() })
        }
    }

    /// Adds to `out`, one number a column, how the columns move the forecast away from that of an
    /// average row.
    ///
    /// # Errors
    /// A row of another width.
    pub fn contributions(&self, row: &[f64], out: &mut [f64]) -> Result<(), PredictError> {
        let found = row.len().min(out.len());
        if found != self.width() {
            return Err(PredictError { expected: self.width(), found });
        }
        self.linear.contributions(row, out);
        Ok(())
    }

    /// Refuses what [`Ridge::fit`] cannot have made.
    ///
    /// # Errors
    /// See [`Invalid`].
    pub fn validate(&self) -> Result<(), Invalid> {
        self.linear.validate(self.width())
    }
}
