//! A linear model on standardised columns.

use serde::{Deserialize, Serialize};

use super::invalid::Invalid;

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

impl Term {
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

    pub(super) fn validate(&self, width: usize) -> Result<(), Invalid> {
        if self.terms.len() != width {
            return Err(Invalid::Length { what: "terms" });
        }
        if !(self.intercept.is_finite() && self.clip.is_finite() && self.clip > 0.0) {
            return Err(Invalid::NotFinite { what: "intercept or clip", index: 0 });
        }
        let finite = |term: &Term| {
            [term.fill, term.mean, term.per_sd, term.weight].iter().all(|value| value.is_finite()) && term.per_sd >= 0.0
        };
        if let Some(index) = self.terms.iter().position(|term| !finite(term)) {
            return Err(Invalid::NotFinite { what: "term", index });
        }
        // The largest sum that a row can reach.
        let most = self.terms.iter().map(|term| term.weight.abs() * self.clip).sum::<f64>() + self.intercept.abs();
        if most.is_finite() { Ok(()) } else { Err(Invalid::NotFinite { what: "sum of terms", index: 0 }) }
    }
}
