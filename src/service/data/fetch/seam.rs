//! Where a fetch of logs goes on: whether what is stored lies on the chain that is read now.
//!
//! With each page the hash of its last block is stored, and beside it those of the last blocks
//! before. A block's hash says all that came before it, so one that is as it was proves the rest.

use std::{collections::BTreeMap, ops::RangeInclusive};

use alloy::primitives::B256;
use serde::{Deserialize, Serialize};

use super::stretches::missing;
use crate::{
    io::chain::{Chain, RpcError, TimedLog},
    service::{follow::known, retry::Patience},
    units::BlockNumber,
};

/// Blocks whose hashes are kept.
pub(super) const KEEP: u64 = 64;

/// The position of a pool's job.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Seam {
    /// The hashes of the last known blocks, not of each.
    hashes: BTreeMap<BlockNumber, B256>,
    /// Blocks that were taken back, ascending: to be read again, whatever else is asked for.
    pub(super) owed: Vec<RangeInclusive<BlockNumber>>,
}

/// How what is known goes with the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    Whole,
    /// The kept blocks before this one are as they were; from this one on they may be others.
    Parts(BlockNumber),
    /// None of the kept blocks is as it was. The newest, its hash as it was kept, and the chain's.
    TooDeep {
        block: BlockNumber,
        kept: B256,
        chain: B256,
    },
    /// The node has not even this block.
    Behind(BlockNumber),
}

impl Seam {
    /// A text that was not written by [`Self::text`] is no position.
    pub(super) fn parse(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }

    pub(super) fn text(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }

    /// The first and the last block whose hash is kept.
    pub(super) fn ends(&self) -> Option<(BlockNumber, BlockNumber)> {
        Some((*self.hashes.first_key_value()?.0, *self.hashes.last_key_value()?.0))
    }

    pub(super) fn keep(&mut self, hashes: impl IntoIterator<Item = (BlockNumber, B256)>) {
        self.hashes.extend(hashes);
        while self.hashes.len() as u64 > KEEP {
            self.hashes.pop_first();
        }
    }

    /// Forgets the blocks of `from` and later.
    pub(super) fn take_back(&mut self, from: BlockNumber) {
        self.hashes.split_off(&from);
    }

    /// Notes blocks that are to be read again.
    pub(super) fn owe(&mut self, blocks: impl IntoIterator<Item = RangeInclusive<BlockNumber>>) {
        self.owed.extend(blocks);
        self.owed.sort_by_key(|range| *range.start());
    }

    /// Forgets of the blocks that are to be read again those that were; whether there were any.
    pub(super) fn settle(&mut self, scanned: &[RangeInclusive<BlockNumber>]) -> bool {
        let left: Vec<_> = self.owed.iter().flat_map(|owed| missing(owed, scanned)).collect();
        let settled = left != self.owed;
        self.owed = left;
        settled
    }

    /// Whether a log names another block than the one that is kept.
    pub(super) fn contradicts(&self, log: &TimedLog) -> bool {
        let (told, kept) = (log.log.block_hash, self.hashes.get(&log.log.block_number));
        told.zip(kept).is_some_and(|(told, kept)| told != *kept)
    }

    /// Compares the newest block with the chain's, and where that is another, finds the last that
    /// is not.
    pub(super) async fn fit(&self, chain: &Chain, patience: &Patience) -> Result<Fit, RpcError> {
        let Some((&block, &kept)) = self.hashes.last_key_value() else { return Ok(Fit::Whole) };
        let Some(found) = hash(chain, patience, block).await? else { return Ok(Fit::Behind(block)) };
        if found == kept {
            return Ok(Fit::Whole);
        }
        let blocks: Vec<_> = self.hashes.iter().collect();
        // Those below `agree` are as they were, those from `part` on are not.
        let (mut agree, mut part) = (0, blocks.len() - 1);
        while agree < part {
            let middle = (agree + part) / 2;
            let (&block, &kept) = blocks[middle];
            if hash(chain, patience, block).await? == Some(kept) {
                agree = middle + 1;
            } else {
                part = middle;
            }
        }
        Ok(match agree.checked_sub(1) {
            Some(last) => Fit::Parts(BlockNumber(blocks[last].0.0 + 1)),
            None => Fit::TooDeep { block, kept, chain: found },
        })
    }
}

/// None for a block that the node has not.
pub(super) async fn hash(chain: &Chain, patience: &Patience, block: BlockNumber) -> Result<Option<B256>, RpcError> {
    let header = patience.ask(async || known(chain.header(block).await)).await?;
    Ok(header.map(|header| header.hash))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seam(blocks: std::ops::Range<u64>) -> Seam {
        let mut seam = Seam::default();
        seam.keep(blocks.map(|block| (BlockNumber(block), B256::with_last_byte(block as u8))));
        seam
    }

    #[test]
    fn only_the_last_blocks_are_kept_and_read_back() {
        let mut seam = seam(0..100);
        assert_eq!(seam.ends(), Some((BlockNumber(36), BlockNumber(99))));
        seam.owed = vec![BlockNumber(7)..=BlockNumber(9)];
        assert_eq!(Seam::parse(&seam.text().unwrap()), seam);
        seam.take_back(BlockNumber(40));
        assert_eq!(seam.ends(), Some((BlockNumber(36), BlockNumber(39))));
        seam.take_back(BlockNumber(0));
        assert_eq!(seam.ends(), None);
        assert_eq!(Seam::parse("of another program"), Seam::default());
    }

    #[test]
    fn what_is_owed_is_owed_until_it_is_known() {
        let blocks = |start, end| BlockNumber(start)..=BlockNumber(end);
        let mut seam = Seam::default();
        seam.owe([blocks(20, 30)]);
        seam.owe([blocks(5, 9)]);
        assert_eq!(seam.owed, [blocks(5, 9), blocks(20, 30)]);
        assert!(!seam.settle(&[blocks(0, 4), blocks(31, 40)]));
        assert!(seam.settle(&[blocks(0, 9), blocks(22, 40)]));
        assert_eq!(seam.owed, [blocks(20, 21)]);
        assert!(seam.settle(&[blocks(0, 40)]) && seam.owed.is_empty());
    }
}
