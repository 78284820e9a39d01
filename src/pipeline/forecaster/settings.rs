//! How a model set is trained, and what of that is stored with it.

use serde::{Deserialize, Serialize};

use super::recipe;
use crate::{
    domain::Timeframe,
    ensemble::{self, AbstentionParams, Method, RecencyParams},
    models::{
        learn::{Prior, search::Tried},
        specialist::Plan,
    },
};

/// Bars left out after a fold beside those whose labels overlap it: the features' short memory.
pub const EMBARGO_BARS: u32 = 50;

/// How to train.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// In bars.
    pub horizon: u32,
    pub seed: u64,
    /// The result does not depend on it.
    pub threads: usize,
    pub folds: usize,
    pub sets: usize,
    /// How many bars after a fold are not learnt from, beside those whose labels overlap it.
    pub embargo_bars: u32,
    pub method: Method,
    /// Half-life of the losses that move the ensemble's weights, in bars; `None` leaves them fixed.
    pub recency_bars: Option<u32>,
    pub abstention: AbstentionParams,
    /// Whether each specialist's size of trees is searched for, inside the training range.
    pub search: bool,
}

impl Settings {
    /// 5 folds in 2 sets, [`EMBARGO_BARS`], weighted voting, weights and sizes of trees as they were
    /// measured.
    pub fn new(horizon: u32, seed: u64, threads: usize) -> Self {
        Self {
            horizon,
            seed,
            threads,
            folds: 5,
            sets: 2,
            embargo_bars: EMBARGO_BARS,
            method: weighted_voting(&recipe::price_models()),
            recency_bars: None,
            abstention: AbstentionParams { outlier_quantile: Some(0.999), disagreement_quantile: Some(0.999) },
            search: false,
        }
    }

    /// The ensemble's parameters, for bars of this length.
    pub fn ensemble(&self, timeframe: Timeframe) -> ensemble::Params {
        let bar = timeframe.seconds();
        let recency = self.recency_bars.map(|bars| RecencyParams {
            horizon_seconds: u64::from(self.horizon) * bar,
            half_life_seconds: u64::from(bars) * bar,
            // Outcomes that overlap repeat each other.
            rate: 1.0 / f64::from(self.horizon.max(1)),
            floor: 0.05,
            cap: 0.9,
            max_step: 0.01,
        });
        ensemble::Params { method: self.method.clone(), recency, abstention: self.abstention }
    }
}

/// The names of the ensemble's methods.
pub const METHODS: [&str; 4] = ["voting", "weighted_voting", "blending", "stacking"];

/// The method of a name, as it is usual for these members.
pub fn method(name: &str, members: &[&str]) -> Option<Method> {
    match name {
        "voting" => Some(Method::Voting),
        "weighted_voting" => Some(weighted_voting(members)),
        "blending" => Some(Method::Blending { validation: 0.3 }),
        "stacking" => Some(Method::Stacking { folds: 5, penalties: vec![0.001, 0.01, 0.1, 1.0], intercept: false }),
        _ => None,
    }
}

fn weighted_voting(members: &[&str]) -> Method {
    let weights = members.iter().map(|member| ((*member).to_owned(), recipe::weight(member)));
    Method::WeightedVoting { weights: weights.collect() }
}

/// By what a model set was made, beside its rows and seed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parameters {
    pub folds: usize,
    pub sets: usize,
    pub embargo_bars: u32,
    pub ensemble: ensemble::Params,
    /// What each model that learns from outcomes begins with, by its name.
    pub priors: Vec<(String, Prior)>,
    /// What each specialist's members are made of, by its name.
    pub plans: Vec<(String, Plan)>,
    /// What a search tried to find them, by specialist: the change, and its log losses.
    pub searched: Vec<(String, Vec<Tried<String>>)>,
}
