//! From a learner's probabilities to ones that mean what they say, and how far to doubt them.
//!
//! [`Calibrator`] maps a raw probability to a calibrated one; [`choose`] decides by validation
//! which map is worth having. [`VennAbers`] bounds the result.

pub mod beta;
mod choose;
pub mod isotonic;
pub mod platt;
pub mod venn_abers;

use serde::{Deserialize, Serialize};

pub use self::{
    beta::Beta,
    choose::{Choice, Tried, choose},
    isotonic::Isotonic,
    platt::Platt,
    venn_abers::VennAbers,
};
use super::learn::folds::FoldError;

/// Raw and calibrated probabilities lie within this distance of 0 and 1.
pub(super) const FLOOR: f64 = 1e-6;

/// Rows to calibrate on: what a model said that had not seen them, and what became of them.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    raw: &'a [f64],
    labels: &'a [bool],
    weights: &'a [f64],
}

/// Why there is no calibration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CalibrateError {
    #[error("{found} {what} for {expected} probabilities")]
    Length { what: &'static str, expected: usize, found: usize },
    #[error("row {row}: no probability")]
    Probability { row: usize },
    #[error("row {row}: a weight is finite and not negative")]
    Weight { row: usize },
    #[error("no row that counts")]
    NoRows,
    #[error("{kind:?} calibration found no best fit")]
    Diverged { kind: Kind },
    #[error(transparent)]
    Folds(#[from] FoldError),
}

/// Why a stored calibration is not one of ours: refuse the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidCalibration {
    #[error("a parameter is not finite, or the map would fall")]
    Parameter,
    #[error("step {step} is out of order or out of range")]
    Step { step: usize },
}

impl<'a> Rows<'a> {
    /// A row's weight is how much of it is new: 1, or `1 / h` where labels reach over `h` rows and
    /// so repeat one another. The sum of the weights is how many independent rows there are.
    ///
    /// # Errors
    /// [`CalibrateError`] where lengths differ, nothing counts or a number is out of range.
    pub fn new(raw: &'a [f64], labels: &'a [bool], weights: &'a [f64]) -> Result<Self, CalibrateError> {
        for (what, found) in [("labels", labels.len()), ("weights", weights.len())] {
            if found != raw.len() {
                return Err(CalibrateError::Length { what, expected: raw.len(), found });
            }
        }
        if let Some(row) = raw.iter().position(|p| !(0.0..=1.0).contains(p)) {
            return Err(CalibrateError::Probability { row });
        }
        if let Some(row) = weights.iter().position(|weight| !(weight.is_finite() && *weight >= 0.0)) {
            return Err(CalibrateError::Weight { row });
        }
        if weights.iter().all(|&weight| weight == 0.0) {
            return Err(CalibrateError::NoRows);
        }
        Ok(Self { raw, labels, weights })
    }

    fn total(&self) -> f64 {
        self.weights.iter().sum()
    }

    /// Platt's targets: what a class's rows would show if one more row of the other class had been
    /// seen. They keep a fit finite where the classes can be told apart perfectly.
    fn targets(&self) -> Vec<f64> {
        let up: f64 = self.labels.iter().zip(self.weights).map(|(&up, &weight)| if up { weight } else { 0.0 }).sum();
        let down = self.total() - up;
        let (of_up, of_down) = ((up + 1.0) / (up + 2.0), 1.0 / (down + 2.0));
        self.labels.iter().map(|&up| if up { of_up } else { of_down }).collect()
    }
}

/// The kinds of map, from the simplest on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Identity,
    Platt,
    Beta,
    Isotonic,
}

impl Kind {
    /// All, the simplest first.
    pub const ALL: [Self; 4] = [Self::Identity, Self::Platt, Self::Beta, Self::Isotonic];
}

/// A map from raw to calibrated probabilities that never falls. One that was read from outside
/// must pass [`Calibrator::validate`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Calibrator {
    Identity,
    Platt(Platt),
    Beta(Beta),
    Isotonic(Isotonic),
}

impl Calibrator {
    /// # Errors
    /// [`CalibrateError::Diverged`].
    pub fn fit(kind: Kind, rows: &Rows<'_>) -> Result<Self, CalibrateError> {
        Ok(match kind {
            Kind::Identity => Self::Identity,
            Kind::Platt => Self::Platt(Platt::fit(rows)?),
            Kind::Beta => Self::Beta(Beta::fit(rows)?),
            Kind::Isotonic => Self::Isotonic(Isotonic::fit(rows)),
        })
    }

    /// `raw` is a probability; the result lies strictly between 0 and 1.
    pub fn apply(&self, raw: f64) -> f64 {
        let raw = raw.clamp(FLOOR, 1.0 - FLOOR);
        let p = match self {
            Self::Identity => raw,
            Self::Platt(platt) => platt.apply(raw),
            Self::Beta(beta) => beta.apply(raw),
            Self::Isotonic(isotonic) => isotonic.apply(raw),
        };
        p.clamp(FLOOR, 1.0 - FLOOR)
    }

    pub fn kind(&self) -> Kind {
        match self {
            Self::Identity => Kind::Identity,
            Self::Platt(_) => Kind::Platt,
            Self::Beta(_) => Kind::Beta,
            Self::Isotonic(_) => Kind::Isotonic,
        }
    }

    /// Refuses what [`Calibrator::fit`] cannot have made.
    ///
    /// # Errors
    /// See [`InvalidCalibration`].
    pub fn validate(&self) -> Result<(), InvalidCalibration> {
        match self {
            Self::Identity => Ok(()),
            Self::Platt(platt) => platt.validate(),
            Self::Beta(beta) => beta.validate(),
            Self::Isotonic(isotonic) => isotonic.validate(),
        }
    }
}

#[cfg(test)]
mod tests;
