//! Series made of what is stored: sentiment of posts, bars and flow of a pool's logs.
//!
//! Each is a pure function of stored rows and their `known_at`, so that deriving again gives the
//! same; where rows came in since that would have changed what was said of the past, the new
//! figure is a revision that is known from now on.

mod pools;
mod sentiment;

pub use pools::{PoolSeries, pool};
pub use sentiment::sentiment;

use crate::{
    domain::Observation,
    io::store::data::{DataStoreError, Fault, Written},
    service::data::fetch::Context,
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
