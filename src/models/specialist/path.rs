//! Whether a moving standard deviation will have risen some closes ahead: geometry, too.
//!
//! Of the window's closes those that stay are known; what comes is a path of closes. With
//! distances from the close now, in deviations of the window now, let `k` be the sum of squares of
//! those that stay less a 20th of their squared sum `d`, and `u` and `lean` what
//! [`crate::domain::Ahead`] says of the path. The deviation will have risen just where
//! `k + u^2 - d * lean * u / 10 > 19`. A regression forecasts `u`; how far the paths of the
//! training rows went, against what was forecast of them, and how they leant says how likely that
//! is (filtered historical simulation: Barone-Adesi, Giannopoulos, Vosper, "VaR without
//! correlations for portfolios of derivative securities", Journal of Futures Markets 19, 1999).
//! Trees correct what is left.
//!
//! All is relative: how far prices move as such differs from year to year, and what is learnt from
//! it ("less than usual, so it will rise") does not hold in the next.

use serde::{Deserialize, Serialize};

use super::{
    Columns, GrowError, Invalid, Rows, ScoreError,
    correction::{Correction, Stage},
    ridge::{Ridge, RidgePlan},
    spread,
};
use crate::{
    domain::Target,
    models::{learn::Boosting, newton::logit},
};

/// Fewer rows tell nothing of paths.
const LEAST: usize = 200;
/// How many of the training rows' paths are kept, evenly in time; each counts as it was and mirrored.
const KEPT: usize = 512;
/// Closes in the window.
const WINDOW: f64 = 20.0;
/// What the formula says of a row: the natural log of the path's forecast size in deviations, and the
/// log-odds.
const INPUTS: usize = 2;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PathPlan {
    /// The closes before this one that will still be in the window, less this close, in deviations
    /// of 20 closes.
    pub closes: Columns,
    /// Natural log of that deviation over the close.
    pub deviation: u16,
    /// Natural log of how far prices usually move: the path's size is forecast against it.
    pub level: u16,
    /// Forecasts that.
    pub scale: RidgePlan,
    /// Corrects the formula, from these columns and what the formula is made of.
    pub columns: Columns,
    pub correction: Boosting,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Path {
    formula: Formula,
    scale: Ridge,
    correction: Correction,
}

/// What turns a forecast of the path's size into a probability.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Formula {
    closes: Columns,
    deviation: u16,
    level: u16,
    seen: Vec<Seen>,
}

/// A path that was seen: its size over the forecast one, and how it leant.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Seen {
    size: f64,
    lean: f64,
}

impl PathPlan {
    pub(super) fn grow(&self, target: Target, rows: &Rows, train: &[u32], seed: u64) -> Result<Path, GrowError> {
        let needed: Vec<&[f64]> = self.needs().iter().map(|&column| rows.x.column(usize::from(column))).collect();
        let whole = |&&row: &&u32| {
            let (ahead, row) = (&rows.ahead[row as usize], row as usize);
            ahead.log_path.is_finite() && ahead.lean.is_finite() && needed.iter().all(|column| column[row].is_finite())
        };
        let train: Vec<u32> = train.iter().filter(whole).copied().collect();
        if train.len() < LEAST {
            return Err(GrowError::TooFew { stage: "the paths of closes", rows: train.len(), least: LEAST });
        }
        let levels = rows.x.column(usize::from(self.level));
        let sizes: Vec<f64> =
            train.iter().map(|&row| rows.ahead[row as usize].log_path - levels[row as usize]).collect();
        let scale = self.scale.grow(rows, &train, &sizes)?;
        let failed = |why| GrowError::Score { stage: "the path's regression", why };
        let expected = scale.values(rows, &train).map_err(failed)?;
        let kept = KEPT.min(train.len());
        let seen = (0..kept)
            .map(|number| number * train.len() / kept)
            .map(|at| Seen { size: (sizes[at] - expected[at]).exp(), lean: rows.ahead[train[at] as usize].lean });
        let (closes, seen) = (self.closes.clone(), seen.collect());
        let formula = Formula { closes, deviation: self.deviation, level: self.level, seen };
        let mut row_of = vec![0.0; rows.x.width()];
        let mut stage = |(&row, &expected): (&u32, &f64)| {
            rows.x.copy_row(row as usize, &mut row_of);
            formula.stage(&row_of, expected).ok_or_else(|| failed(ScoreError::Window))
        };
        let stages: Vec<_> = train.iter().zip(&expected).map(&mut stage).collect::<Result<_, _>>()?;
        let correction = Correction::grow(&self.columns, &self.correction, target, rows, &train, &stages, seed)?;
        Ok(Path { formula, scale, correction })
    }

    /// The columns without which there is no formula.
    fn needs(&self) -> Vec<u16> {
        self.closes.0.iter().copied().chain([self.deviation, self.level]).collect()
    }
}

impl Formula {
    /// `expected` is what the regression says; `None` where a column is missing.
    fn stage(&self, row: &[f64], expected: f64) -> Option<Stage<INPUTS>> {
        let at = |column: u16| row.get(usize::from(column)).copied().unwrap_or(f64::NAN);
        let (sum, squares) = self
            .closes
            .0
            .iter()
            .map(|&column| at(column))
            .fold((0.0, 0.0), |(sum, squares), close| (sum + close, squares + close * close));
        let log_size = expected + at(self.level) - at(self.deviation);
        let short = WINDOW - 1.0 - (squares - sum * sum / WINDOW);
        if !(log_size.is_finite() && short.is_finite()) {
            return None;
        }
        let (forecast, pull) = (log_size.exp(), 2.0 * sum / WINDOW);
        let rises = |seen: &Seen| {
            let size = forecast * seen.size;
            let bent = pull * seen.lean * size;
            u32::from(size * size - bent > short) + u32::from(size * size + bent > short)
        };
        let risen: u32 = self.seen.iter().map(rises).sum();
        // Never 0 or 1: half a path more on either side.
        let share = (f64::from(risen) + 0.5) / (2.0 * self.seen.len() as f64 + 1.0);
        let log_odds = logit(share);
        Some(Stage { log_odds, inputs: [log_size, log_odds] })
    }
}

impl Path {
    pub(super) fn log_odds(&self, row: &[f64], scratch: &mut Vec<f64>) -> Result<f64, ScoreError> {
        let stage = self.stage(row, scratch)?;
        self.correction.log_odds(row, &stage, scratch)
    }

    fn stage(&self, row: &[f64], scratch: &mut Vec<f64>) -> Result<Stage<INPUTS>, ScoreError> {
        let expected = self.scale.value(row, scratch)?;
        self.formula.stage(row, expected).ok_or(ScoreError::Window)
    }

    /// The formula's log-odds are put down to the deviation that is to be exceeded.
    pub(super) fn contributions(&self, row: &[f64], out: &mut [f64]) -> Result<(), ScoreError> {
        let stage = self.stage(row, &mut Vec::new())?;
        let formula = self.correction.contributions(row, &stage, out)?;
        spread(&Columns(vec![self.formula.deviation]), &[formula], 1.0, out);
        Ok(())
    }

    pub(super) fn validate(&self, width: usize) -> Result<(), Invalid> {
        let Formula { closes, deviation, level, seen } = &self.formula;
        closes.validate(width)?;
        Columns(vec![*deviation, *level]).validate(width)?;
        self.scale.validate(width)?;
        self.correction.validate(width, INPUTS)?;
        if seen.is_empty() {
            return Err(Invalid::Empty);
        }
        let sound = |seen: &Seen| seen.size.is_finite() && seen.size >= 0.0 && seen.lean.is_finite();
        if seen.iter().all(sound) { Ok(()) } else { Err(Invalid::Number) }
    }
}

#[cfg(test)]
#[path = "path_tests.rs"]
mod tests;
