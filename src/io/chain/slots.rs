//! Where a token keeps an account's balance and allowance: for state overrides.

use alloy::{
    eips::BlockId,
    primitives::{Address, B256, Bytes, U256, keccak256},
    rpc::types::{AccessListResult, BlockOverrides, TransactionRequest, state::StateOverride},
    sol_types::SolCall,
};

use super::{Chain, RpcError, abi::IERC20};
use crate::units::Timestamp;

/// A storage slot of a contract, which for a token behind a proxy need not be the token itself.
pub type Slot = (Address, B256);

impl Chain {
    /// The slot of `account`'s balance; `None` where the token keeps no such plain value.
    ///
    /// # Errors
    /// [`RpcError`] when the node does not answer or has no `eth_createAccessList`.
    pub async fn balance_slot(&self, token: Address, account: Address) -> Result<Option<Slot>, RpcError> {
        self.slot(token, &IERC20::balanceOfCall { owner: account }).await
    }

    /// The slot of what `owner` lets `spender` take.
    ///
    /// # Errors
    /// As [`Chain::balance_slot`].
    pub async fn allowance_slot(
        &self,
        token: Address,
        owner: Address,
        spender: Address,
    ) -> Result<Option<Slot>, RpcError> {
        self.slot(token, &IERC20::allowanceCall { owner, spender }).await
    }

    /// The storage slots that a call reads or writes, by contract.
    async fn touched_slots(&self, request: &TransactionRequest) -> Result<Vec<(Address, Vec<B256>)>, RpcError> {
        let answer: AccessListResult =
            self.rpc().request("eth_createAccessList", (request.clone(), BlockId::latest())).await?;
        Ok(answer.access_list.0.into_iter().map(|item| (item.address, item.storage_keys)).collect())
    }

    /// Executes a transaction without sending it, on a block's state with the overrides and, if
    /// given, at another time than the block's.
    ///
    /// # Errors
    /// [`RpcError`]; a revert is [`super::Fault::Reverted`].
    pub async fn simulate(
        &self,
        request: &TransactionRequest,
        at: BlockId,
        overrides: &StateOverride,
        time: Option<Timestamp>,
    ) -> Result<Bytes, RpcError> {
        let (request, overrides) = (request.clone(), overrides.clone());
        match time {
            None => self.rpc().request("eth_call", (request, at, overrides)).await,
            Some(time) => {
                let block = BlockOverrides::default().with_time(time.0);
                self.rpc().request("eth_call", (request, at, overrides, block)).await
            }
        }
    }

    /// Of the slots that the view function reads, the one that, overridden, changes its answer to
    /// just that value.
    async fn slot<C: SolCall>(&self, token: Address, view: &C) -> Result<Option<Slot>, RpcError> {
        let request = TransactionRequest::default().to(token).input(view.abi_encode().into());
        // A value that no account holds by chance.
        let probe = U256::from_be_bytes(keccak256("shoal slot probe").0) >> 130;
        for (contract, slots) in self.touched_slots(&request).await? {
            for slot in slots {
                let mut overrides = StateOverride::default();
                let diff = overrides.entry(contract).or_default().state_diff.get_or_insert_default();
                diff.insert(slot, B256::from(probe));
                let answer = self.simulate(&request, BlockId::latest(), &overrides, None).await;
                if answer.is_ok_and(|answer| answer.as_ref() == B256::from(probe).as_slice()) {
                    return Ok(Some((contract, slot)));
                }
            }
        }
        Ok(None)
    }
}
