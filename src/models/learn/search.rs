//! A small search among candidates by validation that looks forward in time.
//!
//! Successive halving over folds: all candidates are judged on the last fold, which is nearest to
//! what will be forecast, the better half also on the one before, and so on until one is left, the
//! folds are used up, or the budget. Only rows of the training range come in here; what is measured
//! later never does.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde::{Deserialize, Serialize};

use super::{
    folds::{self, Fold, FoldError, Reach},
    work,
};
use crate::{
    models::{metrics, newton::sigmoid},
    units::Timestamp,
};

/// How far to search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Folds that look forward, at least 1; each halving uses one more.
    pub folds: usize,
    /// The most fits. A count and not a time, so that the result is the same on a slow machine.
    pub fits: usize,
    pub reach: Reach,
    pub seed: u64,
    /// The result does not depend on it.
    pub threads: usize,
}

impl Budget {
    /// As much as halving needs that judges the better half of the candidates on one more fold, until
    /// one is left or the folds are used up.
    pub fn whole(candidates: usize, folds: usize, reach: Reach, seed: u64, threads: usize) -> Self {
        let alive = std::iter::successors(Some(candidates), |&alive| (alive > 1).then(|| alive.div_ceil(2)));
        let judged = alive.take(folds).enumerate().filter(|&(fold, alive)| fold == 0 || alive > 1);
        Self { folds, fits: judged.map(|(_, alive)| alive).sum(), reach, seed, threads }
    }
}

/// How a candidate did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tried<C> {
    pub candidate: C,
    /// The log loss of each fold it was judged on, from the last fold backwards, in nats.
    pub log_losses: Vec<f64>,
}

impl<C> Tried<C> {
    /// The mean over the folds it was judged on; infinite before the first.
    pub fn log_loss(&self) -> f64 {
        let judged = self.log_losses.len() as f64;
        if judged > 0.0 { self.log_losses.iter().sum::<f64>() / judged } else { f64::INFINITY }
    }
}

/// Why the search found nothing. `E` is why a candidate could not be fitted.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SearchError<E: std::error::Error + 'static> {
    #[error(transparent)]
    Folds(#[from] FoldError),
    #[error("nothing to choose from")]
    NoCandidates,
    #[error("{fits} fits do not suffice to judge {candidates} candidates once")]
    Budget { fits: usize, candidates: usize },
    #[error("{found} {what} for {expected} rows")]
    Length { what: &'static str, expected: usize, found: usize },
    #[error("candidate {candidate}: {error}")]
    Fit { candidate: usize, error: E },
}

/// The candidates from the best to the worst: those that were judged on more folds come first,
/// and of two that are equal the one that was named first. `fit` learns from `fold.train` alone
/// and gives the log-odds of each row of `fold.test_rows()`, not a number of one of which it has
/// nothing to say; rows that some candidate cannot judge count for none. `labels` and `times` are
/// one a row, `times` ascending.
///
/// # Errors
/// See [`SearchError`].
pub fn search<C: Clone + Sync, E: std::error::Error + Send + 'static>(
    candidates: &[C],
    labels: &[bool],
    times: &[Timestamp],
    budget: &Budget,
    fit: impl Fn(&C, &Fold, u64) -> Result<Vec<f64>, E> + Sync,
    progress: &(dyn Fn(usize) + Sync),
) -> Result<Vec<Tried<C>>, SearchError<E>> {
    if candidates.is_empty() {
        return Err(SearchError::NoCandidates);
    }
    if budget.fits < candidates.len() {
        return Err(SearchError::Budget { fits: budget.fits, candidates: candidates.len() });
    }
    if times.len() != labels.len() {
        return Err(SearchError::Length { what: "times", expected: labels.len(), found: times.len() });
    }
    // As many blocks to begin with as there are folds: no fold learns from less than half.
    let folds = folds::forward(times, budget.reach, budget.folds, budget.folds)?;
    let mut tried: Vec<Tried<C>> =
        candidates.iter().map(|candidate| Tried { candidate: candidate.clone(), log_losses: Vec::new() }).collect();
    let mut alive: Vec<usize> = (0..candidates.len()).collect();
    let fits = AtomicUsize::new(0);
    let mut left = budget.fits;
    for fold in folds.iter().rev() {
        if alive.len() > left || (alive.len() == 1 && !tried[alive[0]].log_losses.is_empty()) {
            break;
        }
        left -= alive.len();
        let told = work::run(alive.len(), budget.threads, |at| {
            let told = fit(&candidates[alive[at]], fold, budget.seed);
            progress(fits.fetch_add(1, Ordering::Relaxed) + 1);
            told
        });
        let rows = fold.test_rows();
        let told: Vec<Vec<f64>> = alive
            .iter()
            .zip(told)
            .map(|(&candidate, told)| {
                let told = told.map_err(|error| SearchError::Fit { candidate, error })?;
                if told.len() == rows.len() {
                    Ok(told)
                } else {
                    Err(SearchError::Length { what: "log-odds", expected: rows.len(), found: told.len() })
                }
            })
            .collect::<Result<_, _>>()?;
        let judged: Vec<usize> = (0..rows.len()).filter(|&at| told.iter().all(|told| told[at].is_finite())).collect();
        let labels: Vec<bool> = judged.iter().map(|&at| labels[rows[at] as usize]).collect();
        for (&candidate, told) in alive.iter().zip(&told) {
            let told: Vec<f64> = judged.iter().map(|&at| sigmoid(told[at])).collect();
            tried[candidate].log_losses.extend(metrics::log_loss(&told, &labels));
        }
        alive.sort_by(|&a, &b| tried[a].log_loss().total_cmp(&tried[b].log_loss()).then(a.cmp(&b)));
        alive.truncate(alive.len().div_ceil(2));
    }
    // Stable: the order of the candidates decides between equals.
    tried.sort_by(|a, b| b.log_losses.len().cmp(&a.log_losses.len()).then(a.log_loss().total_cmp(&b.log_loss())));
    Ok(tried)
}
