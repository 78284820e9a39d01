//! Logistic regression whose log-odds other columns make larger or smaller.
//!
//! ```text
//! log-odds = b + e^(c . v) * (a . z)
//! ```
//!
//! `z` are the columns of the index, `v` those of its scale, both standardised: which way, and how
//! much that is worth now. This is the heterogeneous choice or location-scale model (McCullagh 1980,
//! section 6.1; Williams 2009, "Using heterogeneous choice models to compare logit and probit
//! coefficients across groups"), whose `e^(-c . v)` is the deviation of what the index leaves open.
//! A product tells in a few numbers what plain regression would need every pair of columns for.
//!
//! The penalised likelihood is climbed in turn: given the scale, the index is a logistic regression on
//! columns times the scale; given the index, the scale moves by Gauss-Newton steps, each of which is
//! a logistic regression, too, on the log-odds' slopes in `c`.

use serde::{Deserialize, Serialize};

use super::{
    Fitted, LearnError, Learner, Logistic, Training,
    fitted::Body,
    invalid::Invalid,
    linear::{Design, Linear},
};
use crate::models::newton::{self, Solution};

/// The index is fitted once more than this; each time between the scale moves twice. Where the
/// penalties are those of `recipe.rs`, a third time moves forecasts of direction by less than the
/// draw of a bag's folds does.
const TURNS: usize = 2;
const STEPS: usize = 2;
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
        let (x, weights, targets) = (data.x(), data.weights(), data.targets());
        let cut = x.width().saturating_sub(usize::from(self.scale_columns));
        if cut == 0 || cut == x.width() {
            return Err(LearnError::Parameter { name: "scale_columns" });
        }
        let regress = |columns: &[Vec<f64>], offsets: Option<&[f64]>, l2: f64| {
            newton::logistic(columns, &targets, weights, offsets, l2)
                .map_err(|error| LearnError::Library { learner: "scaled", reason: error.to_string() })
        };
        let index = Design::new(x, 0..cut, weights, self.index.clip);
        let scale = Design::new(x, cut..x.width(), weights, self.scale.clip);
        let mut exponents = vec![0.0; x.rows()];
        let mut told = regress(&index.columns, data.offsets(), self.index.l2)?;
        let mut of_scale = Solution { coefficients: vec![0.0; scale.columns.len()], intercept: 0.0 };
        for _ in 0..TURNS {
            let sums = sums(&index.columns, &told.coefficients);
            for _ in 0..STEPS {
                let (columns, offsets) = linearised(&scale.columns, &sums, &exponents, data.offsets());
                of_scale.coefficients = regress(&columns, Some(&offsets), self.scale.l2)?.coefficients;
                exponents = self::sums(&scale.columns, &of_scale.coefficients);
            }
            let scaled: Vec<Vec<f64>> = index.columns.iter().map(|column| times(column, &exponents)).collect();
            told = regress(&scaled, data.offsets(), self.index.l2)?;
        }
        let body = Body::Scaled(ScaledLinear { index: index.solved(told), scale: scale.solved(of_scale) });
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
        if cut > width {
            return Err(Invalid::Length { what: "terms" });
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

fn times(column: &[f64], exponents: &[f64]) -> Vec<f64> {
    column.iter().zip(exponents).map(|(value, &exponent)| value * factor(exponent)).collect()
}

/// A row's sum of coefficient times column.
fn sums(columns: &[Vec<f64>], coefficients: &[f64]) -> Vec<f64> {
    let mut sums = vec![0.0; columns.first().map_or(0, Vec::len)];
    for (column, coefficient) in columns.iter().zip(coefficients) {
        sums.iter_mut().zip(column).for_each(|(sum, value)| *sum += coefficient * value);
    }
    sums
}

/// The log-odds as a straight line in the scale's coefficients, at those that give `exponents`:
/// columns, and what is told without them. Where the scale is at its end it does not move.
fn linearised(
    columns: &[Vec<f64>],
    sums: &[f64],
    exponents: &[f64],
    offsets: Option<&[f64]>,
) -> (Vec<Vec<f64>>, Vec<f64>) {
    let told: Vec<f64> = sums.iter().zip(exponents).map(|(sum, &exponent)| sum * factor(exponent)).collect();
    let moves = |exponent: f64| f64::from(u8::from(exponent.abs() < REACH));
    let slopes: Vec<f64> = told.iter().zip(exponents).map(|(told, &exponent)| told * moves(exponent)).collect();
    let sloped = |column: &Vec<f64>| column.iter().zip(&slopes).map(|(value, slope)| value * slope).collect();
    let rest = told.iter().zip(&slopes).zip(exponents).map(|((told, slope), exponent)| told - slope * exponent);
    let rest = match offsets {
        Some(offsets) => rest.zip(offsets).map(|(rest, offset)| rest + offset).collect(),
        None => rest.collect(),
    };
    (columns.iter().map(sloped).collect(), rest)
}
