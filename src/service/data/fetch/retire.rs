//! The health of jobs that are no more: a venue, a symbol, a feed or a pool that was taken out of
//! the configuration would count as failing for ever.

use std::collections::BTreeSet;

use super::{
    Context, HEALTH,
    report::{BARS, CANDLES, LOGS, POSTS, SENTIMENT, SERIES, STATES},
};
use crate::{
    domain::{Instrument, Timeframe, Venue},
    io::store::data::DataStoreError,
};

/// The jobs that the configuration has, of some kinds. It does not speak of the others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Configured {
    /// What the names of these kinds' jobs begin with.
    kinds: Vec<&'static str>,
    jobs: BTreeSet<String>,
}

impl Configured {
    pub(super) fn candles(&mut self, venues: &[Venue], instruments: &[Instrument]) {
        self.kinds.push(CANDLES);
        for venue in venues {
            for instrument in instruments.iter().filter(|one| one.listings.contains_key(&venue.name)) {
                let series = |timeframe| format!("{CANDLES}{}/{}_{timeframe}", venue.name, instrument.symbol);
                self.jobs.extend(Timeframe::ALL.map(series));
            }
        }
    }

    pub(super) fn series<'a>(&mut self, names: impl IntoIterator<Item = &'a str>) {
        self.add(SERIES, names);
    }

    pub(super) fn posts<'a>(&mut self, sources: impl IntoIterator<Item = &'a str>) {
        self.add(POSTS, sources);
        self.add(SENTIMENT, [""]);
    }

    /// The chain whose pools' states are read, if any.
    pub(super) fn states(&mut self, chain_id: Option<u64>) {
        self.kinds.push(STATES);
        self.jobs.extend(chain_id.map(|chain_id| format!("{STATES}{chain_id}")));
    }

    pub(super) fn pools(&mut self, names: impl IntoIterator<Item = String>) {
        self.kinds.extend([LOGS, BARS]);
        for name in names {
            self.jobs.extend(Timeframe::ALL.map(|timeframe| format!("{BARS}{name} {timeframe}")));
            self.jobs.insert(format!("{LOGS}{name}"));
        }
    }

    fn add<'a>(&mut self, kind: &'static str, names: impl IntoIterator<Item = &'a str>) {
        self.kinds.push(kind);
        self.jobs.extend(names.into_iter().map(|name| format!("{kind}{name}")));
    }

    /// Whether a job of one of these kinds is configured no more.
    fn lacks(&self, job: &str) -> bool {
        self.kinds.iter().any(|kind| job.starts_with(kind)) && !self.jobs.contains(job)
    }
}

/// Forgets the health of jobs that are configured no more. What they brought, and how far they
/// came, stays.
pub(super) async fn retire(configured: &Configured, context: &Context<'_>) -> Result<(), DataStoreError> {
    let entries = context.keeper.ask(async |store| store.cursors(HEALTH).await).await?;
    let gone: Vec<String> = entries
        .into_iter()
        .map(|(name, _)| name)
        .filter(|name| name.strip_prefix(HEALTH).is_some_and(|job| configured.lacks(job)))
        .collect();
    if gone.is_empty() {
        return Ok(());
    }
    tracing::info!(jobs = ?gone, "configured no more: their health is forgotten");
    context.keeper.ask(async |store| store.remove_cursors(&gone).await).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_it_speaks_of_can_be_gone() {
        let mut configured = Configured::default();
        configured.posts(["rss:a"]);
        configured.pools(["weth".to_owned()]);
        configured.states(Some(1));
        for job in [
            "posts rss:a",
            "sentiment",
            "logs weth",
            "bars weth 5m",
            "pools of chain 1",
            "candles x/ETH_1h",
            "series x",
        ] {
            assert!(!configured.lacks(job), "{job}");
        }
        for job in ["posts rss:b", "logs wbtc", "bars wbtc 1h", "bars weth 2h", "pools of chain 5"] {
            assert!(configured.lacks(job), "{job}");
        }
    }
}
