//! Which calibration is worth having.

use super::{CalibrateError, Calibrator, Kind, Rows};
use crate::{
    models::learn::folds::{self, Reach},
    units::Timestamp,
};

/// How a kind of calibration did on rows it was not fitted on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tried {
    pub kind: Kind,
    /// In nats a row.
    pub log_loss: f64,
    /// How much worse than the best, and the standard error of that, row by row.
    pub behind: f64,
    pub standard_error: f64,
}

/// The calibration that was chosen, fitted on all rows, and what decided.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    pub calibrator: Calibrator,
    pub tried: Vec<Tried>,
}

/// Fits every kind on all but one of `count` blocks of time and judges it on that one, purged and
/// embargoed by `reach`. The simplest kind that is within one standard error of the best is taken,
/// and fitted on all rows. `times` ascend, one a row.
///
/// # Errors
/// See [`CalibrateError`].
pub fn choose(rows: &Rows<'_>, times: &[Timestamp], reach: Reach, count: usize) -> Result<Choice, CalibrateError> {
    if times.len() != rows.raw.len() {
        return Err(CalibrateError::Length { what: "times", expected: rows.raw.len(), found: times.len() });
    }
    let mut losses = Kind::ALL.map(|_| vec![0.0; rows.raw.len()]);
    for fold in folds::blocked(times, reach, count, 0, 1)? {
        let raw: Vec<f64> = fold.train.iter().map(|&row| rows.raw[row as usize]).collect();
        let labels: Vec<bool> = fold.train.iter().map(|&row| rows.labels[row as usize]).collect();
        let weights: Vec<f64> = fold.train.iter().map(|&row| rows.weights[row as usize]).collect();
        let train = Rows::new(&raw, &labels, &weights)?;
        for (kind, losses) in Kind::ALL.into_iter().zip(&mut losses) {
            let calibrator = Calibrator::fit(kind, &train)?;
            for row in fold.test_rows() {
                let row = row as usize;
                let p = calibrator.apply(rows.raw[row]);
                losses[row] = -if rows.labels[row] { p } else { 1.0 - p }.ln();
            }
        }
    }
    let total = rows.total();
    let mean =
        |of: &dyn Fn(usize) -> f64| (0..rows.raw.len()).map(|row| rows.weights[row] * of(row)).sum::<f64>() / total;
    let means: Vec<f64> = losses.iter().map(|losses| mean(&|row| losses[row])).collect();
    let best = (0..means.len()).min_by(|&a, &b| means[a].total_cmp(&means[b])).unwrap_or(0);
    let tried: Vec<Tried> = Kind::ALL
        .into_iter()
        .enumerate()
        .map(|(at, kind)| {
            let behind = means[at] - means[best];
            let variance = mean(&|row| (losses[at][row] - losses[best][row] - behind).powi(2));
            Tried { kind, log_loss: means[at], behind, standard_error: (variance / total).sqrt() }
        })
        .collect();
    let chosen =
        tried.iter().find(|tried| tried.behind <= tried.standard_error).map_or(Kind::Identity, |tried| tried.kind);
    Ok(Choice { calibrator: Calibrator::fit(chosen, rows)?, tried })
}
