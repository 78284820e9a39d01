//! Posts, as they become known, to the sentiment of each hour: one way for the store's series and
//! for what a model is trained on.

use super::{AggregateParams, Aggregator, Filter, FilterParams, HourAggregate, Reason, Scorer};
use crate::{
    domain::{Observation, Post},
    units::Timestamp,
};

/// Judges, scores and aggregates posts in the order in which they became known.
#[derive(Debug)]
pub struct Hourly<'a> {
    filter: Filter,
    scorer: &'a dyn Scorer,
    aggregator: Aggregator,
    from: Timestamp,
}

/// What became of a post.
#[derive(Clone, Debug, PartialEq)]
pub enum Heard {
    Scored,
    /// Known before the first hour: those after it are judged by it, and it counts in none.
    Early,
    Dropped(Reason),
}

/// A post that the scorer failed on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("post {post} of {by}: {why}")]
pub struct ScoreFault {
    pub by: String,
    pub post: String,
    pub why: String,
}

impl<'a> Hourly<'a> {
    /// Hours from that of `from` on.
    pub fn new(filter: FilterParams, aggregate: AggregateParams, scorer: &'a dyn Scorer, from: Timestamp) -> Self {
        let assets: Vec<_> = filter.assets.iter().map(|terms| terms.asset.clone()).collect();
        Self { filter: Filter::new(filter), scorer, aggregator: Aggregator::new(aggregate, assets, from), from }
    }

    /// Takes the next post. Returned are what became of it and the hours that ended before it.
    ///
    /// # Errors
    /// [`ScoreFault`].
    pub fn push(&mut self, post: Post) -> Result<(Heard, Vec<HourAggregate>), ScoreFault> {
        let known_at = post.known_at;
        let kept = match self.filter.push(post) {
            Ok(_) if known_at < self.from => return Ok((Heard::Early, Vec::new())),
            Ok(kept) => kept,
            Err(dropped) => return Ok((Heard::Dropped(dropped.reason), Vec::new())),
        };
        let score = self.scorer.score(&kept.text).map_err(|error| ScoreFault {
            by: kept.post.source.clone(),
            post: kept.post.id.clone(),
            why: error.to_string(),
        })?;
        let ended = self.close(known_at);
        // Posts come in the order in which they were known: none is late.
        let _ = self.aggregator.push(kept.scored(score));
        Ok((Heard::Scored, ended))
    }

    /// The hours that have ended by `now` and were not told yet.
    pub fn close(&mut self, now: Timestamp) -> Vec<HourAggregate> {
        self.aggregator.close_until(now)
    }
}

impl HourAggregate {
    /// Each figure that the hour has, with the name of its series: `sentiment:ETH:mean`.
    pub fn series(&self) -> impl Iterator<Item = (String, Observation)> + '_ {
        let name = |measure| format!("sentiment:{}:{measure}", self.asset);
        self.observations().into_iter().map(move |(measure, observation)| (name(measure), observation))
    }
}
