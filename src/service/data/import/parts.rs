//! What lies in a data folder, as rows for the store.

use std::{fs, path::Path, path::PathBuf};

use crate::{
    config::sources::Sources,
    domain::{CandleSeries, KnownCandle, Observation, Post},
    io::{
        chain::TimedLog,
        data::{CandleReader, DataError, Folder, log_files, macro_files, news_files, news_posts, raw_logs},
        store::{
            DataStore, DataStoreError,
            data::{ScannedRange, Written},
        },
    },
};

/// Rows of a transaction.
const ROWS: usize = 20_000;

/// Rows for one call of the store.
pub(super) enum Batch {
    Candles(CandleSeries, Vec<KnownCandle>),
    Observations(String, Vec<Observation>),
    Posts(Vec<Post>),
    /// Of one pool, on the chain of this number.
    Logs(u64, Vec<TimedLog>, ScannedRange),
}

/// Some of a file.
pub(super) struct Portion {
    pub(super) batch: Batch,
    /// How much of the file was read by now, 0 to 1.
    pub(super) share: f64,
    /// How many rows are not of the store, and why.
    pub(super) left_out: Vec<(&'static str, u64)>,
}

type Portions = Box<dyn Iterator<Item = Result<Portion, DataError>>>;

/// A file to import.
pub(super) struct Part {
    pub(super) file: PathBuf,
    /// Its size on the disk.
    pub(super) bytes: u64,
    pub(super) read: Box<dyn FnOnce() -> Result<Portions, DataError> + Send>,
}

/// What lies in a folder.
#[derive(Default)]
pub(super) struct Found {
    pub(super) parts: Vec<Part>,
    /// Files that cannot even be begun.
    pub(super) faults: Vec<DataError>,
    /// Files of logs that do not say whose.
    pub(super) nameless: Vec<PathBuf>,
}

impl Batch {
    pub(super) async fn put(&self, store: &mut DataStore) -> Result<Written, DataStoreError> {
        match self {
            Self::Candles(series, candles) => store.put_candles(series, candles, None).await,
            Self::Observations(series, observations) => store.put_observations(series, observations, None).await,
            Self::Posts(posts) => store.put_posts(posts, None).await,
            Self::Logs(chain_id, logs, scanned) => store.put_logs(*chain_id, logs, scanned, None).await,
        }
    }
}

impl Found {
    /// Every file of the folder. To add a kind: a loop over its files.
    pub(super) fn list(folder: &Folder, sources: &Sources) -> Self {
        let mut found = Self::default();
        for file in folder.candle_files() {
            found.add(file, |file| {
                (file.path.clone(), move || {
                    let candles = CandleBatches { series: file.series(), reader: file.candles()? };
                    Ok(Box::new(candles) as Portions)
                })
            });
        }
        for file in macro_files(folder.dir(), &sources.macros.by_file()) {
            found.add(file, |file| {
                (file.path.clone(), move || {
                    let values = file.read()?;
                    let left_out =
                        vec![("empty values", values.empty as u64), ("values before 1970", values.before_1970 as u64)];
                    whole(Batch::Observations(file.rule.name, values.observations), left_out)
                })
            });
        }
        for file in news_files(folder.dir()) {
            found.add(file, |file| {
                (file.clone(), move || {
                    let news = news_posts(&file)?;
                    whole(Batch::Posts(news.posts), vec![("repeated posts", news.repeated as u64)])
                })
            });
        }
        let chain_id = sources.dex.chain_id;
        for file in log_files(folder.dir()) {
            let address = file.as_ref().ok().and_then(|file| file.address);
            match (file, address) {
                (Ok(file), None) => found.nameless.push(file.path),
                (file, address) => found.add(file, |file| {
                    (file.path.clone(), move || {
                        let rows = raw_logs(&file.path)?;
                        let (Some(first), Some(last), Some(address)) = (rows.first(), rows.last(), address) else {
                            return Err(DataError::NoRows { file: file.path });
                        };
                        let scanned = ScannedRange { pools: vec![address], blocks: first.block..=last.block };
                        let logs = rows.into_iter().map(|row| row.of(address)).collect();
                        whole(Batch::Logs(chain_id, logs, scanned), Vec::new())
                    })
                }),
            }
        }
        found
    }

    fn add<F, R>(&mut self, file: Result<F, DataError>, part: impl FnOnce(F) -> (PathBuf, R))
    where
        R: FnOnce() -> Result<Portions, DataError> + Send + 'static,
    {
        let part =
            file.map(part).and_then(|(file, read)| Ok(Part { bytes: bytes(&file)?, file, read: Box::new(read) }));
        match part {
            Ok(part) => self.parts.push(part),
            Err(fault) => self.faults.push(fault),
        }
    }
}

fn bytes(file: &Path) -> Result<u64, DataError> {
    Ok(fs::metadata(file).map_err(|source| DataError::Io { file: file.to_owned(), source })?.len())
}

/// A file that is read at once.
fn whole(batch: Batch, left_out: Vec<(&'static str, u64)>) -> Result<Portions, DataError> {
    Ok(Box::new(std::iter::once(Ok(Portion { batch, share: 1.0, left_out }))))
}

struct CandleBatches {
    series: CandleSeries,
    reader: CandleReader,
}

impl Iterator for CandleBatches {
    type Item = Result<Portion, DataError>;

    fn next(&mut self) -> Option<Self::Item> {
        let candles = match self.reader.by_ref().take(ROWS).collect::<Result<Vec<_>, _>>() {
            Ok(candles) if candles.is_empty() => return None,
            Ok(candles) => candles,
            Err(error) => return Some(Err(error)),
        };
        let batch = Batch::Candles(self.series.clone(), candles);
        Some(Ok(Portion { batch, share: self.reader.progress(), left_out: Vec::new() }))
    }
}
