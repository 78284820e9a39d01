//! The news of a data folder to hourly sentiment.

use std::collections::BTreeMap;

use crate::{
    config::sources::SentimentSettings,
    domain::Observation,
    io::data::{DataError, Folder, news_files, news_posts},
    pipeline::frames::Numbers,
    sentiment::{HourAggregate, Hourly, ScoreFault, Vader},
};

/// An hour's sentiment is missing once it is a day old.
pub(super) const MAX_AGE: u64 = 24 * 3_600;

#[derive(Debug, thiserror::Error)]
pub enum MoodError {
    #[error(transparent)]
    Data(#[from] DataError),
    #[error(transparent)]
    Score(#[from] ScoreFault),
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
    let mut hourly = Hourly::new(settings.filter.clone(), settings.aggregate, &Vader, first.known_at);
    let mut series: BTreeMap<String, Vec<Observation>> = BTreeMap::new();
    let mut collect = |ended: Vec<HourAggregate>| {
        for (name, observation) in ended.iter().flat_map(HourAggregate::series) {
            series.entry(name).or_default().push(observation);
        }
    };
    for post in posts {
        // What is dropped, `shoal data import` counts.
        collect(hourly.push(post)?.1);
    }
    collect(hourly.close(until));
    let numbers = |(name, observations)| Numbers { name, observations, max_age: Some(MAX_AGE) };
    Ok(series.into_iter().map(numbers).collect())
}
