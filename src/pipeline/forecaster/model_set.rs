//! All that forecasts need, as it is stored.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{recipe::ENSEMBLE, settings::Parameters, target_learner::TargetLearner};
use crate::{
    domain::{Asset, Target, Timeframe},
    ensemble::Ensemble,
    features::engine,
    models::{
        calibrate::{InvalidCalibration, VennAbers},
        learn,
        moves::Moves,
        specialist::{Invalid, Specialist},
        threshold::Threshold,
    },
    units::Timestamp,
};

/// Which asset, where and in which bars.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    pub venue: String,
    pub asset: Asset,
    pub timeframe: Timeframe,
}

/// What a model set was trained on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trained {
    /// Opens of the first bar and of the bar after the last.
    pub from: Timestamp,
    pub to: Timestamp,
    pub rows: u64,
    pub seed: u64,
    /// Name and SHA-256 of each file that was read.
    pub data: Vec<(String, String)>,
}

impl fmt::Display for Trained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} rows from {} to {}", self.rows, self.from, self.to)
    }
}

/// What a specialist or the ensemble said of training rows that its members had not seen. Where a
/// search chose among plans, it chose on these same rows: the figures flatter by that choice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MemberReport {
    pub name: String,
    pub target: Target,
    pub rows: u64,
    pub log_loss: f64,
    pub auc: f64,
    /// Share of the ensemble's weight; none of who is no member of it.
    pub weight: Option<f64>,
    /// The calibration that was chosen.
    pub calibration: String,
}

/// Five specialists and their ensemble.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelSet {
    /// Version and number of the columns that rows must have.
    pub features: u32,
    pub columns: u32,
    pub subject: Subject,
    /// In bars.
    pub horizon: u32,
    pub trained: Trained,
    pub parameters: Parameters,
    pub reports: Vec<MemberReport>,
    pub specialists: Vec<Specialist>,
    pub ensemble: Ensemble,
    /// What outcomes from the end of the training on add, in the order of [`Target::ALL`].
    pub learners: Vec<TargetLearner>,
    /// Of what the ensemble says.
    pub bounds: VennAbers,
    /// How far the price went over the horizon in the training rows.
    pub moves: Moves,
    /// How much of each edge that the ensemble promises does not come true.
    pub threshold: Threshold,
    /// The share of the training rows after which it rose.
    pub base_rate: f64,
    /// The columns by which a row's distance to the training set is told.
    pub familiar: Vec<u16>,
}

/// Why a stored model set is refused.
#[derive(Debug, thiserror::Error)]
pub enum InvalidModelSet {
    #[error("it reads features of version {found}, this program makes version {expected}: train it anew")]
    Features { expected: u32, found: u32 },
    #[error("it reads rows of {found} columns, this program makes {expected}: train it anew")]
    Columns { expected: usize, found: u32 },
    #[error("a horizon of {0} bars")]
    Horizon(u32),
    #[error("the specialist {name}: {why}")]
    Specialist { name: String, why: Invalid },
    #[error("the ensemble's bounds: {0}")]
    Bounds(#[from] InvalidCalibration),
    #[error("the ensemble has a member {0} that is no specialist")]
    Member(String),
    #[error("mean moves, a share of rises or an edge that no prices have")]
    Moves,
    #[error("a column beyond the row")]
    Column,
    #[error("what {model} learns from outcomes: {why}")]
    Learner { model: String, why: learn::Invalid },
    #[error("not one model of each target learns from outcomes, or another than has the last word on it")]
    Learners,
}

impl ModelSet {
    /// How far ahead it forecasts: exact of bars of an hour or longer, rounded down of others.
    pub fn horizon_hours(&self) -> u32 {
        let seconds = u64::from(self.horizon) * self.subject.timeframe.seconds();
        u32::try_from(seconds / Timestamp::HOUR).unwrap_or(u32::MAX)
    }

    /// Refuses what training cannot have made, and what was made for other features.
    ///
    /// # Errors
    /// See [`InvalidModelSet`].
    pub fn validate(&self) -> Result<(), InvalidModelSet> {
        let (expected, found) = (engine::VERSION, self.features);
        if found != expected {
            return Err(InvalidModelSet::Features { expected, found });
        }
        let (expected, found) = (engine::catalogue().len(), self.columns);
        if found as usize != expected {
            return Err(InvalidModelSet::Columns { expected, found });
        }
        if !(1..=10_000).contains(&self.horizon) {
            return Err(InvalidModelSet::Horizon(self.horizon));
        }
        for specialist in &self.specialists {
            let failed = |why| InvalidModelSet::Specialist { name: specialist.name.clone(), why };
            specialist.validate(expected).map_err(failed)?;
        }
        for member in self.ensemble.members() {
            let known = |one: &Specialist| *one.name == **member && one.target == Target::Price;
            if !self.specialists.iter().any(known) {
                return Err(InvalidModelSet::Member(member.to_string()));
            }
        }
        if !(self.moves.are_sound() && self.threshold.is_sound() && (0.0..=1.0).contains(&self.base_rate)) {
            return Err(InvalidModelSet::Moves);
        }
        let learnt_from = self.learners.iter().flat_map(|learner| &learner.columns.0);
        if self.familiar.iter().chain(learnt_from).any(|&column| usize::from(column) >= expected) {
            return Err(InvalidModelSet::Column);
        }
        self.validate_learners()?;
        Ok(self.bounds.validate()?)
    }

    /// Of the price the ensemble alone learns: its members must go on saying what it was fitted on.
    fn validate_learners(&self) -> Result<(), InvalidModelSet> {
        if !self.learners.iter().map(|learner| learner.target).eq(Target::ALL) {
            return Err(InvalidModelSet::Learners);
        }
        for learner in &self.learners {
            let TargetLearner { model, target, .. } = learner;
            let known = match target {
                Target::Price => model == ENSEMBLE,
                _ => self.specialists.iter().any(|one| one.name == *model && one.target == *target),
            };
            if !known {
                return Err(InvalidModelSet::Learners);
            }
            learner.validate().map_err(|why| InvalidModelSet::Learner { model: model.clone(), why })?;
        }
        Ok(())
    }
}
