//! Whether a moving standard deviation will rise: mostly geometry.
//!
//! Of the closes in its window all but one stay. The deviation rises just where the next close
//! leaves a known interval (`features`' columns `glo` and `ghi`), so its probability is that of a
//! move so large: a Student-t tail whose scale a regression forecasts. Trees correct what is left.

use serde::{Deserialize, Serialize};
use statrs::distribution::{Continuous, ContinuousCDF, StudentsT};

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

/// Fewer rows tell nothing of tails.
const LEAST: usize = 200;
/// Degrees of freedom and scales among which the likeliest is taken.
const FREEDOMS: [f64; 6] = [3.0, 3.5, 4.0, 5.0, 6.0, 8.0];
const SCALES: std::ops::RangeInclusive<u32> = 20..=120;
/// The formula's probability is held within this distance of 0 and 1.
const FLOOR: f64 = 1e-9;
/// What the formula says of a row: the forecast log range, the log-odds, the bounds in deviations and
/// how far they are apart.
const INPUTS: usize = 5;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WindowPlan {
    /// The log returns below and above which the deviation rises.
    pub low: u16,
    pub high: u16,
    /// Forecasts the coming bar's log range.
    pub scale: RidgePlan,
    /// Corrects the formula, from these columns and what the formula is made of.
    pub columns: Columns,
    pub correction: Boosting,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Window {
    low: u16,
    high: u16,
    scale: Ridge,
    tail: Tail,
    correction: Correction,
}

/// A log return over its forecast range is Student-t with `freedom` degrees, times `scale`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Tail {
    freedom: f64,
    scale: f64,
}

impl WindowPlan {
    pub(super) fn grow(&self, target: Target, rows: &Rows, train: &[u32], seed: u64) -> Result<Window, GrowError> {
        let [lows, highs] = [self.low, self.high].map(|column| rows.x.column(usize::from(column)));
        let whole = |&&row: &&u32| {
            let (ahead, row) = (&rows.ahead[row as usize], row as usize);
            [ahead.log_range, ahead.log_return, lows[row], highs[row]].iter().all(|value| value.is_finite())
        };
        let train: Vec<u32> = train.iter().filter(whole).copied().collect();
        if train.len() < LEAST {
            return Err(GrowError::TooFew { stage: "the deviation's window", rows: train.len(), least: LEAST });
        }
        let ranges: Vec<f64> = train.iter().map(|&row| rows.ahead[row as usize].log_range).collect();
        let scale = self.scale.grow(rows, &train, &ranges)?;
        let failed = |why| GrowError::Score { stage: "the range's regression", why };
        let expected = scale.values(rows, &train).map_err(failed)?;
        let moves = train.iter().zip(&expected).map(|(&row, range)| rows.ahead[row as usize].log_return / range.exp());
        let tail = Tail::likeliest(&moves.collect::<Vec<f64>>());
        let stage = |(&row, &range): (&u32, &f64)| tail.stage(range, lows[row as usize], highs[row as usize]);
        let stages: Vec<_> = train.iter().zip(&expected).map(stage).collect();
        let correction = Correction::grow(&self.columns, &self.correction, target, rows, &train, &stages, seed)?;
        Ok(Window { low: self.low, high: self.high, scale, tail, correction })
    }
}

impl Tail {
    /// The likeliest on a grid: the likelihood is flat at its top, and a grid cannot fail.
    fn likeliest(moves: &[f64]) -> Self {
        let mut best = (f64::NEG_INFINITY, Self { freedom: FREEDOMS[0], scale: 1.0 });
        for freedom in FREEDOMS {
            let Ok(student) = StudentsT::new(0.0, 1.0, freedom) else { continue };
            let constant = student.ln_pdf(0.0);
            for scale in SCALES {
                let scale = f64::from(scale) / 100.0;
                // ln_pdf(z) = constant - (freedom + 1) / 2 * ln(1 + z^2 / freedom)
                let tails: f64 = moves.iter().map(|z| (z / scale).powi(2) / freedom).map(f64::ln_1p).sum();
                let likelihood = moves.len() as f64 * (constant - scale.ln()) - (freedom + 1.0) / 2.0 * tails;
                if likelihood > best.0 {
                    best = (likelihood, Self { freedom, scale });
                }
            }
        }
        best.1
    }

    fn stage(&self, log_range: f64, low: f64, high: f64) -> Stage<INPUTS> {
        let deviation = log_range.exp() * self.scale;
        let (low, high) = (low / deviation, high / deviation);
        let below_and_above = self.below(low) + 1.0 - self.below(high);
        let log_odds = logit(below_and_above.clamp(FLOOR, 1.0 - FLOOR));
        Stage { log_odds, inputs: [log_range, log_odds, low, high, high - low] }
    }

    fn below(&self, z: f64) -> f64 {
        StudentsT::new(0.0, 1.0, self.freedom).map_or(f64::NAN, |student| student.cdf(z))
    }
}

impl Window {
    pub(super) fn log_odds(&self, row: &[f64], scratch: &mut Vec<f64>) -> Result<f64, ScoreError> {
        let stage = self.stage(row, scratch)?;
        self.correction.log_odds(row, &stage, scratch)
    }

    fn stage(&self, row: &[f64], scratch: &mut Vec<f64>) -> Result<Stage<INPUTS>, ScoreError> {
        let at = |column: u16| row.get(usize::from(column)).copied().unwrap_or(f64::NAN);
        let (low, high) = (at(self.low), at(self.high));
        let range = self.scale.value(row, scratch)?;
        if low.is_finite() && high.is_finite() && range.is_finite() {
            Ok(self.tail.stage(range, low, high))
        } else {
            Err(ScoreError::Window)
        }
    }

    /// The formula's log-odds are put down to the two bounds that it stands on, half each.
    pub(super) fn contributions(&self, row: &[f64], out: &mut [f64]) -> Result<(), ScoreError> {
        let stage = self.stage(row, &mut Vec::new())?;
        let formula = self.correction.contributions(row, &stage, out)?;
        spread(&Columns(vec![self.low, self.high]), &[formula / 2.0; 2], 1.0, out);
        Ok(())
    }

    pub(super) fn validate(&self, width: usize) -> Result<(), Invalid> {
        Columns(vec![self.low, self.high]).validate(width)?;
        self.scale.validate(width)?;
        self.correction.validate(width, INPUTS)?;
        let sound = |value: f64| value.is_finite() && value > 0.0;
        let Tail { freedom, scale } = self.tail;
        if sound(freedom) && sound(scale) { Ok(()) } else { Err(Invalid::Number) }
    }
}
