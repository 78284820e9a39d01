//! The logs of a data folder to the series of the pool in which an asset's market trades, as the
//! store derives them.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use crate::{
    config::{
        Config, ConfigError, Environment,
        sources::{ExchangeSettings, Sources},
    },
    domain::{Asset, CandleSeries, KnownCandle, Market, Observation, Timeframe},
    io::{
        chain::TimedLog,
        data::{DataError, Folder, log_files, raw_logs},
    },
    pipeline::frames::Numbers,
    service::data::derive::{DeriveError, PoolSeries, comparable, compared, listed, told, traded},
    units::{BlockNumber, Timestamp},
};

/// What a pool's bar says is missing once so many bars more could have been told.
const MAX_AGE_BARS: u64 = 24;

#[derive(Debug, thiserror::Error)]
pub enum DexError {
    #[error(transparent)]
    Data(#[from] DataError),
    #[error("{}: of blocks {first} to {last} it has other logs than the files before it", file.display())]
    Contradicted { file: PathBuf, first: BlockNumber, last: BlockNumber },
    #[error("{files}: {source}")]
    Derive { files: String, source: DeriveError },
}

/// Seconds after which what bars of this length say is too old.
pub(super) fn max_age(timeframe: Timeframe) -> u64 {
    MAX_AGE_BARS * timeframe.seconds()
}

/// Name and market of the pool in which the asset trades by the configuration that the binary
/// carries: the same wherever a model is trained and asked. None where the asset has no market
/// there, or the logs are of another chain.
///
/// # Errors
/// Only where that configuration is faulty.
pub(super) fn traded_pool(asset: &Asset, sources: &Sources) -> Result<Option<(String, Market)>, ConfigError> {
    let config = Config::embedded_demo(&Environment::default())?;
    let pool = traded(&config).into_iter().find(|(_, market)| market.asset == *asset);
    Ok(pool.filter(|_| config.chain.id == sources.dex.chain_id))
}

/// Flow, swaps, liquidity and depth of the pool's bars, and their spread to the exchanges of the folder;
/// with them the files that they were read from, none where the folder has no logs of the pool.
pub(super) fn dex(
    folder: &Folder,
    pool: PoolSeries<'_>,
    timeframe: Timeframe,
    exchanges: &ExchangeSettings,
) -> Result<(Vec<Numbers>, Vec<PathBuf>), DexError> {
    let (mut bars, mut files) = (Vec::new(), Vec::new());
    let mut series: BTreeMap<String, Vec<Observation>> = BTreeMap::new();
    for stretch in stretches(folder, pool)? {
        let (told, untold) =
            told(pool, timeframe, &stretch.logs).map_err(|source| DexError::derive(&stretch.files, source))?;
        if let Some(why) = untold {
            let files: Vec<_> = stretch.files.iter().map(|file| file.display().to_string()).collect();
            tracing::warn!(pool = pool.name, files = files.join(", "), "no depth of bars: {why}");
        }
        let (candles, numbers) = told.named(pool.name, timeframe);
        bars.extend(candles);
        for (name, observations) in numbers {
            series.entry(name).or_default().extend(observations);
        }
        files.extend(stretch.files);
    }
    if let (Some(first), Some(last)) = (bars.first(), bars.last()) {
        let opens = first.candle.ts..last.candle.ts.plus(1);
        for instrument in comparable(pool.market, exchanges) {
            let listing = listed(exchanges, instrument, timeframe);
            let mut venues = Vec::new();
            for of_venue in &listing {
                if let Some((path, candles)) = candles(folder, of_venue, |open| opens.contains(&open))? {
                    venues.push((of_venue.venue.as_str(), candles));
                    files.push(path);
                }
            }
            let spread = compared(pool, instrument, &venues, timeframe, &bars);
            series.extend(spread.map_err(|source| DexError::derive(&files, source))?);
        }
    }
    let max_age = Some(max_age(timeframe));
    let numbers = series.into_iter().map(|(name, observations)| Numbers { name, observations, max_age });
    Ok((numbers.collect(), files))
}

impl DexError {
    fn derive(files: &[PathBuf], source: DeriveError) -> Self {
        let files: Vec<_> = files.iter().map(|file| file.display().to_string()).collect();
        Self::Derive { files: files.join(", "), source }
    }
}

/// The logs of blocks of which none is left out.
#[derive(Debug)]
struct Stretch {
    files: Vec<PathBuf>,
    logs: Vec<TimedLog>,
    last: BlockNumber,
}

/// The pool's logs in the chain's order. As in an import a file is whole from its first block to
/// its last, and files that meet are one stretch.
fn stretches(folder: &Folder, pool: PoolSeries<'_>) -> Result<Vec<Stretch>, DexError> {
    let address = pool.market.pool.address;
    let mut files = Vec::new();
    for file in log_files(folder.dir()) {
        let file = file?;
        if file.address == Some(address) {
            let logs: Vec<_> = raw_logs(&file.path)?.into_iter().map(|row| row.of(address)).collect();
            let (Some(first), Some(last)) = (logs.first(), logs.last()) else {
                return Err(DataError::NoRows { file: file.path }.into());
            };
            files.push((first.log.block_number, last.log.block_number, file.path, logs));
        }
    }
    files.sort_by_key(|(first, last, ..)| (*first, *last));
    let mut stretches: Vec<Stretch> = Vec::new();
    for (first, last, file, logs) in files {
        match stretches.last_mut().filter(|stretch| first.0 <= stretch.last.0.saturating_add(1)) {
            Some(stretch) => stretch.join(&file, first, last, logs)?,
            None => stretches.push(Stretch { files: vec![file], logs, last }),
        }
    }
    Ok(stretches)
}

impl Stretch {
    /// Takes in a file that begins within the stretch or right after it.
    fn join(
        &mut self,
        file: &Path,
        first: BlockNumber,
        last: BlockNumber,
        logs: Vec<TimedLog>,
    ) -> Result<(), DexError> {
        let end = self.last;
        let shared = |dated: &&TimedLog| (first..=last.min(end)).contains(&dated.log.block_number);
        if !self.logs.iter().filter(shared).eq(logs.iter().filter(shared)) {
            return Err(DexError::Contradicted { file: file.to_owned(), first, last: last.min(end) });
        }
        self.logs.extend(logs.into_iter().filter(|dated| dated.log.block_number > end));
        self.files.push(file.to_owned());
        self.last = end.max(last);
        Ok(())
    }
}

type ByOpen = BTreeMap<Timestamp, KnownCandle>;

/// The file of a series and its candles that are wanted, by their opening; `None` where the folder
/// has no such file.
fn candles(
    folder: &Folder,
    series: &CandleSeries,
    wanted: impl Fn(Timestamp) -> bool,
) -> Result<Option<(PathBuf, ByOpen)>, DataError> {
    let Some(file) = folder.series_file(series)? else { return Ok(None) };
    let mut candles = ByOpen::new();
    for known in file.candles()? {
        let known = known?;
        if wanted(known.candle.ts) {
            candles.insert(known.candle.ts, known);
        }
    }
    Ok(Some((file.path, candles)))
}

#[cfg(test)]
mod tests;
