//! Random forests and extremely randomised trees by `smartcore`.
//!
//! Its *regressors* on 0/1 labels: their leaves hold the share of true labels, which is a
//! probability, and they are twelve times faster than its classifiers.

use serde::{Deserialize, Serialize};
use smartcore::{
    ensemble::{
        extra_trees_regressor::{ExtraTreesRegressor, ExtraTreesRegressorParameters},
        random_forest_regressor::{RandomForestRegressor, RandomForestRegressorParameters},
    },
    error::Failed,
    linalg::basic::matrix::DenseMatrix,
};

use super::{
    Fitted, LearnError, Learner, Training,
    fitted::Body,
    trees::{Source, Trees},
};
use crate::models::newton::median;

/// How the trees of a forest differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Each sees a bootstrap sample and takes the best threshold.
    Random,
    /// Each sees all rows and draws its thresholds.
    Extra,
}

/// A probability forest. A missing value counts as its column's median in the training rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Forest {
    pub kind: Kind,
    pub trees: u32,
    /// The most splits between a root and a leaf.
    pub depth: u16,
    /// The fewest rows in a leaf.
    pub min_leaf: usize,
    /// Columns tried at each split; 0: the square root of their number.
    pub columns_per_split: usize,
}

type Random = RandomForestRegressor<f64, f64, DenseMatrix<f64>, Vec<f64>>;
type Extra = ExtraTreesRegressor<f64, f64, DenseMatrix<f64>, Vec<f64>>;

/// smartcore keeps its trees to itself, but tells them to serde.
#[derive(Deserialize)]
struct Told {
    forest_regressor: ToldForest,
}

#[derive(Deserialize)]
struct ToldForest {
    trees: Vec<ToldTree>,
}

#[derive(Deserialize)]
struct ToldTree {
    nodes: Vec<ToldNode>,
}

#[derive(Deserialize)]
struct ToldNode {
    output: f64,
    split_feature: usize,
    split_value: Option<f64>,
    true_child: Option<usize>,
    false_child: Option<usize>,
}

impl Forest {
    fn check(&self) -> Result<(), LearnError> {
        let good = [("trees", self.trees > 0), ("depth", self.depth > 0), ("min_leaf", self.min_leaf > 0)];
        match good.iter().find(|(_, good)| !good) {
            Some(&(name, _)) => Err(LearnError::Parameter { name }),
            None => Ok(()),
        }
    }

    /// Grows the forest by the library and lets it tell its trees.
    fn grow(
        &self,
        x: &DenseMatrix<f64>,
        y: &Vec<f64>,
        weights: Option<&[f64]>,
        width: usize,
        seed: u64,
    ) -> Result<Told, LearnError> {
        let columns = match self.columns_per_split {
            0 => width.isqrt().max(1),
            columns => columns.min(width),
        };
        let failed = |error: Failed| LearnError::Library { learner: "smartcore", reason: error.to_string() };
        let told = match self.kind {
            Kind::Random => {
                let parameters = RandomForestRegressorParameters::default()
                    .with_n_trees(self.trees as usize)
                    .with_max_depth(self.depth)
                    .with_min_samples_leaf(self.min_leaf)
                    .with_min_samples_split(2 * self.min_leaf)
                    .with_m(columns)
                    .with_seed(seed);
                let forest: Random = match weights {
                    Some(weights) => Random::fit_with_weights(x, y, weights, parameters),
                    None => Random::fit(x, y, parameters),
                }
                .map_err(failed)?;
                serde_json::to_value(&forest)
            }
            Kind::Extra => {
                let parameters = ExtraTreesRegressorParameters::default()
                    .with_n_trees(self.trees as usize)
                    .with_max_depth(self.depth)
                    .with_min_samples_leaf(self.min_leaf)
                    .with_min_samples_split(2 * self.min_leaf)
                    .with_m(columns)
                    .with_seed(seed);
                let forest: Extra = match weights {
                    Some(weights) => Extra::fit_with_weights(x, y, weights, parameters),
                    None => Extra::fit(x, y, parameters),
                }
                .map_err(failed)?;
                serde_json::to_value(&forest)
            }
        };
        told.and_then(serde_json::from_value)
            .map_err(|error| LearnError::Library { learner: "smartcore", reason: error.to_string() })
    }
}

impl Learner for Forest {
    fn name(&self) -> &'static str {
        match self.kind {
            Kind::Random => "random_forest",
            Kind::Extra => "extra_trees",
        }
    }

    fn fit(&self, data: &Training<'_>, seed: u64) -> Result<Fitted, LearnError> {
        self.check()?;
        if data.offsets().is_some() {
            return Err(LearnError::NoOffsets { learner: self.name() });
        }
        let x = data.x();
        let columns = x.varying();
        let mut trees = Trees::new();
        if columns.is_empty() {
            let value = data.base_rate();
            trees.push(|_| Source::Leaf { value });
            return Ok(Fitted::new(x.width(), Body::Forest { trees }));
        }
        let fills: Vec<f64> = columns.iter().map(|&column| median(x.column(column)).unwrap_or(0.0)).collect();
        let filled = columns.iter().zip(&fills).flat_map(|(&column, &fill)| {
            x.column(column).iter().map(move |value| if value.is_nan() { fill } else { *value })
        });
        let failed = |error: Failed| LearnError::Library { learner: "smartcore", reason: error.to_string() };
        let matrix = DenseMatrix::new(x.rows(), columns.len(), filled.collect(), true).map_err(failed)?;
        let equal = data.weights().windows(2).all(|pair| pair[0] == pair[1]);
        let weights = (!equal).then_some(data.weights());
        let told = self.grow(&matrix, &data.targets(), weights, columns.len(), seed)?;
        for tree in &told.forest_regressor.trees {
            trees.push(|at| {
                let node = &tree.nodes[at];
                let (Some(left), Some(right), Some(value)) = (node.true_child, node.false_child, node.split_value)
                else {
                    return Source::Leaf { value: node.output };
                };
                Source::Split {
                    feature: columns[node.split_feature] as u16,
                    // The library goes left at `value` too, we below the threshold only.
                    threshold: value.next_up(),
                    missing_left: fills[node.split_feature] <= value,
                    left,
                    right,
                    mean: node.output,
                }
            });
        }
        Ok(Fitted::new(x.width(), Body::Forest { trees }))
    }
}
