//! Series made of what is stored: sentiment of posts, bars and flow of a pool's logs, and how far
//! those bars lie from the exchanges'.
//!
//! Each is a pure function of stored rows and their `known_at`, so that deriving again gives the
//! same; where rows came in since that would have changed what was said of the past, the new
//! figure is a revision that is known from now on.
//!
//! What came in since the last time is noted in the store, and only what it can have changed is
//! made again, with as much of the rows before as that needs. What is said is what making all of it
//! again says, to the bit. A value that is said no more stays as it was said: the store knows no
//! withdrawal. What blocks told that turn out to be none of the chain's goes with them.

mod compare;
mod pools;
mod resume;
mod sentiment;
mod series;
mod spread;
mod ticks;
mod undo;

pub use compare::{comparable, compared, listed};
pub use pools::{pool, told};
pub use sentiment::sentiment;
pub use series::{PoolSeries, traded};
pub use undo::made_since;

use alloy::primitives::keccak256;

use crate::{
    config::sources::{ExchangeSettings, SentimentSettings},
    domain::Timeframe,
    io::{
        advice::Advice,
        store::data::{DataStoreError, Written},
    },
    sentiment::{ScoreFault, Vader},
    service::data::fetch::{Context, Report, SENTIMENT},
};

/// Why a series cannot be derived.
#[derive(Debug, thiserror::Error)]
pub enum DeriveError {
    #[error(transparent)]
    Store(#[from] DataStoreError),
    #[error(transparent)]
    Score(#[from] ScoreFault),
    #[error("how far it came cannot be written down: {0}")]
    Position(String),
    #[error("{pool}: {fault}")]
    Log { pool: String, fault: crate::market::DecodeError },
    #[error("{pool}: {fault}")]
    Spread { pool: String, fault: crate::market::asof::AsofError },
}

/// Derives sentiment, with its settings where they are given, bars and flow of pools, and their
/// spread to the exchanges'.
///
/// # Errors
/// The store's; what cannot be derived is in its report.
pub async fn all(
    context: &Context<'_>,
    settings: Option<&SentimentSettings>,
    pools: &[PoolSeries<'_>],
    references: &ExchangeSettings,
    timeframes: &[Timeframe],
) -> Result<Vec<Report>, DataStoreError> {
    let mut reports = Vec::new();
    if let Some(settings) = settings {
        reports.push(sentiment_report(context, settings).await?);
    }
    reports.extend(bar_reports(context, pools, timeframes).await?);
    reports.extend(spread_reports(context, pools, references, timeframes).await?);
    Ok(reports)
}

/// Derives the sentiment of the stored posts.
///
/// # Errors
/// As [`all`].
pub async fn sentiment_report(context: &Context<'_>, settings: &SentimentSettings) -> Result<Report, DataStoreError> {
    let mut report = Report::new(SENTIMENT);
    let written = sentiment(context, settings, &Vader).await.map(|sentiment| {
        for (reason, count) in &sentiment.dropped {
            report.drop(reason, *count);
        }
        sentiment.written
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
        // Said once a pool: it is of its logs, whatever the bars' length.
        let mut noted = false;
        for timeframe in timeframes {
            let mut report = Report::new(pools::derivation_name(*series, *timeframe));
            let made = pool(context, *series, *timeframe).await.map(|(written, note)| {
                report.notes.extend(note.filter(|_| !std::mem::replace(&mut noted, true)));
                written
            });
            reports.push(ended(context, report, made).await?);
        }
    }
    Ok(reports)
}

/// Derives the exchanges' consensus and the pools' spread to it.
///
/// # Errors
/// As [`all`].
pub async fn spread_reports(
    context: &Context<'_>,
    pools: &[PoolSeries<'_>],
    references: &ExchangeSettings,
    timeframes: &[Timeframe],
) -> Result<Vec<Report>, DataStoreError> {
    let mut reports = Vec::new();
    for series in pools {
        for timeframe in timeframes {
            let written = spread::pool_spread(context, *series, references, *timeframe).await;
            reports.push(ended(context, Report::new(spread::derivation_name(*series, *timeframe)), written).await?);
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

/// The rules that a derivation follows, as one word to compare by: where they change, all of it is
/// made anew. `Debug` says every setting.
fn fingerprint(rules: &impl std::fmt::Debug) -> String {
    /// To be raised where the code comes to say something else of the same rows and settings.
    const VERSION: u32 = 3;
    let digest = keccak256(format!("{VERSION} {rules:?}"));
    digest.to_string()
}

#[cfg(test)]
mod tests;
