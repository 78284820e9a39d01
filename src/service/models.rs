//! The model files that a run trades by, and the data that they read.

use std::{collections::BTreeMap, path::PathBuf};

use crate::{
    config::sources::Sources,
    domain::{Asset, Frame, Market, Timeframe},
    io::{
        artifact::{self, ArtifactError},
        data::Folder,
    },
    pipeline::forecaster::{
        ENSEMBLE, Forecaster, ForecasterError, Forecasters, InvalidModelSet, ModelSet, Unsuited, suited,
    },
    service::learning::{LearningError, Past},
    units::Timestamp,
};

/// Model sets in the order of the configured markets, each with its file, and how the series that
/// they read are found.
#[derive(Clone, Debug)]
pub struct Models {
    pub sets: Vec<(String, ModelSet)>,
    pub sources: Sources,
}

/// Why the files give no models to trade by.
#[derive(Debug, thiserror::Error)]
pub enum ModelsError {
    #[error(transparent)]
    Artifact(#[from] ArtifactError),
    #[error("{file}: {why}")]
    Invalid { file: String, why: InvalidModelSet },
    #[error(transparent)]
    Unsuited(#[from] Unsuited),
}

/// Why the models cannot be asked.
#[derive(Debug, thiserror::Error)]
pub enum WarmError {
    #[error("{file}: {source}")]
    Learning { file: String, source: LearningError },
    #[error("{file}: {source}")]
    Forecaster { file: String, source: ForecasterError },
}

/// Forecasters that stand at the begin of a run, and what they are to be told during it.
#[derive(Clone, Debug)]
pub struct Warm {
    pub forecasters: Forecasters,
    /// The frames that close after the begin, by asset, the oldest first.
    pub frames: Vec<(Asset, Timeframe, Vec<Frame>)>,
    /// How each was trained.
    pub lines: Vec<String>,
    /// What to know of the data that they read.
    pub notes: Vec<String>,
}

impl Models {
    /// Reads and checks the files: one for each market, all of one venue, of `venue` if given.
    ///
    /// # Errors
    /// See [`ModelsError`].
    pub fn read(
        files: &[PathBuf],
        markets: &[Market],
        venue: Option<&str>,
        sources: Sources,
    ) -> Result<Self, ModelsError> {
        Ok(Self { sets: sets(files, markets, venue)?, sources })
    }

    /// How each was trained.
    pub fn lines(&self) -> Vec<String> {
        self.sets.iter().map(|(file, set)| line(file, set)).collect()
    }

    /// The venue that all were trained on.
    pub fn venue(&self) -> Option<&str> {
        self.sets.first().map(|(_, set)| set.subject.venue.as_str())
    }

    /// The share of each asset's training rows after which its price rose.
    pub fn base_rates(&self) -> BTreeMap<Asset, f64> {
        self.sets.iter().map(|(_, set)| (set.subject.asset.clone(), set.base_rate)).collect()
    }

    /// Reads the folder as `predict` does, feeds each forecaster the frames that closed by `from`,
    /// those from [`Forecaster::begin`] on, and gives those that close from there to `to`.
    ///
    /// # Errors
    /// A folder without an asset's candles, or with faulty files.
    pub fn warm(&self, folder: &Folder, from: Timestamp, to: Timestamp) -> Result<Warm, WarmError> {
        let (mut ready, mut frames, mut notes) = (Vec::new(), Vec::new(), Vec::new());
        for (file, set) in &self.sets {
            let timeframe = set.subject.timeframe;
            let begin = Forecaster::begin(set, from);
            let past = Past::between(folder, set.subject.clone(), &self.sources, begin, to)
                .map_err(|source| WarmError::Learning { file: file.clone(), source })?;
            tracing::info!(%file, frames = past.frames.len(), "read; warming up");
            let peers = past.frames.first().map_or(0, |frame| frame.peers.len());
            let mut forecaster = Forecaster::new(set.clone(), peers);
            let after = past.frames.partition_point(|frame| timeframe.close(frame.ts()) <= from);
            for frame in &past.frames[..after] {
                let failed = |source| WarmError::Forecaster { file: file.clone(), source };
                forecaster.warm_up(frame).map_err(failed)?;
            }
            tracing::info!(%file, "warm");
            notes.extend(caveats(set, &past, from));
            // A range whose data begin late is played all the same: a note says so.
            ready.push((forecaster, from));
            frames.push((set.subject.asset.clone(), timeframe, past.frames[after..].to_vec()));
        }
        let forecasters = Forecasters::new(ready);
        Ok(Warm { forecasters, frames, lines: self.lines(), notes })
    }
}

/// The sets of these files in the order of the markets, as [`Models::read`] checks them.
fn sets(files: &[PathBuf], markets: &[Market], venue: Option<&str>) -> Result<Vec<(String, ModelSet)>, ModelsError> {
    let mut named = Vec::with_capacity(files.len());
    for path in files {
        let set: ModelSet = artifact::read(path)?;
        let file = path.display().to_string();
        if let Err(why) = set.validate() {
            return Err(ModelsError::Invalid { file, why });
        }
        named.push((file, set));
    }
    let assets: Vec<Asset> = markets.iter().map(|market| market.asset.clone()).collect();
    Ok(suited(named, &assets, venue)?)
}

/// Where a run says less of a model than it seems to.
fn caveats(set: &ModelSet, past: &Past, from: Timestamp) -> Vec<String> {
    let asset = &set.subject.asset;
    let mut notes = Vec::from_iter(trained_after(set, from));
    let read = |name: &String| past.files.iter().any(|(there, _)| there == name);
    let lacking: Vec<&str> =
        set.trained.data.iter().map(|(name, _)| name).filter(|name| !read(name)).map(String::as_str).collect();
    if !lacking.is_empty() {
        notes.push(format!("missing to the {asset} model, which was trained with it: {}", lacking.join(", ")));
    }
    let timeframe = set.subject.timeframe;
    let warm = from.minus(Forecaster::warm_up_seconds(timeframe));
    let first = past.frames.iter().map(Frame::ts).find(|ts| *ts >= warm);
    if let Some(first) = first.filter(|first| *first > warm.plus(timeframe.seconds())) {
        notes.push(format!("the {asset} model's bars begin at {first}: its slowest means are young"));
    }
    notes.extend(past.frames.first().and_then(|first| unlearnt(set, first.ts())));
    notes
}

/// What is to be known where the bars that are fed begin after those that the set was trained on.
pub(super) fn unlearnt(set: &ModelSet, first: Timestamp) -> Option<String> {
    let (asset, to) = (&set.subject.asset, set.trained.to);
    let begin = Forecaster::begin(set, to);
    (first > to).then(|| {
        format!("the {asset} model has not learnt from outcomes from {to} to {first}: bars from {begin} on would do")
    })
}

/// What is to be known where a run begins inside of what the set was trained on.
pub(super) fn trained_after(set: &ModelSet, from: Timestamp) -> Option<String> {
    let (asset, to) = (&set.subject.asset, set.trained.to);
    (from < to)
        .then(|| format!("the {asset} model was trained on bars up to {to}: what is played before is no test of it"))
}

/// How a set was trained.
pub(super) fn line(file: &str, set: &ModelSet) -> String {
    let about = format!(
        "{}: {file}: {} at {}, {} bars of {} ahead",
        set.subject.asset, set.trained, set.subject.venue, set.horizon, set.subject.timeframe
    );
    match set.reports.iter().find(|report| report.name == ENSEMBLE) {
        None => about,
        Some(report) => format!(
            "{about}; of {} rows that it had not seen log loss {:.4}, AUC {:.3}",
            report.rows, report.log_loss, report.auc
        ),
    }
}
