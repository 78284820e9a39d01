//! A probability forest: smartcore's extremely randomised trees on 0/1 labels, whose leaves hold
//! the share of rows that rose.

use smartcore::{
    ensemble::extra_trees_regressor::{ExtraTreesRegressor, ExtraTreesRegressorParameters},
    linalg::basic::matrix::DenseMatrix,
};

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

type Grove = ExtraTreesRegressor<f64, f64, DenseMatrix<f64>, Vec<f64>>;

#[derive(Debug)]
pub(super) struct Forest {
    /// Each with its number of trees.
    groves: Vec<(Grove, f64)>,
    /// The share of its rows that rose.
    pub(super) base: f64,
}

impl Forest {
    /// `rows` is not empty and all of one width.
    pub(super) fn fit(rows: &[&Sample], shape: &Shape) -> Result<Self, smartcore::error::Failed> {
        let x = matrix(rows.iter().map(|sample| sample.row.values.as_slice()))?;
        let y: Vec<f64> = rows.iter().map(|sample| f64::from(u8::from(sample.forward_return > 0.0))).collect();
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
        let grow = |&(seed, trees): &(u64, u32)| {
            let parameters = ExtraTreesRegressorParameters::default()
                .with_n_trees(trees as usize)
                .with_max_depth(shape.depth)
                .with_min_samples_leaf(shape.min_leaf)
                .with_min_samples_split(2 * shape.min_leaf)
                .with_m(shape.columns_per_split)
                .with_seed(seed);
            Grove::fit(&x, &y, parameters).map(|grove| (grove, f64::from(trees)))
        };
        let share = plans.len().div_ceil(shape.threads.max(1)).max(1);
        let grown: Vec<_> = std::thread::scope(|scope| {
            let grow = &grow;
            let workers: Vec<_> = plans
                .chunks(share)
                .map(|plans| scope.spawn(move || plans.iter().map(grow).collect::<Vec<_>>()))
                .collect();
            workers
                .into_iter()
                .flat_map(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                .collect()
        });
        let base = y.iter().sum::<f64>() / y.len() as f64;
        Ok(Self { groves: grown.into_iter().collect::<Result<_, _>>()?, base })
    }

    /// One probability a row.
    pub(super) fn predict<'a>(
        &self,
        rows: impl Iterator<Item = &'a [f64]>,
    ) -> Result<Vec<f64>, smartcore::error::Failed> {
        let x = matrix(rows)?;
        let mut sums: Vec<f64> = Vec::new();
        let mut trees = 0.0;
        for (grove, weight) in &self.groves {
            let part = grove.predict(&x)?;
            sums.resize(part.len(), 0.0);
            sums.iter_mut().zip(part).for_each(|(sum, p)| *sum += weight * p);
            trees += weight;
        }
        sums.iter_mut().for_each(|sum| *sum /= trees);
        Ok(sums)
    }
}

fn matrix<'a>(rows: impl Iterator<Item = &'a [f64]>) -> Result<DenseMatrix<f64>, smartcore::error::Failed> {
    let mut values = Vec::new();
    let (mut count, mut width) = (0, 0);
    for row in rows {
        values.extend_from_slice(row);
        (count, width) = (count + 1, row.len());
    }
    // By column: a split reads one column of many rows.
    let mut columns = vec![0.0; values.len()];
    for (row, chunk) in values.chunks(width.max(1)).enumerate() {
        for (column, value) in chunk.iter().enumerate() {
            columns[column * count + row] = *value;
        }
    }
    DenseMatrix::new(count, width, columns, true)
}
