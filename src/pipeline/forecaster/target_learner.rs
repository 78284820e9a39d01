//! What outcomes since the training add to what is said of a target.

use serde::{Deserialize, Serialize};

use crate::{
    domain::Target,
    models::{
        learn::{self, LearnError, Lesson, Online, Prior},
        specialist::{Columns, Rows},
    },
};

/// Learns from the outcomes of one target, for the model that has the last word on it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TargetLearner {
    /// To the log-odds of what this model says it adds what it has learnt.
    pub model: String,
    pub target: Target,
    pub columns: Columns,
    pub online: Online,
}

impl TargetLearner {
    /// Begins with what the training rows leave open to a model that said `told` of such rows before
    /// it had seen them.
    ///
    /// # Errors
    /// See [`Online::start`].
    pub(super) fn start(
        model: &str,
        target: Target,
        columns: Columns,
        rows: &Rows,
        told: &[f64],
        prior: &Prior,
    ) -> Result<Self, LearnError> {
        let online = Online::start(&rows.take(&columns.0, &rows.answered(target))?, told, prior)?;
        Ok(Self { model: model.to_owned(), target, columns, online })
    }

    /// What is to be said of a whole row of which the model says `p`.
    pub fn lesson(&self, row: &[f64], p: f64) -> Lesson {
        self.online.lesson(self.columns.values(row), p)
    }

    /// Refuses what [`TargetLearner::start`] and outcomes cannot have made. Columns within the whole
    /// row are asked for apart.
    ///
    /// # Errors
    /// See [`learn::Invalid`].
    pub(super) fn validate(&self) -> Result<(), learn::Invalid> {
        self.online.validate()?;
        let whole = self.online.width() == self.columns.0.len();
        if whole { Ok(()) } else { Err(learn::Invalid::Length { what: "columns" }) }
    }
}
