//! A data folder to all that is known of one asset.

use std::{collections::BTreeMap, thread::ScopedJoinHandle};

use crate::{
    config::sources::Sources,
    domain::{Asset, KnownCandle, Peer, Timeframe},
    features::{engine, inputs::INPUTS, sink::Group},
    io::data::{DataError, Folder, macro_files},
    pipeline::frames::{History, Numbers},
    service::learning::mood::{MoodError, mood},
};

/// Why there is no history.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error(transparent)]
    Data(#[from] DataError),
    #[error(transparent)]
    Mood(#[from] MoodError),
    #[error("{folder} has no {timeframe} candles of {asset} at {venue}; it has: {present}", present = present.join(", "))]
    NoCandles { folder: String, venue: String, asset: Asset, timeframe: Timeframe, present: Vec<String> },
}

/// Which asset, where and in which bars.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    pub venue: String,
    pub asset: Asset,
    pub timeframe: Timeframe,
}

/// Reads the asset's candles, those of its peers, and every macro and news series that the folder
/// has; what it has not is missing.
///
/// # Errors
/// [`LoadError`]: no candles of the asset, or the first fault of any file.
pub fn load(folder: &Folder, subject: &Subject, sources: &Sources) -> Result<History, LoadError> {
    let Subject { venue, asset, timeframe } = subject;
    let read = |peer: &Peer| folder.candles_of(&peer.venue, &peer.asset, *timeframe);
    let own = Peer { venue: venue.clone(), asset: asset.clone() };
    let peers = engine::peers(venue, asset);
    let (own, bars, mut series) = std::thread::scope(|scope| {
        // Most of the time goes into decompression, and the scorer is busy as long as the rest.
        let numbers = scope.spawn(|| numbers(folder, sources));
        let own = read(&own);
        let bars: Result<Vec<Option<Vec<KnownCandle>>>, DataError> = peers.iter().map(read).collect();
        (own, bars, join(numbers))
    });
    let Some(own) = own? else {
        let present = folder.files().iter().map(|file| file.series().to_string()).collect();
        let folder = folder.dir().display().to_string();
        return Err(LoadError::NoCandles {
            folder,
            venue: venue.clone(),
            asset: asset.clone(),
            timeframe: *timeframe,
            present,
        });
    };
    let peers = peers.iter().zip(bars?);
    let peers =
        peers.map(|(peer, bars)| (format!("{}/{}", peer.venue, peer.asset), bars.unwrap_or_default())).collect();
    let mut take = |name: &&str| {
        let name = name.replace("{asset}", asset.as_str());
        // Two inputs may read one series.
        series.as_mut().ok()?.get(&name).cloned()
    };
    let inputs = INPUTS.iter().map(|input| input.series.iter().filter_map(&mut take).collect()).collect();
    series?;
    Ok(History { timeframe: *timeframe, own, peers, inputs })
}

/// Every macro series and the hourly sentiment, by name.
fn numbers(folder: &Folder, sources: &Sources) -> Result<BTreeMap<String, Numbers>, LoadError> {
    let wanted = |group: Group| INPUTS.iter().filter(move |input| input.group == group).flat_map(|input| input.series);
    let rules = sources.macros.by_file();
    let mut series = BTreeMap::new();
    for file in macro_files(folder.dir(), &rules) {
        let file = file?;
        if wanted(Group::Macro).any(|name| *name == file.rule.name) {
            let name = file.rule.name.clone();
            let observations = file.read()?.observations;
            series.insert(name.clone(), Numbers { name, observations, max_age: Some(file.rule.stale_after) });
        }
    }
    series.extend(mood(folder, &sources.sentiment)?.into_iter().map(|numbers| (numbers.name.clone(), numbers)));
    Ok(series)
}

fn join<T>(reader: ScopedJoinHandle<'_, T>) -> T {
    reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
