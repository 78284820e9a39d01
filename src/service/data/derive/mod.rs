//! Series made of what is stored: sentiment of posts, bars and flow of a pool's logs.
//!
//! Each is a pure function of stored rows and their `known_at`, so that deriving again gives the
//! same; where rows came in since that would have changed what was said of the past, the new
//! figure is a revision that is known from now on.

mod pools;
mod sentiment;

pub use pools::{PoolSeries, pool, traded};
pub use sentiment::sentiment;

use crate::{
    config::sources::SentimentSettings,
    domain::{Observation, Timeframe},
    io::store::data::{DataStoreError, Fault, Written},
    sentiment::vader::Vader,
    service::data::fetch::{Context, Report},
    units::Timestamp,
};

/// Why a series cannot be derived.
#[derive(Debug, thiserror::Error)]
pub enum DeriveError {
    #[error(transparent)]
    Store(#[from] DataStoreError),
    #[error("post {post} of {by}: {why}")]
    Score { by: String, post: String, why: String },
    #[error("{pool}: {fault}")]
    Log { pool: String, fault: crate::market::DecodeError },
}

/// Derives sentiment, with its settings where they are given, and bars and flow of pools.
///
/// # Errors
/// The store's, and rows in it that cannot be used.
pub async fn all(
    context: &Context<'_>,
    settings: Option<&SentimentSettings>,
    pools: &[PoolSeries<'_>],
    timeframes: &[Timeframe],
) -> Result<Vec<Report>, DeriveError> {
    let mut reports = Vec::new();
    if let Some(settings) = settings {
        let sentiment = sentiment(context, settings, &Vader).await?;
        let mut report = Report::new("sentiment");
        (report.new, report.revised) = (sentiment.new, sentiment.revised);
        for (reason, count) in &sentiment.dropped {
            report.drop(reason, *count);
        }
        reports.push(report);
    }
    for series in pools {
        for timeframe in timeframes {
            let mut report = Report::new(format!("bars {} {timeframe}", series.name));
            report.add(pool(context, *series, *timeframe).await?);
            reports.push(report);
        }
    }
    Ok(reports)
}

/// Stores a series, whatever of it is there already.
async fn put(context: &Context<'_>, series: &str, observations: &[Observation]) -> Result<Written, DataStoreError> {
    let put = async |observations: &[Observation]| {
        context.keeper.ask(async |store| store.put_observations(series, observations, None).await).await
    };
    match put(observations).await {
        Err(DataStoreError { fault: Fault::Clash { .. }, .. }) => {}
        other => return other,
    }
    let all = Timestamp(0)..Timestamp(u64::MAX);
    let stored = context.keeper.ask(async |store| store.observations(series, all.clone(), None).await).await?;
    let now = context.clock.now();
    let revised = |new: &Observation| {
        let held = stored.binary_search_by_key(&new.ts, |held| held.ts).ok();
        let differs = held.is_some_and(|at| stored[at].value.to_bits() != new.value.to_bits());
        Observation { known_at: if differs { now } else { new.known_at }, ..*new }
    };
    put(&observations.iter().map(revised).collect::<Vec<_>>()).await
}
