//! What carries orders out: an executor that sends, or a dry run that only asks.

use crate::{
    domain::{Approved, BlockHeader, Order, Record, Settlement},
    io::store::JournalStore,
    journal::OpenOrder,
    service::{
        dry_run::DryRun,
        executor::Executor,
        live::{Event, LiveError},
        retry::Patience,
    },
    units::Timestamp,
};

/// Blocks that must stand on a receipt before it is believed: since the merge, mainnet reverts
/// one block now and then and practically never two.
pub(super) const CONFIRMATIONS: u64 = 2;

#[derive(Debug)]
pub(super) enum Hands {
    Live(Executor),
    Dry(DryRun),
}

impl Hands {
    /// Carries an order out as far as it goes now. A dry run knows the outcome at once; a live
    /// one learns it from later blocks.
    pub(super) async fn submit(
        &mut self,
        patience: &Patience,
        order: &Approved<Order>,
        head: &BlockHeader,
        store: &mut JournalStore,
        watch: &mut impl FnMut(Event<'_>),
    ) -> Result<Option<Settlement>, LiveError> {
        let id = order.get().id;
        match self {
            Self::Dry(dry) => {
                let simulated = patience.ask(async || dry.simulate(order, head).await).await?;
                let outcome = simulated.settlement.outcome.clone();
                let record = Record::Simulated { order: id, tx: simulated.hash, outcome, revert: simulated.revert };
                watch(Event::Record(&record));
                store.append(&[record]).await?;
                Ok(Some(simulated.settlement))
            }
            Self::Live(executor) => {
                let base_fee = head.base_fee_per_gas;
                let transactions = patience.ask(async || executor.sign(order, base_fee).await).await?;
                let hashes = transactions.iter().map(|transaction| transaction.hash).collect();
                let broadcast = Record::Broadcast { order: id, hashes };
                watch(Event::Record(&broadcast));
                store.append(&[Record::Signed { order: id, transactions: transactions.clone() }, broadcast]).await?;
                patience.ask(async || executor.send(order.get(), transactions.clone()).await).await?;
                Ok(None)
            }
        }
    }

    /// What became of the orders on their way, as of `head`.
    pub(super) async fn settlements(
        &mut self,
        patience: &Patience,
        head: &BlockHeader,
    ) -> Result<Vec<Settlement>, LiveError> {
        match self {
            Self::Dry(_) => Ok(Vec::new()),
            Self::Live(executor) => Ok(patience.ask(async || executor.settlements(head).await).await?),
        }
    }

    /// Takes over an order that an earlier process left. One whose transactions were signed may
    /// have been sent: the very same bytes are sent again, which cannot swap twice, or, past the
    /// deadline, only watched. One that was never signed cannot be on the chain, and is given up:
    /// that is returned.
    pub(super) async fn resume(
        &mut self,
        patience: &Patience,
        open: OpenOrder,
        now: Timestamp,
    ) -> Result<Option<Order>, LiveError> {
        let Self::Live(executor) = self else { return Ok(Some(open.order)) };
        if open.signed.is_empty() {
            return Ok(Some(open.order));
        }
        if now > open.order.deadline {
            executor.adopt(open.order, open.signed);
        } else {
            patience.ask(async || executor.send(&open.order, open.signed.clone()).await).await?;
        }
        Ok(None)
    }
}
