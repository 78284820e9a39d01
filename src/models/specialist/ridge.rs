//! A penalised linear regression of a size that is to come, with the time of day among its inputs.

use serde::{Deserialize, Serialize};

use super::{Columns, GrowError, Invalid, Rows, ScoreError, spread};
use crate::models::learn::{self, PredictError, RidgeFit};

/// Hours of the day, twice: on weekdays and on weekends.
const SLOTS: usize = 48;

/// The columns that tell hour (0..23) and weekday (0 Monday..6) of the coming bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Season {
    pub hour: u16,
    pub weekday: u16,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RidgePlan {
    pub columns: Columns,
    pub season: Season,
    pub ridge: learn::Ridge,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Ridge {
    columns: Columns,
    season: Season,
    linear: RidgeFit,
}

impl RidgePlan {
    /// Fits `targets`, one of each named row, all finite.
    pub(super) fn grow(&self, rows: &Rows, train: &[u32], targets: &[f64]) -> Result<Ridge, GrowError> {
        let [hours, weekdays] =
            [self.season.hour, self.season.weekday].map(|column| rows.x.column(usize::from(column)));
        let slots: Vec<Option<usize>> =
            train.iter().map(|&row| slot(hours[row as usize], weekdays[row as usize])).collect();
        let within = |this| slots.iter().map(|slot| f64::from(u8::from(*slot == Some(this)))).collect::<Vec<f64>>();
        let x = rows.take(&self.columns.0, train)?.append((0..SLOTS).map(within))?;
        let linear = self.ridge.fit(&x, targets, &vec![1.0; targets.len()])?;
        Ok(Ridge { columns: self.columns.clone(), season: self.season, linear })
    }
}

impl Ridge {
    /// What it expects of a row. `scratch` is overwritten.
    pub(super) fn value(&self, row: &[f64], scratch: &mut Vec<f64>) -> Result<f64, PredictError> {
        scratch.clear();
        self.columns.read(row, scratch);
        let at = |column: u16| row.get(usize::from(column)).copied().unwrap_or(f64::NAN);
        let slot = slot(at(self.season.hour), at(self.season.weekday));
        scratch.extend((0..SLOTS).map(|this| f64::from(u8::from(slot == Some(this)))));
        self.linear.predict(scratch)
    }

    pub(super) fn values(&self, rows: &Rows, train: &[u32]) -> Result<Vec<f64>, ScoreError> {
        let (mut row, mut scratch) = (vec![0.0; rows.x.width()], Vec::new());
        let value = |&at: &u32| {
            rows.x.copy_row(at as usize, &mut row);
            Ok(self.value(&row, &mut scratch)?)
        };
        train.iter().map(value).collect()
    }

    /// Adds to `out` how the columns move what it expects, times `slope`.
    pub(super) fn contributions(&self, row: &[f64], slope: f64, out: &mut [f64]) -> Result<(), ScoreError> {
        let mut values = Vec::new();
        self.value(row, &mut values)?;
        let mut told = vec![0.0; values.len()];
        self.linear.contributions(&values, &mut told)?;
        spread(&self.columns, &told, slope, out);
        let slots: f64 = told[self.columns.0.len()..].iter().sum();
        spread(&Columns(vec![self.season.hour]), &[slots], slope, out);
        Ok(())
    }

    pub(super) fn validate(&self, width: usize) -> Result<(), Invalid> {
        self.columns.validate(width)?;
        Columns(vec![self.season.hour, self.season.weekday]).validate(width)?;
        self.linear.validate()?;
        if self.linear.width() == self.columns.0.len() + SLOTS { Ok(()) } else { Err(Invalid::Number) }
    }
}

fn slot(hour: f64, weekday: f64) -> Option<usize> {
    let known = (0.0..24.0).contains(&hour) && (0.0..7.0).contains(&weekday);
    known.then(|| hour as usize + if weekday >= 5.0 { 24 } else { 0 })
}
