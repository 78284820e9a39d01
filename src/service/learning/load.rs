//! A data folder to all that is known of one asset.

use std::{collections::BTreeMap, fs, path::Path};

use sha2::{Digest, Sha256};

use crate::{
    config::{ConfigError, sources::Sources},
    domain::{Asset, KnownCandle, Market, Peer, Timeframe},
    features::{engine, inputs::INPUTS, sink::Group},
    io::data::{DataError, Folder, macro_files, news_files},
    pipeline::{
        forecaster::Subject,
        frames::{History, Numbers},
    },
    service::{
        data::derive::PoolSeries,
        learning::{
            dex::{DexError, dex, traded_pool},
            mood::{MoodError, mood},
            names::{Candidate, candidates},
        },
    },
};

/// Why there is no history.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error(transparent)]
    Data(#[from] DataError),
    #[error(transparent)]
    Mood(#[from] MoodError),
    #[error(transparent)]
    Dex(#[from] DexError),
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("{path}: {source}")]
    Hash { path: String, source: std::io::Error },
    #[error("{folder} has no {timeframe} candles of {asset} at {venue}; it has: {present}", present = present.join(", "))]
    NoCandles { folder: String, venue: String, asset: Asset, timeframe: Timeframe, present: Vec<String> },
}

/// A history, and name and SHA-256 of each file that it was read from.
#[derive(Clone, Debug)]
pub struct Loaded {
    pub history: History,
    pub files: Vec<(String, String)>,
}

/// What is read of a series of candles: its bars and its file.
type Bars = Result<Option<(Vec<KnownCandle>, (String, String))>, LoadError>;

/// Reads the asset's candles, those of its peers, every macro and news series that the folder
/// has, and what its logs tell of the pool of the asset's market; what it has not is missing.
///
/// # Errors
/// [`LoadError`]: no candles of the asset, or the first fault of any file.
pub fn load(folder: &Folder, subject: &Subject, sources: &Sources) -> Result<Loaded, LoadError> {
    let Subject { venue, asset, timeframe } = subject;
    let read = |peer: &Peer| -> Bars {
        let Some(file) = folder.candle_file(&peer.venue, &peer.asset, *timeframe)? else { return Ok(None) };
        let candles = file.candles()?.collect::<Result<_, _>>()?;
        Ok(Some((candles, hashed(folder, &file.path)?)))
    };
    let own = Peer { venue: venue.clone(), asset: asset.clone() };
    let wanted = engine::peers(venue, asset);
    let pool = traded_pool(asset, sources)?;
    let (own, bars, numbers) = std::thread::scope(|scope| {
        // Most of the time goes into decompression; the scorer is busy for as long.
        let numbers = scope.spawn(|| numbers(folder, *timeframe, pool.as_ref(), sources));
        let own = read(&own);
        let bars: Vec<Bars> = wanted.iter().map(read).collect();
        (own, bars, numbers.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    });
    let Some((own, file)) = own? else {
        let present = folder.files().iter().map(|file| file.series().to_string()).collect();
        let folder = folder.dir().display().to_string();
        let (venue, asset, timeframe) = (venue.clone(), asset.clone(), *timeframe);
        return Err(LoadError::NoCandles { folder, venue, asset, timeframe, present });
    };
    let (series, read) = numbers?;
    let mut files = vec![file];
    let mut peers = Vec::with_capacity(wanted.len());
    for (peer, bars) in wanted.iter().zip(bars) {
        let (candles, file) = bars?.map_or((Vec::new(), None), |(candles, file)| (candles, Some(file)));
        files.extend(file);
        peers.push((format!("{}/{}", peer.venue, peer.asset), candles));
    }
    for file in read {
        // The spread is held against candles that may be a peer's too.
        if !files.contains(&file) {
            files.push(file);
        }
    }
    let names = candidates(subject, pool.as_ref().map(|(name, _)| name.as_str()), sources);
    let named = |of_input: &Vec<Candidate>| of_input.iter().filter_map(|(name, _)| series.get(name).cloned()).collect();
    let inputs = names.iter().map(named).collect();
    Ok(Loaded { history: History { timeframe: *timeframe, own, peers, inputs }, files })
}

type Series = (BTreeMap<String, Numbers>, Vec<(String, String)>);

/// Every macro series, the hourly sentiment and those of the pool, by name, and the files read.
fn numbers(
    folder: &Folder,
    timeframe: Timeframe,
    pool: Option<&(String, Market)>,
    sources: &Sources,
) -> Result<Series, LoadError> {
    let (mut series, mut files) = (BTreeMap::new(), Vec::new());
    let inputs = || INPUTS.iter().filter(|input| input.group == Group::Macro);
    for file in macro_files(folder.dir(), &sources.macros.by_file()) {
        let file = file?;
        let name = file.rule.name.clone();
        if inputs().any(|input| input.series.contains(&name.as_str())) {
            let observations = file.read()?.observations;
            series.insert(name.clone(), Numbers { name, observations, max_age: Some(file.rule.stale_after) });
            files.push(hashed(folder, &file.path)?);
        }
    }
    for file in news_files(folder.dir()) {
        files.push(hashed(folder, &file?)?);
    }
    series.extend(mood(folder, &sources.sentiment)?.into_iter().map(|numbers| (numbers.name.clone(), numbers)));
    if let Some((name, market)) = pool {
        let pool = PoolSeries { name, market, chain_id: sources.dex.chain_id };
        let (told, read) = dex(folder, pool, timeframe, &sources.exchanges)?;
        series.extend(told.into_iter().map(|numbers| (numbers.name.clone(), numbers)));
        for path in read {
            files.push(hashed(folder, &path)?);
        }
    }
    Ok((series, files))
}

/// The file's name within the folder, and its checksum.
fn hashed(folder: &Folder, path: &Path) -> Result<(String, String), LoadError> {
    let name = path.strip_prefix(folder.dir()).unwrap_or(path).display().to_string();
    let content = fs::read(path).map_err(|source| LoadError::Hash { path: path.display().to_string(), source })?;
    let digest = Sha256::digest(&content);
    Ok((name, digest.iter().map(|byte| format!("{byte:02x}")).collect()))
}
