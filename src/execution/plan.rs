//! The transactions of an order.

use alloy::primitives::Address;

use super::{Params, calldata, fees};
use crate::{
    domain::{Approved, Order, PoolKind, Transaction},
    units::Wei,
};

/// The account and the chain that an order is carried out on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account {
    pub chain_id: u64,
    pub address: Address,
    /// SwapRouter02.
    pub router: Address,
    /// The nonce of the account's next transaction.
    pub nonce: u64,
}

/// Approval of the exact amount, then the swap, with consecutive nonces. `None` when a fee or
/// nonce would overflow.
pub fn plan(order: &Approved<Order>, account: &Account, params: &Params, base_fee: Wei) -> Option<[Transaction; 2]> {
    let order = order.get();
    let (approve_limit, swap_limit) = params.gas.limits(order.gas_expected);
    let swap = match order.pool.kind {
        PoolKind::V3 => calldata::v3_swap(calldata::V3Swap {
            token_in: order.token_in,
            token_out: order.token_out,
            fee: order.pool.fee,
            recipient: account.address,
            amount_in: order.amount_in,
            amount_out_min: order.amount_out_min,
            deadline: order.deadline,
        }),
        PoolKind::V2 => calldata::v2_swap(calldata::V2Swap {
            token_in: order.token_in,
            token_out: order.token_out,
            recipient: account.address,
            amount_in: order.amount_in,
            amount_out_min: order.amount_out_min,
            deadline: order.deadline,
        }),
    };
    let transaction = |nonce, to, gas_limit, input| {
        Some(Transaction {
            chain_id: account.chain_id,
            nonce,
            to,
            value: Wei::ZERO,
            gas_limit,
            max_fee_per_gas: fees::max_fee_per_gas(base_fee, params.priority_fee)?,
            max_priority_fee_per_gas: params.priority_fee,
            input,
        })
    };
    Some([
        transaction(account.nonce, order.token_in, approve_limit, calldata::approve(account.router, order.amount_in))?,
        transaction(account.nonce.checked_add(1)?, account.router, swap_limit, swap)?,
    ])
}
