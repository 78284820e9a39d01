//! Why there is no ensemble.

use super::{params::ParamsError, recency::RecencyError};

/// The fewest rows that anything may be fitted on.
pub(super) const MIN_ROWS: usize = 50;

/// Why there is no ensemble.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum FitError {
    #[error(transparent)]
    Params(#[from] ParamsError),
    /// The out-of-fold rows do not have the horizon of the parameters.
    #[error(transparent)]
    Recency(#[from] RecencyError),
    #[error("{slice}: {rows} rows of which a member spoke, {needed} are needed")]
    TooFewRows { slice: &'static str, rows: usize, needed: usize },
    #[error("{slice}: one outcome only")]
    OneOutcome { slice: &'static str },
    #[error("features, row {row}: {width} columns where the first row has {expected}")]
    Width { row: usize, width: usize, expected: usize },
    #[error("an outlier limit is asked for, and no training row holds a feature")]
    NoFeatures,
    #[error("a disagreement limit is asked for, and no row has two members that spoke")]
    NoDisagreement,
}

/// Whether rows with these outcomes can be learnt from.
pub(super) fn enough(slice: &'static str, outcomes: &[bool]) -> Result<(), FitError> {
    if outcomes.len() < MIN_ROWS {
        return Err(FitError::TooFewRows { slice, rows: outcomes.len(), needed: MIN_ROWS });
    }
    if outcomes.iter().all(|outcome| *outcome) || !outcomes.iter().any(|outcome| *outcome) {
        return Err(FitError::OneOutcome { slice });
    }
    Ok(())
}
