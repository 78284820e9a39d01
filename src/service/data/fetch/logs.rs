//! Event logs of pools.

use std::ops::RangeInclusive;

use alloy::primitives::Address;
use tokio::sync::OnceCell;

use super::{
    Context, Event, Report,
    report::{LOGS, of_pool},
};
use crate::{
    config::ChainSettings,
    io::{
        chain::{Chain, ConnectError, LogPages, RpcError},
        store::data::{DataStore, DataStoreError, ScannedRange},
    },
    service::{
        retry::Patience,
        search::{First, first_since},
    },
    units::{BlockNumber, Timestamp},
};

/// The most blocks asked for at once.
const RANGE: u64 = 2_000;

/// A node that is connected to when it is first needed: one that is away is no other source's
/// trouble.
#[derive(Debug)]
pub struct Node<'a> {
    settings: &'a ChainSettings,
    patience: Patience,
    chain: OnceCell<Chain>,
}

/// Why a node is of no use.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error(transparent)]
    Rpc(#[from] RpcError),
}

impl<'a> Node<'a> {
    /// Nothing is sent yet.
    pub fn new(settings: &'a ChainSettings, patience: Patience) -> Self {
        Self { settings, patience, chain: OnceCell::new() }
    }

    pub(super) fn chain_id(&self) -> u64 {
        self.settings.id
    }

    pub(super) fn patience(&self) -> &Patience {
        &self.patience
    }

    pub(super) async fn chain(&self) -> Result<&Chain, ConnectError> {
        let connect = async || {
            let ChainSettings { rpc, request_timeout, id, .. } = self.settings;
            let url = rpc.expose().as_str();
            self.patience.ask(async || Chain::connect(url, *request_timeout, Some(*id)).await).await
        };
        self.chain.get_or_try_init(connect).await
    }
}

/// One pool's logs since a time, up to blocks that no reorganisation reaches any more.
#[derive(Debug)]
pub struct LogJob<'a> {
    pub node: &'a Node<'a>,
    pub pool: Address,
    /// For messages.
    pub name: &'a str,
    pub from: Timestamp,
    /// Blocks below the head that are left for later.
    pub confirmations: u64,
    /// Whether to ask also for blocks that are known: their logs must be as they are stored.
    pub again: bool,
    /// Where the logs begin, once that is known.
    pub first: OnceCell<First>,
}

impl LogJob<'_> {
    pub(super) fn name(&self) -> String {
        of_pool(LOGS, self.node.chain_id(), self.name)
    }

    pub(super) async fn run(&self, context: &Context<'_>) -> Result<Report, DataStoreError> {
        let name = self.name();
        let mut report = Report::new(&name);
        let (chain_id, pool, patience) = (self.node.chain_id(), self.pool, &self.node.patience);
        let (chain, wanted) = match self.wanted().await {
            Ok(wanted) => wanted,
            // Patience ends with an interrupt.
            Err(_) if context.interrupt.requested() => return Ok(report.interrupted()),
            Err(error) => return Ok(report.failed(&error)),
        };
        if self.first.get().is_some_and(|first| first.cut) {
            let first = wanted.start();
            report.notes.push(format!("the node holds no block before {first}: earlier logs are missing"));
        }
        let known = context.keeper.ask(async |store| store.scanned(chain_id, pool).await).await?;
        let stretches = missing(&wanted, if self.again { &[] } else { &known });
        let blocks = |range: &RangeInclusive<BlockNumber>| range.end().0.saturating_sub(range.start().0) + 1;
        context.tell(Event::Began { job: &name, total: Some(stretches.iter().map(blocks).sum()), unit: "blocks" });
        for stretch in stretches {
            let mut pages = LogPages::new(chain.clone(), vec![pool], *stretch.start(), *stretch.end(), RANGE);
            loop {
                let page = tokio::select! {
                    page = patience.ask(async || pages.next().await) => page,
                    () = context.interrupt.wait() => return Ok(report.interrupted()),
                };
                let page = match page {
                    Ok(Some(page)) => page,
                    Ok(None) => break,
                    Err(_) if context.interrupt.requested() => return Ok(report.interrupted()),
                    Err(error) => return Ok(report.failed(&error)),
                };
                let range = ScannedRange { pools: vec![pool], blocks: page.from..=page.to };
                let put = async |store: &mut DataStore| store.put_logs(chain_id, &page.logs, &range, None).await;
                report.add(context.keeper.ask(put).await?);
                context.tell(Event::Advanced { job: &name, by: blocks(&range.blocks) });
            }
        }
        Ok(report)
    }

    /// The node, and the blocks since `from` that are deep enough.
    async fn wanted(&self) -> Result<(&Chain, RangeInclusive<BlockNumber>), NodeError> {
        let (chain, patience) = (self.node.chain().await?, &self.node.patience);
        let head = patience.ask(async || chain.head().await).await?;
        let last = BlockNumber(head.0.saturating_sub(self.confirmations));
        let first = self.first.get_or_try_init(async || first_since(chain, patience, self.from, last).await).await?;
        Ok((chain, first.block..=last))
    }
}

/// What of `wanted` is in none of `scanned`, which ascend and lie apart.
fn missing(
    wanted: &RangeInclusive<BlockNumber>,
    scanned: &[RangeInclusive<BlockNumber>],
) -> Vec<RangeInclusive<BlockNumber>> {
    let mut missing = Vec::new();
    let mut next = wanted.start().0;
    for range in scanned {
        let (start, end) = (range.start().0, range.end().0);
        if end < next || start > wanted.end().0 {
            continue;
        }
        if next < start {
            missing.push(BlockNumber(next)..=BlockNumber(start - 1));
        }
        next = end.saturating_add(1);
    }
    if next <= wanted.end().0 {
        missing.push(BlockNumber(next)..=*wanted.end());
    }
    missing
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(start: u64, end: u64) -> RangeInclusive<BlockNumber> {
        BlockNumber(start)..=BlockNumber(end)
    }

    #[test]
    fn only_blocks_that_are_not_known_are_asked_for() {
        let all = blocks(10, 20);
        assert_eq!(missing(&all, &[]), [blocks(10, 20)]);
        assert_eq!(missing(&all, &[blocks(0, 9), blocks(21, 30)]), [blocks(10, 20)]);
        assert_eq!(missing(&all, &[blocks(5, 12), blocks(15, 15), blocks(20, 40)]), [blocks(13, 14), blocks(16, 19)]);
        assert_eq!(missing(&all, &[blocks(10, 20)]), []);
        assert_eq!(missing(&all, &[blocks(0, 99)]), []);
        // A single block that is due, and one that is not there yet.
        assert_eq!(missing(&blocks(5, 5), &[]), [blocks(5, 5)]);
    }
}
