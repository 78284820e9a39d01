//! The specialists: each answers one question of a bar from columns of its own.
//!
//! A specialist is a bag of members, each grown without one stretch of time, and so with honest
//! forecasts of every training row. What a member is made of says its [`Plan`]: a mean of plain
//! learners, or stages of which a later one corrects what an earlier one computes.

mod answered;
mod columns;
mod correction;
mod mean;
mod path;
mod plan;
mod ridge;
mod rows;
mod trained;
mod tune;
mod volume;
mod window;

use serde::{Deserialize, Serialize};

pub use columns::Columns;
pub use mean::{Mean, MeanPlan, PartPlan};
pub use path::{Path, PathPlan};
pub use plan::Plan;
pub use ridge::{RidgePlan, Season};
pub use rows::Rows;
pub use trained::{Opinion, Score, Seen, Specialist, TrainSpecialistError, Training, train};
pub use tune::{Variant, tune};
pub use volume::{VolumeMember, VolumePlan};
pub use window::{Window, WindowPlan};

use super::learn;

/// Why a member could not be grown.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum GrowError {
    #[error(transparent)]
    Learn(#[from] learn::LearnError),
    #[error("{stage}: {rows} rows with all that it needs, at least {least} are needed")]
    TooFew { stage: &'static str, rows: usize, least: usize },
    #[error("{stage} cannot say anything of a row that it was to learn from: {why}")]
    Score { stage: &'static str, why: ScoreError },
}

/// Why a member says nothing of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScoreError {
    #[error("the columns that the deviation's window is told by are missing")]
    Window,
    #[error(transparent)]
    Width(#[from] learn::PredictError),
}

/// Why a stored specialist is none of ours: refuse the file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    #[error("a column beyond the row")]
    Column,
    #[error("a part is not finite or out of range")]
    Number,
    #[error("it has no members or no parts")]
    Empty,
    #[error(transparent)]
    Learner(#[from] learn::Invalid),
}

/// One member of a specialist's bag.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Member {
    Mean(Mean),
    Window(Box<Window>),
    Path(Box<Path>),
    Volume(Box<VolumeMember>),
}

impl Member {
    /// Log-odds of yes. `scratch` is overwritten; it saves an allocation.
    ///
    /// # Errors
    /// [`ScoreError`]: of this row the member has nothing to say.
    pub fn log_odds(&self, row: &[f64], scratch: &mut Vec<f64>) -> Result<f64, ScoreError> {
        match self {
            Self::Mean(mean) => mean.log_odds(row, scratch),
            Self::Window(window) => window.log_odds(row, scratch),
            Self::Path(path) => path.log_odds(row, scratch),
            Self::Volume(volume) => volume.log_odds(row, scratch),
        }
    }

    /// Adds to `out`, one number a column of the whole row, how the columns move the log-odds.
    ///
    /// # Errors
    /// As [`Member::log_odds`].
    pub fn contributions(&self, row: &[f64], out: &mut [f64]) -> Result<(), ScoreError> {
        match self {
            Self::Mean(mean) => mean.contributions(row, out),
            Self::Window(window) => window.contributions(row, out),
            Self::Path(path) => path.contributions(row, out),
            Self::Volume(volume) => volume.contributions(row, out),
        }
    }

    /// Refuses what [`Plan::grow`] cannot have made, for rows of `width` columns.
    ///
    /// # Errors
    /// See [`Invalid`].
    pub fn validate(&self, width: usize) -> Result<(), Invalid> {
        match self {
            Self::Mean(mean) => mean.validate(width),
            Self::Window(window) => window.validate(width),
            Self::Path(path) => path.validate(width),
            Self::Volume(volume) => volume.validate(width),
        }
    }
}

/// Adds contributions of some columns to those of the whole row.
fn spread(columns: &Columns, part: &[f64], share: f64, out: &mut [f64]) {
    for (&column, value) in columns.0.iter().zip(part) {
        if let Some(sum) = out.get_mut(usize::from(column)) {
            *sum += value * share;
        }
    }
}
