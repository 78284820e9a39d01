//! The program itself as what is under test.

use super::{Spoken, StageError, Stages};
use crate::{
    domain::OutOfFold,
    ensemble::Ensemble,
    features::sets::Sets,
    pipeline::{
        forecaster::{self, Learned, ModelSet, Settings, Subject, Table, Trained, vote},
        frames::{History, frames},
    },
    units::Timestamp,
    validation::forecast::forecast,
};

/// What `shoal train` and `shoal predict` do with a history.
#[derive(Clone, Debug)]
pub struct Program {
    pub subject: Subject,
    /// The open of the first bar that has a row.
    pub from: Timestamp,
    pub settings: Settings,
}

impl Stages for Program {
    fn rows(&self, history: &History, to: Timestamp) -> Result<Table, StageError> {
        let frames = frames(history)?;
        Ok(forecaster::table(&frames, history.timeframe, self.settings.horizon, self.from, to)?)
    }

    fn learn(&self, table: &Table, to: Timestamp) -> Result<Learned, StageError> {
        let rows = table.rows.len() as u64;
        let trained = Trained { from: self.from, to, rows, seed: self.settings.seed, data: Vec::new() };
        Ok(forecaster::train(self.subject.clone(), table, trained, &self.settings, &|_, _, _| {})?)
    }

    fn stack(&self, inputs: &[OutOfFold], table: &Table) -> Result<Ensemble, StageError> {
        let params = self.settings.ensemble(self.subject.timeframe);
        Ok(vote::Rows::new(inputs, table, &Sets::new().direction())?.fit(&params)?)
    }

    fn forecast(
        &self,
        set: &ModelSet,
        history: &History,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Spoken>, StageError> {
        let mut spoken = Vec::new();
        forecast(set.clone(), &frames(history)?, from, to, |bar, told, _, forecaster| {
            let weights = forecaster.model_set().ensemble.weights().to_vec();
            spoken.push(Spoken { bar, made_at: history.timeframe.close(bar), told, weights });
        })?;
        Ok(spoken)
    }
}
