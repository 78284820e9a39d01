//! The store to all that is known of one asset: what a folder's reader is to history.

use std::ops::Range;

use crate::{
    config::{ConfigError, sources::Sources},
    domain::{Asset, CandleSeries, Timeframe},
    features::engine,
    io::{
        data::QUOTES,
        store::{DataStore, DataStoreError},
    },
    pipeline::{
        forecaster::Subject,
        frames::{History, Numbers},
    },
    service::learning::{
        dex::traded_pool,
        names::{Candidate, candidates},
    },
    units::Timestamp,
};

/// How far before the first bar other series are read: longer than any of them stays fresh.
const BEFORE: u64 = 180 * 86_400;

/// Which stored series an asset's frames are made of.
#[derive(Clone, Debug)]
pub struct Stored {
    timeframe: Timeframe,
    own: CandleSeries,
    /// By the name of the peer; `None` where the store has no bars of it.
    peers: Vec<(String, Option<CandleSeries>)>,
    /// Candidates for each input, with when they are too old, in seconds.
    inputs: Vec<Vec<Candidate>>,
}

/// Why the store is of no use.
#[derive(Debug, thiserror::Error)]
pub enum StoredError {
    #[error(transparent)]
    Store(#[from] DataStoreError),
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("{store} has no {timeframe} candles of {asset} at {venue} since {since}: fetch them first")]
    NoCandles { store: String, venue: String, asset: Asset, timeframe: Timeframe, since: Timestamp },
}

impl Stored {
    /// Finds the series that have bars in `bars`.
    ///
    /// # Errors
    /// No candles of the asset itself, or a store that cannot be read.
    pub async fn find(
        store: &mut DataStore,
        subject: &Subject,
        sources: &Sources,
        bars: Range<Timestamp>,
    ) -> Result<Self, StoredError> {
        let Subject { venue, asset, timeframe } = subject;
        let Some(own) = series(store, venue, asset, *timeframe, &bars).await? else {
            return Err(StoredError::NoCandles {
                store: store.place().to_string(),
                venue: venue.clone(),
                asset: asset.clone(),
                timeframe: *timeframe,
                since: bars.start,
            });
        };
        let mut peers = Vec::new();
        for peer in engine::peers(venue, asset) {
            let found = series(store, &peer.venue, &peer.asset, *timeframe, &bars).await?;
            peers.push((format!("{}/{}", peer.venue, peer.asset), found));
        }
        let pool = traded_pool(asset, sources)?;
        let inputs = candidates(subject, pool.as_ref().map(|(name, _)| name.as_str()), sources);
        Ok(Self { timeframe: *timeframe, own, peers, inputs })
    }

    /// How many of the peers that it may read it has.
    pub fn peers(&self) -> (usize, usize) {
        (self.peers.iter().filter(|(_, series)| series.is_some()).count(), self.peers.len())
    }

    /// The bars that open in `bars`, and what was known beside them, with every revision.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn read(&self, store: &mut DataStore, bars: Range<Timestamp>) -> Result<History, DataStoreError> {
        let own = store.candle_revisions(&self.own, bars.clone()).await?;
        let mut peers = Vec::with_capacity(self.peers.len());
        for (name, series) in &self.peers {
            let candles = match series {
                Some(series) => store.candle_revisions(series, bars.clone()).await?,
                None => Vec::new(),
            };
            peers.push((name.clone(), candles));
        }
        let known = bars.start.minus(BEFORE)..self.timeframe.close(bars.end);
        let mut inputs = Vec::with_capacity(self.inputs.len());
        for candidates in &self.inputs {
            let mut read = Vec::with_capacity(candidates.len());
            for (name, max_age) in candidates {
                let observations = store.observation_revisions(name, known.clone()).await?;
                read.push(Numbers { name: name.clone(), observations, max_age: *max_age });
            }
            inputs.push(read);
        }
        Ok(History { timeframe: self.timeframe, own, peers, inputs })
    }
}

/// The first of `ETHUSDT`, `ETHUSD`, `ETHUSDC` that has bars there.
async fn series(
    store: &mut DataStore,
    venue: &str,
    asset: &Asset,
    timeframe: Timeframe,
    bars: &Range<Timestamp>,
) -> Result<Option<CandleSeries>, DataStoreError> {
    for quote in QUOTES {
        let series = CandleSeries { venue: venue.to_owned(), symbol: format!("{asset}{quote}"), timeframe };
        if !store.candles(&series, bars.clone(), None).await?.is_empty() {
            return Ok(Some(series));
        }
    }
    Ok(None)
}
