//! Bagging: members that each learn without one fold, and so can be judged on it.
//!
//! As in AutoGluon: some sets of folds, each cut elsewhere and with other seeds. Of the training
//! rows a bag keeps what the members said that had not seen them: the only honest input of a
//! stacker or a calibrator.
//!
//! Log-odds are averaged and not probabilities: members that correct an offset, and a row's
//! contributions, stay sums. Against the mean of probabilities it measured the same within 0.0002
//! nats (`docs/LEARNERS.md`).

use std::sync::atomic::{AtomicUsize, Ordering};

use serde::{Deserialize, Serialize};

use super::{
    Fitted, Invalid, LearnError, Learner, Matrix, PredictError, Training,
    fitted::each_row,
    folds::{self, Fold, FoldError, Reach},
    work,
};
use crate::{
    models::newton::{logit, sigmoid},
    units::Timestamp,
};

/// How to bag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Folds a set, at least 2.
    pub folds: usize,
    /// Sets, each with its folds shifted by its share of a block.
    pub sets: usize,
    pub reach: Reach,
    pub seed: u64,
    /// The result does not depend on it.
    pub threads: usize,
}

impl Plan {
    /// 5 folds, 2 sets.
    pub fn new(reach: Reach, seed: u64, threads: usize) -> Self {
        Self { folds: 5, sets: 2, reach, seed, threads }
    }
}

/// Members that speak with one voice. One that was read from outside must pass [`Bag::validate`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bag {
    members: Vec<Fitted>,
}

/// A bag and what it says honestly of the rows it was grown from.
#[derive(Clone, Debug, PartialEq)]
pub struct Bagged {
    pub bag: Bag,
    /// For each training row the probability from the mean log-odds, over the sets, of the member
    /// that did not learn from it, nor from rows whose labels overlap its own.
    pub out_of_fold: Vec<f64>,
}

/// Why there is no bag. `E` is why a member could not be made.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum BagError<E: std::error::Error + 'static = LearnError> {
    #[error(transparent)]
    Folds(#[from] FoldError),
    #[error("a bag needs at least one set of folds")]
    NoSets,
    #[error("{found} {what} for {expected} rows")]
    Length { what: &'static str, expected: usize, found: usize },
    #[error("set {set}, fold {fold}: {error}")]
    Member { set: usize, fold: usize, error: E },
}

impl Bag {
    /// A bag of one, or of members from elsewhere; `None` without members or where their widths
    /// differ.
    pub fn of(members: Vec<Fitted>) -> Option<Self> {
        let width = members.first()?.width();
        members.iter().all(|member| member.width() == width).then_some(Self { members })
    }

    pub fn width(&self) -> usize {
        self.members.first().map_or(0, Fitted::width)
    }

    pub fn members(&self) -> &[Fitted] {
        &self.members
    }

    /// The probability of a true label; `offset` as in [`Fitted::predict`].
    ///
    /// # Errors
    /// A row of another width.
    pub fn predict(&self, row: &[f64], offset: f64) -> Result<f64, PredictError> {
        self.log_odds(row, offset).map(sigmoid)
    }

    /// The mean of the members' log-odds.
    ///
    /// # Errors
    /// A row of another width.
    pub fn log_odds(&self, row: &[f64], offset: f64) -> Result<f64, PredictError> {
        let mut sum = 0.0;
        for member in &self.members {
            sum += member.log_odds(row, offset)?;
        }
        Ok(sum / self.members.len() as f64)
    }

    /// One probability a row.
    ///
    /// # Errors
    /// A matrix of another width, or another number of offsets than rows.
    pub fn predict_all(&self, x: &Matrix, offsets: Option<&[f64]>) -> Result<Vec<f64>, PredictError> {
        each_row(x, offsets, |row, offset| self.predict(row, offset))
    }

    /// Writes to `out`, one number a column, how the columns move this row's log-odds, on average
    /// over the members.
    ///
    /// # Errors
    /// A row or an `out` of another width.
    pub fn contributions(&self, row: &[f64], out: &mut [f64]) -> Result<(), PredictError> {
        out.fill(0.0);
        for member in &self.members {
            member.contributions(row, out)?;
        }
        out.iter_mut().for_each(|sum| *sum /= self.members.len() as f64);
        Ok(())
    }

    /// Refuses what [`grow`] cannot have made.
    ///
    /// # Errors
    /// See [`Invalid`].
    pub fn validate(&self) -> Result<(), Invalid> {
        if self.members.is_empty() {
            return Err(Invalid::Length { what: "members" });
        }
        for member in &self.members {
            if member.width() != self.width() {
                return Err(Invalid::Length { what: "columns" });
            }
            member.validate()?;
        }
        Ok(())
    }
}

/// Grows `plan.folds * plan.sets` members. `times` ascend, one a row. `progress` is told after
/// each member how many are done, of how many; it is called from several threads.
///
/// # Errors
/// See [`BagError`].
pub fn grow(
    learner: &dyn Learner,
    data: &Training<'_>,
    times: &[Timestamp],
    plan: &Plan,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Bagged, BagError> {
    if times.len() != data.x().rows() {
        return Err(BagError::Length { what: "times", expected: data.x().rows(), found: times.len() });
    }
    let (members, out_of_fold) = cross_fit(times, plan, |fold, seed| member(learner, data, fold, seed), progress)?;
    Ok(Bagged { bag: Bag { members }, out_of_fold })
}

/// The same for members of any kind, such as those of several stages: `fit` learns from
/// `fold.train` alone, with its seed, and gives the member and its log-odds of each row of
/// `fold.test_rows()`. Returned are the members, set by set, and the out-of-fold probabilities.
///
/// # Errors
/// See [`BagError`].
pub fn cross_fit<M: Send, E: std::error::Error + Send + 'static>(
    times: &[Timestamp],
    plan: &Plan,
    fit: impl Fn(&Fold, u64) -> Result<(M, Vec<f64>), E> + Sync,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<(Vec<M>, Vec<f64>), BagError<E>> {
    if plan.sets == 0 {
        return Err(BagError::NoSets);
    }
    let mut jobs: Vec<(usize, usize, Fold)> = Vec::with_capacity(plan.folds * plan.sets);
    for set in 0..plan.sets {
        let folds = folds::blocked(times, plan.reach, plan.folds, set, plan.sets)?;
        jobs.extend(folds.into_iter().enumerate().map(|(number, fold)| (set, number, fold)));
    }
    let done = AtomicUsize::new(0);
    let grown = work::run(jobs.len(), plan.threads, |number| {
        let member = fit(&jobs[number].2, member_seed(plan.seed, number));
        progress(done.fetch_add(1, Ordering::Relaxed) + 1, jobs.len());
        member
    });
    let mut members = Vec::with_capacity(jobs.len());
    let mut out_of_fold = vec![0.0; times.len()];
    for ((set, number, fold), grown) in jobs.iter().zip(grown) {
        let (member, told) = grown.map_err(|error| BagError::Member { set: *set, fold: *number, error })?;
        let rows = fold.test_rows();
        if told.len() != rows.len() {
            return Err(BagError::Length { what: "log-odds", expected: rows.len(), found: told.len() });
        }
        for (row, log_odds) in rows.into_iter().zip(told) {
            out_of_fold[row as usize] += log_odds / plan.sets as f64;
        }
        members.push(member);
    }
    out_of_fold.iter_mut().for_each(|log_odds| *log_odds = sigmoid(*log_odds));
    Ok((members, out_of_fold))
}

/// One member, and its log-odds of the fold's test rows.
pub(super) fn member(
    learner: &dyn Learner,
    data: &Training<'_>,
    fold: &Fold,
    seed: u64,
) -> Result<(Fitted, Vec<f64>), LearnError> {
    let of = |values: &[f64], rows: &[u32]| rows.iter().map(|&row| values[row as usize]).collect::<Vec<f64>>();
    let x = data.x().take(&fold.train);
    let labels: Vec<bool> = fold.train.iter().map(|&row| data.labels()[row as usize]).collect();
    let weights = of(data.weights(), &fold.train);
    let offsets = data.offsets().map(|offsets| of(offsets, &fold.train));
    let mut training = Training::new(&x, &labels, &weights)?;
    if let Some(offsets) = &offsets {
        training = training.with_offsets(offsets)?;
    }
    let fitted = learner.fit(&training, seed)?;
    let test = fold.test_rows();
    let offsets = data.offsets().map(|offsets| of(offsets, &test));
    let told = fitted.predict_all(&data.x().take(&test), offsets.as_deref()).map_err(|error| LearnError::Shape {
        what: "columns",
        expected: error.expected,
        found: error.found,
    })?;
    Ok((fitted, told.into_iter().map(logit).collect()))
}

/// Seeds far apart, since some libraries count theirs upwards from tree to tree (SplitMix64).
fn member_seed(seed: u64, number: usize) -> u64 {
    let mut z = seed.wrapping_add((number as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
