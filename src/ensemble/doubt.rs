//! When not to forecast.

use serde::{Deserialize, Serialize};

use super::{
    error::FitError,
    outlier::{Outlier, Score},
    params::AbstentionParams,
    quantile,
    table::Table,
};
use crate::domain::{Cause, Doubt};

/// What is fitted of [`AbstentionParams`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Limits {
    pub(super) outlier: Option<Outlier>,
    pub(super) disagreement: Option<f64>,
}

impl Limits {
    /// `features` are the training rows; they are looked at only where an outlier limit is asked
    /// for.
    pub(super) fn fit(params: AbstentionParams, table: &Table, features: &[&[f64]]) -> Result<Self, FitError> {
        let outlier = params.outlier_quantile.map(|q| Outlier::fit(features, q)).transpose()?;
        let disagreement = match params.disagreement_quantile {
            None => None,
            Some(q) => {
                let mut seen: Vec<f64> = table.iter().filter_map(|(_, said)| disagreement(said)).collect();
                Some(quantile::quantile(&mut seen, q).ok_or(FitError::NoDisagreement)?)
            }
        };
        Ok(Self { outlier, disagreement })
    }

    /// `score` is the row's, where an outlier limit was fitted.
    pub(super) fn doubt(&self, said: &[Option<f64>], score: Option<Score>) -> (Doubt, Option<Cause>) {
        let doubt = Doubt {
            outlier: score.and_then(|score| score.distance),
            outlier_limit: self.outlier.as_ref().map(Outlier::limit),
            missing_columns: score.map_or(0, |score| score.missing),
            disagreement: disagreement(said),
            disagreement_limit: self.disagreement,
        };
        (doubt, cause(&doubt, said))
    }
}

fn cause(doubt: &Doubt, said: &[Option<f64>]) -> Option<Cause> {
    if said.iter().all(Option::is_none) {
        return Some(Cause::NobodyPresent);
    }
    match (doubt.outlier, doubt.outlier_limit) {
        (None, Some(_)) => return Some(Cause::NoFeatures),
        (Some(score), Some(limit)) if score > limit => return Some(Cause::Outlier { score, limit }),
        _ => {}
    }
    match (doubt.disagreement, doubt.disagreement_limit) {
        (Some(deviation), Some(limit)) if deviation > limit => Some(Cause::Disagreement { deviation, limit }),
        _ => None,
    }
}

/// The sample standard deviation of the log-odds of those present, which does not shrink as members
/// drop out; `None` of fewer than two.
fn disagreement(said: &[Option<f64>]) -> Option<f64> {
    let present: Vec<f64> = said.iter().flatten().copied().collect();
    quantile::standard_deviation(&present)
}
