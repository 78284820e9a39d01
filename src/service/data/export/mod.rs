//! The store as a data folder: candles, macro series that have a file, posts that came from files,
//! and pools' logs.
//!
//! No file says when a row was known: whoever imports one follows a rule (a bar from its close
//! on, a macro value by the rule of its series, a post by its stamp, a log at its block's time). So only rows of which that
//! is true are written, and importing an export says nothing new; what was known later, such as a
//! revision or a fetched post, is counted.
//!
//! A folder is one export: it appears, or takes the place of an earlier export, when all of it is
//! whole. So nothing of an earlier one is left in it, also where a series has nothing to write.

mod folder;
mod logs;
mod writing;

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
};

use self::{folder::Staged, writing::Writing};
use crate::{
    config::sources::MacroSettings,
    domain::{Candle, Observation, Period, Post, SeriesRule},
    io::{
        data::news_file_of,
        store::{DataStore, DataStoreError, data::SeriesSummary},
    },
    service::interrupt::Interrupt,
    units::Timestamp,
};

/// Bars that are held at a time.
const BARS: u64 = 50_000;
const DAY: u64 = 86_400;

/// How far an export is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Series, and pools with logs, that are written whole, or had nothing to write.
    pub series: usize,
    pub of_series: usize,
    /// Rows that were written.
    pub bars: u64,
    pub values: u64,
    pub posts: u64,
    pub logs: u64,
    /// Rows that were not, for they were known later than a file's reader would take them to be.
    pub later: Later,
    /// Series of numbers that have no file.
    pub without_file: usize,
    /// Pools of other chains than the folder's, whose logs are left out.
    pub elsewhere: usize,
    finished: bool,
}

/// Rows of each kind that are left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Later {
    pub bars: u64,
    pub values: u64,
    pub posts: u64,
}

impl Progress {
    pub fn finished(&self) -> bool {
        self.finished
    }
}

#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error(transparent)]
    Store(#[from] DataStoreError),
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("{name}: it cannot be a file's name in {}", folder.display())]
    Name { folder: PathBuf, name: String },
    /// It would be gone with the export that is to take its place.
    #[error("{} is of no export: remove it, or export to another folder", .0.display())]
    Foreign(PathBuf),
    #[error("{}: it does not tell an export's files: {why}", path.display())]
    List { path: PathBuf, why: String },
}

/// What to write, and where.
#[derive(Debug)]
pub struct Export<'a> {
    pub out: &'a Path,
    /// Only what was known by then.
    pub as_of: Option<Timestamp>,
    pub macros: &'a MacroSettings,
    /// Of the logs: a folder has those of one chain.
    pub chain_id: u64,
    pub interrupt: &'a Interrupt,
}

impl Export<'_> {
    /// Writes `out/candles/<venue>/<SYMBOL>_<timeframe>.csv.gz`, `out/macro/<file>.csv.gz`,
    /// `out/news/<file>.csv.gz` and `out/dex/<pool>_<first>_<last>.raw_logs.csv.gz`, and takes away an
    /// earlier export that was there. Tells `watch` of every part; when the interrupt asks it stops,
    /// and leaves what was there.
    ///
    /// # Errors
    /// The first fault of the store or of the folder, or one with other files than an export's;
    /// what was there stays.
    pub async fn run(&self, store: &mut DataStore, watch: impl FnMut(&Progress)) -> Result<Progress, ExportError> {
        let staged = Staged::begin(self.out)?;
        let progress = Export { out: staged.path(), ..*self }.write(store, watch).await?;
        if progress.finished {
            staged.finish()?;
        }
        Ok(progress)
    }

    async fn write(&self, store: &mut DataStore, mut watch: impl FnMut(&Progress)) -> Result<Progress, ExportError> {
        let (candles, numbers) = (store.candle_series().await?, store.observation_series().await?);
        let files: BTreeMap<String, (String, SeriesRule)> =
            self.macros.by_file().into_iter().map(|(file, rule)| (rule.name.clone(), (file, rule))).collect();
        let (named, unnamed): (Vec<_>, Vec<_>) =
            numbers.into_iter().map(|summary| files.get(&summary.series).ok_or(())).partition(Result::is_ok);
        let (pools, elsewhere): (Vec<_>, Vec<_>) =
            store.scanned_pools().await?.into_iter().partition(|(chain_id, _)| *chain_id == self.chain_id);
        let of_series = candles.len() + named.len() + pools.len();
        let (without_file, elsewhere) = (unnamed.len(), elsewhere.len());
        let mut progress = Progress { of_series, without_file, elsewhere, ..Progress::default() };
        for summary in &candles {
            if !self.candles(store, summary, &mut progress, &mut watch).await? {
                return Ok(progress);
            }
            progress.series += 1;
            watch(&progress);
        }
        for (file, rule) in named.into_iter().flatten() {
            if self.interrupt.requested() {
                return Ok(progress);
            }
            self.values(store, file, rule, &mut progress).await?;
            progress.series += 1;
            watch(&progress);
        }
        if self.interrupt.requested() {
            return Ok(progress);
        }
        self.posts(store, &mut progress).await?;
        for (_, pool) in pools {
            if !self.logs(store, pool, &mut progress, &mut watch).await? {
                return Ok(progress);
            }
            progress.series += 1;
            watch(&progress);
        }
        progress.finished = true;
        watch(&progress);
        Ok(progress)
    }

    /// Whether a row that is known from `known_at` on, and by a file's reader from `told`, is to
    /// be written; counts it as `later` where its reader would be wrong.
    fn takes(&self, known_at: Timestamp, told: Timestamp, later: &mut u64) -> bool {
        let asked = self.as_of.is_none_or(|as_of| known_at <= as_of);
        *later += u64::from(asked && known_at != told);
        asked && known_at == told
    }

    /// Whether the series was written to its end.
    async fn candles(
        &self,
        store: &mut DataStore,
        summary: &SeriesSummary,
        progress: &mut Progress,
        watch: &mut impl FnMut(&Progress),
    ) -> Result<bool, ExportError> {
        let series = &summary.series;
        if series.venue.is_empty() || series.venue.starts_with('.') || series.venue.contains(['/', '\\']) {
            return Err(ExportError::Name { folder: self.out.join("candles"), name: series.venue.clone() });
        }
        let folder = self.out.join("candles").join(&series.venue);
        let name = format!("{}_{}", series.symbol, series.timeframe);
        let mut file = Writing::begin(&folder, &name, "ts,open,high,low,close,volume")?;
        let (mut bars, mut later) = (0, 0);
        let mut from = summary.first;
        while from <= summary.last {
            let to = from.plus(BARS * series.timeframe.seconds());
            for known in store.candle_revisions(series, from..to).await? {
                // A float's shortest text that reads back as the same float.
                let Candle { ts, open, high, low, close, volume } = known.candle;
                if self.takes(known.known_at, series.timeframe.close(ts), &mut later) {
                    file.line(format_args!("{},{open},{high},{low},{close},{volume}", ts.0))?;
                    bars += 1;
                }
            }
            from = to;
            watch(&Progress { bars: progress.bars + bars, ..*progress });
            if self.interrupt.requested() {
                return Ok(false);
            }
        }
        progress.bars += file.finish()?;
        progress.later.bars += later;
        Ok(true)
    }

    async fn values(
        &self,
        store: &mut DataStore,
        file: &str,
        rule: &SeriesRule,
        progress: &mut Progress,
    ) -> Result<(), ExportError> {
        let mut writing = Writing::begin(&self.out.join("macro"), file, "date,value")?;
        let publication = rule.publication;
        for Observation { ts, known_at, value } in
            store.observation_revisions(&rule.name, Timestamp(0)..Timestamp(u64::MAX)).await?
        {
            if self.takes(known_at, publication.known_at(ts), &mut progress.later.values) {
                writing.line(format_args!("{},{value}", date(ts, publication.period)))?;
            }
        }
        progress.values += writing.finish()?;
        Ok(())
    }

    async fn posts(&self, store: &mut DataStore, progress: &mut Progress) -> Result<(), ExportError> {
        let end = self.as_of.map_or(Timestamp(u64::MAX), |as_of| as_of.plus(1));
        let mut files: BTreeMap<String, Vec<Post>> = BTreeMap::new();
        for post in store.posts(Timestamp(0)..end).await? {
            match news_file_of(&post).map(str::to_owned) {
                Some(file) => files.entry(file).or_default().push(post),
                None => progress.later.posts += 1,
            }
        }
        for (file, posts) in files {
            let mut writing = Writing::begin(&self.out.join("news"), &file, "timestamp,headline,description")?;
            for post in posts {
                // A text has no other line than that of a headline.
                let (headline, description) = post.text.split_once('\n').unwrap_or((&post.text, ""));
                let (headline, description) = (quoted(headline), quoted(description));
                writing.line(format_args!("{},{headline},{description}", post.published.0))?;
            }
            progress.posts += writing.finish()?;
        }
        Ok(())
    }
}

/// The date alone where it says everything, else unix seconds.
fn date(ts: Timestamp, period: Period) -> String {
    let text = ts.to_string();
    match text.split_once('T') {
        Some((date, _)) if ts.0.is_multiple_of(DAY) && (period != Period::Month || date.ends_with("-01")) => {
            date.to_owned()
        }
        _ => ts.0.to_string(),
    }
}

/// A field of RFC 4180.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}
