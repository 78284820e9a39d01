//! The ensemble of those that forecast the price.

use super::rows::Table;
use crate::{
    domain::OutOfFold,
    ensemble::{self, Ensemble, FitError, RecencyError, TableError},
    models::{
        calibrate::{CalibrateError, Rows as Calibration, VennAbers},
        moves::Moves,
        threshold::Promise,
    },
    units::Timestamp,
};

/// Blocks by which the ensemble is tried before it is trusted.
const WALK_BLOCKS: usize = 5;

/// Why there is no ensemble.
#[derive(Debug, thiserror::Error)]
pub enum VoteError {
    #[error(transparent)]
    Table(#[from] TableError),
    #[error(transparent)]
    Fit(#[from] FitError),
    #[error(transparent)]
    Recency(#[from] RecencyError),
    #[error("bounds: {0}")]
    Bounds(#[from] CalibrateError),
}

/// What members said of rows that they had not seen, beside what of each row tells its distance to
/// the others.
#[derive(Clone, Debug)]
pub struct Rows {
    joined: ensemble::Table,
    features: Vec<Vec<f64>>,
}

impl Rows {
    /// `familiar` are the columns of `table` by which a row's distance is told.
    ///
    /// # Errors
    /// Members whose rows do not fit each other.
    pub fn new(held: &[OutOfFold], table: &Table, familiar: &[u16]) -> Result<Self, VoteError> {
        let features = (0..table.rows.len()).map(|row| table.rows.x.cells(row, familiar).collect()).collect();
        Ok(Self { joined: ensemble::Table::join(held)?, features })
    }

    /// Fits an ensemble, and lets its weights live through the rows.
    ///
    /// # Errors
    /// See [`VoteError`].
    pub fn fit(&self, params: &ensemble::Params) -> Result<Ensemble, VoteError> {
        let features: Vec<&[f64]> = self.features.iter().map(Vec::as_slice).collect();
        let (mut ensemble, _) = Ensemble::fit(params, &self.joined, &features)?;
        ensemble.warm_up(&self.joined)?;
        Ok(ensemble)
    }

    /// What such an ensemble says of rows later than those it was fitted on, with what followed.
    ///
    /// # Errors
    /// See [`VoteError`].
    pub(super) fn tried(&self, params: &ensemble::Params) -> Result<Trial, VoteError> {
        let walked = ensemble::walk(params, &self.joined, WALK_BLOCKS)?;
        let told = walked.iter().filter_map(|held| Some((held.made_at, (held.probability?, held.outcome))));
        let (made_at, (told, outcomes)) = told.unzip();
        Ok(Trial { made_at, told, outcomes })
    }
}

/// What an ensemble said of rows that neither it nor its members had seen, in order of time.
#[derive(Clone, Debug)]
pub(super) struct Trial {
    made_at: Vec<Timestamp>,
    pub(super) told: Vec<f64>,
    pub(super) outcomes: Vec<bool>,
}

impl Trial {
    /// The bounds of such a probability. Of `independent` rows one counts: the horizon in bars.
    ///
    /// # Errors
    /// See [`VoteError`].
    pub(super) fn bounds(&self, independent: u32) -> Result<VennAbers, VoteError> {
        let weights = vec![1.0 / f64::from(independent.max(1)); self.told.len()];
        Ok(VennAbers::fit(&Calibration::new(&self.told, &self.outcomes, &weights)?))
    }

    /// What each probability promised by these moves, and what followed in `table`.
    pub(super) fn promises(&self, moves: &Moves, table: &Table) -> Vec<Promise> {
        let promise = |(made_at, &told): (&Timestamp, &f64)| {
            let (forward, atr) = table.moved(table.rows.made_at.binary_search(made_at).ok()?)?;
            Some(Promise { edge: moves.edge(told) * atr, forward, atr })
        };
        self.made_at.iter().zip(&self.told).filter_map(promise).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::Ahead,
        models::{learn::Matrix, specialist},
    };

    #[test]
    fn a_promise_is_of_its_own_row() {
        let moved = [0.02_f64, f64::NAN, -0.01, 0.03];
        let ahead = moved.map(|forward| Ahead { log_return: forward.ln_1p(), ..Ahead::NOTHING });
        let made_at: Vec<Timestamp> = [10, 20, 30, 40].map(Timestamp).into();
        let table = Table {
            opens: made_at.clone(),
            atr: vec![0.01, 0.01, 0.02, f64::NAN],
            rows: specialist::Rows {
                made_at,
                known_at: [20, 30, 40, 50].map(Timestamp).into(),
                x: Matrix::new(4, 0, Vec::new()).unwrap(),
                ahead: ahead.into(),
            },
        };
        // Of the row before the table's first nothing is known.
        let trial = Trial {
            made_at: [5, 10, 20, 30, 40].map(Timestamp).into(),
            told: vec![0.9, 0.6, 0.7, 0.25, 0.8],
            outcomes: vec![true; 5],
        };
        let promises = trial.promises(&Moves { gain: 2.0, loss: 1.0 }, &table);
        let expected = [(0.008, 0.02, 0.01), (-0.005, -0.01, 0.02)];
        assert_eq!(promises.len(), expected.len(), "{promises:?}");
        for (found, (edge, forward, atr)) in promises.iter().zip(expected) {
            let off = [found.edge - edge, found.forward - forward, found.atr - atr];
            assert!(off.iter().all(|off| off.abs() < 1e-12), "{found:?}");
        }
    }
}
