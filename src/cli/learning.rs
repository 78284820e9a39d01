//! What the commands that learn have in common.

use std::{
    path::{Path, PathBuf},
    sync::Mutex,
};

use indicatif::ProgressBar;

use super::{
    Context, Usage,
    progress::{bar, spinner},
};
use crate::{
    config::sources::Sources,
    domain::{Asset, Timeframe},
    ensemble::Method,
    io::data::Folder,
    pipeline::{
        forecaster::{
            Settings, Subject, price_models,
            settings::{METHODS, method},
        },
        frames::History,
    },
    service::learning::{Past, load::load},
    units::Timestamp,
};

/// Which asset's past.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct SubjectArgs {
    /// The data folder
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// The asset to forecast, as in the candle files' names
    #[arg(long, default_value = "ETH")]
    asset: String,
    /// The venue, as the folder is called
    #[arg(long, default_value = "binance_perp")]
    venue: String,
    /// The bars' length
    #[arg(long, default_value = "1h")]
    timeframe: Timeframe,
}

/// Which bars.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(super) struct RangeArgs {
    /// The open of the first bar, UTC
    #[arg(long, value_name = "D")]
    from: Timestamp,
    /// The end of the last bar, UTC; no answer after it is looked at
    #[arg(long, value_name = "D")]
    to: Timestamp,
}

impl RangeArgs {
    /// # Errors
    /// A range that ends before it begins.
    pub(super) fn range(self) -> Result<(Timestamp, Timestamp), Usage> {
        let Self { from, to } = self;
        if from < to { Ok((from, to)) } else { Err(Usage(format!("--from {from} is not before --to {to}"))) }
    }
}

/// How to train.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct TrainingArgs {
    /// Bars ahead
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub(super) horizon: u32,
    /// The same seed and data give the same file
    #[arg(long, default_value_t = 1)]
    pub(super) seed: u64,
    /// Folds of a bag, each a member's blind spot
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u8).range(2..=20))]
    folds: u8,
    /// Sets of folds, each cut elsewhere
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=10))]
    sets: u8,
    /// How the forecasts of the price become one
    #[arg(long, default_value = "weighted_voting", value_parser = clap::builder::PossibleValuesParser::new(METHODS))]
    method: String,
    /// A member's weight in weighted voting; unless given price_direction has 4 and another 1
    #[arg(long = "weight", value_name = "MEMBER=WEIGHT", value_parser = weight)]
    weights: Vec<(String, f64)>,
    /// Let weights follow each member's losses, an outcome counting half after so many bars (for
    /// `predict` and `evaluate`: a set trained so does not trade)
    #[arg(long, value_name = "BARS", value_parser = clap::value_parser!(u32).range(1..))]
    recency: Option<u32>,
    /// Search for each specialist's size of trees by validation inside the training range
    #[arg(long)]
    search: bool,
    /// Threads; the result does not depend on it [default: all processors]
    #[arg(long)]
    pub(super) threads: Option<usize>,
}

impl SubjectArgs {
    /// # Errors
    /// Files that are missing or faulty.
    pub(super) fn read(&self, context: &Context) -> eyre::Result<Past> {
        read_past(context, &self.data, self.subject())
    }

    /// All that frames are made of.
    ///
    /// # Errors
    /// Files that are missing or faulty.
    pub(super) fn history(&self, context: &Context) -> eyre::Result<(Subject, History)> {
        let subject = self.subject();
        let loaded = reading(context, &self.data, |folder, sources| Ok(load(folder, &subject, sources)?))?;
        Ok((subject, loaded.history))
    }

    fn subject(&self) -> Subject {
        Subject { venue: self.venue.clone(), asset: Asset::new(&self.asset), timeframe: self.timeframe }
    }
}

/// # Errors
/// Files that are missing or faulty.
pub(super) fn read_past(context: &Context, data: &Path, subject: Subject) -> eyre::Result<Past> {
    reading(context, data, |folder, sources| Ok(Past::read(folder, subject, sources)?))
}

fn reading<T>(
    context: &Context,
    data: &Path,
    read: impl FnOnce(&Folder, &Sources) -> eyre::Result<T>,
) -> eyre::Result<T> {
    let sources = Sources::load(None, &context.environment)?;
    let folder = Folder::open(data)?;
    let waiting = spinner(context, "reading");
    let read = read(&folder, &sources);
    waiting.finish_and_clear();
    read
}

impl TrainingArgs {
    /// # Errors
    /// Weights for a method that has none.
    pub(super) fn settings(&self) -> Result<Settings, Usage> {
        let all = || std::thread::available_parallelism().map_or(1, usize::from);
        let settings = Settings::new(self.horizon, self.seed, self.threads.unwrap_or_else(all).max(1));
        Ok(Settings {
            folds: self.folds.into(),
            sets: self.sets.into(),
            method: self.method()?,
            recency_bars: self.recency,
            search: self.search,
            ..settings
        })
    }

    fn method(&self) -> Result<Method, Usage> {
        let unknown = || Usage(format!("--method {}: one of {}", self.method, METHODS.join(", ")));
        match method(&self.method, &price_models()).ok_or_else(unknown)? {
            Method::WeightedVoting { mut weights } => {
                weights.extend(self.weights.iter().cloned());
                Ok(Method::WeightedVoting { weights })
            }
            _ if !self.weights.is_empty() => Err(Usage("--weight is of --method weighted_voting alone".to_owned())),
            method => Ok(method),
        }
    }
}

fn weight(text: &str) -> Result<(String, f64), String> {
    let (member, weight) = text.split_once('=').ok_or("give MEMBER=WEIGHT")?;
    let members = price_models();
    if !members.contains(&member) {
        return Err(format!("no such member: {}", members.join(", ")));
    }
    let weight: f64 = weight.parse().map_err(|_| format!("{weight} is no number"))?;
    Ok((member.to_owned(), weight))
}

/// A bar of the members grown, and how long each model took.
#[derive(Debug)]
pub(super) struct Watch {
    bar: ProgressBar,
    clock: tokio::time::Instant,
    /// Seconds since the start at which each model was last heard of, in order.
    heard: Mutex<Vec<(String, f64)>>,
}

impl Watch {
    pub(super) fn new(context: &Context) -> Self {
        let bar = bar(context, "{msg} [{wide_bar}] {pos}/{len}, {elapsed}");
        Self { bar, clock: tokio::time::Instant::now(), heard: Mutex::default() }
    }

    pub(super) fn tell(&self, model: &str, done: usize, of: usize) {
        self.bar.set_message(format!("training {model}"));
        self.bar.set_length(of as u64);
        self.bar.set_position(done as u64);
        let now = self.clock.elapsed().as_secs_f64();
        let mut heard = self.heard.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match heard.iter_mut().find(|(name, _)| name == model) {
            Some((_, at)) => *at = now,
            None => heard.push((model.to_owned(), now)),
        }
    }

    /// Ends the bar and says how many seconds each model took; they were trained one after another.
    pub(super) fn seconds(self) -> Vec<(String, f64)> {
        self.bar.finish_and_clear();
        let heard = self.heard.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut before = 0.0;
        heard.into_iter().map(|(name, at)| (name, at - std::mem::replace(&mut before, at))).collect()
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        training: TrainingArgs,
    }

    #[test]
    fn a_given_weight_leaves_the_others() {
        let method = |args: &[&str]| Line::parse_from([&[""], args].concat()).training.method().ok();
        let weights = |of_macro: f64| {
            let all = [("price_direction", 4.0), ("sentiment", 1.0), ("macro", of_macro)];
            Some(Method::WeightedVoting { weights: all.map(|(name, weight)| (name.to_owned(), weight)).into() })
        };
        assert_eq!(method(&[]), weights(1.0));
        assert_eq!(method(&["--weight", "macro=3"]), weights(3.0));
        assert_eq!(method(&["--method", "stacking", "--weight", "macro=3"]), None);
    }
}
