//! The figures of a set of probabilities.

use serde::Serialize;

use crate::models::metrics;

/// How good probabilities were. A figure that cannot be told (no rows, one outcome) is absent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Score {
    pub rows: usize,
    pub accuracy: Option<f64>,
    /// In nats a row.
    pub logloss: Option<f64>,
    pub auc: Option<f64>,
    pub brier: Option<f64>,
    /// Expected calibration error, 15 bins of equal width.
    pub ece: Option<f64>,
}

impl Score {
    pub fn of(told: &[(f64, bool)]) -> Self {
        let (p, labels): (Vec<f64>, Vec<bool>) = told.iter().copied().unzip();
        Self {
            rows: p.len(),
            accuracy: metrics::accuracy(&p, &labels),
            logloss: metrics::log_loss(&p, &labels),
            auc: metrics::auc(&p, &labels),
            brier: metrics::brier(&p, &labels),
            ece: metrics::expected_calibration_error(&p, &labels),
        }
    }
}
