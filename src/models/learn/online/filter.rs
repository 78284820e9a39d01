//! Coefficients of a logistic regression as a normal belief that outcomes move.
//!
//! ```text
//! log-odds = what is said without it + a . z        a ~ N(mean, C)
//! ```
//!
//! Of an outcome `y` of which `p` was said, the extended Kalman filter (Fahrmeir, "Posterior Mode
//! Estimation by Extended Kalman Filtering for Multivariate Dynamic Generalized Linear Models", JASA
//! 87, 1992) makes; nothing is forgotten:
//!
//! ```text
//! k = C z,   w = counts p (1 - p),   d = 1 + w z' k
//! a = a + k counts (y - p) / d,      C = C - k k' w / d
//! ```
//!
//! Of one bar ahead it is a Newton step on the outcome's likelihood; further ahead `p` is what was
//! said then, before outcomes that came since.

use serde::{Deserialize, Serialize};

use super::super::{Invalid, LearnError};
use crate::models::newton::{self, dot};

/// Log-odds that no outcomes bring about. Below it sums of some of them are numbers.
const MOST: f64 = 1e6;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Filter {
    /// How much an outcome counts.
    pub(super) counts: f64,
    pub(super) mean: Vec<f64>,
    /// Row by row, symmetric to the bit.
    pub(super) covariance: Vec<f64>,
}

impl Filter {
    /// Begins with what training rows leave open: `C = (weight * sum of z z' + l2)^-1`, mean 0.
    ///
    /// # Errors
    /// [`LearnError::Library`] where that has no inverse.
    pub(super) fn start(columns: &[Vec<f64>], weight: f64, l2: f64, counts: f64) -> Result<Self, LearnError> {
        let weights = vec![weight; columns.first().map_or(0, Vec::len)];
        let covariance = newton::covariance(columns, &weights, l2)
            .map_err(|error| LearnError::Library { learner: "online", reason: error.to_string() })?;
        Ok(Self { counts, mean: vec![0.0; columns.len()], covariance })
    }

    pub(super) fn width(&self) -> usize {
        self.mean.len()
    }

    /// What outcomes so far add; 0 before the first.
    pub(super) fn log_odds(&self, z: &[f64]) -> f64 {
        dot(&self.mean, z)
    }

    pub(super) fn learn(&mut self, z: &[f64], said: f64, outcome: bool) {
        let gain: Vec<f64> = self.covariance.chunks_exact(self.width()).map(|row| dot(row, z)).collect();
        let weight = self.counts * said * (1.0 - said);
        let divisor = 1.0 + weight * dot(z, &gain);
        let error = self.counts * (f64::from(u8::from(outcome)) - said) / divisor;
        self.mean.iter_mut().zip(&gain).for_each(|(mean, gain)| *mean += gain * error);
        let by = weight / divisor;
        for (row, of_row) in self.covariance.chunks_exact_mut(self.mean.len()).zip(&gain) {
            // The product first: so both halves stay the same to the bit.
            row.iter_mut().zip(&gain).for_each(|(value, of_column)| *value -= of_row * of_column * by);
        }
    }

    /// Refuses what [`Filter::start`] and outcomes cannot have made, where no `z` goes beyond `reach`.
    pub(super) fn validate(&self, reach: f64) -> Result<(), Invalid> {
        let width = self.width();
        if width == 0 || self.covariance.len() != width * width {
            return Err(Invalid::Length { what: "coefficients" });
        }
        if !(self.counts > 0.0 && self.counts <= 1.0) {
            return Err(Invalid::NotFinite { what: "count of an outcome", index: 0 });
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
        let most: f64 = self.mean.iter().map(|mean| mean.abs() * reach).sum();
        let trace: f64 = (0..width).map(|column| self.covariance[column * width + column]).sum();
        let bounded = most <= MOST && (trace * reach * reach * width as f64).is_finite();
        if bounded && newton::factors(self.covariance.clone(), width).is_some() {
            Ok(())
        } else {
            Err(Invalid::NotFinite { what: "covariance as a whole", index: 0 })
        }
    }
}
