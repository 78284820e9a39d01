//! Extremely randomised trees in groves, so that threads can share the growing.

use super::learn::{self, Fitted, Kind, LearnError, Learner as _, Matrix, PredictError, Training, work};
use crate::domain::Sample;

/// The forest is grown in this many groves, each with its own seeds, so that the result does not
/// depend on how many threads grew it.
const GROVES: u32 = 4;

/// Shape of the forest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Shape {
    pub(super) trees: u32,
    pub(super) depth: u16,
    pub(super) min_leaf: usize,
    pub(super) columns_per_split: usize,
    pub(super) seed: u64,
    pub(super) threads: usize,
}

#[derive(Debug)]
pub(super) struct Forest {
    /// Each with its number of trees.
    groves: Vec<(Fitted, f64)>,
    /// The share of its rows that rose.
    pub(super) base: f64,
}

impl Forest {
    /// `rows` is not empty and all of one width.
    pub(super) fn fit(rows: &[&Sample], shape: &Shape) -> Result<Self, LearnError> {
        let x = Matrix::from_rows(rows.iter().map(|sample| sample.row.values.as_slice()))?;
        let labels: Vec<bool> = rows.iter().map(|sample| sample.forward_return > 0.0).collect();
        let weights = vec![1.0; labels.len()];
        let training = Training::new(&x, &labels, &weights)?;
        // smartcore gives tree `i` of a forest the seed `seed + i`: groves must not overlap.
        let mut seed = shape.seed.wrapping_mul(1 << 20);
        let mut plans: Vec<(u64, u32)> = Vec::new();
        for grove in 0..GROVES {
            let trees = shape.trees / GROVES + u32::from(grove < shape.trees % GROVES);
            if trees > 0 {
                plans.push((seed, trees));
            }
            seed = seed.wrapping_add(u64::from(trees));
        }
        let grow = |grove: usize| {
            let (seed, trees) = plans[grove];
            let Shape { depth, min_leaf, columns_per_split, .. } = *shape;
            let forest = learn::Forest { kind: Kind::Extra, trees, depth, min_leaf, columns_per_split };
            forest.fit(&training, seed).map(|fitted| (fitted, f64::from(trees)))
        };
        let grown = work::run(plans.len(), shape.threads, grow);
        Ok(Self { groves: grown.into_iter().collect::<Result<_, _>>()?, base: training.base_rate() })
    }

    /// The probability that the row's price rises.
    pub(super) fn predict(&self, row: &[f64]) -> Result<f64, PredictError> {
        let (mut sum, mut trees) = (0.0, 0.0);
        for (grove, weight) in &self.groves {
            sum += weight * grove.predict(row, 0.0)?;
            trees += weight;
        }
        Ok(sum / trees)
    }
}
