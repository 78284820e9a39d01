//! Approved orders to signed transactions to settlements.
//!
//! The caller journals between the steps: [`Executor::sign`], then `Signed` and `Broadcast` in
//! the journal, then [`Executor::send`]. Whatever is cut off, the journal knows at least as much
//! as the chain.

use alloy::primitives::{Address, B256};

use crate::{
    domain::{Approved, BlockHeader, Order, Outcome, Settlement, SignedTransaction},
    execution::{self, Account, plan},
    io::{
        advice::{Advice, Advised},
        chain::{Chain, Receipt, RpcError},
        wallet::{Wallet, WalletError},
    },
    market::{DecodeError, decode},
    units::{TokenAmount, Wei},
};

/// Seconds after the deadline for which a receipt is still awaited. The router refuses the swap
/// in all later blocks, so what is given up then can no longer move the tokens.
const GRACE_SECONDS: u64 = 120;

#[derive(Debug, thiserror::Error)]
pub enum ExecutorError {
    #[error(transparent)]
    Rpc(#[from] RpcError),
    #[error(transparent)]
    Wallet(#[from] WalletError),
    #[error("order {order}: {source}")]
    Decode { order: B256, source: DecodeError },
    #[error("order {order}: a fee or a nonce overflows")]
    Overflow { order: B256 },
    #[error("order {order}: its transaction {tx} succeeded without a swap in pool {pool}")]
    NoSwap { order: B256, tx: B256, pool: Address },
}

impl Advised for ExecutorError {
    fn advice(&self) -> Advice {
        match self {
            Self::Rpc(error) => error.advice(),
            _ => Advice::Halt,
        }
    }
}

/// An order whose transactions may be on their way.
#[derive(Clone, Debug)]
struct InFlight {
    order: Order,
    transactions: Vec<SignedTransaction>,
}

/// Carries orders out for one account.
#[derive(Debug)]
pub struct Executor {
    chain: Chain,
    wallet: Wallet,
    chain_id: u64,
    router: Address,
    params: execution::Params,
    next_nonce: u64,
    in_flight: Vec<InFlight>,
    confirmations: u64,
}

impl Executor {
    pub fn new(chain: Chain, wallet: Wallet, chain_id: u64, router: Address, params: execution::Params) -> Self {
        Self { chain, wallet, chain_id, router, params, next_nonce: 0, in_flight: Vec::new(), confirmations: 0 }
    }

    /// Believes a receipt only once this many blocks stand on its own.
    #[must_use]
    pub fn with_confirmations(self, confirmations: u64) -> Self {
        Self { confirmations, ..self }
    }

    pub fn address(&self) -> Address {
        self.wallet.address()
    }

    /// Whether an order waits for the chain's word.
    pub fn is_idle(&self) -> bool {
        self.in_flight.is_empty()
    }

    /// Signs the order's transactions with the account's next nonces. Nothing is sent.
    ///
    /// # Errors
    /// When the nonce cannot be read or the key does not sign.
    pub async fn sign(
        &mut self,
        order: &Approved<Order>,
        base_fee: Wei,
    ) -> Result<Vec<SignedTransaction>, ExecutorError> {
        let pending = self.chain.nonce_pending(self.address()).await?;
        // Between a signature and its arrival in the node's pool only we know of the nonce.
        let nonce = if self.is_idle() { pending } else { pending.max(self.next_nonce) };
        let account = Account { chain_id: self.chain_id, address: self.address(), router: self.router, nonce };
        let overflow = || ExecutorError::Overflow { order: order.get().id.0 };
        let transactions = plan(order, &account, &self.params, base_fee).ok_or_else(overflow)?;
        self.next_nonce = nonce.checked_add(transactions.len() as u64).ok_or_else(overflow)?;
        transactions.iter().map(|transaction| Ok(self.wallet.sign(transaction)?)).collect()
    }

    /// Takes the order into care and sends its transactions. Sending again is harmless: the
    /// same bytes are the same transaction.
    ///
    /// # Errors
    /// When the node could not be reached: the order stays in care, send again. A transaction
    /// that the node refuses is no error here; its order expires by its deadline.
    pub async fn send(&mut self, order: &Order, transactions: Vec<SignedTransaction>) -> Result<(), ExecutorError> {
        self.adopt(order.clone(), transactions.clone());
        for transaction in &transactions {
            match self.chain.send_raw(&transaction.raw).await {
                Ok(_) => {}
                Err(error) if error.advice() == Advice::Retry => return Err(error.into()),
                Err(error) => tracing::warn!(order = %order.id.0, tx = %transaction.hash, %error, "not taken"),
            }
        }
        Ok(())
    }

    /// Takes an order of an earlier process into care without sending anything.
    pub fn adopt(&mut self, order: Order, transactions: Vec<SignedTransaction>) {
        let next = transactions.iter().map(|transaction| transaction.nonce.saturating_add(1)).max();
        self.next_nonce = self.next_nonce.max(next.unwrap_or(0));
        self.in_flight.retain(|flight| flight.order.id != order.id);
        self.in_flight.push(InFlight { order, transactions });
    }

    /// What became of the orders in care, as of `head`. Those that have ended leave it.
    ///
    /// # Errors
    /// When a receipt cannot be read or makes no sense; the orders stay in care.
    pub async fn settlements(&mut self, head: &BlockHeader) -> Result<Vec<Settlement>, ExecutorError> {
        let mut settled = Vec::new();
        for flight in &self.in_flight {
            if let Some(settlement) = self.settlement(flight, head).await? {
                settled.push(settlement);
            }
        }
        self.in_flight.retain(|flight| !settled.iter().any(|settlement| settlement.order == flight.order.id));
        Ok(settled)
    }

    async fn settlement(&self, flight: &InFlight, head: &BlockHeader) -> Result<Option<Settlement>, ExecutorError> {
        let Some(swap) = flight.transactions.last() else { return Ok(None) };
        let order = &flight.order;
        let receipt = self.chain.receipt(swap.hash).await?;
        let over = head.timestamp.0 > order.deadline.0.saturating_add(GRACE_SECONDS);
        let (outcome, ts, block) = match &receipt {
            // Mined, but a reorganisation could still take it back.
            Some(receipt) if receipt.block.0.saturating_add(self.confirmations) > head.number.0 => return Ok(None),
            Some(receipt) => {
                let header = self.chain.header(receipt.block).await?;
                (outcome(order, swap.hash, receipt)?, header.timestamp, Some(receipt.block))
            }
            // Given up only while its nonce is unused: a used nonce without a receipt is a node
            // that lags behind itself, to be asked again.
            None if over && self.chain.nonce_latest(self.address()).await? <= swap.nonce => {
                (Outcome::Expired, head.timestamp, None)
            }
            None => return Ok(None),
        };
        let (mut gas_used, mut gas_cost) = (0, Wei::ZERO);
        for transaction in &flight.transactions {
            let Some(receipt) = self.chain.receipt(transaction.hash).await? else { continue };
            let overflow = || ExecutorError::Overflow { order: order.id.0 };
            let cost = execution::fees::gas_cost(receipt.gas_used, receipt.effective_gas_price);
            gas_cost = cost.and_then(|cost| gas_cost.checked_add(cost)).ok_or_else(overflow)?;
            gas_used += receipt.gas_used;
        }
        let tx = receipt.map(|_| swap.hash);
        Ok(Some(Settlement { order: order.id, ts, outcome, gas_used, gas_cost, block, tx }))
    }
}

/// What a mined swap did: its amounts as the pool's own event says them.
fn outcome(order: &Order, tx: B256, receipt: &Receipt) -> Result<Outcome, ExecutorError> {
    if !receipt.status {
        return Ok(Outcome::Reverted);
    }
    for log in receipt.logs.iter().filter(|log| log.address == order.pool.address) {
        let event = decode(log.address, &log.topics, &log.data, log.log_index)
            .map_err(|source| ExecutorError::Decode { order: order.id.0, source })?;
        if let Some((amount0, amount1)) = event.and_then(|event| event.kind.swap_amounts()) {
            let (paid, got) = if order.token_in < order.token_out { (amount0, amount1) } else { (amount1, amount0) };
            return Ok(Outcome::Swapped {
                amount_in: TokenAmount(paid.unsigned_abs()),
                amount_out: TokenAmount(got.unsigned_abs()),
            });
        }
    }
    Err(ExecutorError::NoSwap { order: order.id.0, tx, pool: order.pool.address })
}
