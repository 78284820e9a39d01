//! What the node's answers become.

use alloy::{
    primitives::{Address, B256, Bytes},
    rpc::types::{Log, TransactionReceipt},
};

use crate::units::{BlockNumber, SqrtPriceX96, Tick, Wei};

/// An event log as the node, or a file, gave it; `market` decodes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawLog {
    pub address: Address,
    pub topics: Vec<B256>,
    pub data: Bytes,
    pub block_number: BlockNumber,
    /// A node tells it, a file may not.
    pub block_hash: Option<B256>,
    pub transaction_hash: B256,
    pub log_index: u64,
}

/// What became of a mined transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    pub hash: B256,
    /// False where it reverted.
    pub status: bool,
    pub block: BlockNumber,
    pub block_hash: B256,
    pub gas_used: u64,
    pub effective_gas_price: Wei,
    pub logs: Vec<RawLog>,
}

/// A V3 pool at a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct V3State {
    pub sqrt_price_x96: SqrtPriceX96,
    pub tick: Tick,
    /// In range.
    pub liquidity: u128,
    /// The initialised ticks in the range asked for, ascending: liquidity gross and net.
    pub ticks: Vec<(Tick, u128, i128)>,
}

/// What a transaction should offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fees {
    /// The next block's, as EIP-1559 derives it from the head.
    pub base_fee_per_gas: Wei,
    /// The median tip of the last blocks that held transactions.
    pub max_priority_fee_per_gas: Wei,
}

impl RawLog {
    /// `None` for a log of a pending block.
    pub(super) fn from_rpc(log: Log) -> Option<Self> {
        Some(Self {
            address: log.inner.address,
            topics: log.inner.data.topics().to_vec(),
            data: log.inner.data.data.clone(),
            block_number: BlockNumber(log.block_number?),
            block_hash: Some(log.block_hash?),
            transaction_hash: log.transaction_hash?,
            log_index: log.log_index?,
        })
    }
}

impl Receipt {
    /// `None` where the transaction is not in a block.
    pub(super) fn from_rpc(receipt: &TransactionReceipt) -> Option<Self> {
        Some(Self {
            hash: receipt.transaction_hash,
            status: receipt.status(),
            block: BlockNumber(receipt.block_number?),
            block_hash: receipt.block_hash?,
            gas_used: receipt.gas_used,
            effective_gas_price: Wei::from(receipt.effective_gas_price),
            logs: receipt.logs().iter().cloned().map(RawLog::from_rpc).collect::<Option<_>>()?,
        })
    }
}
