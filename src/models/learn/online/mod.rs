//! What outcomes add to what a fitted model says, learnt one at a time where its training ends.
//!
//! ```text
//! log-odds = what the model says + a . z
//! ```
//!
//! `z` are standardised columns, and `a` is moved by each outcome ([`filter`]). Its mean is 0 at
//! first, and its covariance what a penalised regression on the training rows leaves open, each of
//! these rows counting `share` of an outcome to come:
//!
//! ```text
//! C = (share * (counts * variance * sum of z z' + l2))^-1
//! ```
//!
//! `variance` is that of an outcome as the model foretells it: the mean of `p (1 - p)`. Where it is
//! asked for, what comes out is recalibrated by its outcomes in turn ([`recalibration`]).

mod filter;
mod recalibration;

use serde::{Deserialize, Serialize};

use self::{filter::Filter, recalibration::Recalibration};
use super::{Invalid, LearnError, Logistic, Matrix, PROBABILITY_FLOOR, linear::Term};
use crate::models::newton::{logit, sigmoid};

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
    /// How much a training row counts for the recalibration of what comes out; none without one.
    pub recalibration: Option<f64>,
}

/// What is known now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Online {
    clip: f64,
    /// How each column is standardised; their weights are not used.
    terms: Vec<Term>,
    filter: Filter,
    recalibration: Option<Recalibration>,
}

/// What was said of a row, to be learnt from once its outcome is known.
#[derive(Clone, Debug, PartialEq)]
pub struct Lesson {
    z: Vec<f64>,
    /// The log-odds with what the columns add.
    moved: f64,
    learnt: f64,
    said: f64,
}

impl Lesson {
    /// What outcomes so far add to the log-odds, all told; 0 before the first.
    pub fn learnt(&self) -> f64 {
        self.learnt
    }

    /// The probability with it: the model's own where nothing was learnt, else held a millionth away
    /// from 0 and 1, as any that a learner gives.
    pub fn said(&self) -> f64 {
        self.said
    }
}

impl Online {
    /// Begins with what the training rows `x` leave open to a model that said `told` of such rows
    /// before it had seen them.
    ///
    /// # Errors
    /// [`LearnError`] where there are no rows, `prior` or what was told is out of its range.
    pub fn start(x: &Matrix, told: &[f64], prior: &Prior) -> Result<Self, LearnError> {
        let Prior { regression, share, counts, recalibration } = *prior;
        regression.check()?;
        let part = |value: f64| value > 0.0 && value <= 1.0;
        for (name, value) in [("share", share), ("counts", counts), ("recalibration", recalibration.unwrap_or(1.0))] {
            if !part(value) {
                return Err(LearnError::Parameter { name });
            }
        }
        if x.rows() == 0 || told.is_empty() {
            return Err(LearnError::NoRows);
        }
        if x.width() == 0 {
            return Err(LearnError::Shape { what: "columns", expected: 1, found: 0 });
        }
        if !told.iter().all(|&p| p > 0.0 && p < 1.0) {
            return Err(LearnError::Parameter { name: "told" });
        }
        let variance = told.iter().map(|p| p * (1.0 - p)).sum::<f64>() / told.len() as f64;
        // A column that does not vary is 0 in every row: nothing is learnt of it.
        let mut terms = vec![Term::CONSTANT; x.width()];
        let equal = vec![1.0; x.rows()];
        x.varying().into_iter().for_each(|column| terms[column] = Term::of(x.column(column), &equal));
        let standardised = |(column, term): (usize, &Term)| {
            x.column(column).iter().map(|&value| term.standardise(value, regression.clip)).collect()
        };
        let columns: Vec<Vec<f64>> = terms.iter().enumerate().map(standardised).collect();
        let filter = Filter::start(&columns, share * counts * variance, share * regression.l2, counts)?;
        let again = |share: f64| {
            let said: Vec<f64> = told.iter().map(|&p| logit(p)).collect();
            Recalibration::start(&said, share * counts * variance, share, counts)
        };
        let recalibration = recalibration.map(again).transpose()?;
        Ok(Self { clip: regression.clip, terms, filter, recalibration })
    }

    /// How many columns a row has.
    pub fn width(&self) -> usize {
        self.terms.len()
    }

    /// What is to be said of a row, its columns in their order, of which the model says `p`.
    pub fn lesson(&self, row: impl Iterator<Item = f64>, p: f64) -> Lesson {
        let z: Vec<f64> = self.terms.iter().zip(row).map(|(term, value)| term.standardise(value, self.clip)).collect();
        let as_trained = logit(p.clamp(PROBABILITY_FLOOR, 1.0 - PROBABILITY_FLOOR));
        let by_columns = self.filter.log_odds(&z);
        let moved = as_trained + by_columns;
        let learnt = by_columns + self.recalibration.as_ref().map_or(0.0, |again| again.log_odds(moved));
        let said = sigmoid(as_trained + learnt).clamp(PROBABILITY_FLOOR, 1.0 - PROBABILITY_FLOOR);
        Lesson { z, moved, learnt, said: if learnt == 0.0 { p } else { said } }
    }

    /// Takes in what became of a row.
    pub fn learn(&mut self, lesson: &Lesson, outcome: bool) {
        self.filter.learn(&lesson.z, sigmoid(lesson.moved), outcome);
        if let Some(again) = &mut self.recalibration {
            again.learn(lesson.moved, lesson.said, outcome);
        }
    }

    /// Refuses what [`Online::start`] and outcomes cannot have made.
    ///
    /// # Errors
    /// See [`Invalid`].
    pub fn validate(&self) -> Result<(), Invalid> {
        if self.filter.width() != self.terms.len() {
            return Err(Invalid::Length { what: "coefficients" });
        }
        if !(self.clip.is_finite() && self.clip > 0.0) {
            return Err(Invalid::NotFinite { what: "clip", index: 0 });
        }
        if let Some(index) = self.terms.iter().position(|term| !term.is_sound()) {
            return Err(Invalid::NotFinite { what: "term", index });
        }
        self.filter.validate(self.clip)?;
        self.recalibration.as_ref().map_or(Ok(()), Recalibration::validate)
    }
}

#[cfg(test)]
mod tests;
