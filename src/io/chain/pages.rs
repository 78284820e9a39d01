//! The logs of many blocks, page by page.

use std::collections::BTreeMap;

use alloy::primitives::{Address, B256};

use super::{
    Chain, RawLog, RpcError,
    ranges::{self, Ranges, too_large},
};
use crate::{
    io::{
        advice::{Advice, Advised},
        endpoint::Endpoint,
    },
    units::{BlockNumber, Timestamp},
};

/// Headers asked for in one batch.
pub const HEADERS_AT_ONCE: usize = 50;

#[derive(Debug, thiserror::Error)]
pub enum PagesError {
    /// Ask again: it goes on with the same page.
    #[error(transparent)]
    Rpc(#[from] RpcError),
    /// Halt: no range is smaller than a block. Ask for fewer pools, or another provider.
    #[error("the logs of block {block} alone are too many for the provider: {source}")]
    BlockTooLarge { block: BlockNumber, source: RpcError },
    /// Ask again: the chain changed while the page was read.
    #[error("block {block} was replaced while its logs were read from {endpoint}")]
    Replaced { block: BlockNumber, endpoint: Endpoint },
}

impl Advised for PagesError {
    fn advice(&self) -> Advice {
        match self {
            Self::Rpc(error) => error.advice(),
            Self::BlockTooLarge { .. } => Advice::Halt,
            Self::Replaced { .. } => Advice::Retry,
        }
    }
}

/// A log and its block's time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimedLog {
    pub log: RawLog,
    pub timestamp: Timestamp,
}

/// All logs of some blocks, in the chain's order. Whoever stores them stores the range with them,
/// and resumes after its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogPage {
    pub from: BlockNumber,
    /// Included.
    pub to: BlockNumber,
    pub logs: Vec<TimedLog>,
}

/// Reads the logs of contracts from block to block, in pages as large as the provider allows.
/// For blocks that no reorganisation reaches any more.
#[derive(Debug)]
pub struct LogPages {
    chain: Chain,
    pools: Vec<Address>,
    ranges: Ranges,
    /// The times of the last page's blocks that the provider did not tell with the logs: kept
    /// while the page is asked for again.
    times: BTreeMap<BlockNumber, (B256, Timestamp)>,
}

impl LogPages {
    /// The logs of `pools` in the blocks from `from` to `to`, both included, at most `largest`
    /// blocks at once.
    pub fn new(chain: Chain, pools: Vec<Address>, from: BlockNumber, to: BlockNumber, largest: u64) -> Self {
        Self { chain, pools, ranges: Ranges::new(from, to, largest), times: BTreeMap::new() }
    }

    /// The next page; `None` when all were read. After an error it goes on where it was.
    ///
    /// # Errors
    /// [`PagesError`].
    pub async fn next(&mut self) -> Result<Option<LogPage>, PagesError> {
        while let Some((from, to)) = self.ranges.current() {
            let logs = match self.chain.timed_logs(&self.pools, from, to).await {
                Ok(logs) => logs,
                Err(error) => {
                    let told = too_large(&error);
                    if told.is_none() && !ranges::may_be_too_large(&error) {
                        return Err(error.into());
                    }
                    // A time-out over one block may be of the moment; what is refused stays so.
                    let is_told = told.is_some() && !ranges::speaks_of_time(&error);
                    match self.ranges.refused(told.flatten()) {
                        Ok(()) => continue,
                        Err(block) if is_told => return Err(PagesError::BlockTooLarge { block, source: error }),
                        Err(_) => return Err(error.into()),
                    }
                }
            };
            let logs = self.timed(logs).await?;
            self.ranges.answered();
            self.times.clear();
            return Ok(Some(LogPage { from, to, logs }));
        }
        Ok(None)
    }

    async fn timed(&mut self, logs: Vec<(RawLog, Option<Timestamp>)>) -> Result<Vec<TimedLog>, PagesError> {
        let untold = logs.iter().filter(|(_, told)| told.is_none()).map(|(log, _)| log.block_number);
        let mut missing: Vec<BlockNumber> = untold.filter(|block| !self.times.contains_key(block)).collect();
        missing.dedup();
        for some in missing.chunks(HEADERS_AT_ONCE) {
            for header in self.chain.headers(some).await? {
                self.times.insert(header.number, (header.hash, header.timestamp));
            }
        }
        let timed = |(log, told): (RawLog, Option<Timestamp>)| match (told, self.times.get(&log.block_number)) {
            (Some(timestamp), _) => Ok(TimedLog { log, timestamp }),
            (None, Some((hash, timestamp))) if Some(*hash) == log.block_hash => {
                Ok(TimedLog { log, timestamp: *timestamp })
            }
            (None, _) => Err(log.block_number),
        };
        let timed: Result<Vec<_>, _> = logs.into_iter().map(timed).collect();
        timed.map_err(|block| {
            self.times.clear();
            PagesError::Replaced { block, endpoint: self.chain.rpc().endpoint().clone() }
        })
    }
}
