//! How much of an edge never comes true.
//!
//! A probability and the mean moves promise an edge (see [`super::moves::Moves::edge`]), and the
//! returns that follow hold less: in hourly prices small edges come to nothing and large ones nearly
//! in full, so that what comes is the edge less a part of always the same size. The sign of a move
//! is foretold where its mean is not (of the two: Christoffersen and Diebold, "Financial asset
//! returns, direction-of-change forecasting, and volatility dynamics", Management Science 52, 2006).

use serde::{Deserialize, Serialize};

/// What is taken from every edge, as a fraction of the price.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Threshold {
    /// The likeliest.
    pub best: f64,
    /// The most that it may well be: what is traded by. The largest edge of the rows where they hold
    /// no evidence of any edge.
    pub most: f64,
}

/// A forecast of a row that its model had not seen, and what followed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Promise {
    /// As fractions of the price.
    pub edge: f64,
    pub forward: f64,
    /// Average true range as a fraction of the price: the row's noise.
    pub atr: f64,
}

/// Thresholds that are tried, from none to the largest edge.
const STEPS: u32 = 1_000;

/// An edge nearer to 0 by `threshold`, or 0 (Donoho and Johnstone, "Ideal spatial adaptation by
/// wavelet shrinkage", Biometrika 81, 1994).
pub fn soft(edge: f64, threshold: f64) -> f64 {
    (edge.abs() - threshold).max(0.0).copysign(edge)
}

impl Threshold {
    /// By least squares of what followed, each row in its average true ranges, around the mean of all
    /// rows: a market that rose all the time is no merit of the forecasts. `most` is where the
    /// squares, of which one in `independent` rows counts (the horizon in bars), have risen by the
    /// variance of one row: one standard error, told by the likelihood. Rows without a range are left
    /// out; `None` where no edge is left.
    pub fn of(rows: &[Promise], independent: u32) -> Option<Self> {
        let rows: Vec<&Promise> = rows.iter().filter(|row| row.atr > 0.0).collect();
        let count = rows.len() as f64;
        let mean = rows.iter().map(|row| row.forward).sum::<f64>() / count;
        let largest = rows.iter().map(|row| row.edge.abs()).fold(0.0, f64::max);
        let step = largest / f64::from(STEPS);
        if !(step > 0.0 && step.is_finite()) {
            return None;
        }
        let squares = |threshold: f64| -> f64 {
            rows.iter().map(|row| ((row.forward - mean - soft(row.edge, threshold)) / row.atr).powi(2)).sum()
        };
        let tried: Vec<(f64, f64)> = (0..=STEPS).map(|at| f64::from(at) * step).map(|c| (c, squares(c))).collect();
        let &(best, least) = tried.iter().min_by(|a, b| a.1.total_cmp(&b.1))?;
        let doubt = least / count * f64::from(independent);
        let &(most, _) = tried.iter().rfind(|(_, squares)| *squares <= least + doubt)?;
        Some(Self { best, most })
    }

    /// Whether rows can have told it.
    pub fn is_sound(&self) -> bool {
        0.0 <= self.best && self.best <= self.most && self.most.is_finite()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Edges of any size in hours of any range, of which all but `threshold` comes true, beside a
    /// drift and noise that no edge explains.
    fn rows(threshold: f64, drift: f64, noise: f64) -> Vec<Promise> {
        let row = |at: usize| {
            let (edge, atr) = (0.0001 * (at % 41) as f64 - 0.002, 0.002 * (1 + at % 5) as f64);
            let sign = if at / 205 % 2 == 0 { 1.0 } else { -1.0 };
            Promise { edge, forward: soft(edge, threshold) + drift + sign * noise * atr, atr }
        };
        (0..4_100).map(row).collect()
    }

    #[test]
    fn it_is_found() {
        for planted in [0.0, 0.0005, 0.001, 0.002] {
            for drift in [0.0, 0.01, -0.01] {
                let found = Threshold::of(&rows(planted, drift, 0.0), 1).unwrap();
                assert!((found.best - planted).abs() < 1e-9 && found.is_sound(), "{planted}, {drift}: {found:?}");
                assert!((found.most - planted).abs() < 5e-6, "{found:?}");
            }
        }
        let flat: Vec<Promise> = rows(0.0, 0.0, 1.0).iter().map(|row| Promise { edge: -row.edge, ..*row }).collect();
        let found = Threshold::of(&flat, 1).unwrap();
        assert!((found.best - 0.002).abs() < 1e-9, "an edge that turns out its opposite: {found:?}");
    }

    #[test]
    fn doubt_raises_it() {
        let most = |noise: f64, independent: u32| Threshold::of(&rows(0.0005, 0.0, noise), independent).unwrap().most;
        let quiet = most(0.2, 1);
        assert!(quiet > 0.0005 && most(0.5, 1) > quiet && most(0.2, 4) > quiet);
        assert_eq!(most(20.0, 1), 0.002, "no evidence of any edge");
    }

    #[test]
    fn rows_without_an_edge_or_a_range_tell_none() {
        assert_eq!(Threshold::of(&[], 1), None);
        assert_eq!(Threshold::of(&[Promise { edge: 0.0, forward: 0.1, atr: 0.01 }], 1), None);
        assert_eq!(Threshold::of(&[Promise { edge: 0.1, forward: 0.1, atr: 0.0 }], 1), None);
        for (best, most) in [(f64::NAN, 0.1), (0.2, 0.1), (-0.1, 0.1), (0.1, f64::INFINITY)] {
            assert!(!Threshold { best, most }.is_sound(), "{best}, {most}");
        }
    }
}
