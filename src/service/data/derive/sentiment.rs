//! Posts to hourly sentiment.

use std::collections::BTreeMap;

use super::{DeriveError, put};
use crate::{
    config::sources::SentimentSettings,
    domain::Observation,
    io::store::data::Written,
    sentiment::{Aggregator, Filter, Scorer},
    service::data::fetch::Context,
    units::Timestamp,
};

/// What the series' names begin with: `sentiment:ETH:mean`.
const PREFIX: &str = "sentiment";

/// What became of the posts.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct Sentiment {
    pub posts: u64,
    pub scored: u64,
    /// By reason.
    pub dropped: BTreeMap<String, u64>,
    pub new: u64,
    pub revised: u64,
}

/// Scores every stored post once and stores the hours that have ended, as series
/// `sentiment:<asset>:<measure>`.
///
/// # Errors
/// [`DeriveError`].
pub async fn sentiment(
    context: &Context<'_>,
    settings: &SentimentSettings,
    scorer: &dyn Scorer,
) -> Result<Sentiment, DeriveError> {
    let now = context.clock.now();
    let posts = context.keeper.ask(async |store| store.posts(Timestamp(0)..now.plus(1)).await).await?;
    let mut result = Sentiment { posts: posts.len() as u64, ..Sentiment::default() };
    let Some(first) = posts.first().map(|post| post.known_at) else { return Ok(result) };
    let assets = settings.filter.assets.iter().map(|terms| terms.asset.clone());
    let mut filter = Filter::new(settings.filter.clone());
    let mut aggregator = Aggregator::new(settings.aggregate, assets, first);
    let mut series: BTreeMap<String, Vec<Observation>> = BTreeMap::new();
    for post in posts {
        let kept = match filter.push(post) {
            Ok(kept) => kept,
            Err(dropped) => {
                *result.dropped.entry(dropped.reason.name().to_owned()).or_default() += 1;
                continue;
            }
        };
        let score = scorer.score(&kept.text).map_err(|error| DeriveError::Score {
            by: kept.post.source.clone(),
            post: kept.post.id.clone(),
            why: error.to_string(),
        })?;
        result.scored += 1;
        // Posts come in the order in which they were known: none is late.
        for hour in aggregator.close_until(kept.post.known_at) {
            collect(&mut series, &hour);
        }
        let _ = aggregator.push(kept.scored(score));
    }
    for hour in aggregator.close_until(now) {
        collect(&mut series, &hour);
    }
    let mut written = Written::default();
    for (name, observations) in &series {
        written += put(context, name, observations).await?;
    }
    (result.new, result.revised) = (written.new, written.revised);
    Ok(result)
}

fn collect(series: &mut BTreeMap<String, Vec<Observation>>, hour: &crate::sentiment::HourAggregate) {
    for (measure, observation) in hour.observations() {
        series.entry(format!("{PREFIX}:{}:{measure}", hour.asset)).or_default().push(observation);
    }
}
