//! Beta calibration: both ends of the scale bend on their own.

use serde::{Deserialize, Serialize};

use super::{CalibrateError, FLOOR, InvalidCalibration, Kind, Rows};
use crate::models::newton::{self, sigmoid};

/// `logit p = c + a * ln raw - b * ln(1 - raw)` (Kull, Silva Filho, Flach, "Beta calibration",
/// AISTATS 2017), on Platt's targets. With `a = b` it is Platt scaling.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Beta {
    /// Never negative, as `b`.
    pub a: f64,
    pub b: f64,
    pub c: f64,
}

impl Beta {
    pub(super) fn fit(rows: &Rows<'_>) -> Result<Self, CalibrateError> {
        let clamped = || rows.raw.iter().map(|p| p.clamp(FLOOR, 1.0 - FLOOR));
        let low: Vec<f64> = clamped().map(f64::ln).collect();
        let high: Vec<f64> = clamped().map(|p| -(1.0 - p).ln()).collect();
        let targets = rows.targets();
        // A hint of a penalty, as both columns nearly repeat one another in a narrow range.
        let fit = |columns: &[Vec<f64>]| {
            newton::logistic(columns, &targets, rows.weights, None, 1e-9 * rows.total())
                .map_err(|_| CalibrateError::Diverged { kind: Kind::Beta })
        };
        // As the paper does: a coefficient that would be negative is left out.
        let both = fit(&[low.clone(), high.clone()])?;
        if let [a, b] = both.coefficients[..]
            && a >= 0.0
            && b >= 0.0
        {
            return Ok(Self { a, b, c: both.intercept });
        }
        let a_is_negative = both.coefficients.first().is_some_and(|a| *a < 0.0);
        let one = fit(&[if a_is_negative { high } else { low }])?;
        match one.coefficients[..] {
            [slope] if slope >= 0.0 && a_is_negative => Ok(Self { a: 0.0, b: slope, c: one.intercept }),
            [slope] if slope >= 0.0 => Ok(Self { a: slope, b: 0.0, c: one.intercept }),
            _ => Ok(Self { a: 0.0, b: 0.0, c: fit(&[])?.intercept }),
        }
    }

    pub(super) fn apply(&self, raw: f64) -> f64 {
        sigmoid(self.c + self.a * raw.ln() - self.b * (1.0 - raw).ln())
    }

    pub(super) fn validate(&self) -> Result<(), InvalidCalibration> {
        let slope = |slope: f64| slope >= 0.0 && (slope * 20.0).is_finite();
        if slope(self.a) && slope(self.b) && self.c.is_finite() { Ok(()) } else { Err(InvalidCalibration::Parameter) }
    }
}
