//! A development node as a venue: real contracts, real transactions, blocks on command.

use alloy::primitives::Address;
use tokio::runtime::Handle;

use crate::{
    amm::Pool,
    backtest::{Mined, Move, Venue},
    domain::{Approved, Block, BlockHeader, Market, Order, Record, Settlement},
    io::{
        anvil::{AnvilError, Control},
        chain::{Chain, RpcError},
        replica::mover,
    },
    journal::Journal,
    market::{DecodeError, decode},
    service::{
        executor::{Executor, ExecutorError},
        snapshot::{self, SnapshotError},
    },
    units::{BlockNumber, Timestamp, Wei},
};

/// Why the node could not carry on. The journal is whole up to it.
#[derive(Debug, thiserror::Error)]
pub enum VenueError {
    #[error(transparent)]
    Anvil(#[from] AnvilError),
    #[error(transparent)]
    Rpc(#[from] RpcError),
    #[error(transparent)]
    Executor(#[from] ExecutorError),
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    #[error("block {block}: {source}")]
    Decode { block: BlockNumber, source: DecodeError },
    #[error("a price is out of what a pool can hold")]
    Target,
    #[error("block {block}: the market's move of the pools failed: {why}")]
    Move { block: BlockNumber, why: String },
    #[error("the journal: {0}")]
    Journal(Box<dyn std::error::Error + Send + Sync>),
}

/// The node, the bot's hands on it, and the mover that plays the rest of the market. For use on
/// a blocking thread: each call waits on the runtime.
#[derive(Debug)]
pub struct AnvilVenue {
    pub runtime: Handle,
    pub control: Control,
    pub chain: Chain,
    pub executor: Executor,
    pub markets: Vec<Market>,
    pub base_fee: Wei,
}

impl AnvilVenue {
    async fn mine_block(&mut self, ts: Timestamp, moves: &[Move]) -> Result<(Block, Vec<Settlement>), VenueError> {
        self.control.set_next_base_fee(self.base_fee).await?;
        if !moves.is_empty() {
            let steps = moves.iter().flat_map(|step| step.targets.iter().map(|&target| (step.pool, target)));
            self.control.send(&mover::moves(steps).ok_or(VenueError::Target)?).await?;
        }
        self.control.mine_at(ts).await?;
        let number = self.chain.head().await?;
        let header = self.chain.header(number).await?;
        let block = self.read(header).await?;
        let settlements = self.executor.settlements(&block.header).await?;
        Ok((block, settlements))
    }

    async fn read(&self, header: BlockHeader) -> Result<Block, VenueError> {
        let pools: Vec<Address> = self.markets.iter().map(|market| market.pool.address).collect();
        let logs = self.chain.logs_of_block(&pools, header.hash).await?;
        let decoded = logs.iter().filter_map(|log| {
            decode(log.address, &log.topics, &log.data, log.log_index)
                .map_err(|source| VenueError::Decode { block: header.number, source })
                .transpose()
        });
        let events = decoded.collect::<Result<_, _>>()?;
        Ok(Block { header, events })
    }
}

impl Venue for AnvilVenue {
    type Error = VenueError;

    fn mine(&mut self, ts: Timestamp, moves: &[Move]) -> Result<Mined, VenueError> {
        let (block, settlements) = self.runtime.clone().block_on(self.mine_block(ts, moves))?;
        Ok(Mined { settlements, block })
    }

    fn submit<J: Journal>(&mut self, order: &Approved<Order>, journal: &mut J) -> Result<(), VenueError> {
        let runtime = self.runtime.clone();
        let transactions = runtime.block_on(self.executor.sign(order, self.base_fee))?;
        let id = order.get().id;
        let hashes = transactions.iter().map(|transaction| transaction.hash).collect();
        let signed = Record::Signed { order: id, transactions: transactions.clone() };
        journal
            .append(&[signed, Record::Broadcast { order: id, hashes }])
            .map_err(|error| VenueError::Journal(error.into()))?;
        Ok(runtime.block_on(self.executor.send(order.get(), transactions))?)
    }

    fn pools(&mut self) -> Result<Vec<Pool>, VenueError> {
        let runtime = self.runtime.clone();
        Ok(runtime.block_on(snapshot::pools(&self.chain, &self.markets))?)
    }
}
