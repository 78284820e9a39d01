//! How far prices go where they rise, and where they fall.

use serde::{Deserialize, Serialize};

use super::threshold::soft;
use crate::domain::edge;

/// Mean gain and mean loss over a horizon, in average true ranges of the bar before it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Moves {
    pub gain: f64,
    pub loss: f64,
}

/// No market goes so far, in average true ranges of a bar, on average.
const FARTHEST: f64 = 1e4;

impl Moves {
    /// No forecast of a price is surer than this.
    pub const SUREST: f64 = 0.99;

    /// Of rows with their forward return and their average true range, both as fractions of the
    /// price. Ratios of sums: a row with hardly any range cannot blow them up, and over these rows
    /// the forecasts add up to what happened. Zero where no price rose, or fell.
    pub fn of(rows: impl Iterator<Item = (f64, f64)> + Clone) -> Self {
        let mean = |sign: f64| {
            let moved = rows.clone().filter(|(forward, _)| forward * sign > 0.0);
            let (sum, ranges) =
                moved.fold((0.0, 0.0), |(sum, ranges), (forward, atr)| (sum + forward * sign, ranges + atr));
            if ranges > 0.0 { sum / ranges } else { 0.0 }
        };
        Self { gain: mean(1.0), loss: mean(-1.0) }
    }

    /// What a probability promises, in average true ranges.
    pub fn edge(&self, p: f64) -> f64 {
        edge(p, self.gain, self.loss)
    }

    /// These moves after a forecast of `p` whose edge comes true less a threshold (see
    /// [`super::threshold`]):
    ///
    /// ```text
    /// kept = the edge, nearer to 0 by threshold_atrs, or 0
    /// q    = (kept + loss) / (gain + loss)        the probability that promises so much
    /// gain * q / p,  loss * (1 - q) / (1 - p)
    /// ```
    ///
    /// so that `p * gain - (1 - p) * loss` is what was kept. Scaling gain and loss alike would do
    /// that too, and would let Kelly's stake grow. `p` is read within [`Self::SUREST`] of certainty.
    pub fn after(&self, p: f64, threshold_atrs: f64) -> Self {
        let p = p.clamp(1.0 - Self::SUREST, Self::SUREST);
        let q = (soft(self.edge(p), threshold_atrs) + self.loss) / (self.gain + self.loss);
        Self { gain: self.gain * q / p, loss: self.loss * (1.0 - q) / (1.0 - p) }
    }

    /// Whether stakes can be sized by them: both above zero, and of this world.
    pub fn are_sound(&self) -> bool {
        [self.gain, self.loss].iter().all(|&moved| moved > 0.0 && moved < FARTHEST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn add_up_to_what_happened() {
        let rows = [(0.02, 0.01), (0.0, 0.5), (-0.03, 0.01), (0.01, 0.02), (-0.01, 0.03)];
        let moves = Moves::of(rows.into_iter());
        assert!((moves.gain - 1.0).abs() < 1e-12 && (moves.loss - 1.0).abs() < 1e-12, "{moves:?}");
        assert!(moves.are_sound());
        for unsound in [
            Moves::of(rows.into_iter().take(2)),
            Moves { gain: f64::NAN, loss: 1.0 },
            Moves { gain: 1.0, loss: f64::INFINITY },
            Moves { gain: -1.0, loss: 1.0 },
        ] {
            assert!(!unsound.are_sound(), "{unsound:?}");
        }
    }

    #[test]
    fn what_is_kept_of_an_edge_is_what_it_promises() {
        let moves = Moves { gain: 1.4, loss: 1.1 };
        for (p, threshold, kept) in
            [(0.6, 0.0, 0.4), (0.6, 0.1, 0.3), (0.6, 0.5, 0.0), (0.2, 0.1, -0.5), (0.2, 0.7, 0.0)]
        {
            let after = moves.after(p, threshold);
            assert!((after.edge(p) - kept).abs() < 1e-12 && after.are_sound(), "{p}, {threshold}: {after:?}");
            let stake = |moves: Moves| p / moves.loss - (1.0 - p) / moves.gain;
            assert!(stake(after).abs() <= stake(moves).abs() + 1e-12, "Kelly's stake never grows: {p}, {threshold}");
        }
        let surest = moves.after(1.0, 0.1);
        assert_eq!(surest, moves.after(Moves::SUREST, 0.1));
        assert!(moves.after(0.0, 0.1).edge(0.0) < 0.0 && surest.are_sound(), "{surest:?}");
    }
}
