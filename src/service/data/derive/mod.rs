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
    io::{
        advice::Advice,
        store::data::{DataStoreError, Fault, Written},
    },
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
/// The store's; what cannot be derived is in its report.
pub async fn all(
    context: &Context<'_>,
    settings: Option<&SentimentSettings>,
    pools: &[PoolSeries<'_>],
    timeframes: &[Timeframe],
) -> Result<Vec<Report>, DataStoreError> {
    let mut reports = Vec::new();
    if let Some(settings) = settings {
        reports.push(sentiment_report(context, settings).await?);
    }
    reports.extend(bar_reports(context, pools, timeframes).await?);
    Ok(reports)
}

/// Derives the sentiment of all stored posts.
///
/// # Errors
/// As [`all`].
pub async fn sentiment_report(context: &Context<'_>, settings: &SentimentSettings) -> Result<Report, DataStoreError> {
    let mut report = Report::new("sentiment");
    let written = sentiment(context, settings, &Vader).await.map(|sentiment| {
        for (reason, count) in &sentiment.dropped {
            report.drop(reason, *count);
        }
        Written { new: sentiment.new, revised: sentiment.revised, ..Written::default() }
    });
    ended(context, report, written).await
}

/// Derives bars and flow of pools.
///
/// # Errors
/// As [`all`].
pub async fn bar_reports(
    context: &Context<'_>,
    pools: &[PoolSeries<'_>],
    timeframes: &[Timeframe],
) -> Result<Vec<Report>, DataStoreError> {
    let mut reports = Vec::new();
    for series in pools {
        for timeframe in timeframes {
            let written = pool(context, *series, *timeframe).await;
            reports.push(ended(context, Report::new(format!("bars {} {timeframe}", series.name)), written).await?);
        }
    }
    Ok(reports)
}

/// What became of a derivation. Only a store that fails ends everything.
async fn ended(
    context: &Context<'_>,
    mut report: Report,
    written: Result<Written, DeriveError>,
) -> Result<Report, DataStoreError> {
    match written {
        Ok(written) => report.add(written),
        Err(DeriveError::Store(error)) if error.advice() != Advice::Drop => return Err(error),
        Err(error) => report = report.failed(&error),
    }
    context.note_health(&report).await?;
    Ok(report)
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
