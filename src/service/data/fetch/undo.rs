//! Blocks of a pool that are stored and not the chain's.

use alloy::primitives::B256;

use super::{
    Context, LogJob, Report,
    logs::LogError,
    report::{UNDO, of_pool},
    seam::{Fit, Seam, hash},
};
use crate::{
    io::{
        chain::Chain,
        store::data::{DataStore, DataStoreError},
    },
    service::data::derive::{DeriveError, made_since},
    units::BlockNumber,
};

impl LogJob<'_> {
    /// The seam, once what is stored agrees with the chain: blocks that were replaced among those
    /// whose hashes are kept are taken back.
    pub(super) async fn fitted(
        &self,
        context: &Context<'_>,
        chain: &Chain,
        report: &mut Report,
    ) -> Result<Seam, LogError> {
        let mut seam = self.seam(context).await?;
        let (pool, endpoint) = (|| self.pool.name.to_owned(), || chain.rpc().endpoint().clone());
        match seam.fit(chain, self.node.patience()).await? {
            Fit::Whole => Ok(seam),
            Fit::Parts(from) => {
                report.undone.push(self.undo(context, &mut seam, from).await?);
                Ok(seam)
            }
            Fit::Behind(block) => Err(LogError::Behind { pool: pool(), endpoint: endpoint(), block }),
            Fit::TooDeep { block, kept, chain: found } => {
                let from = self.parted(context, chain, &seam).await?;
                let asset = self.pool.market.asset.clone();
                Err(LogError::TooDeep { pool: pool(), asset, endpoint: endpoint(), block, kept, chain: found, from })
            }
        }
    }

    /// The position of the last fetch; where it tells no hash, that of the last stored log does.
    async fn seam(&self, context: &Context<'_>) -> Result<Seam, LogError> {
        let mut seam = Seam::parse(&context.position(&self.name()).await?.unwrap_or_default());
        if seam.ends().is_none() {
            seam.keep(self.last_hash(context, BlockNumber(u64::MAX)).await?);
        }
        Ok(seam)
    }

    async fn last_hash(
        &self,
        context: &Context<'_>,
        end: BlockNumber,
    ) -> Result<Option<(BlockNumber, B256)>, DataStoreError> {
        let (chain_id, pool) = (self.pool.chain_id, self.pool.market.pool.address);
        context.keeper.ask(async |store| store.last_block_hash(chain_id, pool, end).await).await
    }

    /// A block after which all that is stored may be others: the one after a stored log's that is as
    /// it was, looked for in ever longer steps; where none is, the first of the stretch that holds
    /// the lowest that is another. Nothing contradicts what was stored apart from it.
    async fn parted(&self, context: &Context<'_>, chain: &Chain, seam: &Seam) -> Result<BlockNumber, LogError> {
        let (mut end, mut step) = (seam.ends().map_or(BlockNumber(0), |(first, _)| first), 1);
        let mut differs = end;
        while let Some((block, kept)) = self.last_hash(context, end).await? {
            if hash(chain, self.node.patience(), block).await? == Some(kept) {
                return Ok(BlockNumber(block.0 + 1));
            }
            differs = block;
            end = BlockNumber(block.0.saturating_sub(step));
            step *= 2;
        }
        let scanned = self.scanned(context).await?;
        Ok(scanned.iter().find(|stretch| stretch.contains(&differs)).map_or(differs, |stretch| *stretch.start()))
    }

    /// Takes back what is stored of blocks, and what was made of it, as if they had never been read;
    /// they are read again by the next fetch. Says what went.
    async fn undo(&self, context: &Context<'_>, seam: &mut Seam, from: BlockNumber) -> Result<String, LogError> {
        let (chain_id, pool) = (self.pool.chain_id, self.pool.market.pool.address);
        let _turn = context.keeper.turn().await;
        let scanned = self.scanned(context).await?;
        let made = made_since(context, self.pool, from).await?;
        seam.take_back(from);
        seam.settle(&scanned);
        seam.owe(
            scanned.iter().filter(|known| *known.end() >= from).map(|known| from.max(*known.start())..=*known.end()),
        );
        let (name, position) = (self.name(), seam.text()?);
        let cursor = Some((name.as_str(), position.as_str()));
        let undo = async |store: &mut DataStore| store.undo_logs(chain_id, pool, from, &made, cursor).await;
        let undone = context.keeper.ask(undo).await?;
        let note = format!(
            "blocks from {from} on are taken back: {} logs, and {} values made of them",
            undone.logs, undone.values
        );
        tracing::warn!(job = %name, note);
        Ok(note)
    }

    /// Takes back all that is stored of `from` and later, without asking the node.
    ///
    /// # Errors
    /// The store's; logs before that which make no sense are in the report.
    pub(super) async fn take_back(&self, context: &Context<'_>, from: BlockNumber) -> Result<Report, DataStoreError> {
        let mut report = Report::new(of_pool(UNDO, self.pool.chain_id, self.pool.name));
        let undone = async {
            let mut seam = self.seam(context).await?;
            self.undo(context, &mut seam, from).await
        };
        match undone.await {
            Ok(note) => report.undone.push(note),
            Err(LogError::Store(error) | LogError::Derive(DeriveError::Store(error))) => return Err(error),
            Err(error) => report = report.failed(&error),
        }
        Ok(report)
    }
}

#[cfg(test)]
mod tests {
    use std::{path::Path, time::Duration};

    use tempfile::TempDir;
    use tokio::sync::OnceCell;

    use super::*;
    use crate::{
        config::{self, Environment},
        io::{
            clock::Clock,
            store::{Place, data::ScannedRange},
        },
        service::{
            data::{
                derive::{PoolSeries, traded},
                fetch::{End, Keeper, Node},
            },
            interrupt::Interrupt,
            retry::Patience,
        },
        units::Timestamp,
    };

    #[tokio::test]
    async fn blocks_are_not_taken_back_while_something_is_made_of_them() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/fork.toml");
        let config = config::load(&file, &Environment::default()).unwrap();
        let (dir, clock, interrupt) = (TempDir::new().unwrap(), Clock::manual(Timestamp(0)), Interrupt::default());
        let patience = Patience { give_up_after: Duration::ZERO, interrupt: interrupt.clone() };
        let place = Place::Sqlite(dir.path().join("store.sqlite"));
        let keeper = Keeper::open(place, patience.clone()).await.unwrap();
        let context = Context { keeper: &keeper, clock: &clock, interrupt: &interrupt, watch: &|_| {} };
        let (node, markets) = (Node::new(&config.chain, patience, None), traded(&config));
        let (name, market) = &markets[0];
        let pool = PoolSeries { name, market, chain_id: node.chain_id() };
        let first = OnceCell::new();
        let job = LogJob { node: &node, pool, from: Timestamp(0), confirmations: 0, again: false, first };
        let blocks = |first, last| BlockNumber(first)..=BlockNumber(last);
        let known = ScannedRange { pools: vec![market.pool.address], blocks: blocks(1, 9) };
        keeper.ask(async |store| store.put_logs(node.chain_id(), &[], &known, None).await).await.unwrap();

        let turn = keeper.turn().await;
        let making = async {
            // More often than an undoing that does not wait would have asked the store.
            for _ in 0..100 {
                assert_eq!(job.scanned(&context).await.unwrap(), [blocks(1, 9)]);
            }
            drop(turn);
        };
        let (report, ()) = tokio::join!(job.take_back(&context, BlockNumber(5)), making);
        assert_eq!(report.unwrap().end, End::Done);
        assert_eq!(job.scanned(&context).await.unwrap(), [blocks(1, 4)]);
    }
}
