//! Learners: from rows and labels to something that gives a row a probability.
//!
//! One small trait, [`Learner`], with the libraries behind it ([`Recipe`] names them all), and one
//! result for all, [`Fitted`]: flat arrays of our own that predict a row without allocating, give
//! the same bits on every run, and can be stored and checked. What was measured to choose the
//! libraries stands in `docs/LEARNERS.md`.

pub mod bag;
mod boost;
mod data;
mod fitted;
pub mod folds;
mod forest;
mod invalid;
mod linear;
mod logistic;
mod matrix;
mod online;
mod recipe;
mod ridge;
mod scaled;
pub mod search;
mod trees;
pub(super) mod work;

pub use boost::Boosting;
pub use data::Training;
pub use fitted::{Fitted, PROBABILITY_FLOOR, PredictError};
pub use forest::{Forest, Kind};
pub use invalid::Invalid;
pub use logistic::Logistic;
pub use matrix::Matrix;
pub use online::{Lesson, Online, Prior};
pub use recipe::Recipe;
pub use ridge::{Ridge, RidgeFit};
pub use scaled::Scaled;

#[cfg(test)]
mod tests;

/// Why nothing was learnt.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum LearnError {
    #[error("{found} {what} where {expected} are needed")]
    Shape { what: &'static str, expected: usize, found: usize },
    #[error("row {row}, column {column}: infinite; a value is finite, or NaN where it is missing")]
    Infinite { row: usize, column: usize },
    #[error("row {row}: a weight is finite and not negative")]
    Weight { row: usize },
    #[error("row {row}: a target is finite")]
    Target { row: usize },
    #[error("no rows to learn from")]
    NoRows,
    #[error("all rows that count have one outcome")]
    OneClass,
    #[error("row {row}: an offset is finite")]
    Offset { row: usize },
    #[error("{learner} takes no offsets")]
    NoOffsets { learner: &'static str },
    #[error("learner parameter {name} is out of range")]
    Parameter { name: &'static str },
    #[error("{learner} failed: {reason}")]
    Library { learner: &'static str, reason: String },
}

/// A way to learn.
pub trait Learner: Sync {
    /// For tables and messages.
    fn name(&self) -> &'static str;

    /// Learns from `data`. The same data and seed give the same bits, whatever else runs.
    ///
    /// # Errors
    /// See [`LearnError`].
    fn fit(&self, data: &Training<'_>, seed: u64) -> Result<Fitted, LearnError>;
}
