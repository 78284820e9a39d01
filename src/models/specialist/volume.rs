//! Whether the next bar's volume exceeds this one's.
//!
//! A regression forecasts the change of log volume in units of the asset's usual change, a
//! logistic curve turns that into log-odds, and trees correct them. Other trees begin from nothing,
//! with what the regression says as one column of many; the mean of both errs less than either.

use serde::{Deserialize, Serialize};

use super::{
    Columns, GrowError, Invalid, Rows, ScoreError,
    ridge::{Ridge, RidgePlan},
    spread,
};
use crate::{
    domain::Target,
    models::{
        learn::{Boosting, Fitted, LearnError, Learner, Training},
        newton,
    },
};

const LEAST: usize = 200;
const YEAR: f64 = 365.0 * 86_400.0;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VolumePlan {
    /// Natural log of the asset's usual change of log volume.
    pub noise: u16,
    /// Forecasts the change of log volume over the usual one.
    pub change: RidgePlan,
    pub columns: Columns,
    pub correction: Boosting,
    /// Trees that begin from nothing.
    pub plain: Boosting,
    /// A row counts half for the trees when it is so many years older than the newest.
    pub half_life_years: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VolumeMember {
    change: Ridge,
    /// Log-odds are `intercept + slope * change`.
    intercept: f64,
    slope: f64,
    columns: Columns,
    correction: Fitted,
    plain: Fitted,
}

impl VolumePlan {
    pub(super) fn grow(
        &self,
        target: Target,
        rows: &Rows,
        train: &[u32],
        seed: u64,
    ) -> Result<VolumeMember, GrowError> {
        let noise = rows.x.column(usize::from(self.noise));
        let change = |row: u32| rows.ahead[row as usize].log_volume / noise[row as usize].exp();
        let train: Vec<u32> = train.iter().copied().filter(|&row| change(row).is_finite()).collect();
        if train.len() < LEAST {
            return Err(GrowError::TooFew { stage: "the change of volume", rows: train.len(), least: LEAST });
        }
        let changes: Vec<f64> = train.iter().map(|&row| change(row)).collect();
        let ridge = self.change.grow(rows, &train, &changes)?;
        let failed = |why| GrowError::Score { stage: "the volume's regression", why };
        let expected = ridge.values(rows, &train).map_err(failed)?;
        let labels = rows.answers(target, &train);
        let targets: Vec<f64> = labels.iter().map(|&up| f64::from(u8::from(up))).collect();
        let (intercept, slope) =
            newton::logistic(std::slice::from_ref(&expected), &targets, &vec![1.0; targets.len()], None, 1e-6)
                .map(|line| (line.intercept, line.coefficients.first().copied().unwrap_or(0.0)))
                .map_err(|error| LearnError::Library { learner: "the volume's curve", reason: error.to_string() })?;
        let x = rows.take(&self.columns.0, &train)?.append([&expected])?;
        let newest = train.last().map_or(0.0, |&row| rows.made_at[row as usize].0 as f64);
        let age = |&row: &u32| (newest - rows.made_at[row as usize].0 as f64) / YEAR;
        let weights: Vec<f64> = train.iter().map(|row| 0.5f64.powf(age(row) / self.half_life_years)).collect();
        let offsets: Vec<f64> = expected.iter().map(|change| intercept + slope * change).collect();
        let correction = self.correction.fit(&Training::new(&x, &labels, &weights)?.with_offsets(&offsets)?, seed)?;
        let plain = self.plain.fit(&Training::new(&x, &labels, &weights)?, seed.wrapping_add(1))?;
        Ok(VolumeMember { change: ridge, intercept, slope, columns: self.columns.clone(), correction, plain })
    }
}

impl VolumeMember {
    pub(super) fn log_odds(&self, row: &[f64], scratch: &mut Vec<f64>) -> Result<f64, ScoreError> {
        let offset = self.inputs(row, scratch)?;
        Ok((self.correction.log_odds(scratch, offset)? + self.plain.log_odds(scratch, 0.0)?) / 2.0)
    }

    /// Fills the correction's inputs and gives the log-odds that it corrects.
    fn inputs(&self, row: &[f64], out: &mut Vec<f64>) -> Result<f64, ScoreError> {
        let change = self.change.value(row, out)?;
        out.clear();
        self.columns.read(row, out);
        out.push(change);
        Ok(self.intercept + self.slope * change)
    }

    pub(super) fn contributions(&self, row: &[f64], out: &mut [f64]) -> Result<(), ScoreError> {
        let mut values = Vec::new();
        self.inputs(row, &mut values)?;
        let mut told = vec![0.0; values.len()];
        self.correction.contributions(&values, &mut told)?;
        self.plain.contributions(&values, &mut told)?;
        spread(&self.columns, &told, 0.5, out);
        self.change.contributions(row, self.slope / 2.0, out)
    }

    pub(super) fn validate(&self, width: usize) -> Result<(), Invalid> {
        self.change.validate(width)?;
        self.columns.validate(width)?;
        self.correction.validate()?;
        self.plain.validate()?;
        let width = self.columns.0.len() + 1;
        let whole = self.correction.width() == width && self.plain.width() == width;
        if whole && self.intercept.is_finite() && self.slope.is_finite() { Ok(()) } else { Err(Invalid::Number) }
    }
}
