//! What outcomes tell of the log-odds themselves: too bold, too timid, too high.
//!
//! ```text
//! log-odds = l + b . (1, u, u^2, u^3)        u = l / spread, held within 3
//! ```
//!
//! Platt's map with two more powers, moved by each outcome as online Platt scaling is (Gupta and
//! Ramdas, "Online Platt Scaling with Calibeating", ICML 2023; by a Kalman filter here, not by a
//! Newton step with regret bounds). Nothing makes it rise everywhere: outcomes would have to tell
//! that what is said more surely happens less often.

use serde::{Deserialize, Serialize};

use super::super::{Invalid, LearnError};
use super::filter::Filter;

/// Beyond so many spreads of the log-odds it adds what it adds there: a cube must not run away.
const REACH: f64 = 3.0;
/// Of the coefficients: none worth telling, where there are rows.
const L2: f64 = 1.0;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Recalibration {
    /// Root mean square of what was said of training rows, in log-odds.
    spread: f64,
    filter: Filter,
}

type Powers = [f64; 4];

impl Recalibration {
    /// Begins with what the training rows leave open of which these log-odds were said, each of which
    /// counts `weight`, with a penalty that counts `share`.
    ///
    /// # Errors
    /// [`LearnError::Parameter`] where all that was said is even odds.
    pub(super) fn start(said: &[f64], weight: f64, share: f64, counts: f64) -> Result<Self, LearnError> {
        let spread = (said.iter().map(|l| l * l).sum::<f64>() / said.len() as f64).sqrt();
        if !(spread.is_finite() && spread > 0.0) {
            return Err(LearnError::Parameter { name: "spread" });
        }
        let rows: Vec<Powers> = said.iter().map(|&l| powers(l, spread)).collect();
        let columns: Vec<Vec<f64>> = (0..4).map(|power| rows.iter().map(|row| row[power]).collect()).collect();
        Ok(Self { spread, filter: Filter::start(&columns, weight, share * L2, counts)? })
    }

    /// What outcomes so far add to these log-odds; 0 before the first.
    pub(super) fn log_odds(&self, log_odds: f64) -> f64 {
        self.filter.log_odds(&powers(log_odds, self.spread))
    }

    pub(super) fn learn(&mut self, log_odds: f64, said: f64, outcome: bool) {
        self.filter.learn(&powers(log_odds, self.spread), said, outcome);
    }

    pub(super) fn validate(&self) -> Result<(), Invalid> {
        if !(self.spread.is_finite() && self.spread > 0.0) {
            return Err(Invalid::NotFinite { what: "spread", index: 0 });
        }
        if self.filter.width() != 4 {
            return Err(Invalid::Length { what: "powers" });
        }
        self.filter.validate(REACH.powi(3))
    }
}

fn powers(log_odds: f64, spread: f64) -> Powers {
    let u = (log_odds / spread).clamp(-REACH, REACH);
    [1.0, u, u * u, u * u * u]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::newton::sigmoid;

    /// A model that says half of what it should learns to say twice as much, and one that is too high
    /// to say less.
    #[test]
    fn too_timid_and_too_high() {
        let said = [-1.0, -0.5, 0.5, 1.0];
        let start = Recalibration::start(&said, 0.02, 0.1, 1.0).unwrap();
        assert_eq!(powers(-2.0 * start.spread, start.spread), [1.0, -2.0, 4.0, -8.0]);
        assert_eq!(powers(1e9, start.spread), [1.0, 3.0, 9.0, 27.0]);
        let after = |truth: fn(f64) -> f64| {
            let (mut one, mut debt) = (start.clone(), [0.0; 4]);
            for row in 0..8_000 {
                let l = said[row % 4];
                // Outcomes as often as they should be, without chance.
                debt[row % 4] += sigmoid(truth(l));
                let outcome = debt[row % 4] >= 1.0;
                debt[row % 4] -= f64::from(u8::from(outcome));
                one.learn(l, sigmoid(l + one.log_odds(l)), outcome);
            }
            assert_eq!(one.validate(), Ok(()));
            said.map(|l| l + one.log_odds(l))
        };
        for (now, l) in after(|l| 2.0 * l).into_iter().zip(said) {
            assert!((now - 2.0 * l).abs() < 0.05, "{now} of {l}");
        }
        for (now, l) in after(|l| l - 0.5).into_iter().zip(said) {
            assert!((now - (l - 0.5)).abs() < 0.05, "{now} of {l}");
        }
    }

    #[test]
    fn it_begins_with_what_rows_leave_open() {
        let start = Recalibration::start(&[-2.0, 2.0], 0.25, 0.1, 1.0).unwrap();
        assert_eq!(start.spread, 2.0);
        // Powers (1, -1, 1, -1) and (1, 1, 1, 1), each row counting a quarter, and a penalty of a tenth.
        let open = |row: usize, column: usize| {
            let sum = if (row + column).is_multiple_of(2) { 0.5 } else { 0.0 };
            sum + if row == column { 0.1 } else { 0.0 }
        };
        for row in 0..4 {
            for column in 0..4 {
                let product: f64 = (0..4).map(|at| open(row, at) * start.filter.covariance[4 * at + column]).sum();
                assert!((product - f64::from(u8::from(row == column))).abs() < 1e-12, "{row} {column}: {product}");
            }
        }
    }

    #[test]
    fn nothing_to_begin_with_and_damage_are_refused() {
        for said in [[0.0, 0.0], [f64::NAN, 1.0], [f64::INFINITY, 1.0]] {
            assert_eq!(Recalibration::start(&said, 0.1, 0.1, 1.0), Err(LearnError::Parameter { name: "spread" }));
        }
        let sound = Recalibration::start(&[-1.0, 0.2, 1.5], 0.1, 0.1, 1.0).unwrap();
        assert_eq!(sound.validate(), Ok(()));
        let spoilt = |spoil: fn(&mut Recalibration)| {
            let mut one = sound.clone();
            spoil(&mut one);
            one.validate()
        };
        assert_eq!(spoilt(|r| r.spread = 0.0), Err(Invalid::NotFinite { what: "spread", index: 0 }));
        assert_eq!(spoilt(|r| r.filter.mean.truncate(3)), Err(Invalid::Length { what: "powers" }));
        assert_eq!(spoilt(|r| r.filter.mean[0] = f64::NAN), Err(Invalid::NotFinite { what: "coefficient", index: 0 }));
    }
}
