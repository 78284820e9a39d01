//! Fitting an ensemble on out-of-fold forecasts.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    blending,
    combiner::Combiner,
    doubt::Limits,
    error::{FitError, enough},
    fitted::Ensemble,
    newton::Bounds,
    odds,
    params::{self, Method, Params},
    recency::Recency,
    stacking::{self, PenaltyScore},
    table::Table,
    voting,
};

/// What was seen in fitting. All figures are of rows fitted on: they flatter whatever was fitted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FitReport {
    pub rows: usize,
    /// Of the ensemble with its weights as fitted, in nats a row.
    pub log_loss: f64,
    pub members: Vec<MemberReport>,
    /// Of stacking's cross-validation, which is out of sample in time: the chosen penalty first.
    pub penalties: Vec<PenaltyScore>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MemberReport {
    pub member: Arc<str>,
    /// Its weight as fitted.
    pub weight: f64,
    /// Rows of which it spoke, and its log loss on them, which is `None` of none.
    pub rows: usize,
    pub log_loss: Option<f64>,
}

impl Ensemble {
    /// Fits `params.method` on the members' out-of-fold forecasts, and the limits of abstention on
    /// those and on `features`: the training rows as they will be given to
    /// [`Ensemble::forecast`], whose columns may be missing (not finite).
    ///
    /// # Errors
    /// See [`FitError`].
    pub fn fit(params: &Params, table: &Table, features: &[&[f64]]) -> Result<(Self, FitReport), FitError> {
        params.check()?;
        let outcomes: Vec<bool> = table.rows().iter().map(|row| row.outcome).collect();
        enough("ensemble", &outcomes)?;
        let mut penalties = Vec::new();
        let combiner = match &params.method {
            Method::Voting => voting::fit(table),
            Method::WeightedVoting { weights } => Combiner::mean(params::given_weights(table.members(), weights)?),
            Method::Blending { validation } => blending::fit(table, *validation)?,
            Method::Stacking { folds, penalties: candidates, intercept } => {
                let bounds = if *intercept { Bounds::NonNegative } else { Bounds::Origin };
                let combiner;
                (combiner, penalties) = stacking::fit(table, *folds, candidates, bounds)?;
                combiner
            }
        };
        let recency = params.recency.map(|recency| Recency::start(&combiner.weights, recency)).transpose()?;
        let limits = Limits::fit(params.abstention, table, features)?;
        let report = report(table, &combiner, penalties);
        let ensemble = Self { members: table.members().to_vec(), combiner, recency, limits };
        Ok((ensemble, report))
    }
}

fn report(table: &Table, combiner: &Combiner, penalties: Vec<PenaltyScore>) -> FitReport {
    let mut lost = 0.0;
    let mut by_member = vec![(0.0, 0_usize); table.members().len()];
    for (row, said) in table.iter() {
        let combined = combiner.combine(table.members(), &combiner.weights, said);
        lost += combined.map_or(0.0, |combined| odds::log_loss(combined.log_odds, row.outcome));
        for ((sum, count), z) in by_member.iter_mut().zip(said) {
            if let Some(z) = z {
                *sum += odds::log_loss(*z, row.outcome);
                *count += 1;
            }
        }
    }
    let members = table.members().iter().zip(&combiner.weights).zip(by_member);
    let members = members.map(|((member, &weight), (sum, rows))| MemberReport {
        member: Arc::clone(member),
        weight,
        rows,
        log_loss: (rows > 0).then(|| sum / rows as f64),
    });
    // Each row of the table has a member that spoke.
    let log_loss = lost / table.len() as f64;
    FitReport { rows: table.len(), log_loss, members: members.collect(), penalties }
}
