//! The commands that only a development node has.

use std::time::Duration;

use alloy::{
    primitives::{Address, B256, Bytes, U256},
    rpc::types::{TransactionReceipt, TransactionRequest},
};

use super::AnvilError;
use crate::{
    io::chain::{Fault, Rpc, RpcError},
    units::{BlockNumber, Timestamp, TokenAmount, Wei},
};

/// Building the replica mints hundreds of positions in one transaction.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Drives an Anvil: balances, code, time, mining, and transactions of any account without its key.
#[derive(Clone, Debug)]
pub struct Control {
    rpc: Rpc,
}

/// A transaction sent without a key.
#[derive(Clone, Debug, Default)]
pub struct Impersonated {
    pub from: Address,
    /// `None` creates a contract.
    pub to: Option<Address>,
    pub input: Bytes,
    pub value: Wei,
    pub gas_limit: u64,
}

impl Control {
    /// # Errors
    /// An address that is no URL.
    pub async fn connect(url: &str) -> Result<Self, AnvilError> {
        Ok(Self { rpc: Rpc::connect(url, TIMEOUT).await? })
    }

    pub fn rpc(&self) -> &Rpc {
        &self.rpc
    }

    /// # Errors
    /// [`RpcError`], as of every command here.
    pub async fn head(&self) -> Result<BlockNumber, RpcError> {
        let number: U256 = self.rpc.request("eth_blockNumber", ()).await?;
        Ok(BlockNumber(number.saturating_to()))
    }

    pub async fn set_ether(&self, account: Address, amount: Wei) -> Result<(), RpcError> {
        self.rpc.request("anvil_setBalance", (account, amount.0)).await
    }

    /// Sets the ERC-20 balance; the node finds the storage slot itself, so it works with the
    /// stand-ins and with the real tokens of a mainnet fork alike. WETH given so has no ether
    /// behind it.
    pub async fn set_tokens(&self, account: Address, token: Address, amount: TokenAmount) -> Result<(), RpcError> {
        self.rpc.request("anvil_dealERC20", (account, token, amount.0)).await
    }

    pub async fn set_code(&self, account: Address, code: Bytes) -> Result<(), RpcError> {
        self.rpc.request("anvil_setCode", (account, code)).await
    }

    pub async fn set_nonce(&self, account: Address, nonce: u64) -> Result<(), RpcError> {
        self.rpc.request("anvil_setNonce", (account, U256::from(nonce))).await
    }

    pub async fn set_block_gas_limit(&self, limit: u64) -> Result<(), RpcError> {
        self.rpc.request::<_, bool>("anvil_setBlockGasLimit", (U256::from(limit),)).await.map(drop)
    }

    /// The base fee of the next block; later ones follow from it as EIP-1559 says.
    pub async fn set_next_base_fee(&self, base_fee_per_gas: Wei) -> Result<(), RpcError> {
        self.rpc.request("anvil_setNextBlockBaseFeePerGas", (base_fee_per_gas.0,)).await
    }

    /// The next block's time; refused unless it is after the head's.
    pub async fn set_next_timestamp(&self, timestamp: Timestamp) -> Result<(), RpcError> {
        self.rpc.request("evm_setNextBlockTimestamp", (timestamp.0,)).await
    }

    /// Makes each block this many seconds later than its parent, instead of following the clock.
    pub async fn set_timestamp_interval(&self, seconds: u64) -> Result<(), RpcError> {
        self.rpc.request("anvil_setBlockTimestampInterval", (seconds,)).await
    }

    /// Mines one block with what waits.
    pub async fn mine(&self) -> Result<(), RpcError> {
        self.rpc.request::<_, String>("evm_mine", ()).await.map(drop)
    }

    /// Mines one block at `timestamp` with what waits.
    pub async fn mine_at(&self, timestamp: Timestamp) -> Result<(), RpcError> {
        self.rpc.request::<_, String>("evm_mine", (timestamp.0,)).await.map(drop)
    }

    /// Mining of each transaction at once, on or off.
    pub async fn set_automine(&self, on: bool) -> Result<(), RpcError> {
        self.rpc.request("evm_setAutomine", (on,)).await
    }

    /// From now on the node takes transactions of every account without a signature.
    pub async fn impersonate_all(&self) -> Result<(), RpcError> {
        self.rpc.request("anvil_autoImpersonateAccount", (true,)).await
    }

    /// Queues a transaction of an impersonated account; a node that mines by itself mines it soon.
    pub async fn send(&self, transaction: &Impersonated) -> Result<B256, RpcError> {
        self.rpc.request("eth_sendTransaction", (request(transaction),)).await
    }

    /// The same, mined at once: only on a node that does not mine by itself, where no block can
    /// come between the transaction and its receipt.
    pub async fn send_mined(&self, transaction: &Impersonated) -> Result<TransactionReceipt, RpcError> {
        let hash = self.send(transaction).await?;
        self.mine().await?;
        let method = "eth_getTransactionReceipt";
        let receipt: Option<TransactionReceipt> = self.rpc.request(method, (hash,)).await?;
        receipt
            .ok_or_else(|| self.rpc.error(method, Fault::Unknown(format!("transaction {hash}, which was to be mined"))))
    }

    /// The whole state, compressed.
    pub async fn dump_state(&self) -> Result<Bytes, RpcError> {
        self.rpc.request("anvil_dumpState", ()).await
    }

    pub async fn load_state(&self, state: Bytes) -> Result<bool, RpcError> {
        self.rpc.request("anvil_loadState", (state,)).await
    }
}

fn request(transaction: &Impersonated) -> TransactionRequest {
    TransactionRequest {
        from: Some(transaction.from),
        to: Some(transaction.to.into()),
        value: Some(transaction.value.0),
        gas: Some(transaction.gas_limit),
        input: transaction.input.clone().into(),
        ..TransactionRequest::default()
    }
}
