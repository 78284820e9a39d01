//! A learner with its parameters, as configuration and artifacts name it.

use serde::{Deserialize, Serialize};

use super::{Boosting, Fitted, Forest, LearnError, Learner, Logistic, Scaled, Training};

/// Any of the learners.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recipe {
    Boosting(Boosting),
    /// Random forest or extra trees.
    Forest(Forest),
    Logistic(Logistic),
    Scaled(Scaled),
}

impl Learner for Recipe {
    fn name(&self) -> &'static str {
        match self {
            Self::Boosting(learner) => learner.name(),
            Self::Forest(learner) => learner.name(),
            Self::Logistic(learner) => learner.name(),
            Self::Scaled(learner) => learner.name(),
        }
    }

    fn fit(&self, data: &Training<'_>, seed: u64) -> Result<Fitted, LearnError> {
        match self {
            Self::Boosting(learner) => learner.fit(data, seed),
            Self::Forest(learner) => learner.fit(data, seed),
            Self::Logistic(learner) => learner.fit(data, seed),
            Self::Scaled(learner) => learner.fit(data, seed),
        }
    }
}
