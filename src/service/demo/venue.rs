//! A development node as a venue: real contracts, real transactions, blocks on command.

use alloy::primitives::{Address, B256};
use tokio::runtime::Handle;

use crate::{
    amm::Pool,
    backtest::{Mined, Move, Venue},
    domain::{Approved, Block, Market, Order, Record, Settlement},
    io::{
        anvil::Control,
        chain::{Chain, RpcError},
        replica::mover,
    },
    journal::Journal,
    market::DecodeError,
    service::{
        blocks,
        executor::{Executor, ExecutorError},
        retry::Patience,
        snapshot::{self, SnapshotError},
    },
    units::{BlockNumber, Timestamp, Wei},
};

/// Why the node could not carry on. The journal is whole up to it.
#[derive(Debug, thiserror::Error)]
pub enum VenueError {
    #[error(transparent)]
    Rpc(#[from] RpcError),
    #[error(transparent)]
    Executor(#[from] ExecutorError),
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    #[error("block {block}: {source}")]
    Decode { block: BlockNumber, source: DecodeError },
    #[error("block {block} was replaced: somebody else drives this node")]
    Replaced { block: BlockNumber },
    #[error("a price is out of what a pool can hold")]
    Target,
    #[error("block {block}: the transaction that moves the pools, {tx}, did not succeed")]
    Move { block: BlockNumber, tx: B256 },
    #[error("the journal: {0}")]
    Journal(Box<dyn std::error::Error + Send + Sync>),
}

impl From<blocks::BlockError> for VenueError {
    fn from(error: blocks::BlockError) -> Self {
        match error {
            blocks::BlockError::Rpc(error) => Self::Rpc(error),
            blocks::BlockError::Decode { block, source } => Self::Decode { block, source },
            blocks::BlockError::Replaced { block, .. } => Self::Replaced { block },
        }
    }
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
    pub patience: Patience,
}

impl AnvilVenue {
    async fn mine_block(&mut self, ts: Timestamp, moves: &[Move]) -> Result<(Block, Vec<Settlement>), VenueError> {
        let Self { patience, control, chain, .. } = &*self;
        patience.ask(async || control.set_next_base_fee(self.base_fee).await).await?;
        let mut moved = None;
        if moves.iter().any(|step| !step.targets.is_empty()) {
            let steps = moves.iter().flat_map(|step| step.targets.iter().map(|&target| (step.pool, target)));
            let transaction = mover::moves(steps).ok_or(VenueError::Target)?;
            moved = Some(patience.reach(async || control.send(&transaction).await).await?);
        }
        patience.reach(async || control.mine_at(ts).await).await?;
        let number = patience.ask(async || chain.head().await).await?;
        if let Some(tx) = moved {
            let receipt = patience.ask(async || chain.receipt(tx).await).await?;
            if !receipt.is_some_and(|receipt| receipt.status) {
                return Err(VenueError::Move { block: number, tx });
            }
        }
        let pools: Vec<Address> = self.markets.iter().map(|market| market.pool.address).collect();
        let block = blocks::read(chain, patience, &pools, number).await?;
        let Self { patience, executor, .. } = self;
        let settlements = patience.ask(async || executor.settlements(&block.header).await).await?;
        Ok((block, settlements))
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
        let Self { patience, executor, base_fee, .. } = self;
        let transactions = runtime.block_on(patience.ask(async || executor.sign(order, *base_fee).await))?;
        let id = order.get().id;
        let hashes = transactions.iter().map(|transaction| transaction.hash).collect();
        let signed = Record::Signed { order: id, transactions: transactions.clone() };
        journal
            .append(&[signed, Record::Broadcast { order: id, hashes }])
            .map_err(|error| VenueError::Journal(error.into()))?;
        let sent = patience.ask(async || executor.send(order.get(), transactions.clone()).await);
        Ok(runtime.block_on(sent)?)
    }

    fn pools(&mut self) -> Result<Vec<Pool>, VenueError> {
        let runtime = self.runtime.clone();
        Ok(runtime.block_on(snapshot::pools(&self.chain, &self.markets))?)
    }
}
