//! A cubic through log-odds: ends that are surer than a line makes them.

use serde::{Deserialize, Serialize};

use super::{CalibrateError, FLOOR, InvalidCalibration, Platt, Rows};
use crate::models::newton::{self, logit, sigmoid};

/// `logit p = intercept + slope * z + cube * z^3`, `z = logit raw`, by maximum likelihood on Platt's
/// targets. A normal error whose probabilities were told on the logistic scale is mended so:
/// `logit(Phi(x))` is `1.5976 x + 0.07056 x^3` to 2e-4 in `Phi` (Bowling and others, Journal of
/// Industrial Engineering and Management 2, 2009). With `cube = 0` it is Platt scaling.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cubic {
    pub line: Platt,
    /// Never negative: the map never falls.
    pub cube: f64,
}

impl Cubic {
    pub(super) fn fit(rows: &Rows<'_>) -> Result<Self, CalibrateError> {
        let scores: Vec<f64> = rows.raw.iter().map(|p| logit(p.clamp(FLOOR, 1.0 - FLOOR))).collect();
        let cubes = scores.iter().map(|z| z * z * z).collect();
        // A hint of a penalty, as both columns nearly repeat one another in a narrow range.
        let both = newton::logistic(&[scores, cubes], &rows.targets(), rows.weights, None, 1e-9 * rows.total());
        // Rows too few or too much alike to bend a line leave the line.
        if let Ok(both) = both
            && let [slope, cube] = both.coefficients[..]
            && slope >= 0.0
            && cube >= 0.0
        {
            return Ok(Self { line: Platt { slope, intercept: both.intercept }, cube });
        }
        Ok(Self { line: Platt::fit(rows)?, cube: 0.0 })
    }

    pub(super) fn apply(&self, raw: f64) -> f64 {
        let z = logit(raw);
        sigmoid(self.line.intercept + self.line.slope * z + self.cube * z * z * z)
    }

    pub(super) fn validate(&self) -> Result<(), InvalidCalibration> {
        self.line.validate()?;
        if self.cube >= 0.0 && (self.cube * 8e3).is_finite() { Ok(()) } else { Err(InvalidCalibration::Parameter) }
    }
}
