//! What outcomes since the training add to what is said of a target.

use serde::{Deserialize, Serialize};

use crate::{
    domain::Target,
    models::{
        learn::{self, LearnError, Online, Prior},
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

/// A row to be learnt from, once its outcome is known.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Lesson {
    /// Standardised.
    row: Vec<f64>,
    /// What had been learnt by then adds to the log-odds.
    pub(super) learnt: f64,
    /// The probability, with what had been learnt; none was said, or it was withheld.
    pub(super) said: Option<f64>,
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
        let variance = told.iter().map(|p| p * (1.0 - p)).sum::<f64>() / told.len() as f64;
        let online = Online::start(&rows.take(&columns.0, &rows.answered(target))?, variance, prior)?;
        Ok(Self { model: model.to_owned(), target, columns, online })
    }

    pub(super) fn lesson(&self, row: &[f64]) -> Lesson {
        let row = self.online.standardise(self.columns.values(row));
        Lesson { learnt: self.online.log_odds(&row), row, said: None }
    }

    pub(super) fn learn(&mut self, lesson: &Lesson, outcome: bool) {
        if let Some(said) = lesson.said {
            self.online.learn(&lesson.row, said, outcome);
        }
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
