//! Scores to series: per asset and hour, from what was known before the hour's end alone.
//!
//! An hour in which no fetch ran looks like an hour without posts. Old posts that are imported
//! can add a mean to a past hour when the series are rebuilt. What leaves the memory leaves at
//! once, which can shift the mean.

use std::{
    collections::{BTreeMap, VecDeque},
    fmt,
};

use super::Score;
use crate::{
    domain::{Asset, Observation},
    units::Timestamp,
};

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AggregateParams {
    /// After so many seconds a post weighs half.
    pub half_life_seconds: f64,
    /// How many hours are looked back upon, the hour itself included; at least one. What an
    /// hour gives depends on these hours alone, so that a restart needs no more of them.
    pub memory_hours: usize,
}

/// A post as far as the series need it.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoredPost {
    pub source: String,
    /// Unique within the source: the same post twice counts once in its hour.
    pub id: String,
    pub known_at: Timestamp,
    /// It counts fully for each.
    pub assets: Vec<Asset>,
    pub score: Score,
}

/// What an hour says of an asset.
///
/// Post `i`, known at `k` with score `s` and confidence `c`, weighs `w = c * 2^(-(E - k) / H)`
/// at the hour's end `E`, with half-life `H`. The sums run over the posts of the memory; a post
/// counts in the hour in which it became known, whenever it was published.
#[derive(Clone, Debug, PartialEq)]
pub struct HourAggregate {
    pub asset: Asset,
    /// The hour's start.
    pub hour: Timestamp,
    /// The hour's end: later than the `known_at` of every post that contributes.
    pub known_at: Timestamp,
    /// The posts of this hour.
    pub count: u64,
    /// `sum(w s) / sum(w)`, -1 to 1. None in an hour whose posts bring no weight: without new
    /// posts all weights fade alike and the last mean stands, so a series that is read by its
    /// last value loses nothing, and its age tells how old the opinion is.
    pub mean: Option<f64>,
    /// The weighted standard deviation of the scores, `sqrt(sum(w (s - mean)^2) / sum(w))`;
    /// none where the mean is none.
    pub dispersion: Option<f64>,
    /// How much evidence there is, 0 to 1: `W / (W + 1)` with `W = sum(w)`. One fresh post of
    /// full confidence gives 0.5, nine give 0.9; it fades in hours without posts.
    pub confidence: f64,
    /// By source, the share of this hour's posts; empty in an hour without posts.
    pub shares: BTreeMap<String, f64>,
}

/// A figure of [`HourAggregate`]; its text names a series.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Measure {
    Count,
    Mean,
    Dispersion,
    Confidence,
    Share(String),
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count => f.write_str("count"),
            Self::Mean => f.write_str("mean"),
            Self::Dispersion => f.write_str("dispersion"),
            Self::Confidence => f.write_str("confidence"),
            Self::Share(source) => write!(f, "share:{source}"),
        }
    }
}

impl HourAggregate {
    /// Each figure that the hour has; what is missing has none.
    pub fn observations(&self) -> Vec<(Measure, Observation)> {
        let mut figures = vec![(Measure::Count, Some(self.count as f64)), (Measure::Confidence, Some(self.confidence))];
        figures.extend([(Measure::Mean, self.mean), (Measure::Dispersion, self.dispersion)]);
        figures.extend(self.shares.iter().map(|(source, share)| (Measure::Share(source.clone()), Some(*share))));
        let observe = |value| Observation { ts: self.hour, known_at: self.known_at, value };
        figures.into_iter().filter_map(|(measure, value)| Some((measure, observe(value?)))).collect()
    }
}

/// A post that became known in an hour that is closed already. Nothing was changed: what was
/// said of that hour stands. The host was late; rebuilding the series from stored posts is the
/// way to have it in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a post known at {known_at} comes after its hour was closed: hours are open from {open_from} on")]
pub struct Late {
    pub known_at: Timestamp,
    pub open_from: Timestamp,
}

/// Sums of weights at the end of one hour.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    weight: f64,
    mean: f64,
    /// `sum(w (s - mean)^2)`
    spread: f64,
}

/// An asset's hours of the memory that have posts, oldest first: each hour's start and sums.
type Memory = VecDeque<(Timestamp, Sums)>;

/// In the order in which they were known, and by their names where that is equal: the order of
/// pushing cannot change a sum.
type Pending = BTreeMap<(Timestamp, String, String), ScoredPost>;

/// Folds scored posts into hours. Posts come in any order; an hour is final once it is closed.
#[derive(Clone, Debug)]
pub struct Aggregator {
    params: AggregateParams,
    open_from: Timestamp,
    pending: Pending,
    memory: BTreeMap<Asset, Memory>,
}

impl Aggregator {
    /// The first hour is the one that holds `from`. Posts of other assets than these are not
    /// counted.
    pub fn new(params: AggregateParams, assets: impl IntoIterator<Item = Asset>, from: Timestamp) -> Self {
        let memory = assets.into_iter().map(|asset| (asset, Memory::new())).collect();
        Self { params, open_from: from.hour(), pending: Pending::new(), memory }
    }

    /// Counts a post into its hour, which may still lie ahead.
    ///
    /// # Errors
    /// [`Late`]; the post is not counted.
    pub fn push(&mut self, post: ScoredPost) -> Result<(), Late> {
        if post.known_at < self.open_from {
            return Err(Late { known_at: post.known_at, open_from: self.open_from });
        }
        self.pending.insert((post.known_at, post.source.clone(), post.id.clone()), post);
        Ok(())
    }

    /// Closes every hour that has ended by `now`: by hour, then by asset. Whoever calls this has
    /// pushed all posts known before `now`'s hour.
    pub fn close_until(&mut self, now: Timestamp) -> Vec<HourAggregate> {
        let mut closed = Vec::new();
        while self.open_from.plus(Timestamp::HOUR) <= now {
            let hour = self.open_from;
            let end = hour.plus(Timestamp::HOUR);
            let later = self.pending.split_off(&(end, String::new(), String::new()));
            let posts: Vec<ScoredPost> = std::mem::replace(&mut self.pending, later).into_values().collect();
            for (asset, memory) in &mut self.memory {
                let posts: Vec<&ScoredPost> = posts.iter().filter(|post| post.assets.contains(asset)).collect();
                closed.push(close(&self.params, asset, hour, &posts, memory));
            }
            self.open_from = end;
        }
        closed
    }
}

fn close(
    params: &AggregateParams,
    asset: &Asset,
    hour: Timestamp,
    posts: &[&ScoredPost],
    memory: &mut Memory,
) -> HourAggregate {
    let end = hour.plus(Timestamp::HOUR);
    let fading = |since: Timestamp| (-(end.since(since) as f64) / params.half_life_seconds).exp2();
    let weighed = posts.iter().map(|post| (post.score.confidence * fading(post.known_at), post.score.value));
    let fresh = Sums::of(weighed.map(|(weight, mean)| Sums { weight, mean, spread: 0.0 }));

    let reach = Timestamp::HOUR * params.memory_hours as u64;
    while memory.pop_front_if(|(start, _)| start.plus(reach) <= hour).is_some() {}
    if fresh.weight > 0.0 {
        memory.push_back((hour, fresh));
    }
    // Each hour's sums were taken at its own end.
    let all = Sums::of(memory.iter().map(|(start, sums)| sums.faded(fading(start.plus(Timestamp::HOUR)))));

    let mut sources: BTreeMap<String, f64> = BTreeMap::new();
    for post in posts {
        *sources.entry(post.source.clone()).or_default() += 1.0;
    }
    let count = posts.len() as u64;
    for posts in sources.values_mut() {
        *posts /= count as f64;
    }
    let says = fresh.weight > 0.0;
    HourAggregate {
        asset: asset.clone(),
        hour,
        known_at: end,
        count,
        mean: says.then_some(all.mean),
        dispersion: says.then(|| (all.spread / all.weight).sqrt()),
        confidence: all.weight / (all.weight + 1.0),
        shares: sources,
    }
}

impl Sums {
    /// The sums of several groups together (T. F. Chan, G. H. Golub and R. J. LeVeque, 1979):
    /// never a negative spread.
    fn of(groups: impl Iterator<Item = Self>) -> Self {
        groups.filter(|group| group.weight > 0.0).fold(Self::default(), |all, group| {
            let weight = all.weight + group.weight;
            let (share, apart) = (group.weight / weight, group.mean - all.mean);
            Self {
                weight,
                mean: all.mean + share * apart,
                spread: all.spread + group.spread + share * all.weight * apart * apart,
            }
        })
    }

    fn faded(self, by: f64) -> Self {
        Self { weight: self.weight * by, spread: self.spread * by, ..self }
    }
}

#[cfg(test)]
mod tests;
