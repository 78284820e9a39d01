//! Plain learners, each on columns of its own, whose log-odds are averaged by weights.

use serde::{Deserialize, Serialize};

use super::{Columns, GrowError, Invalid, Rows, ScoreError, spread};
use crate::{
    domain::Target,
    models::{
        learn::{Fitted, LearnError, Learner, PredictError, Recipe, Training},
        newton::logit,
    },
};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MeanPlan {
    pub parts: Vec<PartPlan>,
    /// Takes each part's mean over its training rows from what it says: how often the price rose
    /// in the years trained on is no forecast of how often it will.
    pub centred: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PartPlan {
    pub columns: Columns,
    pub recipe: Recipe,
    /// Against those of the other parts. Above 0.
    pub weight: f64,
}

/// The weighted mean of its parts' log-odds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mean {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Part {
    columns: Columns,
    fitted: Fitted,
    centre: f64,
    /// All parts' add up to 1.
    share: f64,
}

impl MeanPlan {
    pub(super) fn grow(&self, target: Target, rows: &Rows, train: &[u32], seed: u64) -> Result<Mean, GrowError> {
        let labels = rows.answers(target, train);
        let weights = vec![1.0; train.len()];
        let total: f64 = self.parts.iter().map(|part| part.weight).sum();
        if !self.parts.iter().all(|part| part.weight > 0.0 && (part.weight / total).is_finite()) {
            return Err(LearnError::Parameter { name: "weight of a part" }.into());
        }
        let grow = |(number, plan): (usize, &PartPlan)| {
            let x = rows.take(&plan.columns.0, train)?;
            let fitted = plan.recipe.fit(&Training::new(&x, &labels, &weights)?, seed.wrapping_add(number as u64))?;
            let centre = if self.centred {
                let failed = |why: PredictError| GrowError::Score { stage: "a part", why: why.into() };
                let told = fitted.predict_all(&x, None).map_err(failed)?;
                told.iter().map(|&p| logit(p)).sum::<f64>() / told.len() as f64
            } else {
                0.0
            };
            Ok(Part { columns: plan.columns.clone(), fitted, centre, share: plan.weight / total })
        };
        Ok(Mean { parts: self.parts.iter().enumerate().map(grow).collect::<Result<_, GrowError>>()? })
    }
}

impl Mean {
    pub(super) fn log_odds(&self, row: &[f64], scratch: &mut Vec<f64>) -> Result<f64, ScoreError> {
        let mut sum = 0.0;
        for part in &self.parts {
            scratch.clear();
            part.columns.read(row, scratch);
            sum += (part.fitted.log_odds(scratch, 0.0)? - part.centre) * part.share;
        }
        Ok(sum)
    }

    pub(super) fn contributions(&self, row: &[f64], out: &mut [f64]) -> Result<(), ScoreError> {
        let mut values = Vec::new();
        for part in &self.parts {
            values.clear();
            part.columns.read(row, &mut values);
            let mut told = vec![0.0; values.len()];
            part.fitted.contributions(&values, &mut told)?;
            spread(&part.columns, &told, part.share, out);
        }
        Ok(())
    }

    pub(super) fn validate(&self, width: usize) -> Result<(), Invalid> {
        if self.parts.is_empty() {
            return Err(Invalid::Empty);
        }
        if (self.parts.iter().map(|part| part.share).sum::<f64>() - 1.0).abs() > 1e-9 {
            return Err(Invalid::Number);
        }
        for Part { columns, fitted, centre, share } in &self.parts {
            columns.validate(width)?;
            fitted.validate()?;
            if fitted.width() != columns.0.len() || !centre.is_finite() || !(0.0..=1.0).contains(share) {
                return Err(Invalid::Number);
            }
        }
        Ok(())
    }
}
