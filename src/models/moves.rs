//! How far prices go where they rise, and where they fall.

use serde::{Deserialize, Serialize};

/// Mean gain and mean loss over a horizon, in average true ranges of the bar before it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Moves {
    pub gain: f64,
    pub loss: f64,
}

/// No market goes so far, in average true ranges of a bar, on average.
const FARTHEST: f64 = 1e4;

impl Moves {
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
}
