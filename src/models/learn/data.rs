//! What a learner is given.

use super::{LearnError, Matrix};

/// Rows, what became of them, and how much each counts. Checked once, so that learners need not.
#[derive(Clone, Copy, Debug)]
pub struct Training<'a> {
    x: &'a Matrix,
    labels: &'a [bool],
    weights: &'a [f64],
    offsets: Option<&'a [f64]>,
}

impl<'a> Training<'a> {
    /// `weights` are relative; a row of weight 2 counts like two rows.
    ///
    /// # Errors
    /// [`LearnError`] where the lengths differ, a weight is negative or not finite, there are no
    /// rows, or those that count have one outcome.
    pub fn new(x: &'a Matrix, labels: &'a [bool], weights: &'a [f64]) -> Result<Self, LearnError> {
        for (what, found) in [("labels", labels.len()), ("weights", weights.len())] {
            if found != x.rows() {
                return Err(LearnError::Shape { what, expected: x.rows(), found });
            }
        }
        if let Some(row) = weights.iter().position(|weight| !(weight.is_finite() && *weight >= 0.0)) {
            return Err(LearnError::Weight { row });
        }
        if x.rows() == 0 {
            return Err(LearnError::NoRows);
        }
        let counts = |class: bool| labels.iter().zip(weights).any(|(&label, &weight)| label == class && weight > 0.0);
        if !(counts(true) && counts(false)) {
            return Err(LearnError::OneClass);
        }
        Ok(Self { x, labels, weights, offsets: None })
    }

    /// With log-odds a row that something else says already: what is learnt corrects them, and
    /// needs them again to predict.
    ///
    /// # Errors
    /// [`LearnError`] where the number differs or one is not finite.
    pub fn with_offsets(self, offsets: &'a [f64]) -> Result<Self, LearnError> {
        if offsets.len() != self.x.rows() {
            return Err(LearnError::Shape { what: "offsets", expected: self.x.rows(), found: offsets.len() });
        }
        match offsets.iter().position(|offset| !offset.is_finite()) {
            Some(row) => Err(LearnError::Offset { row }),
            None => Ok(Self { offsets: Some(offsets), ..self }),
        }
    }

    pub fn x(&self) -> &'a Matrix {
        self.x
    }

    pub fn labels(&self) -> &'a [bool] {
        self.labels
    }

    pub fn weights(&self) -> &'a [f64] {
        self.weights
    }

    pub fn offsets(&self) -> Option<&'a [f64]> {
        self.offsets
    }

    /// The labels as 0 and 1.
    pub(super) fn targets(&self) -> Vec<f64> {
        self.labels.iter().map(|&label| f64::from(u8::from(label))).collect()
    }

    /// The weighted share of true labels, strictly between 0 and 1.
    pub fn base_rate(&self) -> f64 {
        let total: f64 = self.weights.iter().sum();
        let up: f64 = self.labels.iter().zip(self.weights).map(|(&up, &w)| if up { w } else { 0.0 }).sum();
        up / total
    }
}
