//! A small search over recipes by validation that looks forward in time.
//!
//! Successive halving over folds: all candidates are judged on the last fold, which is nearest to
//! what will be forecast, the better half also on the one before, and so on until one is left, the
//! folds are used up, or the budget. Only rows of the training range come in here; what is measured
//! later never does.

use super::{
    LearnError, Learner, Recipe, Training, bag,
    folds::{self, FoldError, Reach},
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

/// How a candidate did.
#[derive(Clone, Debug, PartialEq)]
pub struct Tried {
    pub recipe: Recipe,
    /// The log loss of each fold it was judged on, from the last fold backwards, in nats.
    pub log_losses: Vec<f64>,
}

impl Tried {
    /// The mean over the folds it was judged on.
    pub fn log_loss(&self) -> f64 {
        self.log_losses.iter().sum::<f64>() / self.log_losses.len().max(1) as f64
    }
}

/// Why the search found nothing.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SearchError {
    #[error(transparent)]
    Folds(#[from] FoldError),
    #[error("nothing to choose from")]
    NoCandidates,
    #[error("{fits} fits do not suffice to judge {candidates} candidates once")]
    Budget { fits: usize, candidates: usize },
    #[error("{found} times for {expected} rows")]
    Times { expected: usize, found: usize },
    #[error("candidate {candidate}: {error}")]
    Fit { candidate: usize, error: LearnError },
}

/// The candidates from the best to the worst: those that were judged on more folds come first,
/// and of two that are equal the one that was named first.
///
/// # Errors
/// See [`SearchError`].
pub fn search(
    candidates: &[Recipe],
    data: &Training<'_>,
    times: &[Timestamp],
    budget: &Budget,
    progress: &(dyn Fn(usize) + Sync),
) -> Result<Vec<Tried>, SearchError> {
    if candidates.is_empty() {
        return Err(SearchError::NoCandidates);
    }
    if budget.fits < candidates.len() {
        return Err(SearchError::Budget { fits: budget.fits, candidates: candidates.len() });
    }
    if times.len() != data.x().rows() {
        return Err(SearchError::Times { expected: data.x().rows(), found: times.len() });
    }
    // As many blocks to begin with as there are folds: no fold learns from less than half.
    let folds = folds::forward(times, budget.reach, budget.folds, budget.folds)?;
    let mut tried: Vec<Tried> = candidates.iter().map(|&recipe| Tried { recipe, log_losses: Vec::new() }).collect();
    let mut alive: Vec<usize> = (0..candidates.len()).collect();
    let fits = std::sync::atomic::AtomicUsize::new(0);
    let mut left = budget.fits;
    for fold in folds.iter().rev() {
        if alive.len() > left || (alive.len() == 1 && !tried[alive[0]].log_losses.is_empty()) {
            break;
        }
        left -= alive.len();
        let labels: Vec<bool> = fold.test_rows().iter().map(|&row| data.labels()[row as usize]).collect();
        let losses = work::run(alive.len(), budget.threads, |at| {
            let recipe: &dyn Learner = &candidates[alive[at]];
            let told = bag::member(recipe, data, fold, budget.seed).map(|(_, told)| told);
            progress(fits.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1);
            told
        });
        for (&candidate, told) in alive.iter().zip(losses) {
            let told = told.map_err(|error| SearchError::Fit { candidate, error })?;
            let told: Vec<f64> = told.into_iter().map(sigmoid).collect();
            tried[candidate].log_losses.extend(metrics::log_loss(&told, &labels));
        }
        alive.sort_by(|&a, &b| tried[a].log_loss().total_cmp(&tried[b].log_loss()).then(a.cmp(&b)));
        alive.truncate(alive.len().div_ceil(2));
    }
    // Stable: the order of the candidates decides between equals.
    tried.sort_by(|a, b| b.log_losses.len().cmp(&a.log_losses.len()).then(a.log_loss().total_cmp(&b.log_loss())));
    Ok(tried)
}
