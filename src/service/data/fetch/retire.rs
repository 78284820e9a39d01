//! The health of jobs that are no more: a venue, a symbol, a feed or a pool that was taken out of
//! the configuration would count as failing for ever.

use std::collections::BTreeSet;

use super::{
    Context, HEALTH,
    report::{BARS, CANDLES, LOGS, POSTS, SENTIMENT, SERIES, SPREAD, STATES, of_pool},
};
use crate::{
    domain::{Instrument, Timeframe, Venue},
    io::store::data::DataStoreError,
};

/// The jobs that the configuration has, of some kinds. It does not speak of the others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Configured {
    /// What the names of these kinds' jobs begin with.
    kinds: Vec<String>,
    jobs: BTreeSet<String>,
    /// Jobs that it has no more, whatever their kind.
    gone: BTreeSet<String>,
}

impl Configured {
    pub(super) fn candles(&mut self, venues: &[Venue], instruments: &[Instrument]) {
        self.kinds.push(CANDLES.to_owned());
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

    /// Whether the state of a chain's pools is read. Other chains are other configurations', which
    /// wrote to the same store before it was one chain's.
    pub(super) fn states(&mut self, chain_id: u64, are_read: bool) {
        let job = format!("{STATES}{chain_id}");
        if are_read {
            self.jobs.insert(job);
        } else {
            self.gone.insert(job);
        }
    }

    /// The pools that are traded on a chain; the same holds of other chains.
    pub(super) fn pools(&mut self, chain_id: u64, names: impl IntoIterator<Item = String>) {
        self.kinds.extend([LOGS, BARS, SPREAD].map(|kind| of_pool(kind, chain_id, "")));
        for name in names {
            for made in [BARS, SPREAD].map(|kind| of_pool(kind, chain_id, &name)) {
                self.jobs.extend(Timeframe::ALL.map(|timeframe| format!("{made} {timeframe}")));
            }
            self.jobs.insert(of_pool(LOGS, chain_id, &name));
        }
    }

    fn add<'a>(&mut self, kind: &'static str, names: impl IntoIterator<Item = &'a str>) {
        self.kinds.push(kind.to_owned());
        self.jobs.extend(names.into_iter().map(|name| format!("{kind}{name}")));
    }

    /// Whether a job of one of these kinds is configured no more, or has a name that none is given.
    fn lacks(&self, job: &str) -> bool {
        let speaks_of = self.kinds.iter().any(|kind| job.starts_with(kind.as_str()));
        self.gone.contains(job) || (speaks_of && !self.jobs.contains(job)) || !is_named_so(job)
    }
}

/// Whether this program gives names like this one: earlier ones gave others, which no fetch would
/// ever mend.
fn is_named_so(job: &str) -> bool {
    let of_chain = |rest: &str| rest.split_once('/').is_some_and(|(chain, _)| chain.parse::<u64>().is_ok());
    let pools = [LOGS, BARS, SPREAD].iter().find_map(|kind| job.strip_prefix(kind));
    let others = || [CANDLES, SERIES, POSTS, STATES].iter().any(|kind| job.starts_with(kind)) || job == SENTIMENT;
    pools.map_or_else(others, of_chain)
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
        configured.pools(1, ["weth".to_owned()]);
        configured.states(1, true);
        for job in [
            "posts rss:a",
            "sentiment",
            "logs 1/weth",
            "bars 1/weth 5m",
            "spread 1/weth 5m",
            "pools of chain 1",
            // Another configuration's.
            "logs 10/weth",
            "logs 10/wbtc",
            "bars 10/wbtc 1h",
            "pools of chain 10",
            "candles x/ETH_1h",
            "series x",
        ] {
            assert!(!configured.lacks(job), "{job}");
        }
        for job in ["posts rss:b", "logs 1/wbtc", "bars 1/wbtc 1h", "bars 1/weth 2h", "spread 1/wbtc 1h"] {
            assert!(configured.lacks(job), "{job}");
        }
        // As earlier programs named them.
        for job in ["logs weth", "bars weth 1h", "logs a/weth", "pools weth", "sentiment of BTC"] {
            assert!(configured.lacks(job) && Configured::default().lacks(job), "{job}");
        }
        let mut none = Configured::default();
        none.states(1, false);
        assert!(none.lacks("pools of chain 1") && !none.lacks("pools of chain 10"));
    }
}
