//! L2-penalised logistic regression on imputed, standardised columns.

use serde::{Deserialize, Serialize};

use super::{
    Fitted, LearnError, Learner, Training,
    fitted::Body,
    linear::{Linear, Term},
};
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
        for (name, value) in [("l2", self.l2), ("clip", self.clip)] {
            if !(value.is_finite() && value > 0.0) {
                return Err(LearnError::Parameter { name });
            }
        }
        let x = data.x();
        let columns = x.varying();
        let mut terms = vec![Term { fill: 0.0, mean: 0.0, per_sd: 0.0, weight: 0.0 }; x.width()];
        let mut standardised = Vec::with_capacity(columns.len());
        for &column in &columns {
            let values = x.column(column);
            let term = term(values, data.weights());
            standardised.push(values.iter().map(|&value| term.standardise(value, self.clip)).collect::<Vec<f64>>());
            terms[column] = term;
        }
        let solution = newton::logistic(&standardised, &data.targets(), data.weights(), data.offsets(), self.l2)
            .map_err(|error| LearnError::Library { learner: "logistic", reason: error.to_string() })?;
        for (&column, weight) in columns.iter().zip(solution.coefficients) {
            terms[column].weight = weight;
        }
        let linear = Linear { intercept: solution.intercept, clip: self.clip, terms };
        Ok(Fitted::new(x.width(), Body::Linear(linear)))
    }
}

/// How to standardise a column, its missing values counted as the median.
pub(super) fn term(values: &[f64], weights: &[f64]) -> Term {
    let fill = newton::median(values).unwrap_or(0.0);
    let filled = || values.iter().map(|value| if value.is_nan() { fill } else { *value }).zip(weights);
    let total: f64 = weights.iter().sum();
    let mean = filled().map(|(value, weight)| value * weight).sum::<f64>() / total;
    let variance = filled().map(|(value, weight)| (value - mean).powi(2) * weight).sum::<f64>() / total;
    // Values too close together or too wild to square say nothing that can be weighed.
    let per_sd = 1.0 / variance.sqrt();
    if per_sd.is_finite() && mean.is_finite() && variance > 0.0 {
        Term { fill, mean, per_sd, weight: 0.0 }
    } else {
        Term { fill, mean: 0.0, per_sd: 0.0, weight: 0.0 }
    }
}
