//! What the user sets.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// How the members become one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Method {
    /// One member, one vote: how many are above one half, mapped to a probability by what such
    /// counts were followed by.
    Voting,
    /// The mean of log-odds by given weights, one a member; they need not sum to 1.
    WeightedVoting { weights: BTreeMap<String, f64> },
    /// The mean of log-odds by the weights, none below 0 and summing to 1, that minimise the log
    /// loss over the last share of the rows, which is `validation`, in (0, 1].
    Blending { validation: f64 },
    /// Logistic regression on log-odds, shrunk towards their plain mean.
    Stacking {
        /// Of the time-ordered cross-validation that chooses the penalty; at least 2.
        folds: usize,
        /// Candidates for half of the weight of the squared distance to the plain mean, against a
        /// mean log loss in nats: above 0. scikit-learn's `C` is `1 / (penalty * rows)`.
        penalties: Vec<f64>,
        /// Whether something is added to what the members say, such as how often the outcome was.
        #[serde(default)]
        intercept: bool,
    },
}

/// How weights follow each member's recent log loss.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecencyParams {
    /// An outcome is known this long after its forecast.
    pub horizon_seconds: u64,
    /// An outcome counts half after this long.
    pub half_life_seconds: u64,
    /// Weights are proportional to `exp(-rate * nats lost)`: 1 is Bayes' rule for independent
    /// outcomes; outcomes that overlap `h` bars repeat each other, and want `1 / h`.
    pub rate: f64,
    /// No weight below this ...
    pub floor: f64,
    /// ... or above this, while all members are present.
    pub cap: f64,
    /// No weight moves by more than this a bar.
    pub max_step: f64,
}

/// When not to forecast: each limit is a quantile of what was seen, in (0, 1]; without it there is
/// no limit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AbstentionParams {
    /// Of the training rows' distances to the training set.
    pub outlier_quantile: Option<f64>,
    /// Of the standard deviations of the members' out-of-fold log-odds.
    pub disagreement_quantile: Option<f64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Params {
    pub method: Method,
    /// Without it weights stay as they were fitted.
    pub recency: Option<RecencyParams>,
    pub abstention: AbstentionParams,
}

/// A setting that makes no sense: correct it.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ParamsError {
    #[error("{field} is {value}: it must be {bounds}")]
    Value { field: &'static str, value: f64, bounds: &'static str },
    #[error("no penalty to choose from")]
    NoPenalty,
    #[error("weights: {member} has none")]
    NoWeight { member: String },
    #[error("weights: there is no member {member}")]
    NoSuchMember { member: String },
    #[error("weights: they sum to {sum}")]
    WeightSum { sum: f64 },
    #[error("{members} weights between {floor} and {cap} cannot sum to 1")]
    Bounds { members: usize, floor: f64, cap: f64 },
}

fn within(field: &'static str, value: f64, sound: bool, bounds: &'static str) -> Result<(), ParamsError> {
    if sound { Ok(()) } else { Err(ParamsError::Value { field, value, bounds }) }
}

impl Params {
    pub(super) fn check(&self) -> Result<(), ParamsError> {
        let share = |value: f64| value > 0.0 && value <= 1.0;
        match &self.method {
            Method::Voting | Method::WeightedVoting { .. } => {}
            Method::Blending { validation } => {
                within("validation", *validation, share(*validation), "above 0 and at most 1")?;
            }
            Method::Stacking { folds, penalties, .. } => {
                within("folds", *folds as f64, *folds >= 2, "at least 2")?;
                if penalties.is_empty() {
                    return Err(ParamsError::NoPenalty);
                }
                for &penalty in penalties {
                    within("penalties", penalty, penalty > 0.0 && penalty.is_finite(), "above 0")?;
                }
            }
        }
        let AbstentionParams { outlier_quantile, disagreement_quantile } = self.abstention;
        for (field, value) in [("outlier_quantile", outlier_quantile), ("disagreement_quantile", disagreement_quantile)]
        {
            if let Some(value) = value {
                within(field, value, share(value), "above 0 and at most 1")?;
            }
        }
        Ok(())
    }
}

impl RecencyParams {
    pub(super) fn check(&self, members: usize) -> Result<(), ParamsError> {
        let Self { horizon_seconds, half_life_seconds, rate, floor, cap, max_step } = *self;
        within("horizon_seconds", horizon_seconds as f64, horizon_seconds > 0, "above 0")?;
        within("half_life_seconds", half_life_seconds as f64, half_life_seconds > 0, "above 0")?;
        within("rate", rate, rate >= 0.0 && rate.is_finite(), "0 or more")?;
        within("max_step", max_step, max_step > 0.0 && max_step <= 1.0, "above 0 and at most 1")?;
        let equal = 1.0 / members.max(1) as f64;
        if !(0.0..=equal).contains(&floor) || !(equal..=1.0).contains(&cap) {
            return Err(ParamsError::Bounds { members, floor, cap });
        }
        Ok(())
    }
}

/// Given weights, in the order of `members`, scaled to sum 1.
pub(super) fn given_weights(
    members: &[std::sync::Arc<str>],
    weights: &BTreeMap<String, f64>,
) -> Result<Vec<f64>, ParamsError> {
    for (member, &weight) in weights {
        if !members.iter().any(|known| **known == **member) {
            return Err(ParamsError::NoSuchMember { member: member.clone() });
        }
        within("weights", weight, weight >= 0.0 && weight.is_finite(), "0 or more")?;
    }
    let of = |member: &std::sync::Arc<str>| {
        weights.get(&**member).copied().ok_or_else(|| ParamsError::NoWeight { member: member.to_string() })
    };
    let found: Vec<f64> = members.iter().map(of).collect::<Result<_, _>>()?;
    let sum: f64 = found.iter().sum();
    if !(sum > 0.0 && sum.is_finite()) {
        return Err(ParamsError::WeightSum { sum });
    }
    Ok(found.iter().map(|weight| weight / sum).collect())
}
