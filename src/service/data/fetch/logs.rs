//! Event logs of pools.

use std::ops::RangeInclusive;

use super::{Context, Event, Report};
use crate::{
    io::{
        chain::{Chain, LogPages, RpcError},
        store::data::{DataStoreError, ScannedRange},
    },
    service::{live::history::first_at, retry::Patience},
    units::{BlockNumber, Timestamp},
};

/// The most blocks asked for at once.
const RANGE: u64 = 2_000;

/// One pool's logs since a time, up to blocks that no reorganisation reaches any more.
#[derive(Debug)]
pub struct LogJob<'a> {
    pub chain: &'a Chain,
    pub chain_id: u64,
    pub pool: alloy::primitives::Address,
    /// For messages.
    pub name: &'a str,
    pub from: Timestamp,
    /// Blocks below the head that are left for later.
    pub confirmations: u64,
    pub patience: &'a Patience,
}

impl LogJob<'_> {
    pub(super) fn name(&self) -> String {
        format!("logs {}", self.name)
    }

    pub(super) async fn run(&self, context: &Context<'_>) -> Result<Report, DataStoreError> {
        let name = self.name();
        let mut report = Report::new(&name);
        let (chain_id, pool) = (self.chain_id, self.pool);
        let wanted = match self.wanted().await {
            Ok(wanted) => wanted,
            Err(error) => return Ok(report.failed(&error)),
        };
        let scanned = context.keeper.ask(async |store| store.scanned(chain_id, pool).await).await?;
        let stretches = missing(&wanted, &scanned);
        let blocks = |range: &RangeInclusive<BlockNumber>| range.end().0.saturating_sub(range.start().0) + 1;
        context.tell(Event::Began { job: &name, total: Some(stretches.iter().map(blocks).sum()), unit: "blocks" });
        for stretch in stretches {
            let mut pages = LogPages::new(self.chain.clone(), vec![pool], *stretch.start(), *stretch.end(), RANGE);
            loop {
                let page = tokio::select! {
                    page = self.patience.ask(async || pages.next().await) => page,
                    () = context.interrupt.wait() => return Ok(report.interrupted()),
                };
                let page = match page {
                    Ok(Some(page)) => page,
                    Ok(None) => break,
                    Err(error) => return Ok(report.failed(&error)),
                };
                let range = ScannedRange { pools: vec![pool], blocks: page.from..=page.to };
                let put = async |store: &mut crate::io::store::data::DataStore| {
                    store.put_logs(chain_id, &page.logs, &range, None).await
                };
                report.add(context.keeper.ask(put).await?);
                context.tell(Event::Advanced { job: &name, by: blocks(&range.blocks) });
            }
        }
        Ok(report)
    }

    /// The blocks since `from` that are deep enough.
    async fn wanted(&self) -> Result<RangeInclusive<BlockNumber>, RpcError> {
        let head = self.patience.ask(async || self.chain.head().await).await?;
        let last = BlockNumber(head.0.saturating_sub(self.confirmations));
        let first = first_at(self.chain, self.patience, self.from, BlockNumber(0), last).await?;
        Ok(first..=last)
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
