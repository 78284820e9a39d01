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
    /// By least squares of what followed, each row in its average true ranges, with an intercept: a
    /// market that rose all the time is no merit of the forecasts. `most` is where the squares, of
    /// which one in `independent` rows counts (the horizon in bars), have risen by the variance of
    /// one row: one standard error, told by the likelihood. A range below a tenth of the middle one
    /// counts as that, so that no row of a still market decides. `None` where no edge is left.
    pub fn of(rows: &[Promise], independent: u32) -> Option<Self> {
        let mut ranges: Vec<f64> = rows.iter().map(|row| row.atr).collect();
        ranges.sort_by(f64::total_cmp);
        let stillest = ranges.get(ranges.len() / 2)? / 10.0;
        let weight = |row: &Promise| row.atr.max(stillest).powi(-2);
        let weights: f64 = rows.iter().map(weight).sum();
        let largest = rows.iter().map(|row| row.edge.abs()).fold(0.0, f64::max);
        let step = largest / f64::from(STEPS);
        if !(step > 0.0 && weights.is_finite()) {
            return None;
        }
        let squares = |threshold: f64| {
            let left = |row: &Promise| row.forward - soft(row.edge, threshold);
            let intercept = rows.iter().map(|row| weight(row) * left(row)).sum::<f64>() / weights;
            rows.iter().map(|row| weight(row) * (left(row) - intercept).powi(2)).sum::<f64>()
        };
        let tried: Vec<(f64, f64)> = (0..=STEPS).map(|at| f64::from(at) * step).map(|c| (c, squares(c))).collect();
        let &(best, least) = tried.iter().min_by(|a, b| a.1.total_cmp(&b.1))?;
        let doubt = least / rows.len() as f64 * f64::from(independent.max(1));
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

    /// Edges of any size around `middle`, in hours of any range, of which all but `threshold` comes
    /// true, beside a drift and noise that no edge explains.
    fn rows(threshold: f64, middle: f64, drift: f64, noise: f64) -> Vec<Promise> {
        let row = |at: usize| {
            let (edge, atr) = (0.0001 * (at % 41) as f64 - 0.002 + middle, 0.002 * (1 + at % 5) as f64);
            let sign = if (at / 205).is_multiple_of(2) { 1.0 } else { -1.0 };
            Promise { edge, forward: soft(edge, threshold) + drift + sign * noise * atr, atr }
        };
        (0..4_100).map(row).collect()
    }

    #[test]
    fn it_is_found() {
        for planted in [0.0, 0.0005, 0.001, 0.0015] {
            for (middle, drift) in [(0.0, 0.0), (0.0, 0.01), (0.0005, -0.01), (-0.0005, 0.003)] {
                let found = Threshold::of(&rows(planted, middle, drift, 0.0), 1).unwrap();
                assert!((found.best - planted).abs() < 2e-6 && found.is_sound(), "{planted}, {middle}: {found:?}");
                assert!((found.most - planted).abs() < 5e-6, "{found:?}");
            }
        }
        let opposite: Vec<Promise> =
            rows(0.0, 0.0, 0.0, 0.0).iter().map(|row| Promise { edge: -row.edge, ..*row }).collect();
        let found = Threshold::of(&opposite, 1).unwrap();
        assert!((found.best - 0.002).abs() < 1e-9, "an edge that turns out its opposite: {found:?}");
    }

    /// Edges of one size `e` up and down with equal noise `s`: the squares rise by
    /// `n * (most - best)^2`, so that the standard error is `s / sqrt(n)`, and `sqrt(h)` of it where
    /// one row of `h` counts.
    #[test]
    fn its_doubt_is_one_standard_error() {
        let row = |at: usize| {
            let (side, noise) =
                (if at.is_multiple_of(2) { 1.0 } else { -1.0 }, if (at / 2).is_multiple_of(2) { 1.0 } else { -1.0 });
            Promise { edge: side * 0.002, forward: side * 0.0012 + noise * 0.01, atr: 0.01 }
        };
        let rows: Vec<Promise> = (0..10_000).map(row).collect();
        for independent in [1, 4] {
            let Threshold { best, most } = Threshold::of(&rows, independent).unwrap();
            assert!((best - 0.0008).abs() < 2e-6, "{best}");
            assert!((most - best - 0.0001 * f64::from(independent).sqrt()).abs() < 4e-6, "{most}");
        }
    }

    #[test]
    fn without_evidence_nothing_is_left() {
        assert_eq!(Threshold::of(&rows(0.0005, 0.0, 0.0, 20.0), 1).unwrap().most, 0.002);
    }

    #[test]
    fn wild_hours_weigh_less() {
        let mut rows = rows(0.0005, 0.0, 0.0, 0.0);
        for row in rows.iter_mut().filter(|row| row.atr > 0.009) {
            row.forward = 0.0;
        }
        let found = Threshold::of(&rows, 1).unwrap().best;
        assert!((found - 0.0005).abs() < 0.00005, "a fifth of the rows, a fiftieth of the weight: {found}");
    }

    #[test]
    fn no_row_of_a_still_market_decides() {
        let noisy = rows(0.0005, 0.0, 0.0, 0.3);
        let before = Threshold::of(&noisy, 1).unwrap();
        for atr in [0.0, 1e-5, 1e-4] {
            for forward in [0.01, -0.01] {
                let mut with = noisy.clone();
                with.push(Promise { edge: 0.001, forward, atr });
                let after = Threshold::of(&with, 1).unwrap();
                assert!((after.best - before.best).abs() < 1.5e-4, "{atr}: {before:?}, {after:?}");
                assert!((after.most - before.most).abs() < 1.5e-4, "{atr}: {before:?}, {after:?}");
            }
        }
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
