//! What an order would have done: the swap that would be signed, executed by the node's
//! `eth_call` and sent to nobody.

use std::collections::BTreeMap;

use alloy::{
    eips::BlockId,
    primitives::{Address, B256, Bytes},
    rpc::types::{TransactionRequest, state::StateOverride},
};

use crate::{
    domain::{Approved, BlockHeader, Order, Outcome, Settlement, Transaction},
    execution::{self, Account, calldata, fees, plan},
    io::{
        advice::{Advice, Advised},
        chain::{Chain, Fault, RpcError, slots::Slot},
        wallet::{Wallet, WalletError},
    },
    units::Wei,
};

#[derive(Debug, thiserror::Error)]
pub enum DryRunError {
    #[error(transparent)]
    Rpc(#[from] RpcError),
    #[error(transparent)]
    Wallet(#[from] WalletError),
    #[error("order {order}: a fee or a nonce overflows")]
    Overflow { order: B256 },
    #[error("token {token}: no storage slot found that holds {what}; a dry run cannot be simulated on it")]
    NoSlot { token: Address, what: &'static str },
    #[error("order {order}: the router's answer is not that of a swap")]
    Answer { order: B256 },
}

impl Advised for DryRunError {
    fn advice(&self) -> Advice {
        match self {
            Self::Rpc(error) => error.advice(),
            _ => Advice::Halt,
        }
    }
}

/// What a simulated order came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Simulated {
    pub settlement: Settlement,
    /// The hash that the swap's transaction would have had.
    pub hash: B256,
    /// Why it would have reverted, as the node says it.
    pub revert: Option<String>,
}

/// Simulates orders of one account.
///
/// The swap comes after an approval that is not mined, and a paper account holds nothing: both
/// are supplied as state overrides of the call, in the very storage slots that the tokens read.
#[derive(Debug)]
pub struct DryRun {
    chain: Chain,
    wallet: Wallet,
    chain_id: u64,
    router: Address,
    params: execution::Params,
    slots: BTreeMap<(Address, Held), Slot>,
}

/// What a token's storage slot holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Held {
    Balance,
    Allowance,
}

impl DryRun {
    pub fn new(chain: Chain, wallet: Wallet, chain_id: u64, router: Address, params: execution::Params) -> Self {
        Self { chain, wallet, chain_id, router, params, slots: BTreeMap::new() }
    }

    /// Signs the order's transactions as a live run would, executes the swap on the head's
    /// state, and throws the signatures away.
    ///
    /// # Errors
    /// When the node does not answer, or a token's storage cannot be found. A swap that would
    /// revert is no error: its settlement says so.
    pub async fn simulate(&mut self, order: &Approved<Order>, header: &BlockHeader) -> Result<Simulated, DryRunError> {
        let id = order.get().id;
        let address = self.wallet.address();
        let nonce = self.chain.nonce_pending(address).await?;
        let account = Account { chain_id: self.chain_id, address, router: self.router, nonce };
        let [_, swap] = plan(order, &account, &self.params, header.base_fee_per_gas)
            .ok_or(DryRunError::Overflow { order: id.0 })?;
        let hash = self.wallet.sign(&swap)?.hash;
        let overrides = self.overrides(order.get(), &swap).await?;
        // The time is said, since a development node would take the present one for its head.
        let at = BlockId::number(header.number.0);
        let call = request(address, &swap);
        let (outcome, revert) = match self.chain.simulate(&call, at, &overrides, Some(header.timestamp)).await {
            Ok(answer) => (swapped(order.get(), &answer)?, None),
            Err(RpcError { fault: Fault::Reverted { message, .. }, .. }) => (Outcome::Reverted, Some(message)),
            Err(error) => return Err(error.into()),
        };
        let order = order.get();
        let gas_cost = fees::gas_cost(order.gas_expected, order.gas_price_expected)
            .ok_or(DryRunError::Overflow { order: id.0 })?;
        let settlement = Settlement {
            order: id,
            ts: header.timestamp,
            outcome,
            gas_used: order.gas_expected,
            gas_cost,
            block: None,
            tx: None,
        };
        Ok(Simulated { settlement, hash, revert })
    }

    /// The account as it would stand when the swap is mined: the approval done, the tokens held,
    /// ether for the gas.
    async fn overrides(&mut self, order: &Order, swap: &Transaction) -> Result<StateOverride, DryRunError> {
        let account = self.wallet.address();
        let token = order.token_in;
        let mut overrides = StateOverride::default();
        for held in [Held::Balance, Held::Allowance] {
            let (contract, slot) = self.slot(token, held).await?;
            let diff = overrides.entry(contract).or_default().state_diff.get_or_insert_default();
            diff.insert(slot, B256::from(order.amount_in.0));
        }
        let overflow = DryRunError::Overflow { order: order.id.0 };
        let gas = fees::gas_cost(swap.gas_limit, swap.max_fee_per_gas).ok_or(overflow)?;
        let balance = self.chain.balance(account).await?.max(gas);
        overrides.entry(account).or_default().balance = Some(balance.0);
        Ok(overrides)
    }

    async fn slot(&mut self, token: Address, held: Held) -> Result<Slot, DryRunError> {
        if let Some(&known) = self.slots.get(&(token, held)) {
            return Ok(known);
        }
        let account = self.wallet.address();
        let (found, what) = match held {
            Held::Balance => (self.chain.balance_slot(token, account).await?, "the account's balance"),
            Held::Allowance => {
                (self.chain.allowance_slot(token, account, self.router).await?, "the router's allowance")
            }
        };
        let slot = found.ok_or(DryRunError::NoSlot { token, what })?;
        self.slots.insert((token, held), slot);
        Ok(slot)
    }
}

/// The signed transaction's own fields, as a call.
fn request(from: Address, transaction: &Transaction) -> TransactionRequest {
    let fee = |fee: Wei| fee.0.saturating_to::<u128>();
    TransactionRequest::default()
        .from(from)
        .to(transaction.to)
        .input(transaction.input.clone().into())
        .gas_limit(transaction.gas_limit)
        .max_fee_per_gas(fee(transaction.max_fee_per_gas))
        .max_priority_fee_per_gas(fee(transaction.max_priority_fee_per_gas))
}

/// The output that the router's multicall returned for its one call.
fn swapped(order: &Order, answer: &Bytes) -> Result<Outcome, DryRunError> {
    let amount_out = calldata::amount_out(answer).ok_or(DryRunError::Answer { order: order.id.0 })?;
    Ok(Outcome::Swapped { amount_in: order.amount_in, amount_out })
}
