//! A specialist from its rows: bagged, calibrated, with bounds.

use serde::{Deserialize, Serialize};

use super::{GrowError, Invalid, Member, Plan, Rows, ScoreError, answered::Answered};
use crate::{
    domain::{OutOfFold, Target, out_of_fold::HeldOut},
    models::{
        bagging::{self, CertifyError},
        calibrate::{self, CalibrateError, Calibrator, InvalidCalibration, Kind, VennAbers},
        learn::{
            Lesson,
            bag::{self, BagError},
        },
        newton::{logit, sigmoid},
    },
    units::Timestamp,
};

/// Blocks of time by which the calibration is chosen.
const CALIBRATION_BLOCKS: usize = 5;

/// Answers one question of a bar.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Specialist {
    pub name: String,
    pub target: Target,
    members: Vec<Member>,
    calibrator: Calibrator,
    bounds: VennAbers,
}

/// What it says of a row as trained.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score {
    /// What its members say of yes.
    raw: f64,
    /// The same, calibrated.
    pub probability: f64,
}

/// What it says of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Opinion {
    /// Of yes, calibrated, with what outcomes since the training add.
    pub probability: f64,
    /// Venn-Abers bounds of it.
    pub lower: f64,
    pub upper: f64,
}

/// A specialist and what it honestly says of the rows that it was grown from.
#[derive(Clone, Debug)]
pub struct Training {
    pub specialist: Specialist,
    pub out_of_fold: OutOfFold,
    pub calibration: Kind,
    /// Of each member, in their order.
    pub seen: Vec<Seen>,
}

/// What one member was given, as numbers of rows, ascending.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Those that it was grown on.
    pub trained: Vec<u32>,
    /// Those that it was kept from, and spoke of afterwards.
    pub held: Vec<u32>,
}

/// Why there is no specialist.
#[derive(Debug, thiserror::Error)]
pub enum TrainSpecialistError {
    #[error(transparent)]
    Bag(#[from] BagError<GrowError>),
    #[error(transparent)]
    Calibrate(#[from] CalibrateError),
    #[error(transparent)]
    Certify(#[from] CertifyError),
    #[error("of {rows} rows none has an answer")]
    NoAnswers { rows: usize },
}

/// Grows the bag of a specialist on the rows whose answers are known. `independent` is how many
/// rows there are to each independent one: the horizon in bars.
///
/// # Errors
/// See [`TrainSpecialistError`].
pub fn train(
    name: &str,
    target: Target,
    plan: &Plan,
    rows: &Rows,
    bag: &bag::Plan,
    independent: u32,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Training, TrainSpecialistError> {
    let answered = Answered::new(target, rows);
    if answered.places.is_empty() {
        return Err(TrainSpecialistError::NoAnswers { rows: rows.len() });
    }
    let (grown, raw) = bag::cross_fit(&answered.times, bag, |fold, seed| answered.grow(plan, fold, seed), progress)?;
    let (members, seen) = grown.into_iter().unzip();
    let Answered { places, times, labels, .. } = &answered;
    let weights = vec![1.0 / f64::from(independent.max(1)); labels.len()];
    // Of a row that a member could not judge there is nothing to calibrate on.
    let known: Vec<usize> = (0..raw.len()).filter(|&row| raw[row].is_finite()).collect();
    let pick = |values: &[f64]| known.iter().map(|&row| values[row]).collect::<Vec<f64>>();
    let (raw_known, weights_known) = (pick(&raw), pick(&weights));
    let labels_known: Vec<bool> = known.iter().map(|&row| labels[row]).collect();
    let times_known: Vec<Timestamp> = known.iter().map(|&row| times[row]).collect();
    let calibration = calibrate::Rows::new(&raw_known, &labels_known, &weights_known)?;
    let choice = calibrate::choose(&calibration, &times_known, bag.reach, CALIBRATION_BLOCKS)?;
    let bounds = VennAbers::fit(&calibration);
    let held: Vec<HeldOut> = (0..raw.len())
        .map(|row| HeldOut {
            made_at: times[row],
            known_at: rows.known_at[places[row] as usize],
            fold: 0,
            probability: raw[row].is_finite().then_some(raw[row]),
            outcome: labels[row],
        })
        .collect();
    let calibrator = choice.calibrator;
    let out_of_fold =
        bagging::out_of_fold(name, times, &held, bag)?.map(|p| calibrator.apply(p)).map_err(CertifyError::from)?;
    let calibration = calibrator.kind();
    let specialist = Specialist { name: name.to_owned(), target, members, calibrator, bounds };
    Ok(Training { specialist, out_of_fold, calibration, seen })
}

/// The probability of the members' mean log-odds.
fn pooled<'a>(
    members: impl ExactSizeIterator<Item = &'a Member>,
    row: &[f64],
    scratch: &mut Vec<f64>,
) -> Result<f64, ScoreError> {
    let (mut sum, count) = (0.0, members.len());
    for member in members {
        sum += member.log_odds(row, scratch)?;
    }
    Ok(sigmoid(sum / count as f64))
}

impl Specialist {
    /// What it says of a whole row as trained. `scratch` is overwritten; it saves allocations.
    ///
    /// # Errors
    /// [`ScoreError`]: it has nothing to say of this row.
    pub fn score(&self, row: &[f64], scratch: &mut Vec<f64>) -> Result<Score, ScoreError> {
        let raw = pooled(self.members.iter(), row, scratch)?;
        Ok(Score { raw, probability: self.calibrator.apply(raw) })
    }

    /// Its opinion of that row with what its learner makes of it, where it has one: the bounds are
    /// moved by as many log-odds as the probability is.
    pub fn opinion(&self, score: &Score, lesson: Option<&Lesson>) -> Opinion {
        let Score { raw, probability } = *score;
        let (lower, upper) = self.bounds.bounds(raw, probability);
        let Some(lesson) = lesson.filter(|lesson| lesson.learnt() != 0.0) else {
            return Opinion { probability, lower, upper };
        };
        let probability = lesson.said();
        let moved = |p: f64| sigmoid(logit(p) + lesson.learnt());
        Opinion { probability, lower: moved(lower).min(probability), upper: moved(upper).max(probability) }
    }

    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// The calibrated probability of yes that these members alone give: of a row that they were
    /// kept from, what stands in [`Training::out_of_fold`], to rounding.
    ///
    /// # Errors
    /// As [`Specialist::score`].
    pub fn said_by<'a>(
        &self,
        members: impl ExactSizeIterator<Item = &'a Member>,
        row: &[f64],
        scratch: &mut Vec<f64>,
    ) -> Result<f64, ScoreError> {
        Ok(self.calibrator.apply(pooled(members, row, scratch)?))
    }

    /// How each column of the row moves the log-odds, before calibration, on average over the
    /// members.
    ///
    /// # Errors
    /// As [`Specialist::score`].
    pub fn contributions(&self, row: &[f64]) -> Result<Vec<f64>, ScoreError> {
        let mut out = vec![0.0; row.len()];
        for member in &self.members {
            member.contributions(row, &mut out)?;
        }
        out.iter_mut().for_each(|sum| *sum /= self.members.len() as f64);
        Ok(out)
    }

    /// Refuses what [`train`] cannot have made, for rows of `width` columns.
    ///
    /// # Errors
    /// See [`Invalid`].
    pub fn validate(&self, width: usize) -> Result<(), Invalid> {
        if self.members.is_empty() {
            return Err(Invalid::Empty);
        }
        self.members.iter().try_for_each(|member| member.validate(width))?;
        self.calibrator.validate()?;
        Ok(self.bounds.validate()?)
    }
}

impl From<InvalidCalibration> for Invalid {
    fn from(_: InvalidCalibration) -> Self {
        Self::Number
    }
}
