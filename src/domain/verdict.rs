//! What the ensemble says of a bar, and why.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A forecast, or that there is none to rely on. Who was absent is told with both.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    Forecast {
        combined: Combined,
        absent: Vec<Absent>,
        doubt: Doubt,
    },
    Abstention {
        cause: Cause,
        /// What would have been said: for reports, never for sizing. `None` where nobody spoke.
        withheld: Option<Combined>,
        absent: Vec<Absent>,
        doubt: Doubt,
    },
}

impl Verdict {
    /// The probability to rely on; `None` in an abstention.
    pub fn probability(&self) -> Option<f64> {
        match self {
            Self::Forecast { combined, .. } => Some(combined.probability),
            Self::Abstention { .. } => None,
        }
    }

    /// The same with what is said, or would have been, changed.
    pub fn map(self, change: impl FnOnce(Combined) -> Combined) -> Self {
        match self {
            Self::Forecast { combined, absent, doubt } => Self::Forecast { combined: change(combined), absent, doubt },
            Self::Abstention { cause, withheld, absent, doubt } => {
                Self::Abstention { cause, withheld: withheld.map(change), absent, doubt }
            }
        }
    }

    /// What is said, or would have been; `None` where nobody spoke.
    pub fn combined(&self) -> Option<&Combined> {
        match self {
            Self::Forecast { combined, .. } => Some(combined),
            Self::Abstention { withheld, .. } => withheld.as_ref(),
        }
    }
}

/// The members' probabilities as one. In log-odds (natural logarithm) it is a sum:
/// `log_odds = intercept + contribution of the first part + of the second + ... + learnt`, added in
/// this order, to the last bit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Combined {
    pub probability: f64,
    pub log_odds: f64,
    /// What is said before anybody spoke.
    pub intercept: f64,
    /// Of those present, in order of their names.
    pub parts: Vec<Part>,
    /// What outcomes that became known after the training add; nothing in what was written before
    /// there was such a thing.
    #[serde(default)]
    pub learnt: f64,
}

/// One member's part in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    pub member: Arc<str>,
    /// What it said.
    pub probability: f64,
    /// Its share among those present; they sum to 1.
    pub weight: f64,
    /// What it added, in log-odds.
    pub contribution: f64,
}

/// A member that did not count.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Absent {
    pub member: Arc<str>,
    #[serde(flatten)]
    pub why: Absence,
}

/// Why a member did not count.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum Absence {
    /// Nothing was heard of it.
    #[error("it said nothing")]
    Silent,
    /// It told that it could not.
    #[error("it failed: {reason}")]
    Failed { reason: String },
    #[error("it said a number that is not finite")]
    NotFinite,
    #[error("it said {said}, which is no probability")]
    OutOfRange { said: f64 },
}

/// Why no forecast is to be relied on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "cause", rename_all = "snake_case")]
pub enum Cause {
    #[error("no member is present")]
    NobodyPresent,
    #[error("no feature is known")]
    NoFeatures,
    /// The row lies too far from what was trained on.
    #[error("the row's distance {score} to the training set is above {limit}")]
    Outlier { score: f64, limit: f64 },
    /// The members contradict each other.
    #[error("the members' log-odds deviate by {deviation}, above {limit}")]
    Disagreement { deviation: f64, limit: f64 },
}

/// The figures that abstention goes by, whether or not it happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Doubt {
    /// Distance to the training set: the mean of squared robust z-scores, each at most 100. `None`
    /// where no limit was asked for, or no feature is known.
    pub outlier: Option<f64>,
    pub outlier_limit: Option<f64>,
    /// Columns of the row that were not finite, and so no part of the distance.
    pub missing_columns: usize,
    /// The sample standard deviation of the present members' log-odds; `None` of fewer than two.
    pub disagreement: Option<f64>,
    pub disagreement_limit: Option<f64>,
}
