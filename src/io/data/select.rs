//! Chooses venue, trading range and history for a set of assets.

use std::{collections::BTreeSet, path::PathBuf};

use super::{DataError, Folder, folder};
use crate::{
    domain::{Asset, HourBars, PriceBar, Timeframe},
    units::Timestamp,
};

const HOUR: u64 = Timestamp::HOUR;
/// The venues tried first where none is asked for; the others follow by name.
const PREFERRED: [&str; 4] = ["binance_spot", "binance_perp", "coinbase_spot", "kraken_spot"];
/// How many missing hours an error names.
const NAMED: usize = 3;

/// What to trade on.
#[derive(Clone, Debug)]
pub struct Request {
    pub assets: Vec<Asset>,
    /// The venues to try, the best first. Empty: `binance_spot`, `binance_perp`,
    /// `coinbase_spot`, `kraken_spot`, then the others by name.
    pub venues: Vec<String>,
    /// The open of the first hour traded. Without it: `hours` before `to`.
    pub from: Option<Timestamp>,
    /// The end of the last hour traded. Without it: `hours` after `from`, and without either the
    /// end of what all assets have.
    pub to: Option<Timestamp>,
    /// The range's length where `from` and `to` do not both say it.
    pub hours: usize,
    /// At most so many hours directly before the range.
    pub history_hours: usize,
    /// Leave missing hours of the range out instead of refusing them.
    pub allow_gaps: bool,
}

/// The bars chosen.
#[derive(Clone, Debug, PartialEq)]
pub struct Selection {
    pub venue: String,
    /// One file an asset, in the order asked for.
    pub files: Vec<PathBuf>,
    /// The trading range: opens of the first hour and of the hour after the last.
    pub from: Timestamp,
    pub to: Timestamp,
    /// The hours of the range. An hour that no asset has is left out; a bar is `None` only where
    /// gaps were allowed.
    pub hours: Vec<HourBars>,
    /// The unbroken stretch directly before the range, every bar present.
    pub history: Vec<HourBars>,
    /// What the caller should tell: a history cut short, hours left out.
    pub notes: Vec<String>,
}

impl Folder {
    /// The first venue in which every asset covers the trading range, with its bars there and the
    /// unbroken history before it.
    ///
    /// A missing hour inside the range is an error unless `allow_gaps`; so is a fault in any file
    /// that had to be read.
    pub fn select(&self, request: &Request) -> Result<Selection, DataError> {
        check(request)?;
        let mut lacking = Vec::new();
        let mut covered = Vec::new();
        for venue in self.order(&request.venues)? {
            let mut files = Vec::new();
            for asset in &request.assets {
                match self.find(&venue, asset, Timeframe::H1)? {
                    Some(file) => files.push(file),
                    None => lacking.push(format!("{venue} has no {asset}")),
                }
            }
            if files.len() < request.assets.len() {
                continue;
            }
            let series = read_all(&files)?;
            match range(request, &series) {
                Some((from, to)) => return take(request, venue, files, &series, from, to),
                None => covered.extend(files.iter().zip(&series).map(|(file, bars)| {
                    let (first, last) = ends(bars);
                    format!("{} covers {first} to {last}", file.display())
                })),
            }
        }
        if covered.is_empty() {
            let assets = request.assets.iter().map(ToString::to_string).collect();
            return Err(DataError::NoVenue { folder: self.dir().to_owned(), assets, tried: lacking });
        }
        Err(DataError::NotCovered { wanted: wanted(request), covered })
    }

    fn order(&self, asked: &[String]) -> Result<Vec<String>, DataError> {
        let present = self.venues();
        if let Some(venue) = asked.iter().find(|venue| !present.contains(venue)) {
            return Err(DataError::UnknownVenue { folder: self.dir().to_owned(), venue: venue.clone(), present });
        }
        if !asked.is_empty() {
            return Ok(asked.to_vec());
        }
        let rank = |venue: &String| PREFERRED.iter().position(|name| name == venue).unwrap_or(PREFERRED.len());
        let mut order = present;
        order.sort_by_key(rank);
        Ok(order)
    }
}

fn check(request: &Request) -> Result<(), DataError> {
    if request.assets.is_empty() {
        return Err(DataError::NothingAsked("no asset is named"));
    }
    for (name, at) in [("from", request.from), ("to", request.to)] {
        if let Some(at) = at.filter(|at| at.hour() != *at) {
            return Err(DataError::OffHour { name, at });
        }
    }
    match (request.from, request.to) {
        (Some(from), Some(to)) if from >= to => Err(DataError::EmptyRange { from, to }),
        (Some(_), Some(_)) => Ok(()),
        _ if request.hours == 0 => Err(DataError::NothingAsked("the range has no hours")),
        _ => Ok(()),
    }
}

/// Each file on a thread of its own: most of the time goes into decompression.
fn read_all(files: &[PathBuf]) -> Result<Vec<Vec<PriceBar>>, DataError> {
    std::thread::scope(|scope| {
        let readers: Vec<_> = files.iter().map(|file| scope.spawn(move || folder::read(file, Timeframe::H1))).collect();
        let join = |reader: std::thread::ScopedJoinHandle<'_, _>| {
            reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        readers.into_iter().map(join).collect()
    })
}

/// The opens of the first bar and of the hour after the last. A file read is never empty.
fn ends(bars: &[PriceBar]) -> (Timestamp, Timestamp) {
    let first = bars.first().map_or(Timestamp(0), |bar| bar.ts);
    (first, bars.last().map_or(first, |bar| bar.ts.plus(HOUR)))
}

/// The trading range, where the files cover it.
fn range(request: &Request, series: &[Vec<PriceBar>]) -> Option<(Timestamp, Timestamp)> {
    let first = series.iter().map(|bars| ends(bars).0).max()?;
    let last = series.iter().map(|bars| ends(bars).1).min()?;
    let length = HOUR.checked_mul(request.hours as u64)?;
    let (from, to) = match (request.from, request.to) {
        (Some(from), Some(to)) => (from, to),
        (Some(from), None) => (from, Timestamp(from.0.checked_add(length)?)),
        (None, Some(to)) => (Timestamp(to.0.checked_sub(length)?), to),
        (None, None) => (Timestamp(last.0.checked_sub(length)?), last),
    };
    (first <= from && to <= last).then_some((from, to))
}

fn wanted(request: &Request) -> String {
    let hours = request.hours;
    match (request.from, request.to) {
        (Some(from), Some(to)) => format!("{from} to {to}"),
        (Some(from), None) => format!("{hours} hours from {from}"),
        (None, Some(to)) => format!("{hours} hours to {to}"),
        (None, None) => format!("{hours} hours"),
    }
}

fn take(
    request: &Request,
    venue: String,
    files: Vec<PathBuf>,
    series: &[Vec<PriceBar>],
    from: Timestamp,
    to: Timestamp,
) -> Result<Selection, DataError> {
    let mut notes = Vec::new();
    for (file, bars) in files.iter().zip(series) {
        let missing = missing(bars, from, to);
        if missing.is_empty() {
            continue;
        }
        if !request.allow_gaps {
            let first = missing.iter().copied().take(NAMED).collect();
            return Err(DataError::Gap { file: file.clone(), from, to, missing: missing.len(), first });
        }
        notes.push(format!("{}: {} hours are missing and left out of the range", file.display(), missing.len()));
    }
    let stamps: BTreeSet<Timestamp> = series.iter().flat_map(|bars| within(bars, from, to)).map(|bar| bar.ts).collect();
    let hours = stamps.into_iter().map(|ts| hour(series, ts)).collect();
    let (history, note) = history(request.history_hours, &files, series, from);
    notes.extend(note);
    Ok(Selection { venue, files, from, to, hours, history, notes })
}

/// The stretch before `from` in which every asset has every hour, and why it is short if it is.
fn history(
    wanted: usize,
    files: &[PathBuf],
    series: &[Vec<PriceBar>],
    from: Timestamp,
) -> (Vec<HourBars>, Option<String>) {
    let mut history = Vec::new();
    let mut note = None;
    for back in 1..=wanted as u64 {
        let Some(ts) = back.checked_mul(HOUR).and_then(|seconds| from.0.checked_sub(seconds)).map(Timestamp) else {
            break;
        };
        let hour = hour(series, ts);
        if let Some(lacking) = hour.bars.iter().position(Option::is_none) {
            let begins = ends(&series[lacking]).0;
            let why = if ts < begins { format!("begins at {begins}") } else { format!("has no bar of {ts}") };
            let file = files[lacking].display();
            note = Some(format!("history cut to {} of {wanted} hours: {file} {why}", history.len()));
            break;
        }
        history.push(hour);
    }
    history.reverse();
    (history, note)
}

fn hour(series: &[Vec<PriceBar>], ts: Timestamp) -> HourBars {
    let find = |bars: &Vec<PriceBar>| bars.binary_search_by_key(&ts, |bar| bar.ts).ok().map(|at| bars[at]);
    HourBars { ts, bars: series.iter().map(find).collect() }
}

fn within(bars: &[PriceBar], from: Timestamp, to: Timestamp) -> &[PriceBar] {
    let (start, end) = (bars.partition_point(|bar| bar.ts < from), bars.partition_point(|bar| bar.ts < to));
    &bars[start..end]
}

fn missing(bars: &[PriceBar], from: Timestamp, to: Timestamp) -> Vec<Timestamp> {
    let mut present = within(bars, from, to).iter().map(|bar| bar.ts).peekable();
    let hours = (from.0..to.0).step_by(HOUR as usize).map(Timestamp);
    hours.filter(|ts| present.next_if_eq(ts).is_none()).collect()
}
