//! Platt scaling: a line through log-odds.

use serde::{Deserialize, Serialize};

use super::{CalibrateError, FLOOR, InvalidCalibration, Kind, Rows};
use crate::models::newton::{self, logit, sigmoid};

/// `logit p = intercept + slope * logit raw`, by maximum likelihood on Platt's targets (Platt,
/// "Probabilistic outputs for support vector machines", 1999).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Platt {
    /// Never negative: where the rows speak against the model, only their base rate is left.
    pub slope: f64,
    pub intercept: f64,
}

impl Platt {
    pub(super) fn fit(rows: &Rows<'_>) -> Result<Self, CalibrateError> {
        let scores: Vec<f64> = rows.raw.iter().map(|p| logit(p.clamp(FLOOR, 1.0 - FLOOR))).collect();
        let targets = rows.targets();
        // A hint of a penalty: raw probabilities that are all the same have no slope.
        let fit = |columns: &[Vec<f64>]| {
            newton::logistic(columns, &targets, rows.weights, None, 1e-9 * rows.total())
                .map_err(|_| CalibrateError::Diverged { kind: Kind::Platt })
        };
        let line = fit(&[scores])?;
        match line.coefficients[..] {
            [slope] if slope >= 0.0 => Ok(Self { slope, intercept: line.intercept }),
            _ => Ok(Self { slope: 0.0, intercept: fit(&[])?.intercept }),
        }
    }

    pub(super) fn apply(&self, raw: f64) -> f64 {
        sigmoid(self.intercept + self.slope * logit(raw))
    }

    pub(super) fn validate(&self) -> Result<(), InvalidCalibration> {
        let good = self.intercept.is_finite() && self.slope.is_finite() && self.slope >= 0.0;
        // Twenty is above any log-odds that a raw probability can have here.
        if good && (self.slope * 20.0).is_finite() { Ok(()) } else { Err(InvalidCalibration::Parameter) }
    }
}
