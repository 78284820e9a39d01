//! From a learner's probabilities to ones that can be sized.
//!
//! Platt scaling around the base rate with a prior: `logit p = logit base + slope * (logit raw -
//! logit base)`, with `slope` between 0 (only the base rate is believed) and `MAX_SLOPE`.
//! The slope is the maximum a posteriori under a normal prior around 1, with every row weighted
//! by how much of it is new: labels that overlap in time repeat one another. Free Platt scaling
//! and isotonic regression were measured too and lost; see `docs/MODELS.md`.

use super::newton::{self, sigmoid};

/// A learner is toned down freely but never trusted more than this times what it says.
const MAX_SLOPE: f64 = 1.5;
/// Precision of the prior on the slope: a standard deviation of one half.
const PRIOR_PRECISION: f64 = 4.0;
/// Raw probabilities are read within this distance of 0 and 1.
const RAW_FLOOR: f64 = 1e-4;

/// A monotone map from raw probabilities to calibrated ones.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Calibration {
    /// 0..=1.5; below 1 the learner was overconfident.
    pub slope: f64,
    /// The share of rows that rose in what the learner was fitted on.
    pub base: f64,
    /// Results lie in `margin..=1 - margin`: after `n` rows nothing rarer than 1 in `n + 2` can be
    /// known (Laplace's rule of succession).
    pub margin: f64,
}

impl Calibration {
    /// Fits the slope. `raw` are the learner's probabilities for rows it was not fitted on,
    /// `raw_base` the base rate it was fitted with, `base` that of the learner to be calibrated,
    /// `effective_rows` how many independent rows they amount to.
    pub fn fit(raw: &[f64], labels: &[bool], raw_base: f64, base: f64, effective_rows: f64) -> Self {
        let offset = logit(raw_base);
        let evidence: Vec<f64> = raw.iter().map(|&p| logit(p) - offset).collect();
        let weight = effective_rows / (raw.len().max(1) as f64);
        let mut slope = 1.0;
        // Newton's method on a strictly convex function of one variable.
        for _ in 0..50 {
            let mut gradient = PRIOR_PRECISION * (slope - 1.0);
            let mut curvature = PRIOR_PRECISION;
            for (&z, &up) in evidence.iter().zip(labels) {
                let p = sigmoid(offset + slope * z);
                gradient += weight * (p - f64::from(u8::from(up))) * z;
                curvature += weight * p * (1.0 - p) * z * z;
            }
            let step = gradient / curvature;
            slope = (slope - step).clamp(0.0, MAX_SLOPE);
            if step.abs() < 1e-10 {
                break;
            }
        }
        Self { slope, base, margin: 1.0 / (effective_rows.max(0.0) + 2.0) }
    }

    pub fn apply(&self, raw: f64) -> f64 {
        let offset = logit(self.base);
        sigmoid(offset + self.slope * (logit(raw) - offset)).clamp(self.margin, 1.0 - self.margin)
    }
}

fn logit(p: f64) -> f64 {
    newton::logit(p.clamp(RAW_FLOOR, 1.0 - RAW_FLOOR))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows whose true probability is `truth(raw)`, without sampling noise: 100 copies each.
    fn rows(truth: impl Fn(f64) -> f64) -> (Vec<f64>, Vec<bool>) {
        (1..10)
            .flat_map(|tenth| {
                let raw = f64::from(tenth) / 10.0;
                let rose = (truth(raw) * 100.0).round() as u32;
                (0..100).map(move |copy| (raw, copy < rose))
            })
            .unzip()
    }

    #[test]
    fn keeps_what_is_right_tones_down_what_is_too_sure_and_forgets_what_is_wrong() {
        let slope = |truth: fn(f64) -> f64| {
            let (raw, labels) = rows(truth);
            Calibration::fit(&raw, &labels, 0.5, 0.5, 900.0).slope
        };
        assert!((slope(|p| p) - 1.0).abs() < 0.02);
        assert!((slope(|p| sigmoid(0.4 * logit(p))) - 0.42).abs() < 0.04);
        assert_eq!(slope(|p| 1.0 - p), 0.0);
        assert!((slope(|p| sigmoid(3.0 * logit(p))) - MAX_SLOPE).abs() < 1e-12);
    }

    #[test]
    fn few_rows_move_it_little() {
        let (raw, labels) = rows(|p| 1.0 - p);
        let few = Calibration::fit(&raw, &labels, 0.5, 0.5, 1.0);
        assert!(few.slope > 0.7 && few.slope < 1.0, "{few:?}");
        assert_eq!(few.margin, 1.0 / 3.0);
    }

    #[test]
    fn is_monotone_bounded_and_leaves_the_base_rate_alone() {
        let (raw, labels) = rows(|p| 0.25 + p / 2.0);
        let calibration = Calibration::fit(&raw, &labels, 0.5, 0.52, 200.0);
        let mut last = 0.0;
        for thousandth in 0..=1_000 {
            let p = calibration.apply(f64::from(thousandth) / 1_000.0);
            assert!(p >= last && p >= calibration.margin && p <= 1.0 - calibration.margin);
            last = p;
        }
        assert!((calibration.apply(0.52) - 0.52).abs() < 1e-12);
    }
}
