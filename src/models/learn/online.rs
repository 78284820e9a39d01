//! Logistic regression that goes on learning where a fitted model ends, an outcome at a time.
//!
//! ```text
//! log-odds = what the model says + a . z
//! ```
//!
//! `z` are standardised columns. `a` is normal: at first its mean is 0, and its covariance what a
//! penalised regression on the training rows leaves open, each of these rows counting `share` of an
//! outcome to come:
//!
//! ```text
//! C = (share * (counts * variance * sum of z z' + l2))^-1
//! ```
//!
//! `variance` is that of an outcome as the model foretells it: the mean of `p (1 - p)`. With an
//! outcome `y` of a row of which `p` was said, both move as the extended Kalman filter has it: of
//! one bar ahead it is a Newton step on the outcome's likelihood; further ahead `p` is what was said
//! then, before outcomes that came since (Fahrmeir, "Posterior Mode Estimation by Extended Kalman
//! Filtering for Multivariate Dynamic Generalized Linear Models", JASA 87, 1992); nothing is
//! forgotten:
//!
//! ```text
//! k = C z,   w = counts p (1 - p),   d = 1 + w z' k
//! a = a + k counts (y - p) / d,      C = C - k k' w / d
//! ```

use serde::{Deserialize, Serialize};

use super::{Invalid, LearnError, Logistic, Matrix, linear::Term};
use crate::models::newton::{self, dot};

/// What is known before the first outcome.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prior {
    pub regression: Logistic,
    /// How much a training row counts against an outcome to come. Above 0, at most 1.
    pub share: f64,
    /// How much an outcome counts: one over the horizon in bars, since those that overlap repeat
    /// each other. Above 0, at most 1.
    pub counts: f64,
}

/// What is known now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Online {
    clip: f64,
    counts: f64,
    /// How each column is standardised; their weights are not used.
    terms: Vec<Term>,
    mean: Vec<f64>,
    /// Row by row, symmetric to the bit.
    covariance: Vec<f64>,
}

impl Online {
    /// Begins with what the training rows `x` leave open, whose outcomes have this mean `variance` by
    /// what the model said of them.
    ///
    /// # Errors
    /// [`LearnError`] where there are no rows, or `prior` or `variance` is out of its range.
    pub fn start(x: &Matrix, variance: f64, prior: &Prior) -> Result<Self, LearnError> {
        let Prior { regression, share, counts } = *prior;
        regression.check()?;
        let part = |value: f64| value > 0.0 && value <= 1.0;
        for (name, value) in [("share", share), ("counts", counts)] {
            if !part(value) {
                return Err(LearnError::Parameter { name });
            }
        }
        if !(variance > 0.0 && variance <= 0.25) {
            return Err(LearnError::Parameter { name: "variance" });
        }
        if x.rows() == 0 {
            return Err(LearnError::NoRows);
        }
        if x.width() == 0 {
            return Err(LearnError::Shape { what: "columns", expected: 1, found: 0 });
        }
        // A column that does not vary is 0 in every row: nothing is learnt of it.
        let mut terms = vec![Term::CONSTANT; x.width()];
        let equal = vec![1.0; x.rows()];
        x.varying().into_iter().for_each(|column| terms[column] = Term::of(x.column(column), &equal));
        let standardised = |(column, term): (usize, &Term)| {
            x.column(column).iter().map(|&value| term.standardise(value, regression.clip)).collect()
        };
        let columns: Vec<Vec<f64>> = terms.iter().enumerate().map(standardised).collect();
        let weights = vec![share * counts * variance; x.rows()];
        let covariance = newton::covariance(&columns, &weights, share * regression.l2)
            .map_err(|error| LearnError::Library { learner: "online", reason: error.to_string() })?;
        Ok(Self { clip: regression.clip, counts, mean: vec![0.0; terms.len()], terms, covariance })
    }

    /// How many columns a row has.
    pub fn width(&self) -> usize {
        self.terms.len()
    }

    /// The row as it is learnt from, in the order of the columns.
    pub fn standardise(&self, row: impl Iterator<Item = f64>) -> Vec<f64> {
        self.terms.iter().zip(row).map(|(term, value)| term.standardise(value, self.clip)).collect()
    }

    /// What outcomes so far add to what the model says of a standardised row; 0 before the first.
    pub fn log_odds(&self, z: &[f64]) -> f64 {
        dot(&self.mean, z)
    }

    /// Takes in what became of a standardised row of which `said` was said, all told.
    pub fn learn(&mut self, z: &[f64], said: f64, outcome: bool) {
        let gain: Vec<f64> = self.covariance.chunks_exact(self.terms.len()).map(|row| dot(row, z)).collect();
        let weight = self.counts * said * (1.0 - said);
        let divisor = 1.0 + weight * dot(z, &gain);
        let error = self.counts * (f64::from(u8::from(outcome)) - said) / divisor;
        self.mean.iter_mut().zip(&gain).for_each(|(mean, gain)| *mean += gain * error);
        let by = weight / divisor;
        for (row, of_row) in self.covariance.chunks_exact_mut(self.terms.len()).zip(&gain) {
            // The product first: so both halves stay the same to the bit.
            row.iter_mut().zip(&gain).for_each(|(value, of_column)| *value -= of_row * of_column * by);
        }
    }

    /// Refuses what [`Online::start`] and outcomes cannot have made.
    ///
    /// # Errors
    /// See [`Invalid`].
    pub fn validate(&self) -> Result<(), Invalid> {
        let width = self.terms.len();
        if width == 0 || self.mean.len() != width || self.covariance.len() != width * width {
            return Err(Invalid::Length { what: "coefficients" });
        }
        let part = self.counts > 0.0 && self.counts <= 1.0;
        if !(part && self.clip.is_finite() && self.clip > 0.0) {
            return Err(Invalid::NotFinite { what: "clip or count of an outcome", index: 0 });
        }
        if let Some(index) = self.terms.iter().position(|term| !term.is_sound()) {
            return Err(Invalid::NotFinite { what: "term", index });
        }
        if let Some(index) = self.mean.iter().position(|mean| !mean.is_finite()) {
            return Err(Invalid::NotFinite { what: "coefficient", index });
        }
        let sound = |index: usize| {
            let (row, column) = (index / width, index % width);
            let (value, mirrored) = (self.covariance[index], self.covariance[column * width + row]);
            value.is_finite() && value == mirrored && (row != column || value >= 0.0)
        };
        if let Some(index) = (0..width * width).find(|&index| !sound(index)) {
            return Err(Invalid::NotFinite { what: "covariance", index });
        }
        // So that no row makes what is said, or how sure of it one is, anything but a number.
        let most: f64 = self.mean.iter().map(|mean| mean.abs() * self.clip).sum();
        let trace: f64 = (0..width).map(|column| self.covariance[column * width + column]).sum();
        let bounded = most.is_finite() && (trace * self.clip * self.clip * width as f64).is_finite();
        if bounded && newton::factors(self.covariance.clone(), width).is_some() {
            Ok(())
        } else {
            Err(Invalid::NotFinite { what: "covariance as a whole", index: 0 })
        }
    }
}

#[cfg(test)]
mod tests;
