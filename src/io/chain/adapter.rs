//! What the bot asks of a node.

use std::time::Duration;

use alloy::{
    eips::BlockId,
    primitives::{Address, B256, Bytes, U64, U256},
    rpc::types::{Block, Filter, Log, TransactionReceipt, TransactionRequest, state::StateOverride},
    sol_types::SolCall,
};

use super::{ConnectError, Endpoint, Fault, Rpc, RpcError, abi::IToken};
use crate::{
    domain::BlockHeader,
    units::{BlockNumber, Timestamp, TokenAmount, Wei},
};

/// A log as the node tells it; `market::decode` reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawLog {
    pub address: Address,
    pub topics: Vec<B256>,
    pub data: Bytes,
    pub block: BlockNumber,
    pub log_index: u64,
}

/// What the chain says of a mined transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    pub success: bool,
    pub block: BlockNumber,
    pub gas_used: u64,
    pub effective_gas_price: Wei,
    pub logs: Vec<RawLog>,
}

/// One node, over http or ws. Cheap to clone: clones share the connection.
#[derive(Clone, Debug)]
pub struct Chain {
    rpc: Rpc,
    multicall: Address,
}

impl Chain {
    /// Connects; an http node is not asked anything yet.
    ///
    /// # Errors
    /// [`ConnectError`] for an address that is none, and when a websocket does not open.
    pub async fn connect(url: &str, multicall: Address, timeout: Duration) -> Result<Self, ConnectError> {
        Ok(Self { rpc: Rpc::connect(url, timeout).await?, multicall })
    }

    pub fn endpoint(&self) -> &Endpoint {
        self.rpc.endpoint()
    }

    pub(super) fn rpc(&self) -> &Rpc {
        &self.rpc
    }

    pub(super) fn multicall_address(&self) -> Address {
        self.multicall
    }

    /// # Errors
    /// [`RpcError`], as of every read here.
    pub async fn chain_id(&self) -> Result<u64, RpcError> {
        Ok(self.rpc.request::<_, U64>("eth_chainId", ()).await?.to())
    }

    /// Refuses a node of another chain.
    ///
    /// # Errors
    /// [`Fault::WrongChain`].
    pub async fn expect_chain(&self, expected: u64) -> Result<(), RpcError> {
        let actual = self.chain_id().await?;
        if actual == expected {
            return Ok(());
        }
        Err(self.rpc.error("eth_chainId", Fault::WrongChain { actual, expected }))
    }

    pub async fn head(&self) -> Result<BlockNumber, RpcError> {
        Ok(BlockNumber(self.rpc.request::<_, U64>("eth_blockNumber", ()).await?.to()))
    }

    pub async fn header(&self, number: BlockNumber) -> Result<BlockHeader, RpcError> {
        let id = BlockId::number(number.0);
        let block: Option<Block> = self.rpc.request("eth_getBlockByNumber", (id, false)).await?;
        let unknown = || self.rpc.error("eth_getBlockByNumber", Fault::Unknown(format!("block {number}")));
        let header = block.ok_or_else(unknown)?.header;
        Ok(BlockHeader {
            number: BlockNumber(header.number),
            hash: header.hash,
            parent_hash: header.parent_hash,
            timestamp: Timestamp(header.timestamp),
            base_fee_per_gas: Wei::from(header.base_fee_per_gas.unwrap_or_default()),
        })
    }

    /// The logs of `addresses` in a range of blocks, both ends included, in order.
    pub async fn logs(
        &self,
        addresses: &[Address],
        from: BlockNumber,
        to: BlockNumber,
    ) -> Result<Vec<RawLog>, RpcError> {
        let filter = Filter::new().address(addresses.to_vec()).from_block(from.0).to_block(to.0);
        let logs: Vec<Log> = self.rpc.request("eth_getLogs", (filter,)).await?;
        let mut logs: Vec<RawLog> = logs.into_iter().map(|log| self.raw(log, "eth_getLogs")).collect::<Result<_, _>>()?;
        logs.sort_by_key(|log| (log.block, log.log_index));
        Ok(logs)
    }

    fn raw(&self, log: Log, method: &str) -> Result<RawLog, RpcError> {
        let missing = |what: &str| self.rpc.error(method, Fault::Malformed(format!("a log without {what}")));
        let block = log.block_number.ok_or_else(|| missing("its block number"))?;
        let log_index = log.log_index.ok_or_else(|| missing("its index"))?;
        if log.removed {
            return Err(missing("a place: it was removed by a reorganisation"));
        }
        let (topics, data) = log.inner.data.split();
        Ok(RawLog { address: log.inner.address, topics, data, block: BlockNumber(block), log_index })
    }

    pub async fn balance(&self, account: Address) -> Result<Wei, RpcError> {
        Ok(Wei(self.rpc.request("eth_getBalance", (account, BlockId::latest())).await?))
    }

    pub async fn code(&self, account: Address) -> Result<Bytes, RpcError> {
        self.rpc.request("eth_getCode", (account, BlockId::latest())).await
    }

    /// The account's next nonce, what waits in the node's pool included.
    pub async fn pending_nonce(&self, account: Address) -> Result<u64, RpcError> {
        Ok(self.rpc.request::<_, U64>("eth_getTransactionCount", (account, BlockId::pending())).await?.to())
    }

    pub async fn token_balance(&self, token: Address, account: Address) -> Result<TokenAmount, RpcError> {
        let call = IToken::balanceOfCall { account };
        Ok(TokenAmount(self.read(token, &call, BlockId::latest()).await?))
    }

    pub async fn token_decimals(&self, token: Address) -> Result<u8, RpcError> {
        self.read(token, &IToken::decimalsCall {}, BlockId::latest()).await
    }

    /// Calls a view function at a block.
    pub(super) async fn read<C: SolCall>(&self, to: Address, call: &C, at: BlockId) -> Result<C::Return, RpcError> {
        let request = TransactionRequest::default().to(to).input(call.abi_encode().into());
        let answer: Bytes = self.rpc.request("eth_call", (request, at)).await?;
        self.decode::<C>(&answer, "eth_call")
    }

    pub(super) fn decode<C: SolCall>(&self, answer: &[u8], method: &str) -> Result<C::Return, RpcError> {
        let malformed = |error| {
            self.rpc.error(method, Fault::Malformed(format!("{} at {}: {error}", C::SIGNATURE, self.endpoint())))
        };
        C::abi_decode_returns(answer).map_err(malformed)
    }

    /// Executes a transaction without sending it, on the head's state with the overrides.
    ///
    /// # Errors
    /// [`Fault::Reverted`] with the revert's data when it reverts.
    pub async fn simulate(&self, request: &TransactionRequest, overrides: &StateOverride) -> Result<Bytes, RpcError> {
        self.rpc.request("eth_call", (request, BlockId::latest(), overrides)).await
    }

    /// The storage slots that a call reads or writes, by contract.
    pub async fn touched_slots(&self, request: &TransactionRequest) -> Result<Vec<(Address, Vec<B256>)>, RpcError> {
        let answer: alloy::rpc::types::AccessListResult =
            self.rpc.request("eth_createAccessList", (request, BlockId::latest())).await?;
        Ok(answer.access_list.0.into_iter().map(|item| (item.address, item.storage_keys)).collect())
    }

    /// Sends signed bytes. A node that has them already counts as success: the same bytes are
    /// the same transaction.
    pub async fn send_raw(&self, raw: &Bytes) -> Result<(), RpcError> {
        match self.rpc.request::<_, B256>("eth_sendRawTransaction", (raw,)).await {
            Ok(_) => Ok(()),
            Err(RpcError { fault: Fault::Refused { message, .. }, .. }) if is_known(&message) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// What became of a transaction; `None` while it is not mined.
    pub async fn receipt(&self, transaction: B256) -> Result<Option<Receipt>, RpcError> {
        const METHOD: &str = "eth_getTransactionReceipt";
        let answer: Option<TransactionReceipt> = self.rpc.request(METHOD, (transaction,)).await?;
        let Some(answer) = answer else { return Ok(None) };
        let missing = || self.rpc.error(METHOD, Fault::Malformed("a receipt without a block".to_owned()));
        let logs = answer.logs().iter().map(|log| self.raw(log.clone(), METHOD)).collect::<Result<_, _>>()?;
        Ok(Some(Receipt {
            success: answer.status(),
            block: BlockNumber(answer.block_number.ok_or_else(missing)?),
            gas_used: answer.gas_used,
            effective_gas_price: Wei(U256::from(answer.effective_gas_price)),
            logs,
        }))
    }
}

/// How nodes say that they hold a transaction already (geth, Nethermind, Erigon, Anvil).
fn is_known(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    ["already known", "already imported", "alreadyknown", "known transaction"].iter().any(|text| message.contains(text))
}
