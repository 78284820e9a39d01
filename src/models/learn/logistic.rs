//! L2-penalised logistic regression on imputed, standardised columns.

use serde::{Deserialize, Serialize};

use super::{Fitted, LearnError, Learner, Training, fitted::Body, linear::Design};
use crate::models::newton;

/// Medians, means and deviations are those of the training rows. Fitted by Newton's method:
/// smartcore's own takes no weights and stops short of the optimum (`docs/LEARNERS.md`); a test
/// holds that both agree.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Logistic {
    /// The penalty on squared coefficients of standardised columns, against the sum of the rows'
    /// log losses (scikit-learn's `1 / C`). Above 0.
    pub l2: f64,
    /// Standardised values are held within this many standard deviations. Above 0.
    pub clip: f64,
}

impl Default for Logistic {
    fn default() -> Self {
        Self { l2: 100.0, clip: 5.0 }
    }
}

impl Learner for Logistic {
    fn name(&self) -> &'static str {
        "logistic"
    }

    /// The seed changes nothing: there is one optimum.
    fn fit(&self, data: &Training<'_>, _seed: u64) -> Result<Fitted, LearnError> {
        self.check()?;
        let x = data.x();
        let design = Design::new(x, 0..x.width(), data.weights(), self.clip);
        let solution = newton::logistic(&design.columns, &data.targets(), data.weights(), data.offsets(), self.l2)
            .map_err(|error| LearnError::Library { learner: "logistic", reason: error.to_string() })?;
        Ok(Fitted::new(x.width(), Body::Linear(design.solved(solution))))
    }
}

impl Logistic {
    pub(super) fn check(&self) -> Result<(), LearnError> {
        let sound = |value: f64| value.is_finite() && value > 0.0;
        match [("l2", self.l2), ("clip", self.clip)].into_iter().find(|(_, value)| !sound(*value)) {
            Some((name, _)) => Err(LearnError::Parameter { name }),
            None => Ok(()),
        }
    }
}
