//! The news of a data folder to hourly sentiment.

use std::collections::BTreeMap;

use crate::{
    config::sources::SentimentSettings,
    domain::Observation,
    io::data::{DataError, Folder, news_files, news_posts},
    pipeline::frames::Numbers,
    sentiment::{Aggregator, Filter, Scorer, Vader},
};

/// An hour's sentiment is missing once it is a day old.
const MAX_AGE: u64 = 24 * 3_600;

#[derive(Debug, thiserror::Error)]
pub enum MoodError {
    #[error(transparent)]
    Data(#[from] DataError),
    #[error("post {post} of {by}: {why}")]
    Score { by: String, post: String, why: String },
}

/// Series `sentiment:<asset>:<measure>` of all posts of the folder, in the order in which they
/// became known, as the store derives them.
pub(super) fn mood(folder: &Folder, settings: &SentimentSettings) -> Result<Vec<Numbers>, MoodError> {
    let mut posts = Vec::new();
    for file in news_files(folder.dir()) {
        posts.extend(news_posts(&file?)?.posts);
    }
    posts.sort_by(|a, b| (a.known_at, &a.source, &a.id).cmp(&(b.known_at, &b.source, &b.id)));
    let (Some(first), Some(last)) = (posts.first(), posts.last()) else { return Ok(Vec::new()) };
    let until = last.known_at.plus(MAX_AGE);
    let assets = settings.filter.assets.iter().map(|terms| terms.asset.clone());
    let mut aggregator = Aggregator::new(settings.aggregate, assets, first.known_at);
    let mut filter = Filter::new(settings.filter.clone());
    let mut series: BTreeMap<String, Vec<Observation>> = BTreeMap::new();
    let mut collect = |hours: Vec<crate::sentiment::HourAggregate>| {
        for hour in hours {
            for (measure, observation) in hour.observations() {
                series.entry(format!("sentiment:{}:{measure}", hour.asset)).or_default().push(observation);
            }
        }
    };
    for post in posts {
        // What the filter drops, `shoal data import` counts.
        let Ok(kept) = filter.push(post) else { continue };
        let score = Vader.score(&kept.text).map_err(|error| MoodError::Score {
            by: kept.post.source.clone(),
            post: kept.post.id.clone(),
            why: error.to_string(),
        })?;
        collect(aggregator.close_until(kept.post.known_at));
        // In order of time none is late.
        let _ = aggregator.push(kept.scored(score));
    }
    collect(aggregator.close_until(until));
    let numbers = |(name, observations)| Numbers { name, observations, max_age: Some(MAX_AGE) };
    Ok(series.into_iter().map(numbers).collect())
}
