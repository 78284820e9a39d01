//! Logistic regression whose log-odds other columns make larger or smaller.
//!
//! ```text
//! log-odds = b + e^(c . v) * (a . z),   -2 <= c . v <= 2
//! ```
//!
//! `z` are the columns of the index, `v` those of its scale, both standardised: which way, and how
//! much that is worth now. This is the heterogeneous choice or location-scale model (R. Williams,
//! "Using Heterogeneous Choice Models to Compare Logit and Probit Coefficients Across Groups",
//! Sociological Methods & Research 37, 2009), but that the intercept is not scaled; `e^(-c . v)` is
//! the deviation of what the index leaves open. A product tells in a few numbers what plain
//! regression would need every pair of columns for.
//!
//! The penalised likelihood is climbed by Gauss-Newton steps: the log-odds are taken for the straight
//! line in all coefficients that they are like here, so that a step is that of a logistic
//! regression, and it goes as far that way as the likelihood rises.

use serde::{Deserialize, Serialize};

use super::{
    Fitted, LearnError, Learner, Logistic, Training,
    fitted::Body,
    invalid::Invalid,
    linear::{Design, Linear},
};
use crate::models::newton::{self, Solution};

/// Steps at most; a handful is enough where the penalties are those of
/// `pipeline/forecaster/recipe.rs`.
const STEPS: usize = 50;
/// It is the top where a step gains less, in nats a row.
const GAIN: f64 = 1e-8;
/// The scale lies between `e^-2` and `e^2`: no column makes a faint index a certain one.
const REACH: f64 = 2.0;

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scaled {
    /// Of the first columns.
    pub index: Logistic,
    /// How many of the last columns tell the scale. At least 1, and fewer than there are.
    pub scale_columns: u16,
    /// Of these.
    pub scale: Logistic,
}

/// A fitted model: the intercept of `scale` is 0, that of `index` is `b`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct ScaledLinear {
    index: Linear,
    scale: Linear,
}

impl Learner for Scaled {
    fn name(&self) -> &'static str {
        "scaled"
    }

    /// The seed changes nothing.
    fn fit(&self, data: &Training<'_>, _seed: u64) -> Result<Fitted, LearnError> {
        self.index.check()?;
        self.scale.check()?;
        let (x, weights) = (data.x(), data.weights());
        let cut = x.width().saturating_sub(usize::from(self.scale_columns));
        if cut == 0 || cut == x.width() {
            return Err(LearnError::Parameter { name: "scale_columns" });
        }
        let index = Design::new(x, 0..cut, weights, self.index.clip);
        let scale = Design::new(x, cut..x.width(), weights, self.scale.clip);
        let problem = Problem { data, targets: data.targets(), index: &index.columns, scale: &scale.columns, of: self };
        let top = problem.climb()?;
        let of_scale = Solution { coefficients: top.scale, intercept: 0.0 };
        let body = Body::Scaled(ScaledLinear { index: index.solved(top.index), scale: scale.solved(of_scale) });
        Ok(Fitted::new(x.width(), body))
    }
}

impl ScaledLinear {
    pub(super) fn log_odds(&self, row: &[f64]) -> f64 {
        let (index, scale) = row.split_at(self.index.terms.len());
        let told = self.index.sum(index) - self.index.intercept;
        self.index.intercept + told * factor(self.scale.sum(scale))
    }

    /// Adds to `out` what the index's columns say at a scale of 1, and of what the scale makes of
    /// that each of its columns the share that it has in the exponent: the sum is the log-odds less
    /// the intercept.
    pub(super) fn contributions(&self, row: &[f64], out: &mut [f64]) {
        let cut = self.index.terms.len();
        let ((index, scale), (of_index, of_scale)) = (row.split_at(cut), out.split_at_mut(cut));
        self.index.contributions(index, of_index);
        let exponent = self.scale.sum(scale);
        if exponent == 0.0 {
            return;
        }
        let told = self.index.sum(index) - self.index.intercept;
        let made = told * (factor(exponent) - 1.0) / exponent;
        let mut shares = vec![0.0; scale.len()];
        self.scale.contributions(scale, &mut shares);
        of_scale.iter_mut().zip(shares).for_each(|(out, share)| *out += share * made);
    }

    pub(super) fn validate(&self, width: usize) -> Result<(), Invalid> {
        let cut = self.index.terms.len();
        if cut == 0 || cut >= width {
            return Err(Invalid::Length { what: "terms" });
        }
        if self.scale.intercept != 0.0 {
            return Err(Invalid::NotFinite { what: "intercept of the scale", index: 0 });
        }
        self.index.validate(cut)?;
        self.scale.validate(width - cut)?;
        let most = self.index.most() * REACH.exp();
        if most.is_finite() { Ok(()) } else { Err(Invalid::NotFinite { what: "scaled sum of terms", index: 0 }) }
    }
}

fn factor(exponent: f64) -> f64 {
    exponent.clamp(-REACH, REACH).exp()
}

struct Problem<'a> {
    data: &'a Training<'a>,
    targets: Vec<f64>,
    index: &'a [Vec<f64>],
    scale: &'a [Vec<f64>],
    of: &'a Scaled,
}

struct Point {
    index: Solution,
    scale: Vec<f64>,
}

impl Problem<'_> {
    fn climb(&self) -> Result<Point, LearnError> {
        let none = Solution { coefficients: vec![0.0; self.index.len()], intercept: 0.0 };
        let mut at = Point { index: none, scale: vec![0.0; self.scale.len()] };
        let mut loss = self.loss(&at);
        let enough = GAIN * self.data.weights().iter().sum::<f64>();
        for _ in 0..STEPS {
            let step = self.step(&at)?;
            let shares = (0..10).map(|halvings| 0.5f64.powi(halvings));
            let steps = shares.map(|share| at.less(&step, share)).map(|next| (self.loss(&next), next));
            let Some((less, next)) = steps.into_iter().find(|(less, _)| *less < loss) else { return Ok(at) };
            let gained = loss - less;
            (at, loss) = (next, less);
            if gained < enough {
                return Ok(at);
            }
        }
        Err(LearnError::Library { learner: "scaled", reason: format!("no top within {STEPS} steps") })
    }

    /// What to take from the coefficients.
    fn step(&self, at: &Point) -> Result<Point, LearnError> {
        let (odds, sums, exponents) = self.told(at);
        let scaled = self.index.iter().map(|column| product(column, exponents.iter().map(|&by| factor(by))));
        // Where the scale is at its end it does not move.
        let moves = |exponent: f64| if exponent.abs() < REACH { factor(exponent) } else { 0.0 };
        let slopes: Vec<f64> = sums.iter().zip(&exponents).map(|(sum, &by)| sum * moves(by)).collect();
        // Columns times a ratio with a penalty are the columns with that penalty over its square.
        let ratio = (self.of.index.l2 / self.of.scale.l2).sqrt();
        let sloped = self.scale.iter().map(|column| product(column, slopes.iter().map(|slope| slope * ratio)));
        let columns: Vec<Vec<f64>> = scaled.chain(sloped).collect();
        let scale = at.scale.iter().map(|value| value / ratio);
        let beta: Vec<f64> = at.index.coefficients.iter().copied().chain(scale).chain([at.index.intercept]).collect();
        let mut by = newton::step(&columns, &self.targets, self.data.weights(), &odds, &beta, self.of.index.l2)
            .map_err(|error| LearnError::Library { learner: "scaled", reason: error.to_string() })?
            .by;
        let intercept = by.pop().unwrap_or(0.0);
        let scale = by.split_off(self.index.len()).into_iter().map(|value| value * ratio).collect();
        Ok(Point { index: Solution { coefficients: by, intercept }, scale })
    }

    /// Of each row the log-odds, the index without its intercept, and the exponent of the scale.
    fn told(&self, at: &Point) -> (Vec<f64>, Vec<f64>, Vec<f64>) {
        let of = |columns: &[Vec<f64>], coefficients: &[f64]| {
            let mut sums = vec![0.0; self.targets.len()];
            for (column, coefficient) in columns.iter().zip(coefficients) {
                sums.iter_mut().zip(column).for_each(|(sum, value)| *sum += coefficient * value);
            }
            sums
        };
        let (sums, exponents) = (of(self.index, &at.index.coefficients), of(self.scale, &at.scale));
        let odds = |(row, (sum, &by)): (usize, (&f64, &f64))| {
            self.data.offsets().map_or(0.0, |offsets| offsets[row]) + at.index.intercept + sum * factor(by)
        };
        (sums.iter().zip(&exponents).enumerate().map(odds).collect(), sums, exponents)
    }

    /// What is to be least: the rows' log losses and half of each penalty.
    fn loss(&self, at: &Point) -> f64 {
        let ((odds, ..), weights) = (self.told(at), self.data.weights());
        newton::objective(&odds, &at.index.coefficients, &self.targets, weights, self.of.index.l2)
            + self.of.scale.l2 / 2.0 * at.scale.iter().map(|c| c * c).sum::<f64>()
    }
}

impl Point {
    fn less(&self, step: &Self, share: f64) -> Self {
        let less = |from: &f64, by: &f64| from - share * by;
        let all = |from: &[f64], by: &[f64]| from.iter().zip(by).map(|(from, by)| less(from, by)).collect();
        Self {
            index: Solution {
                coefficients: all(&self.index.coefficients, &step.index.coefficients),
                intercept: less(&self.index.intercept, &step.index.intercept),
            },
            scale: all(&self.scale, &step.scale),
        }
    }
}

fn product(column: &[f64], by: impl Iterator<Item = f64>) -> Vec<f64> {
    column.iter().zip(by).map(|(value, by)| value * by).collect()
}
