//! Stacking: logistic regression on the members' out-of-fold log-odds.
//!
//! Coefficients are not negative (Breiman, "Stacked Regressions", Machine Learning 24, 1996: without
//! that, members that resemble each other are set against each other), and shrunk towards the plain
//! mean of log-odds: the stronger the penalty, the closer to what needs no fitting. Without an
//! intercept nothing is added to what the members say: how often the price rose in the years fitted
//! on is no forecast.

use serde::{Deserialize, Serialize};

use super::{
    blocks,
    combiner::{Combiner, Voice},
    error::{self, FitError},
    newton::{self, Bounds, Solution},
    table::Table,
};

/// How a penalty did in the time-ordered cross-validation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PenaltyScore {
    pub penalty: f64,
    /// Nats, over the rows of all folds.
    pub log_loss: f64,
}

/// The combiner, and how each penalty did, the one chosen first.
pub(super) fn fit(
    table: &Table,
    folds: usize,
    penalties: &[f64],
    bounds: Bounds,
) -> Result<(Combiner, Vec<PenaltyScore>), FitError> {
    let mut scores = cross_validate(table, folds, penalties, bounds)?;
    // The least loss; of equals, the strongest penalty.
    scores.sort_by(|a, b| a.log_loss.total_cmp(&b.log_loss).then(b.penalty.total_cmp(&a.penalty)));
    let chosen = scores.first().map_or(f64::INFINITY, |score| score.penalty);
    let Solution { intercept, weights } = solve(table, 0..table.len(), chosen, bounds);
    let slope: f64 = weights.iter().sum();
    let equal = 1.0 / weights.len() as f64;
    let weights = weights.iter().map(|weight| if slope > 0.0 { weight / slope } else { equal }).collect();
    Ok((Combiner { voice: Voice::LogOdds, intercept, slope, weights }, scores))
}

fn solve(table: &Table, range: std::ops::Range<usize>, penalty: f64, bounds: Bounds) -> Solution {
    let members = table.members().len();
    let equal = vec![1.0 / members as f64; members];
    newton::minimise(&table.inputs(range), penalty, &equal, bounds)
}

/// Cuts the rows into `folds + 1` blocks in time; each but the first is forecast by what was fitted
/// on the rows whose outcome was known when it began.
fn cross_validate(
    table: &Table,
    folds: usize,
    penalties: &[f64],
    bounds: Bounds,
) -> Result<Vec<PenaltyScore>, FitError> {
    let mut lost = vec![0.0; penalties.len()];
    let mut judged = 0_usize;
    for (train, held) in blocks::blocks(table.rows(), folds) {
        error::enough("stacking fold", &table.inputs(train.clone()).outcomes)?;
        let rows = table.inputs(held);
        for (lost, &penalty) in lost.iter_mut().zip(penalties) {
            let Solution { intercept, weights } = solve(table, train.clone(), penalty, bounds);
            *lost += newton::mean_log_loss(&rows, intercept, &weights) * rows.outcomes.len() as f64;
        }
        judged += rows.outcomes.len();
    }
    let score = |(&penalty, lost): (&f64, f64)| PenaltyScore { penalty, log_loss: lost / judged.max(1) as f64 };
    Ok(penalties.iter().zip(lost).map(score).collect())
}
