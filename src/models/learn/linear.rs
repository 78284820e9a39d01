//! A linear model on standardised columns.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::{Matrix, invalid::Invalid};
use crate::models::newton::{self, Solution};

/// How one column enters the sum: `weight * clamp((value - mean) * per_sd)`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Term {
    /// Stands for a missing value: the median of the training rows.
    pub(super) fill: f64,
    pub(super) mean: f64,
    /// One over the standard deviation; 0 for a column that does not vary.
    pub(super) per_sd: f64,
    pub(super) weight: f64,
}

/// Log-odds as a weighted sum.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Linear {
    pub(super) intercept: f64,
    /// Standardised values are held within this many standard deviations: one wild value must not
    /// carry a forecast away.
    pub(super) clip: f64,
    pub(super) terms: Vec<Term>,
}

/// What a linear model is fitted on: the columns that vary, standardised.
pub(super) struct Design {
    /// One a column that varies, in the matrix's order.
    pub(super) columns: Vec<Vec<f64>>,
    /// Which of `terms` they are.
    places: Vec<usize>,
    terms: Vec<Term>,
    clip: f64,
}

impl Design {
    /// Of the matrix's columns within `range`. Medians, means and deviations are those of its rows.
    pub(super) fn new(x: &Matrix, range: Range<usize>, weights: &[f64], clip: f64) -> Self {
        let mut design =
            Self { columns: Vec::new(), places: Vec::new(), terms: vec![Term::CONSTANT; range.len()], clip };
        for column in x.varying().into_iter().filter(|column| range.contains(column)) {
            let term = Term::of(x.column(column), weights);
            design.columns.push(x.column(column).iter().map(|&value| term.standardise(value, clip)).collect());
            design.places.push(column - range.start);
            design.terms[column - range.start] = term;
        }
        design
    }

    /// The model with these coefficients, one a column that varies.
    pub(super) fn solved(self, Solution { coefficients, intercept }: Solution) -> Linear {
        let Self { places, mut terms, clip, .. } = self;
        for (place, weight) in places.into_iter().zip(coefficients) {
            terms[place].weight = weight;
        }
        Linear { intercept, clip, terms }
    }
}

impl Term {
    /// Of a column that does not vary.
    pub(super) const CONSTANT: Self = Self { fill: 0.0, mean: 0.0, per_sd: 0.0, weight: 0.0 };

    /// How to standardise a column, its missing values counted as the median.
    pub(super) fn of(values: &[f64], weights: &[f64]) -> Self {
        let fill = newton::median(values).unwrap_or(0.0);
        let filled = || values.iter().map(|value| if value.is_nan() { fill } else { *value }).zip(weights);
        let total: f64 = weights.iter().sum();
        let mean = filled().map(|(value, weight)| value * weight).sum::<f64>() / total;
        let variance = filled().map(|(value, weight)| (value - mean).powi(2) * weight).sum::<f64>() / total;
        // Values too close together or too wild to square say nothing that can be weighed.
        let per_sd = 1.0 / variance.sqrt();
        if per_sd.is_finite() && mean.is_finite() && variance > 0.0 {
            Self { fill, mean, per_sd, weight: 0.0 }
        } else {
            Self { fill, mean: 0.0, per_sd: 0.0, weight: 0.0 }
        }
    }

    pub(super) fn is_sound(&self) -> bool {
        let Self { fill, mean, per_sd, weight } = *self;
        [fill, mean, per_sd, weight].iter().all(|value| value.is_finite()) && per_sd >= 0.0
    }

    pub(super) fn standardise(&self, value: f64, clip: f64) -> f64 {
        if self.per_sd == 0.0 {
            return 0.0;
        }
        let value = if value.is_finite() { value } else { self.fill };
        ((value - self.mean) * self.per_sd).clamp(-clip, clip)
    }
}

impl Linear {
    pub(super) fn sum(&self, row: &[f64]) -> f64 {
        let terms = self.terms.iter().zip(row);
        self.intercept + terms.map(|(term, &value)| term.weight * term.standardise(value, self.clip)).sum::<f64>()
    }

    /// Adds to `out` what each column adds to the log-odds of an average row.
    pub(super) fn contributions(&self, row: &[f64], out: &mut [f64]) {
        for ((term, &value), out) in self.terms.iter().zip(row).zip(out) {
            *out += term.weight * term.standardise(value, self.clip);
        }
    }

    /// The largest sum that a row can reach.
    pub(super) fn most(&self) -> f64 {
        self.terms.iter().map(|term| term.weight.abs() * self.clip).sum::<f64>() + self.intercept.abs()
    }

    pub(super) fn validate(&self, width: usize) -> Result<(), Invalid> {
        if self.terms.len() != width {
            return Err(Invalid::Length { what: "terms" });
        }
        if !(self.intercept.is_finite() && self.clip.is_finite() && self.clip > 0.0) {
            return Err(Invalid::NotFinite { what: "intercept or clip", index: 0 });
        }
        if let Some(index) = self.terms.iter().position(|term| !term.is_sound()) {
            return Err(Invalid::NotFinite { what: "term", index });
        }
        if self.most().is_finite() { Ok(()) } else { Err(Invalid::NotFinite { what: "sum of terms", index: 0 }) }
    }
}
