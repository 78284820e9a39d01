//! Training, forecasts and their judgement from a data folder.

mod dex;
pub mod load;
mod mood;
mod names;
pub mod predictions;
pub mod stored;

use crate::{
    config::sources::Sources,
    domain::Frame,
    io::data::Folder,
    market::asof::AsofError,
    pipeline::{
        forecaster::{self, Learned, RowsError, Settings, Subject, Table, TrainSetError, Trained},
        frames::frames,
    },
    service::learning::load::{LoadError, load},
    units::Timestamp,
};

/// Why nothing was learnt.
#[derive(Debug, thiserror::Error)]
pub enum LearningError {
    #[error(transparent)]
    Load(#[from] LoadError),
    #[error(transparent)]
    Join(#[from] AsofError),
    #[error(transparent)]
    Rows(#[from] RowsError),
    #[error(transparent)]
    Train(#[from] TrainSetError),
    #[error("no bar of {venue}/{asset} opens from {from} to {to}: its candles run from {first} to {last}")]
    NoRows { venue: String, asset: String, from: Timestamp, to: Timestamp, first: Timestamp, last: Timestamp },
}

/// An asset's past as frames, and the files it was read from.
#[derive(Clone, Debug)]
pub struct Past {
    pub subject: Subject,
    pub frames: Vec<Frame>,
    pub files: Vec<(String, String)>,
}

impl Past {
    /// # Errors
    /// [`LearningError`]: files that are missing or faulty.
    pub fn read(folder: &Folder, subject: Subject, sources: &Sources) -> Result<Self, LearningError> {
        Self::between(folder, subject, sources, Timestamp(0), Timestamp(u64::MAX))
    }

    /// The frames of the bars that open in `from..to` alone.
    ///
    /// # Errors
    /// [`LearningError`]: files that are missing or faulty.
    pub fn between(
        folder: &Folder,
        subject: Subject,
        sources: &Sources,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Self, LearningError> {
        let mut loaded = load(folder, &subject, sources)?;
        loaded.history.own.retain(|known| (from..to).contains(&known.candle.ts));
        Ok(Self { subject, frames: frames(&loaded.history)?, files: loaded.files })
    }

    /// The rows of a range.
    ///
    /// # Errors
    /// A range without bars, and what [`forecaster::table`] refuses.
    pub fn table(&self, horizon: u32, from: Timestamp, to: Timestamp) -> Result<Table, LearningError> {
        let table = forecaster::table(&self.frames, self.subject.timeframe, horizon, from, to)?;
        if table.rows.is_empty() {
            let end = |frame: Option<&Frame>| frame.map_or(Timestamp(0), Frame::ts);
            return Err(LearningError::NoRows {
                venue: self.subject.venue.clone(),
                asset: self.subject.asset.to_string(),
                from,
                to,
                first: end(self.frames.first()),
                last: end(self.frames.last()),
            });
        }
        Ok(table)
    }

    /// Trains on a table of this past.
    ///
    /// # Errors
    /// As [`forecaster::train`].
    pub fn train(
        &self,
        table: &Table,
        (from, to): (Timestamp, Timestamp),
        settings: &Settings,
        progress: &(dyn Fn(&str, usize, usize) + Sync),
    ) -> Result<Learned, LearningError> {
        // Bars that come to the folder later are to be learnt from, also where `to` lies after them.
        let to = table.opens.last().map_or(to, |open| self.subject.timeframe.close(*open).min(to));
        let trained =
            Trained { from, to, rows: table.rows.len() as u64, seed: settings.seed, data: self.files.clone() };
        Ok(forecaster::train(self.subject.clone(), table, trained, settings, progress)?)
    }
}
