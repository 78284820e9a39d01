//! Gradient-boosted trees on log loss, our own.
//!
//! No library that builds without cmake takes an offset a row, that is a score from elsewhere that
//! the trees only correct, and two specialists stand on one; `docs/LEARNERS.md` has the comparison.
//! The method is LightGBM's: quantile bins, trees grown leaf by leaf, Newton leaves with an L2
//! penalty, a learnt side for missing values, rows and columns drawn for each tree. A test holds
//! that without drawing it grows the same trees as the library that came closest.

mod bins;
mod tree;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use self::{
    bins::Bins,
    tree::{Grown, Pull},
};
use super::{Fitted, LearnError, Learner, Training, fitted::Body, trees::Trees};
use crate::models::newton::{self, sigmoid};

/// How to boost.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Boosting {
    pub trees: u32,
    /// Above 0, at most 1.
    pub learning_rate: f64,
    /// The most leaves of a tree; the split that gains most comes first.
    pub leaves: u32,
    /// The most splits between a root and a leaf.
    pub depth: u32,
    /// The fewest drawn rows in a leaf.
    pub min_leaf: u32,
    /// The least sum of `weight * p * (1 - p)` over a leaf's drawn rows.
    pub min_leaf_hessian: f64,
    /// The penalty on squared leaf values.
    pub l2: f64,
    /// Share of the rows, drawn anew for each tree.
    pub row_share: f64,
    /// Share of the columns, drawn anew for each tree.
    pub column_share: f64,
    /// The most bins a column, 2..=254.
    pub bins: u8,
}

impl Default for Boosting {
    /// Small trees and few columns: what hourly markets bear (`docs/LEARNERS.md`).
    fn default() -> Self {
        Self {
            trees: 200,
            learning_rate: 0.03,
            leaves: 7,
            depth: 16,
            min_leaf: 200,
            min_leaf_hessian: 1e-3,
            l2: 50.0,
            row_share: 0.7,
            column_share: 0.3,
            bins: 63,
        }
    }
}

impl Boosting {
    fn check(&self) -> Result<(), LearnError> {
        let share = |share: f64| share > 0.0 && share <= 1.0;
        let good = [
            ("trees", (1..=100_000).contains(&self.trees)),
            ("learning_rate", share(self.learning_rate)),
            ("leaves", (2..=65_536).contains(&self.leaves)),
            ("depth", (1..=1_000).contains(&self.depth)),
            ("min_leaf", self.min_leaf >= 1),
            ("min_leaf_hessian", self.min_leaf_hessian.is_finite() && self.min_leaf_hessian >= 0.0),
            // Without either, a leaf of certain rows would divide by nothing.
            ("l2", self.l2.is_finite() && self.l2 >= 0.0 && self.l2 + self.min_leaf_hessian > 0.0),
            ("row_share", share(self.row_share)),
            ("column_share", share(self.column_share)),
            ("bins", (2..=254).contains(&self.bins)),
        ];
        match good.iter().find(|(_, good)| !good) {
            Some(&(name, _)) => Err(LearnError::Parameter { name }),
            None => Ok(()),
        }
    }
}

impl Learner for Boosting {
    fn name(&self) -> &'static str {
        "boosting"
    }

    fn fit(&self, data: &Training<'_>, seed: u64) -> Result<Fitted, LearnError> {
        self.check()?;
        let x = data.x();
        let (targets, weights) = (data.targets(), data.weights());
        let mut scores = data.offsets().map_or_else(|| vec![0.0; x.rows()], <[f64]>::to_vec);
        let base = newton::intercept(&scores, &targets, weights);
        scores.iter_mut().for_each(|score| *score += base);
        let bins = Bins::new(x, usize::from(self.bins));
        let mut trees = Trees::new();
        let mut draw = ChaCha8Rng::seed_from_u64(seed);
        let mut pulls: Vec<Pull> = vec![[0.0; 2]; x.rows()];
        if !bins.columns.is_empty() {
            for _ in 0..self.trees {
                for (((pull, score), target), weight) in pulls.iter_mut().zip(&scores).zip(&targets).zip(weights) {
                    let p = sigmoid(*score);
                    *pull = [weight * (p - target), weight * (p * (1.0 - p)).max(1e-16)];
                }
                let columns = columns(&mut draw, bins.columns.len(), self.column_share);
                let (mut drawn, rest) = rows(&mut draw, x.rows(), self.row_share);
                let grown = Grown::grow(&bins, &columns, &mut drawn, &pulls, self, &mut scores);
                rest.iter().for_each(|&row| scores[row as usize] += grown.value(&bins, row as usize));
                trees.push(|at| grown.source(&bins, at));
            }
        }
        Ok(Fitted::new(x.width(), Body::Boosted { base, trees }))
    }
}

/// A share of `0..count`, at least one, ascending.
fn columns(draw: &mut ChaCha8Rng, count: usize, share: f64) -> Vec<usize> {
    let wanted = ((count as f64 * share).ceil() as usize).clamp(1, count);
    let mut all: Vec<usize> = (0..count).collect();
    for at in 0..wanted {
        all.swap(at, draw.random_range(at..count));
    }
    all.truncate(wanted);
    all.sort_unstable();
    all
}

/// Each row with the chance `share`, and the rest; at least one row is drawn.
fn rows(draw: &mut ChaCha8Rng, count: usize, share: f64) -> (Vec<u32>, Vec<u32>) {
    if share >= 1.0 {
        return ((0..count as u32).collect(), Vec::new());
    }
    let (drawn, rest): (Vec<u32>, Vec<u32>) = (0..count as u32).partition(|_| draw.random::<f64>() < share);
    if drawn.is_empty() { ((0..count as u32).collect(), Vec::new()) } else { (drawn, rest) }
}

#[cfg(test)]
mod tests;
